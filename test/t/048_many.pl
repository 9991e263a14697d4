# Many connections in one session, one query, one page of rows: each signs in as
# itself and keeps to itself.  What is seen here is what Jira saw: who asked,
# and through which TCP connection.
use strict;
use warnings FATAL => 'all';

use Cpanel::JSON::XS;
use JiraSpoke::Background;
use JiraSpoke;
use MIME::Base64;
use Test::More;

my %secrets = (
	cloud => { demo => 'demo@example.com:demo-token', reader => 'reader@example.com:reader-token' },
	server => { demo => 'demo:demo-password', reader => 'reader:reader-password' });
my %jira = map { $_ => JiraSpoke::Jira->start(deployment => $_) } sort keys %secrets;
my $node = start_cluster('many');

$node->safe_psql('postgres', <<'SQL');
CREATE ROLE ann LOGIN IN ROLE jira_spoke_admin;
CREATE ROLE ben LOGIN IN ROLE jira_spoke_admin;
GRANT CREATE ON SCHEMA public TO ann;
SQL

# An alias for an account; those of a deployment are at the same origin.
sub alias
{
	my ($jira, $alias, $account, $owner) = @_;
	my ($username, $secret) = split /:/, $secrets{ $jira->deployment }{$account};

	local $ENV{PGOPTIONS} = '-c role=' . ($owner // 'none');
	connect_to($node, $jira, $alias, username => $username, secret => $secret);
	return;
}

sub grant_to
{
	my ($alias, @roles) = @_;
	$node->safe_psql('postgres', "SELECT jira_grant_connection('$alias', '$_')") foreach @roles;
	return;
}

# The account that a request signs in as.
sub account
{
	my ($request) = @_;
	my %accounts = map { my $each = $_; map { 'Basic ' . encode_base64($each->{$_}, '') => $_ } keys %$each }
	  values %secrets;
	return $accounts{ $request->{headers}{authorization} // '' } // 'nobody';
}

# A request tells what it is for by a label, such as x_demo, that it also looks
# for, or by the issues that it asks for.
sub purpose
{
	my ($request) = @_;
	my $text = join ' ', $request->{body}, map { $_->[1] } @{ $request->{query} };
	return "$1_$2" if $text =~ /labels = (\w+)_(demo|reader)/;
	return $text =~ /WEB-/ ? 'keys_reader' : 'keys_demo';
}

sub jql { return "project = OPS OR labels = $_[0]"; }

# Reads issues for a purpose, in pages of 40.
sub issues
{
	my ($purpose, $alias) = @_;
	return "jira_lookup_issues_stream('" . jql($purpose) . "', connection => '$alias')";
}

# Each request signs in as it should, and no two purposes share a connection.
sub kept_apart
{
	my ($name, $error, @requests) = @_;
	my %purposes;
	my %connections;

	is($error, '', "$name: no error");
	my @wrong = grep { purpose($_) !~ /_\Q@{[ account($_) ]}\E$/ } @requests;
	is(scalar @wrong, 0, "$name: each as its account");
	foreach my $request (@requests)
	{
		$purposes{ $request->{connection} }{ purpose($request) } = 1;
		$connections{ purpose($request) }{ $request->{connection} } = 1;
	}
	is(scalar(grep { keys %$_ > 1 } values %purposes), 0, "$name: each on connections of its own");
	return %connections;
}

foreach my $deployment (sort keys %jira)
{
	my $jira = $jira{$deployment};

	alias($jira, "${deployment}_$_", $_) foreach qw(demo reader);
	grant_to("${deployment}_$_", 'ann', 'ben') foreach qw(demo reader);
	together($jira);
	more_than_are_kept($jira);
	roles($jira);
	cookies($jira);
	what_jira_told($jira);
}
rights();
settings_of_a_role();
revoked();
found_by_index();

$node->stop;
done_testing();

# --- Two accounts in one query.

sub together
{
	my ($jira) = @_;
	my $deployment = $jira->deployment;
	my ($demo, $reader) = map { issues("x_$_", "${deployment}_$_") } qw(demo reader);
	my $by_row = "FROM (VALUES ('demo'), ('reader'), ('demo'), ('reader')) AS v (account)";
	my $arguments = "'" . jql("x_' || account || '") . "', connection => '${deployment}_' || account";
	my $keys = q{(SELECT array_agg('%s-' || i) FROM generate_series(1, 350) AS i)};
	my %queries = (
		'UNION ALL' => "SELECT count(*) FROM (SELECT key FROM $demo UNION ALL SELECT key FROM $reader) AS united",
		'a join' => "SELECT count(*) FROM $demo AS a JOIN $reader AS b USING (key)",
		'LATERAL' => "SELECT count(*) $by_row CROSS JOIN LATERAL jira_lookup_issues_stream($arguments)",
		'a call for each row' => "SELECT count(jira_count_issues($arguments)) $by_row",
		'two cursors' => join('; ', 'BEGIN',
			"DECLARE a CURSOR FOR SELECT key FROM $demo", "DECLARE b CURSOR FOR SELECT key FROM $reader",
			('MOVE 30 IN a', 'MOVE 30 IN b') x 3, 'COMMIT'),
		'many requests at a time' => 'SELECT count(labels) FROM (SELECT key, labels FROM jira_lookup_issues('
		  . sprintf($keys, 'OPS') . ", connection => '${deployment}_demo') UNION ALL SELECT key, labels FROM jira_lookup_issues("
		  . sprintf($keys, 'WEB') . ", connection => '${deployment}_reader')) AS united");

	foreach my $name (sort keys %queries)
	{
		my (undef, $error, @requests) =
		  run_watched($node, $jira, "SET jira_spoke.page_size = 40; SET jira_spoke.parallel_requests = 4; $queries{$name}");
		my %connections = kept_apart("$deployment, $name", $error, @requests);

		is(scalar keys %connections, 2, "$deployment, $name: both have asked");
		cmp_ok(scalar @requests, '>=', 4, "$deployment, $name: more than once");
	}
	return;
}

# A session keeps eight sets of connections when they are idle.
sub more_than_are_kept
{
	my ($jira) = @_;
	my $deployment = $jira->deployment;
	my @names = map { ("many${_}_demo", "many${_}_reader") } 1 .. 6;
	my @reads;

	foreach my $name (@names)
	{
		alias($jira, "${deployment}_$name", $name =~ s/.*_//r);
		push @reads, 'SELECT count(*) FROM ' . issues($name, "${deployment}_$name");
	}
	my (undef, $error, @requests) = run_watched($node, $jira, join '; ', @reads, @reads);
	my %connections = kept_apart("$deployment, twelve aliases", $error, @requests);
	is(scalar keys %connections, 12, "$deployment, twelve aliases: all have asked");
	return;
}

# --- Two roles with one alias.

sub roles
{
	my ($jira) = @_;
	my $deployment = $jira->deployment;
	my $read = sub { 'SELECT count(*) FROM ' . issues("$_[0]_demo", "${deployment}_demo") };
	my $switched = join '; ', $read->('self'), map { ("SET ROLE $_", $read->($_)) } qw(ann ben ann none);
	$switched =~ s/none_demo/self_demo/;
	my (undef, $error, @requests) = run_watched($node, $jira, $switched);
	my %connections = kept_apart("$deployment, SET ROLE", $error, @requests);
	is(join(' ', map { scalar keys %{ $connections{$_} } } qw(self_demo ann_demo ben_demo)), '1 1 1',
		"$deployment, SET ROLE: whoever returns finds the connection");

	(undef, $error, @requests) = run_watched($node, $jira, join '; ',
		map { ('BEGIN', "SET LOCAL ROLE $_", $read->($_), 'COMMIT', $read->('self')) } qw(ann ben));
	%connections = kept_apart("$deployment, SET LOCAL ROLE", $error, @requests);
	is(scalar keys %connections, 3, "$deployment, SET LOCAL ROLE: three have asked");

	my $change = "\\o /dev/null\nSELECT jira_alter_connection('${deployment}_%s', username => '%s', secret => '%s');\n\\o\n";
	my @sign_ins = map { [ split /:/, $secrets{$deployment}{$_} ] } qw(reader demo);
	(undef, $error, @requests) = run_watched($node, $jira, join '',
		$read->('before') . ";\n", sprintf($change, 'demo', @{ $sign_ins[0] }),
		'SELECT count(*) FROM ' . issues('between_reader', "${deployment}_demo") . ";\n",
		sprintf($change, 'demo', @{ $sign_ins[1] }), $read->('after'));
	kept_apart("$deployment, another account under the same alias", $error =~ s/^WARNING.*//mr,
		grep { purpose($_) !~ /after/ } @requests);
	return;
}

# --- What Jira gives to keep.

sub cookies
{
	my ($jira) = @_;
	my $deployment = $jira->deployment;
	my $nothing = { issues => [], isLast => Cpanel::JSON::XS::true, startAt => 0, total => 0 };

	$jira->fault(kind => 'status', status => 200, times => 2, path => '*/search*', body => $nothing,
		headers => { 'Set-Cookie' => 'JSESSIONID=of-another; Path=/; HttpOnly', 'X-AUSERNAME' => 'demo', 'X-AAccountId' => '1' });
	my $read = 'SELECT count(*) FROM ' . issues('x_demo', "${deployment}_demo");
	my ($out, $error, @requests) = run_watched($node, $jira, join '; ', $read, $read, $read,
		"SELECT status FROM jira_request('GET', '/rest/api/2/serverInfo', connection => '${deployment}_demo')");
	like("$error$out", qr/^0\n0\n[1-9]\d*\n200$/, "$deployment: Jira sets a cookie");
	is(scalar(grep { exists $_->{headers}{cookie} } @requests), 0, "$deployment: it gets none back");
	$jira->clear_faults;
	return;
}

# What it says to one, of its fields, another is not told.
sub what_jira_told
{
	my ($jira) = @_;
	my $deployment = $jira->deployment;
	my $read = sub {
		"SELECT count(*) FROM jira_lookup_issue('OPS-1', fields => ARRAY['Ours alone'], connection => '${deployment}_$_[0]')";
	};
	my $create = sub {
		"SELECT 1 FROM jira_create_issue('OPS', 'Bug', 'x', fields => '{\"Severity\": \"Major\"}', connection => '${deployment}_$_[0]')";
	};
	my $field = { id => 'customfield_10999', name => 'Ours alone', custom => Cpanel::JSON::XS::true, schema => { type => 'string' } };

	$jira->fault(kind => 'status', status => 200, times => 1, path => '*/field', body => [$field],
		headers => { 'X-AUSERNAME' => 'demo', 'X-AAccountId' => '1' });
	my ($out, $error, @requests) = run_watched($node, $jira, join '; ', 'SET ROLE ann', $read->('demo'), $read->('demo'),
		$read->('reader'), 'SET ROLE ben', $read->('demo'));
	is($out, "1\n1", "$deployment: who was told of a field uses it");
	is(() = ($error =~ /42703: .*Ours alone/g), 2, "$deployment: another account or role does not know it");
	is(join(' ', map { account($_) } grep { $_->{path} =~ m{/field$} } @requests), 'demo reader demo',
		"$deployment: each asks for itself");

	($out, $error, @requests) = run_watched($node, $jira, join '; ', 'SET ROLE ann', ($create->('demo')) x 2, 'SET ROLE ben',
		$create->('demo'), 'SET ROLE ann', $create->('demo'), $create->('reader'));
	is($out, "1\n1\n1\n1", "$deployment: fields by name");
	is(join(' ', map { account($_) } grep { $_->{path} =~ m{/field$} } @requests), 'demo demo reader',
		"$deployment: and the catalogue is asked for once by each");
	return;
}

# --- With whose rights?

# Who asked Jira, in order, then the SQLSTATE of the failure, if there is one.
sub who_asked
{
	my ($script) = @_;
	my (undef, $error, @requests) = run_watched($node, $jira{cloud}, $script);

	return join ' ', (map { account($_) } @requests), $error =~ /ERROR:  (\w{5})/;
}

sub make_objects
{
	my $count = q{SELECT jira_count_issues('project = OPS'};

	alias($jira{cloud}, 'anns_other', 'reader', 'ann');
	alias($jira{cloud}, 'anns', 'demo', 'ann');
	alias($jira{cloud}, 'bens', 'reader', 'ben');
	$node->safe_psql('postgres', q{SELECT jira_alter_connection(a, is_default => true) FROM unnest('{anns,bens}'::text[]) AS a});

	# The first call loads the library: until then only superusers attach its
	# settings to a function.
	$node->safe_psql('postgres', <<"SQL");
SET ROLE ann;
SELECT jira_quote(1);
CREATE FUNCTION of_definer() RETURNS bigint LANGUAGE sql SECURITY DEFINER AS \$\$ $count) \$\$;
CREATE FUNCTION of_definer_named() RETURNS bigint LANGUAGE sql SECURITY DEFINER AS \$\$ $count, 'anns') \$\$;
CREATE FUNCTION of_definer_set() RETURNS bigint LANGUAGE sql SECURITY DEFINER SET jira_spoke.connection = 'anns' AS \$\$ $count) \$\$;
CREATE FUNCTION of_invoker() RETURNS bigint LANGUAGE plpgsql AS \$\$ BEGIN RETURN ($count)); END \$\$;
CREATE FUNCTION of_invoker_named() RETURNS bigint LANGUAGE plpgsql AS \$\$ BEGIN RETURN ($count, 'anns')); END \$\$;
CREATE FUNCTION open_cursor() RETURNS refcursor LANGUAGE plpgsql SECURITY DEFINER
AS \$\$ DECLARE c refcursor := 'c'; BEGIN OPEN c FOR $count); RETURN c; END \$\$;
CREATE VIEW plain AS $count) AS n;
CREATE VIEW named AS SELECT count(*) FROM jira_lookup_issues_stream('project = OPS', connection => 'anns');
CREATE VIEW invoking WITH (security_invoker = true) AS SELECT * FROM named;
CREATE MATERIALIZED VIEW kept AS $count) AS n WITH NO DATA;
CREATE TABLE incident (n bigint);
CREATE FUNCTION count_issues() RETURNS trigger LANGUAGE plpgsql AS \$\$ BEGIN NEW.n := of_invoker(); RETURN NEW; END \$\$;
CREATE TRIGGER count_issues BEFORE INSERT ON incident FOR EACH ROW EXECUTE FUNCTION count_issues();
CREATE TABLE report (n bigint);
CREATE FUNCTION count_issues_as_owner() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
AS \$\$ BEGIN NEW.n := of_invoker(); RETURN NEW; END \$\$;
CREATE TRIGGER count_issues BEFORE INSERT ON report FOR EACH ROW EXECUTE FUNCTION count_issues_as_owner();
GRANT SELECT ON plain, named, invoking TO ben;
GRANT INSERT ON incident, report TO ben;
SQL
	return;
}

