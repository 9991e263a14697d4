# Attachments: down into values and rows, up from values, and the memory they take.
use strict;
use warnings FATAL => 'all';
use utf8;

use Cpanel::JSON::XS;
use Encode qw(encode_utf8);
use JiraSpoke;
use Test::More;

my $node = start_cluster('attachments', 'jira_spoke.timeout = 10min');
my %jira = map {
	$_ => JiraSpoke::Jira->start(deployment => $_, context => $_ eq 'server' ? '/jira' : undef)
} qw(cloud server);

$node->safe_psql('postgres', <<'SQL');
CREATE ROLE clerk LOGIN IN ROLE jira_spoke_user;
CREATE TABLE file (id integer PRIMARY KEY, kind varchar(10), owner name DEFAULT CURRENT_USER,
    content bytea, name text, note json);
INSERT INTO file (id, kind, note) VALUES (1, 'a', '{}'), (2, 'b', '{}'), (3, 'b', '{}');
CREATE FUNCTION all_bytes(copies integer) RETURNS bytea LANGUAGE sql AS
$$ SELECT decode(repeat(string_agg(lpad(to_hex(i), 2, '0'), ''), copies), 'hex') FROM generate_series(0, 255) AS i $$;
SQL

# Queries with characters beyond ASCII in them.
sub query_text { my ($alias, $text) = @_; return query_through($node, $alias, encode_utf8($text)); }
sub text_error { my ($alias, $text) = @_; return error_through($node, $alias, encode_utf8($text)); }

# Fails in this way, and before anything is asked of Jira but what it is.
sub fails_early
{
	my ($alias, $text, $state, $name) = @_;
	$jira{$alias}->forget_requests;
	like(text_error($alias, $text), qr/ERROR:  $state/, "$alias: $name");
	is(scalar(grep { $_->{path} !~ /serverInfo/ } $jira{$alias}->requests), 0, "$alias: $name: no request");
	return;
}

sub upload
{
	my ($alias, $arguments) = @_;
	return query_text($alias, "SELECT jira_copy_attachment('OPS-1', $arguments)");
}

