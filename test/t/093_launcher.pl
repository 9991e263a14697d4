# Where the library is preloaded, whatever happens to a database or its worker,
# its outbox is carried on with, and nobody has to do anything about it.
use strict;
use warnings FATAL => 'all';

use JiraSpoke;
use JiraSpoke::Outbox;
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(sleep);

my $jira = JiraSpoke::Jira->start;
my $launcher = q{backend_type = 'jira_spoke outbox launcher'};
my $worker = q{backend_type = 'jira_spoke outbox'};
my $comment = q{SELECT jira_enqueue('jira_add_comment', '{"issue": "OPS-%d", "body": "%s"}')};
my $node = start_cluster('launcher', q{shared_preload_libraries = 'jira_spoke'}, 'max_worker_processes = 8',
	'restart_after_crash = on', 'log_min_messages = debug1', q{jira_spoke.outbox_search_delay = '1s'});
my $issue = 0;

connect_to($node, $jira);
stays();
opens_with_a_database();
finds_an_extension_made_later();
survives_its_worker();
survives_its_own_end();
survives_a_lock();
survives_failing_writes();
finds_room_later();

$node->stop;
done_testing();

sub sql { my ($query, $database) = @_; return $node->safe_psql($database // 'postgres', $query); }

sub put { my ($body, $database) = @_; return sql(sprintf($comment, 1 + $issue++ % 20, $body), $database); }

# The launcher looks each minute, and when the settings are read again.
sub look { return $node->reload; }

sub await_state
{
	my ($id, $state, $database) = @_;

	return $node->poll_query_until($database // 'postgres', "SELECT state FROM jira_spoke.outbox WHERE id = $id", $state);
}

sub log_since { return slurp_file($node->logfile, $_[0]); }

# Waits for so many matches.
sub await_log
{
	my ($seen, $pattern, $count) = @_;

	for (1 .. 10 * $PostgreSQL::Test::Utils::timeout_default)
	{
		my @found = log_since($seen) =~ /$pattern/g;

		return if @found >= ($count // 1);
		sleep 0.1;
	}
	die "not in the log: $pattern";
}

sub stays
{
	ok($node->poll_query_until('postgres', "SELECT count(*) = 1 FROM pg_stat_activity WHERE $launcher"), 'the launcher runs');
	is(outcome($node, put('first'), 'state'), 'done', 'an item is carried out');
	ok(await_workers($node, 0), 'the worker ends when nothing is left');
	my $seen = -s $node->logfile;
	look();
	await_log($seen, qr/unregistering background worker "jira_spoke outbox"/);
	ok(await_workers($node, 0), 'the launcher finds nothing to do');
	is(sql("SELECT count(*) FROM pg_stat_activity WHERE $launcher"), 1, 'and stays');
	unlike(log_since($seen), qr/(?:LOG|WARNING|ERROR|FATAL):  (?!statement).*outbox/, 'without a word in the log');
	return;
}

# As for maintenance: nobody may connect, and all are sent away.
sub opens_with_a_database
{
	sql('CREATE DATABASE closing');
	sql('CREATE EXTENSION jira_spoke', 'closing');
	connect_to($node, $jira, undef, dbname => 'closing');
	$jira->close_gate(path => '*/comment');
	my $id = put('closing', 'closing');
	$jira->await_at_gate(1);
	my $seen = -s $node->logfile;
	sql(q{ALTER DATABASE closing ALLOW_CONNECTIONS false; SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = 'closing'});
	$jira->open_gate;
	await_log($seen, qr/unregistering background worker "jira_spoke outbox"/);
	ok(await_workers($node, 0, 'closing'), 'a closed database has no worker, and the server does not try to start one');
	look();
	my $other = put('beside');
	is(outcome($node, $other, 'state'), 'done', 'others are served');
	sql('ALTER DATABASE closing ALLOW_CONNECTIONS true');
	look();
	ok(await_state($id, 'failed', 'closing'), 'opened, it is looked at again: its item is settled');
	is(outcome_in('closing', put('opened', 'closing')), 'done', 'and new ones are carried out');
	return;
}

sub outcome_in
{
	my ($database, $id) = @_;

	return sql("SELECT jira_wait($id, '$PostgreSQL::Test::Utils::timeout_default s')", $database);
}

# The rows are there before the extension is created anew, as by a restore, so
# that no commit wakes the worker.
sub finds_an_extension_made_later
{
	sql('CREATE DATABASE later');
	look();
	sql('CREATE EXTENSION jira_spoke', 'later');
	connect_to($node, $jira, undef, dbname => 'later');
	sql(q{INSERT INTO jira_spoke.outbox (connection, action, arguments, role)
		VALUES ('demo', 'jira_add_comment', '{"issue": "OPS-1", "body": "later"}', 'postgres'::regrole)}, 'later');
	look();
	is(outcome_in('later', 1), 'done', 'an extension that is created later is found');
	return;
}

sub hang
{
	$jira->close_gate(method => 'POST', path => '*/issue', carried_out => Cpanel::JSON::XS::true);
	my $id = create($node, "crash $issue");
	$jira->await_at_gate(1);
	return $id;
}

sub survives_its_worker
{
	for my $signal ('TERM', 'KILL')
	{
		my $id = hang();
		my $summary = "crash $issue";
		my $pid = sql('SELECT worker_pid FROM jira_spoke.outbox_status');
		my $seen = -s $node->logfile;

		is($pid, sql("SELECT pid FROM pg_stat_activity WHERE $worker AND datname = 'postgres'"), 'the status tells the worker');
		kill $signal, $pid;
		$jira->open_gate;
		$node->poll_query_until('postgres', "SELECT count(*) = 0 FROM pg_stat_activity WHERE pid = $pid") or die 'not killed';
		is(outcome($node, $id, 'state'), 'done', "killed with SIG$signal, it is started again");
		is(item($node, $id, 'crashes'), 0, 'what only waited for Jira has not crashed it');
		is(scalar issues($jira, $summary), 1, 'or not, but is there once');
		like(log_since($seen), $signal eq 'KILL' ? qr/background worker "jira_spoke outbox" \(PID $pid\) was terminated by signal 9/ :
			  qr/background worker "jira_spoke outbox" \(PID $pid\) exited with exit code 1/, 'the log tells');
		$issue++;
	}
	return;
}

sub survives_its_own_end
{
	my $pid = sql("SELECT pid FROM pg_stat_activity WHERE $launcher");

	sql("SELECT pg_terminate_backend($pid)");
	ok($node->poll_query_until('postgres', "SELECT count(*) = 1 FROM pg_stat_activity WHERE $launcher AND pid <> $pid"), 'the launcher is started again');
	return;
}

# Longer than the worker waits for a lock.
sub survives_a_lock
{
	my $session = $node->background_psql('postgres');
	my $id = put('locked out');
	my $seen = -s $node->logfile;

	$session->query_safe('BEGIN; LOCK TABLE jira_spoke.outbox, jira_spoke.outbox_home, jira_spoke.outbox_pause');
	await_log($seen, qr/canceling statement due to lock timeout/);
	$session->query_safe('COMMIT');
	$session->quit;
	is(outcome($node, put('after the lock'), 'state'), 'done', 'after a lock of the tables new items are carried out');
	is(outcome($node, $id, 'state'), 'done', 'and old ones');
	return;
}

# As a full disk: what the worker writes fails.
sub survives_failing_writes
{
	my $seen = -s $node->logfile;

	sql(q{ALTER TABLE jira_spoke.outbox ADD CONSTRAINT full_disk CHECK (state <> 'sending') NOT VALID});
	my $id = put('full disk');
	await_log($seen, qr/LOG:  the Jira outbox of database \d+ cannot go on now, and tries again: new row .* violates check constraint "full_disk"/);
	sql('ALTER TABLE jira_spoke.outbox DROP CONSTRAINT full_disk');
	is(outcome($node, $id, 'state'), 'done', 'when the worker can write again, items are carried out');
	return;
}

# The launcher, and that of logical replication, take all places.
sub finds_room_later
{
	await_workers($node, 0);
	my $seen = -s $node->logfile;
	$node->append_conf('postgresql.conf', 'max_worker_processes = 2');
	$node->restart;
	my (undef, undef, $said) = $node->psql('postgres', sprintf $comment, 1, 'no room');

	like($said, qr/WARNING:  no worker could be started/, 'without room for a worker a session says so');
	is(sql(q{SELECT pending, worker_pid IS NULL, overdue_since < now() FROM jira_spoke.outbox_status WHERE pending > 0}), '1|t|t', 'and the status');
	await_log($seen, qr/LOG:  no worker could be started for the Jira outbox/);
	$node->append_conf('postgresql.conf', 'max_worker_processes = 8');
	$node->restart;
	is(outcome($node, sql(q{SELECT max(id) FROM jira_spoke.outbox}), 'state'), 'done', 'with room it is carried out');
	return;
}
