# Conditions of a query travel as JQL: Jira is asked for little more than the rows that
# PostgreSQL returns, and the rows are those that it returns without.
use strict;
use warnings FATAL => 'all';

use JiraSpoke;
use JiraSpoke::Pushdown;
use List::Util qw(uniq);
use Test::More;

my $node = start_cluster('pushdown', 'jit = off', 'jira_spoke.endpoint_rate = 10000');
my %jira = map { $_ => JiraSpoke::Jira->start(deployment => $_, issues => 1100) } qw(cloud server);

connect_to($node, $jira{$_}, $_) for sort keys %jira;
$node->safe_psql('postgres', <<~'SQL');
	CREATE TABLE local AS SELECT 'BULK-' || n AS key, n FROM generate_series(1, 200) AS n;
	ANALYZE local;
	CREATE VIEW issues AS SELECT * FROM jira_lookup_issues_stream('project is not EMPTY');
	CREATE VIEW guarded WITH (security_barrier) AS SELECT * FROM jira_lookup_issues_stream('project is not EMPTY');
	CREATE FUNCTION of_project(text) RETURNS SETOF text LANGUAGE sql AS $$
		SELECT key FROM jira_lookup_issues_stream('project is not EMPTY') WHERE project = $1 AND status = 'Done' $$;
	SQL

# What looks up names, which are remembered for a minute, is not counted.
my $look_ups = qr{/(?:status|issuetype|priority|resolution|project|priority/search|resolution/search|project/search|myself)$};

# The rows of a query, and the requests that are counted.
sub rows_and_searches
{
	my ($deployment, @query) = @_;
	my ($rows, @requests) = rows_and_requests($node, $jira{$deployment}, $deployment, @query);

	return ($rows, grep { $_->{path} !~ $look_ups } @requests);
}

# The same rows with and without; returns the requests.
sub same_rows
{
	my ($deployment, $query) = @_;
	my ($rows, @requests) = rows_and_searches($deployment, $query);
	my ($expected) = rows_and_searches($deployment, $query, 'jira_spoke.pushdown = off');

	is($rows, $expected, "$deployment, rows: $query");
	return @requests;
}

my $generic = 'SET plan_cache_mode = force_generic_plan; ';

