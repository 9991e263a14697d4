# Jira is spoken to only where its certificate is trusted, in plain text only on
# this machine and when a superuser allows it, and whatever the environment of
# the server says about proxies, passwords and keys.
use strict;
use warnings FATAL => 'all';

use JiraSpoke;
use JiraSpoke::Stall;
use JiraSpoke::Files;
use JiraSpoke::Tls;
use MIME::Base64 qw(encode_base64);
use PostgreSQL::Test::Utils;
use Test::More;

plan skip_all => 'openssl is not installed' if system('openssl version >/dev/null 2>&1') != 0;

my $ours = JiraSpoke::Tls->new('ours');
my $unknown = JiraSpoke::Tls->new('unknown');
my $library = $ours->trusting_library;
my $home = test_file('home');
my $keys = "$home/keys";
my $node = start_in_odd_surroundings();

# What the certificate says, and what the error must say: its end, detail and hint.
my @refused = (
	[ 'an unknown authority', $unknown->certificate('server', 'IP:127.0.0.1'),
		'its authority is unknown', qr/certificate/, qr/option ca_file of the connection/ ]);
push @refused,
  [ 'another name', $ours->certificate('name', 'DNS:other.example'),
		'it is for another host', qr/(?:name|host|127\.0\.0\.1)/i, qr/host in the URL/ ],
  [ 'an expired certificate', $ours->certificate('expired', 'IP:127.0.0.1', 1),
		'it has expired or is not valid yet', qr/expired/, qr/new certificate.*clock/ ]
  if $library;

for my $case (@refused)
{
	my ($what, $certificate, $end, $problem, $hint) = @$case;
	my $jira = JiraSpoke::Jira->start(tls => $certificate);

	connect_to($node, $jira, $what);
	for my $call (q{SELECT * FROM jira_lookup_server(%s)}, q{SELECT jira_add_comment('OPS-1', 'x', %s)})
	{
		my $error = query_error($node, sprintf $call, "connection => '$what'");

		like($error, qr/ERROR:  08001: jira_\w+.* failed: could not establish trust in Jira's TLS certificate: $end\n/,
			"$what is not trusted");
		like($error, qr/DETAIL:  .*$problem/, "$what: the detail says why");
		like($error, qr/HINT:  .*$hint/, "$what: what to do");
		unlike($error, qr/may have been carried out/, "$what: nothing was sent");
	}
	like($node->safe_psql('postgres', "SELECT ok, problem FROM jira_test_connection('$what')"),
		qr/^f\|.*trust/, "$what: the test of the connection says it too");
	is(scalar requests_over_tls($jira), 0, "$what: no request reached Jira");
	$jira->stop;
}

# Not TLS at all, where https is asked for.
my $plain = JiraSpoke::Jira->start;
connect_to($node, $plain, 'plain', url => 'https://127.0.0.1:' . $plain->port);
like(query_error($node, q{SELECT * FROM jira_lookup_server(connection => 'plain')}),
	qr/ERROR:  08001: .*TLS: what answers does not speak it\n.*\nHINT:  .*port/, 'plain text instead of TLS is refused');

SKIP:
{
	skip 'no compiler', 5 unless $library;
	my $jira = JiraSpoke::Jira->start(tls => $ours->certificate('good', 'IP:127.0.0.1'));

	connect_to($node, $jira, 'good');
	is($node->safe_psql('postgres', q{
		SET jira_spoke.connection = 'good';
		SELECT jira_add_comment('OPS-1', 'safe') IS NOT NULL;
		SELECT key FROM jira_lookup_issue('OPS-1')}), "t\nOPS-1", 'a trusted certificate works');
	my @requests = requests_over_tls($jira);
	is(scalar @requests, 2, 'no proxy of the environment is obeyed');
	is($requests[0]{connection}, $requests[1]{connection}, 'TLS connections are kept');
	is($requests[0]{headers}{authorization}, 'Basic ' . encode_base64($jira->username . ':' . $jira->secret, ''),
		'the credential is the one of the connection, not that of .netrc');
	ok(!-s $keys, 'TLS keys are not written where SSLKEYLOGFILE says');
}

plain_text_is_refused();
$node->stop;
done_testing();

sub start_in_odd_surroundings
{
	mkdir $home or die $!;
	append_to_file("$home/.netrc", "machine 127.0.0.1 login somebody password else\n");
	chmod 0600, "$home/.netrc" or die $!;
	my $nowhere = 'http://127.0.0.1:' . closed_port();
	local %ENV = (%ENV, HOME => $home, SSLKEYLOGFILE => $keys, map { $_ => $nowhere }
		qw(http_proxy https_proxy HTTPS_PROXY all_proxy ALL_PROXY));

	$ENV{LD_PRELOAD} = $library if $library;
	delete $ENV{no_proxy};
	return start_cluster('tls', 'jira_spoke.max_retries = 0');
}

sub plain_text_is_refused
{
	my $jira = $plain;
	my $create = "SELECT jira_create_connection('other', 'http://127.0.0.1:" . closed_port() . "', 'u', 'secret')";

	connect_to($node, $jira, 'http');
	is($node->safe_psql('postgres', q{SELECT count(*) FROM jira_lookup_server(connection => 'http')}),
		1, 'http to loopback works when it is allowed, without the proxy');
	for my $url ('http://jira.example.com', 'http://127.0.0.1.example.com', 'http://10.0.0.1', 'http://[::2]',
		'http://0.0.0.0', 'ftp://127.0.0.1', 'file:///etc/passwd')
	{
		like(query_error($node, "SELECT jira_create_connection('other', '$url', 'u', 'secret')"),
			qr/ERROR:  22023: the URL of the connection/, "$url is refused");
	}
	$node->safe_psql('postgres', 'CREATE ROLE clerk LOGIN IN ROLE jira_spoke_admin');
	like(query_error($node, q{SELECT jira_quote('x'::text); SET ROLE clerk; SET jira_spoke.allow_http = on}),
		qr/ERROR:  42501: permission denied to set parameter "jira_spoke.allow_http"/,
		'an ordinary user cannot allow http');
	for my $call (q{SELECT * FROM jira_lookup_server(connection => 'http')}, $create)
	{
		$jira->forget_requests;
		like(query_error($node, "SET jira_spoke.allow_http = off; $call"),
			qr/ERROR:  22023: the URL of the connection must begin with https.*\n(?:.*\n)*?HINT:  .*allow_http/,
			'http is refused unless it is allowed');
		is(scalar $jira->requests, 0, 'and nothing is sent');
	}

	# Before the library is loaded anybody may set anything; it must not count then.
	$node->safe_psql('postgres', 'ALTER DATABASE postgres SET jira_spoke.allow_http = off');
	like(query_error($node, "SET ROLE clerk; SET jira_spoke.allow_http = on; $create"),
		qr/ERROR:  22023: the URL of the connection must begin with https/,
		'nor before the library is loaded');
	return;
}
