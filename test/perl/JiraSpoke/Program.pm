# A program of ours that listens on a port, started for a test and stopped with
# it.
package JiraSpoke::Program;

use strict;
use warnings FATAL => 'all';

use JiraSpoke::Files;
use PostgreSQL::Test::Utils;
use Time::HiRes qw(usleep);

my @running;
my $started = 0;

# The start of the names of this program's files.
sub new_base
{
	my ($class, $name) = @_;

	return test_file("${name}_") . $started++;
}

# Starts the program, with its output in BASE.log, and waits until it has written
# the number of its port to BASE.port.
sub launch
{
	my ($self, $base, @command) = @_;
	my $pid = fork // die "could not fork: $!";

	if ($pid == 0)
	{
		open STDOUT, '>', "$base.log" or die $!;
		open STDERR, '>&', \*STDOUT or die $!;
		exec @command or die "could not start $command[0]: $!";
	}
	$self->{pid} = $pid;
	push @running, $self;
	for (1 .. 100 * $PostgreSQL::Test::Utils::timeout_default)
	{
		($self->{port}) = slurp_file("$base.port") =~ /(\d+)/ if -s "$base.port";
		return if $self->{port};
		usleep(10_000);
	}
	die "@command did not start";
}

sub port { return shift->{port}; }

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