for my $alias (qw(cloud server))
{
	my $jira = $jira{$alias};
	my $copy = sub { return "SELECT jira_copy_issue_attachment_to_record($_[0])"; };
	my %content_path = (
		cloud => sub { "/rest/api/2/attachment/content/$_[0]" },
		server => sub { "/jira/secure/attachment/$_[0]/$_[1]" });

	connect_to($node, $jira, $alias);

	# --- Up and down: names, contents, types.

	my %named = (
		'plan.txt' => 'plan.txt',
		'Łódź größe 東京 مرحبا 🚀.pdf' => 'Łódź größe 東京 مرحبا 🚀.pdf',
		'a "quoted" name; filename=x.txt' => 'a %22quoted%22 name; filename=x.txt',
		"two\r\nContent-Type: text/html\r\n\r\nlines" => 'two%0D%0AContent-Type: text%0D%0A%0D%0Alines',
		'back\\slash\\' => 'back%5Cslash%5C',
		q(it's 100% [ok] #1 ?&+.txt) => q(it's 100% [ok] #1 ?&+.txt));
	$named{"two\r\nContent-Type: text/html\r\n\r\nlines"} = 'html%0D%0A%0D%0Alines';    # Jira keeps what follows a slash
	for my $name (sort keys %named)
	{
		(my $literal = $name) =~ s/'/''/g;
		$jira->forget_requests;
		my $id = upload($alias, "'$literal', 'x'");
		my @requests = $jira->requests;
		is(scalar @requests, 1, "$alias: a small upload takes one request");
		is($requests[0]{headers}{'x-atlassian-token'}, 'no-check', "$alias: which is no forged form");
		like($requests[0]{headers}{'content-type'}, qr{^multipart/form-data}, "$alias: but a form");
		my @parts = $requests[0]{body} =~ /^Content-Disposition:/gmi;
		is(scalar @parts, 1, "$alias: with one part");
		is(query_text($alias, "SELECT filename FROM jira_lookup_latest_attachment_on_issue('OPS-1')"),
			encode_utf8($named{$name}), "$alias: and its name");

		$jira->forget_requests;
		is(query_text($alias, "SELECT encode(jira_attachment_content('$id'), 'escape')"), 'x', "$alias: it comes back");
	}

	my %typed = (q('a.png', 'x') => 'image/png', q('a.b', 'x') => 'application/octet-stream',
		q('README', 'x') => 'application/octet-stream',
		q('a.png', 'x', 'text/x-other; charset=utf-8') => 'text/x-other; charset=utf-8');
	for my $arguments (sort keys %typed)
	{
		upload($alias, $arguments);
		is(query_text($alias, "SELECT mime_type FROM jira_lookup_latest_attachment_on_issue('OPS-1')"),
			$typed{$arguments}, "$alias: the type of $arguments");
	}
	fails_early($alias, q(SELECT jira_copy_attachment('OPS-1', 'a', 'x', E'text/plain\r\nX-Evil: 1')), '22023',
		'a content type of two lines');
	fails_early($alias, "SELECT jira_copy_attachment('OPS-1', NULL, 'x')", '22004', 'a file needs a name');
	fails_early($alias, "SELECT jira_copy_attachment('OPS-1', 'a', NULL)", '22004', 'a file needs a content');

	my $empty = upload($alias, "'empty', ''");
	is(query_text($alias, "SELECT jira_attachment_content('$empty') = ''::bytea"), 't', "$alias: no bytes");
	my $id = upload($alias, "'all bytes.bin', all_bytes(40)");
	is(query_text($alias, "SELECT jira_attachment_content('$id') = all_bytes(40)"), 't', "$alias: all bytes");
	my $html = upload($alias, q('page.html', '<title>Log in</title>'));
	is(query_text($alias, "SELECT length(jira_attachment_content('$html'))"), 21, "$alias: a page that is a file");
	my $secret = upload($alias, "'secret', 'it says " . $jira->secret . "'");
	is(query_text($alias, "SELECT encode(jira_attachment_content('$secret'), 'escape')"),
		'it says ' . $jira->secret, "$alias: a file is never redacted");

	# --- Which attachment.

	my $url = query_text($alias, "SELECT a ->> 'content' FROM jira_lookup_issue('OPS-1'),
		jsonb_array_elements(fields -> 'attachment') AS a WHERE a ->> 'id' = '$id'");
	$jira->forget_requests;
	is(query_text($alias, "SELECT length(jira_attachment_content('$url?x=1#y'))"), 40 * 256, "$alias: by its URL");
	my @requests = $jira->requests;
	is($requests[-1]{path}, $content_path{$alias}->($id, 'all%20bytes.bin'), "$alias: only the id is taken from it");
	is(scalar @requests, $alias eq 'cloud' ? 1 : 2, "$alias: requests of a download");
	is($requests[-1]{headers}{'accept-encoding'}, 'identity', "$alias: a file as it is stored");

	for my $wrong ("http://evil.example/rest/api/2/attachment/content/$id", "https://127.0.0.1/secure/attachment/$id/x",
		"http://demo\@127.0.0.1:" . $jira->port . "/secure/attachment/$id/x", "//evil/attachment/content/$id",
		$jira->url . '/rest/api/2/issue/OPS-1', $jira->url . "/attachment/content/$id-x", '', 'x', '-1', "$id/..",
		" $id")
	{
		fails_early($alias, "SELECT jira_attachment_content('$wrong')", '22023', "not an attachment: \"$wrong\"");
	}
	fails_early($alias, 'SELECT jira_attachment_content(NULL)', '22004', 'no attachment');
	like(text_error($alias, "SELECT jira_attachment_content('999999')"), qr/P0002.*999999/s, "$alias: not there");

	# --- What else may come instead of the file.

	my $pattern = $alias eq 'cloud' ? '*/attachment/content/*' : '/secure/attachment/*';
	my $with = sub {
		my ($fault, $expected, $name) = @_;
		$jira->fault(%$fault, path => $pattern);
		like(text_error($alias, "SET jira_spoke.max_wait = '50ms'; SELECT jira_attachment_content('$id')"), $expected, "$alias: $name");
		$jira->clear_faults;
		return;
	};
	$with->({ kind => 'redirect', location => $jira->url . '/login.jsp?os_destination=x' }, qr/28000/, 'a page to log in');
	$with->({ kind => 'html' }, qr/28000/, 'a page instead of the file');
	$with->({ kind => 'cut_body' }, qr/08006/, 'half of the file, again and again');
	$jira->fault(kind => 'cut_body', path => $pattern, times => 1);
	is(query_text($alias, "SELECT length(jira_attachment_content('$id'))"), 40 * 256, "$alias: half of the file, once");
	$with->({ kind => 'empty', status => 204 }, qr/08P01/, 'no content');
	$with->({ kind => 'truncated' }, qr/08P01.*10240/s, 'less than its size') if $alias eq 'server';
	$with->({ kind => 'status', status => 403 }, qr/42501/, 'a refusal');
	$jira->fault(kind => 'slow_body', ms => 500, chunk => 1000, path => $pattern, times => 1);
	like(text_error($alias, "SET statement_timeout = '1s'; SELECT jira_attachment_content('$id')"), qr/57014/,
		"$alias: a download is broken off");
	$jira->fault(kind => 'status', status => 503, headers => { 'Retry-After' => '0' }, path => $pattern, times => 1);
	is(query_text($alias, "SELECT length(jira_attachment_content('$id'))"), 40 * 256, "$alias: a download is repeated");
	is(query_text($alias, "SET jira_spoke.max_response_size = '4kB'; SELECT length(jira_attachment_content('$id'))"),
		40 * 256, "$alias: the limit of replies is not that of files") if $alias eq 'cloud';

	# --- Into a row.

	is(query_text($alias, $copy->(qq('$id', 'file', '{"id": 1}', 'content', 'name'))), 40 * 256, "$alias: copied to a row");
	is(query_text($alias, q(SELECT id, content = all_bytes(40), name FROM file WHERE content IS NOT NULL)),
		'1|t|all bytes.bin', "$alias: and to no other");
	is(query_text($alias, $copy->(qq('$url', 'file', '{"id": "2", "kind": "b", "name": null}', 'content'))), 40 * 256,
		"$alias: found by several columns, one of them null");
	is(query_text($alias, q(SELECT id, name IS NULL FROM file WHERE content IS NOT NULL ORDER BY id)), "1|f\n2|t",
		"$alias: without its name");
	query_text($alias, 'UPDATE file SET content = NULL, name = NULL');

	my %wrong = (
		q('file', '{"id": 4}', 'content') => 'P0002', q('file', '{"kind": "b"}', 'content') => 'P0003',
		q('file', '{}', 'content') => '22023', q('file', '[1]', 'content') => '22023', q('file', '1', 'content') => '22023',
		q('file', '{"id": "one"}', 'content') => '22P02', q('file', '{"id": [1]}', 'content') => '22023',
		q('file', '{"note": {}}', 'content') => '42883', q('file', '{"nothing": 1}', 'content') => '42703',
		q('file', '{"ctid": "(0,1)"}', 'content') => '42703', q('file', '{"id\" = 1 --": 1}', 'content') => '42703',
		q('file', '{"kind": "a'' OR ''1''=''1"}', 'content') => 'P0002',
		q('file', '{"id": 1}', 'nothing') => '42703', q('file', '{"id": 1}', 'name') => '42804',
		q('file', '{"id": 1}', 'content', 'id') => '42804', q('file', '{"id": 1}', NULL) => '22004',
		q(NULL, '{"id": 1}', 'content') => '22004', q('file', NULL, 'content') => '22004',
		q(0::regclass, '{"id": 1}', 'content') => '42P01', q('pg_stat_activity', '{"pid": 1}', 'query') => '42804');
	for my $arguments (sort keys %wrong)
	{
		fails_early($alias, $copy->("'$id', $arguments"), $wrong{$arguments}, $arguments);
	}
	fails_early($alias, 'BEGIN READ ONLY;' . $copy->(qq('$id', 'file', '{"id": 1}', 'content')), '25006', 'reading only');
	is(query_text($alias, 'SELECT count(*) FROM file WHERE content IS NOT NULL OR name IS NOT NULL'), 0, "$alias: nothing changed");
	like(text_error($alias, $copy->(qq('999999', 'file', '{"id": 1}', 'content'))), qr/P0002/, "$alias: no attachment, no change");

	# --- Whatever kind of table, column and name.

	query_text($alias, <<"SQL");
CREATE SCHEMA "odd ""name";
CREATE DOMAIN bytes AS bytea CHECK (length(VALUE) > 10) NOT NULL;
CREATE TYPE mood AS ENUM ('good', 'bad');
CREATE TABLE "odd ""name"."Table" ("a b" mood, "c""d" jsonb, "e" integer[], "f" numeric, g timestamptz, "\$1" bytes, "select" varchar(50), h jsonb DEFAULT '"x"')
    PARTITION BY LIST ("a b");
CREATE TABLE part PARTITION OF "odd ""name"."Table" DEFAULT;
INSERT INTO part VALUES ('bad', '{"x": [1]}', '{1,2}', 1.5, '2020-01-01 00:00+0', '01234567890');
CREATE VIEW seen AS SELECT "a b" AS mood, "\$1" AS content FROM part;
SQL
	is(query_text($alias, $copy->(qq('$id', '"odd ""name"."Table"',
		'{"a b": "bad", "c\\"d": {"x": [1]}, "h": "x", "e": "{1,2}", "f": 1.50, "g": "2020-01-01T01:00:00+01:00"}', '\$1', 'select'))),
		40 * 256, "$alias: odd names and types");
	is(query_text($alias, 'SELECT length("$1"), "select" FROM part'), '10240|all bytes.bin', "$alias: are written");
	is(query_text($alias, $copy->(qq('$id', 'seen', '{"mood": "bad"}', 'content'))), 40 * 256, "$alias: a view");
	like(text_error($alias, $copy->(qq('$empty', 'seen', '{"mood": "bad"}', 'content'))), qr/23514/, "$alias: constraints hold");
	query_text($alias, 'DROP VIEW seen; DROP TABLE "odd ""name"."Table"; DROP SCHEMA "odd ""name"; DROP DOMAIN bytes; DROP TYPE mood');

	# --- With the caller's rights.

	query_text($alias, "SELECT jira_grant_connection('$alias', 'clerk')");
	my $clerk = sub { return "SET ROLE clerk; " . $copy->($_[0]); };
	my $one = qq('$id', 'file', '{"id": 1}', 'content');
	fails_early($alias, $clerk->($one), '42501', 'a table of others');
	query_text($alias, 'GRANT SELECT ON file TO clerk');
	fails_early($alias, $clerk->($one), '42501', 'a table to be read');
	query_text($alias, 'GRANT UPDATE (content) ON file TO clerk');
	fails_early($alias, $clerk->("$one, 'name'"), '42501', 'a column of others');
	like(query_text($alias, $clerk->($one)), qr/10240$/, "$alias: a column of the caller");
	query_text($alias, q(ALTER TABLE file ENABLE ROW LEVEL SECURITY; CREATE POLICY look ON file FOR SELECT USING (true);
		CREATE POLICY change ON file FOR UPDATE USING (id = 2) WITH CHECK (length(content) < 100)));
	fails_early($alias, $clerk->($one), 'P0002', 'a row of others');
	like(text_error($alias, $clerk->(qq('$id', 'file', '{"id": 2}', 'content'))), qr/42501/, "$alias: a row that must not be so");
	like(query_text($alias, $clerk->(qq('$html', 'file', '{"kind": "b"}', 'content'))), qr/21$/, "$alias: a row of the caller");
	is(query_text($alias, 'SELECT id, length(content) FROM file WHERE content IS NOT NULL ORDER BY id'), "1|10240\n2|21",
		"$alias: with row level security");
	query_text($alias, 'DROP POLICY look ON file; DROP POLICY change ON file; ALTER TABLE file DISABLE ROW LEVEL SECURITY;
		REVOKE ALL ON file FROM clerk; UPDATE file SET content = NULL');

	# A trigger that keeps the row as it was.
	query_text($alias, q(CREATE FUNCTION keep() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END';
		CREATE TRIGGER keep BEFORE UPDATE ON file FOR EACH ROW EXECUTE FUNCTION keep()));
	like(text_error($alias, $copy->($one)), qr/P0002/, "$alias: an update that did not happen is an error");
	query_text($alias, 'DROP TRIGGER keep ON file; DROP FUNCTION keep');

	# --- Large files: refused early, sent once, in little memory.

	my $bytes = sub { return "convert_to(repeat('x', $_[0]), 'UTF8')"; };
	my $send = sub { return "SELECT jira_copy_attachment('OPS-1', 'large', " . $bytes->($_[0]) . ");"; };
	my $uploads = sub { return scalar grep { $_->{method} eq 'POST' } $jira->requests; };
	my $asked = sub { return scalar grep { $_->{path} =~ m{/attachment/meta$} } $jira->requests; };

	$jira->forget_requests;
	query_text($alias, $send->(2_000_000) . $send->(2_000_000));
	is($asked->(), 1, "$alias: the limit is asked for once");
	like(text_error($alias, $send->(10 * 1024 * 1024 + 1)), qr/54000.*10485761.*10485760/s, "$alias: too large");
	is($uploads->(), 2, "$alias: which is told before it is sent");
	$jira->control('POST', 'uploads', { enabled => Cpanel::JSON::XS::false });
	like(text_error($alias, $send->(2_000_000)), qr/42501.*disabled/s, "$alias: none at all");
	is($uploads->(), 2, "$alias: which is told before it is sent");
	like(text_error($alias, $send->(2)), qr/42501/, "$alias: small ones are refused by Jira");
	$jira->control('POST', 'uploads', {});
	for my $status (401, 403)
	{
		$jira->fault(kind => 'status', status => $status, path => '*/attachment/meta', times => 1);
		like(query_text($alias, $send->(2_000_000)), qr/^\d+$/, "$alias: $status to the question is no refusal");
	}
	$jira->forget_requests;
	query_text($alias, $send->(1024 * 1024));
	is($asked->(), 0, "$alias: up to a MB nothing is asked");

	for my $fault (qw(cut_before cut_after silence))
	{
		$jira->forget_requests;
		$jira->fault(kind => $fault, method => 'POST', path => '*/attachments', times => 1);
		my $set = $fault eq 'silence' ? q{SET jira_spoke.timeout = '2s';} : '';
		like(text_error($alias, $set . $send->(100_000)), qr/may have been carried out/,
			"$alias: $fault: who knows");
		is($uploads->(), 1, "$alias: $fault: sent once");
	}
	$jira->forget_requests;
	$jira->fault(kind => 'close_idle', method => 'GET', path => '*/serverInfo', times => 1);
	like(text_error($alias, 'SELECT count(*) FROM jira_lookup_server();' . $send->(100_000)), qr/may have been carried out/,
		"$alias: a connection that was closed meanwhile");
	is($uploads->(), 1, "$alias: sent once");
	$jira->forget_requests;
	$jira->fault(kind => 'close_idle', method => 'GET', path => '*/serverInfo', times => 1);
	like(text_error($alias, 'SELECT count(*) FROM jira_lookup_server();' . $send->(0)), qr/may have been carried out/,
		"$alias: the same without any byte");
	is($uploads->(), 1, "$alias: sent once");
	$jira->clear_faults;
	$jira->fault(kind => 'rate_limit', retry_after => 0, method => 'POST', times => 1);
	like(query_text($alias, $send->(100_000)), qr/^\d+$/, "$alias: what was turned away is sent again");
	is(query_text($alias, "SELECT size FROM jira_lookup_latest_attachment_on_issue('OPS-1')"), 100_000, "$alias: whole");

	$jira->control('POST', 'uploads', { limit => 150 * 1024 * 1024 });
	my $size = 100 * 1024 * 1024;
	my $peak = sub { return "SELECT substring(pg_read_file('/proc/' || pg_backend_pid() || '/status') from 'VmHWM:\\s+(\\d+)')::integer / 1024"; };
	query_text($alias, 'DROP TABLE IF EXISTS kept; CREATE TABLE kept AS SELECT ' . $bytes->($size) . ' AS content');
	my ($digest, $reading) = split /\n/, query_text($alias, "SELECT encode(sha256(content), 'hex') FROM kept;" . $peak->());
	my ($large, $sending) = split /\n/,
		query_text($alias, "SET jit = off; SELECT jira_copy_attachment('OPS-1', 'large', content) FROM kept; " . $peak->());
	note "$alias: reading 100 MB: $reading MB, sending them: $sending MB";
	cmp_ok($sending, '<', $reading + 20, "$alias: 100 MB are sent from where they are");
	my ($found, $mb) = split /\n/, query_text($alias, "SELECT encode(sha256(jira_attachment_content('$large')), 'hex');" . $peak->());
	is($found, $digest, "$alias: 100 MB come back");
	note "$alias: fetching 100 MB: $mb MB";
	cmp_ok($mb, '<', 2 * 100 + 50, "$alias: in one buffer and one value");
	is(query_text($alias, "ALTER TABLE file ALTER content SET STORAGE EXTERNAL;" . $copy->(qq('$large', 'file', '{"id": 1}', 'content', 'name'))
		. ';SELECT length(content), name FROM file WHERE id = 1'), "$size\n$size|large", "$alias: 100 MB into a row");
	query_text($alias, 'UPDATE file SET content = NULL, name = NULL');
	$jira->control('POST', 'reset', {});
}

# --- Cloud's redirect to where it keeps the file.

{
	my $jira = $jira{cloud};
	my $id = upload('cloud', q('kept.txt', 'elsewhere'));
	my $content = "SELECT encode(jira_attachment_content('$id'), 'escape')";
	my $signed;

	# Our Jira tells the signed address when it is not asked to stay.
	query_text('cloud', "SELECT status FROM jira_request('GET', '/rest/api/2/attachment/content/$id')");
	$signed = query_text('cloud', "SELECT headers ->> 'location' FROM jira_request('GET', '/rest/api/2/attachment/content/$id')");
	like($signed, qr{^http://localhost:\d+/media/}, 'the address is of another host');
	query_text('cloud', q(SELECT jira_alter_connection('cloud', options => '{"allowed_hosts": ["localhost"]}')));

	for my $status (302, 303)
	{
		$jira->forget_requests;
		$jira->fault(kind => 'redirect', status => $status, location => $signed, path => '*/attachment/content/*', times => 1);
		is(query_text('cloud', $content), 'elsewhere', "$status: it is followed");
		my @requests = $jira->requests;
		ok(!exists $requests[1]{headers}{authorization}, "$status: without the credential");
		isnt($requests[0]{connection}, $requests[1]{connection}, "$status: over another connection");
	}

	my $media = sub {
		my ($fault, $expected, $name, $requests) = @_;
		$jira->forget_requests;
		$jira->fault(kind => 'redirect', status => 303, location => $signed, path => '*/attachment/content/*', times => 1);
		$jira->fault(%$fault, path => '/media/*');
		like(text_error('cloud', "SET jira_spoke.max_wait = '50ms'; $content"), $expected, $name);
		is(scalar(grep { $_->{path} =~ m{^/media/} } $jira->requests), $requests // 1, "$name: one hop");
		$jira->clear_faults;
		return;
	};
	$media->({ kind => 'redirect', location => $signed }, qr/08P01/, 'a second redirect is not followed');
	$media->({ kind => 'html' }, qr/28000/, 'a page there');
	$media->({ kind => 'status', status => 403 }, qr/42501/, 'a refusal there');
	$media->({ kind => 'cut_body' }, qr/08006/, 'half of it there, again and again', 4);
	$jira->fault(kind => 'redirect', status => 303, location => $signed, path => '*/attachment/content/*', times => 1);
	$jira->fault(kind => 'cut_body', path => '/media/*', times => 1);
	is(query_text('cloud', $content), 'elsewhere', 'half of it there, once');
	$jira->clear_faults;

	for my $location ('ftp://localhost/x', 'http://192.0.2.1/x', 'http://demo:x@localhost/x', 'http://', 'file:///etc/passwd',
		"http://127.0.0.1.evil.example/x")
	{
		$jira->forget_requests;
		$jira->fault(kind => 'redirect', status => 303, location => $location, path => '*/attachment/content/*', times => 1);
		like(text_error('cloud', $content), qr/08P01/, "not to $location");
		is(scalar $jira->requests, 1, "and nothing is asked there");
	}
}

# --- A token with scopes goes to the gateway, while URLs are the site's.

{
	my $jira = $jira{cloud};
	my $id = upload('cloud', q('scoped.txt', 'gateway'));
	my $cloud_id = '11111111-2222-3333-4444-555555555555';

	change_settings($node, gateway_url => $jira->url);
	connect_to($node, $jira, 'scoped', url => 'https://site.example', scoped => 'true',
		cloud_id => $cloud_id);
	for my $url ($id, "https://site.example/rest/api/3/attachment/content/$id",
		$jira->url . "/ex/jira/$cloud_id/rest/api/3/attachment/content/$id")
	{
		$jira->forget_requests;
		is(query_text('scoped', "SELECT encode(jira_attachment_content('$url'), 'escape')"), 'gateway', "scoped: $url");
		is(($jira->requests)[0]{path}, "/ex/jira/$cloud_id/rest/api/2/attachment/content/$id",
			'through the gateway');
	}

	# Jira may give URLs of the gateway to everybody.
	$jira->set_oddities(gateway_urls => Cpanel::JSON::XS::true);
	my $url = query_text('cloud', "SELECT content_url FROM jira_lookup_latest_attachment_on_issue('OPS-1')");
	is($url, "https://api.atlassian.com/ex/jira/$cloud_id/rest/api/2/attachment/content/$id", 'a URL of the gateway');
	is(query_text($_, "SELECT encode(jira_attachment_content('$url'), 'escape')"), 'gateway', "is good for connection $_") for qw(cloud scoped);
	for my $other ($url =~ s/-2222-/-9999-/r, $url =~ s/api\.atlassian/evil.example/r)
	{
		like(text_error($_, "SELECT jira_attachment_content('$other')"), qr/22023: the URL of the attachment is not one of connection/,
			"one of another site is not, for connection $_") for qw(cloud scoped);
	}
	$jira->control('POST', 'reset', {});
}

# --- Behind a proxy, users know a Jira by another address than the connection has.

for my $alias (qw(cloud server))
{
	my $jira = $jira{$alias};
	my $id = upload($alias, q('public.txt', 'behind a proxy'));

	$jira->set_oddities(public_url => 'https://jira.example.com/jira');
	my $url = query_text($alias, "SELECT content_url FROM jira_lookup_latest_attachment_on_issue('OPS-1')");
	like($url, qr{^https://jira\.example\.com/jira/}, "$alias: a URL of the public host");
	is(query_text($alias, "SELECT encode(jira_attachment_content('$url'), 'escape')"), 'behind a proxy', "$alias: is good");
	like(text_error($alias, "SELECT jira_attachment_content('" . $url =~ s/jira\.example/evil.example/r . "')"), qr/22023: the URL/,
		"$alias: another host is not");
	$jira->control('POST', 'reset', {});
}

# --- A personal access token that is not good for the page with the file.

{
	my $jira = $jira{server};
	my $id = upload('server', q('locked.txt', 'for people'));

	connect_to($node, $jira, 'token', auth => 'bearer', secret => 'demo-pat');
	is(query_text('token', "SELECT encode(jira_attachment_content('$id'), 'escape')"), 'for people', 'a token is good for a file');
	$jira->set_oddities(login_at_pages => Cpanel::JSON::XS::true);
	like(text_error('token', "SELECT jira_attachment_content('$id')"),
		qr/42501: .*personal access token.*\nDETAIL:  The token is good for the REST API/, 'unless the page wants a log-in: then it says so');
	is(query_text('token', "SELECT key FROM jira_lookup_issue('OPS-1')"), 'OPS-1', 'for the REST API it is good');
	is(query_text('server', "SELECT encode(jira_attachment_content('$id'), 'escape')"), 'for people', 'and a password is for the file');
}

# --- The issue of a comment, without any connection.

{
	my $comment = sub {
		return $node->safe_psql('postgres', "SELECT * FROM jira_lookup_issue_from_comment('$_[0]')");
	};
	my $self = '"self": "https://jira.example.com/jira/rest/api/2/issue/10042/comment/10100"';

	is($comment->(qq({"webhookEvent": "comment_created", "timestamp": 1700000000000, "comment": {$self, "id": "10100"},
		"issue": {"id": "10042", "key": "OPS-1", "fields": {"customfield_1": 0.12345678901234567890123}}})),
		'10042|OPS-1|10100', 'a whole payload');
	is($comment->(qq({"comment": {$self}})), '10042||10100', 'of Server, without the issue');
	is($comment->(qq({$self, "body": "x"})), '10042||10100', 'the comment alone');
	is($comment->('{"comment": {"id": 10100}, "issue": {"id": 10042, "key": "OPS-1"}}'), '10042|OPS-1|10100', 'without self');
	is($comment->('{"comment": {"self": "/rest/api/2/issue/OPS-1/comment/7?expand=x"}}'), '|OPS-1|7', 'by key');
	is($node->safe_psql('postgres', "SELECT issue_id FROM (VALUES ('{$self}'::jsonb)) AS v (p), jira_lookup_issue_from_comment(p, connection => 'none')"),
		'10042', 'whatever the connection');
	for my $payload ('{}', '[]', '1', '"comment"', 'null', '{"issue": {"id": "1", "key": "A-1"}}', '{"comment": null}', '{"comment": {}}',
		'{"comment": {"id": "1"}}', '{"comment": "x", "issue": {"id": "1"}}', '{"self": "https://x/rest/api/2/issue/10042"}')
	{
		like(query_error($node, "SELECT * FROM jira_lookup_issue_from_comment('$payload')"), qr/22023/, "no comment in $payload");
	}
	like(query_error($node, 'SELECT * FROM jira_lookup_issue_from_comment(NULL)'), qr/22004/, 'no payload');
}

done_testing();