# Query, requests on Cloud, on Data Center, and JQL of the first one if it matters.
my @counted = (
	[ q{SELECT key FROM BULK() WHERE status = 'Done' AND updated > now() - interval '100 days' ORDER BY created DESC LIMIT 20}, 1, 1 ],
	[ q{SELECT key FROM BULK() WHERE key = 'BULK-7'}, 1, 1, 'key = "BULK-7" AND (project = BULK)' ],
	[ q{SELECT key FROM BULK() WHERE key IN ('BULK-7', 'BULK-9', 'BULK-70000', 'no key') ORDER BY key}, 2, 2 ],
	[ q{SELECT key FROM BULK() WHERE key IN ('BULK-7', 'BULK-9') AND reporter = 'nobody'}, 3, 3 ],
	[ q{SELECT key FROM BULK() WHERE id = '1 OR 1 = 1'}, 0, 0 ],
	[ q{SELECT count(*) FROM BULK() WHERE key = 'bulk-7'}, 1, 1 ],
	[ q{SELECT count(*) FROM BULK() WHERE key = 'BULK-70000'}, 2, 2 ],
	[ q{SELECT EXISTS (SELECT FROM BULK() WHERE assignee IS NULL AND status = 'Done')}, 1, 1 ],
	[ q{SELECT key FROM issues WHERE project = 'OPS' AND status = 'Done' ORDER BY key}, 1, 1 ],
	[ q{SELECT key FROM guarded WHERE project = 'OPS' AND status = 'Done' ORDER BY key}, 1, 1 ],
	[ q{SELECT of_project('OPS')}, 1, 1 ],
	[ $generic . q{PREPARE p AS SELECT key FROM issues WHERE project = $1 AND status = 'Done' ORDER BY key;
		EXECUTE p('OPS'); EXECUTE p('WEB'); EXECUTE p(NULL)}, 2, 2 ],
	[ q{SELECT project, status, count(*) FROM issues WHERE project IN ('OPS', 'WEB') GROUP BY 1, 2 ORDER BY 1, 2}, 3, 2 ],
	[ q{SELECT count(*) FROM BULK() WHERE created BETWEEN now() - interval '3 days' AND now() - interval '2 days 23 hours'}, 1, 1 ],
	[ q{SELECT count(*) FROM BULK() WHERE status_category <> 'done' AND created > now() - interval '1 hour'}, 1, 1,
		undef ],
	[ q{SELECT count(*) FROM BULK() WHERE 'bulk-3' = ANY(labels) AND labels @> '{bulk-3}' AND created > date_trunc('day', now(), 'UTC') - interval '3 hours'}, 1, 1 ],
	[ q{SELECT count(*) FROM BULK() WHERE (key = 'BULK-1' OR key = 'BULK-2') AND due IS NULL}, 1, 1,
		'(key = "BULK-1" OR key = "BULK-2") AND (project = BULK)' ],
	[ q{SELECT p, n, (SELECT count(*) FROM jira_lookup_issues_stream('project = ' || p) AS i WHERE i.key = l.key) FROM local AS l, unnest('{OPS,BULK}'::text[]) AS p WHERE n <= 4 ORDER BY n, p}, 8, 8 ],
	[ q{SELECT count(*) FROM BULK() WHERE key = (SELECT max(key) FROM local WHERE n < 10)}, 1, 1 ],
	[ q{SELECT key FROM local, LATERAL (SELECT status FROM BULK() AS i WHERE i.key = local.key LIMIT 1) AS i WHERE n < 3 ORDER BY n}, 2, 2 ],

	# Nothing can fulfil these.
	[ q{SELECT count(*) FROM BULK() WHERE status = NULLIF('x', 'x')}, 0, 0 ],
	[ q{SELECT count(*) FROM BULK() WHERE key = ANY (ARRAY[NULL, 'no key']::text[])}, 0, 0 ],

	# What JQL cannot say as SQL does is not asked for.
	[ q{SELECT count(*) FROM BULK() WHERE summary = 'x'}, undef, undef, 'project = BULK' ],
	[ q{SELECT count(*) FROM BULK() WHERE status <> 'Done'}, undef, undef, 'project = BULK' ],
	[ q{SELECT count(*) FROM BULK() WHERE assignee IS NULL}, undef, undef, 'project = BULK' ],
	[ q{SELECT count(*) FROM BULK() WHERE key > 'BULK-5'}, undef, undef, 'project = BULK' ],
	[ q{SELECT count(*) FROM BULK() WHERE status = ' Done'}, undef, undef, 'project = BULK' ],
	[ q{SELECT count(*) FROM BULK() WHERE resolution = 'unresolved'}, undef, undef, 'project = BULK' ],
	[ q{SELECT count(*) FROM BULK() WHERE created > '-infinity'}, undef, undef, 'project = BULK' ],
	[ q{SELECT count(*) FROM BULK() WHERE key = 'BULK-1' OR summary = 'x'}, undef, undef, 'project = BULK' ],
	[ q{SELECT count(*) FROM jira_lookup_issues_stream('project = BULK', max_rows => 10) WHERE status = 'Done'}, 1, 1, 'project = BULK' ],
	[ q{SELECT count(*) FROM jira_lookup_issues_stream('project = OPS) OR (project = WEB') WHERE key = 'OPS-1'}, undef, undef,
		'project = OPS) OR (project = WEB' ],
	[ q{SELECT key FROM jira_lookup_issues_stream('project = OPS ORDER BY key DESC') WHERE project = 'OPS'}, undef, undef,
		'project = "OPS" AND (project = OPS) ORDER BY key DESC' ],
);

