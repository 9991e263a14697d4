# A result is complete, or it says that it is not: lists that are larger than what
# Jira returns of them.
use strict;
use warnings FATAL => 'all';

use Cpanel::JSON::XS;
use JiraSpoke;
use Test::More;

my $issues = 25_000;
my $window = 10_000;
my $server = JiraSpoke::Jira->start(deployment => 'server', issues => $issues, max_page => 1000, context => '/jira');
my $older = JiraSpoke::Jira->start(deployment => 'server', server_version => '10.2.0');
my $oldest = JiraSpoke::Jira->start(deployment => 'server', server_version => '9.12.4');
my $cloud = JiraSpoke::Jira->start(deployment => 'cloud');
my $node = start_cluster('completeness');

connect_to($node, $server, 'server');
connect_to($node, $older, 'older');
connect_to($node, $oldest, 'oldest');
connect_to($node, $cloud, 'cloud');

# Rows, errors and warnings of a query through a connection, and its requests.
sub outcome
{
	my ($jira, $alias, $query) = @_;

	$jira->forget_requests;
	my (undef, $rows, $messages) =
	  $node->psql('postgres', "SET jira_spoke.connection = '$alias'; SET jira_spoke.page_size = 1000; $query",
		extra_params => ['--set=VERBOSITY=verbose']);
	return ($rows, $messages, scalar grep { $_->{path} !~ /serverInfo/ } $jira->requests);
}


# --- The result window of Data Center.

my $all = "SELECT count(*), count(DISTINCT key) FROM jira_lookup_issues_stream('%s')";

$server->set_oddities(result_window => $window);
foreach my $answer (qw(empty refused xml))
{
	$server->set_oddities(beyond_window => $answer);
	my ($rows, $messages, $requests) = outcome($server, 'server', sprintf $all, 'project = BULK ORDER BY key');
	is("$rows $messages", "$issues|$issues ", "all rows, where Jira's answer beyond the window is: $answer");
	is($requests, 25 + 2, 'one request for each page and for each window that ends');
}

my ($rows, $messages, $requests) = outcome($server, 'server', sprintf $all, 'project in (OPS, WEB, BULK) ORDER BY key DESC');
my $expected = $node->safe_psql('postgres', "SELECT jira_count_issues('project in (OPS, WEB, BULK)', 'server')");
is("$rows $messages", "$expected|$expected ", 'of several projects, downwards');

($rows, $messages) = outcome($server, 'server', sprintf $all, 'project = BULK');
is("$rows $messages", "$issues|$issues ", 'without an order');
($rows, $messages) = outcome($server, 'server', sprintf $all, '');
is($messages, '', 'without a condition');
is((split /\|/, $rows)[1], $node->safe_psql('postgres', "SELECT jira_count_issues('', 'server')"), 'all issues of the site');

is(query_through($node, 'server', q{SELECT count(*), bool_and(key = 'BULK-' || n) FROM (
		SELECT key, row_number() OVER () AS n FROM jira_lookup_issues_stream('project = BULK ORDER BY key')) AS r}),
	"$issues|t", 'in their order');

($rows, $messages, $requests) = outcome($server, 'server', sprintf $all, 'project = BULK ORDER BY created');
like($messages, qr/54000: .*only the first 10000 rows.*25000.*ORDER BY key/s, 'another order: an error');
is("$rows $requests", ' 11', 'when the first row would be lost');

($rows, $messages, $requests) =
  outcome($server, 'server', "SELECT count(*) FROM (SELECT key FROM jira_lookup_issues_stream('project = BULK ORDER BY created') LIMIT 9500) AS few");
is("$rows $messages $requests", '9500  10', 'no error for those that need no more rows');

$server->set_oddities(names_window => Cpanel::JSON::XS::true);
($rows, $messages, $requests) = outcome($server, 'server', sprintf $all, 'project = BULK ORDER BY key');
is("$rows $messages $requests", "$issues|$issues  25", 'a window that Jira names costs no request');
$server->set_oddities(names_window => Cpanel::JSON::XS::false);

($rows, $messages, $requests) = outcome($server, 'server',
	"SELECT count(*), count(DISTINCT key) FROM jira_lookup_stories_stream('BULK')");
my $stories = $node->safe_psql('postgres', "SELECT jira_count_issues('project = BULK AND issuetype = Story', 'server')");
ok($stories > $window, "stories beyond the window: $stories");
is("$rows $messages", "$stories|$stories ", 'all stories');

# The site changes while it is read: what is deleted is not missing.
($rows, $messages) = outcome($server, 'server', q{
	BEGIN;
	DECLARE c CURSOR FOR SELECT key FROM jira_lookup_issues_stream('project = BULK ORDER BY key');
	MOVE 10000 IN c;
	SELECT jira_delete_issue('BULK-20000');
	SELECT jira_delete_issue('BULK-500');
	MOVE ALL IN c;
	COMMIT});
