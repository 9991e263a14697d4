# ANALYZE of foreign tables: what it asks of Jira, the statistics that it makes, whose
# rights it needs, and what the planner makes of them.
use strict;
use warnings FATAL => 'all';

use Cpanel::JSON::XS;
use JiraSpoke;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = start_cluster('analyze', 'jira_spoke.max_retries = 0');
my %jira = map { $_ => JiraSpoke::Jira->start(deployment => $_, issues => 5000) } qw(cloud server);

$node->safe_psql('postgres', 'CREATE ROLE owner LOGIN; CREATE ROLE guest LOGIN');
for my $deployment (sort keys %jira)
{
	connect_to($node, $jira{$deployment}, $deployment);
	$node->safe_psql('postgres', <<~"SQL");
		CREATE SERVER $deployment FOREIGN DATA WRAPPER jira_spoke OPTIONS (connection '$deployment');
		CREATE SCHEMA $deployment;
		IMPORT FOREIGN SCHEMA jira LIMIT TO (issues, projects, fields) FROM SERVER $deployment INTO $deployment;
		CREATE FOREIGN TABLE $deployment.bulk (key text, id text, status text, assignee text, jql text)
		    SERVER $deployment OPTIONS (object 'issues', jql 'project = BULK');
		SQL
}

small_tables_are_read_whole();
large_tables_are_sampled();
what_is_deleted_meanwhile();
only_columns_with_statistics();
lists();
every_table();
items_of_issues();
members_of_a_partitioned_table();
rows_are_estimated();
rights();
unlike(slurp_file($node->logfile), qr/terminated by signal|PANIC|TRAP/, 'nothing crashed');
done_testing();

sub reltuples { my ($table) = @_; return $node->safe_psql('postgres', "SELECT reltuples FROM pg_class WHERE oid = '$table'::regclass"); }

# The requests for a statement, a line for each kind: "how often METHOD path".
sub requests_for
{
	my ($deployment, $statement) = @_;
	my %count;

	$jira{$deployment}->forget_requests;
	$node->safe_psql('postgres', $statement);
	$count{ s{/rest/(?:api/\d|agile)/}{}r }++ for $jira{$deployment}->request_lines;
	return join ', ', sort map { "$count{$_} $_" } keys %count;
}

sub rows_of_plan
{
	my ($query) = @_;

	return $1 if $node->safe_psql('postgres', "EXPLAIN $query") =~ /JiraScan.*rows=(\d+)/;
	return;
}

sub cost_of_plan
{
	my ($query) = @_;

	return $1 if $node->safe_psql('postgres', "EXPLAIN $query") =~ /\.\.([\d.]+) rows/;
	return;
}

