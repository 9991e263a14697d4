# A query that is sorted by a moment and limited has Jira sort, and requests the rows
# that it returns.
use strict;
use warnings FATAL => 'all';

use JiraSpoke;
use JiraSpoke::Pushdown;
use Test::More;

my $node = start_cluster('order');
my %jira = map { $_ => JiraSpoke::Jira->start(deployment => $_, issues => 1000) } qw(cloud server);

connect_to($node, $jira{$_}, $_) for sort keys %jira;
$node->safe_psql('postgres', <<~'SQL');
	CREATE TABLE local AS SELECT 'BULK-' || n AS key, n FROM generate_series(1, 1000, 3) AS n;
	ANALYZE local;
	CREATE VIEW issues AS SELECT * FROM jira_lookup_issues_stream('project = BULK ORDER BY summary');
	SQL

sub ask
{
	my ($deployment, @query) = @_;

	return rows_and_requests($node, $jira{$deployment}, $deployment, @query);
}

# Query, JQL that is asked for, rows of the first page, requests.
my @ordered = (
	[ 'SELECT key FROM BULK() ORDER BY created DESC LIMIT 10', 'project = BULK ORDER BY created DESC', 15, 1 ],
	[ 'SELECT key FROM BULK() ORDER BY updated LIMIT 10', 'project = BULK ORDER BY updated ASC', 15, 1 ],
	[ 'SELECT key FROM BULK() ORDER BY created DESC NULLS LAST LIMIT 10', 'project = BULK ORDER BY created DESC', 15, 1 ],
	[ 'SELECT key FROM BULK() ORDER BY created LIMIT 10 OFFSET 20', 'project = BULK ORDER BY created ASC', 35, 1 ],
	[ 'SELECT key FROM BULK() ORDER BY created DESC, key LIMIT 10', 'project = BULK ORDER BY created DESC', 15, 1 ],
	[ 'SELECT key, created FROM issues ORDER BY created LIMIT 10', 'project = BULK ORDER BY created ASC', 15, 1 ],
	[ q{SELECT key FROM BULK() WHERE summary LIKE '%7%' ORDER BY created LIMIT 10}, 'project = BULK ORDER BY created ASC', 100, 1 ],
	[ 'SELECT i.key, l.n FROM BULK() AS i LEFT JOIN local AS l USING (key) ORDER BY i.created DESC LIMIT 10',
		'project = BULK ORDER BY created DESC', 100, 1 ],
	[ 'SELECT key FROM BULK() UNION ALL SELECT key FROM BULK() ORDER BY 1 LIMIT 3', 'project = BULK' ],
	[ 'SELECT * FROM (SELECT key, created FROM BULK() UNION ALL SELECT key, created FROM BULK()) AS i ORDER BY created DESC LIMIT 3',
		'project = BULK ORDER BY created DESC', 100, 2 ],
	[ q{PREPARE p AS SELECT key FROM BULK() ORDER BY created DESC LIMIT $1; SET plan_cache_mode = force_generic_plan; EXECUTE p(3)},
		'project = BULK ORDER BY created DESC', 100, 1 ],

	# What Jira cannot sort as SQL does, and where all rows are read anyway.
	[ 'SELECT key FROM BULK() ORDER BY created DESC', 'project = BULK' ],
	[ 'SELECT key FROM BULK() ORDER BY key LIMIT 10', 'project = BULK' ],
	[ 'SELECT key FROM BULK() ORDER BY due LIMIT 10', 'project = BULK' ],
	[ 'SELECT key FROM BULK() ORDER BY date(created), key LIMIT 10', 'project = BULK' ],
	[ 'SELECT max(created) FROM BULK() LIMIT 10', 'project = BULK' ],
	[ q{SELECT key FROM jira_lookup_issues_stream('project = BULK', max_rows => 50) ORDER BY created LIMIT 10}, 'project = BULK', 50, 1 ],
);

