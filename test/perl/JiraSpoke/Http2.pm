# A proxy that speaks HTTP/2 over TLS before our Jira, as the gateway of Cloud
# does: nghttpx of the package nghttp2-proxy.
package JiraSpoke::Http2;

use strict;
use warnings FATAL => 'all';

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Time::HiRes qw(usleep);
use parent 'JiraSpoke::Program';

my ($program) = grep { -x } map { "$_/nghttpx" } split(/:/, $ENV{PATH}), '/usr/sbin';

sub is_installed { return defined $program; }

# start($jira, [certificate, key], 'h2' or 'http/1.1')
sub start
{
	my ($class, $jira, $tls, $protocol) = @_;
	my $base = $class->new_base('http2');
	my $self = bless { log => "$base.requests" }, $class;
	my $port = PostgreSQL::Test::Cluster::get_free_port();

	append_to_file($self->{log}, '');
	append_to_file("$base.port", $port);
	$self->launch($base, $program, '--single-process', '--conf=/dev/null', '--no-ocsp', '--workers=1',
		"--frontend=127.0.0.1,$port", '--backend=127.0.0.1,' . $jira->port, "--npn-list=$protocol",
		"--accesslog-file=$self->{log}", '--accesslog-format=$remote_port $alpn $status $request',
		reverse @$tls);
	return $self;
}

sub url { return 'https://127.0.0.1:' . shift->port; }

# So many requests to such a path, or more, that went through it: the client's port,
# the protocol, the status.  They are written down a little after the reply.
sub await_requests
{
	my ($self, $expected, $path) = @_;

	for (1 .. 50 * $PostgreSQL::Test::Utils::timeout_default)
	{
		my @requests = grep { $_->[4] =~ $path } map { [ split / / ] } split /\n/, slurp_file($self->{log});

		return @requests if @requests >= $expected;
		usleep(20_000);
	}
	die "$expected requests did not come";
}

sub forget_requests { my $self = shift; truncate $self->{log}, 0 or die $!; return; }

1;