sub small_tables_are_read_whole
{
	for my $deployment (sort keys %jira)
	{
		$node->safe_psql('postgres', "CREATE FOREIGN TABLE $deployment.few (key text, status text, jql text)
			SERVER $deployment OPTIONS (object 'issues', jql 'project = OPS')");
		my $expected = $node->safe_psql('postgres', "SELECT count(*) FROM $deployment.few");
		my $requests = requests_for($deployment, "ANALYZE $deployment.few");

		is(reltuples("$deployment.few"), $expected, "$deployment, all rows are counted");
		is($node->safe_psql('postgres', "SELECT round(sum(f) * $expected) FROM pg_stats, unnest(most_common_freqs) AS f
			WHERE schemaname = '$deployment' AND tablename = 'few' AND attname = 'status'"), $expected, "$deployment, statistics of a column");
		is($requests, $deployment eq 'cloud' ? '1 POST issue/bulkfetch, 2 POST search/approximate-count, 3 GET search/jql' : '5 GET search', "$deployment, requests");
	}
	return;
}

# Of 5,000 issues 600 are drawn; the ids of all are read.
sub large_tables_are_sampled
{
	for my $deployment (sort keys %jira)
	{
		my $requests = requests_for($deployment, "SET default_statistics_target = 2; ANALYZE $deployment.bulk");

		is($requests, $deployment eq 'cloud' ? '1 GET search/jql, 1 POST issue/bulkfetch, 2 POST search/approximate-count' : '6 POST search, 7 GET search',
			"$deployment, requests");
		is(reltuples("$deployment.bulk"), 5000, "$deployment, the number of rows");
		is($node->safe_psql('postgres', "SELECT null_frac, n_distinct FROM pg_stats WHERE schemaname = '$deployment' AND tablename = 'bulk' AND attname = 'id'"),
			'0|-1', "$deployment, each issue at most once");
	}
	return;
}

# After the ids were read.
sub what_is_deleted_meanwhile
{
	my %gate = (cloud => '*/bulkfetch', server => '*/search');

	for my $deployment (sort keys %jira)
	{
		my $session = $node->background_psql('postgres', on_error_stop => 0);

		$jira{$deployment}->close_gate(path => $gate{$deployment}, method => 'POST', times => 1);
		$session->query_until(qr/started/, "\\echo started\nSET default_statistics_target = 2; ANALYZE $deployment.bulk;\n");
		$jira{$deployment}->await_at_gate(1);
		$node->safe_psql('postgres', "SELECT jira_delete_issue('BULK-' || n, connection => '$deployment') FROM generate_series(1, 100) AS n");
		$jira{$deployment}->open_gate;
		$session->query('SELECT 1');
		is($session->{stderr}, '', "$deployment, no error");
		$session->quit;
		is($node->safe_psql('postgres', "SELECT n_distinct FROM pg_stats WHERE schemaname = '$deployment' AND tablename = 'bulk' AND attname = 'id'"),
			'-1', "$deployment, the others are in the sample");
	}
	return;
}

sub only_columns_with_statistics
{
	$node->safe_psql('postgres', 'ALTER TABLE cloud.few ALTER status SET STATISTICS 0');
	requests_for('cloud', 'ANALYZE cloud.few');
	my ($fields) = map { @$_ } grep { $_->[0] eq 'fields' } map { @{ $_->{query} } } grep { $_->{path} =~ /search/ } $jira{cloud}->requests;
	unlike($fields // '', qr/status/, 'a column without statistics is not fetched');

	$node->safe_psql('postgres', q{CREATE FOREIGN TABLE cloud.wide (key text, description text, fields jsonb)
		SERVER cloud OPTIONS (object 'issues', jql 'project = OPS'); ANALYZE cloud.wide});
	is($node->safe_psql('postgres', q{SELECT null_frac FROM pg_stats WHERE schemaname = 'cloud' AND tablename = 'wide' AND attname = 'fields'}), '0', 'long values are values');
	return;
}

sub lists
{
	is(requests_for('cloud', 'ANALYZE cloud.projects'), '1 GET project/search', 'a list is read once');
	is(reltuples('cloud.projects'), $node->safe_psql('postgres', 'SELECT count(*) FROM cloud.projects'), 'and counted');
	$node->safe_psql('postgres', q{CREATE FOREIGN TABLE cloud.none (key text) SERVER cloud OPTIONS (object 'issues', jql 'key = BULK-300 AND key = BULK-301'); ANALYZE cloud.none});
	is(reltuples('cloud.none'), '0', 'a table without rows');
	is($node->safe_psql('postgres', 'SELECT count(*) FROM cloud.none'), '0', 'can be read afterwards');
	return;
}

# Of Jiras with few issues.
sub every_table
{
	for my $deployment (qw(cloud server))
	{
		my $few = JiraSpoke::Jira->start(deployment => $deployment);

		connect_to($node, $few, "few_$deployment");
		$node->safe_psql('postgres', <<~"SQL");
			CREATE SERVER few_$deployment FOREIGN DATA WRAPPER jira_spoke OPTIONS (connection 'few_$deployment');
			CREATE SCHEMA few_$deployment;
			IMPORT FOREIGN SCHEMA jira FROM SERVER few_$deployment INTO few_$deployment;
			SQL
		for my $table (split /\n/, $node->safe_psql('postgres', "SELECT oid::regclass FROM pg_class WHERE relkind = 'f' AND relnamespace = 'few_$deployment'::regnamespace ORDER BY 1"))
		{
			my $error = query_error($node, "SELECT * FROM $table");

			if ($error)
			{
				like($error, qr/0A000: .*no list of/, "$table cannot be read whole");
				like(query_error($node, "ANALYZE $table"), qr/0A000: .*no list of/, 'nor analyzed');
				next;
			}
			$node->safe_psql('postgres', "ANALYZE $table");
			is(reltuples($table), $node->safe_psql('postgres', "SELECT count(*) FROM $table"), "all rows of $table are counted");
		}
	}
	return;
}

# Of about 5,000 issues 2,400 are drawn, and all that these have.
sub items_of_issues
{
	for my $deployment (sort keys %jira)
	{
		$jira{$deployment}->control('POST', 'activity', { project => 'BULK' });
		$node->safe_psql('postgres', "CREATE FOREIGN TABLE $deployment.changes (issue text, field text, to_text text, jql text)
			SERVER $deployment OPTIONS (object 'issue_changes', jql 'project = BULK');
			CREATE FOREIGN TABLE $deployment.comments (issue text, body text) SERVER $deployment OPTIONS (object 'issue_comments')");
		my $changes = $node->safe_psql('postgres', "SELECT count(*) FROM $deployment.changes");

		requests_for($deployment, "SET default_statistics_target = 8; ANALYZE $deployment.changes");
		ok(abs(reltuples("$deployment.changes") - $changes) < 0.4 * $changes, "$deployment, rows are estimated: " . reltuples("$deployment.changes") . " of $changes");
		my @requests = $jira{$deployment}->requests;
		cmp_ok(scalar @requests, '<', 100, "$deployment, by few requests");

		# Issues are deleted after their ids were read, and Jira does not find the others by a list.
		my @searches = grep { $_->{path} =~ m{/search} } @requests;
		my ($first) = grep { encode_json($searches[$_]) =~ /id in/ } 0 .. $#searches;
		my $session = $node->background_psql('postgres', on_error_stop => 0);
		my $of_changes = sub { return $node->safe_psql('postgres', "SELECT count(*) FROM $deployment.changes WHERE issue IN (SELECT 'BULK-' || n FROM generate_series(101, 200) AS n)"); };
		my $gone = $of_changes->();
		$jira{$deployment}->control('POST', 'search', { unknown_keys => $deployment eq 'cloud' ? 'empty' : 'refuse' });
		$jira{$deployment}->close_gate(path => '*/search*', skip => $first, times => 1);
		$session->query_until(qr/started/, "\\echo started\nSET default_statistics_target = 8; ANALYZE $deployment.changes;\n");
		$jira{$deployment}->await_at_gate(1);
		$node->safe_psql('postgres', "SELECT jira_delete_issue('BULK-' || n, connection => '$deployment') FROM generate_series(101, 200) AS n");
		$jira{$deployment}->open_gate;
		$session->query('SELECT 1');
		is($session->{stderr}, '', "$deployment, no error when issues are gone");
		$session->quit;
		$changes -= $gone;
		ok(abs(reltuples("$deployment.changes") - $changes) < 0.4 * $changes, "$deployment, the rest is estimated: " . reltuples("$deployment.changes") . " of $changes");
		$node->safe_psql('postgres', "ANALYZE $deployment.comments");
		is(reltuples("$deployment.comments"), $node->safe_psql('postgres', "SELECT count(*) FROM $deployment.comments"), "$deployment, all rows are counted where all are read");
	}
	return;
}

# Each member has the share of the sample that it has of the rows.
sub members_of_a_partitioned_table
{
	$node->safe_psql('postgres', <<~'SQL');
		CREATE TABLE every (project text, key text, status text) PARTITION BY LIST (project);
		CREATE FOREIGN TABLE every_bulk PARTITION OF every FOR VALUES IN ('BULK') SERVER cloud OPTIONS (object 'issues', jql 'project = BULK');
		CREATE FOREIGN TABLE every_ops PARTITION OF every FOR VALUES IN ('OPS') SERVER server OPTIONS (object 'issues', jql 'project = OPS');
		SET default_statistics_target = 2;
		ANALYZE every;
		SQL
	my ($bulk, $ops) = map { reltuples("every_$_") } qw(bulk ops);

	is(reltuples('every'), $bulk + $ops, 'a partitioned table has the rows of both sites');
	my $found = $node->safe_psql('postgres', q{SELECT most_common_freqs[1] FROM pg_stats WHERE tablename = 'every' AND attname = 'project' AND inherited});
	ok(abs($found - $bulk / ($bulk + $ops)) < 0.03, 'each of which has its share of the sample');
	return;
}

# Without statistics 1,000 rows are expected, and afterwards what there is.
sub rows_are_estimated
{
	$node->safe_psql('postgres', q{CREATE FOREIGN TABLE cloud.unknown (key text, status text, jql text) SERVER cloud OPTIONS (object 'issues')});
	is(rows_of_plan('SELECT key FROM cloud.unknown'), 1000, 'rows of an unknown table');
	is(rows_of_plan(q{SELECT key FROM cloud.unknown WHERE jql = 'project = BULK'}), 1000, 'and of JQL');
	is(cost_of_plan(q{SELECT key FROM cloud.unknown WHERE status = 'Done'}) > 1000, 1, 'which may all have to be read');

	$node->safe_psql('postgres', q{ALTER TABLE cloud.bulk ALTER jql SET STATISTICS 100; ANALYZE cloud.bulk});
	my $all = reltuples('cloud.bulk');
	my $done = $node->safe_psql('postgres', q{SELECT count(*) FROM cloud.bulk WHERE status = 'Done'});

	is(rows_of_plan('SELECT key FROM cloud.bulk'), $all, 'rows of a known table');
	ok(abs(rows_of_plan(q{SELECT key FROM cloud.bulk WHERE status = 'Done'}) - $done) <= 0.02 * $all, 'of a condition');
	is(rows_of_plan(q{SELECT key FROM cloud.bulk WHERE jql = 'status = Done'}), 1000, q{of the user's own JQL});
	is(rows_of_plan(q{SELECT key FROM cloud.bulk WHERE id = '10001' AND jql = 'status = Done'}), 1, 'of both');
	ok(cost_of_plan('SELECT key FROM cloud.bulk') > $all, 'reading all is expensive');
	ok(cost_of_plan(q{SELECT key FROM cloud.bulk WHERE id = '10001'}) < 300, 'reading one is not');
	ok(cost_of_plan(q{SELECT key FROM cloud.bulk WHERE id LIKE '1%'}) > $all, 'unless all have to be read for it');
	ok(cost_of_plan(q{SELECT key FROM cloud.bulk WHERE jql = 'status = Done'}) < 3000, q{the user's own JQL spares requests, too});
	return;
}

sub rights
{
	$node->safe_psql('postgres', <<~'SQL');
		GRANT USAGE, CREATE ON SCHEMA cloud TO owner;
		GRANT USAGE ON FOREIGN SERVER cloud TO owner;
		ALTER TABLE cloud.few OWNER TO owner;
		SQL
	like(query_error($node, 'ANALYZE cloud.few'), qr/42704: .*connection "cloud" does not exist.*use/s, 'the owner of the table needs the connection, whoever analyzes it');
	$node->safe_psql('postgres', q{SET client_min_messages = error; SELECT jira_grant_connection('cloud', 'owner', 'read')});
	is(rows_or_sqlstate($node, 'owner', 'ANALYZE cloud.few'), '', 'the owner analyzes it');
	is(query_error($node, 'ANALYZE cloud.few'), '', 'and a superuser');
	$node->safe_psql('postgres', 'CREATE TABLE cloud.above (LIKE cloud.few); ALTER TABLE cloud.few INHERIT cloud.above; ALTER TABLE cloud.above OWNER TO guest');
	is(query_error($node, 'ANALYZE cloud.above'), '', 'a table above it is that of another one');
	like(all_messages($node, 'guest', 'ANALYZE cloud.few'), qr/permission denied for schema|skipping "few"/, 'nobody else');
	is($node->safe_psql('postgres', q{SELECT count(*) FROM pg_stat_user_tables WHERE relname = 'few'}), '0', 'and autovacuum does not see it');
	$jira{cloud}->forget_requests;
	$node->safe_psql('postgres', 'DROP TABLE every; DROP TABLE cloud.above CASCADE; ANALYZE');
	is(scalar $jira{cloud}->requests, 0, 'nor does ANALYZE without a name');
	return;
}
