# Why Jira is not reached is told apart: each cause has its message, libcurl's
# words as detail, and a hint that helps; nothing is in doubt about a write.
use strict;
use warnings FATAL => 'all';

use Cpanel::JSON::XS;
use File::Copy qw(copy);
use JiraSpoke::Proxy;
use JiraSpoke::Stall;
use JiraSpoke::Tls;
use JiraSpoke;
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(time);

plan skip_all => 'openssl is not installed' if system('openssl version >/dev/null 2>&1') != 0;

my $node = start_cluster('failures', 'jira_spoke.max_retries = 0');
my $jira = JiraSpoke::Jira->start;
my $ours = JiraSpoke::Tls->new('failures');
my $unknown = JiraSpoke::Tls->new('unknown_failures');
my $good = $ours->certificate('good', 'IP:127.0.0.1,DNS:jira.invalid');
my %trust = (ca_file => $ours->file);

sub front { my %options = @_; return JiraSpoke::Proxy->start(forward => $jira->port, %options); }
sub options { return encode_json({@_}); }

sub client_pair
{
	my ($certificate, $key) = @{ shift() };
	return (client_certificate => $certificate, client_key => $key);
}

my $front = front(tls => $good);
my $location = $front->url;
my $gate = front(tls => $good, client_ca => $ours->file);
my $old_gate = front(tls => $good, client_ca => $ours->file, old_tls => 1);
my $nowhere = '127.0.0.1:' . closed_port();
my $refusing = JiraSpoke::Proxy->start(status => 407);
my @stranger = client_pair($unknown->certificate('stranger', 'DNS:x'));
my @expired = client_pair($ours->certificate('late', 'DNS:x', 1));
my $untrusted = qr/could not establish trust in Jira's TLS certificate/;
my $wanted = qr/Jira demands a client certificate, or does not accept the one it got/;
my $set_pair = qr/options client_certificate and client_key/;

