# Foreign tables in the life of a database: dumped and restored elsewhere, altered,
# given away and dropped; partitions, parallel plans, cursors, standby servers and
# read-only transactions; and roles that may read and nothing else.
use strict;
use warnings FATAL => 'all';

use JiraSpoke;
use PostgreSQL::Test::Utils;
use Test::More;

my %jira = map { $_ => JiraSpoke::Jira->start(deployment => $_, issues => 300) } qw(cloud server);
my $node = start_primary('life', 'jira_spoke.max_retries = 0');

$node->safe_psql('postgres', <<'SQL');
CREATE ROLE owner LOGIN IN ROLE jira_spoke_admin;
CREATE ROLE heir LOGIN;
CREATE ROLE analyst LOGIN;
CREATE ROLE reader LOGIN IN ROLE jira_spoke_reader;
CREATE ROLE writer LOGIN IN ROLE jira_spoke_user;
GRANT CREATE ON DATABASE postgres TO owner;
GRANT CREATE ON SCHEMA public TO owner;
SQL
for my $deployment (sort keys %jira)
{
	connect_to($node, $jira{$deployment}, $deployment);
	$node->safe_psql('postgres', <<"SQL");
SET client_min_messages = error;
SELECT jira_grant_connection('$deployment', role, 'read') FROM unnest('{owner,reader,writer}'::regrole[]) AS role;
SET ROLE owner;
CREATE SERVER $deployment FOREIGN DATA WRAPPER jira_spoke OPTIONS (connection '$deployment');
CREATE SCHEMA $deployment;
IMPORT FOREIGN SCHEMA jira FROM SERVER $deployment INTO $deployment;
GRANT USAGE ON SCHEMA $deployment TO analyst, reader, writer, heir;
GRANT SELECT ON $deployment.issues TO reader, writer;
SQL
}
$node->safe_psql('postgres', q{SET ROLE owner; CREATE VIEW open AS SELECT key, severity FROM cloud.issues WHERE status <> 'Done'; GRANT SELECT ON open TO analyst});

partitions();
plans_and_cursors();
read_only_and_standby();
select_on_a_view();
readers_write_nothing();
another_cluster();
columns_are_altered();
connections_are_dropped();
options_are_missed();
owners_go();
unlike(slurp_file($node->logfile), qr/terminated by signal|PANIC|TRAP/, 'nothing crashed');
done_testing();

sub query { return $node->safe_psql('postgres', @_); }
sub writes { return scalar grep { $_->{method} ne 'GET' && $_->{path} !~ /search|bulkfetch/ } $jira{cloud}->requests; }

# The issues of two sites in one table, which is asked for those that a condition needs.
sub partitions
{
	query(<<'SQL');
CREATE TABLE issue (key text, project text NOT NULL, status text, created timestamptz) PARTITION BY LIST (project);
CREATE FOREIGN TABLE issue_ops PARTITION OF issue FOR VALUES IN ('OPS') SERVER cloud OPTIONS (object 'issues', jql 'project = OPS');
CREATE FOREIGN TABLE issue_bulk PARTITION OF issue FOR VALUES IN ('BULK') SERVER server OPTIONS (object 'issues', jql 'project = BULK');
CREATE TABLE issue_old PARTITION OF issue DEFAULT;
INSERT INTO issue VALUES ('OLD-1', 'OLD', 'Done', '2001-01-01');
SQL
	my $ops = query('SELECT count(*) FROM issue_ops');

	is(query('SELECT count(*) FROM issue'), $ops + 301, 'all partitions');
	is(query('SELECT tableoid::regclass, count(*) FROM issue GROUP BY 1 ORDER BY 1'), "issue_ops|$ops\nissue_bulk|300\nissue_old|1", 'and which row is of which');
	$_->forget_requests for values %jira;
	is(query(q{SELECT count(*) FROM issue WHERE project = 'BULK' AND key = 'BULK-7'}), '1', 'one partition');
	is(scalar $jira{cloud}->requests, 0, 'the other site is not asked');
	is(query(q{SELECT key FROM issue WHERE project IN ('BULK', 'OLD') ORDER BY created LIMIT 1}), 'OLD-1', 'in the order of all');
	is(query(q{PREPARE p AS SELECT count(*) FROM issue WHERE project = $1; SET plan_cache_mode = force_generic_plan; EXECUTE p('BULK'); EXECUTE p('OLD'); EXECUTE p('X')}), "300\n1\n0", 'pruned at execution');
	like(query_error($node, q{INSERT INTO issue VALUES ('OPS-999', 'OPS')}), qr/cannot (insert into|route inserted tuples to a) foreign table "issue_ops"/, 'nothing is written to them');
	query(q{INSERT INTO issue VALUES ('OLD-2', 'OLD')});
	is(query('ALTER TABLE issue DETACH PARTITION issue_ops; SELECT count(*) FROM issue'), '302', 'detached');
	query(q{ALTER TABLE issue ATTACH PARTITION issue_ops FOR VALUES IN ('OPS')});
	is(query('SELECT count(*) FROM issue'), $ops + 302, 'and attached again');
	query('ALTER TABLE issue ADD COLUMN summary text');
	is(query(q{SELECT count(summary) FROM issue WHERE key = 'OPS-1' AND project = 'OPS'}), '1', 'with another column');
	query('DROP TABLE issue');
	return;
}

