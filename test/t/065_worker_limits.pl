# What a session sets for its requests also holds for the background worker that
# signs in for it.
use strict;
use warnings FATAL => 'all';

use JiraSpoke;
use JiraSpoke::OAuth;
use List::Util qw(sum0);
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(usleep);

my $megabyte = 1024 * 1024;
my $jira = JiraSpoke::Jira->start;
my $node = start_cluster('limits', 'jira_spoke.max_retries = 0', q{jira_spoke.gateway_url = '} . $jira->url . q{'});
my $read = q{SELECT key FROM jira_lookup_issue('OPS-1', connection => 'work')};

connect_oauth($node, $jira, 'work');
largest_reply();
endless_reply();

$node->stop;
done_testing();

# The reply to a renewal, of a little more than a kilobyte.
sub largest_reply
{
	my %reply = (kind => 'status', status => 200, content_type => 'application/json', path => '/oauth/token', times => 1,
		body => '{"access_token": "no-token-of-Jira"' . ' ' x 1024 . '}');

	expire_tokens($node);
	$jira->fault(%reply);
	like(rows_or_error($node, "SET jira_spoke.max_response_size = '1kB'; $read"), qr/ERROR:  54000: .*too large/, 'a reply that is larger than the session allows');
	$jira->fault(%reply);
	is(rows_or_error($node, "SET jira_spoke.max_response_size = '10kB'; $read"), 'OPS-1', 'one that is not');
	return;
}

# Jira sends no more than is read, and what the buffers of two sockets hold.
sub endless_reply
{
	expire_tokens($node);
	$jira->forget_requests;
	$jira->fault(kind => 'endless_body', path => '/oauth/token', times => 1);
	like(rows_or_error($node, "SET jira_spoke.max_response_size = '1MB'; $read"), qr/ERROR:  54000: .*too large/, 'a reply without an end');
	cmp_ok(sent(), '<', 32 * $megabyte, 'is not read much further than the session allows');
	return;
}

# The bytes that Jira has sent, once it has noticed that nobody reads any more.
sub sent
{
	for (1 .. 50 * $PostgreSQL::Test::Utils::timeout_default)
	{
		my @sent = map { $_->{sent} } grep { $_->{path} eq '/oauth/token' } $jira->requests;

		return sum0(@sent) if @sent && !grep { $_ == 0 } @sent;
		usleep(20_000);
	}
	die 'the answer does not end';
}