sub rights
{
	my $read = q{SELECT key FROM jira_lookup_issues_stream('project = OPS')};
	my $count = q{SELECT jira_count_issues('project = OPS', $1)};
	my $declare = "SET jira_spoke.page_size = 40; BEGIN; SET LOCAL ROLE ann; DECLARE c CURSOR FOR $read";
	my $generic = 'SET plan_cache_mode = force_generic_plan; SET ROLE ann; PREPARE p';
	my @cases = (
		[ 'a default alias', 'SELECT of_invoker()', 'reader' ],
		[ 'the alias of another', 'SELECT of_invoker_named()', '42704' ],
		[ 'SECURITY DEFINER', 'SELECT of_definer()', 'demo' ],
		[ 'SECURITY DEFINER, named', 'SELECT of_definer_named()', 'demo' ],
		[ 'SECURITY DEFINER, an alias that the definer may not use', q{SET jira_spoke.connection = 'bens'; SELECT of_definer()}, '42704' ],
		[ 'SECURITY DEFINER, another that he may', q{SET jira_spoke.connection = 'anns_other'; SELECT of_definer()}, 'reader' ],
		[ 'SECURITY DEFINER, named, whatever is set', q{SET jira_spoke.connection = 'bens'; SELECT of_definer_named()}, 'demo' ],
		[ 'SECURITY DEFINER with SET', q{SET jira_spoke.connection = 'anns_other'; SELECT of_definer_set()}, 'demo' ],
		[ 'before and after it', 'SELECT of_invoker(), of_definer(), of_invoker()', 'reader demo reader' ],
		[ 'a view', 'SELECT * FROM plain', 'reader' ],
		[ 'a view, named', 'SELECT * FROM named', '42704' ],
		[ 'a view with security_invoker', 'SELECT * FROM invoking', '42704' ],
		[ 'a trigger', 'INSERT INTO incident VALUES (1)', 'reader' ],
		[ 'a trigger, SECURITY DEFINER', 'INSERT INTO report VALUES (1)', 'demo' ],
		[ 'a materialized view', 'RESET ROLE; REFRESH MATERIALIZED VIEW kept', 'demo' ],
		[ 'a plan kept by PL/pgSQL', 'SET ROLE ann; ' . 'SELECT of_invoker(); ' x 7 . 'SET ROLE ben; SELECT of_invoker()', 'demo ' x 7 . 'reader' ],
		[ 'a generic plan', "$generic AS SELECT of_invoker(); EXECUTE p; SET ROLE ben; EXECUTE p; SET ROLE ann; EXECUTE p", 'demo reader demo' ],
		[ 'a generic plan, named', "$generic (text) AS $count; EXECUTE p ('anns'); SET ROLE ben; EXECUTE p ('bens'); EXECUTE p ('anns')", 'demo reader 42704' ],
		[ 'a cursor that has begun', "$declare; MOVE 5 IN c; SET LOCAL ROLE ben; MOVE 70 IN c", 'demo demo' ],
		[ 'a cursor that has not', "$declare; SET LOCAL ROLE ben; MOVE 5 IN c", 'reader' ],
		[ 'a cursor from SECURITY DEFINER', 'BEGIN; SELECT open_cursor(); FETCH c', 'reader' ],
		[ 'SET LOCAL ROLE', 'BEGIN; SET LOCAL ROLE ann; SELECT of_invoker(); COMMIT; SELECT of_invoker()', 'demo reader' ],
		[ 'SET LOCAL ROLE that is rolled back', 'BEGIN; SAVEPOINT s; SET LOCAL ROLE ann; SELECT of_invoker(); ROLLBACK TO s; SELECT of_invoker()', 'demo reader' ]);

	make_objects();
	is(who_asked("SET ROLE ben; $_->[1]"), $_->[2] =~ s/ $//r, "whose alias: $_->[0]") foreach @cases;

	my ($out) = run_watched($node, $jira{cloud}, "$generic AS SELECT alias FROM jira_connections() WHERE alias ~ 's\$'; EXECUTE p; SET ROLE ben; EXECUTE p");
	is($out, "anns\nbens", 'a generic plan shows each role its own aliases');
	return;
}

# --- A role's own choice, which PostgreSQL takes only when it knows the setting.

sub settings_of_a_role
{
	my $choose = q{SET ROLE ann; ALTER ROLE ann SET jira_spoke.connection = 'anns_other'};
	my $loaded = $choose =~ s/;/; SELECT jira_quote(1);/r;

	like(query_error($node, $choose), qr/42501/, 'a setting that is not known is for superusers');
	is(query_error($node, $loaded), '', 'the first call makes it known');
	{
		local $ENV{PGOPTIONS} = '-c session_preload_libraries=jira_spoke';
		is(query_error($node, $choose), '', 'and so does session_preload_libraries');
	}
	$jira{cloud}->forget_requests;
	$node->psql('postgres', q{SELECT jira_count_issues('project = OPS')}, extra_params => ['--username=ann']);
	is(join(' ', map { account($_) } $jira{cloud}->requests), 'reader', 'what was chosen counts from the first call on');
	return;
}

# --- Revoked while a session uses it.

sub revoked
{
	my $read = q{SELECT jira_count_issues('project = OPS', 'lent')};
	my $elsewhere = q{\\! psql -qAtX -d postgres -c "SELECT jira_%s_connection('lent', 'ben')" >/dev/null};

	alias($jira{cloud}, 'lent', 'demo');
	grant_to('lent', 'ben');
	local %ENV = (%ENV, PGHOST => $node->host, PGPORT => $node->port);
	my ($out, $error, @requests) = run_watched($node, $jira{cloud}, join "\n", 'SET ROLE ben;', "$read;",
		sprintf($elsewhere, 'revoke'), "$read;", sprintf($elsewhere, 'grant'), "$read;",
		'BEGIN ISOLATION LEVEL REPEATABLE READ;', "$read;", sprintf($elsewhere, 'revoke'), $read);
	is(() = ($out =~ /^\d+$/mg), 3, 'used while it is granted');
	is(() = ($error =~ /ERROR:  42704/g), 2, 'and not once it is revoked, in an old transaction either');
	is(scalar @requests, 3, 'without a request');
	return;
}

# --- Many secrets are stored: each call finds its own by the index, once.

# Scans of the table and of its index by this many calls.
sub scans_of
{
	my ($calls, $alias) = @_;
	my $counts = q{SELECT pg_stat_force_next_flush(); SELECT seq_scan || ' ' || COALESCE(idx_scan, 0)
		FROM pg_stat_user_tables WHERE relid = 'jira_spoke.credential'::regclass};

	# A session has reported its scans when it has gone.
	$node->poll_query_until('postgres', q{SELECT count(*) = 1 FROM pg_stat_activity WHERE backend_type = 'client backend'})
	  or die 'another session does not end';
	my @lines = grep { /^\d+ \d+$/ } split /\n/, $node->safe_psql('postgres',
		join '; ', $counts, ("SELECT jira_count_issues('project = OPS', '$alias')") x $calls, $counts);
	my ($before, $after) = map { [ split ] } @lines;

	return join ' ', map { $after->[$_] - $before->[$_] } 0, 1;
}

sub found_by_index
{
	alias($jira{cloud}, 'indexed', 'demo');
	$node->safe_psql('postgres', q{SELECT jira_create_connection('indexed_child', parent => 'indexed')});
	is(scans_of(1, 'indexed'), '0 1', 'a call finds its secret by the index, once');
	is(scans_of(10, 'indexed'), '0 10', 'and so do ten calls');
	is(scans_of(1, 'indexed_child'), '0 2', "a child looks for its own first, then for its parent's");
	$node->safe_psql('postgres', 'ALTER TABLE jira_spoke.credential DROP CONSTRAINT credential_pkey');
	is(scans_of(1, 'indexed'), '1 0', 'without the primary key, the table is read');
	return;
}