sub plans_and_cursors
{
	my $eager = 'SET parallel_setup_cost = 0; SET parallel_tuple_cost = 0; SET min_parallel_table_scan_size = 0;';
	my $join = 'SELECT count(*) FROM big AS b JOIN cloud.issues AS i ON i.key = b.key';

	query(q{CREATE TABLE big AS SELECT 'BULK-' || n AS key FROM generate_series(1, 20000) AS n; ANALYZE big});
	like(query("$eager EXPLAIN (COSTS OFF) $join"), qr/Parallel Seq Scan on big/, 'a local table is read in parallel');
	unlike(query("$eager EXPLAIN (COSTS OFF) $join"), qr/^ *->  Gather.*\n(?:.*\n)*? *->  .*JiraScan.*\n(?:.*\n)*? *->  Parallel/m, 'beside a foreign one');
	is(query("$eager $join"), '300', 'with the same rows');
	is(query(q{SET debug_parallel_query = on; SELECT count(*) FROM cloud.issues WHERE project = 'BULK'} =~ s/debug_parallel_query/$node->pg_version >= 16 ? 'debug_parallel_query' : 'force_parallel_mode'/er), '300', 'a plan that would be parallel');

	$jira{cloud}->forget_requests;
	is(query(q{BEGIN; DECLARE c CURSOR WITH HOLD FOR SELECT key FROM cloud.issues WHERE project = 'BULK' AND key IN ('BULK-1', 'BULK-2', 'BULK-3') ORDER BY key;
		FETCH 1 FROM c; COMMIT; FETCH 1 FROM c; FETCH 5 FROM c; CLOSE c}), "BULK-1\nBULK-2\nBULK-3", 'a cursor WITH HOLD outlives its transaction');
	is(query(q{DECLARE c CURSOR WITH HOLD FOR SELECT key FROM cloud.issues WHERE jql = 'project = BULK ORDER BY key'; MOVE 2 IN c; FETCH 1 FROM c}), 'BULK-3', 'with the JQL of the user');
	is(query(q{PREPARE p(text) AS SELECT key FROM cloud.issues WHERE key = $1; SET plan_cache_mode = force_generic_plan; EXECUTE p('BULK-1');
		ALTER FOREIGN TABLE cloud.issues OPTIONS (ADD jql 'project = OPS'); EXECUTE p('BULK-1'); ALTER FOREIGN TABLE cloud.issues OPTIONS (DROP jql); EXECUTE p('BULK-2')}),
		"BULK-1\nBULK-2", 'a prepared statement sees what the table is now');
	like(query_error($node, q{PREPARE p AS SELECT * FROM cloud.issues WHERE key = 'BULK-1'; EXECUTE p; ALTER FOREIGN TABLE cloud.issues RENAME severity TO how_bad; EXECUTE p}),
		qr/0A000: .*must not change result type/, 'or says that it cannot');
	query('ALTER FOREIGN TABLE cloud.issues RENAME how_bad TO severity; DROP TABLE big');
	return;
}