for my $deployment (sort keys %jira)
{
	for my $case (@ordered)
	{
		my ($query, $jql, $size, $count) = @$case;
		my ($rows, @requests) = ask($deployment, $query);
		my ($expected) = ask($deployment, $query, 'jira_spoke.pushdown = off');

		# Equal moments leave the order to chance.
		($rows, $expected) = map { join "\n", sort split /\n/ } $rows, $expected if $query =~ /UNION ALL/;
		is($rows, $expected, "$deployment, rows: $query");
		is($requests[0]{jql}, $jql, "$deployment, JQL: $query");
		is($requests[0]{maxResults}, $size, "$deployment, page: $query") if $size;
		is(scalar @requests, $count, "$deployment, requests: $query") if $count;
	}
}

like(
	$node->safe_psql('postgres', q{SET jira_spoke.connection = 'cloud';
		EXPLAIN SELECT key FROM jira_lookup_issues_stream('project = BULK') ORDER BY created DESC LIMIT 3}),
	qr/Order by Jira: created DESC/, 'EXPLAIN shows the order');
is((ask('cloud', <<~'SQL'))[0], "BULK-1000\nBULK-999\nBULK-998\nBULK-1000", 'a scrolled cursor');
	BEGIN; DECLARE c SCROLL CURSOR FOR SELECT key FROM BULK() ORDER BY created DESC LIMIT 5;
	FETCH 3 FROM c; FETCH FIRST FROM c; COMMIT
	SQL
is((ask('cloud', <<~'SQL'))[0], "1|BULK-1000\n1|BULK-999\n2|BULK-1000\n2|BULK-999", 'a scan that is restarted');
	SELECT n, key FROM generate_series(1, 2) AS n, LATERAL (SELECT key FROM BULK() ORDER BY created DESC LIMIT 2) AS i
	SQL

# Warnings that say nothing of lost rows.
for my $deployment (sort keys %jira)
{
	$jira{$deployment}->set_oddities(warnings => ['A value is old.']);
	my $query = q{SELECT key FROM jira_lookup_issues_stream('project = BULK ORDER BY key') WHERE status = 'Done' ORDER BY created DESC LIMIT 3};
	my ($rows, @requests) = ask($deployment, $query, 'client_min_messages = error');
	my ($expected) = ask($deployment, $query, 'client_min_messages = error', 'jira_spoke.pushdown = off');

	is($rows, $expected, "$deployment, a Jira that warns of every search: rows");
	is($requests[-1]{jql}, 'project = BULK ORDER BY created DESC', "$deployment, a Jira that warns of every search: the order stays");
}

# A Jira that refuses to sort: the rows are sorted here.
for my $deployment (sort keys %jira)
{
	for my $query (q{SELECT key FROM BULK() ORDER BY created DESC LIMIT 3}, q{SELECT n, key FROM generate_series(1, 3) AS n, LATERAL (SELECT key FROM BULK()
		ORDER BY updated LIMIT 2 OFFSET n) AS i}, q{BEGIN; DECLARE c SCROLL CURSOR FOR SELECT key FROM BULK() ORDER BY created LIMIT 900; FETCH LAST FROM c; FETCH FIRST FROM c; COMMIT})
	{
		my ($expected) = ask($deployment, $query, 'jira_spoke.pushdown = off');

		$jira{$deployment}->fault(kind => 'status', status => 400, times => 1, path => '*search*');
		my ($rows, @requests) = ask($deployment, $query, q{work_mem = '64kB'});

		$jira{$deployment}->clear_faults;
		is($rows, $expected, "$deployment, a refused order: $query");
		like($requests[0]{jql}, qr/ORDER BY/, "$deployment, which was asked for");
		unlike($requests[1]{jql}, qr/ORDER BY/, "$deployment, and then not");
	}
}

# JQL that an order would make too long for a GET.
my $long = 'project = BULK AND (' . join(' OR ', 'summary ~ issue', map { "text ~ w$_" } 1000 .. 1450);

$long .= ' OR text ~ ' . 'x' x (8000 - 1 - length "$long OR text ~ ") . ')';
my $too_long = "SELECT key FROM jira_lookup_issues_stream('$long') ORDER BY created DESC LIMIT 3";
my ($sorted, @searches) = ask('cloud', $too_long);

is($sorted, (ask('cloud', $too_long, 'jira_spoke.pushdown = off'))[0], 'JQL that is long: rows');
is($searches[0]{jql}, $long, 'without the order');

done_testing();
