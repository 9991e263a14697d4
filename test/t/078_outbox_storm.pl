# A storm on the outbox: sessions that insert and roll back, Jiras that fail at
# random, one that carries out no write until the end, a trigger that does not let
# itself be ended, kill -9 for the server, the dispatcher and role workers, and
# failovers to a standby that lags behind.  At the end there is exactly one issue
# for each row that is there, and none that neither this server nor one that was
# lost has committed.  SPOKE_STORM=full is the long one (make storm),
# SPOKE_SEED=number the same one again.
use strict;
use warnings FATAL => 'all';

use File::Path qw(rmtree);
use IO::Select;
use IPC::Open3;
use JiraSpoke;
use JiraSpoke::Files;
use JiraSpoke::Outbox;
use JiraSpoke::OutboxRoles;
use JiraSpoke::Processes;
use List::Util qw(shuffle sum);
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(time usleep);

my $full = ($ENV{SPOKE_STORM} // '') eq 'full';
my ($sessions, $rows, $seconds, %strikes) = $full
  ? (10, 10_000, 300, server => 20, dispatcher => 20, role_worker => 20, failover => 5)
  : (5, 300, 8, server => 2, dispatcher => 2, role_worker => 2, failover => 1);
my $seed = $ENV{SPOKE_SEED} // ($full ? time % 1e6 : 7);
my $started = time;

# The ids of a session's rows, in steps of these; the test itself is session 0.
my $ids_of_session = 1_000_000;
my $traps = $full ? 800 : 200;

# What goes wrong, and how often among ten.
my @faults = (
	({ kind => 'rate_limit', retry_after => 0 }) x 2,
	{ kind => 'rate_limit', retry_after => 1 },
	{ kind => 'status', status => 503 },
	{ kind => 'status', status => 503, headers => { 'Retry-After' => '0' } },
	{ kind => 'status', status => 500 },
	{ kind => 'cut_before' },
	({ kind => 'cut_after' }) x 2,
	{ kind => 'cut_body' },
	{ kind => 'silence' },
	{ kind => 'latency', ms => 300 });

srand $seed;
my $jiras = start_jiras();
my $node = start_primary('storm_0', 'restart_after_crash = on', 'max_connections = 50', q{shared_buffers = '32MB'},
	'max_worker_processes = 20', 'max_prepared_transactions = 20', 'log_statement = none', q{shared_preload_libraries = 'jira_spoke'},
	q{jira_spoke.timeout = '3s'}, q{jira_spoke.outbox_search_delay = '4s'}, 'jira_spoke.outbox_max_attempts = 100',
	q{jira_spoke.write_back_timeout = '1s'});
my $service = test_file('storm_service');

# Rows that a primary had committed when it was lost, by id; what was struck; the
# next row of the test itself.
my %lost;
my %tally = map { $_ => 0 } keys %strikes;
my $next_own_row = 0;

create_roles($node, $jiras, $traps);
$_->control('POST', 'search', { delay => 1 }) for values %$jiras;
hang($jiras);
$ENV{PGSERVICEFILE} = $service;
lead_sessions_to($node);
insert_own_row('mallory');

my @clients = map { start_client($_) } 1 .. $sessions;
my $acknowledged = rage();
my @retried = settle();
check_issues();

$node->stop;
done_testing();

# --- What the sessions do.

# A process that runs transactions through one psql after the other, as a crash
# ends them.
sub start_client
{
	my ($number) = @_;
	pipe my $reader, my $writer or die $!;
	my $pid = fork // die $!;

	if ($pid == 0)
	{
		close $reader;
		srand $seed * 100 + $number;
		insert_all($number, $writer);
		close $writer;
		require POSIX;
		POSIX::_exit(0);
	}
	close $writer;
	return { pid => $pid, reader => $reader };
}

# Until the session has committed its share; tells how many rows, with each psql.
sub insert_all
{
	my ($number, $writer) = @_;
	my $role = $roles[ $number % @roles ];
	my $next = $number * $ids_of_session;
	my $share = $rows / $sessions;
	my $committed = 0;

	while ($committed < $share)
	{
		my $script = '';

		for (1 .. 8)
		{
			my ($sql, $count, $commits) = transaction($role, $number, $next);
			$next += $count;
			$script .= $sql . '\\echo <' . ($commits ? $count : 0) . ">\n";
		}
		my $new = sum(0, run_psql($role, $script) =~ /^<(\d+)>$/mg);    # what a crash has hit is in doubt
		$committed += $new;
		syswrite $writer, pack 'N', $new;
		usleep(200_000 + rand 2 * 1e6 * $seconds * $new / $share);
	}
	return;
}

# Of one to four rows; a third is rolled back, in one way or another.
sub transaction
{
	my ($role, $number, $next) = @_;
	my $count = 1 + int rand 4;
	my $last = $next + $count - 1;
	my $insert = "INSERT INTO orders_$role SELECT i, $number FROM generate_series($next, $last) AS i;\n";
	my $commits = rand() >= 1 / 3;
	my $end = $commits ? 'COMMIT' : 'ROLLBACK';
	my @ways = (
		([ "BEGIN;\n$insert$end;\n", $commits ]) x 6,
		[ "BEGIN;\nSAVEPOINT a;\n${insert}ROLLBACK TO a;\n$insert$end;\n", $commits ],
		[ "BEGIN;\nSAVEPOINT a;\n${insert}RELEASE a;\n$end;\n", $commits ],
		[ "BEGIN;\n${insert}SELECT 1/0;\nCOMMIT;\n", 0 ],
		[ "BEGIN;\n${insert}PREPARE TRANSACTION 'p$next';\n$end PREPARED 'p$next';\n", $commits ]);
	my ($sql, $is_committed) = @{ $ways[ rand @ways ] };

	return ($sql, $count, $is_committed);
}

sub run_psql
{
	my ($role, $script) = @_;
	my ($in, $out);
	local $SIG{PIPE} = 'IGNORE';
	my $pid = open3($in, $out, undef, $node->installed_command('psql'), '-XAtq', '-d', "service=storm dbname=postgres user=$role");

	print { $in } $script;
	close $in;
	my $said = do { local $/ = undef; <$out> };
	waitpid $pid, 0;
	return $said // '';
}

# The primary of the sessions, from their next psql on.
sub lead_sessions_to
{
	my ($primary) = @_;

	replace_file($service, join "\n", '[storm]', 'host=' . $primary->host, 'port=' . $primary->port, '');
	return;
}

# One for the Jira "cloud", by itself and not in a group.
sub insert_own_row
{
	my ($role) = @_;

	run_psql($role, "INSERT INTO orders_$role VALUES ($next_own_row, 0);\n");
	$next_own_row += 24;
	return;
}

# --- What is done to them.

# Until all sessions have ended: faults all the time, and strikes among them.
# Returns how many rows they have committed.
sub rage
{
	my %client_of = map { fileno $_->{reader} => $_ } @clients;
	my $select = IO::Select->new(map { $_->{reader} } @clients);
	my @strikes = shuffle(map { ($_) x $strikes{$_} } sort keys %strikes);
	my $committed = 0;
	my $next = $rows / (@strikes + 1);

	while ($select->count)
	{
		for my $reader ($select->can_read(0.05))
		{
			if (sysread $reader, my $bytes, 4) { $committed += unpack 'N', $bytes; }
			else { $select->remove($reader); waitpid $client_of{ fileno $reader }{pid}, 0; }
		}
		make_trouble();
		next if $committed < $next || !@strikes;
		strike(shift @strikes);
		$next = $committed + ($rows - $committed) / (@strikes + 1);    # however long it took
	}
	strike($_) for @strikes;
	return $committed;
}

# A few at a time, for any of the next requests.
sub make_trouble
{
	my $jira = (values %$jiras)[ rand keys %$jiras ];
	return if @{ $jira->control('GET', 'faults') } > 2;
	my $searches = rand() < 0.2;

	$jira->fault(%{ $faults[ rand @faults ] }, times => 1, skip => int rand 3,
		path => $searches ? '/rest/api/*/search*' : '/rest/api/*/issue*');
	return;
}

# After three early ends the dispatcher would wait for minutes.
sub strike
{
	my ($target) = @_;

	$node->poll_query_until('postgres', 'SELECT unclean < 2 FROM jira_spoke.outbox_home') or die 'the dispatcher does not work';
	usleep(rand 300_000);
	if ($target eq 'failover') { fail_over(); }
	elsif ($target eq 'dispatcher') { kill_worker(qr/jira_spoke outbox *$/, sub { $node->psql('postgres', 'SELECT jira_outbox_start()') }); }
	elsif ($target eq 'role_worker') { kill_worker(qr/jira_spoke outbox role worker *$/, sub { insert_own_row('app1') }); }
	elsif ($tally{server} % 2 == 0 || !kill_process($node, qr/ \[local\] /, 2)) { kill_server($node); }
	$tally{$target}++;
	return;
}

# A worker that is at work.  Where there is none, "create_work" makes one start.
sub kill_worker
{
	my ($title, $create_work) = @_;
	my $until = time + $PostgreSQL::Test::Utils::timeout_default;

	while (time < $until)
	{
		return if kill_process($node, $title, 2);
		$create_work->();
	}
	die 'there is no worker';
}

# The standby does not get to know of what the primary does last.
sub fail_over
{
	my $primary = $node;

	my $survivor = start_standby($primary, 'storm_' . ($tally{failover} + 1));
	$primary->poll_query_until('postgres', q{SELECT count(*) = 1 FROM pg_stat_replication WHERE state = 'streaming'}) or die 'the standby does not stream';
	usleep(rand 500_000);
	my @senders = processes($primary, qr/walsender/);
	kill 'STOP', @senders;
	usleep(500_000 + rand 1_500_000);
	kill 'KILL', @senders;
	kill_postmaster($primary);
	$survivor->promote;
	$node = $survivor;
	lead_sessions_to($survivor);
	note_lost_rows($primary, $survivor);
	return;
}

sub row_ids { my ($server) = @_; return split /\n/, $server->safe_psql('postgres', 'SELECT id FROM orders'); }

# The old primary is started for a moment, to see what it had committed.
sub note_lost_rows
{
	my ($primary, $survivor) = @_;
	my %kept = map { $_ => 1 } row_ids($survivor);

	$primary->append_conf('postgresql.conf', 'jira_spoke.outbox_deliver = off');
	$primary->start;
	$lost{$_} = 1 for grep { !$kept{$_} } row_ids($primary);
	$primary->stop('immediate');
	rmtree([ $primary->data_dir, $primary->backup_dir ]);
	return;
}

# --- What has become of it.

# What a crash left prepared is committed, what was given up because the server
# crashed twice while its request was composed is retried, and what is left is
# carried out by itself.  Returns the ids of the rows of what was retried.
sub settle
{
	my $prepared = q{SELECT 'COMMIT PREPARED ' || quote_literal(gid) FROM pg_prepared_xacts};
	my $failed = q{FROM jira_spoke.outbox WHERE state = 'failed' AND error LIKE '%server crashed twice%'};

	$_->clear_faults for values %$jiras;
	stop_hanging($jiras);
	$node->poll_query_until('postgres', 'SELECT true') or die 'the server does not come back';
	$node->safe_psql('postgres', 'CREATE TABLE early AS SELECT id FROM orders');
	$node->safe_psql('postgres', "$_;") for split /\n/, $node->safe_psql('postgres', $prepared);
	ok(await_ended($node, 'true'), 'nothing is stuck');
	my @given_up = split /\n/, $node->safe_psql('postgres', "SELECT source_key->>'id' $failed");
	$node->safe_psql('postgres', "SELECT jira_outbox_retry(id) $failed");
	ok(await_ended($node, 'true'), 'nor is what was given up');
	return @given_up;
}

# All issues of rows, by their ids: lists of "alias key".
sub find_issues
{
	my %issues;

	for my $alias (keys %$jiras)
	{
		for my $issue (@{ $jiras->{$alias}->control('GET', 'issues?project=OPS') })
		{
			push @{ $issues{$1} }, "$alias $issue->{key}" if $issue->{summary} =~ /^Order (\d+) failed$/;
		}
	}
	return %issues;
}

# The keys of those could not be written that mallory's trigger has kept from it,
# and perhaps of some that were struck twice.
sub check_issues
{
	my %key_of = map { /(\d+)\|(.*)/ } split /\n/, $node->safe_psql('postgres', 'SELECT id, issue_key FROM orders');
	my %without_key = map { $_ => 1 } split /\n/, $node->safe_psql('postgres',
		q{SELECT source_key->>'id' FROM jira_spoke.outbox WHERE error LIKE '%could not be put into its row: Each attempt ended the server or the worker.'});
	my @trapped = split /\n/, $node->safe_psql('postgres', "SELECT id FROM orders_mallory WHERE id % $traps = 0");
	my %issues = find_issues();
	my @missing = grep { !$issues{$_} } keys %key_of;
	my @double = grep { @{ $issues{$_} } > 1 } keys %issues;
	my @invented = grep { !exists $key_of{$_} && !$lost{$_} } keys %issues;
	my @misled = grep { !$without_key{$_} && "@{ $issues{$_} // [] }" ne jira_of_row($_) . " $key_of{$_}" } keys %key_of;
	delete @lost{ keys %key_of };

	print_figures(rows => scalar keys %key_of, orphans => scalar(grep { $issues{$_} } keys %lost), trapped => scalar @trapped,
		without_key => scalar keys %without_key, doubles => scalar @double);
	is("@missing", '', 'each committed row has an issue');
	is("@double", '', 'no row has two');
	is("@invented", '', 'no row that was rolled back has one');
	is("@misled", '', 'each row has the key of its issue');
	is(scalar(grep { !$without_key{$_} } @trapped), 0, 'but those of the trigger that does not end');
	cmp_ok(keys(%key_of) + keys %lost, '>=', $acknowledged, 'no other row is missing');
	check_items(scalar keys %key_of);
	is_deeply(\%tally, \%strikes, 'everything was struck as often as it should');
	return;
}

sub check_items
{
	my ($count) = @_;
	my $retried = join ',', 0, @retried;

	is($node->safe_psql('postgres', qq{SELECT count(*) FROM (SELECT id, lag(id) OVER (PARTITION BY session, id / 8 % 3
		ORDER BY split_part(issue_key, '-', 2)::integer) AS before FROM early NATURAL JOIN orders
		WHERE id % 8 IN (5, 6) AND issue_key IS NOT NULL AND id NOT IN ($retried)) AS o WHERE before > id}), 0, 'each group is in order');
	is($node->safe_psql('postgres', q{SELECT string_agg(DISTINCT state, ',') FROM jira_spoke.outbox}), 'done', 'every item is done');
	is($node->safe_psql('postgres', 'SELECT count(*) FROM jira_spoke.outbox'), $count, 'one for each row');
	return;
}

sub print_figures
{
	my (%figures) = @_;
	my @requests = map { $_->requests } values %$jiras;
	my $failed = grep { !defined $_->{status} || $_->{status} >= 400 } @requests;
	my $together = grep { $_->{path} =~ m{/bulk$} } @requests;
	my $searches = grep { $_->{path} =~ m{/search} } @requests;

	diag(sprintf '%d sessions, %d rows committed and kept, each with one issue (%d have two); %d rows lost with a primary, %d of them with an issue;'
		. ' %d keys not written: %d rows with the trigger that does not end, the others struck twice; %d items retried by hand, %d of them with look-ups',
		$sessions, @figures{qw(rows doubles)}, scalar keys %lost, @figures{qw(orphans without_key trapped)}, scalar @retried, scalar grep { $_ % 8 == 7 } @retried);
	diag(sprintf 'killed: server %d times, dispatcher %d, role worker %d; %d failovers; %d requests (%d for several issues, %d searches), %d of them failed; %.0f s, seed %d',
		@tally{qw(server dispatcher role_worker failover)}, scalar @requests, $together, $searches, $failed, time - $started, $seed);
	return;
}
