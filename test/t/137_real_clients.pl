# Clients that people use, by their own drivers: ODBC and node-postgres list tables and
# columns, and read rows with prepared statements and in parts.
use strict;
use warnings FATAL => 'all';

use Cpanel::JSON::XS;
use IPC::Run;
use JiraSpoke;
use PostgreSQL::Test::Utils;
use Test::More;

my $clients = "$ENV{JIRA_SPOKE_SRC}/test/clients";
my @odbc = odbc_client();
my @node_pg = node_client();

plan skip_all => 'neither ODBC (packages odbc-postgresql and python3-pyodbc) nor node-postgres (package node-pg) is installed'
  unless @odbc || @node_pg;

my $jira = JiraSpoke::Jira->start(issues => 300);
my $node = start_cluster('real_clients', q{timezone = 'UTC'}, 'jit = off');

connect_to($node, $jira);
$node->safe_psql('postgres', <<'SQL');
CREATE ROLE analyst LOGIN;
CREATE ROLE owner;
SELECT jira_grant_connection('demo', 'owner', 'read');
CREATE SERVER work FOREIGN DATA WRAPPER jira_spoke OPTIONS (connection 'demo');
CREATE SCHEMA work;
IMPORT FOREIGN SCHEMA jira FROM SERVER work INTO work;
CREATE VIEW work.open AS SELECT key, summary FROM work.issues WHERE status <> 'Done';
ALTER VIEW work.open OWNER TO owner;
GRANT USAGE ON SCHEMA work TO analyst, owner;
GRANT SELECT ON work.issues TO analyst, owner;
GRANT SELECT ON work.open TO analyst;
SQL

SKIP: { skip 'ODBC (packages odbc-postgresql and python3-pyodbc) is not installed', 1 unless @odbc; subtest('ODBC', \&odbc); }
SKIP: { skip 'node-postgres (package node-pg) is not installed', 1 unless @node_pg; subtest('node-postgres', \&node_postgres); }
unlike(slurp_file($node->logfile), qr/terminated by signal|PANIC|TRAP/, 'nothing crashed');
done_testing();

sub query { return $node->safe_psql('postgres', @_); }

# --- The clients.

# A program that says that it can, or nothing.
sub able
{
	my (@command) = @_;
	my ($out, $error);
	my $done = eval { IPC::Run::run([@command], '<', \undef, '>', \$out, '2>', \$error) };

	return $done && $out =~ /^"/ ? @command[ 0 .. $#command - 1 ] : ();
}

# A Python of another origin does not have Debian's modules.
sub odbc_client
{
	my ($python) = grep { able($_, "$clients/odbc.py", 'driver') } qw(python3 /usr/bin/python3);

	return $python ? ($python, "$clients/odbc.py") : ();
}

# Nor does another Node.js find them by itself.
sub node_client
{
	$ENV{NODE_PATH} = '/usr/share/nodejs';
	return able('node', "$clients/node_pg.js", 'version');
}

# What a step of a client prints; the number of its requests to Jira is in $requests.
my $requests;
sub result_of
{
	my (@command) = @_;
	my ($out, $error);

	$jira->forget_requests;
	IPC::Run::run([@command], '<', \undef, '>', \$out, '2>', \$error) or return { failed => $error };
	$requests = scalar $jira->requests;
	return Cpanel::JSON::XS->new->allow_nonref->utf8->decode($out);
}

sub odbc_result
{
	my ($role, $options, $step, @arguments) = @_;

	return result_of(@odbc, $step, 'Servername=' . $node->host . ';Port=' . $node->port . ";Database=postgres;Uid=$role;$options", @arguments);
}

sub node_result
{
	my ($role, $step, @arguments) = @_;

	return result_of(@node_pg, $step, encode_json({ host => $node->host, port => $node->port, database => 'postgres', user => $role }), @arguments);
}

