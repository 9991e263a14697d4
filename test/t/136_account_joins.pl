# A join of local rows with issues by account asks for the issues of many accounts at
# once: the same rows as without pushdown, in few requests.
use strict;
use warnings FATAL => 'all';

use JiraSpoke;
use JiraSpoke::Pushdown;
use Test::More;

my $issues = 5000;
my $node = start_cluster('account_joins', 'jit = off');
my $bulk = q{jira_lookup_issues_stream('project = BULK')};
my ($jira, $alias);
my %jira = map { $_ => JiraSpoke::Jira->start(deployment => $_, issues => $issues) } qw(cloud server);

# Ten rows with three accounts, the same with others that nobody has, and with texts that no account can be.
for (sort keys %jira)
{
	connect_to($node, $jira{$_}, $_);
	$node->safe_psql('postgres', <<~"SQL");
	SET jira_spoke.connection = '$_';
	CREATE SCHEMA $_;
	CREATE TABLE $_.people AS SELECT row_number() OVER (ORDER BY min(key)) AS p, assignee AS account, min(assignee_name) AS name
		FROM $bulk WHERE assignee IS NOT NULL GROUP BY assignee;
	CREATE TABLE $_.local AS SELECT i AS n, account FROM generate_series(1, 10) AS i JOIN $_.people ON p = 1 + i % 3;
	CREATE TABLE $_.unknown AS SELECT * FROM $_.local WHERE n < 5 UNION ALL VALUES (11, 'nobody'), (12, NULL), (13, ''), (14, repeat('x', 300)), (15, 'somebody');
	CREATE TABLE $_.nobody AS SELECT * FROM $_.unknown WHERE n IN (11, 15);
	CREATE TABLE $_.odd AS SELECT * FROM $_.local WHERE n < 4 UNION ALL VALUES (16, ' '), (17, '12345'), (18, 'EMPTY');
	CREATE TABLE $_.quoted AS SELECT * FROM $_.local WHERE n < 4 UNION ALL VALUES (19, '"'), (20, 'a) OR (b'), (21, E'\\\\'), (22, 'a,b'), (23, 'a&b=c%');
	CREATE TABLE $_.everybody AS SELECT p AS n, account FROM $_.people;
	CREATE INDEX ON $_.everybody (n);
	CREATE TABLE $_.names AS SELECT p AS n, name AS account FROM $_.people WHERE p < 3 UNION ALL SELECT 3, account FROM $_.people WHERE p = 3
		UNION ALL SELECT 4, upper(account) FROM $_.people WHERE p = 4;
	CREATE SERVER $_ FOREIGN DATA WRAPPER jira_spoke OPTIONS (connection '$_');
	IMPORT FOREIGN SCHEMA jira LIMIT TO (issues) FROM SERVER $_ INTO $_ OPTIONS (jql 'project = BULK');
	ANALYZE;
	SQL
}

sub run_query
{
	my ($query, @settings) = @_;

	return run_through($node, $jira, $alias, $query, "search_path = $alias, public", @settings);
}

sub plan_of
{
	my ($query, @settings) = @_;

	return plan_through($node, $alias, $query, "search_path = $alias, public", @settings);
}

