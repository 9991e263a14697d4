# However many sessions fill the outbox at once, one worker is started, and no
# item is left without one.
use strict;
use warnings FATAL => 'all';

use JiraSpoke;
use JiraSpoke::Background;
use JiraSpoke::OAuth;
use JiraSpoke::Outbox;
use List::Util qw(max);
use PostgreSQL::Test::Utils;
use Test::More;

my ($rounds, $sessions, $issues) = (10, 30, 200);
my $jira = JiraSpoke::Jira->start(issues => $issues);
my $url = $jira->url;

# At debug1 the postmaster logs which workers it registers and forgets.
my $node = start_cluster('start', 'max_worker_processes = 8', 'max_connections = 60', 'log_min_messages = debug1',
	"jira_spoke.gateway_url = '$url'", 'jira_spoke.outbox_linger = 0');
my $worker = q{backend_type = 'jira_spoke outbox'};

connect_to($node, $jira);
connect_oauth($node, $jira, 'work');
commit_at_once($_) for 1 .. $rounds;
commit_as_it_leaves();
commit_again_and_again();
commit_while_others_purge();

$node->stop;
done_testing();

sub await_waiting
{
	my ($count, $type) = @_;

	$node->poll_query_until('postgres', "SELECT count(*) = $count FROM pg_stat_activity WHERE $type")
	  or die "not $count sessions wait";
	return;
}

# A call that comments on an issue: not many on one, which Jira would not take at once.
sub comment
{
	my ($text) = @_;

	return qq{jira_enqueue('jira_add_comment', jsonb_build_object('issue', 'BULK-' || 1 + pg_backend_pid() % $issues, 'body', '$text'))};
}

# The most workers of the outbox that had a slot at a time, by the log from this place on.
sub most_workers
{
	my ($from) = @_;
	my ($now, $most) = (0, 0);

	for (substr(slurp_file($node->logfile), $from) =~ /\b((?:un)?registering) background worker "jira_spoke outbox"/g)
	{
		$now += $_ eq 'registering' ? 1 : -1;
		$most = max($most, $now);
	}
	return $most;
}

# The sessions wait for a lock before they commit, and one with an access token
# that has expired before it asks Jira: that needs a worker, too.
sub commit_at_once
{
	my ($round) = @_;
	my $gate = $node->background_psql('postgres');
	my $item = comment("round $round");

	await_workers($node, 0) or die 'a worker does not leave';
	expire_tokens($node);
	$gate->query('SELECT pg_advisory_lock(1)');
	my @filling = map { JiraSpoke::Background->start($node, "BEGIN;\nSELECT $item;\nSELECT pg_advisory_xact_lock_shared(1);\nCOMMIT;\n") } 1 .. $sessions;
	my $reading = JiraSpoke::Background->start($node,
		"SELECT pg_advisory_lock_shared(1);\nSELECT key FROM jira_lookup_issue('OPS-1', connection => 'work');\n");
	await_waiting($sessions + 1, q{backend_type = 'client backend' AND wait_event_type = 'Lock'});
	my $from = -s $node->logfile;

	$gate->quit;
	my $said = join '', map { ($_->finish)[1] } @filling;
	is($said, '', "round $round: $sessions sessions commit, and none is told that there is no room for a worker");
	is(join('', $reading->finish), "\nOPS-1\n", "round $round: a session that has to sign in finds room for its worker");
	is($node->safe_psql('postgres', q{SELECT count(*) FROM jira_spoke.outbox WHERE jira_wait(id, '3 min') = 'done'}), $sessions, "round $round: all items are carried out");
	cmp_ok(most_workers($from), '<=', 2, "round $round: by one worker, or while it starts another");
	$node->safe_psql('postgres', 'DELETE FROM jira_spoke.outbox');
	return;
}

# An item that the worker deletes.
sub put_old_item
{
	return $node->safe_psql('postgres', q{INSERT INTO jira_spoke.outbox (connection, action, arguments, state, role, finished_at)
		SELECT 'demo', 'jira_add_comment', '{}', 'done', current_user::text::regrole, now() - interval '1 year'});
}

# The worker has left, and is held while it deletes an old item; the next one is
# not.
sub commit_as_it_leaves
{
	my $gate = $node->background_psql('postgres');

	$node->safe_psql('postgres', q{CREATE FUNCTION hold() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
			IF pg_try_advisory_lock(2) THEN
				WHILE NOT pg_try_advisory_lock(1) LOOP PERFORM pg_sleep(0.02); END LOOP;
			END IF;
			RETURN OLD;
		END $$;
		CREATE TRIGGER hold BEFORE DELETE ON jira_spoke.outbox FOR EACH ROW EXECUTE FUNCTION hold()});
	$gate->query_safe('SELECT pg_advisory_lock(1)');
	await_workers($node, 0) or die 'a worker does not leave';
	$jira->close_gate(path => '*/comment');
	my $held = $node->safe_psql('postgres', 'SELECT ' . comment('held'));
	$jira->await_at_gate(1);
	put_old_item();
	$jira->open_gate;
	await_waiting(1, "$worker AND wait_event = 'PgSleep'");
	is(outcome($node, $held), 'done|1', 'a worker that leaves has carried out all');
	is(outcome($node, $node->safe_psql('postgres', 'SELECT ' . comment('late'))), 'done|1', 'an item that comes then is carried out');
	await_waiting(1, "$worker AND wait_event = 'PgSleep'");
	$gate->quit;
	ok(await_workers($node, 0), 'in the end there is no worker');
	$node->safe_psql('postgres', 'DROP FUNCTION hold CASCADE');
	return;
}

# About when workers end: they do not linger.
sub commit_again_and_again
{
	my $item = comment('again');
	my $once = "SELECT $item AS id \\gset\nSELECT jira_wait(:id, '3 min');\nSELECT pg_sleep(random() * 0.2) \\g /dev/null\n";
	my @filling = map { JiraSpoke::Background->start($node, $once x 25) } 1 .. 4;
	my $said = join '', map { join '', $_->finish } @filling;

	is($said, "done\n" x 100, 'sessions that commit again and again have nothing left behind');
	return;
}

# A session may leave its transaction open.
sub commit_while_others_purge
{
	my $other = $node->background_psql('postgres');

	await_workers($node, 0) or die 'a worker does not leave';
	put_old_item();
	is($other->query_safe(q{BEGIN; SELECT jira_outbox_purge('1 day')}), 1, 'a session that purges the outbox');
	is(outcome($node, $node->safe_psql('postgres', 'SELECT ' . comment('beside'))), 'done|1', 'does not hold up the worker');
	$other->quit;
	return;
}