sub read_only_and_standby
{
	my $read = q{SELECT key FROM cloud.issues WHERE key = 'BULK-1'};

	is(query("BEGIN READ ONLY; $read; COMMIT"), 'BULK-1', 'a read-only transaction');
	is(query("BEGIN ISOLATION LEVEL SERIALIZABLE READ ONLY DEFERRABLE; $read; COMMIT"), 'BULK-1', 'that is deferrable');
	is(query("SET default_transaction_read_only = on; $read"), 'BULK-1', 'by default');

	my $standby = start_standby($node, 'table_standby');
	is($standby->safe_psql('postgres', $read), 'BULK-1', 'a standby server');
	is($standby->safe_psql('postgres', q{SELECT count(*) FROM cloud.issues WHERE jql = 'project = BULK'}), '300', 'many rows');
	like(query_error($standby, 'ANALYZE cloud.issues'), qr/25006: |cannot execute ANALYZE during recovery/, 'which analyzes nothing');
	$standby->stop;
	return;
}

# Who may read a view needs neither the table nor the connection nor the functions.
sub select_on_a_view
{
	is(rows_or_sqlstate($node, 'analyst', q{SELECT key FROM open WHERE key = 'OPS-1'}), query(q{SELECT key FROM open WHERE key = 'OPS-1'}), 'a role with SELECT on a view');
	is(rows_or_sqlstate($node, 'analyst', $_), '42501', "and nothing else: $_")
	  for 'SELECT key FROM cloud.issues', q{SELECT * FROM jira_lookup_issues_stream('key = OPS-1', connection => 'cloud')}, q{SELECT jira_test_connection('cloud')},
	  q{CREATE FOREIGN TABLE cloud.mine (key text) SERVER cloud OPTIONS (object 'issues')}, 'IMPORT FOREIGN SCHEMA jira FROM SERVER cloud INTO cloud',
	  q{SELECT jira_refresh_columns('cloud.issues')}, q{ALTER SERVER cloud OPTIONS (SET connection 'server')};
	is(rows_or_sqlstate($node, 'analyst', q{UPDATE open SET severity = 'Minor'}), '42501', 'nor does it write');
	return;
}

# With the connection to read, by whatever way.
sub readers_write_nothing
{
	my %ways = (
		q{SELECT jira_add_comment('OPS-1', 'x', connection => 'cloud')} => '42501',
		q{SELECT jira_create_issue('OPS', 'Bug', 'x', connection => 'cloud')} => '42501',
		q{SELECT jira_update_issue('OPS-1', summary => 'x', connection => 'cloud')} => '42501',
		q{SELECT jira_delete_issue('OPS-1', connection => 'cloud')} => '42501',
		q{SELECT jira_enqueue('jira_add_comment', '{"issue": "OPS-1", "body": "x"}', 'cloud')} => '42501',
		q{SELECT jira_request('POST', '/rest/api/2/issue', body => '{}', connection => 'cloud')} => '42501',
		q{SELECT jira_request('PUT', '/rest/api/2/issue/OPS-1', body => '{}', connection => 'cloud')} => '42501',
		q{SELECT jira_request('DELETE', '/rest/api/2/issue/OPS-1', connection => 'cloud')} => '42501',
		q{CREATE TABLE mine (id int); CREATE TRIGGER t AFTER INSERT ON mine FOR EACH ROW EXECUTE FUNCTION jira_action_trigger('jira_add_comment', '{"issue": "OPS-1", "body": "x"}', '{"connection": "cloud"}'); INSERT INTO mine VALUES (1)} => '42501',
		q{CREATE TABLE mine (id int); CREATE TRIGGER t AFTER INSERT ON mine FOR EACH ROW EXECUTE FUNCTION jira_create_issue_trigger('{"project": "OPS", "issue_type": "Bug", "summary": "x"}', '{"connection": "cloud", "mode": "immediate"}'); INSERT INTO mine VALUES (1)} => '42501',
		q{INSERT INTO cloud.issues (summary) VALUES ('x')} => '42501|0A000|42809|55000',
		q{UPDATE cloud.issues SET summary = 'x'} => '42501|0A000|42809|55000',
		q{DELETE FROM cloud.issues} => '42501|0A000|42809|55000');

	query('GRANT CREATE ON SCHEMA public TO reader, writer; GRANT INSERT, UPDATE, DELETE ON cloud.issues TO writer');
	for my $role (qw(reader writer))
	{
		is(rows_or_sqlstate($node, $role, q{SELECT key FROM cloud.issues WHERE key = 'OPS-1'}), 'OPS-1', "$role reads tables");
		is(rows_or_sqlstate($node, $role, q{SELECT key FROM jira_lookup_issue('OPS-1', connection => 'cloud')}), 'OPS-1', "$role reads by functions");
		is(rows_or_sqlstate($node, $role, q{SELECT status FROM jira_request('GET', '/rest/api/2/myself', connection => 'cloud')}), '200', "$role reads by requests");
		$jira{cloud}->forget_requests;
		for my $way (sort keys %ways)
		{
			like(rows_or_sqlstate($node, $role, "BEGIN; $way"), qr/^(?:$ways{$way})$/, "$role writes nothing: $way");
		}
		is(writes(), 0, "$role has asked nothing of Jira");
	}
	return;
}

