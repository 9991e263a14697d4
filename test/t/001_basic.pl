# The first look of a new user: connect, search, create, comment, read back.
use strict;
use warnings FATAL => 'all';

use JiraSpoke;
use Test::More;

my $node = start_cluster('basic');

for my $deployment (qw(cloud server))
{
	my $jira = JiraSpoke::Jira->start(
		deployment => $deployment,
		context => $deployment eq 'server' ? '/jira' : undef);

	connect_to($node, $jira, $deployment);

	like(query_through($node, $deployment, 'SELECT ok, account IS NOT NULL, problem IS NULL FROM jira_test_connection()'),
		qr/^t\|t\|t$/, "$deployment: the connection works");
	like(query_through($node, $deployment, 'SELECT deployment_type FROM jira_lookup_server()'),
		qr/^$deployment$/i, "$deployment: the server describes itself");

	$jira->forget_requests;
	is(query_through($node, $deployment, q{SELECT count(*) FROM (SELECT key FROM jira_lookup_issues_stream('project = OPS') LIMIT 10) AS i}),
		10, "$deployment: a search finds issues");
	is(scalar $jira->requests, 1, "$deployment: ten issues take one request");

	my $key = query_through($node, $deployment,
		q{SELECT jira_create_issue('OPS', 'Bug', 'Łódź "down"', E'first\n\nsecond', labels => ARRAY['a', 'b'])});
	like($key, qr/^OPS-\d+$/, "$deployment: an issue is created");
	like(query_through($node, $deployment, "SELECT jira_add_comment('$key', 'done')"), qr/^\d+$/, "$deployment: and commented");
	is(query_through($node, $deployment, "SELECT summary, description, labels, status_category FROM jira_lookup_issue('$key')"),
		qq{Łódź "down"|first\n\nsecond|{a,b}|new}, "$deployment: and read back");
	like(query_error($node, "SELECT * FROM jira_lookup_issue('OPS-99999', connection => '$deployment')"),
		qr/P0002/, "$deployment: an issue that is not there is an error");
}

done_testing();
