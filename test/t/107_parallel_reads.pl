# A search of Cloud is read ids first, and its issues several requests at a time:
# the same rows in the same order as page by page, in fewer round trips, and page
# by page where that is not to be had.
use strict;
use warnings FATAL => 'all';

use Cpanel::JSON::XS;
use JiraSpoke::Background;
use JiraSpoke;
use Test::More;

my $issues = 5000;
my $jira = JiraSpoke::Jira->start(issues => $issues);
my $node = start_cluster('parallel_reads', 'jit = off', "jira_spoke.gateway_url = '" . $jira->url . "'");
my $cloud_id = '11111111-2222-3333-4444-555555555555';
my $bulk = q{jira_lookup_issues_stream('project = BULK ORDER BY key')};

connect_to($node, $jira);
connect_to($node, $jira, 'cloud3', api_version => 3);

# Output, messages and requests of a script in a session of its own.
sub run_script
{
	my ($script) = @_;

	$jira->forget_requests;
	my (undef, $out, $messages) = $node->psql('postgres', $script, extra_params => ['--set=VERBOSITY=verbose']);
	return ($out, $messages, without_older($jira->requests));
}

# A session asks for a page on its first connection.  What arrives on an older one
# was given up by a session before.
sub without_older
{
	my (@requests) = @_;
	my ($page) = grep { asked($_) =~ /^page/ } @requests;

	return grep { !$page || $_->{connection} >= $page->{connection} } @requests;
}

# What was asked for: "page", "ids" or "batch", each with a size, in order.
sub asked
{
	my @asked;

	foreach my $request (@_)
	{
		my %given = map { @$_ } @{ $request->{query} };
		my $body = $request->{body} ? decode_json($request->{body}) : {};

		if ($request->{path} =~ /bulkfetch/)
		{
			push @asked, 'batch of ' . @{ $body->{issueIdsOrKeys} };
			next;
		}
		next unless $request->{path} =~ m{search/jql};
		%given = (%$body, fields => join ',', @{ $body->{fields} }) if %$body;
		push @asked, ($given{fields} eq 'id' ? 'ids' : 'page') . " of $given{maxResults}";
	}
	return join ', ', @asked;
}

# The same with numbers: pages, then ids, then batches, the larger ones first; what
# is sent at the same time has no order.
sub asked_in_short
{
	my %number;

	$number{$_}++ foreach split /, /, asked(@_);
	my @kinds = sort { ($b =~ /^page/) <=> ($a =~ /^page/) || ($b =~ /^ids/) <=> ($a =~ /^ids/) || ($b =~ /(\d+)/)[0] <=> ($a =~ /(\d+)/)[0] } keys %number;
	return join ', ', map { $number{$_} > 1 ? "$number{$_} x $_" : $_ } @kinds;
}

sub is_asked
{
	my ($script, $expected, $name) = @_;
	my ($out, $messages, @requests) = run_script($script);

	is($messages, '', "$name: no message");
	is(asked_in_short(@requests), $expected, $name);
	return $out;
}

# --- How much is asked for.

my $columns = 'key, id, summary, status, priority, assignee, reporter, created, updated, due';

is_asked("SELECT $columns FROM $bulk", 'page of 100, ids of 5000, 4 x batch of 1000, batch of 900', 'small issues');
is_asked("SELECT labels FROM $bulk", 'page of 100, ids of 5000, 49 x batch of 100', 'issues with lists');
is_asked("SELECT fields FROM $bulk", 'page of 100, ids of 5000, 49 x batch of 100', 'issues with all fields');
is_asked("SET jira_spoke.parallel_requests = 1; SELECT summary FROM $bulk", '49 x page of 1000, page of 100', 'page by page');
is_asked("SELECT count(*) FROM $bulk", 'page of 5000', 'keys alone');
is_asked("SELECT summary FROM $bulk LIMIT 10", 'page of 10', 'LIMIT 10');
is_asked("SELECT summary FROM $bulk LIMIT 150", 'page of 100, page of 50', 'LIMIT below two pages');
is_asked("SELECT summary FROM $bulk LIMIT 700", 'page of 100, ids of 700, batch of 600', 'a larger LIMIT');
is_asked("SELECT labels FROM $bulk LIMIT 700", 'page of 100, ids of 700, 6 x batch of 100', 'a larger LIMIT, with lists');
is_asked(q{SELECT summary FROM jira_lookup_issues_stream('project = BULK', max_rows => 150)}, 'page of 100, page of 50',
	'max_rows below two pages');