is($messages, '', 'issues deleted before and after the window are not taken for lost ones');

# --- The users of Data Center.

$_->control('POST', 'reset', { users => 250 }) foreach $server, $older, $oldest;
my $colleagues = "SELECT count(DISTINCT account) FROM jira_lookup_users_stream_by_name('colleague')";

($rows, $messages, $requests) = outcome($server, 'server', "RESET jira_spoke.page_size; $colleagues");
is("$rows $messages $requests", '250  1', 'all users from 10.3 on');
($rows, $messages, $requests) = outcome($server, 'server', "SET jira_spoke.page_size = 40; $colleagues");
is("$rows $messages $requests", '250  7', 'by cursor');

($rows, $messages) = outcome($older, 'older', $colleagues);
is($rows, 100, 'before, the first hundred');
like($messages, qr/WARNING: .*may be incomplete.*no more than 100 rows/s, 'with a warning');
$older->set_oddities(ignores_start => Cpanel::JSON::XS::true);
($rows, $messages) = outcome($older, 'older', $colleagues);
is($rows, 100, 'the same hundred again and again');
like($messages, qr/WARNING: .*may be incomplete.*no more than 100 rows/s, 'with a warning');
($rows, $messages) = outcome($older, 'older', "SELECT count(*) FROM jira_lookup_users_stream_by_name('colleague-24')");
is("$rows $messages", '11 ', 'fewer than that are all');

($rows, $messages) = outcome($oldest, 'oldest', "SET jira_spoke.page_size = 100; $colleagues");
is("$rows $messages", '250 ', 'all users up to 9');

# --- Warnings with status 200.

my $two = 'SELECT count(*) FROM jira_lookup_issues_stream(%s) WHERE key IN (%s)';

$cloud->set_oddities(warnings => [ { type => 'FIELD_DEPRECATED', message => 'The field "Old" is going.' } ]);
($rows, $messages) = outcome($cloud, 'cloud', "SET jira_spoke.page_size = 10; SELECT count(*) FROM jira_lookup_issues_stream('project = OPS')");
cmp_ok($rows, '>', 10, 'a warning does not end a read');
is(() = $messages =~ /WARNING: .*The field "Old" is going/gs, 1, 'and comes once, not with each page');
$cloud->set_oddities(warnings => [ { type => 'CLAUSE_LIMIT_EXCEEDED', message => 'Too many values.' } ]);
like((outcome($cloud, 'cloud', "SELECT count(*) FROM jira_lookup_issues_stream('project = OPS')"))[1],
	qr/54000: .*does not return all rows.*Too many values/s, 'rows that are missing are an error');
$cloud->set_oddities(warnings => []);

# --- The latest comment, whatever the order is.

my $latest = q{SELECT body FROM jira_lookup_latest_comment_on_issue('OPS-1')};
foreach my $place ([ $server, 'server' ], [ $cloud, 'cloud' ])
{
	my ($jira, $alias) = @$place;

	$node->safe_psql('postgres', "SELECT jira_add_comment('OPS-1', 'comment ' || n, connection => '$alias') FROM generate_series(1, 12) AS n");
	$jira->set_oddities(comments => 'ordered');
	($rows, $messages, $requests) = outcome($jira, $alias, $latest);
	is("$rows $messages $requests", 'comment 12  1', "$alias: the latest comment");
	$jira->set_oddities(comments => 'unordered');
	($rows, $messages, $requests) = outcome($jira, $alias, $latest);
	is("$rows $messages", 'comment 12 ', "$alias: the latest comment, of a list that is neither ordered nor cut");
}

# --- Sprints.

is(query_through($node, 'server', q{SELECT started = (raw ->> 'activatedDate')::timestamptz AND started > (raw ->> 'startDate')::timestamptz
	FROM jira_lookup_sprints_by_board(1, ARRAY['active'])}), 't', 'a sprint started when it was activated');
is(query_through($node, 'server', q{SELECT count(*) FROM jira_lookup_sprints_by_board(1)}), 9, 'a board with sprints');
is(query_through($node, 'server', q{SELECT count(*) FROM jira_lookup_sprints_by_board(3)}), 0, 'a board without sprints has none');
$server->set_oddities(unmapped_boards => [1]);
is(query_through($node, 'server', q{SELECT count(*) FROM jira_lookup_sprints_by_board(1)}), 0, 'nor has one whose columns show no status');
is(query_through($node, 'cloud', q{SELECT count(*) FROM jira_lookup_projects_stream('nothing of this name')}), 0, 'no project matches');

$node->stop;
done_testing();
