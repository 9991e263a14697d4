# jira_spoke.log_min_duration: slow requests in the server's log, with what a
# DBA needs to find them, and nothing that is secret or the user's.
use strict;
use warnings FATAL => 'all';

use JiraSpoke;
use JiraSpoke::OAuth;
use JiraSpoke::Outbox;
use PostgreSQL::Test::Utils;
use Test::More;

my $jira = JiraSpoke::Jira->start(context => '/context');
my $site = JiraSpoke::Jira->start;
my $url = $site->url;
my $node = start_cluster('request_log', "jira_spoke.gateway_url = '$url'", 'log_statement = none');
my $line = qr/LOG:  request to Jira took (\d+\.\d{3}) ms: (.*)/;

connect_to($node, $jira, 'work');
$node->safe_psql('postgres', 'CREATE ROLE clerk LOGIN IN ROLE jira_spoke_user; SELECT jira_grant_connection($$work$$, $$clerk$$)');

# The log of what this does, and the requests in it, as [milliseconds, the rest].
sub logged
{
	my ($test) = @_;
	my $from = -s $node->logfile;

	$test->();
	my $log = substr slurp_file($node->logfile), $from;
	my @requests;
	push @requests, [ $1, $2 ] while $log =~ /$line/g;
	return ($log, @requests);
}

# The same of a query whose requests are logged from so many milliseconds on.
sub logged_from
{
	my ($least, $query) = @_;

	return logged(sub { query_error($node, "SET jira_spoke.log_min_duration = $least; $query") });
}

my ($log, @requests);

# --- Which requests.

($log, @requests) = logged(sub { query_error($node, server_query('work')) });
is(scalar @requests, 0, 'nothing is logged unless it is asked for');
($log, @requests) = logged_from('-1', server_query('work'));
is(scalar @requests, 0, '-1 is off');
($log, @requests) = logged_from("'1 h'", server_query('work'));
is(scalar @requests, 0, 'a request that takes less is not logged');
$jira->fault(kind => 'latency', ms => 300, times => 1);
($log, @requests) = logged_from("'300 ms'", server_query('work'));
is(scalar @requests, 1, 'one that takes as long is');
cmp_ok($requests[0][0], '>=', 300, 'with the time that it took');
like(query_error($node, q{SELECT jira_quote('x'); SET jira_spoke.log_min_duration = 0}, role => 'clerk'), qr/42501/, 'a user does not turn it on');
($log, @requests) = logged(sub { rows_or_error($node, 'SET jira_spoke.log_min_duration = 0; ' . server_query('work'), role => 'clerk') });
is(scalar @requests, 0, 'nor before the library is loaded');

# --- What is told of them.

($log, @requests) = logged_from(0, server_query('work'));
is(scalar @requests, 1, '0 logs all');
like($requests[0][1], qr{^GET /context/rest/api/2/serverInfo, status 200, connection "work", retries: 0, bytes: [1-9]\d+$}, 'what was asked, and what came');
unlike($log, qr/STATEMENT|CONTEXT|SELECT/, 'without the statement');

my $jql = q{SELECT key FROM jira_lookup_issues_stream('summary ~ "my words"', connection => 'work') LIMIT 1};
($log, @requests) = logged_from(0, $jql);
like($requests[0][1], qr{^GET /context/rest/api/2/search/jql, status 200}, 'a search');
unlike($log, qr/words/, 'without what was searched for');

$jira->fault(kind => 'rate_limit', retry_after => 1, times => 1);
($log, @requests) = logged_from("'1 s'", server_query('work'));
like($requests[0][1], qr/status 200, .* retries: 1, /, 'a request that was repeated is one');
cmp_ok($requests[0][0], '>=', 1000, 'and took the time between as well');

$jira->fault(kind => 'silence', times => 1);
($log, @requests) = logged_from(0, 'SET jira_spoke.timeout = 100; ' . server_query('work'));
like($requests[0][1], qr/serverInfo, no reply, connection "work", retries: 0, bytes: 0$/, 'a request without a reply');

my $secret = $jira->secret;
($log, @requests) = logged_from(0, "SELECT jira_request('GET', '/rest/api/2/$secret', '{\"password\": \"hidden\"}', connection => 'work')");
like($requests[0][1], qr{^GET /context/rest/api/2/\*+, status 404}, 'a secret in a path is masked');
unlike($log, qr/\Q$secret\E|hidden|password/, 'and is nowhere else');

# --- Of all processes.

change_settings($node, log_min_duration => 0);
($log, @requests) = logged(sub { is(outcome($node, create($node, 'logged', connection => 'work')), 'done|1', 'an item of the outbox') });
is(scalar(grep { $_->[1] =~ m{^POST /context/rest/api/2/issue, status 201, connection "work"} } @requests), 1, 'is logged');
unlike($log, qr/logged/, 'without its arguments');

($log, @requests) = logged(sub { connect_oauth($node, $site, 'oauth') });
like($requests[0][1], qr{^POST /oauth/token, status 200, connection "oauth"}, 'a request for tokens');
expire_tokens($node);
($log, @requests) = logged(sub { is(query_error($node, server_query('oauth')), '', 'and one for newer ones') });
is(scalar(grep { $_->[1] =~ m{^POST /oauth/token, status 200} } @requests), 1, 'are logged');
unlike($log, qr/token=|code=|refresh_token|access_token|client_secret/, 'without tokens');

$node->stop;
done_testing();