# What the requests were for: "S" a search, "B" issues by their ids, "C" a count.
sub kinds_of
{
	return join '', map { my %query = map { @$_ } @{ $_->{query} };
		$_->{method} eq 'POST' && ($_->{body} // '') =~ /"maxResults": ?0\b/ ? 'C' : $_->{path} =~ m{/search(/jql)?$} ? 'S' : $_->{path} =~ /bulkfetch$/ ? 'B' : '?' } @_;
}

# The query with pushdown gives the rows that it gives without, by these requests.
sub is_joined
{
	my ($name, $query, $kinds, @settings) = @_;
	my ($expected, undef, @all) = run_query($query, @settings, 'jira_spoke.pushdown = off');
	my ($rows, $notices, @requests) = run_query($query, @settings);

	unlike($expected, qr/^failed/, "$alias, $name: there are rows without pushdown");
	is($rows, $expected, "$alias, $name: the same with it");
	is(kinds_of(@requests), $kinds, "$alias, $name: requests, instead of " . @all);
	is($notices, '', "$alias, $name: no notice");
	like(plan_of($query, @settings), qr/JiraKeyJoin/, "$alias, $name: a key join");
	return;
}

# --- What is asked for.  In three tenths of 5,000 issues the search of Cloud finds ids by
# the thousand first, and then issues by the hundred or more.

my $columns = 'l.n, i.key, i.summary';

for my $deployment (qw(cloud server))
{
	$alias = $deployment;
	$jira = $jira{$alias};
	my $is_cloud = $alias eq 'cloud';
	my $found = $is_cloud ? 'SSBB' : 'SSS';
	my $whole = $is_cloud ? 'SSBBBBB' : 'SSSSSS';
	my $with_unknown = $is_cloud ? "S$whole" : "SC$found";

	is_joined('a join', "SELECT $columns FROM local AS l JOIN $bulk AS i ON i.assignee = l.account ORDER BY 1, 2", $found);
	is_joined('a left join with a condition', "SELECT $columns FROM local AS l LEFT JOIN $bulk AS i ON i.assignee = l.account AND i.status = 'Done' ORDER BY 1, 2", $found);
	is_joined('a table', "SELECT $columns FROM local AS l JOIN issues AS i ON i.assignee = l.account ORDER BY 1, 2", $found);
	is_joined('a view of a table', "WITH done AS (SELECT * FROM issues WHERE status_category = 'done') SELECT $columns FROM unknown AS l LEFT JOIN done AS i ON i.reporter = l.account ORDER BY 1, 2",
		$is_cloud ? 'SSSBBBBB' : 'SCS');
	is_joined('EXISTS', "SELECT n FROM unknown AS l WHERE EXISTS (SELECT FROM $bulk AS i WHERE i.assignee = l.account AND i.summary <> '') ORDER BY 1", $with_unknown);
	is_joined('NOT EXISTS', "SELECT n FROM unknown AS l WHERE NOT EXISTS (SELECT FROM $bulk AS i WHERE i.assignee = l.account AND i.summary <> '') ORDER BY 1", $with_unknown);
	is_joined('IN', "SELECT i.key, i.summary FROM $bulk AS i WHERE i.assignee IN (SELECT account FROM local) ORDER BY 1", $found);
	is_joined('unknown accounts', "SELECT $columns FROM unknown AS l LEFT JOIN $bulk AS i ON i.assignee = l.account ORDER BY 1, 2", $with_unknown);
	is_joined('unknown accounts alone', "SELECT $columns FROM nobody AS l LEFT JOIN $bulk AS i ON i.assignee = l.account ORDER BY 1, 2", $is_cloud ? $with_unknown : 'SCS');
	is_joined('nothing to ask for', "SELECT $columns FROM unknown AS l LEFT JOIN $bulk AS i ON i.assignee = l.account WHERE l.n BETWEEN 12 AND 14 ORDER BY 1", '');
	is_joined('the reporter', "SELECT $columns FROM local AS l JOIN jira_lookup_issues_stream('project = OPS') AS i ON i.reporter = l.account ORDER BY 1, 2", 'S');
	is_joined('a key as well', "SELECT $columns FROM local AS l JOIN $bulk AS i ON i.assignee = l.account AND i.key = 'BULK-' || l.n WHERE i.summary <> '' ORDER BY 1",
		$is_cloud ? 'BS' : 'S');
	is_joined('full names, which Data Center finds, too', "SELECT l.n, count(i.key) FROM names AS l LEFT JOIN $bulk AS i ON i.assignee = l.account GROUP BY 1 ORDER BY 1",
		$is_cloud ? $with_unknown : 'SSS');
	is_joined('texts that JQL takes for something else', "SELECT $columns FROM odd AS l LEFT JOIN $bulk AS i ON i.assignee = l.account ORDER BY 1, 2", $whole);
	is_joined('texts with marks', "SELECT $columns FROM quoted AS l LEFT JOIN $bulk AS i ON i.assignee = l.account ORDER BY 1, 2", $with_unknown);
	like(plan_of("SELECT $columns FROM everybody AS l JOIN $bulk AS i ON i.assignee = l.account"), qr/Hash Join/, "$alias: not for as many accounts as have issues");

	# The query stops after the first batch, which is of one account.
	my ($explained) = run_query("EXPLAIN (ANALYZE, COSTS off) SELECT $columns FROM everybody AS l LEFT JOIN $bulk AS i ON i.assignee = l.account ORDER BY l.n LIMIT 5",
		map { "enable_$_ = off" } qw(seqscan nestloop hashjoin mergejoin));
	like($explained, qr/Keys Asked For: 1\n/, "$alias: LIMIT begins with one account");

	# --- What Jira does not like.

	my $odd = "SELECT $columns FROM unknown AS l LEFT JOIN $bulk AS i ON i.assignee = l.account ORDER BY 1, 2";
	if (!$is_cloud)
	{
		$jira->fault(kind => 'status', status => 403, times => 1, path => '*/search', method => 'POST');
		is_joined('what is asked beside the search is refused', $odd, "SC$whole");
		$jira->clear_faults;
	}
	for my $jql ('projekt = BULK', 'project = BULK AND status = "None of them"', 'project = BULK ORDER BY nothing', 'project = BULK) OR (project = OPS')
	{
		my $query = "SELECT $columns FROM unknown AS l LEFT JOIN jira_lookup_issues_stream('$jql') AS i ON i.assignee = l.account";
		my ($expected) = run_query($query, 'jira_spoke.pushdown = off');
		my ($failed) = run_query($query);

		like($expected, qr/^failed: .*ERROR/, "$alias, $jql: an error without pushdown");
		is($failed, $expected, "$alias, $jql: the same with it");
	}
	next if !$is_cloud;
	$jira->control('POST', 'search', { unknown_accounts => 'empty' });
	is_joined('a site that is silent about unknown accounts', $odd, $with_unknown);
	is_joined('accounts without issues there', "SELECT $columns FROM local AS l LEFT JOIN jira_lookup_issues_stream('project = BULK AND key = BULK-1') AS i ON i.reporter = l.account AND i.status = l.account ORDER BY 1, 2", 'SS');
	$jira->control('POST', 'search', { unknown_accounts => 'refuse' });
}

done_testing();