# Where all issues are too many to read them for some rows.
my @rescans = (
	[ q{SELECT n, (SELECT summary FROM BULK() AS i WHERE i.key = l.key) FROM local AS l WHERE n <= 2 ORDER BY n}, 2, 2 ],
	[ q{SELECT n, (SELECT summary FROM BULK() AS i WHERE i.key = l.key) FROM local AS l WHERE n <= 10 ORDER BY n}, 10, 9 ],
	[ q{SELECT n, (SELECT summary FROM BULK() AS i WHERE i.key = l.key) FROM local AS l WHERE n <= 200 ORDER BY n}, 10, 9 ],
	[ q{SELECT n, (SELECT summary FROM jira_lookup_issues_stream('key <= BULK-90') AS i WHERE i.key = l.key) FROM local AS l ORDER BY n}, 4, 4 ],
	[ q{SELECT n, (SELECT fields FROM BULK() AS i WHERE i.key = l.key) ->> 'summary' FROM local AS l WHERE n <= 20 ORDER BY n}, 21, undef ],
	[ q{SELECT n, (SELECT count(*) FROM BULK() AS i WHERE i.status = concat('no ', n)) FROM local AS l WHERE n <= 9 ORDER BY n}, undef, undef ],
);

sub is_counted
{
	my ($deployment, $query, $cloud, $server, $jql) = @_;
	my @requests = same_rows($deployment, $query);
	my $count = $deployment eq 'cloud' ? $cloud : $server;

	is(scalar @requests, $count, "$deployment, requests: $query") if defined $count;
	is($requests[0]{jql}, $jql, "$deployment, JQL: $query") if defined $jql;
	return;
}

for my $deployment (sort keys %jira)
{
	is_counted($deployment, @$_) for @counted;
	$jira{$deployment}->control('POST', 'reset', { issues => 5000 });
	is_counted($deployment, @$_) for @rescans;
	$jira{$deployment}->control('POST', 'reset', { issues => 1100 });
}

