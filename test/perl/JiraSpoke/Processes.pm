# Looks at processes, and kills those of a test's server.
package JiraSpoke::Processes;

use strict;
use warnings FATAL => 'all';

use Exporter qw(import);
use PostgreSQL::Test::Utils;
use Time::HiRes qw(time usleep);

our @EXPORT = qw(proc_text processes await_process kill_server);

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

# Kills the postmaster and starts it again.  Its children notice, and have to be
# gone before another can start.
sub kill_server
{
	my ($node) = @_;
	my @pids = ($node->{_pid}, processes($node, qr/./));
	my $until = time + $PostgreSQL::Test::Utils::timeout_default;

	$node->kill9;
	usleep(20_000) while time < $until && kill 0, @pids;
	$node->start;
	return;
}

1;
