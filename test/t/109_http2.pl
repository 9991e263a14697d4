# Where a site speaks HTTP/2, as Cloud does, one connection carries all requests
# that are under way; where it does not, as many connections do.
use strict;
use warnings FATAL => 'all';

use JiraSpoke;
use JiraSpoke::Background;
use JiraSpoke::Http2;
use JiraSpoke::Stall;
use JiraSpoke::Tls;
use Test::More;

plan skip_all => 'nghttpx (package nghttp2-proxy) is not installed' unless JiraSpoke::Http2->is_installed;
plan skip_all => 'openssl is not installed' if system('openssl version >/dev/null 2>&1') != 0;

my $authority = JiraSpoke::Tls->new('authority');
my $certificate = $authority->certificate('proxy', 'IP:127.0.0.1');
my $jira = JiraSpoke::Jira->start(issues => 3000, latency => 50);
my $node = start_cluster('http2');

sub keys_query
{
	my ($alias) = @_;

	return "SET jira_spoke.parallel_requests = 16; SELECT count(*), count(DISTINCT key)
		FROM jira_lookup_issues((SELECT array_agg('BULK-' || i) FROM generate_series(1, 3000) AS i), connection => '$alias') WHERE labels IS NOT NULL;\n";
}

for my $case ([ 'h2', 1, 1 ], [ 'http/1.1', 2, 16 ])
{
	my ($protocol, $fewest, $most) = @$case;
	my $proxy = JiraSpoke::Http2->start($jira, $certificate, $protocol);
	my $file = $authority->file;

	connect_to($node, $jira, $protocol, url => $proxy->url, options => qq({"ca_file": "$file"}));
	ok($node->poll_query_until('postgres', "SELECT ok FROM jira_test_connection('$protocol')"), "$protocol: the proxy is there");
	$proxy->forget_requests;
	is($node->safe_psql('postgres', keys_query($protocol)), '3000|3000', "$protocol: each key once");
	my @requests = $proxy->await_requests(30, qr{/bulkfetch$});
	is(scalar @requests, 30, "$protocol: with all requests");
	is_deeply([ grep { $_->[1] ne $protocol || $_->[2] != 200 } @requests ], [], "$protocol: by that protocol");
	my %connections = map { $_->[0] => 1 } @requests;
	cmp_ok(scalar keys %connections, '>=', $fewest, "$protocol: connections");
	cmp_ok(scalar keys %connections, '<=', $most, "$protocol: not more of them");
	goes_on_after_a_cancel($protocol);
	sends_a_change_once($protocol, $proxy);
}

# All wait for a first handshake that never ends.
connect_to($node, $jira, 'mute', url => 'https://127.0.0.1:' . mute_port());
like(query_error($node, q{SET jira_spoke.connect_timeout = 500; } . keys_query('mute')),
	qr/ERROR:  08001: .*could not reach Jira in time/, 'a handshake without an end');

$node->stop;
done_testing();

# Requests that are broken off take no other ones with them.  The session has had
# a reply before, and knows what the site speaks.
sub goes_on_after_a_cancel
{
	my ($alias) = @_;

	$jira->close_gate(path => '*/bulkfetch');
	$jira->forget_requests;
	my $session = JiraSpoke::Background->start($node, server_query($alias) . ';' . keys_query($alias) . keys_query($alias));
	$jira->await_at_gate(16);
	$node->safe_psql('postgres', 'SELECT pg_cancel_backend(' . $session->waiting_pid . ')');
	$jira->await_requests(17, qr{/bulkfetch$});
	$jira->open_gate;
	my ($out, $error) = $session->finish;
	like($error, qr/57014/, "$alias: a read is cancelled");
	like($out, qr/^3000\|3000\n\z/m, "$alias: the next one is complete");
	return;
}

# The proxy goes away with a change under way, on a connection that was used before.
sub sends_a_change_once
{
	my ($alias, $proxy) = @_;

	$jira->close_gate(path => '*/comment');
	$jira->forget_requests;
	my $session = JiraSpoke::Background->start($node, server_query($alias) . qq{;
		SELECT jira_add_comment('BULK-1', 'once', connection => '$alias');\n});
	$jira->await_at_gate(1);
	$proxy->stop;
	my (undef, $error) = $session->finish;
	$jira->open_gate;
	like($error, qr/ERROR:  080\d\d: .*may have been carried out/s, "$alias: a change whose connection breaks off");
	is(scalar(grep { m{/comment$} } $jira->request_lines), 1, "$alias: is sent once");
	return;
}
