# A storm on refresh tokens that are good for one use: sessions that roll back
# at random, calls that are cancelled, and kill -9 at any moment.  Jira plays by
# Atlassian's rules: a token just replaced is tolerated for ten minutes, an
# older one costs the consent.  SPOKE_STORM=full is the long one (make storm),
# SPOKE_SEED=number the same one again.
use strict;
use warnings FATAL => 'all';

use IO::Select;
use IPC::Open3;
use JiraSpoke;
use JiraSpoke::OAuth;
use JiraSpoke::Processes;
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(time usleep);

my $full = ($ENV{SPOKE_STORM} // '') eq 'full';
my ($sessions, $rounds, $kills) = $full ? (20, 1000, 40) : (8, 60, 4);
my $seed = $ENV{SPOKE_SEED} // ($full ? time % 1e6 : 7);
my $end = '--- end ---';

# A session that ends is said to by the server or by psql; what else fails has
# to have one of these.
my $clear_states = qr/ERROR:  (?:57014|08006)|FATAL:  57P0[1-3]/;
my $clear_words = qr/server closed the connection unexpectedly|connection to server was lost|connection to server on .* failed:/;

srand $seed;
my $jira = JiraSpoke::Jira->start;
my $url = $jira->url;
my $node = start_cluster('rotation', 'jira_spoke.max_retries = 0', "jira_spoke.gateway_url = '$url'",
	'restart_after_crash = on', 'max_worker_processes = 20', 'fsync = on', 'log_statement = none');
my $read = q{SELECT key FROM jira_lookup_issue('OPS-1', connection => 'work')};
my %sum = map { $_ => 0 } qw(workers backends postmasters answered clear unclear quiet_expiries quiet_refreshes odd_rounds replays);
my @sessions;
my $strikes = 0;
my $started = time;

connect_oauth($node, $jira, 'work');
@sessions = map { {} } 1 .. $sessions;
my %kill_in = map { int(($_ + rand) * $rounds / $kills) => 1 } 0 .. $kills - 1;
play_round($_, $kill_in{$_}) for 0 .. $rounds - 1;

my $refreshes = $jira->oauth_counts->{refreshes};
my $killed = $sum{workers} + $sum{backends} + $sum{postmasters};
my $revoked = grep { $_->{revoked} } $jira->oauth_families;
diag(sprintf '%d refreshes, %d kills (%d workers, %d sessions, %d postmasters), %d replays, %d families revoked; %d queries answered, %d failed clearly, %d unclearly;'
	. ' %.3f refreshes per expiry without a kill; %.0f s, seed %d',
	$refreshes->{fresh}, $killed, @sum{qw(workers backends postmasters)}, $refreshes->{replayed}, $revoked, @sum{qw(answered clear unclear)},
	$sum{quiet_refreshes} / $sum{quiet_expiries}, time - $started, $seed);
cmp_ok($refreshes->{fresh}, '>=', $rounds - $kills, 'refreshes');
is($killed, $kills, 'kills');
is($refreshes->{$_}, 0, "no refresh is $_") for qw(revoked refused);
is($revoked, 0, 'no family is revoked');
is($refreshes->{replayed}, $sum{replays}, 'a token is shown again after a crash only');
cmp_ok($sum{replays}, '<=', $kills, 'and once');
is($sum{odd_rounds}, 0, 'else there is one refresh per expiry');
is($sum{unclear}, 0, 'every query is answered or fails clearly');
cmp_ok($sum{answered}, '>', $sum{clear}, 'most are answered');
is(answer_of($read), 'OPS-1', 'and nobody has to consent again');

close_session($_) for @sessions;
$node->stop;
done_testing();

# The token ends, and all sessions need it.
sub play_round
{
	my ($round, $kill) = @_;
	my %before = %{ $jira->oauth_counts->{refreshes} };

	end_token();
	$jira->fault(kind => 'latency', ms => int rand 40, path => '/oauth/token', times => 1) if $kill || rand() < 0.1;
	begin_call($_) for @sessions;
	if ($kill)
	{
		kill_a_process();
	}
	await_answers();
	is_up() if $kill;
	answer_of($read) eq 'OPS-1' or die 'the connection is lost';
	$jira->clear_faults;

	my %after = %{ $jira->oauth_counts->{refreshes} };
	my ($fresh, $replayed) = map { $after{$_} - $before{$_} } qw(fresh replayed);
	if ($kill)
	{
		$sum{replays} += $replayed;
		return;
	}
	$sum{quiet_expiries}++;
	$sum{quiet_refreshes} += $fresh;
	$sum{odd_rounds}++ if $fresh != 1;
	return;
}

# Jira refuses it, or its time is over.
sub end_token
{
	return $jira->set_oauth(revoke => 'access_tokens') if rand() < 0.5;
	return answer_of(q{UPDATE jira_spoke.sign_in SET expires = now()});
}

# A read in a transaction of some kind, with some end.
sub random_call
{
	my @modes = ('', 'ISOLATION LEVEL REPEATABLE READ', 'ISOLATION LEVEL SERIALIZABLE', 'READ ONLY');
	my $mode = $modes[ rand @modes ];
	my $ending = rand() < 0.5 ? 'ROLLBACK' : 'COMMIT';
	my $patience = rand() < 0.1 ? 5 + int rand 80 : 0;
	my $body = rand() < 0.3 ? "SAVEPOINT a;\n$read;\nROLLBACK TO a;\n" : "$read;\n";

	# The time-out may have struck the end of the last one.
	return "ROLLBACK;\nBEGIN $mode;\nSET LOCAL statement_timeout = $patience;\n$body$ending;\n";
}

sub open_session
{
	my ($session) = @_;

	return if $session->{pid};
	local $ENV{PGOPTIONS} = '-c client_min_messages=error';
	$session->{pid} = open3($session->{in}, $session->{out}, undef, $node->installed_command('psql'), '-XAtq',
		'--set=VERBOSITY=verbose', '-d', $node->connstr('postgres'));
	$session->{in}->autoflush(1);
	return;
}

sub close_session
{
	my ($session) = @_;

	return unless $session->{pid};
	close $session->{in};
	close $session->{out};
	waitpid $session->{pid}, 0;
	%$session = ();
	return;
}

sub begin_call
{
	my ($session) = @_;
	local $SIG{PIPE} = 'IGNORE';

	open_session($session);
	$session->{said} = '';
	print { $session->{in} } random_call() . "\\echo $end\n";
	return;
}

# Until all have answered or have ended.
sub await_answers
{
	my %waiting = map { fileno $_->{out} => $_ } @sessions;
	my $select = IO::Select->new(map { $_->{out} } @sessions);

	while ($select->count)
	{
		my @ready = $select->can_read($PostgreSQL::Test::Utils::timeout_default) or die 'a session hangs';

		for my $handle (@ready)
		{
			my $session = $waiting{ fileno $handle };
			my $got = sysread $handle, $session->{said}, 65536, length $session->{said};

			next if $got && $session->{said} !~ /^\Q$end\E$/m;
			$select->remove($handle);
			judge_answer($session->{said}, !$got);
			close_session($session) if !$got;
		}
	}
	return;
}

sub judge_answer
{
	my ($said, $ended) = @_;
	my $kind = $said =~ /^OPS-1$/m ? 'answered' : $said =~ $clear_states || $ended && $said =~ $clear_words ? 'clear' : 'unclear';

	$sum{$kind}++;
	diag("unclear: $said") if $kind eq 'unclear';
	return;
}

# One of a server's processes, at some moment.  A worker that was faster than we
# leaves its place to a session's.
sub kill_a_process
{
	my $target = (qw(worker postmaster worker backend))[ $strikes++ % 4 ];
	my ($worker) = $target eq 'worker' ? await_process($node, qr/sign-in/, 2) : ();

	usleep(rand($worker ? 20_000 : 60_000));
	if ($target eq 'postmaster')
	{
		kill_server($node);
		$sum{postmasters}++;
		return;
	}
	my @backends = processes($node, qr/\[local\]/);
	my ($victim) = grep { $worker && $_ == $worker } processes($node, qr/sign-in/);
	kill 'KILL', $victim // $backends[ rand @backends ] or die 'nobody to kill';
	$sum{$victim ? 'workers' : 'backends'}++;
	return;
}

sub is_up
{
	my $until = time + $PostgreSQL::Test::Utils::timeout_default;

	while (time < $until)
	{
		return if answer_of('SELECT 1') eq '1';
		usleep(50_000);
	}
	die 'the server does not come back';
}

# What a session of its own says, be it an error.
sub answer_of
{
	my ($query) = @_;
	my @command = ($node->installed_command('psql'), '-XAtq', '-d', $node->connstr('postgres'), '-c', $query);
	my ($out, $in, $psql) = ('');

	my $pid = open3($in, $psql, undef, @command);
	$out .= $_ while <$psql>;
	waitpid $pid, 0;
	chomp $out;
	return $out;
}