# The case; where Jira is; options; the message's end, detail and hint.
my @cases = (
	[ 'a name', 'https://jira.invalid', {},
		qr/could not reach Jira: the name of its host cannot be resolved/, qr/jira\.invalid/, qr/name servers/ ],
	[ 'a closed port', "https://$nowhere", {}, qr/could not reach Jira/, qr/127\.0\.0\.1/, qr/port.*option proxy/ ],

	[ 'the name of a proxy', $location, { proxy => 'http://proxy.invalid:3128' },
		qr/could not reach the proxy: the name of its host cannot be resolved/, qr/proxy\.invalid/, qr/option proxy/ ],
	(map { [ "no $_ proxy", $location, { proxy => "$_://$nowhere" },
		qr/could not reach the proxy/, qr/127\.0\.0\.1/, qr/host and the port in the option proxy/ ] } qw(http https socks5h)),
	[ 'a proxy that wants a password', $location, { proxy => $refusing->url },
		qr/the proxy did not let the request through to Jira/, qr/407/, qr/without a user name and a password/ ],
	[ 'a proxy that forbids', $location, { proxy => JiraSpoke::Proxy->start(status => 403)->url },
		qr/the proxy did not let the request through to Jira/, qr/403/, qr/allow/ ],
	[ 'a SOCKS proxy that forbids', $location, { proxy => JiraSpoke::Proxy->start(socks => 1, status => 2)->url },
		qr/the proxy did not let the request through to Jira/, qr/SOCKS/i, qr/allow/ ],
	[ 'a proxy that is none', $location, { proxy => 'http://127.0.0.1:' . $front->port },
		qr/the proxy did not let the request through to Jira/, qr/\w/, qr/allow/ ],
	[ 'a proxy of an unknown authority', $location,
		{ proxy => JiraSpoke::Proxy->start(tls => $unknown->certificate('proxy', 'IP:127.0.0.1'))->url },
		qr/could not establish trust in the proxy's TLS certificate/, qr/certificate/, qr/option ca_file/ ],
	[ 'a proxy of another name', $location,
		{ %trust, proxy => JiraSpoke::Proxy->start(tls => $ours->certificate('named', 'DNS:x'))->url },
		qr/could not establish trust in the proxy's TLS certificate/, qr/name/, qr/option proxy/ ],
	[ 'a proxy without TLS', $location, { proxy => 'https://127.0.0.1:' . $jira->port },
		qr/could not establish trust in the proxy's TLS certificate/, qr/\w/, qr/http:/ ],
	[ 'Jira behind a proxy', $location, { proxy => JiraSpoke::Proxy->start->url },
		qr/$untrusted: its authority is unknown/, qr/certificate/, qr/option ca_file/ ],

	[ 'an unknown authority', $location, {},
		qr/$untrusted: its authority is unknown/, qr/certificate/, qr/Set the option ca_file of the connection to the file/ ],
	[ 'a certificate signed by itself', front(tls => [ $unknown->file, $unknown->file =~ s/crt$/key/r ])->url, {%trust},
		qr/$untrusted: its authority is unknown/, qr/self.signed/, qr/option ca_file/ ],
	[ 'another name', front(tls => $ours->certificate('other', 'DNS:other.example'))->url, {%trust},
		qr/$untrusted: it is for another host/, qr/127\.0\.0\.1/, qr/host in the URL/ ],
	[ 'an expired certificate', front(tls => $ours->certificate('past', 'IP:127.0.0.1', 1))->url, {%trust},
		qr/$untrusted: it has expired or is not valid yet/, qr/expired/, qr/new certificate.*clock/ ],
	[ 'no TLS', 'https://127.0.0.1:' . $jira->port, {},
		qr/could not agree with Jira on TLS: what answers does not speak it/, qr/\w/, qr/port/ ],

	[ 'no client certificate', $gate->url, {%trust}, $wanted, qr/certificate required/, $set_pair ],
	[ 'no client certificate, TLS 1.2', $old_gate->url, {%trust},
		qr/could not agree with Jira on TLS/, qr/handshake failure/, $set_pair ],
	(map { my ($what, $where) = @$_;
		([ "a client certificate of a stranger, $what", $where, { %trust, @stranger }, $wanted, qr/unknown ca/, $set_pair ],
		[ "an expired client certificate, $what", $where, { %trust, @expired }, $wanted, qr/certificate/, $set_pair ]) }
		[ 'TLS 1.3', $gate->url ], [ 'TLS 1.2', $old_gate->url ]));

is_told(@$_) for @cases;
files_that_changed();
what_may_pass();
is(scalar $jira->requests, 0, 'nothing reached Jira');
$node->stop;
done_testing();

sub is_told
{
	my ($what, $url, $options, $message, $detail, $hint) = @_;

	connect_to($node, $jira, $what, url => $url, options => encode_json($options));
	says_so($what, $message, $detail, $hint);
	return;
}

sub says_so
{
	my ($what, $message, $detail, $hint) = @_;

	for my $call (q{jira_lookup_server(%s)}, q{jira_add_comment('OPS-1', 'x', %s)})
	{
		my $error = query_error($node, 'SELECT * FROM ' . sprintf $call, "connection => '$what'");

		like($error, qr/ERROR:  08001: jira_\w+.* failed: $message\nDETAIL:  .*$detail.*\nHINT:  .*$hint/, "$what: $call");
		unlike($error, qr/may have been carried out/, "$what: $call: not sent");
	}
	like($node->safe_psql('postgres', "SELECT ok, problem FROM jira_test_connection('$what')"),
		qr/^f\|jira_test_connection failed: $message\. .*$hint/, "$what: jira_test_connection");
	return;
}

# Files that were fine when they were stored.
sub files_that_changed
{
	my ($certificate, $key) = @{ $ours->certificate('client', 'DNS:client') };
	my $authority = "$PostgreSQL::Test::Utils::tmp_check/failures_authority.crt";

	copy($ours->file, $authority) or die $!;
	connect_to($node, $jira, 'changed', url => $gate->url,
		options => options(%trust, client_certificate => $certificate, client_key => $key));
	connect_to($node, $jira, 'lost', url => $location, options => options(ca_file => $authority));
	is($node->safe_psql('postgres', server_query('lost')), 1, 'a file that is fine');
	is($node->safe_psql('postgres', server_query('changed')), 1, 'files that are fine');
	$jira->forget_requests;
	system("openssl pkey -in '$key' -aes128 -passout pass:x -out '$key.locked' && mv '$key.locked' '$key'") == 0
	  or die 'openssl cannot lock a key';
	says_so('changed', qr/could not use the client certificate/, qr/\w/, $set_pair);
	unlink $key or die $!;
	says_so('changed', qr/could not use the client certificate/, qr/\w/, $set_pair);
	unlink $authority or die $!;
	says_so('lost', qr/could not read the certificates to trust/, qr/authority\.crt/, qr/option ca_file/);
	return;
}

# A proxy that is not there may come back; what it was sent is not sent to Jira.
sub what_may_pass
{
	my $comment = q{SELECT jira_add_comment('OPS-1', 'x', connection => '%s')};
	my $proxy = JiraSpoke::Proxy->start;
	my $start = time;

	query_error($node, 'SET jira_spoke.max_retries = 1; ' . sprintf $comment, 'no http proxy');
	cmp_ok(time - $start, '>', 0.35, 'a proxy that is not there is asked again');
	$refusing->forget_requests;
	query_error($node, 'SET jira_spoke.max_retries = 1; ' . sprintf $comment, 'a proxy that wants a password');
	is(scalar $refusing->requests, 1, 'one that refuses is not');

	connect_to($node, $jira, 'mute', url => 'https://127.0.0.1:' . mute_port(),
		options => options(proxy => $proxy->url, connect_timeout => '2s'));
	my $error = query_error($node, sprintf $comment, 'mute');
	like($error, qr/08001: .*could not reach Jira in time/, 'a way that is free and leads nowhere');
	unlike($error, qr/may have been carried out/, 'is not one that the request went');
	return;
}
