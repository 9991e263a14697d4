# The proxy of test/proxy, started for a test and stopped with it.
package JiraSpoke::Proxy;

use strict;
use warnings FATAL => 'all';

use JSON::PP;
use PostgreSQL::Test::Utils;
use Time::HiRes qw(usleep);

my @running;
my $started = 0;

# start(socks => 1, forward => PORT, status => 407, tls => [certificate, key],
# client_ca => FILE, old_tls => 1); see test/proxy/__main__.py.
sub start
{
	my ($class, %options) = @_;
	my $root = $ENV{JIRA_SPOKE_SRC} // '.';
	my $base = "$PostgreSQL::Test::Utils::tmp_check/proxy_$$" . '_' . $started++;
	my $self = bless { log => "$base.requests" }, $class;
	my @command = ('python3', "$root/test/proxy", "$base.port", $self->{log});

	for my $option (sort keys %options)
	{
		(my $flag = "--$option") =~ tr/_/-/;
		push @command, $flag, $option =~ /^(?:socks|old_tls)$/ ? ()
		  : ref $options{$option} ? @{ $options{$option} } : $options{$option};
	}
	$self->{scheme} = $options{socks} ? 'socks5h' : $options{tls} ? 'https' : 'http';
	append_to_file($self->{log}, '');
	$self->{pid} = fork // die "could not fork: $!";
	if ($self->{pid} == 0)
	{
		open STDOUT, '>', "$base.log" or die $!;
		open STDERR, '>&', \*STDOUT or die $!;
		exec @command or die "could not start $command[0]: $!";
	}
	push @running, $self;
	for (1 .. 10 * $PostgreSQL::Test::Utils::timeout_default)
	{
		($self->{port}) = slurp_file("$base.port") =~ /(\d+)/ if -s "$base.port";
		return $self if $self->{port};
		usleep(100_000);
	}
	die 'our proxy did not start';
}

sub port { return shift->{port}; }
sub url { my $self = shift; return "$self->{scheme}://127.0.0.1:$self->{port}"; }

# What it was asked for since the last forget_requests().
sub requests { return map { decode_json($_) } split /\n/, slurp_file(shift->{log}); }
sub forget_requests { my $self = shift; truncate $self->{log}, 0 or die $!; return; }

sub stop
{
	my $self = shift;

	return unless $self->{pid};
	kill 'TERM', $self->{pid};
	waitpid $self->{pid}, 0;
	$self->{pid} = 0;
	return;
}

END
{
	my $status = $?;
	$_->stop for @running;
	$? = $status;
}

1;
