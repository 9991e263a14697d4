# What issues have several of, a row for each: comments, changes and so on.  Rows are those that the Jira
# has, also of issues of which a search shows a part, at the price of the search.
use strict;
use warnings FATAL => 'all';

use Cpanel::JSON::XS;
use JiraSpoke::OAuth;
use JiraSpoke;
use PostgreSQL::Test::Utils;
use Test::More;

my %jira = map { $_ => JiraSpoke::Jira->start(deployment => $_, issues => 300) } qw(cloud server);
my $node = start_cluster('items', 'jira_spoke.max_retries = 0', "jira_spoke.gateway_url = '" . $jira{cloud}->url . "'");
my %activity;

for my $deployment (sort keys %jira)
{
	$jira{$deployment}->control('POST', 'activity', { project => 'BULK' });
	$activity{$deployment} = $jira{$deployment}->control('GET', 'activity');
	connect_to($node, $jira{$deployment}, $deployment);
	$node->safe_psql('postgres', <<~"SQL");
		CREATE SERVER $deployment FOREIGN DATA WRAPPER jira_spoke OPTIONS (connection '$deployment');
		CREATE SCHEMA $deployment;
		IMPORT FOREIGN SCHEMA jira FROM SERVER $deployment INTO $deployment OPTIONS (custom_fields 'none');
		SQL
}
connect_to($node, $jira{cloud}, 'documents', api_version => 3);

rows_are_those_of_jira();
cut_issues_are_completed();
rows_come_in_the_order_of_the_search();
conditions_narrow();
a_limit_stops_early();
changes_of_fields();
worklogs_since_a_time();
apps_read_items();
replies_that_lie();
requests_for_many_issues();

unlike(slurp_file($node->logfile), qr/terminated by signal|PANIC|TRAP/, 'nothing crashed');
done_testing();

# Rows of a query, and the requests that it took.
sub rows_and_requests
{
	my ($connection, $query) = @_;
	my $deployment = $connection eq 'server' ? 'server' : 'cloud';

	$jira{$deployment}->forget_requests;
	my $rows = $node->safe_psql('postgres', "SET jira_spoke.connection = '$connection'; SET search_path = $deployment, public; $query");

	return ($rows, map { "$_->{method} " . ($_->{path} =~ s{.*/rest/api/\d/}{}r) } $jira{$deployment}->requests);
}

sub rows { return (rows_and_requests(@_))[0]; }

# Rows as JSON texts, in an order of their own.
sub texts
{
	my $json = Cpanel::JSON::XS->new->canonical->ascii;

	return [ sort map { $json->encode($_) } @_ ];
}

# The rows of a kind that the Jira has.
sub stored
{
	my ($deployment, $kind, $keeps) = @_;

	return texts(grep { !$keeps || $keeps->($_) } @{ $activity{$deployment}{$kind} });
}

# Those that a query finds, and the requests that it took.
sub found
{
	my ($connection, $columns, $from) = @_;
	my ($rows, @requests) = rows_and_requests($connection, "SELECT jsonb_build_array($columns) FROM $from");

	return (texts(map { decode_json($_) } split /\n/, $rows), @requests);
}

