# Addresses on this machine at which a connection gets stuck or fails.
package JiraSpoke::Stall;

use strict;
use warnings FATAL => 'all';

use Exporter qw(import);
use JiraSpoke::Files;
use PostgreSQL::Test::Utils;
use Socket;
use Time::HiRes qw(usleep);

our @EXPORT = qw(unanswered_port mute_port closed_port stalled_resolver);

# Kept open until the test ends.
my @sockets;

# A socket that is bound to a free port, and the port.
sub _bind
{
	socket(my $socket, PF_INET, SOCK_STREAM, 0) or die "socket: $!";
	bind($socket, pack_sockaddr_in(0, INADDR_LOOPBACK)) or die "bind: $!";
	push @sockets, $socket;
	return ($socket, (sockaddr_in(getsockname($socket)))[0]);
}

sub _listen
{
	my $backlog = shift;
	my ($listener, $port) = _bind();

	listen($listener, $backlog) or die "listen: $!";
	return $port;
}

# A port whose queue is full: the kernel leaves requests to connect unanswered.
sub unanswered_port
{
	my $port = _listen(0);
	my $pending = 0;

	while ($pending < 2)
	{
		die 'the queue of a socket does not fill' if @sockets > 20;
		socket(my $client, PF_INET, SOCK_STREAM, 0) or die "socket: $!";
		$client->blocking(0);
		connect($client, pack_sockaddr_in($port, INADDR_LOOPBACK));
		push @sockets, $client;
		usleep(100_000);
		$pending++ unless getpeername($client);
	}
	return $port;
}

# A port that accepts connections, by way of the kernel, and never says a word.
sub mute_port { return _listen(64); }

# A port that refuses connections.  It stays ours, so that nobody else gets to
# listen on it.
sub closed_port { return (_bind())[1]; }

# A library for LD_PRELOAD with which names below ".stalled" take ten minutes to
# resolve, as if the name server were down.  undef without a compiler.
sub stalled_resolver
{
	my $base = test_file('stalled');

	open my $source, '>', "$base.c" or die $!;
	print $source <<'C';
#define _GNU_SOURCE
#include <dlfcn.h>
#include <netdb.h>
#include <string.h>
#include <unistd.h>

int getaddrinfo(const char *node, const char *service, const struct addrinfo *hints, struct addrinfo **result)
{
	static int (*next)(const char *, const char *, const struct addrinfo *, struct addrinfo **);

	if (node && strstr(node, ".stalled"))
	{
		sleep(600);
		return EAI_AGAIN;
	}
	if (!next)
		*(void **) &next = dlsym(RTLD_NEXT, "getaddrinfo");
	return next(node, service, hints, result);
}
C
	close $source;
	return system("cc -shared -fPIC -o $base.so $base.c -ldl") == 0 ? "$base.so" : undef;
}

1;
