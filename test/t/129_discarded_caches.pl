# Plans and scans hold nothing of the server's caches that may go at any time: a server
# with assertions discards all of them whenever it could have to.
use strict;
use warnings FATAL => 'all';

use JiraSpoke;
use Test::More;

my $node = start_cluster('discarded_caches', 'jit = off');

plan skip_all => 'this server does not discard its caches' if $node->psql('postgres', 'SET debug_discard_caches = 1') != 0;

my %jira = map { $_ => JiraSpoke::Jira->start(deployment => $_, issues => 5) } qw(cloud server);

for my $deployment (sort keys %jira)
{
	connect_to($node, $jira{$deployment}, $deployment);
	$node->safe_psql('postgres', <<~"SQL");
		CREATE SERVER $deployment FOREIGN DATA WRAPPER jira_spoke OPTIONS (connection '$deployment');
		CREATE SCHEMA $deployment;
		IMPORT FOREIGN SCHEMA jira LIMIT TO (issues) FROM SERVER $deployment INTO $deployment OPTIONS (custom_fields 'Severity, Effort in days');
		SQL
}
$node->safe_psql('postgres', q{CREATE TABLE local AS SELECT 'BULK-' || n AS key, n FROM generate_series(1, 4) AS n; ANALYZE local});

my @queries = (
	q{SELECT key, status FROM jira_lookup_issues_stream('project = BULK') WHERE status = 'Done' OR created > now() - interval '2 days' ORDER BY key},
	q{SELECT key FROM jira_lookup_issues_stream('project = BULK') ORDER BY created DESC LIMIT 2},
	q{SELECT l.n, i.summary FROM local AS l LEFT JOIN jira_lookup_issues_stream('project = BULK') AS i ON i.key = l.key ORDER BY n},
	q{SELECT l.n, i.summary FROM local AS l, LATERAL jira_lookup_issue(l.key) AS i ORDER BY n},
	q{SELECT n, (SELECT summary FROM jira_lookup_issues_stream('project = BULK') AS i WHERE i.key = l.key) FROM local AS l ORDER BY n},
	q{SELECT key, severity, i.tableoid::regclass FROM issues AS i WHERE project = 'BULK' AND (effort_in_days > 1 OR severity IS NULL) ORDER BY key},
	q{SELECT key, jql FROM issues WHERE jql = 'project = BULK' ORDER BY created LIMIT 2},
	q{SELECT l.n, i FROM local AS l JOIN issues AS i ON i.key = l.key ORDER BY n},
	q{PREPARE p AS SELECT i.key FROM local AS l JOIN issues AS i USING (key) WHERE l.n < $1 ORDER BY 1; SET plan_cache_mode = force_generic_plan; EXECUTE p(2); EXECUTE p(3)},
	q{BEGIN; UPDATE local SET n = n + length(i.key) FROM issues AS i WHERE i.key = local.key RETURNING local.n; ROLLBACK},
);

for my $deployment (sort keys %jira)
{
	for my $query (@queries)
	{
		my $before = "SET jira_spoke.connection = '$deployment'; SET search_path = $deployment, public;";
		my $expected = $node->safe_psql('postgres', "$before $query");

		isnt($expected, '', "$deployment, rows: $query");
		is($node->safe_psql('postgres', "$before SET debug_discard_caches = 1; $query"), $expected, "$deployment, the same without caches: $query");
	}
}

done_testing();
