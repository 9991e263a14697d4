# A join with a foreign table by the keys of issues asks for the issues of many rows at
# once: the same rows as without pushdown, in few requests.
use strict;
use warnings FATAL => 'all';

use JiraSpoke;
use JiraSpoke::Background;
use JiraSpoke::Pushdown;
use Test::More;

my $node = start_cluster('table_joins', 'jit = off');
my %jira = map { $_ => JiraSpoke::Jira->start(deployment => $_, issues => 1100) } qw(cloud server);

for my $deployment (sort keys %jira)
{
	connect_to($node, $jira{$deployment}, $deployment);
	$node->safe_psql('postgres', <<~"SQL");
		CREATE SERVER $deployment FOREIGN DATA WRAPPER jira_spoke OPTIONS (connection '$deployment');
		CREATE SCHEMA $deployment;
		IMPORT FOREIGN SCHEMA jira LIMIT TO (issues, stories, projects, issue_comments, issue_links) FROM SERVER $deployment INTO $deployment;
		CREATE FOREIGN TABLE $deployment.bulk (gone text, key text, id text, parent text, summary text, status text, fields jsonb, jql text)
			SERVER $deployment OPTIONS (object 'issues', jql 'project = BULK');
		ALTER FOREIGN TABLE $deployment.bulk DROP COLUMN gone;
		SQL
}
$node->safe_psql('postgres', <<~'SQL');
	CREATE TABLE local AS SELECT 'BULK-' || 7 * i AS key, (10100 + i)::text AS id, i AS n, 'status = Done' AS query FROM generate_series(1, 10) AS i;
	CREATE TABLE many AS SELECT 'BULK-' || i AS key, i AS n FROM generate_series(1, 300) AS i;
	CREATE TABLE small AS SELECT 'OPS-' || i AS key, i AS n FROM generate_series(1, 106) AS i;
	CREATE TABLE odd (key text, n serial);
	INSERT INTO odd (key) VALUES ('BULK-1'), (NULL), (''), ('bulk-2'), ('BULK-02'), ('BULK-99999'), ('"'), ('BULK-3) OR (key = OPS-1'), ('BULK-3'), ('BULK-3');
	ANALYZE local, many, small, odd;
	SQL

sub ask
{
	my ($deployment, $query, @settings) = @_;

	return rows_and_requests($node, $jira{$deployment}, $deployment, $query, "search_path = $deployment, public", @settings);
}

sub plan_of
{
	my ($deployment, $query) = @_;

	return $node->safe_psql('postgres', "SET search_path = $deployment, public; EXPLAIN (COSTS off) $query");
}

