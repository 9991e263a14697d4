# What reports on sprints cost on a site with 50 boards and 5,000 issues, 3,000 of them
# in the sprints of those boards: requests, by deployment.
use strict;
use warnings FATAL => 'all';

use JiraSpoke;
use PostgreSQL::Test::Utils;
use Test::More;

# At most so many requests; the page has those of a Cloud.
my %most = (cloud => 85, server => 60);
my $node = start_cluster('boards', 'jit = off', q{timezone = 'UTC'});
my ($report) = slurp_file("$ENV{JIRA_SPOKE_SRC}/test/doc/reports.md") =~ /^## Sprints\n.*?^```sql\n(.*?)^```$/ms;

like(slurp_file("$ENV{JIRA_SPOKE_SRC}/test/doc/reports.md"), qr/; $most{cloud} on a site with 50 boards and 3,000 issues in their\nsprints\./, 'the page says what is counted here');
count_requests($_) for sort keys %most;
done_testing();

sub count_requests
{
	my ($deployment) = @_;
	my $jira = JiraSpoke::Jira->start(deployment => $deployment, issues => 5000);
	my %queries = (
		'the report' => $report,
		'issues by their sprint' => 'SELECT s.board, count(*), sum(i.story_points) FROM sprints AS s JOIN issues AS i ON i.sprint_id = s.id GROUP BY s.board',
		'issues of all sprints' => q{SELECT s.board, s.name, count(*) FROM sprints AS s JOIN issue_sprints AS i ON i.sprint_id = s.id WHERE i.jql = 'sprint in openSprints()' GROUP BY s.board, s.name});

	is($jira->control('POST', 'boards', { project => 'BULK', boards => 47, issues => 65 })->{boards}, 50, "$deployment: boards");
	connect_to($node, $jira, $deployment);
	$node->safe_psql('postgres', <<"SQL");
CREATE SERVER $deployment FOREIGN DATA WRAPPER jira_spoke OPTIONS (connection '$deployment');
CREATE SCHEMA $deployment;
IMPORT FOREIGN SCHEMA jira LIMIT TO (sprints, issues, issue_sprints) FROM SERVER $deployment INTO $deployment;
SQL
	for my $name (sort keys %queries)
	{
		$jira->forget_requests;
		my $rows = $node->safe_psql('postgres', "SET search_path = $deployment, public; $queries{$name}");
		my @requests = grep { $_->{path} !~ /serverInfo/ } $jira->requests;

		cmp_ok(scalar(split /\n/, $rows), '>=', 47, "$deployment, $name: rows of each board");
		cmp_ok(scalar @requests, '<=', $most{$deployment}, "$deployment, $name: " . @requests . ' requests');
		same_rows($deployment, $name, $queries{$name});
	}

	# An outer join has issues without a sprint.
	same_rows($deployment, 'issues with and without a sprint', q{SELECT s.board, count(*) FROM issues AS i LEFT JOIN sprints AS s ON i.sprint_id = s.id GROUP BY s.board});
	like($node->safe_psql('postgres', "SET search_path = $deployment, public; SELECT count(*) FROM issues AS i LEFT JOIN sprints AS s ON i.sprint_id = s.id WHERE s.id IS NULL"), qr/^[1-9]/, "$deployment: there are some");
	return;
}

sub same_rows
{
	my ($deployment, $name, $query) = @_;
	my $sum = 'SELECT md5(string_agg(q::text, \',\' ORDER BY q::text)) FROM (' . $query =~ s/;\s*\z//r . ') AS q';

	is($node->safe_psql('postgres', "SET search_path = $deployment, public; $sum"),
		$node->safe_psql('postgres', "SET jira_spoke.pushdown = off; SET search_path = $deployment, public; $sum"), "$deployment, $name: the same rows without pushdown");
	return;
}
