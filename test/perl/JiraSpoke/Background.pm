# A psql that runs a script in the background while the test does other things.
package JiraSpoke::Background;

use strict;
use warnings FATAL => 'all';

use Exporter qw(import);
use IPC::Run;
use PostgreSQL::Test::Utils;
use Time::HiRes qw(usleep);

our @EXPORT = qw(run_watched);

my $started = 0;

# Starts the script; an error does not end it, as in a session at a terminal.
# Options: dbname.
sub start
{
	my ($class, $node, $script, %options) = @_;
	my $name = "background_$$" . '_' . $started++;
	my $self = bless { node => $node, name => $name, in => $script, out => '', err => '' }, $class;
	my @command = (
		$node->installed_command('psql'), '-XAtq', '--set=VERBOSITY=verbose', '-f', '-',
		'-d', $node->connstr($options{dbname} // 'postgres') . " application_name=$name");

	$self->{run} = IPC::Run::start(\@command, '<', \$self->{in}, '>', \$self->{out},
		'2>', \$self->{err}, IPC::Run::timeout($PostgreSQL::Test::Utils::timeout_default));
	$self->{run}->pump_nb;    # gives it the script
	return $self;
}

# The process id of the server process that works for it, once it is waiting
# for the network, in the extension.
sub waiting_pid { return shift->_pid_at(q{wait_event_type = 'Extension'}); }

# The same once it is waiting for a background worker; PostgreSQL 17 changed the
# case of the event's name.
sub waiting_for_worker { return shift->_pid_at(q{lower(wait_event) = 'bgworkershutdown'}); }

sub _pid_at
{
	my ($self, $where) = @_;
	my $query = "SELECT pid FROM pg_stat_activity WHERE application_name = '$self->{name}'
		AND state = 'active' AND $where";

	for (1 .. 50 * $PostgreSQL::Test::Utils::timeout_default)
	{
		my $pid = $self->{node}->safe_psql('postgres', $query);

		return $pid if $pid ne '';
		$self->{run}->pump_nb;
		usleep(20_000);
	}
	die "the background session does not wait: $self->{out} $self->{err}";
}

# Waits for its end; returns what it wrote to standard output and error.
sub finish
{
	my $self = shift;

	IPC::Run::finish($self->{run});
	return ($self->{out}, $self->{err});
}

# Runs a script; returns its output, its errors, and the requests that this Jira
# got meanwhile.
sub run_watched
{
	my ($node, $jira, $script) = @_;

	$jira->forget_requests;
	my ($out, $error) = JiraSpoke::Background->start($node, "$script;\n")->finish;
	chomp $out;
	return ($out, $error, $jira->requests);
}

1;
