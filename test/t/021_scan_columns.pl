# A read in FROM asks Jira for the columns that the query uses, and for no more
# pages, of no larger size, than its rows need.
use strict;
use warnings FATAL => 'all';

use JiraSpoke;
use Test::More;

my $node = start_cluster('scan_columns', 'jira_spoke.pushdown = off');
my %jira;

for my $deployment (qw(cloud server))
{
	$jira{$deployment} = JiraSpoke::Jira->start(
		deployment => $deployment,
		issues => 5000,
		context => $deployment eq 'server' ? '/jira' : undef);
	connect_to($node, $jira{$deployment}, $deployment);
}
$node->safe_psql('postgres', <<~'SQL');
	CREATE TABLE local AS SELECT 'BULK-1' AS key;
	CREATE FUNCTION first_keys(integer) RETURNS SETOF text LANGUAGE plpgsql AS $$
	DECLARE
		issue record;
	BEGIN
		FOR issue IN SELECT key FROM jira_lookup_issues_stream('project = BULK') LOOP
			RETURN NEXT issue.key;
			$1 := $1 - 1;
			EXIT WHEN $1 = 0;
		END LOOP;
	END $$;
	SQL

# Runs a query, the first one of a new backend; returns the requests that it
# took as hashes of their parameters.
sub requests_of
{
	my ($deployment, $query) = @_;

	$query =~ s/BULK\(\)/jira_lookup_issues_stream('project = BULK')/g;
	$jira{$deployment}->forget_requests;
	$node->safe_psql('postgres', "SET jira_spoke.connection = '$deployment'; BEGIN; $query; ROLLBACK");
	return map { +{ map { @$_ } @{ $_->{query} } } } $jira{$deployment}->requests;
}

# The sizes of the pages that it asked for.
sub sizes_of { return join ' ', map { $_->{maxResults} } requests_of(@_); }