# Compares many rows, and shows few.
sub same_rows
{
	my ($found, $expected, $name) = @_;
	my %count;

	$count{$_}++ for @$expected;
	$count{$_}-- for @$found;
	my @different = map { "$count{$_} $_" } grep { $count{$_} } sort keys %count;
	ok(@$expected && !@different, $name) or diag(join "\n", scalar(@different) . ' rows differ', @different[ 0 .. ($#different < 5 ? $#different : 5) ]);
	return;
}

sub moment { return "to_char($_[0] AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.MS\"+0000\"')"; }

sub rows_are_those_of_jira
{
	my %columns = (
		worklogs => join(', ', qw(issue worklog_id author author_name), moment('started'), 'seconds', 'comment', moment('created'), moment('updated')),
		links => join(', ', qw(issue link_id link_type relation direction other_issue)),
		attachments => join(', ', qw(issue id filename mime_type size author author_name), moment('created')),
		sprints => join(', ', qw(issue sprint_id sprint state)),
		changes => join(', ', qw(issue change_id), moment('at'), qw(author author_name field field_id from_value from_text to_value to_text)),
		comments => join(', ', qw(issue comment_id author author_name body), moment('created'), moment('updated'), 'visibility'));

	my %function = map { $_ => $_ =~ /attachments|sprints/ ? "jira_lookup_issue_${_}_stream" : "jira_lookup_${_}_stream" } keys %columns;

	for my $connection (qw(cloud server documents))
	{
		my $deployment = $connection eq 'server' ? 'server' : 'cloud';

		for my $kind (sort keys %columns)
		{
			my ($rows, @requests) = found($connection, $columns{$kind}, "$function{$kind}('project is not EMPTY')");

			same_rows($rows, stored($deployment, $kind), "$connection, $kind");
			($rows, @requests) = found($connection, $columns{$kind}, "issue_$kind");
			same_rows($rows, stored($deployment, $kind), "$connection, table of $kind");
			note join "\n", @requests;
		}
	}
	return;
}

# Requests, and how many of each.
sub counted
{
	my %count;

	$count{s{/\d+/}{/ID/}r}++ for @_;
	return join ', ', map { "$count{$_} $_" } sort keys %count;
}

sub sum { my $sum = 0; $sum += $_ for @_; return $sum; }

# Every fiftieth issue has more than an issue shows.
sub cut_issues_are_completed
{
	my ($rows, @requests) = rows_and_requests('cloud', q{SELECT count(*), count(DISTINCT comment_id) FROM issue_comments WHERE project = 'BULK'});

	is($rows, join('|', (scalar grep { $_->[0] =~ /^BULK/ } @{ $activity{cloud}{comments} }) x 2), 'each comment comes once');
	like(counted(@requests), qr{6 GET issue/ID/comment}, 'and an issue that is cut has a request of its own');
	($rows, @requests) = rows_and_requests('server', q{SELECT count(*) FROM issue_comments WHERE project = 'BULK'});
	is(counted(@requests), '2 GET search', 'of Data Center no issue is cut');
	($rows, @requests) = rows_and_requests('cloud', q{SET jira_spoke.page_size = 10; SELECT count(*), count(DISTINCT comment_id) FROM issue_comments WHERE issue = 'BULK-50'});
	is($rows, '45|45', 'a cut issue on pages');
	is(counted(@requests), '5 GET issue/ID/comment, 1 GET search/jql', 'of this size');
	($rows, @requests) = rows_and_requests('cloud', q{SET jira_spoke.parallel_requests = 1; SELECT count(*), count(DISTINCT worklog_id) FROM issue_worklogs WHERE project = 'BULK'});
	is($rows, join('|', (scalar grep { $_->[0] =~ /^BULK/ } @{ $activity{cloud}{worklogs} }) x 2), 'one request at a time');
	$jira{cloud}->fault(kind => 'status', path => '/rest/api/*/issue/*/comment', status => 404, body => '{"errorMessages": ["Issue does not exist"]}', times => 1);
	is(rows('cloud', q{SELECT count(*) > 0, count(*) FILTER (WHERE issue = 'BULK-50') FROM issue_comments WHERE issue IN ('BULK-50', 'BULK-51')}),
		't|0', 'an issue that was deleted meanwhile has no comments');
	$jira{cloud}->clear_faults;
	$jira{cloud}->fault(kind => 'status', path => '/rest/api/*/issue/*/comment', status => 403, times => 1);
	like(error_through($node, 'cloud', q{SELECT count(*) FROM jira_lookup_comments_stream('key = BULK-50')}), qr/42501/, 'a refusal is an error');
	$jira{cloud}->clear_faults;
	return;
}

sub rows_come_in_the_order_of_the_search
{
	my $query = q{SELECT DISTINCT ON (n) issue FROM (SELECT issue, row_number() OVER () AS n FROM %s('project = BULK ORDER BY key %s')) AS s};

	for my $connection (qw(cloud server))
	{
		my $deployment = $connection eq 'server' ? 'server' : 'cloud';
		my @issues = map { $_->[0] } grep { $_->[0] =~ /^BULK/ } @{ $activity{$deployment}{comments} };

		is(rows($connection, sprintf $query, 'jira_lookup_comments_stream', 'ASC'), join("\n", @issues), "$connection, in the order of the JQL");
		is(join(' ', do { my $last = ''; grep { my $new = $_ ne $last; $last = $_; $new } split /\n/, rows($connection, sprintf $query, 'jira_lookup_comments_stream', 'DESC') }),
			join(' ', do { my $last = ''; grep { my $new = $_ ne $last; $last = $_; $new } reverse @issues }), "$connection, in the other one");
	}
	return;
}

sub conditions_narrow
{
	my %queries = (
		q{SELECT count(*) FROM issue_comments WHERE issue = 'BULK-8'} => qr/key = "?BULK-8"? AND/,
		q{SELECT count(*) FROM issue_comments WHERE issue_id = '10410'} => qr/id = /,
		q{SELECT count(*) FROM issue_changes WHERE project = 'BULK'} => qr/project = "?BULK"? AND/,
		q{SELECT count(*) FROM issue_links WHERE jql = 'key = BULK-5'} => qr/project is not EMPTY AND \(key = BULK-5\)$/,
		q{SELECT count(*) FROM issue_comments WHERE created > now() - interval '1 day' AND author = 'demo' AND updated < now()} => qr/^project is not EMPTY$/,
		q{SELECT count(*) FROM issue_attachments WHERE id = '10000' AND author = 'x'} => qr/^project is not EMPTY$/);

	for my $deployment (sort keys %jira)
	{
		for my $query (sort keys %queries)
		{
			my $rows = rows($deployment, $query);
			my %parameters = map { @$_ } @{ (grep { $_->{path} =~ m{/search} } $jira{$deployment}->requests)[0]{query} };

			like($parameters{jql}, $queries{$query}, "$deployment, JQL of $query");
			is(rows($deployment, "SET jira_spoke.pushdown = off; $query"), $rows, 'rows without that');
		}
		my ($rows, @requests) = rows_and_requests($deployment, q{SELECT c.issue, count(*) FROM (VALUES ('BULK-3'), ('BULK-50'), ('BULK-9999')) AS l (key)
			JOIN jira_lookup_comments_stream('project = BULK') AS c ON c.issue = l.key GROUP BY 1 ORDER BY 1});
		is($rows, "BULK-3|2\nBULK-50|45", "$deployment, joined by key");
		cmp_ok(scalar @requests, '<=', 4, "$deployment, by few requests");
		is(rows($deployment, q{SELECT issue, count(*) FROM issue_comments WHERE issue IN ('BULK-3', 'BULK-50', 'nothing') GROUP BY 1 ORDER BY 1}),
			"BULK-3|2\nBULK-50|45", "$deployment, a list of keys");
	}
	$node->safe_psql('postgres', q{CREATE TABLE local AS SELECT 'BULK-' || n AS key FROM generate_series(1, 300, 40) AS n; ANALYZE local});
	my ($joined, @requests) = rows_and_requests('cloud', 'SELECT count(*) FROM local AS l JOIN issue_comments AS c ON c.issue = l.key');
	my %local = map { ("BULK-$_" => 1) } map { 1 + 40 * $_ } 0 .. 7;
	is($joined, scalar(grep { $local{ $_->[0] } } @{ $activity{cloud}{comments} }), 'a table of items joined with local rows');
	cmp_ok(scalar @requests, '<=', 3, 'by few requests: ' . counted(@requests));
	is($node->safe_psql('postgres', q{ANALYZE cloud.issue_comments; SELECT reltuples FROM pg_class WHERE oid = 'cloud.issue_comments'::regclass}),
		scalar @{ $activity{cloud}{comments} }, 'ANALYZE counts items');
	is(rows('cloud', q{SELECT issue, jql FROM issue_comments WHERE jql = 'key = BULK-2'}), 'BULK-2|key = BULK-2', 'the column jql');
	is(rows('cloud', q{SELECT tableoid::regclass, (c).issue, to_jsonb(c) ->> 'body' IS NOT NULL FROM issue_comments AS c WHERE issue = 'BULK-2'}),
		'issue_comments|BULK-2|t', 'whole rows');
	like(rows('cloud', q{EXPLAIN (COSTS OFF) SELECT body FROM issue_comments WHERE issue = 'BULK-2' AND created > now()}),
		qr/Conditions in JQL: key = 'BULK-2'.*Conditions Checked Here Only: .*created > now\(\).*\(column\).*Fields: comment$/s, 'EXPLAIN');
	return;
}

sub a_limit_stops_early
{
	for my $table (qw(issue_comments issue_worklogs issue_links issue_attachments issue_sprints))
	{
		my ($rows, @requests) = rows_and_requests('cloud', "SELECT count(*) FROM (SELECT issue FROM $table LIMIT 3) AS s");

		is($rows, 3, "LIMIT of $table");
		is(counted(grep { !/field$/ } @requests), '1 GET search/jql', 'reads one page');
	}
	my ($rows, @requests) = rows_and_requests('cloud', 'SELECT count(*) FROM (SELECT issue FROM issue_changes LIMIT 3) AS s');
	is(counted(@requests), '1 GET search/jql, 1 POST changelog/bulkfetch', 'and of issue_changes that of a few issues');
	is(scalar @{ decode_json((grep { $_->{body} } $jira{cloud}->requests)[0]{body})->{issueIdsOrKeys} }, 50, 'of fifty');
	return;
}

sub changes_of_fields
{
	my $columns = join ', ', qw(issue change_id), moment('at'), qw(author author_name field field_id from_value from_text to_value to_text);

	for my $deployment (sort keys %jira)
	{
		my ($rows) = found($deployment, $columns, q{jira_lookup_changes_stream('project = BULK', ARRAY['summary'])});

		same_rows($rows, stored($deployment, 'changes', sub { $_[0][0] =~ /^BULK/ && $_[0][5] eq 'summary' }), "$deployment, changes of a field");
		is(rows($deployment, q{SELECT count(*) FROM jira_lookup_changes_stream('project = BULK', ARRAY['Story Points', 'resolution'])}), '0', "$deployment, by name");
	}
	is(decode_json((grep { $_->{body} } $jira{cloud}->requests)[0]{body})->{fieldIds}[0], 'customfield_10016', 'Cloud looks for them');
	my ($rows, @requests) = rows_and_requests('cloud', q{SET jira_spoke.max_response_size = '1MB';
		SELECT count(*), count(DISTINCT change_id) FROM jira_lookup_changes_stream('key in (BULK-48, BULK-98)')});
	is($rows,
		'346|260', 'changes on several pages');
	is(counted(@requests), '1 GET search/jql, 3 POST changelog/bulkfetch', 'of less than a reply may have');
	return;
}

# Those that were changed since then, of the issues that the JQL finds.
sub worklogs_since_a_time
{
	my $columns = join ', ', qw(issue worklog_id author author_name), moment('started'), 'seconds', 'comment', moment('created'), moment('updated');

	for my $deployment (sort keys %jira)
	{
		my @all = sort { $a->[8] cmp $b->[8] } grep { $_->[0] =~ /^BULK/ } @{ $activity{$deployment}{worklogs} };
		my $since = $all[-200][8];
		my ($rows, @requests) = found($deployment, $columns, "jira_lookup_worklogs_stream('project = BULK', '$since')");

		same_rows($rows, stored($deployment, 'worklogs', sub { $_[0][0] =~ /^BULK/ && $_[0][8] ge $since }), "$deployment, worklogs since a time");
		is(counted(@requests), '2 GET search' . ($deployment eq 'cloud' ? '/jql' : '') . ', 1 GET worklog/updated, 1 POST worklog/list', "$deployment, by four requests");
		is(rows($deployment, "SELECT count(*) FROM jira_lookup_worklogs_stream('project = OPS', '$since')"),
			scalar(grep { $_->[0] =~ /^OPS/ && $_->[8] ge $since } @{ $activity{$deployment}{worklogs} }), "$deployment, of other issues");
		is(rows($deployment, "SELECT count(*) FROM jira_lookup_worklogs_stream('project is not EMPTY', '1960-01-01')"),
			scalar @{ $activity{$deployment}{worklogs} }, "$deployment, all");
		is(rows($deployment, "SELECT count(*) FROM jira_lookup_worklogs_stream('project is not EMPTY', now() + '1 day')"), '0', "$deployment, none");
		is(rows($deployment, "SELECT count(*) FROM jira_lookup_worklogs_stream('project is not EMPTY', NULL)"),
			scalar @{ $activity{$deployment}{worklogs} }, "$deployment, no time");
		is(rows($deployment, "SELECT count(*) FROM jira_lookup_worklogs_stream('project = BULK', '$since') WHERE issue = '$all[-1][0]'"),
			scalar(grep { $_->[0] eq $all[-1][0] && $_->[8] ge $since } @all), "$deployment, with a condition");

		# A day is not one of our time zone.
		my ($few, @day) = rows_and_requests($deployment, "SET timezone = 'Pacific/Auckland'; SELECT count(*) FROM issue_worklogs WHERE started >= '$since'");
		my %parameters = map { @$_ } @{ (grep { $_->{path} =~ m{/search} } $jira{$deployment}->requests)[0]{query} };
		is($few, scalar(grep { $_->[4] ge $since } @{ $activity{$deployment}{worklogs} }), "$deployment, by the day of work");
		like($parameters{jql}, qr/^worklogDate >= "\d+-\d+-\d+" AND \(project is not EMPTY\)$/, "$deployment, in JQL");
	}
	for my $case ([ 'server', 'refuse' ], [ 'cloud', 'refuse' ], [ 'cloud', 'empty' ])
	{
		my ($deployment, $unknown) = @$case;
		my $since = (sort map { $_->[8] } @{ $activity{$deployment}{worklogs} })[-100];
		my ($id) = map { $_->{id} } grep { $_->{key} eq 'BULK-7' } @{ $jira{$deployment}->control('GET', 'issues?project=BULK') };

		$jira{$deployment}->control('POST', 'search', { unknown_keys => $unknown });
		$jira{$deployment}->fault(kind => 'status', status => 200, path => '/rest/api/*worklog/list', content_type => 'application/json',
			body => qq{[{"id": "1", "issueId": "99999999"}, {"id": "2", "issueId": "$id"}]});
		is(rows($deployment, "SELECT issue, worklog_id FROM jira_lookup_worklogs_stream('project = BULK', '$since')"), 'BULK-7|2',
			"$deployment, an issue that is gone, which makes a search $unknown");
		$jira{$deployment}->clear_faults;
		$jira{$deployment}->control('POST', 'search', { unknown_keys => 'refuse' });
	}
	like(error_through($node, 'cloud', q{SELECT * FROM jira_lookup_worklogs_stream('key = A-1) OR (key = A-2', '2020-01-01')}), qr/22023.*not closed/s, 'parentheses of the JQL');
	like(error_through($node, 'cloud', q{SELECT * FROM jira_lookup_worklogs_stream('nonsense = 1', '2020-01-01')}), qr/22023.*nonsense/s, 'JQL that Jira refuses');
	like(error_through($node, 'cloud', q{SELECT * FROM jira_lookup_worklogs_stream('key = A-1', 'infinity')}), qr/22023.*finite/s, 'no time at all');
	return;
}

# An app reads no ids first.
sub apps_read_items
{
	connect_oauth($node, $jira{cloud}, 'app');
	my ($rows) = rows_and_requests('app', q{SELECT count(*), count(DISTINCT comment_id) FROM jira_lookup_comments_stream('project is not EMPTY')});

	is($rows, join('|', (scalar @{ $activity{cloud}{comments} }) x 2), 'comments for an app');
	is(rows('app', q{SELECT count(*) FROM jira_lookup_changes_stream('project is not EMPTY')}), scalar @{ $activity{cloud}{changes} }, 'changes');
	return;
}

# What is not what it should be is an error, never a part of the rows.
sub replies_that_lie
{
	my $comments = q{SELECT count(*) FROM jira_lookup_comments_stream('key = BULK-50')};
	my $changes = q{SELECT count(*) FROM jira_lookup_changes_stream('key = BULK-50')};
	my $worklogs = q{SELECT count(*) FROM jira_lookup_worklogs_stream('project = BULK', '2020-01-01')};
	my $search = sub { '{"isLast": true, "issues": [{"id": "1", "key": "BULK-1", "fields": {"comment": ' . $_[0] . '}}]}' };
	my @lies = (
		[ 'search/jql', $comments, $search->('{"comments": 5}'), qr/08P01.*"fields.comment.comments\|fields.comment" of issue "BULK-1" is not a list/s ],
		[ 'search/jql', $comments, $search->('{"comments": "x", "total": 1}'), qr/08P01.*is not a list/s ],
		[ 'search/jql', $comments, '{"isLast": true, "issues": [{"key": "BULK-1", "fields": {"comment": {"total": 2, "comments": []}}}]}', qr/08P01.*no id/s ],
		[ 'comment', $comments, '{"startAt": 0, "total": 45, "comments": []}', qr/08P01.*45/s ],
		[ 'comment', $comments, '{"startAt": 5, "total": 45, "comments": [{"id": "1"}]}', qr/08P01.*from 5 on came/s ],
		[ 'comment', $comments, '{"total": 45, "comments": [{"id": "1"}]}', qr/08P01.*came again/s ],
		[ 'comment', $comments, '{"total": 45}', qr/08P01.*no list "comments"/s ],
		[ 'bulkfetch', $changes, '{"issueChangeLogs": [{"issueId": "7", "changeHistories": []}]}', qr/08P01.*not asked for/s ],
		[ 'bulkfetch', $changes, '{"issueChangeLogs": [], "nextPageToken": "same"}', qr/08P01.*announced twice/s ],
		[ 'worklog/updated', $worklogs, '{"values": [{"worklogId": 1}], "until": 5, "lastPage": false}', qr/08P01.*would be the same/s ],
		[ 'worklog/updated', $worklogs, '{"lastPage": true}', qr/08P01.*no list "values"/s ],
		[ 'worklog/list', $worklogs, '[{"id": "1"}]', qr/08P01.*does not tell its issue/s ],
		[ 'worklog/list', $worklogs, '{"x": 1}', qr/08P01.*not a list/s ],
		[ 'bulkfetch', $changes, '{"issueChangeLogs": 1}', qr/08P01.*no list "issueChangeLogs"/s ]);

	for my $lie (@lies)
	{
		my ($path, $query, $body, $error) = @$lie;

		$jira{cloud}->fault(kind => 'status', status => 200, path => "/rest/api/*$path*", content_type => 'application/json', body => $body);
		like(error_through($node, 'cloud', $query), $error, "$path: $body");
		$jira{cloud}->clear_faults;
	}
	$jira{cloud}->fault(kind => 'wrong_type', path => '/rest/api/*search/jql*', content_type => 'application/json',
		body => $search->('[{"id": "4", "body": "bare"}, null]'));
	is(query_through($node, 'cloud', q{SELECT comment_id, body FROM jira_lookup_comments_stream('key = BULK-50')}), '4|bare', 'a bare list, as documents show it');
	$jira{cloud}->clear_faults;
	# A name with an escape in it is read in another way.
	my ($id) = map { $_->{id} } grep { $_->{key} eq 'BULK-48' } @{ $jira{cloud}->control('GET', 'issues?project=BULK') };
	my $escaped = sub { qq({"isLast": true, "issues": [{"id": "$id", "ke\\u0079": "BULK-48", "fields": {"comment": $_[0]}}]}) };
	$jira{cloud}->fault(kind => 'status', status => 200, path => '/rest/api/*search/jql*', content_type => 'application/json',
		body => $escaped->('{"total": 2, "comments": [{"id": "4", "bod\u0079": "x"}, {"id": "5", "body": "y"}]}'));
	is(query_through($node, 'cloud', q{SELECT issue, comment_id, body FROM jira_lookup_comments_stream('key = BULK-48')}), "BULK-48|4|x\nBULK-48|5|y", 'unusual rows');
	is(query_through($node, 'cloud', q{SELECT issue, count(*) FROM jira_lookup_changes_stream('key = BULK-48') GROUP BY 1}), 'BULK-48|173', 'kept until they are asked for');
	$jira{cloud}->clear_faults;
	$jira{cloud}->fault(kind => 'status', status => 200, path => '/rest/api/*search/jql*', content_type => 'application/json',
		body => $escaped->('{"total": 2, "comments": []}'));
	is(query_through($node, 'cloud', q{SELECT count(*) FROM jira_lookup_comments_stream('key = BULK-48')}),
		scalar(grep { $_->[0] eq 'BULK-48' } @{ $activity{cloud}{comments} }), 'and completed');
	$jira{cloud}->clear_faults;
	$jira{server}->fault(kind => 'wrong_type', path => '/rest/api/2/search*', content_type => 'application/json',
		body => '{"startAt": 0, "maxResults": 50, "total": 1, "issues": [{"id": "1", "key": "BULK-1"}]}');
	like(error_through($node, 'server', $changes), qr/08P01.*lacks the list/s, 'Data Center without the changes that were asked for');
	$jira{server}->clear_faults;
	$jira{server}->fault(kind => 'status', status => 200, path => '/rest/api/2/search*', content_type => 'application/json',
		body => '{"startAt": 0, "maxResults": 50, "total": 1, "issues": [{"id": "10410", "key": "BULK-1", "changelog": {"total": 3, "histories": []}}]}');
	like(error_through($node, 'server', $changes), qr/54000: .*only a part .*issue 10410.*id != 10410/s, 'more changes than it shows, and no way to ask for them');
	$jira{server}->fault(kind => 'status', status => 200, path => '/rest/api/2/issue/10410/changelog', content_type => 'application/json',
		body => '{"startAt": 0, "total": 3, "isLast": true, "values": [{"id": "1", "items": [{"field": "a"}, {"field": "b"}]}, {"id": "2", "items": []}, {"id": "3", "items": [{"field": "c"}]}]}');
	is(query_through($node, 'server', q{SELECT change_id, field FROM jira_lookup_changes_stream('key = BULK-1')}), "1|a\n1|b\n3|c", 'where there is one');
	$jira{server}->clear_faults;
	return;
}

# Items cost no more than the issues do.
sub requests_for_many_issues
{
	my $jira = $jira{cloud};

	$jira->control('POST', 'reset', { issues => 5000 });
	$jira->control('POST', 'activity', { project => 'BULK' });
	my (undef, @search) = rows_and_requests('cloud', q{SELECT count(labels) FROM jira_lookup_issues_stream('project = BULK')});
	my ($rows, @requests) = rows_and_requests('cloud', q{SELECT count(*) FROM jira_lookup_comments_stream('project = BULK')});
	my @cut = grep { m{issue/\d+/comment} } @requests;

	is(scalar @cut, 100, 'requests for issues that are cut');
	is(@requests - @cut, scalar @search, 'the others are those of a search');
	my ($changes, @changes) = rows_and_requests('cloud', q{SELECT count(*) FROM jira_lookup_changes_stream('project = BULK')});
	is(counted(@changes), '1 GET search/jql, 5 POST changelog/bulkfetch', 'changes of 5,000 issues');
	(my $again, @changes) = rows_and_requests('cloud', q{SET jira_spoke.page_size = 100; SELECT count(*) FROM jira_lookup_changes_stream('project = BULK')});
	is($again, $changes, 'the same in small pages');
	is(counted(@changes), '50 GET search/jql, 5 POST changelog/bulkfetch', 'of the search');

	# What has been read is given back.
	for my $kind (qw(comments worklogs changes))
	{
		my $sum = 'SELECT sum(used_bytes) FROM pg_backend_memory_contexts';
		my ($early, $late) = split /\n/, rows('cloud', "BEGIN; DECLARE c CURSOR FOR SELECT raw FROM jira_lookup_${kind}_stream('project = BULK');
			MOVE 2000 FROM c; $sum; MOVE 5000 FROM c; $sum");

		cmp_ok($late - $early, '<', 3e6, "memory does not grow with $kind: $early, then $late bytes");
	}
	return;
}
