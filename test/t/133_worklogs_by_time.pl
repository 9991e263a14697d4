# Worklogs that were changed in some time are read by that time, and not with all issues:
# the same rows as with the issues, what Jira does not tell yet included, for few requests.
# With SPOKE_FULL more random conditions.
use strict;
use warnings FATAL => 'all';

use Cpanel::JSON::XS;
use HTTP::Tiny;
use JiraSpoke;
use MIME::Base64 qw(encode_base64);
use POSIX qw(strftime);
use PostgreSQL::Test::Utils;
use Test::More;

my $seed = $ENV{SPOKE_SEED} // 1;
my $number = $ENV{SPOKE_FULL} ? 20 : 5;
my %jira = map { $_ => JiraSpoke::Jira->start(deployment => $_, issues => 5000) } qw(cloud server);
my $node = start_cluster('worklogs', 'jira_spoke.max_retries = 0', 'jit = off', q{timezone = 'UTC'});
my %worklogs;

for my $deployment (sort keys %jira)
{
	begin_with($deployment);
	connect_to($node, $jira{$deployment}, $deployment);
	$node->safe_psql('postgres', <<~"SQL");
		CREATE SERVER $deployment FOREIGN DATA WRAPPER jira_spoke OPTIONS (connection '$deployment');
		CREATE SCHEMA $deployment;
		IMPORT FOREIGN SCHEMA jira LIMIT TO (issue_worklogs, issue_comments) FROM SERVER $deployment INTO $deployment;
		SQL
}

for my $deployment (qw(cloud server))
{
	few_requests($deployment);
	begin_with($deployment, 700);
	forms_of_conditions($deployment);
	what_is_not_told_yet($deployment);
	clocks_that_differ($deployment);
	the_cheaper_way($deployment);
	the_search_where_it_must_be($deployment);
	refusals($deployment);
	random_bounds($deployment);
}
plans_say_what_is_asked();
unlike(slurp_file($node->logfile), qr/terminated by signal|PANIC|TRAP/, 'nothing crashed');
done_testing();

# Issues with what people did to them.
sub begin_with
{
	my ($deployment, $issues) = @_;

	$jira{$deployment}->control('POST', 'reset', { issues => $issues }) if $issues;
	$jira{$deployment}->control('POST', 'activity', { project => 'BULK' });
	$worklogs{$deployment} = [ sort { $a->[8] cmp $b->[8] } @{ $jira{$deployment}->control('GET', 'activity')->{worklogs} } ];
	return;
}

# Rows of a query, and how many requests of each kind it took.
sub ask
{
	my ($deployment, $query) = @_;

	$jira{$deployment}->forget_requests;
	my ($status, $rows, $error) = $node->psql('postgres', "SET jira_spoke.connection = '$deployment'; SET search_path = $deployment, public; $query");
	my %count;

	$count{ ($_->{path} =~ m{/search} ? 'GET ' : "$_->{method} ") . ($_->{path} =~ s{.*/rest/api/\d/}{}r =~ s{/\d+/}{/ID/}r =~ s{^search/jql$}{search}r) }++ for $jira{$deployment}->requests;
	return ($status == 0 ? $rows : $error, \%count);
}

sub sum { my $sum = 0; $sum += $_ for @_; return $sum; }
sub shown { my ($count) = @_; return join ', ', map { "$count->{$_} $_" } sort keys %$count; }