# A dump has servers before the aliases that they name.
sub another_cluster
{
	my $dump = PostgreSQL::Test::Utils::tempdir . '/life.sql';
	my $other = start_cluster('elsewhere');

	$node->command_ok([ 'pg_dump', '--no-sync', "--file=$dump", $node->connstr('postgres') ], 'pg_dump');
	$other->safe_psql('postgres', 'CREATE ROLE owner; CREATE ROLE heir; CREATE ROLE analyst LOGIN; CREATE ROLE reader; CREATE ROLE writer; DROP EXTENSION jira_spoke');
	$jira{cloud}->forget_requests;
	$other->command_ok([ 'psql', '--no-psqlrc', '--quiet', '--set=ON_ERROR_STOP=1', "--file=$dump", $other->connstr('postgres') ], 'is restored elsewhere');
	is(scalar $jira{cloud}->requests, 0, 'without any request');
	is($other->safe_psql('postgres', q{SELECT count(*) FROM pg_attribute AS a JOIN pg_class AS c ON c.oid = attrelid
		WHERE relnamespace = 'cloud'::regnamespace AND relkind = 'f' AND attnum > 0 AND col_description(c.oid, attnum) IS NULL}), '0', 'with all comments');
	like(query_error($other, q{SELECT key FROM open WHERE key = 'OPS-1'}), qr/F0000: /, 'secrets do not open there');
	$other->safe_psql('postgres', 'SELECT jira_alter_connection($$cloud$$, secret => $$' . $jira{cloud}->secret . '$$)');
	is($other->safe_psql('postgres', q{SELECT key FROM open WHERE key = 'OPS-1'}), query(q{SELECT key FROM open WHERE key = 'OPS-1'}), 'until they are stored again');
	is($other->safe_psql('postgres', q{SELECT key, severity FROM open WHERE key = 'OPS-1'}, extra_params => ['--username=analyst']), query(q{SELECT key, severity FROM open WHERE key = 'OPS-1'}), 'privileges are there');
	$other->stop;
	return;
}

sub columns_are_altered
{
	my $severity = q{SELECT %s FROM cloud.issues WHERE key = 'BULK-1'};

	query(q{SELECT jira_update_issue('BULK-1', fields => '{"Severity": "Major"}', connection => 'cloud')});
	query('ALTER FOREIGN TABLE cloud.issues RENAME severity TO how_bad');
	is(query(sprintf $severity, 'how_bad'), 'Major', 'a column of a field may have another name');
	is(query(q{SELECT severity FROM open WHERE key = 'BULK-1'}), 'Major', 'views have it still');
	query('ALTER FOREIGN TABLE cloud.issues RENAME summary TO title');
	like(query_error($node, sprintf $severity, 'key'), qr/HV005: .*no column "title".*HINT: .*IMPORT FOREIGN SCHEMA gives them.*"field"/s, 'another one may not');
	query(q{ALTER FOREIGN TABLE cloud.issues ALTER title OPTIONS (ADD field 'summary')});
	is(query(q{SELECT title = (SELECT summary FROM jira_lookup_issue('BULK-1', connection => 'cloud')) FROM cloud.issues WHERE key = 'BULK-1'}), 't', 'unless its option says what it is');
	query('ALTER FOREIGN TABLE cloud.issues DROP COLUMN description, ADD COLUMN own text');
	like(query_error($node, sprintf $severity, 'key'), qr/HV005: .*no column "own"/, 'a column that Jira does not have');
	query(q{ALTER FOREIGN TABLE cloud.issues DROP COLUMN own; ALTER FOREIGN TABLE cloud.issues RENAME TO tickets; ALTER SCHEMA cloud RENAME TO site});
	is(query(q{SELECT key FROM site.tickets WHERE key = 'BULK-1'}), 'BULK-1', 'a table may have another name and schema');
	is(query(q{SELECT severity FROM open WHERE key = 'BULK-1'}), 'Major', 'for views, too');
	like(query_error($node, 'BEGIN; ALTER FOREIGN TABLE site.tickets ALTER reporter TYPE varchar(10); SELECT reporter FROM site.tickets'),
		qr/HV004: .*"reporter" must be of type text/, 'nor another type');
	like(query_error($node, 'ALTER TABLE site.tickets ENABLE ROW LEVEL SECURITY'), qr/42809/, 'no policies');
	query('ALTER SCHEMA site RENAME TO cloud; ALTER FOREIGN TABLE cloud.tickets RENAME TO issues');
	return;
}