is_asked(q{SELECT summary FROM jira_lookup_issues_stream('project = BULK', max_rows => 1150)},
	'page of 100, ids of 1150, batch of 1000, batch of 50', 'a larger max_rows');
is_asked(q{SELECT summary FROM jira_lookup_issues_stream('key < BULK-101 AND project = BULK')}, 'page of 100', 'one page');
is_asked('SELECT summary FROM ' . $bulk =~ s/BULK/OPS/r, 'page of 100, ids of 5000, batch of 100', 'two pages')
  if $node->safe_psql('postgres', q{SELECT jira_count_issues('project = OPS')}) == 200;
is_asked(q{SELECT summary FROM jira_lookup_stories_stream('BULK') LIMIT 1000}, 'page of 100, ids of 1000, batch of 900', 'stories');

# A query that may stop early begins slowly.  Its last requests may have been
# given up before they arrived.
sub is_asked_at_most
{
	my ($script, $most, $name) = @_;
	my ($out, $messages, @requests) = run_script($script);
	my $asked = asked(@requests);

	is($messages, '', "$name: no message");
	like($asked, qr/^page of 100, ids of 1000, (?:ids of 5000, )?batch of /, "$name: slowly");
	return cmp_ok(scalar @requests, '<=', $most, "$name: $asked");
}

sub moves_to { return "BEGIN; DECLARE c CURSOR FOR SELECT $_[1] FROM $bulk; MOVE $_[0] IN c; COMMIT"; }

is_asked(moves_to(100, 'summary'), 'page of 100', 'a cursor that stops with the first page');
is_asked_at_most(moves_to(101, 'summary'), 4, 'a cursor to row 101');
is_asked_at_most(moves_to(101, 'labels'), 4, 'a cursor to row 101, with lists');
is_asked_at_most(moves_to(201, 'labels'), 7, 'a cursor to row 201, with lists');
is_asked_at_most(moves_to(401, 'labels'), 14, 'a cursor to row 401, with lists');
is_asked_at_most("SELECT (jira_lookup_issues_stream('project = BULK')).labels LIMIT 101", 4, 'a target list');
is_asked("SELECT EXISTS (SELECT FROM $bulk WHERE summary IS NOT NULL)", 'page of 100', 'EXISTS');

# --- The same rows in the same order.

sub rows_of
{
	my ($query, @settings) = @_;
	my $settings = join '', map { "SET $_; " } @settings;

	return $node->safe_psql('postgres',
		"${settings}SELECT count(*), md5(string_agg(r::text, ';')) FROM ($query) AS r");
}

foreach my $query (
	"SELECT $columns FROM $bulk",
	q{SELECT * FROM jira_lookup_issues_stream('project = BULK ORDER BY key DESC', max_rows => 1500)},
	q{SELECT summary, assignee_name FROM jira_lookup_issues_stream('project = BULK ORDER BY assignee, summary')},
	q{SELECT summary, labels FROM jira_lookup_issues_stream('created > -4000d AND (labels = bulk-3 OR project = OPS)')},
	q{SELECT summary, description FROM jira_lookup_issues_stream('project = BULK', connection => 'cloud3')},
	q{SELECT key, summary, story_points, sprint, epic FROM jira_lookup_stories_stream()},
	q{SELECT key, description FROM jira_lookup_issues_stream('project = BULK') LIMIT 700})
{
	my $one_by_one = rows_of($query, 'jira_spoke.parallel_requests = 1');

	like($one_by_one, qr/^[1-9]/, "there are rows: $query");
	foreach my $settings ([], ['jira_spoke.parallel_requests = 2'], ['jira_spoke.parallel_requests = 32'],
		['jira_spoke.enable_scan = off'])
	{
		is(rows_of($query, @$settings), $one_by_one, "the same rows: @$settings");
	}
}

# --- Where Jira does not let it be done.

my $expected = $node->safe_psql('postgres', "SET jira_spoke.parallel_requests = 1; SELECT md5(string_agg(summary, ';')) FROM $bulk");
my $read = "SELECT md5(string_agg(summary, ';')) FROM $bulk";
my ($out, $messages, @requests);