# Query, requests on Cloud and on Data Center; undef: not counted.
my @joins = (
	[ 'SELECT l.n, i.key, i.summary FROM local AS l JOIN issues AS i ON i.key = l.key ORDER BY n', 2, 1 ],
	[ 'SELECT n, key, summary FROM issues JOIN local USING (key) ORDER BY n', 2, 1 ],
	[ q{SELECT l.n, i.key, i.status FROM local AS l LEFT JOIN issues AS i ON i.key = l.key AND i.status = 'Done' ORDER BY n}, 2, 1 ],
	[ q{SELECT n FROM local AS l WHERE EXISTS (SELECT FROM issues AS i WHERE i.key = l.key AND i.status = 'In Progress') ORDER BY n}, 2, 1 ],
	[ q{SELECT n FROM local AS l WHERE NOT EXISTS (SELECT FROM issues AS i WHERE i.key = l.key AND i.status = 'In Progress') ORDER BY n}, 2, 1 ],
	[ 'SELECT key, summary FROM issues WHERE key IN (SELECT key FROM local) ORDER BY key', 2, 1 ],
	[ q{SELECT n FROM local WHERE key IN (SELECT key FROM issues WHERE summary <> '') ORDER BY n}, 2, 1 ],
	[ 'SELECT o.n FROM odd AS o LEFT JOIN issues AS i ON i.key = o.key WHERE i.key IS NULL ORDER BY n', 2, 3 ],
	[ 'SELECT l.n, i.key FROM local AS l JOIN issues AS i ON i.id = l.id ORDER BY n', 2, 1 ],
	[ 'SELECT l.n, i FROM many AS l JOIN bulk AS i ON i.key = l.key WHERE n < 20 ORDER BY n', 2, 1 ],
	[ 'SELECT l.n, to_jsonb(i) - $$fields$$ FROM local AS l LEFT JOIN bulk AS i ON i.key = l.key AND n > 5 ORDER BY n', 2, 1 ],
	[ q{SELECT l.n, i.fields ->> 'customfield_10016' FROM local AS l JOIN bulk AS i ON i.key = l.key ORDER BY n}, 2, 1 ],
	[ 'SELECT l.n, i.tableoid::regclass, i.key FROM local AS l LEFT JOIN bulk AS i ON i.key = l.key AND n > 5 ORDER BY n', 2, 1 ],
	[ q{SELECT l.n, i.key, i.jql FROM local AS l JOIN bulk AS i ON i.key = l.key WHERE i.jql = 'status != Done ORDER BY key' ORDER BY n}, 2, 1 ],
	[ q{PREPARE p (text) AS SELECT l.n, i.key, i.jql FROM local AS l LEFT JOIN bulk AS i ON i.key = l.key AND i.jql = $1 ORDER BY n;
		SET plan_cache_mode = force_generic_plan; EXECUTE p('status != Done'); EXECUTE p(NULL); EXECUTE p('key > BULK-30')}, 4, 2 ],
	[ q{SELECT c.key, p.key, p.summary FROM issues AS c JOIN issues AS p ON p.key = c.parent WHERE c.project = 'WEB' AND c.status_category = 'done' ORDER BY 1}, 3, 2 ],
	[ q{SELECT c.key, p.key, p.summary FROM issues AS c LEFT JOIN issues AS p ON p.key = c.parent WHERE c.project = 'WEB' AND c.status_category = 'done' ORDER BY 1}, 3, 2 ],
	[ 'SELECT l.n, i.summary, p.lead FROM local AS l JOIN issues AS i ON i.key = l.key JOIN projects AS p ON p.key = i.project ORDER BY n', 3, 2 ],
	[ 'SELECT l.n, a.key, b.key FROM local AS l JOIN issues AS a ON a.key = l.key LEFT JOIN bulk AS b ON b.key = a.key ORDER BY n', 4, 2 ],
	[ 'SELECT l.n, i.key FROM local AS l JOIN jira_lookup_issues_stream($$project = BULK$$) AS i USING (key) JOIN bulk AS b USING (key) ORDER BY n', 4, 2 ],
	[ 'SELECT l.n, i.key FROM local AS l JOIN cloud.issues AS i ON i.key = l.key JOIN server.issues AS j ON j.key = i.key ORDER BY n', 2, 1 ],

	# Several rows of an issue.
	[ 'SELECT l.n, c.comment_id, c.body FROM small AS l JOIN issue_comments AS c ON c.issue = l.key ORDER BY 1, 2' ],
	[ 'SELECT l.n, c.comment_id FROM small AS l LEFT JOIN issue_comments AS c ON c.issue = l.key AND c.body LIKE $$%e%$$ ORDER BY 1, 2' ],
	[ 'SELECT n FROM small AS l WHERE NOT EXISTS (SELECT FROM issue_comments AS c WHERE c.issue = l.key) ORDER BY n' ],
	[ 'SELECT l.n, k.link_id, i.summary FROM small AS l JOIN issue_links AS k ON k.issue = l.key JOIN issues AS i ON i.key = k.other_issue ORDER BY 1, 2' ],

	# Rows that are locked.
	[ 'BEGIN; UPDATE local SET query = i.summary FROM issues AS i WHERE i.key = local.key; SELECT n, query FROM local ORDER BY n; ROLLBACK', 2, 1 ],
	[ 'SELECT l.n, i.summary FROM local AS l JOIN issues AS i ON i.key = l.key ORDER BY n FOR UPDATE OF l', 2, 1 ],
	[ 'SELECT l.n, i.summary FROM local AS l JOIN issues AS i ON i.key = l.key ORDER BY n FOR UPDATE', 2, 1 ],
);

for my $deployment (sort keys %jira)
{
	for my $case (@joins)
	{
		my ($query, $cloud, $server) = @$case;
		my $count = $deployment eq 'cloud' ? $cloud : $server;
		my ($expected) = ask($deployment, $query, 'jira_spoke.pushdown = off');
		my ($rows, @requests) = ask($deployment, $query);

		unlike($expected, qr/ERROR/, "$deployment, rows without pushdown: $query");
		is($rows, $expected, "$deployment, the same with it: $query");
		is(scalar @requests, $count, "$deployment, requests: $query") if defined $count;
		isnt($expected, '', "$deployment, there are rows: $query") if !defined $count;
		like(plan_of($deployment, $query), qr/JiraKeyJoin/, "$deployment, a key join: $query") if !defined $count;
	}
}