# The rows are those of the issues.  Returns the requests, and those for the issues.
sub same_rows
{
	my ($deployment, $condition, $name, $settings) = @_;
	my $query = ($settings // '') . "SELECT issue_id, issue, worklog_id, author, started, seconds, comment, created, updated, raw
		FROM issue_worklogs WHERE $condition ORDER BY worklog_id";
	my ($rows, $requests) = ask($deployment, $query);
	my ($expected, $all) = ask($deployment, "SET jira_spoke.pushdown = off; $query");

	ok($rows eq $expected, "$deployment, $name: " . (() = $rows =~ /^\d+\|/mg) . ' rows, ' . sum(values %$requests) . ' requests instead of ' . sum(values %$all))
	  or diag "$condition\n" . substr($rows, 0, 500) . "\n" . substr($expected, 0, 500);
	is($all->{'GET worklog/updated'}, undef, 'none of them by time where nothing is to be asked') if $all->{'GET worklog/updated'};
	return ($requests, $all, $rows);
}

# The requests of the usual way, and so many searches more.
sub by_time
{
	my ($searches) = @_;

	return "$searches GET search, 1 GET worklog/updated, 1 POST worklog/list";
}

# The time of the last change but so many.
sub moment { my ($deployment, $back) = @_; return $worklogs{$deployment}[ -$back ][8]; }

# A moment that does not move while queries are compared.
sub seconds_ago { return strftime q{'%Y-%m-%d %H:%M:%S+00'::timestamptz}, gmtime(time - $_[0]); }

sub jira_request
{
	my ($deployment, $method, $path, $body) = @_;
	my $jira = $jira{$deployment};
	my $answer = HTTP::Tiny->new->request($method, $jira->url . "/rest/api/2/$path",
		{ defined $body ? (content => encode_json($body)) : (), headers => { 'Content-Type' => 'application/json',
			Authorization => 'Basic ' . encode_base64($jira->username . ':' . $jira->secret, '') } });

	die "$method $path: $answer->{status} $answer->{content}" unless $answer->{success};
	return length $answer->{content} ? decode_json($answer->{content}) : undef;
}

sub log_work { my ($deployment, $issue) = @_; return jira_request($deployment, POST => "issue/$issue/worklog", { timeSpentSeconds => 600 })->{id}; }

sub few_requests
{
	my ($deployment) = @_;
	my ($from, $to) = map { moment($deployment, $_) } 400, 200;
	my ($requests, undef, $rows) = same_rows($deployment, "updated BETWEEN '$from' AND '$to'", '200 worklogs of some hours');

	is(shown($requests), by_time(1), "$deployment, by three requests");
	like($rows, qr/^\d+\|BULK-/, "$deployment, and there are some");
	($requests) = same_rows($deployment, "updated >= '$from'", 'and later ones');
	is(shown($requests), by_time(2), "$deployment, by one more for what is not told yet");
	return;
}

sub forms_of_conditions
{
	my ($deployment) = @_;
	my ($from, $to) = map { moment($deployment, $_) } 300, 100;
	my @conditions = (
		"updated > '$from' AND updated < '$to'", "'$from' <= updated AND '$to' >= updated", "updated = '$from'",
		"updated >= '$from'::timestamptz::date - 4 AND updated < '$from'::timestamptz::date - 3",
		"updated >= timestamp '" . ($from =~ s/\+0000//r) . "' AND updated <= '$to'",
		"updated >= '$from' AND project = 'BULK' AND author_name IS NOT NULL", "updated >= '$from' AND jql = 'project = OPS'",
		"updated >= '$from' AND seconds > 600 AND updated <= '$to' AND updated <= '$to'",
		"updated >= '$to' AND updated <= '$from'", "updated >= now() + interval '1 day'", "updated >= '$from' AND jql = 'key = BULK-699'",
		"updated >= (SELECT '$from'::timestamptz)");

	for my $condition (@conditions)
	{
		my ($requests) = same_rows($deployment, $condition, $condition);

		is($requests->{'GET worklog/updated'}, 1, "$deployment, by time");
		cmp_ok(sum(values %$requests), '<=', 8, "$deployment, for little") or diag shown($requests);
	}
	my ($requests) = same_rows($deployment, "updated >= '$from' AND updated < NULL", 'nothing is later than nothing');
	is(shown($requests), '', "$deployment, which takes no request");
	my $prepared = "SET plan_cache_mode = force_generic_plan; PREPARE p (timestamptz, interval) AS SELECT count(*) FROM issue_worklogs WHERE updated BETWEEN \$1 AND \$1 + \$2;";
	my $execute = "EXECUTE p ('$from', '1 minute'); EXECUTE p (NULL, '1 day'); EXECUTE p ('$from', '10 minutes')";
	my ($rows, $executed) = ask($deployment, "$prepared $execute");
	is($rows, (ask($deployment, "SET jira_spoke.pushdown = off; $prepared $execute"))[0], "$deployment, parameters");
	is($executed->{'GET worklog/updated'}, 2, "$deployment, by time");

	# A value after another.
	my $lateral = "SELECT place, n FROM (VALUES (1, '$from'::timestamptz), (2, '$to'), (3, NULL), (4, now()), (5, '$from')) AS v (place, t),
		LATERAL (SELECT count(*) AS n FROM issue_worklogs WHERE updated >= v.t OFFSET 0) AS w ORDER BY 1";
	is((ask($deployment, $lateral))[0], (ask($deployment, "SET jira_spoke.pushdown = off; $lateral"))[0], "$deployment, values one after another");

	# The time that is asked for may be that of the last change before.
	$jira{$deployment}->control('POST', 'worklogs', { after => Cpanel::JSON::XS::true });
	same_rows($deployment, "updated >= '$from' AND updated <= '$to'", 'where Jira tells what is later than a time');
	same_rows($deployment, "updated >= '2000-01-01'", 'on several pages there');
	$jira{$deployment}->control('POST', 'worklogs', { after => Cpanel::JSON::XS::false });
	return;
}

# Jira is silent of a minute; the function does not lose it either.
sub what_is_not_told_yet
{
	my ($deployment) = @_;
	my $since = moment($deployment, 50);
	my $start = seconds_ago(1);
	my @made = map { log_work($deployment, $_) } 'OPS-3', 'BULK-7', 'BULK-698', 'BULK-98';
	my $edited = $worklogs{$deployment}[10];
	my $new = join ' OR ', map { "worklog_id = '$_'" } @made, $edited->[1];

	jira_request($deployment, PUT => "issue/$edited->[0]/worklog/$edited->[1]", { timeSpentSeconds => 6000 });
	for my $delay (60, 0)
	{
		$jira{$deployment}->control('POST', 'worklogs', { delay => $delay });
		my ($requests) = same_rows($deployment, "updated >= '$since'", "with what was changed just now, told $delay seconds later");
		is($requests->{'GET worklog/updated'}, 1, "$deployment, by time");
		cmp_ok(sum(values %$requests), '<=', 5, "$deployment, for little");
		is((ask($deployment, "SELECT count(*), count(DISTINCT worklog_id) FROM issue_worklogs WHERE updated >= '$since' AND ($new)"))[0], '5|5', "$deployment, once each");
		is((ask($deployment, "SELECT count(*), count(DISTINCT worklog_id) FROM jira_lookup_worklogs_stream('project is not EMPTY', '$since')"))[0],
			(ask($deployment, "SET jira_spoke.pushdown = off; SELECT count(*), count(*) FROM issue_worklogs WHERE updated >= '$since'"))[0], "$deployment, the function has them, too");
		is((ask($deployment, "SELECT count(*) FROM jira_lookup_worklogs_stream('project = OPS', $start)"))[0], 1, "$deployment, of the issues that it is asked for");
		same_rows($deployment, "updated >= $start", 'those alone');
		same_rows($deployment, "updated BETWEEN '$since' AND now() - interval '10 minutes'", 'without them');
	}
	$jira{$deployment}->control('POST', 'worklogs', { delay => 60 });
	$jira{$deployment}->control('POST', 'search', { epoch => Cpanel::JSON::XS::false, seconds => Cpanel::JSON::XS::true });
	same_rows($deployment, "updated >= '$since'", 'where JQL has no milliseconds');
	$jira{$deployment}->control('POST', 'search', { epoch => Cpanel::JSON::XS::true, seconds => Cpanel::JSON::XS::false });
	jira_request($deployment, DELETE => "issue/OPS-3/worklog/$made[0]");
	jira_request($deployment, DELETE => 'issue/BULK-698');
	same_rows($deployment, "updated >= '$since'", 'a worklog and an issue that are gone');
	$node->safe_psql('postgres', "CREATE TABLE IF NOT EXISTS local (key text, hours int); TRUNCATE local; INSERT INTO local SELECT 'BULK-' || n, 0 FROM generate_series(1, 100) AS n");
	my $join = "SELECT l.key, count(w.worklog_id) FROM local AS l LEFT JOIN issue_worklogs AS w ON w.issue = l.key AND w.updated >= '2020-01-01' GROUP BY 1 ORDER BY 1";
	is((ask($deployment, $join))[0], (ask($deployment, "SET jira_spoke.pushdown = off; $join"))[0], "$deployment, joined with local rows");
	my $update = "BEGIN; UPDATE local AS l SET hours = w.seconds FROM issue_worklogs AS w WHERE w.issue = l.key AND w.updated >= '$start'; SELECT * FROM local WHERE hours > 0 ORDER BY key; ROLLBACK";
	is((ask($deployment, $update))[0], (ask($deployment, "SET jira_spoke.pushdown = off; $update"))[0], "$deployment, local rows that are changed");
	return;
}

# What is a minute ago is a matter of Jira's clock.
sub clocks_that_differ
{
	my ($deployment) = @_;

	for my $ahead (-100000, 100000)
	{
		$jira{$deployment}->control('POST', 'clock', { ahead => $ahead });
		my $made = log_work($deployment, 'BULK-9');
		my ($at) = grep { $_->[1] eq $made } @{ $jira{$deployment}->control('GET', 'activity')->{worklogs} };
		my ($requests, undef, $rows) = same_rows($deployment, "updated >= '$at->[8]'::timestamptz - interval '1 hour' AND updated <= '$at->[8]'::timestamptz + interval '1 second'",
			"a clock that is $ahead seconds ahead");

		like($rows, qr/\|$made\|/, "$deployment, the last one is there");
		jira_request($deployment, DELETE => "issue/BULK-9/worklog/$made");
	}
	$jira{$deployment}->control('POST', 'clock', { ahead => 0 });
	return;
}

# Whoever asks for much gets it with the issues, for about what these cost.
sub the_cheaper_way
{
	my ($deployment) = @_;

	for my $condition ("updated >= '2000-01-01'", "updated >= '2000-01-01' AND project = 'WEB'", "updated <= '2100-01-01'",
		"updated >= '2000-01-01' AND jql = 'project = OPS'", "updated < '" . moment($deployment, 1000) . "'")
	{
		my ($requests, $all) = same_rows($deployment, $condition, $condition);

		cmp_ok(sum(values %$requests), '<=', 5 + 1.3 * sum(values %$all), "$deployment, not many requests more") or diag shown($requests);
	}
	unlike((ask($deployment, "EXPLAIN (ANALYZE, COSTS OFF) SELECT issue FROM issue_worklogs WHERE updated >= '" . moment($deployment, 100) . "'"))[0],
		qr/All Issues Read/, "$deployment, EXPLAIN ANALYZE of few");
	my ($rows, $requests) = ask($deployment, "SELECT count(*) FROM (SELECT issue FROM issue_worklogs WHERE updated >= '2000-01-01' LIMIT 3) AS s");
	is("$rows, " . shown($requests), '3, ' . by_time(1), "$deployment, LIMIT stops early");
	return;
}

sub the_search_where_it_must_be
{
	my ($deployment) = @_;
	my $since = moment($deployment, 100);

	for my $condition ("updated >= '$since' AND issue = 'BULK-697'", "updated >= '$since' AND issue IN ('BULK-697', 'BULK-9')",
		"updated >= '$since' AND jql = 'project = OPS ORDER BY key'", "updated >= '$since' OR seconds > 6000", "date_trunc('hour', updated) >= '$since'")
	{
		my ($requests) = same_rows($deployment, $condition, $condition);

		is($requests->{'GET worklog/updated'}, undef, "$deployment, with the issues");
	}
	is((ask($deployment, "SELECT count(*) FROM issue_comments WHERE updated >= '$since'"))[1]{'GET worklog/updated'}, undef, "$deployment, other items have no such way");
	return;
}

# A site, or a token, that lacks this way has the search.
sub refusals
{
	my ($deployment) = @_;
	my $jira = $jira{$deployment};
	my $since = moment($deployment, 100);
	my $function = "SELECT count(*) FROM jira_lookup_worklogs_stream('project = BULK', '$since')";

	for my $path (qw(worklog/updated worklog/list))
	{
		for my $status (401, 403, 404)
		{
			$jira->fault(kind => 'status', status => $status, path => "/rest/api/*$path", body => '{"errorMessages": ["no"]}', content_type => 'application/json');
			same_rows($deployment, "updated >= '$since'", "$path is refused with $status");
			like((ask($deployment, "EXPLAIN (ANALYZE, COSTS OFF) SELECT issue FROM issue_worklogs WHERE updated >= '$since' AND project = 'OPS'"))[0],
				qr/All Issues Read: true/, "$deployment, EXPLAIN ANALYZE says so");
			isnt((ask($deployment, $function))[0], 100, "$deployment, who asks for it hears so") if $status != 401;
			$jira->clear_faults;
		}
	}
	my $milliseconds = $node->safe_psql('postgres', "SELECT (extract(epoch FROM '$since'::timestamptz) * 1000)::bigint");
	$jira->fault(kind => 'status', status => 200, path => '/rest/api/*worklog/updated', content_type => 'application/json',
		body => qq({"values": [{"worklogId": 1, "updatedTime": $milliseconds}], "until": $milliseconds, "lastPage": false}));
	same_rows($deployment, "updated >= '$since'", 'more changes of a moment than fit a page');
	like((ask($deployment, $function))[0], qr/^1\d\d$/, "$deployment, for the function, too");
	$jira->clear_faults;
	return;
}

sub random_bounds
{
	my ($deployment) = @_;
	my @zones = ('UTC', 'Pacific/Kiritimati', 'America/Los_Angeles', 'Asia/Kolkata');
	my @all = @{ $worklogs{$deployment} };
	my %ways;

	srand $seed;
	my $bound = sub {
		my $at = "'$all[ int rand @all ][8]'::timestamptz";
		return ($at, "$at + interval '1 ms'", "$at - interval '0.5 ms'", "($at)::date", "($at)::timestamp", seconds_ago(int rand 300))[ rand 6 ];
	};
	for my $n (1 .. $number)
	{
		my @parts = map { 'updated ' . ('>=', '>', '<=', '<')[ rand 4 ] . ' ' . $bound->() } 1 .. 1 + rand 3;

		push @parts, ("project = 'OPS'", "jql = 'project = WEB'", 'seconds > 1200', "started < now()", "author_name LIKE '%a%'")[ rand 5 ] if rand() < 0.4;
		log_work($deployment, 'BULK-' . (1 + int rand 600)) if rand() < 0.2;
		my ($requests, $all) = same_rows($deployment, join(' AND ', @parts), "seed $seed, query $n: @parts", "SET timezone = '$zones[ rand @zones ]';");
		$ways{ $requests->{'POST worklog/list'} ? 'time' : $requests->{'GET worklog/updated'} ? 'both' : 'search' }++;
		cmp_ok(sum(values %$requests), '<=', 5 + 1.3 * sum(values %$all), 'for little') or diag shown($requests);
	}
	ok($ways{time}, "$deployment, ways: " . join ', ', map { "$ways{$_} $_" } sort keys %ways);
	return;
}

sub plans_say_what_is_asked
{
	my $explain = sub { return (ask('cloud', "EXPLAIN (COSTS OFF) SELECT issue FROM issue_worklogs WHERE $_[0]"))[0]; };

	like($explain->("updated >= now() - interval '30 days' AND updated < '2030-01-01' AND project = 'OPS'"),
		qr/Conditions in JQL: project = 'OPS'::text\n\s+Conditions on Items: updated <= '2030-01-01.* AND updated >= \(now\(\) - '30 days'::interval\)\n/, 'EXPLAIN');
	unlike($explain->("updated >= now()"), qr/Checked Here Only|Conditions in JQL/, 'all of it is asked');
	like($explain->("updated >= now() OR project = 'OPS'"), qr/Checked Here Only: .*\(column\)/, 'but not in an OR');
	unlike($explain->("updated >= now() OR project = 'OPS'"), qr/Conditions on Items/, 'which is no condition on items');
	like((ask('cloud', q{EXPLAIN (COSTS OFF) SELECT issue FROM jira_lookup_worklogs_stream('project = OPS') WHERE updated > now()}))[0],
		qr/Conditions on Items: updated >= now\(\)/, 'of the function, too');
	unlike((ask('cloud', q{SET jira_spoke.pushdown = off; EXPLAIN (COSTS OFF) SELECT issue FROM issue_worklogs WHERE updated > now()}))[0],
		qr/Conditions on Items/, 'unless the setting turns it off');
	return;
}
