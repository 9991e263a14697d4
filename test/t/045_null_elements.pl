# NULL as an element of an array: an error or left out, never the end of the server.
use strict;
use warnings FATAL => 'all';

use JiraSpoke;
use Test::More;

my $node = start_cluster('nulls');

for my $deployment (qw(cloud server))
{
	my $jira = JiraSpoke::Jira->start(deployment => $deployment);

	connect_to($node, $jira, $deployment);
	for my $query (
		q{SELECT key FROM jira_lookup_issues_stream('project = OPS', fields => '{NULL}') LIMIT 1},
		q{SELECT * FROM jira_lookup_issues_stream('project = OPS', fields => '{summary,NULL}') LIMIT 1},
		q{SELECT jira_lookup_issues_stream('project = OPS', fields => '{NULL}') LIMIT 1},
		q{SELECT key FROM jira_lookup_issues_stream('project = OPS', expand => '{NULL}') LIMIT 1},
		q{SELECT key FROM jira_lookup_issue('OPS-1', fields => '{NULL,NULL}')},
		q{SELECT key FROM jira_lookup_issues('{NULL,OPS-1,NULL}', fields => '{NULL}')},
		q{SELECT jira_create_issue('OPS', 'Bug', 'x', labels => '{NULL}')},
		q{EXPLAIN SELECT key FROM jira_lookup_issues_stream('project = OPS', fields => '{NULL}')},
		q{EXPLAIN SELECT key FROM jira_lookup_issues('{NULL}', fields => '{NULL}')})
	{
		my $error = query_error($node, "SET jira_spoke.connection = '$deployment'; $query");

		unlike($error, qr/server closed|terminated|recovery|XX000/, "$deployment: $query");
	}
	is($node->safe_psql('postgres', "SELECT count(*) FROM jira_lookup_issues('{NULL,OPS-1,NULL}', connection => '$deployment')"),
		1, "$deployment: a NULL among keys is no key");
}

$node->stop;
done_testing();