sub connections_are_dropped
{
	my ($status, $output, $messages) = $node->psql('postgres', <<'SQL');
SELECT jira_create_connection('spare', 'https://spare.atlassian.net', 'a@example.com', 'b');
SELECT jira_drop_connection('spare');
SELECT jira_create_connection('spare', 'https://spare.atlassian.net', 'a@example.com', 'b');
CREATE SERVER "A server" FOREIGN DATA WRAPPER jira_spoke OPTIONS (connection 'spare');
CREATE SERVER another FOREIGN DATA WRAPPER jira_spoke OPTIONS (connection 'spare');
CREATE SERVER nested FOREIGN DATA WRAPPER jira_spoke OPTIONS (connection 'cloud');
CREATE FOREIGN DATA WRAPPER foreign_one;
CREATE SERVER foreign_one FOREIGN DATA WRAPPER foreign_one OPTIONS (connection 'spare');
SELECT jira_drop_connection('spare');
CREATE FOREIGN TABLE lost (key text) SERVER another OPTIONS (object 'issues');
SQL
	is($status, 0, 'a connection that servers use can be dropped');
	is($messages =~ s/^psql:\S+ //mgr, <<'END' =~ s/\n\z//r, 'which says so, and names them');
WARNING:  the connection "spare" was used by servers of foreign tables
DETAIL:  Tables of these servers cannot be read any more: "A server", another.
HINT:  Make the connection again, give the servers another one with ALTER SERVER ... OPTIONS (SET connection '...'), or drop them.
END
	like(query_error($node, 'TABLE lost'), qr/42704: .*connection "spare" does not exist/, 'their tables say what is missing');
	query('DROP SERVER "A server"; DROP SERVER another CASCADE; DROP SERVER nested; DROP FOREIGN DATA WRAPPER foreign_one CASCADE');
	return;
}

# Whom a superuser takes the validator from.
sub options_are_missed
{
	query(<<'SQL');
ALTER FOREIGN DATA WRAPPER jira_spoke NO VALIDATOR;
CREATE SERVER empty FOREIGN DATA WRAPPER jira_spoke;
ALTER FOREIGN DATA WRAPPER jira_spoke VALIDATOR jira_spoke.table_validator;
CREATE FOREIGN TABLE adrift (key text) SERVER empty OPTIONS (object 'issues');
SQL
	like(query_error($node, $_), qr/HV00J: .*server "empty" has no option "connection"/, "a server without a connection: $_") for 'TABLE adrift', 'ANALYZE adrift';
	query('DROP SERVER empty CASCADE');
	return;
}

sub owners_go
{
	my $read = q{SELECT key FROM open WHERE key = 'OPS-1'};

	query('REASSIGN OWNED BY owner TO heir');
	is(rows_or_sqlstate($node, 'analyst', $read), '42704', 'the new owner of a view needs the connection');
	query(q{SET client_min_messages = error; SELECT jira_grant_connection('cloud', 'heir', 'read')});
	is(rows_or_sqlstate($node, 'analyst', $read), query($read), 'and has it');
	is(query(q{SELECT count(*) FROM pg_foreign_server WHERE srvowner = 'heir'::regrole}), '2', 'servers are given away, too');
	query('DROP OWNED BY owner; DROP ROLE owner');
	is(rows_or_sqlstate($node, 'analyst', $read), query($read), 'the old one can go');
	query('DROP SERVER cloud CASCADE');
	is(query(q{SELECT count(*) FROM pg_class WHERE relnamespace = 'cloud'::regnamespace}) . query(q{SELECT to_regclass('open') IS NULL}), '0t', 'DROP SERVER CASCADE takes tables and views');
	query('DROP OWNED BY heir CASCADE');
	is(query('SELECT count(*) FROM pg_foreign_server'), '0', 'DROP OWNED takes servers');
	is(query(q{SELECT count(*) FROM jira_connections()}), '2', 'connections stay');
	return;
}
