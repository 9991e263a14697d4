# Every wait ends at once: however it is ended, wherever the call is stuck.
use strict;
use warnings FATAL => 'all';

use JiraSpoke;
use JiraSpoke::Background;
use JiraSpoke::Stall;
use Test::More;
use Time::HiRes qw(time usleep);

# Milliseconds that an end may take.  Another process may hold up the machine,
# so the best of a few tries counts.
my $limit = 250;
my $tries = 10;

# The same for a time limit: loading libraries and certificates counts as well, which
# takes long on a busy machine or under a sanitizer.  Without the limit a call waits
# for ten minutes.
my $late_limit = 1000;

# Milliseconds after which a call is to end by itself.
my $time_limit = 500;

# A barrier must pass the stuck call; the rest of DROP DATABASE is file work.
my $drop_limit = 5000;

my $jira = JiraSpoke::Jira->start;
my $resolver = stalled_resolver();
my @stages = (
	[ 'before the connection' => 'http://127.0.0.1:' . unanswered_port() ],
	[ 'in the TLS handshake' => 'https://127.0.0.1:' . mute_port() ],
	[ 'before the answer' => $jira->url, { kind => 'silence' } ],
	[ 'in the body' => $jira->url, { kind => 'slow_body', ms => 100, chunk => 2 } ],
	[ 'between two tries' => $jira->url, { kind => 'status', status => 503, headers => { 'Retry-After' => '600' } } ]);
push @stages, [ 'resolving the name' => 'https://jira.stalled' ] if $resolver;

my $node = start_with_stages('cancel');

# Does to a session what "how" says and returns the milliseconds until its
# statement has ended; measured in the server, where starting psql costs nothing.
$node->safe_psql('postgres', q{
	CREATE FUNCTION milliseconds_to_end(victim integer, how text) RETURNS numeric
	LANGUAGE plpgsql AS $$
	DECLARE
		start timestamptz := clock_timestamp();
	BEGIN
		IF how = 'cancel' THEN
			PERFORM pg_cancel_backend(victim);
		ELSE
			PERFORM pg_terminate_backend(victim);
		END IF;
		WHILE EXISTS (SELECT FROM pg_stat_activity WHERE pid = victim AND state = 'active') LOOP
			PERFORM pg_sleep(0.001), pg_stat_clear_snapshot();
		END LOOP;
		RETURN round((EXTRACT(epoch FROM clock_timestamp() - start) * 1000)::numeric, 1);
	END $$});