sub is_read
{
	my ($name, $script, $pattern, $times) = @_;

	($out, $messages, @requests) = run_script($script // $read);
	is($out, join("\n", ($expected) x ($times // 1)), "$name: all rows");
	return $pattern ? like($messages, $pattern, "$name: the message") : is($messages, '', "$name: no message");
}

$jira->set_oddities(large_batches => Cpanel::JSON::XS::false);
is_read('a site that has small batches only', "$read; $read", undef, 2);
like(asked_in_short(@requests), qr/^2 x page of 100, 2 x ids of 5000, .*batch of 1000, .*98 x batch of 100$/,
	'which is found out once');
is_asked($read, 'page of 100, ids of 5000, 49 x batch of 100', 'other sessions know it');
$jira->set_oddities(large_batches => Cpanel::JSON::XS::true);
is_asked($read, 'page of 100, ids of 5000, 49 x batch of 100', 'as long as the counters are kept');
$node->safe_psql('postgres', q{SELECT jira_stat_reset('demo')});
is_asked($read, 'page of 100, ids of 5000, 4 x batch of 1000, batch of 900', 'then it is tried again');

connect_to($node, $jira, 'moved');
$jira->set_oddities(large_batches => Cpanel::JSON::XS::false);
is_read('another connection', $read =~ s/key'/key', connection => 'moved'/r);
$jira->set_oddities(large_batches => Cpanel::JSON::XS::true);
is_asked($read, 'page of 100, ids of 5000, 4 x batch of 1000, batch of 900', 'which is known of that one');
$node->safe_psql('postgres', q{SELECT jira_alter_connection('moved', url => '} . $jira->url =~ s/127\.0\.0\.1/localhost/r . q{', secret => '} . $jira->secret . q{')});
is_asked($read =~ s/key'/key', connection => 'moved'/r, 'page of 100, ids of 5000, 4 x batch of 1000, batch of 900', 'until it leads elsewhere');

$jira->set_oddities(batch_payload => 240);
is_read('replies that are cut');
like(asked_in_short(@requests), qr/batch of 1000, .*batch of 250, .*batch of 62/, 'are asked for in smaller parts');
$jira->set_oddities(batch_payload => 30);
is((run_script(q{SELECT count(*) FROM jira_lookup_issues((SELECT array_agg('BULK-' || n) FROM generate_series(1, 1000) AS n))}))[0], 1000,
	'also by key');
$jira->set_oddities(batch_payload => 0);

$jira->fault(kind => 'status', status => 403, path => '*/bulkfetch', body => { errorMessages => ['Not for you.'], errors => {} });
is_read('issues are not to be had by id', "$read; $read", qr/\A\S+ NOTICE:  00000: issues are read page by page.*\nDETAIL:  .*Not for you.*\nLOCATION:[^\n]*\z/, 2);
like(asked_in_short(@requests), qr/^98 x page of 1000, 2 x page of 100, ids of 5000, [^p]*$/,
	'which is found out once');
$jira->clear_faults;

$jira->fault(kind => 'status', status => 400, path => '*/search/jql', skip => 1, times => 1,
	body => { errorMessages => ['Too many.'], errors => {} });
is_read('ids are not to be had', undef, qr/NOTICE:  00000: issues are read page by page/);
$jira->clear_faults;

connect_to($node, $jira, 'narrow', scoped => 'true', cloud_id => $cloud_id, secret => 'searches');
$jira->add_token('searches', [qw(read:issue-details:jira read:audit-log:jira read:avatar:jira read:field-configuration:jira read:issue-meta:jira)]);
is_read('a token that lacks the scopes', $read =~ s/key'/key', connection => 'narrow'/r,
	qr/NOTICE:  00000: .*"narrow", which takes longer\nDETAIL: .*\nHINT:  See jira_required_scopes\(ARRAY\['jira_lookup_issues_stream'\]\)/);

$jira->fault(kind => 'status', status => 403, path => '*/bulkfetch', skip => 2, body => { errorMessages => ['No more.'], errors => {} });
($out, $messages) = run_script("SET jira_spoke.parallel_requests = 2; SELECT max(labels) FROM $bulk");
like($messages, qr/ERROR:  42501: .*No more/s, 'a refusal after some rows were fetched is an error');
$jira->clear_faults;

# --- Issues by key.

my $keys = q{(SELECT array_agg('BULK-' || n) FROM generate_series(1, 2250) AS n)};
my $by_key = "SELECT count(*), md5(string_agg(r::text, ';' ORDER BY key)) FROM (SELECT %s FROM jira_lookup_issues($keys)) AS r";
my $looked_up = is_asked(sprintf($by_key, 'key, summary, due'), '2 x batch of 1000, batch of 250', 'by key');

is($looked_up, $node->safe_psql('postgres', q{SELECT count(*), md5(string_agg(r::text, ';' ORDER BY key))
	FROM (SELECT key, summary, due FROM jira_lookup_issues_stream('project = BULK AND key < BULK-2251')) AS r}), 'the same rows as of a search');
is_asked(sprintf($by_key, 'key, labels'), '22 x batch of 100, batch of 50', 'by key, with lists');
is((run_script("SET jira_spoke.max_response_size = '150kB'; " . sprintf($by_key, 'key, summary, due')))[0], $looked_up, 'by key, with little room for a reply');
$jira->set_oddities(batch_payload => 240);
is((run_script(sprintf($by_key, 'key, summary, due')))[0], $looked_up, 'by key, with replies that are cut');
$jira->set_oddities(batch_payload => 0);
is_asked('SELECT key FROM ' . $keys =~ s/.*/jira_lookup_issues($&)/r =~ s/1, 2250/4501, 5500/r, 'batch of 1000', 'of which a half does not exist');
is_asked('SELECT key FROM ' . $keys =~ s/.*/jira_lookup_issues($&)/r =~ s/1, 2250/4951, 5950/r, 'batch of 1000, 10 x batch of 100',
	'so few rows may be those that the site returns at once');

$jira->set_oddities(large_batches => Cpanel::JSON::XS::false);
($out, $messages, @requests) = run_script(sprintf($by_key, 'key, summary, due'));
is($out, $looked_up, 'by key, from a site that has small batches only');
like(asked_in_short(@requests), qr/^(?:\d x )?batch of 1000, (?:batch of 250, )?22 x batch of 100, batch of 50$/, 'which is found out');
is_asked(sprintf($by_key, 'key, summary, due'), '22 x batch of 100, batch of 50', 'once');
$jira->set_oddities(large_batches => Cpanel::JSON::XS::true);
$node->safe_psql('postgres', q{SELECT jira_stat_reset('demo')});

# --- Ways to ask that stay page by page.

my $pages = '49 x page of 1000, page of 100';

is_asked("SELECT summary FROM jira_lookup_issues_stream('project = BULK', expand => ARRAY['names'])", '50 x page of 100', 'expand');
is_asked("SET jira_spoke.page_size = 2500; SELECT key FROM $bulk", '2 x page of 2500', 'a page size that is set');
is_asked("SELECT summary FROM jira_lookup_issues_stream('project = BULK AND summary !~ \"" . 'x' x 8000 . "\"')", $pages, 'JQL that is sent in a body');
connect_to($node, $jira, 'slow', options => '{"requests_per_second": 1000}');
is_asked($read =~ s/key'/key', connection => 'slow'/r, $pages, 'a connection with a pace');

connect_to($node, $jira, 'app', auth => 'bearer', url => $jira->url . "/ex/jira/$cloud_id", secret => 'app');
$jira->add_token('app', ['read:jira-work'], app => Cpanel::JSON::XS::true);
is_asked($read =~ s/key'/key', connection => 'app'/r, $pages, 'an app');
@requests = $jira->requests;
my $points = 0;
$points += $_->{points} foreach @requests;
is($points, 50 + $issues, 'which pays for each issue once');

# --- What breaks off, what does not fit, what takes too long, what is stopped.

$jira->fault(kind => 'rate_limit', retry_after => 0, times => 3, path => '*/bulkfetch');
$jira->fault(kind => 'cut_body', times => 1, path => '*/bulkfetch');
$jira->fault(kind => 'rate_limit', retry_after => 0, times => 1, path => '*/search/jql', skip => 1);
is_read('requests that are turned away, and a reply that breaks off');
is(scalar(grep { $_->{path} =~ /bulkfetch/ } @requests), 9, 'are repeated');
$jira->clear_faults;

is_read('little room for a reply', "SET jira_spoke.max_response_size = '150kB'; $read");
unlike(asked(@requests), qr/\d{4}/, 'so little is asked for at once');

# Issues that make the batches after the first page larger than expected.
my $descriptions = "SELECT md5(string_agg(description, ';')) FROM $bulk";

$node->safe_psql('postgres', q{SELECT jira_update_issue('BULK-' || n, description => repeat('x', 32000)) FROM generate_series(110, 119) AS a, unnest(ARRAY[0, 300, 600, 900]) AS b, LATERAL (SELECT a + b AS n) AS place});
my $all_descriptions = $node->safe_psql('postgres', "SET jira_spoke.parallel_requests = 1; $descriptions");
$jira->forget_requests;
$jira->close_gate(path => '*/bulkfetch', times => 4, carried_out => Cpanel::JSON::XS::true);
$jira->close_gate(path => '*/search/jql', times => 1, skip => 2, carried_out => Cpanel::JSON::XS::true);
my $session = JiraSpoke::Background->start($node, "SET jira_spoke.max_response_size = '500kB';\n$descriptions;\n");
$jira->await_at_gate(5);
$jira->open_gate;
($out, $messages) = $session->finish;
is("$out$messages", "$all_descriptions\n", 'replies that leave no room for others, nor for ids: all rows');
my @batches = asked($jira->requests) =~ /batch of (\d+)/g;
my $asked_twice = 0;
$asked_twice += $_ foreach @batches;
cmp_ok($asked_twice, '>', $issues - 100, "are asked for again: @batches");

is_read('a consumer that pauses for longer than the time-out', <<"SQL");
	SET jira_spoke.timeout = '1s';
	CREATE TEMPORARY TABLE read (n serial, summary text);
	BEGIN;
	CREATE FUNCTION pg_temp.slowly() RETURNS void LANGUAGE plpgsql AS \$\$
	DECLARE
		issue record;
	BEGIN
		FOR issue IN SELECT summary, labels FROM $bulk LOOP
			INSERT INTO read (summary) VALUES (issue.summary);
			PERFORM pg_sleep(1.2) FROM read HAVING count(*) IN (100, 101, 250);
		END LOOP;
	END \$\$;
	\\o /dev/null
	SELECT pg_temp.slowly();
	\\o
	SELECT md5(string_agg(summary, ';' ORDER BY n)) FROM read;
SQL

$jira->close_gate(path => '*/bulkfetch');
$session = JiraSpoke::Background->start($node, "$read;\nSELECT count(*) FROM pg_backend_memory_contexts WHERE name LIKE 'Jira sweep%';\n");
$jira->await_at_gate(5);
$node->safe_psql('postgres', 'SELECT pg_cancel_backend(' . $session->waiting_pid . ')');
($out, $messages) = $session->finish;
like($messages, qr/ERROR:  57014/, 'cancelled in the middle');
is($out, "0\n", 'nothing is left of it');
$jira->open_gate;

($out) = run_script(<<"SQL");
	DO \$\$
	DECLARE
		issue record;
		n integer;
	BEGIN
		FOR i IN 1 .. 40 LOOP
			n := 0;
			FOR issue IN SELECT labels FROM $bulk LOOP
				n := n + 1;
				EXIT WHEN n > 100 + i * 10;
			END LOOP;
		END LOOP;
	END \$\$;
	SELECT count(*) FROM pg_backend_memory_contexts WHERE name ~ '^Jira' AND name <> 'Jira site';
SQL
is($out, '0', 'reads that are abandoned leave no memory');

# --- A Jira that changes meanwhile.

# The keys that a read gives while what a hook does has happened between its first page and the rest.
sub keys_while
{
	my ($gate, $waiting, $hook) = @_;

	$jira->close_gate(path => $gate, $gate =~ /jql/ ? (skip => 1) : ());
	my $reader = JiraSpoke::Background->start($node, "SELECT key FROM $bulk WHERE labels IS NOT NULL;\n");
	$jira->await_at_gate($waiting);
	$jira->clear_faults;
	$hook->();
	$jira->open_gate;
	my ($keys, $said) = $reader->finish;
	is($said, '', 'no message');
	return [ split /\n/, $keys ];
}

my @all = map { "BULK-$_" } 1 .. $issues;

sub delete_issues
{
	$node->safe_psql('postgres', "SELECT jira_delete_issue('BULK-' || n) FROM unnest(ARRAY[$_[0]]) AS n");
	my %gone = map { ("BULK-$_" => 1) } split /, /, $_[0];
	@all = grep { !$gone{$_} } @all;
	return;
}

is_deeply(keys_while('*/bulkfetch', 16, sub { delete_issues('150, 151, 199, 200, 201, 1700, 5000') }), \@all,
	'issues that vanish before they are fetched give no row');
is_deeply(keys_while('*/search/jql', 1, sub { delete_issues('160, 4999') }), \@all, 'nor do those that vanish before they are found');
is_deeply(keys_while('*/search/jql', 1, sub { delete_issues('2') }), [ 'BULK-1', 'BULK-2', @all[1 .. $#all] ],
	'a row of the first page stays');
is_deeply(keys_while('*/bulkfetch', 16, sub { run_script(q{SELECT jira_create_issue('BULK', 'Bug', 'new')}) }), \@all,
	'an issue that is made too late is not found');
is_deeply(keys_while('*/search/jql', 1, sub { run_script(q{SELECT jira_create_issue('BULK', 'Bug', 'new')}) }),
	[ @all, 'BULK-5001', 'BULK-5002' ], 'one that is made in time is');

# The same changes, read page by page and several requests at a time.
my $changing = q{SELECT key || ' ' || summary FROM jira_lookup_issues_stream('project = BULK AND summary !~ "gone" ORDER BY key')
	WHERE labels IS NOT NULL OR labels IS NULL};

sub rows_now { return [ split /\n/, $node->safe_psql('postgres', $changing) ]; }

sub rows_while
{
	my ($parallel, $gate, $waiting, $hook) = @_;

	$jira->close_gate(path => $gate, $gate =~ /jql/ ? (skip => 1) : ());
	my $reader = JiraSpoke::Background->start($node, "SET jira_spoke.parallel_requests = $parallel;\n$changing;\n");
	$jira->await_at_gate($waiting);
	$jira->clear_faults;
	$hook->();
	$jira->open_gate;
	my ($rows, $said) = $reader->finish;
	is($said, '', 'no message');
	return [ split /\n/, $rows ];
}

sub change_issues
{
	my ($deleted, $gone, $changed) = @_;

	return $node->safe_psql('postgres', "SELECT jira_delete_issue('BULK-$deleted'), jira_update_issue('BULK-$gone', summary => 'gone'),
		jira_update_issue('BULK-$changed', summary => 'changed'), jira_create_issue('BULK', 'Bug', 'made')");
}

is_deeply(rows_while(1, '*/search/jql', 1, sub { change_issues(3001, 3002, 3003) }), rows_now(), 'page by page: as it is after the changes');
is_deeply(rows_while(16, '*/search/jql', 1, sub { change_issues(3011, 3012, 3013) }), rows_now(), 'before the ids are found: the same');
my $by_id = rows_while(16, '*/bulkfetch', 16, sub { change_issues(3021, 3022, 3023) });
my @now = @{ rows_now() };

like(pop @now, qr/ made$/, 'the last row is an issue that was made');
is_deeply($by_id, [ map { /^BULK-3023 / ? ('BULK-3022 gone', $_) : $_ } @now ],
	'after the ids were found: it is not found, and what was found comes as it is by now, even if it does not match');

# An issue that changed its place while the ids were read, so that its id came twice;
# BULK-1 came with the first page.
my %id_of = map { split /\|/ } split /\n/, $node->safe_psql('postgres',
	q{SELECT key, id FROM jira_lookup_issues(ARRAY['BULK-1', 'BULK-300', 'BULK-301'])});

$jira->fault(kind => 'status', status => 200, path => '*/search/jql', skip => 1,
	body => { isLast => Cpanel::JSON::XS::true, issues => [ map { { id => $id_of{"BULK-$_"} } } 301, 300, 1, 301 ] });
($out, $messages) = run_script("SELECT key FROM $bulk WHERE labels IS NOT NULL OFFSET 100");
is("$out$messages", "BULK-301\nBULK-300\nBULK-301", 'an id that comes twice gives two rows');
$jira->clear_faults;
$jira->fault(kind => 'status', status => 200, path => '*/search/jql', skip => 1,
	body => { isLast => Cpanel::JSON::XS::true, issues => [ { id => 'x' } ] });
($out, $messages) = run_script("SELECT summary FROM $bulk");
like($messages, qr/ERROR:  08P01: .*\nDETAIL:  An issue has no id/, 'ids that are none');
$jira->clear_faults;

# --- A Jira that does not go on.

my %token = (nextPageToken => 'same', isLast => Cpanel::JSON::XS::false);
my @some = map { { id => "$_" } } 20001 .. 20010;

$jira->fault(kind => 'status', status => 200, path => '*/search/jql', skip => 1, body => { %token, issues => \@some });
($out, $messages) = run_script("SELECT summary FROM $bulk");
like($messages, qr/ERROR:  08P01: .*\nDETAIL:  (?:The same page was announced twice|The same rows came again)/, 'ids that come again and again');
$jira->clear_faults;
$jira->fault(kind => 'status', status => 200, path => '*/search/jql', skip => 1, body => { isLast => Cpanel::JSON::XS::false, issues => \@some });
($out, $messages) = run_script("SELECT summary FROM $bulk");
like($messages, qr/ERROR:  08P01: .*\nDETAIL:  It is said not to be the last page/, 'ids without a token');
$jira->clear_faults;
$jira->fault(kind => 'status', status => 200, path => '*/search/jql', skip => 1, body => { isLast => Cpanel::JSON::XS::false, values => \@some });
($out, $messages) = run_script("SELECT summary FROM $bulk");
like($messages, qr/ERROR:  08P01: .*\nDETAIL:  It has no list/, 'no list of ids');
$jira->clear_faults;

# --- Data Center, where pages are known by their places.

my $server = JiraSpoke::Jira->start(deployment => 'server', issues => $issues, context => '/jira');

connect_to($node, $server, 'server');

# The places and sizes of the pages that were asked for, in their order.
sub places_of
{
	my ($query, $expected_messages) = @_;

	$server->forget_requests;
	my (undef, undef, $said) = $node->psql('postgres', "SET jira_spoke.connection = 'server'; $query");
	like($said, $expected_messages // qr/^$/, "messages: $query");
	my @places = map { { map { @$_ } @{ $_->{query} } } } grep { $_->{path} =~ m{/search$} } $server->requests;
	return join ' ', map { "$_->{startAt}+$_->{maxResults}" } sort { $a->{startAt} <=> $b->{startAt} } @places;
}

is(places_of("SELECT summary FROM $bulk"), '0+100 100+1000 1100+1000 2100+1000 3100+1000 4100+1000', 'each page once');
is(places_of("SELECT summary FROM $bulk LIMIT 1500"), '0+100 100+1000 1100+400', 'no more than a LIMIT needs');
is(places_of("SELECT summary FROM $bulk LIMIT 10"), '0+10', 'LIMIT 10');
cmp_ok(scalar split(/ /, places_of("BEGIN; DECLARE c CURSOR FOR SELECT summary FROM $bulk; MOVE 101 IN c; COMMIT")), '<=', 3,
	'a cursor to row 101');

sub server_rows
{
	my ($query, @settings) = @_;

	return rows_of($query, q{jira_spoke.connection = 'server'}, @settings);
}

foreach my $query ("SELECT $columns FROM $bulk", q{SELECT * FROM jira_lookup_issues_stream('project = BULK ORDER BY updated DESC', max_rows => 2222)},
	q{SELECT key, summary FROM jira_lookup_issues_stream('')}, q{SELECT key, summary, story_points FROM jira_lookup_stories_stream()})
{
	my $one_by_one = server_rows($query, 'jira_spoke.parallel_requests = 1');

	like($one_by_one, qr/^[1-9]/, "there are rows: $query");
	is(server_rows($query), $one_by_one, 'the same rows from Data Center');
	is(server_rows($query, 'jira_spoke.parallel_requests = 32'), $one_by_one, 'with 32 requests');
	$server->set_oddities(result_window => 2000);
	my ($status, $rows) = $node->psql('postgres', "SET jira_spoke.connection = 'server'; SELECT count(*), md5(string_agg(r::text, ';')) FROM ($query) AS r");
	is($rows, $query =~ /BY updated/ ? '' : $one_by_one, 'where Jira returns the first 2,000 rows of a search: all, or an error');
	$server->set_oddities(result_window => 0);
}

my $small_pages = JiraSpoke::Jira->start(deployment => 'server', issues => $issues, context => '/jira', max_page => 300);

connect_to($node, $small_pages, 'small_pages');
$small_pages->forget_requests;
is(rows_of("SELECT summary, due FROM $bulk", q{jira_spoke.connection = 'small_pages'}), server_rows("SELECT summary, due FROM $bulk"),
	'a site with small pages');
cmp_ok(scalar(grep { $_->{path} =~ m{/search$} } $small_pages->requests), '<=', 1 + 17 + 4, 'which is found out with the first of them');

# --- Other lists whose pages tell the total.

$node->safe_psql('postgres', q{SELECT count(jira_create_group('group ' || n)) FROM generate_series(1, 250) AS n});

# Their places and sizes, and the rows.
sub list_of
{
	my ($query, @settings) = @_;
	my ($rows, $said, @asked) = run_script(join '', (map { "SET $_; " } @settings), $query);
	my @places = map { { map { @$_ } @{ $_->{query} } } } @asked;

	is($said, '', "no message: $query");
	return (join(' ', map { "$_->{startAt}+$_->{maxResults}" } sort { $a->{startAt} <=> $b->{startAt} } @places), $rows);
}

my $groups = q{SELECT count(*), md5(string_agg(name, ' ')) FROM jira_lookup_groups_stream()};
my ($places_one_by_one, $groups_one_by_one) = list_of($groups, 'jira_spoke.parallel_requests = 1');
my ($places, $groups_together) = list_of($groups);

is($groups_together, $groups_one_by_one, 'groups: the same rows');
like($places, qr/^0\+100 50\+50 100\+50 150\+50 200\+50 250\+50$/, 'groups: each page once, as large as Jira makes it');
is(plan_of('SELECT name FROM jira_lookup_groups_stream()')->{'Most Requests at a Time'}, 4, 'groups: several at a time');

# --- What EXPLAIN and progress say.

sub plan_of
{
	my ($query) = @_;

	return decode_json($node->safe_psql('postgres', "EXPLAIN (ANALYZE, FORMAT JSON) $query"))->[0]{Plan};
}

my $plan = plan_of("SELECT labels FROM $bulk");
is("$plan->{Pages} $plan->{Batches} $plan->{'Most Requests at a Time'}", '50 49 16', 'EXPLAIN ANALYZE');
$plan = plan_of("SELECT summary FROM $bulk LIMIT 5")->{Plans}[0];
is($plan->{Pages}, 1, 'of one page');
ok(!exists $plan->{Batches} && !exists $plan->{'Most Requests at a Time'}, 'which has no batches');
$plan = plan_of(q{SELECT * FROM jira_lookup_issues((SELECT array_agg('BULK-' || n) FROM generate_series(1, 250) AS n))});
is("$plan->{Pages} $plan->{Batches} $plan->{'Most Requests at a Time'}", '3 3 3', 'of issues by key');

$plan = plan_of(q{SELECT summary FROM jira_lookup_issues_stream('project = BULK', connection => 'server')});
is("$plan->{Pages} $plan->{'Most Requests at a Time'}", '6 4', 'of Data Center');

# Once a second: the first row begins it, and the one after the pause tells.
($out, $messages) = run_script(<<"SQL");
	SET jira_spoke.progress = on;
	BEGIN;
	DECLARE c CURSOR FOR SELECT summary FROM $bulk;
	MOVE 150 IN c;
	SELECT pg_sleep(1.1);
	MOVE 1 IN c;
	COMMIT;
	BEGIN;
	DECLARE c CURSOR FOR SELECT summary FROM jira_lookup_issues_stream('project = BULK', connection => 'server');
	MOVE 150 IN c;
	SELECT pg_sleep(1.1);
	MOVE 1 IN c;
	COMMIT;
SQL
like($messages, qr/INFO: .*: 151 rows of at least 1000 in [34] requests/, 'progress with the ids that are known');
like($messages, qr/INFO: .*: 151 rows of about $issues in \d requests/, 'progress with the total of Data Center');

$node->stop;
done_testing();