# What the query uses, and what is asked for.  "key" alone is the least that
# can be asked for.
my @columns = (
	[ 'key' => 'SELECT count(*) FROM BULK() LIMIT 1' ],
	[ 'key' => 'SELECT FROM BULK() LIMIT 1' ],
	[ 'key' => 'SELECT key FROM BULK() LIMIT 1' ],
	[ 'key' => 'SELECT id, key FROM BULK() LIMIT 1' ],
	[ 'summary' => 'SELECT summary FROM BULK() LIMIT 1' ],
	[ 'summary' => 'SELECT key, summary FROM BULK() LIMIT 1' ],
	[ 'project,status' => 'SELECT status_category, project, status FROM BULK() LIMIT 1' ],
	[ 'assignee' => 'SELECT assignee, assignee_name FROM BULK() LIMIT 1' ],
	[ 'issuetype,priority' => 'SELECT priority, issue_type FROM BULK() LIMIT 1' ],
	[ 'labels,components,fixVersions' => 'SELECT fix_versions, labels, components FROM BULK() LIMIT 1' ],
	[ 'created,updated,resolutiondate,duedate' => 'SELECT created, updated, resolved, due FROM BULK() LIMIT 1' ],
	[ 'description' => 'SELECT description FROM BULK() LIMIT 1' ],
	[ 'parent,reporter' => 'SELECT upper(parent), reporter FROM BULK() LIMIT 1' ],
	[ 'priority' => q{SELECT key FROM BULK() WHERE priority = 'High' LIMIT 1} ],
	[ 'summary,created' => 'SELECT summary FROM BULK() ORDER BY created LIMIT 1' ],
	[ 'status' => 'SELECT count(*) FROM BULK() GROUP BY status' ],
	[ 'summary' => 'SELECT i.summary FROM local JOIN BULK() AS i USING (key)' ],
	[ 'summary' => 'UPDATE local AS l SET key = i.summary FROM BULK() AS i WHERE i.key = l.key RETURNING i.key' ],
	[ 'summary' => 'DELETE FROM local AS l USING BULK() AS i WHERE i.key = l.key RETURNING i.summary' ],
	[ 'summary' => 'SELECT i.summary FROM local AS l JOIN BULK() AS i USING (key) FOR UPDATE OF l' ],
	[ 'summary' => 'MERGE INTO local AS l USING BULK() AS i ON i.key = l.key WHEN MATCHED THEN UPDATE SET key = i.summary' ],
	[ 'key' => 'UPDATE local SET key = key WHERE EXISTS (SELECT FROM BULK() AS i WHERE i.key = local.key)' ],
	[ 'status' => 'SELECT i.status FROM local AS l JOIN (SELECT key, status FROM BULK() UNION ALL '
		  . 'SELECT key, status FROM BULK()) AS i USING (key) FOR UPDATE OF l' ],
	[ 'customfield_10016' =>
		q{SELECT key, fields FROM jira_lookup_issues_stream('project = BULK', fields => '{customfield_10016}') LIMIT 1} ],
	[ 'customfield_10016,summary' =>
		q{SELECT summary FROM jira_lookup_issues_stream('project = BULK', fields => '{customfield_10016}') LIMIT 1} ],
	[ '*navigable' => 'SELECT fields FROM BULK() LIMIT 1' ],
	[ '*navigable' => 'SELECT key, fields FROM BULK() LIMIT 1' ],

	# Of the column "fields", what the query takes out of it.
	[ 'customfield_10016' => q{SELECT fields ->> 'customfield_10016' FROM BULK() LIMIT 1} ],
	[ 'customfield_10016,customfield_10032,summary' => q{SELECT key, summary, fields['customfield_10032'] -> 'value' FROM BULK()
		WHERE (fields ->> 'customfield_10016')::numeric IS NULL LIMIT 1} ],
	[ 'customfield_10016' => q{SELECT points FROM (SELECT key, fields ->> 'customfield_10016' AS points FROM BULK()) AS v ORDER BY points LIMIT 1} ],
	[ 'customfield_10016' => q{SELECT sum((fields ->> 'customfield_10016')::numeric) FROM BULK() GROUP BY fields ->> 'customfield_10016'} ],
	[ 'customfield_10016,parent' => q{SELECT l.key FROM local AS l JOIN BULK() AS i
		ON l.key = i.fields -> 'parent' ->> 'key' WHERE i.fields ->> 'customfield_10016' IS NULL} ],
	[ 'customfield_10016' => q{UPDATE local AS l SET key = i.fields ->> 'customfield_10016' FROM BULK() AS i WHERE i.key = l.key} ],
	[ 'customfield_10016,priority' => q{SELECT priority, fields ->> 'customfield_10016' FROM BULK() LIMIT 1} ],
	[ '*navigable' => q{SELECT fields ->> 'comment' FROM BULK() LIMIT 1} ],
	[ '*navigable' => q{SELECT fields ->> 'customfield_10016x', fields ->> 'customfield_' FROM BULK() LIMIT 1} ],
	[ '*navigable' => q{SELECT fields ->> 'customfield_10016', fields ->> lower(key) FROM BULK() LIMIT 1} ],
	[ 'customfield_10016' => q{SELECT fields ->> NULL::text, fields ->> 'customfield_10016' FROM BULK() LIMIT 1} ],
	[ '*navigable' => q{SELECT fields, fields ->> 'customfield_10016' FROM BULK() AS i LIMIT 1} ],
	[ '*navigable,assignee,components,created,description,duedate,fixVersions,issuetype,labels,parent,priority,project,'
		  . 'reporter,resolution,resolutiondate,status,summary,updated' =>
		  q{SELECT i, fields ->> 'customfield_10016' FROM BULK() AS i LIMIT 1} ],
	[ '*navigable' => q{SELECT fields ->> 'customfield_10016' FROM BULK() WHERE fields ? 'customfield_10016' LIMIT 1} ],
	[ '*navigable' => q{SELECT fields ->> 'customfield_10016', (SELECT count(*) FROM jsonb_each(fields)) FROM BULK() LIMIT 1} ],
	[ '*navigable' => q{SELECT f.key FROM BULK() AS i, jsonb_each(i.fields) AS f WHERE i.fields ->> 'customfield_10016' IS NULL LIMIT 1} ],
	[ '*navigable,-summary' => q{SELECT fields ->> 'customfield_10016' FROM jira_lookup_issues_stream('project = BULK', fields => '{-summary}') LIMIT 1} ],
);