for my $i (0 .. $#stages)
{
	my $where = $stages[$i][0];

	ends_soon("pg_cancel_backend $where", sub { end_by_signal($i, 'cancel') },
		qr/ERROR:  57014: canceling statement due to user request/, 'alive');
	ends_soon("pg_terminate_backend $where", sub { end_by_signal($i, 'terminate') },
		qr/FATAL:  57P01: terminating connection due to administrator command/, '');
	ends_soon("statement_timeout $where", sub { end_by_timeout($i, 'statement_timeout') },
		qr/ERROR:  57014: canceling statement due to statement timeout/, 'alive', $late_limit);
	drop_database_is_not_held_up($i);
}
time_limits_are_kept();
$node->stop;
death_of_the_postmaster_ends_all();
done_testing();

# A cluster with an alias for each stage.
sub start_with_stages
{
	my $name = shift;
	local $ENV{LD_PRELOAD} = $resolver if $resolver;
	my $cluster = start_cluster($name, map { "jira_spoke.$_ = 10min" } qw(connect_timeout timeout max_wait));

	connect_to($cluster, $jira, "stage$_", url => $stages[$_][1]) for 0 .. $#stages;
	return $cluster;
}

# A session in which a call is stuck for good.
sub stuck
{
	my ($i) = @_;
	my $session = begin_call($i);
	my $pid = $session->waiting_pid;

	# It is as far as it gets when its request is with Jira, if it goes there.  The
	# kernel makes connections within this machine at once.
	$jira->await_requests(1) if $stages[$i][2];
	usleep(50_000);
	is($session->waiting_pid, $pid, "stuck $stages[$i][0]");
	return ($session, $pid);
}

# A session with a call that gets stuck.
sub begin_call
{
	my ($i, $before) = @_;

	$jira->forget_requests;
	$jira->fault(%{ $stages[$i][2] }, times => 1) if $stages[$i][2];
	return JiraSpoke::Background->start($node, ($before // '') . qq{
		SELECT count(*) FROM jira_lookup_issues_stream('project = OPS', connection => 'stage$i');
		SELECT 'alive';
	});
}

sub end_by_signal
{
	my ($i, $how) = @_;
	my ($session, $pid) = stuck($i);
	my $ms = $node->safe_psql('postgres', "SELECT milliseconds_to_end($pid, '$how')");

	return ($ms, $session->finish);
}

sub end_by_timeout
{
	my ($i, $setting) = @_;
	my ($out, $error) = begin_call($i, "\\timing on\nSET $setting = $time_limit;\n")->finish;

	# The times are those of SET, of the call and of the last SELECT.
	my @times = $out =~ /Time: ([\d.]+) ms/g;
	my $late = $times[1] - $time_limit;

	# Too slow to have got stuck there: this is no answer.
	$late = 'inf' if $stages[$i][2] && !$jira->requests;
	$jira->clear_faults;
	return (sprintf('%.1f', $late), $out =~ s/^Time:.*\n//mgr, $error);
}

# A process that nobody has buried yet has ended all the same.
sub is_running
{
	my $pid = shift;

	open my $status, '<', "/proc/$pid/stat" or return 0;
	return <$status> !~ /\) [ZX] /;
}

sub ends_soon
{
	my ($what, $end, $message, $alive, $most) = @_;
	my ($best, $out, $error);

	for (1 .. $tries)
	{
		my ($ms, @said) = $end->();

		($best, $out, $error) = ($ms, @said) if !defined $best || $ms < $best;
		last if $best <= ($most // $limit);
	}
	note("$what: $best ms");
	cmp_ok($best, '<=', $most // $limit, "$what ends the call");
	like($error, $message, "$what: with PostgreSQL's own error");
	is($out, $alive eq '' ? '' : "$alive\n", "$what: what follows");
	return;
}

# From PostgreSQL 15 on it waits until every backend has taken part in a barrier.
sub drop_database_is_not_held_up
{
	my $i = shift;
	my $where = $stages[$i][0];
	my ($session, $pid) = stuck($i);
	my $best;

	for (1 .. $tries)
	{
		my $out = $node->safe_psql('postgres',
			"CREATE DATABASE other TEMPLATE template0;\n\\timing on\nDROP DATABASE other");
		my ($ms) = $out =~ /Time: ([\d.]+) ms/;

		$best = $ms if !defined $best || $ms < $best;
		last if $best <= $drop_limit;
	}
	note("DROP DATABASE while a call is $where: $best ms");
	cmp_ok($best, '<=', $drop_limit, "DROP DATABASE is not held up by a call $where");
	is($session->waiting_pid, $pid, "and the call $where goes on");
	$node->safe_psql('postgres', "SELECT milliseconds_to_end($pid, 'terminate')");
	$session->finish;
	return;
}

# Our own limits end a call as soon, and the session goes on.
sub time_limits_are_kept
{
	for my $i (0 .. $#stages)
	{
		my ($where, $url, $fault) = @{ $stages[$i] };
		my $setting = $fault ? 'timeout' : 'connect_timeout';
		my $state = $fault ? '57014' : '08001';

		next if $where eq 'between two tries';
		ends_soon("jira_spoke.$setting $where",
			sub { end_by_timeout($i, "jira_spoke.$setting") },
			qr/ERROR:  $state: jira_lookup_issues_stream failed: .* in time\n/, 'alive', $late_limit);
	}
	return;
}

# Sessions in every stage lose the same postmaster.
sub death_of_the_postmaster_ends_all
{
	my @best;

	for my $try (1 .. $tries)
	{
		my @ms = ends_by_death($try);

		@best = map { !defined $best[$_] || $ms[$_] < $best[$_] ? $ms[$_] : $best[$_] } 0 .. $#ms;
		last unless grep { $_ > $limit } @best;
	}
	for my $i (0 .. $#stages)
	{
		note("death of the postmaster $stages[$i][0]: $best[$i] ms");
		cmp_ok($best[$i], '<=', $limit, "death of the postmaster $stages[$i][0] ends the call");
	}
	return;
}

sub ends_by_death
{
	$node = start_with_stages('death' . shift);
	my @stuck = map { [ stuck($_) ] } 0 .. $#stages;
	my @ms;

	my $start = time;
	$node->kill9;
	while (grep({ !defined } @ms[ 0 .. $#stages ]) && time - $start < 30)
	{
		usleep(1000);
		for my $i (grep { !defined $ms[$_] } 0 .. $#stages)
		{
			$ms[$i] = sprintf('%.1f', 1000 * (time - $start)) unless is_running($stuck[$i][1]);
		}
	}
	$_->[0]->finish for @stuck;
	return map { $ms[$_] // 30_000 } 0 .. $#stages;
}