# Rows of psql, a list for each.
sub expected { return [ map { [ split /\|/, $_, -1 ] } split /\n/, Cpanel::JSON::XS->new->allow_nonref->utf8->decode('"' . query($_[0]) =~ s/(["\\])/\\$1/gr =~ s/\n/\\n/gr . '"') ]; }

# --- ODBC.

sub odbc
{
	my $me = getpwuid $<;

	catalogue_by_odbc($me);
	values_by_odbc($me);
	parts_by_odbc($me);
	return;
}

sub catalogue_by_odbc
{
	my ($me) = @_;
	my $tables = odbc_result($me, '', 'tables', 'work');

	# Up to 13 the driver has no comments.
	my $comment = $tables->[0][2] eq '' ? sub { return '' } : sub { return $_[0] };
	is(join(' ', sort map { $_->[0] } @$tables), query(q{SELECT string_agg(relname, ' ' ORDER BY relname COLLATE "C") FROM pg_class WHERE relnamespace = 'work'::regnamespace AND relkind IN ('f', 'v')}), 'SQLTables');
	is_deeply([ grep { $_->[0] =~ /^(?:issues|open)$/ } sort { $a->[0] cmp $b->[0] } @$tables ], [ [ 'issues', 'FOREIGN TABLE', $comment->('issues, as Jira has them') ], [ 'open', 'VIEW', '' ] ],
		'with their kinds') or diag explain $tables;
	is_deeply([ sort map { $_->[0] } @{ odbc_result('analyst', '', 'tables', 'work') } ], [ sort map { $_->[0] } @$tables ], 'for any role');
	is_deeply([ sort map { $_->[0] } @{ odbc_result('analyst', '', 'tables', 'work', 'TABLE,VIEW') } ], [ sort map { $_->[0] } @$tables ], 'also who asks for tables and views');

	my %column = map { $_->[0] => $_ } @{ odbc_result($me, '', 'columns', 'work', 'issues') };
	is(scalar keys %column, query(q{SELECT count(*) FROM pg_attribute WHERE attrelid = 'work.issues'::regclass AND attnum > 0}), 'SQLColumns');
	is_deeply([ map { [ @{ $column{$_} }[ 0, 1, 3, 4 ] ] } qw(key created due story_points sprint_id time_to_resolution_breached labels fields severity) ],
		[ [ 'key', 'text', 1, $comment->('key of the issue, like OPS-1; another one once it has moved to another project') ], [ 'created', 'timestamptz', 1, $comment->('when the issue was created') ],
		[ 'due', 'date', 1, $comment->('day by which it is due') ], [ 'story_points', 'numeric', 1, $comment->('estimate of the story, in points') ], [ 'sprint_id', 'int8', 1, $column{sprint_id}[4] ],
		[ 'time_to_resolution_breached', 'bool', 1, $comment->('field "Time to resolution" (customfield_10043.lastCycle.breached), sd-servicelevelagreement') ],
		[ 'labels', '_text', 1, $comment->('labels; empty if there are none') ], [ 'fields', 'jsonb', 1, $column{fields}[4] ], [ 'severity', 'text', 1, $comment->('field "Severity" (customfield_10032), option') ] ],
		'with types') or diag explain \%column;
	is_deeply(odbc_result($me, '', 'keys', 'work', 'issues'), { primary => [], foreign => [], identifying => [], indexes => [] }, 'SQLPrimaryKeys, SQLForeignKeys, SQLSpecialColumns, SQLStatistics: none');
	my $privileges = odbc_result('analyst', '', 'privileges', 'work', 'issues');
	is_deeply([ grep { $_->[1] eq 'analyst' && $_->[2] ne '' } @$privileges ], [ [ $me, 'analyst', 'SELECT' ] ], 'SQLTablePrivileges') or diag explain $privileges;
	is($requests, 0, 'nothing is asked of Jira');
	return;
}

sub values_by_odbc
{
	my ($me) = @_;
	my $text = 'SELECT key, summary, created, due, story_points, sprint_id, labels FROM work.issues WHERE key = ?';
	my @keys = split /\n/, query(q{SELECT key FROM work.issues WHERE due IS NOT NULL AND story_points IS NOT NULL AND labels <> '{}' ORDER BY key LIMIT 3});

	for my $options ('UseServerSidePrepare=1', 'UseServerSidePrepare=0', 'UseServerSidePrepare=1;UseDeclareFetch=1;Fetch=2')
	{
		my $results = odbc_result($me, $options, 'query', $text, @keys);

		is(@keys, 3, "$options, there are issues with all values");
		is($requests, 4, "$options, a request for each execution, and one for the fields");
		is_deeply([ map { my @row = @{ $_->[0] }; [ @row[ 0, 1 ], (map { ref $row[$_] ? $row[$_][0] : $row[$_] } 2 .. 4), $row[6] ] } @$results ],
			[ map { [ @$_[ 0, 1 ], qw(datetime date Decimal), $_->[2] ] } @{ expected("SELECT key, summary, labels FROM work.issues WHERE key IN ('" . join(q{', '}, @keys) . q{') ORDER BY key}) } ],
			"$options, values of a prepared statement") or diag explain $results;
	}
	is_deeply(odbc_result($me, 'BoolsAsChar=0', 'query', q{SELECT released, archived, release_date FROM work.versions WHERE name = '3.0'}),
		[ [ Cpanel::JSON::XS::true, Cpanel::JSON::XS::false, [ 'date', query(q{SELECT release_date FROM work.versions WHERE name = '3.0'}) ] ] ], 'booleans and dates');
	my $json = odbc_result($me, '', 'query', q{SELECT fields FROM work.issues WHERE key = ?}, 'OPS-1');
	is(decode_json($json->[0][0][0] =~ s/(?<![[:ascii:]])//r =~ s/([^[:ascii:]])/sprintf '\\u%04x', ord $1/ger)->{issuetype}{name}, query(q{SELECT fields #>> '{issuetype,name}' FROM work.issues WHERE key = 'OPS-1'}), 'JSON is a text');
	is_deeply(odbc_result($me, '', 'query', q{SELECT count(*) FROM work.issues WHERE created >= ? AND project = 'BULK'}, '2001-01-01 00:00:00'), [ [ [300] ] ], 'a parameter that is a time');
	is_deeply(odbc_result('analyst', '', 'query', q{SELECT key FROM work.open WHERE key = ?}, 'BULK-1', 'x'), [ [ ['BULK-1'] ], [] ], 'a role with SELECT on a view');
	like(odbc_result('analyst', '', 'query', 'SELECT key FROM work.issues LIMIT 1')->{failed}, qr/42704.*connection/s, 'an error has its SQLSTATE');
	like(odbc_result($me, '', 'query', q{SELECT key FROM work.issues WHERE jql = ?}, 'nonsense here')->{failed}, qr/\(22023|'22023/, 'an error of Jira, too');
	return;
}

# What is left of the result is not requested.
sub parts_by_odbc
{
	my ($me) = @_;
	my $text = q{SELECT key FROM work.issues WHERE jql = 'project = BULK ORDER BY key'};
	my $all = expected("$text");

	is_deeply(odbc_result($me, 'UseDeclareFetch=1;Fetch=50', 'query', $text), $all, 'all rows in parts');
	my $whole = $requests;
	is_deeply(odbc_result($me, 'UseDeclareFetch=1;Fetch=10', 'first', 25, $text), [ @$all[ 0 .. 24 ] ], 'the first rows in parts');
	is($requests, 1, 'cost one request');
	is_deeply(odbc_result($me, 'UseDeclareFetch=0', 'first', 25, $text), [ @$all[ 0 .. 24 ] ], 'without parts');
	is($requests, $whole, 'they cost all of them');
	return;
}

# --- node-postgres.

sub node_postgres
{
	my $me = getpwuid $<;
	my %type = (bool => 16, int8 => 20, text => 25, 'text[]' => 1009, date => 1082, timestamptz => 1184, numeric => 1700, jsonb => 3802);
	my $values = 'SELECT key, created, due, story_points, labels, fields -> $$project$$, time_to_resolution_breached FROM work.issues WHERE key = $1';
	my @keys = split /\n/, query(q{SELECT key FROM work.issues WHERE project = 'OPS' AND due IS NOT NULL AND story_points IS NOT NULL AND labels <> '{}' ORDER BY key LIMIT 3});
	my $results = node_result($me, 'query', $values, @keys);

	is($requests, 4, 'a request for each execution of a prepared statement, and one for the fields');
	is_deeply($results->[0]{types}, [ @type{qw(text timestamptz date numeric text[] jsonb bool)} ], 'types of columns');
	is(join("\n", map { my @row = @{ $_->{rows}[0] }; join '|', @row[ 0, 3 ], @{ $row[4] }, $row[5]{key}, $row[6] ? 't' : 'f' } @$results),
		query(q{SELECT concat_ws('|', key, story_points, array_to_string(labels, '|'), project, time_to_resolution_breached) FROM work.issues WHERE key IN ('} . join(q{', '}, @keys) . q{') ORDER BY key}), 'values');
	like($results->[0]{rows}[0][1], qr/^20\d\d-\d\d-\d\dT.*Z$/, 'a time');
	is_deeply(node_result($me, 'query', q{SELECT released FROM work.versions WHERE name = '3.0'})->[0], { types => [16], rows => [ [Cpanel::JSON::XS::true] ] }, 'a boolean');
	is_deeply(node_result($me, 'query', 'SELECT count(*)::int FROM work.issues WHERE key = ANY ($1)', '{BULK-1,BULK-2,X-9}')->[0]{rows}, [ [2] ], 'a parameter that is a list');

	my $text = q{SELECT key FROM work.issues WHERE jql = 'project = BULK ORDER BY key'};
	my $all = expected("$text LIMIT 30");
	is_deeply(node_result($me, 'first', 30, 10, $text), [ [ @$all[ 0 .. 9 ] ], [ @$all[ 10 .. 19 ] ], [ @$all[ 20 .. 29 ] ] ], 'a portal that is executed in parts');
	is($requests, 1, 'cost one request');
	is_deeply(node_result($me, 'first', 2, 1, 'SELECT l.key FROM (VALUES ($$BULK-1$$), ($$BULK-2$$)) AS l(key) JOIN work.issues AS i ON i.key = l.key ORDER BY 1'), [ [ ['BULK-1'] ], [ ['BULK-2'] ] ], 'a join, too');

	is_deeply(node_result('analyst', 'query', 'SELECT key FROM work.open WHERE key = $1', 'BULK-1')->[0]{rows}, [ ['BULK-1'] ], 'a role with SELECT on a view');
	my $failure = node_result($me, 'fails', q{SELECT key FROM work.issues WHERE jql = 'nonsense here'}, 'SELECT 1 AS one');
	is_deeply([ $failure->{code}, $failure->{rows} ], [ '22023', [ { one => 1 } ] ], 'an error has its SQLSTATE, and the session goes on');
	like($failure->{where}, qr/Jira/, 'and its context');
	return;
}