# Rows asked for at once; on Data Center, where that is another number.
my @sizes = (
	[ 100 => 'SELECT key, summary FROM BULK()' ],
	[ 5000 => 'SELECT key FROM BULK()', 1000 ],
	[ 1000 => 'SELECT EXISTS (SELECT FROM BULK())' ],
	[ 1000 => 'SELECT key FROM local WHERE key IN (SELECT key FROM BULK())' ],
	[ 1000 => 'DECLARE c CURSOR FOR SELECT key FROM BULK(); FETCH 1 FROM c' ],
	[ 7 => 'SELECT summary FROM BULK() LIMIT 7' ],
	[ 7 => 'SELECT key FROM BULK() LIMIT 7' ],
	[ 10 => 'SELECT summary FROM BULK() LIMIT 7 OFFSET 3' ],
	[ 100 => 'SELECT summary FROM BULK() LIMIT 700' ],
	[ 7 => 'SELECT count(summary) FROM (SELECT summary FROM BULK() LIMIT 7) AS i' ],
	[ 2 => 'SELECT local.key, i.summary FROM local, LATERAL (SELECT summary FROM BULK() LIMIT 2) AS i' ],
	[ 12 => q{SELECT summary FROM jira_lookup_issues_stream('project = BULK', max_rows => 12)} ],
	[ 30 => 'SET jira_spoke.page_size = 30; SELECT key FROM BULK() LIMIT 40' ],
	[ 7 => 'SET jira_spoke.page_size = 30; SELECT key FROM BULK() LIMIT 7' ],
	# A small page would be wrong where more rows are needed than are shown.
	[ 100 => q{SELECT summary FROM BULK() WHERE summary LIKE '%3%' LIMIT 7} ],
	[ 100 => 'SELECT summary FROM BULK() ORDER BY summary LIMIT 7' ],
	[ 100 => 'SELECT summary FROM BULK() GROUP BY summary LIMIT 7' ],
	[ 100 => 'SELECT DISTINCT summary FROM BULK() LIMIT 7' ],
	[ 100 => 'SELECT i.summary FROM local CROSS JOIN BULK() AS i LIMIT 7' ],
	[ 100 => 'SELECT summary, sum(1) OVER (ORDER BY summary) FROM BULK() LIMIT 7' ],
);

# One request, though there are 5,000 issues.
my %early = (
	'LIMIT' => 'SELECT key, summary FROM BULK() LIMIT 10',
	'a cursor' => 'DECLARE c CURSOR FOR SELECT key, summary FROM BULK(); FETCH 10 FROM c',
	'LATERAL' => 'SELECT local.key, i.summary FROM local, LATERAL (SELECT summary FROM BULK() LIMIT 10) AS i',
	'EXISTS' => 'SELECT EXISTS (SELECT FROM BULK() WHERE summary IS NOT NULL)',
	'a loop in PL/pgSQL' => 'SELECT * FROM first_keys(10)',
	'the target list' => q{SELECT (jira_lookup_issues_stream('project = BULK')).key LIMIT 10});

for my $deployment (sort keys %jira)
{
	for my $case (@columns)
	{
		my ($fields, $query) = @$case;
		my ($first) = requests_of($deployment, $query);

		# The order of the fields means nothing.
		is_deeply([ sort split /,/, $first->{fields} ], [ sort split /,/, $fields ],
			 "$deployment fields: $query");
	}
	for my $case (@sizes)
	{
		my ($size, $query, $size_on_server) = @$case;
		my ($first) = requests_of($deployment, $query);

		$size = $size_on_server // $size if $deployment eq 'server';
		is($first->{maxResults}, $size, "$deployment page: $query");
	}
	for my $name (sort keys %early)
	{
		is(scalar requests_of($deployment, $early{$name}), 1, "$deployment: one request for $name");
	}
}

# The stop of a stream is the last page that Jira announces, no empty one.
is(scalar requests_of('cloud', 'SELECT key, summary FROM BULK()'), 7, 'cloud: 5000 issues, ids in one request and the rest in five');
is(scalar requests_of('cloud', 'SET jira_spoke.parallel_requests = 1; SELECT key, summary FROM BULK()'), 50, 'cloud: page by page, 50 requests');
is(sizes_of('server', 'SET jira_spoke.parallel_requests = 1; SELECT key, summary FROM BULK()'), '100 1000 1000 1000 1000 1000', 'server: 5000 issues, large pages after the first');
is(sizes_of('server', 'SELECT key, summary FROM BULK() LIMIT 700'), '100 600', 'but no larger than needed');
like(sizes_of('server', 'SELECT summary FROM BULK(), local LIMIT 150'), qr/^100 1000/, 'unless that is not known');
is(sizes_of('cloud', q{SET jira_spoke.page_size = 2000; SELECT key FROM BULK()}), '2000 2000 2000', 'cloud: the size that is set');
is(sizes_of('cloud', 'SELECT count(*) FROM BULK()'), '5000', 'cloud: 5000 keys, one request');
is(sizes_of('cloud', 'DECLARE c CURSOR FOR SELECT key FROM BULK(); MOVE 1001 IN c'), '1000 5000', 'cloud: a cursor that asks for keys');

done_testing();
