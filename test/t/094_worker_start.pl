# Where the library is not preloaded: the first use in a session starts the worker
# that a restart has ended, and the server one that has failed.  Nothing that the
# worker does keeps the server restarting.
use strict;
use warnings FATAL => 'all';

use JiraSpoke;
use JiraSpoke::Outbox;
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(sleep time);

my $jira = JiraSpoke::Jira->start;
my $worker = q{backend_type = 'jira_spoke outbox'};
my $comment = q{SELECT jira_enqueue('jira_add_comment', '{"issue": "OPS-%d", "body": "%s"}')};
my $node = start_cluster('worker_start', 'log_min_messages = debug1', 'restart_after_crash = on', q{jira_spoke.outbox_search_delay = '1s'});
my $issue = 0;

# A session sees to the worker of its database this often (seconds).
my $look_interval = 60;
my $looked;

connect_to($node, $jira);
connect_to($node, $jira, 'other');
first_use_starts_it();
first_use_starts_nothing();
comes_back_to_a_closed_database();
parks_what_crashes_the_server();
searches_on_after_crashes();
waits_after_many_failures();

$node->stop;
done_testing();

sub sql { return $node->safe_psql('postgres', $_[0]); }

sub put { return sql(sprintf $comment, 1 + $issue++ % 20, $_[0]); }

sub log_since { return slurp_file($node->logfile, $_[0]); }

sub await_log
{
	my ($seen, $pattern) = @_;

	for (1 .. 10 * $PostgreSQL::Test::Utils::timeout_default)
	{
		return if log_since($seen) =~ $pattern;
		sleep 0.1;
	}
	die "not in the log: $pattern";
}

# Waits for the state of an item without a function of the extension.
sub await_state
{
	my ($id, $state) = @_;

	return $node->poll_query_until('postgres', "SELECT state FROM jira_spoke.outbox WHERE id = $id", $state);
}

# With an item that has no worker after the restart.
sub first_use_starts_it
{
	change_settings($node, outbox_deliver => 'off');
	my $id = put('left');
	$node->append_conf('postgresql.conf', 'jira_spoke.outbox_deliver = on');
	$node->restart;
	is(item($node, $id, 'state'), 'pending', 'a session that does not use the library starts nothing');
	like(query_error($node, q{BEGIN; SELECT jira_jql('project = $1', 'OPS'); SELECT 1 / 0}), qr/22012/, 'nor does a transaction that fails');
	is(item($node, $id, 'state'), 'pending', 'which has begun to use it');
	$looked = time;
	is($node->safe_psql('postgres', q{BEGIN READ ONLY; SELECT count(*) FROM jira_lookup_server(); COMMIT}), 1, 'one that reads');
	ok(await_state($id, 'done'), 'has the item carried out');
	return;
}

sub first_use_starts_nothing
{
	await_workers($node, 0);
	my $seen = -s $node->logfile;

	is(sql('SELECT count(*) FROM jira_lookup_server()'), 1, "session $_") for 1 .. 5;
	my $started = () = log_since($seen) =~ /registering background worker "jira_spoke outbox"/g;
	cmp_ok($started, '<=', (time - $looked) / $look_interval, 'start no worker again and again');
	return;
}

sub comes_back_to_a_closed_database
{
	$jira->close_gate(path => '*/comment');
	my $id = put('closing');
	$jira->await_at_gate(1);
	my $seen = -s $node->logfile;
	$node->safe_psql('template1', q{ALTER DATABASE postgres ALLOW_CONNECTIONS false; SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = 'postgres'});
	$jira->open_gate;
	await_log($seen, qr/LOG:  the Jira outbox of database \d+ waits until connections to it are allowed/);
	$node->safe_psql('template1', 'ALTER DATABASE postgres ALLOW_CONNECTIONS true');
	ok(await_state($id, 'failed'), 'a worker comes back to a database that was closed for a while');
	return;
}

# Kills the worker while it sends something.
sub crash
{
	my $seen = -s $node->logfile;

	kill 'KILL', sql("SELECT pid FROM pg_stat_activity WHERE $worker");
	await_log($seen, qr/database system is ready to accept connections/);
	return;
}

# What has to be looked up before it can be sent is composed meanwhile.
sub parks_what_crashes_the_server
{
	$jira->close_gate(method => 'GET', path => '*/transitions*');
	my @ids = map { enqueue($node, 'jira_do_transition', { issue => 'OPS-10', transition => 'Reopen' }, group => $_) } 'one', 'other';
	$jira->await_at_gate(2);
	crash();
	ok($node->poll_query_until('postgres', q{SELECT string_agg(state || ' ' || crashes, ', ' ORDER BY state) = 'composing 1, pending 1'
		FROM jira_spoke.outbox WHERE crashes > 0}), 'of what was being composed when the server crashed, one goes at a time');
	crash();
	$jira->open_gate;
	is(outcomes($node, @ids), 'done 1, failed 1', 'the one that was being composed at two crashes fails');
	like(sql(q{SELECT error FROM jira_spoke.outbox WHERE crashes > 0 AND state = 'failed'}), qr/the server crashed twice while its request was composed/, 'and says why');
	return;
}

# An item in doubt that waits for the answer to a search is not what crashes it.
sub searches_on_after_crashes
{
	$jira->fault(kind => 'cut_after', method => 'POST', path => '*/issue', times => 1);
	$jira->close_gate(method => 'GET', path => '*/search*');
	my $id = create($node, 'searched');
	for (1, 2)
	{
		$jira->await_at_gate(1);
		is(item($node, $id, 'state, doubtful_since IS NOT NULL'), 'sending|t', 'an item is searched for');
		crash();
	}
	$jira->open_gate;
	is(outcome($node, $id, 'state, crashes'), 'done|0', 'and is found after two crashes');
	is(scalar issues($jira, 'searched'), 1, 'its issue is there once');

	sql(q{SELECT jira_enqueue('jira_create_issue', '{"project": "OPS", "issue_type": "Bug", "summary": "never"}', not_before => 'tomorrow')});
	my $suspect = sql(q{UPDATE jira_spoke.outbox SET state = 'composing', crashes = 1, doubtful_since = now() WHERE next_attempt > now() RETURNING id});
	crash();
	is(outcome($node, $suspect, 'state'), 'failed', 'one that was about to be searched for at two crashes fails');
	like(item_error($node, $suspect), qr/^It may have been carried out: look in Jira, and call jira_outbox_retry\($suspect\) if it was not\./, 'and does not claim to be unsent');
	return;
}

# Workers that have ended in their first round.
sub waits_after_many_failures
{
	ok($node->poll_query_until('postgres', 'SELECT unclean = 0 FROM jira_spoke.outbox_home'), 'a worker that works has not failed');
	await_workers($node, 0);
	sql('UPDATE jira_spoke.outbox_home SET unclean = 3');
	my $seen = -s $node->logfile;
	my $id = put('patience');
	await_log($seen, qr/LOG:  the worker of the Jira outbox waits for 60 seconds/);
	is(item($node, $id, 'state'), 'pending', 'after many failures a worker waits');
	sql("UPDATE jira_spoke.outbox_home SET unclean = 0; SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE $worker");
	ok(await_state($id, 'done'), 'and goes on then');
	return;
}