# A value cannot become anything else, whatever it is.
my @corpus = (
	q{"}, q{'}, q{\\}, q{\\"}, q{") OR project is not EMPTY OR ("}, q{x" OR key = "OPS-1}, qq{a\nb}, qq{a\tb}, q{)}, q{(},
	q{currentUser()}, q{EMPTY}, q{null}, q{-1}, q{10000}, q{ORDER BY key}, q{a AND b}, q{*}, q{?}, q{%}, q{~}, q{!}, q{[a]},
	q{{a}}, "\x{1}", 'x' x 300, q{}, q{ }, q{Done }, q{done}, q{Do\\u006ee}, qq{\\u0022}, q{/* x */}, q{; x}, q{$1}, q{#},
);

for my $column (qw(key id parent project issue_type status priority resolution status_category assignee reporter))
{
	my $query = join ' UNION ALL ', map { "SELECT count(*) FROM jira_lookup_issues_stream('project = OPS') WHERE $column = \$q\$$_\$q\$" } @corpus;

	same_rows($_, $query) for sort keys %jira;
}
for my $value (@corpus)
{
	my $quoted = "\$q\$$value\$q\$";
	my ($rows) = rows_and_searches('cloud', "SELECT count(*) FROM jira_lookup_issues_stream('project = OPS') WHERE $quoted = ANY(labels) OR components @> ARRAY[$quoted]");

	is($rows, 0, "labels and components: $value");
}

# What Jira refuses is asked again with less: without names, then as it was written.
my ($rows, @requests) = rows_and_searches('cloud', q{SELECT count(*) FROM BULK() WHERE status = 'Nope' AND created > now() - interval '1 hour'});

is($rows, 0, 'a status that Jira does not know: no rows');
is(scalar @requests, 3, 'three requests');
like($requests[0]{jql}, qr/^status = "Nope" AND created >= \d+ AND \(project = BULK\)$/, 'the first with the name');
like($requests[1]{jql}, qr/^status = "Nope" AND created >= "[-0-9]+ [0-9:]+" AND \(project = BULK\)$/, 'then with the time in another form');
like($requests[2]{jql}, qr/^created >= .+ AND \(project = BULK\)$/, 'the last without the name');
like((rows_and_searches('cloud', q{SELECT count(*) FROM jira_lookup_issues_stream('nonsense = 1') WHERE status = 'Done'}))[0],
	qr/nonsense/, 'the error is that of the JQL of the call');

# What Jira warns of may be cut off.
$jira{cloud}->set_oddities(warnings => ['CLAUSE_LIMIT_EXCEEDED: a list was cut']);
@requests = same_rows('cloud', q{SELECT key FROM BULK() WHERE status = 'Done' AND key = 'BULK-8'});
is_deeply([ map { $_->{jql} // '' } @requests[0 .. 1] ],
	[ 'status in ("Done", 10003) AND key = "BULK-8" AND (project = BULK)', '' ], 'a warning: the key is checked');
is($requests[2]{jql}, 'id in (10362) AND (project = BULK)', 'and asked for without the name');
is($requests[3]{jql}, 'project = BULK', 'and at last the call itself');
$jira{cloud}->set_oddities(warnings => []);

# Names that are not known are not in a list.
@requests = same_rows('cloud', q{SELECT count(*) FROM BULK() WHERE status IN ('Done', 'Nope') AND created > now() - interval '1 hour'});
like($requests[0]{jql}, qr/^created >= \d+ AND \(project = BULK\)$/, 'no list with an unknown name');

# Nor is it known which accounts issues show: Jira refuses a list with another one, or finds nothing.
sub is_searched
{
	my ($deployment, $condition, @expected) = @_;
	my @asked = same_rows($deployment, "SELECT key FROM BULK() WHERE $condition ORDER BY key");

	# The pages of all issues count as one search.
	my @searches = uniq(map { $_->{jql} // () } @asked);

	return is_deeply(\@searches, [ map { $_ eq '' ? 'project = BULK' : "$_ AND (project = BULK)" } @expected ], "$deployment, searches: $condition");
}

for my $deployment (sort keys %jira)
{
	my $is_cloud = $deployment eq 'cloud';
	my ($found) = rows_and_searches($deployment, q{SELECT assignee FROM BULK() WHERE assignee IS NOT NULL GROUP BY 1 ORDER BY count(*), 1 LIMIT 2});
	my ($one, $other) = split /\n/, $found;
	my $both = qq{assignee in ("$one", "$other")};
	my $with_nobody = qq{assignee in ("$one", "nobody")};

	is_searched($deployment, "assignee IN ('$one', '$other')", $both);
	is_searched($deployment, "assignee = ANY ('{$one,$other,NULL}') AND key = 'BULK-1'", qq{key = "BULK-1" AND $both}, $is_cloud ? 'id in (10355)' : ());
	is_searched($deployment, "assignee IN ('$one', 'nobody')", $with_nobody, '');
	is_searched($deployment, "assignee IN ('$one', 'unassigned')", '');
	is_searched($deployment, "assignee IN ('$one', '$other') OR key = 'BULK-1'", '');
	is_searched($deployment, "assignee = '$one' OR key = 'BULK-1'", qq{(assignee = "$one" OR key = "BULK-1")});
	next if !$is_cloud;
	$jira{cloud}->control('POST', 'search', { unknown_accounts => 'empty' });
	is_searched($deployment, "assignee IN ('$one', 'nobody')", $with_nobody, '');
	is_searched($deployment, "assignee = 'nobody'", 'assignee = "nobody"');
	$jira{cloud}->control('POST', 'search', { unknown_accounts => 'refuse' });
}

# A JQL that is sent in the query string is not made so long that it has to be sent in a body.
my $long = join ' OR ', map { "summary ~ \"word$_\"" } 1 .. 330;
my $labels = join ',', map { "label-$_" } 1 .. 100;

(undef, @requests) = rows_and_searches('cloud', "SELECT count(*) FROM jira_lookup_issues_stream('project = BULK AND ($long)') WHERE labels && '{$labels}'");
is($requests[0]{method}, 'GET', 'a long JQL is sent as it is');
unlike($requests[0]{jql}, qr/label-/, 'without the conditions');

# EXPLAIN asks nothing, and shows what travels and what does not.
($rows, @requests) = rows_and_searches('cloud', q{EXPLAIN SELECT key FROM BULK() WHERE status = 'Done' AND (due > now() OR priority = 'High') AND summary <> 'x'});
is(scalar @requests, 0, 'EXPLAIN asks nothing');
like($rows, qr/Conditions in JQL: status = 'Done'::text AND \(due >= now\(\) OR priority = 'High'::text\)\n/, 'what travels');
like($rows, qr/Conditions Checked Here Only: \(summary <> 'x'::text\) \(column\)\n/, 'what does not');
($rows) = rows_and_searches('cloud', q{EXPLAIN (ANALYZE) SELECT key FROM BULK() WHERE status = 'Nope'});
like($rows, qr/Asked Again: 1\n/, 'how often Jira was asked again');

done_testing();
