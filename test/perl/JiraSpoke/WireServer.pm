# An HTTP server for one process that also does something else: it never waits,
# the caller selects on its handles and tells it which are ready.
package JiraSpoke::WireServer;

use strict;
use warnings FATAL => 'all';

use IO::Select;
use IO::Socket::INET;
use PostgreSQL::Test::Utils;

# Every request is given to "answer" as { method, target, headers, body }, with
# the names of the headers in lower case; it returns the reply in the form of
# JiraSpoke::WireFile.
sub new
{
	my ($class, $answer) = @_;
	my $listener = IO::Socket::INET->new(Listen => 64, LocalAddr => '127.0.0.1')
	  or die "could not listen: $@";

	return bless { listener => $listener, clients => {}, answer => $answer }, $class;
}

sub address { return '127.0.0.1:' . shift->{listener}->sockport; }

sub handles
{
	my $self = shift;
	return ($self->{listener}, map { $_->{socket} } values %{ $self->{clients} });
}

# Runs SQL in a JiraSpoke::WireSession and serves requests until it is done;
# returns the lines that psql printed.
sub serve
{
	my ($self, $session, $sql) = @_;
	my $output;

	$session->say($sql);
	until (defined($output = $session->finished))
	{
		my @ready = IO::Select->new($session->handle, $self->handles)
		  ->can_read($PostgreSQL::Test::Utils::timeout_default);

		die "nothing happens any more after:\n$sql" unless @ready;
		$_ == $session->handle ? $session->ready : $self->ready($_) foreach @ready;
	}
	return $output;
}

# To be called when one of the handles is readable.
sub ready
{
	my ($self, $handle) = @_;

	if ($handle == $self->{listener})
	{
		my $socket = $handle->accept or return;
		$self->{clients}{ fileno $socket } = { socket => $socket, input => '' };
		return;
	}
	my $client = $self->{clients}{ fileno $handle } or return;
	if (!sysread $handle, $client->{input}, 65536, length $client->{input})
	{
		return $self->_hang_up($client);
	}
	while (my $request = _take_request($client))
	{
		$self->_send($client, $request, $self->{answer}->($request)) or last;
	}
	return;
}

sub _hang_up
{
	my ($self, $client) = @_;

	delete $self->{clients}{ fileno $client->{socket} };
	close $client->{socket};
	return;
}

# A whole request taken from the input, or undef.
sub _take_request
{
	my ($client) = @_;
	my ($head) = $client->{input} =~ /^(.*?)\r\n\r\n/s or return;
	my ($first, @lines) = split /\r\n/, $head;
	my %request;

	@request{qw(method target)} = split / /, $first;
	for my $line (@lines)
	{
		my ($name, $value) = split /:\s*/, $line, 2;
		$name = lc $name;
		$request{headers}{$name} =
		  exists $request{headers}{$name} ? "$request{headers}{$name}, $value" : $value;
	}
	my $length = $request{headers}{'content-length'} // 0;
	my $start = length($head) + 4;
	return if length $client->{input} < $start + $length;
	$request{body} = substr $client->{input}, $start, $length;
	substr($client->{input}, 0, $start + $length) = '';
	return \%request;
}

# Returns whether the connection stays open.
sub _send
{
	my ($self, $client, $request, $reply) = @_;
	my $open = $reply->{status} ne 'cut' && !grep { /^Connection: close/i } @{ $reply->{headers} };

	if ($reply->{status} ne 'cut')
	{
		my $bodiless = $reply->{status} == 204;
		my @head = ("HTTP/1.1 $reply->{status} Said", @{ $reply->{headers} });

		push @head, 'Content-Length: ' . length $reply->{body} unless $bodiless;
		_write($client->{socket}, join "\r\n", @head, '', $bodiless ? '' : $reply->{body});
	}
	$self->_hang_up($client) unless $open;
	return $open;
}

sub _write
{
	my ($socket, $bytes) = @_;
	local $SIG{PIPE} = 'IGNORE';

	while (length $bytes)
	{
		my $written = syswrite $socket, $bytes or return;
		substr($bytes, 0, $written) = '';
	}
	return;
}

1;
