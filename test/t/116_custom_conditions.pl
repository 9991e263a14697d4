# Conditions on custom fields in columns of foreign tables travel as JQL, if Jira says
# that they are what the columns are taken for.
use strict;
use warnings FATAL => 'all';

use JiraSpoke;
use JiraSpoke::Pushdown;
use Test::More;

my $node = start_cluster('custom_conditions', 'jit = off');
my %jira = map { $_ => JiraSpoke::Jira->start(deployment => $_, issues => 300) } qw(cloud server);

for my $deployment (sort keys %jira)
{
	connect_to($node, $jira{$deployment}, $deployment);
	$node->safe_psql('postgres', <<~"SQL");
		CREATE SERVER $deployment FOREIGN DATA WRAPPER jira_spoke OPTIONS (connection '$deployment');
		CREATE SCHEMA $deployment;
		IMPORT FOREIGN SCHEMA jira LIMIT TO (issues, issue_sprints) FROM SERVER $deployment INTO $deployment;
		-- Columns of other types than the import makes.
		CREATE FOREIGN TABLE $deployment.odd (key text,
			points double precision OPTIONS (field 'customfield_10016'), whole integer OPTIONS (field 'customfield_10016'),
			tenths numeric(5,1) OPTIONS (field 'customfield_10031'),
			effort_text text OPTIONS (field 'customfield_10031'), customer_number numeric OPTIONS (field 'customfield_10037'),
			severity_id bigint OPTIONS (field 'customfield_10032.id'), severity_json jsonb OPTIONS (field 'customfield_10032'),
			location text OPTIONS (field 'customfield_10034'), tags text OPTIONS (field 'customfield_10040'),
			begins_on date OPTIONS (field 'customfield_10039'), starts timestamptz OPTIONS (field 'customfield_10041'),
			nothing text OPTIONS (field 'customfield_99999'), day date OPTIONS (field 'created'),
			project_name text OPTIONS (field 'project'), above text OPTIONS (field 'parent'))
			SERVER $deployment OPTIONS (object 'issues', jql 'project in (OPS, WEB, BULK)');
		SELECT count(jira_update_issue('BULK-' || n, fields => jsonb_build_object(
			'Begins at', '2026-03-29 00:59:59.7+00'::timestamptz + (n - 30) * interval '1 hour', 'Target start', date '2026-03-01' + n,
			'Story Points', n - 20, 'Effort in days', n / 8.0 - 2, 'customfield_10037', CASE n % 3 WHEN 0 THEN n || '.0' ELSE n::text END,
			'Severity', (ARRAY['Minor', 'Major', 'Critical'])[1 + n % 3]), connection => '$deployment')::text) FROM generate_series(1, 60) AS n;
		SQL
}

# The rows of a query, and its searches.
sub rows_and_searches
{
	my ($deployment, $query, @settings) = @_;
	my ($rows, @requests) = rows_and_requests($node, $jira{$deployment}, $deployment, $query,
		"search_path = $deployment, public", "timezone = 'Europe/Paris'", 'client_min_messages = error', @settings);

	return ($rows, grep { exists $_->{jql} } @requests);
}

