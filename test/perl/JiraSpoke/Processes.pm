# Looks at processes, and kills those of a test's server.
package JiraSpoke::Processes;

use strict;
use warnings FATAL => 'all';

use Exporter qw(import);
use PostgreSQL::Test::Utils;
use Time::HiRes qw(time usleep);

our @EXPORT = qw(proc_text processes await_process kill_process kill_postmaster kill_server);

# A file below /proc, with a line for each of its strings, without the zeros that
# pad a title; the empty string when the process has gone or is another user's.
sub proc_text
{
	my ($file) = @_;

	open my $handle, '<', $file or return '';
	local $/ = undef;
	return (<$handle> // '') =~ s/\0+\z//r =~ tr/\0/\n/r;
}

# The children of the postmaster whose title matches.
sub processes
{
	my ($node, $title) = @_;
	my $children = proc_text("/proc/$node->{_pid}/task/$node->{_pid}/children");

	return grep { proc_text("/proc/$_/cmdline") =~ $title } split ' ', $children;
}

# Waits for a process, which may live for milliseconds only; returns its id, or
# nothing when there was none in this time.
sub await_process
{
	my ($node, $title, $seconds) = @_;
	my $until = time + $seconds;

	while (time < $until)
	{
		my ($pid) = processes($node, $title);

		return $pid if $pid;
		usleep(1_000);
	}
	return;
}

# Kills a process as soon as there is one, some moment later, and waits until the
# postmaster has noticed.  Returns false when there was none in this time.
sub kill_process
{
	my ($node, $title, $seconds) = @_;
	my $pid = await_process($node, $title, $seconds) or return 0;

	usleep(rand 30_000);
	kill 'KILL', $pid or return 0;
	_await_end($pid);
	return 1;
}

sub _await_end
{
	my (@pids) = @_;
	my $until = time + $PostgreSQL::Test::Utils::timeout_default;

	usleep(5_000) while time < $until && kill 0, @pids;
	return;
}

# Kills the postmaster.  Its children notice, and have to be gone before another
# can start.
sub kill_postmaster
{
	my ($node) = @_;
	my @pids = ($node->{_pid}, processes($node, qr/./));

	$node->kill9;
	_await_end(@pids);
	return;
}

sub kill_server
{
	my ($node) = @_;

	kill_postmaster($node);
	$node->start;
	return;
}

1;