# What remains with the server's own joins.
for my $query (
	'SELECT l.n, i.key FROM local AS l JOIN bulk AS i ON i.key = l.key AND i.jql = l.query ORDER BY n',
	'SELECT l.n, i.key FROM local AS l RIGHT JOIN bulk AS i ON i.key = l.key WHERE i.jql = $$key < BULK-20$$ ORDER BY i.key',
	'SELECT l.n, p.id FROM local AS l LEFT JOIN projects AS p ON p.key = l.key ORDER BY n')
{
	unlike(plan_of('cloud', $query), qr/JiraKeyJoin/, "no key join: $query");
	is((ask('cloud', $query))[0], (ask('cloud', $query, 'jira_spoke.pushdown = off'))[0], "the same rows: $query");
}
like((ask('cloud', 'SELECT l.n FROM local AS l JOIN bulk AS i ON i.key = l.key AND i.jql > $$x$$'))[0], qr/column "jql" can only be used/, 'a condition on jql that is refused');
like((ask('cloud', 'SELECT l.n FROM local AS l JOIN bulk AS i ON i.key = l.key AND i.jql = $$project = OPS) OR (project = WEB$$'))[0],
	qr/not closed/, 'JQL that leaves its parentheses');

# EXPLAIN asks nothing.
my ($plan, @requests) = ask('cloud', 'EXPLAIN (COSTS off, VERBOSE) SELECT l.n, i.summary FROM local AS l LEFT JOIN bulk AS i ON i.key = l.key AND i.jql = $$status = Done$$');
like($plan, qr/JiraKeyJoin.*Join Type: Left.*Keys: l\.key.*JQL: project is not EMPTY AND \(project = BULK\) AND \(status = Done\).*Connection: cloud.*Fields: summary/s, 'EXPLAIN');
is(scalar @requests, 0, 'EXPLAIN asks nothing');

# Who is checked, for a table and for one in a view of somebody else.
$node->safe_psql('postgres', <<~'SQL');
	CREATE ROLE owner LOGIN; CREATE ROLE reader LOGIN;
	GRANT USAGE ON SCHEMA cloud TO owner, reader;
	GRANT SELECT ON cloud.issues, cloud.bulk TO owner, reader;
	GRANT SELECT ON local TO reader;
	CREATE VIEW owned AS SELECT key, summary FROM cloud.issues;
	ALTER VIEW owned OWNER TO owner;
	GRANT SELECT ON owned TO reader;
	SQL
my $through_view = 'SELECT l.n, i.key FROM local AS l JOIN owned AS i ON i.key = l.key WHERE n < 3 ORDER BY n';
my $direct = 'SELECT l.n, i.key FROM local AS l JOIN cloud.issues AS i ON i.key = l.key WHERE n < 3 ORDER BY n';

is(rows_or_sqlstate($node, 'reader', $through_view), '42704', 'the owner of a view lacks the connection');
$node->safe_psql('postgres', q{SET client_min_messages = error; SELECT jira_grant_connection('cloud', 'owner', 'read')});
is(rows_or_sqlstate($node, 'reader', $through_view), "1|BULK-7\n2|BULK-14", 'the owner has it');
is(rows_or_sqlstate($node, 'reader', $direct), '42704', 'the reader has not');
is(rows_or_sqlstate($node, 'reader', 'SELECT o.key FROM owned AS o JOIN cloud.bulk AS i ON i.key = o.key WHERE o.key = $$BULK-1$$'), '42704', 'in a join of both');
like(rows_or_sqlstate($node, 'reader', "EXPLAIN $through_view"), qr/JiraKeyJoin/, 'by a key join');
is(rows_or_sqlstate($node, 'reader', "PREPARE p AS $through_view; EXECUTE p; SELECT current_user"), "1|BULK-7\n2|BULK-14\nreader", 'which ends as who began it');

# Rows that change while the query waits for them (EvalPlanQual).
for my $query ('UPDATE local SET query = i.summary FROM issues AS i WHERE i.key = local.key RETURNING n, i.key',
	'SELECT local.n, i.key FROM local JOIN bulk AS i ON i.key = local.key ORDER BY n FOR UPDATE OF local',
	'SELECT local.n, i.key FROM local LEFT JOIN bulk AS i ON i.key = local.key AND i.tableoid > 0 ORDER BY n FOR UPDATE OF local')
{
	my $session = $node->background_psql('postgres');

	like(plan_of('cloud', $query), qr/JiraKeyJoin/, "a key join: $query");
	$session->query_safe('BEGIN; UPDATE local SET n = n + 100 WHERE key = $$BULK-14$$; DELETE FROM local WHERE key = $$BULK-21$$');
	my $waiting = JiraSpoke::Background->start($node, "SET search_path = cloud, public; BEGIN; $query; ROLLBACK;\n");
	$node->poll_query_until('postgres', q{SELECT count(*) = 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock'});
	$session->query_safe('COMMIT');
	my ($rows) = $waiting->finish;
	$session->quit;
	is(join(' ', sort split /\n/, $rows), join(' ', sort map { ($_ == 2 ? 102 : $_) . '|BULK-' . 7 * $_ } 1, 2, 4 .. 10), "rows that change: $query");
	$node->safe_psql('postgres', q{UPDATE local SET n = n % 100; INSERT INTO local (key, id, n) VALUES ('BULK-21', '10103', 3)});
}

done_testing();