# The same rows with pushdown and without, and some; returns the JQL of the searches.
sub same_rows
{
	my ($deployment, $condition, $table) = @_;
	my $query = "SELECT key FROM $table WHERE $condition ORDER BY key";
	my ($rows, @requests) = rows_and_searches($deployment, $query);
	my ($expected) = rows_and_searches($deployment, $query, 'jira_spoke.pushdown = off');

	is($rows, $expected, "$deployment, rows: $condition");
	return map { $_->{jql} =~ s/ AND \(project .*//r =~ s/\d{13}/MS/gr } @requests;
}

# The clauses of JQL in an order of their own.
sub parts { return join ' AND ', sort split / AND /, $_[0]; }

# Condition on the imported table, and what is asked for.
my @asked = (
	[ 'effort_in_days = 3', 'cf[10031] >= 3 AND cf[10031] <= 3' ],
	[ 'effort_in_days = 2.5', 'cf[10031] >= 2 AND cf[10031] <= 3' ],
	[ 'effort_in_days > -0.5', 'cf[10031] >= -1' ],
	[ 'effort_in_days < 0.25', 'cf[10031] <= 1' ],
	[ '1.5 >= effort_in_days', 'cf[10031] <= 2' ],
	[ 'effort_in_days BETWEEN 0.3 AND 2', 'cf[10031] >= 0 AND cf[10031] <= 2' ],
	[ 'effort_in_days IN (0.5, 2)', 'cf[10031] >= 0 AND cf[10031] <= 2' ],
	[ 'effort_in_days IS NOT NULL', 'cf[10031] is not EMPTY' ],
	[ q{target_start = '2026-03-20'}, 'cf[10041] >= "2026-03-18" AND cf[10041] <= "2026-03-22"' ],
	[ q{target_start < timestamptz '2026-03-10 12:00+02'}, 'cf[10041] <= "2026-03-12"' ],
	[ q{begins_at >= '2026-03-29 01:00:00+00'}, 'cf[10039] >= MS' ],
	[ q{begins_at BETWEEN '2026-03-29 00:59:59.7+00' AND '2026-03-29 03:59:59.7+00'}, 'cf[10039] >= MS AND cf[10039] <= MS' ],
	[ q{begins_at < date '2026-03-29'}, 'cf[10039] <= MS' ],
	[ q{severity = 'Major'}, 'cf[10032] = "Major"' ],
	[ q{severity = 'mAJOR'}, 'cf[10032] = "mAJOR"' ],
	[ q{severity IN ('Major', 'Minor')}, '(cf[10032] = "Major" OR cf[10032] = "Minor")' ],
	[ q{severity IS NOT NULL AND effort_in_days > 1}, 'cf[10032] is not EMPTY AND cf[10031] >= 1' ],
	[ q{(severity = 'Major' OR effort_in_days > 5) AND status_category = 'new'}, '(cf[10032] = "Major" OR cf[10031] >= 5) AND statusCategory in (2)' ],
);

# Conditions that are not asked for, on both tables.
my @not_asked = (
	'severity IS NULL', 'effort_in_days IS NULL', q{severity <> 'Major'}, q{severity LIKE 'M%'}, 'effort_in_days <> 3', 'effort_in_days = 1e30',
	q{effort_in_days < 'NaN'}, q{effort_in_days > '-Infinity'}, q{severity = ' Major'}, q{severity = '10101'}, q{severity = 'EMPTY'},
	q{'Web' = ANY (affected_areas)}, q{customer = 'ACME'}, q{location = 'Asia / Osaka'}, q{target_start <> '2026-03-30'}, q{begins_at > 'infinity'},
	q{reviewer = 'x'}, q{acceptance_criteria = 'x'});
my @odd_not_asked = (
	'whole = 3', 'tenths = 2.5', q{effort_text = '2.5'}, 'customer_number = 3', 'customer_number < 5', 'customer_number IS NOT NULL', 'severity_id = 10100',
	q{severity_json = '{}'}, q{location = 'Asia'}, q{tags = '[]'}, q{begins_on = '2026-03-29'}, 'begins_on IS NOT NULL', q{starts > '2026-03-29'},
	q{nothing = 'x'}, 'nothing IS NOT NULL');

for my $deployment (sort keys %jira)
{
	for my $case (@asked)
	{
		my ($condition, $jql) = @$case;
		my @searches = same_rows($deployment, "$condition AND project IN ('BULK', 'WEB')", 'issues');

		is(parts($searches[0]), parts(qq{$jql AND project in ("BULK", "WEB")}), "$deployment, JQL: $condition");
	}
	for my $condition (@not_asked)
	{
		unlike(join(' ', same_rows($deployment, "$condition AND project = 'BULK'", 'issues')), qr/cf\[/, "$deployment, not asked: $condition");
	}
	unlike(join(' ', same_rows($deployment, $_, 'odd')), qr/cf\[/, "$deployment, not asked: $_") for @odd_not_asked;
	unlike(join(' ', same_rows($deployment, 'day = (SELECT max(day) FROM odd)', 'odd')), qr/created/, "$deployment, not asked: the day of a moment");
	unlike(join(' ', same_rows($deployment, $_, 'odd')), qr/parent [=i]|project =/, "$deployment, not asked: $_")
	  for q{project_name = 'Web Shop'}, q{project_name = 'WEB'}, q{above IN (SELECT above FROM odd)}, q{above IS NOT NULL};
	like(join(' ', same_rows($deployment, 'points BETWEEN -1 AND 4.5', 'odd')), qr/cf\[10016\] >= -1 AND cf\[10016\] <= 5$/, "$deployment, double precision");
}

# Jira is asked for the types of fields once in a session.
my ($rows, @requests) = rows_and_requests($node, $jira{cloud}, 'cloud', q{SELECT count(*) FROM cloud.issues WHERE severity = 'Major' AND effort_in_days > 1;
	SELECT count(*) FROM cloud.issues WHERE severity = 'Minor'; SELECT count(*) FROM cloud.issues WHERE severity = NULL::text});
is(join(' ', map { $_->{path} =~ s{.*/}{}r } @requests), 'field jql jql', 'the fields are asked for once');
($rows, @requests) = rows_and_requests($node, $jira{cloud}, 'cloud', q{EXPLAIN SELECT key FROM cloud.issues WHERE severity = 'Major' AND effort_in_days > 1 AND customer > 'x'});
is(scalar @requests, 0, 'EXPLAIN asks nothing');
like($rows, qr/Conditions in JQL: cf\[10031\] >= '1'::numeric AND cf\[10032\] = 'Major'::text\n/, 'and shows what may be asked');

# A parameter, and one that is NULL.
is((rows_and_searches('cloud', q{PREPARE p (numeric) AS SELECT count(*) FROM issues WHERE effort_in_days >= $1 AND project = 'BULK'; SET plan_cache_mode = force_generic_plan;
	EXECUTE p(5.25); EXECUTE p(NULL); EXECUTE p(5.5)}))[0], "3\n0\n1", 'a parameter');

# What Jira refuses is asked for again with less: an option that it does not know.
for my $deployment (sort keys %jira)
{
	my @searches = same_rows($deployment, q{severity = 'Nothing' AND project = 'BULK'}, 'issues');

	is(join(', ', map { parts($_) } @searches[ 0 .. 1 ]), 'cf[10032] = "Nothing" AND project = "BULK", project is not EMPTY', "$deployment, an unknown option");
	@searches = same_rows($deployment, q{severity IN ('Major', 'Nothing') AND status_category = 'new'}, 'issues');
	is($searches[1], 'statusCategory in (2)', "$deployment, an unknown option in a list");
}

# A sprint is one that the issue is in, for Jira also one that it was in.
for my $deployment (sort keys %jira)
{
	my ($sprint) = rows_and_searches($deployment, 'SELECT sprint_id FROM issues WHERE sprint_id > 0 ORDER BY sprint_id DESC LIMIT 1');
	my %jql = (
		"sprint_id = $sprint" => "sprint = $sprint",
		"sprint_id IN ($sprint, 1, NULL)" => "(sprint = $sprint OR sprint = 1)",
		"sprint_id = ${sprint}::smallint AND status_category = 'new'" => "sprint = $sprint AND statusCategory in (2)",
		'sprint_id IS NOT NULL' => 'sprint is not EMPTY',
		"sprint_id > $sprint" => 'project is not EMPTY',
		"sprint_id <> $sprint" => 'project is not EMPTY');

	is(parts((same_rows($deployment, $_, 'issues'))[0]), parts($jql{$_}), "$deployment, JQL: $_") for sort keys %jql;
	is((same_rows($deployment, 'sprint_id = 999999', 'issues'))[0], 'sprint = 999999', "$deployment, an unknown sprint");
	my $query = "SELECT issue, sprint FROM issue_sprints WHERE sprint_id = $sprint ORDER BY issue";
	my ($rows, @requests) = rows_and_searches($deployment, $query);
	is($rows, (rows_and_searches($deployment, $query, 'jira_spoke.pushdown = off'))[0], "$deployment, issues of a sprint");
	like($requests[0]{jql}, qr/^sprint = $sprint AND /, "$deployment, JQL of these");
}

# A field that no search can name, and one that Jira does not tell of.
for my $deployment (sort keys %jira)
{
	$jira{$deployment}->set_oddities(unsearchable => ['customfield_10032']);
	unlike(join(' ', same_rows($deployment, q{severity = 'Major' AND project = 'BULK'}, 'issues')), qr/cf\[/, "$deployment, a field without a searcher");
	$jira{$deployment}->set_oddities(unsearchable => []);
	for my $status (403, 500)
	{
		$jira{$deployment}->fault(kind => 'status', status => $status, times => 20, path => '*/field');
		unlike(join(' ', same_rows($deployment, q{severity = 'Major' AND project = 'BULK'}, 'issues')), qr/cf\[/, "$deployment, fields that are refused with $status");
		$jira{$deployment}->clear_faults;
	}
}

# The points of a story are in one field or in several: Jira is asked for all of them.
my $estimate = { id => 'customfield_10050', name => 'Story point estimate', type => 'number', custom => 'com.pyxis.greenhopper.jira:jsw-story-points' };
for my $deployment (sort keys %jira)
{
	my %jql = (
		'story_points > 5' => '%s >= 5',
		'story_points = 2.5' => '%s >= 2 AND %s <= 3',
		'story_points IN (0.5, 2) AND status_category = $$new$$' => '%s >= 0 AND %s <= 2',
		'story_points IS NOT NULL' => '%s is not EMPTY');

	same_points($deployment, $_, $jql{$_} =~ s/%s/cf[10016]/gr) for sort keys %jql;
	$jira{$deployment}->set_oddities(more_fields => [$estimate]);
	for my $condition (sort keys %jql)
	{
		same_points($deployment, $condition, join ' OR ', map { $jql{$condition} =~ s/%s/$_/gr } 'cf[10050]', 'cf[10016]');
	}
	$jira{$deployment}->set_oddities(unsearchable => ['customfield_10016']);
	unlike(join(' ', same_rows($deployment, 'story_points > 5', 'issues')), qr/cf\[/, "$deployment, one of the fields has no searcher");
	$jira{$deployment}->set_oddities(unsearchable => [], lost_fields => ['customfield_10016'], more_fields => []);
	is((rows_and_searches($deployment, 'SELECT count(*) FROM issues WHERE story_points > 5'))[0], '0', "$deployment, no field for points");
	$jira{$deployment}->set_oddities(lost_fields => []);
	unlike(join(' ', same_rows($deployment, $_, 'issues')), qr/cf\[/, "$deployment, not asked: $_") for 'story_points IS NULL', 'story_points <> 3', q{story_points < 'NaN'};
}
like((rows_and_searches('cloud', 'EXPLAIN SELECT key FROM issues WHERE story_points >= 5'))[0], qr/Conditions in JQL: story_points >= '5'::numeric\n/, 'EXPLAIN of points');

# Numbers are whole, since the account's language decides what a decimal point is.
$jira{cloud}->set_oddities(translated => Cpanel::JSON::XS::true);
same_rows('cloud', "$_ AND project = 'BULK'", 'issues') for 'effort_in_days = 2.5', 'effort_in_days BETWEEN -0.75 AND 1.125', 'effort_in_days >= 5.25';
$jira{cloud}->set_oddities(translated => Cpanel::JSON::XS::false);

done_testing();

# The rows of a condition on points, and what is asked for.
sub same_points
{
	my ($deployment, $condition, $jql) = @_;
	my ($search) = same_rows($deployment, $condition, 'issues');
	my ($asked) = grep { /\bcf\[/ } $jql =~ / OR / ? $search =~ /\((.*?)\)/ : $search =~ s/ AND statusCategory.*//r;

	is($asked, $jql, "$deployment, JQL: $condition");
	return;
}
