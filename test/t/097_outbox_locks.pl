# The dispatcher of the outbox holds up nobody: a pause of a connection that somebody
# keeps locked, and how long its own transactions take while all goes wrong at once.
use strict;
use warnings FATAL => 'all';

use JiraSpoke;
use JiraSpoke::Background;
use JiraSpoke::Outbox;
use List::Util qw(max min);
use PostgreSQL::Test::Utils;
use Test::More;

my $node = start_cluster('locks', q{jira_spoke.write_back_timeout = '1s'}, 'max_worker_processes = 12');
my $jira = JiraSpoke::Jira->start;
my $sick = JiraSpoke::Jira->start;
my $hanging = JiraSpoke::Jira->start;
my $number = 0;

connect_to($node, $jira);
connect_to($node, $sick, $_) for qw(refused throttled);
connect_to($node, $hanging, "hanging$_") for 1 .. 12;
$node->safe_psql('postgres', q{CREATE ROLE mallory LOGIN IN ROLE jira_spoke_user; CREATE ROLE app LOGIN IN ROLE jira_spoke_user;
	GRANT CREATE ON SCHEMA public TO mallory;
	SELECT jira_grant_connection(alias, role) FROM unnest('{demo, refused, throttled}'::text[]) AS alias, unnest('{mallory, app}'::regrole[]) AS role});

passes_a_pause_that_is_locked();
has_short_transactions();

$node->stop;
done_testing();

sub sql { my ($query) = @_; return $node->safe_psql('postgres', $query); }

sub comment
{
	my ($connection, %options) = @_;

	return enqueue($node, 'jira_add_comment', { issue => 'OPS-1', body => 'x' }, connection => $connection, group => 'group ' . $number++, %options);
}

# Another role's items: one that has to look something up, and one that has not.
sub others_go_on
{
	my ($what) = @_;
	my $transition = sql(q{SELECT name FROM jira_lookup_transitions('OPS-10', connection => 'demo') LIMIT 1});
	my $id = enqueue($node, 'jira_do_transition', { issue => 'OPS-10', transition => $transition }, connection => 'demo', role => 'app', group => 'group ' . $number++);

	is(outcomes($node, $id, comment('demo', role => 'app')), 'done 2', "$what: others are carried out");
	return;
}

# One connection waits for a repair, the other one for Jira.  A session that retries
# their items deletes their pauses, and does not end.
sub passes_a_pause_that_is_locked
{
	$sick->fault(kind => 'rate_limit', retry_after => 3600, path => '*/comment', times => 1);
	my @held = (comment('throttled'));
	$node->poll_query_until('postgres', q{SELECT count(*) = 1 FROM jira_spoke.outbox_pause WHERE connection = 'throttled' AND throttled}) or die 'not throttled';
	$sick->fault(kind => 'status', status => 401, path => '*');
	push @held, comment('refused');
	$node->poll_query_until('postgres', q{SELECT count(*) = 1 FROM jira_spoke.outbox_pause WHERE connection = 'refused' AND NOT throttled}) or die 'not paused';
	my @others = map { comment($_, role => 'app') } qw(throttled refused);

	# Their items are due while the session is open.
	sql(q{UPDATE jira_spoke.outbox_pause SET until = clock_timestamp() + '1 s'});
	my $session = $node->background_psql('postgres');
	$session->query_safe("BEGIN; SELECT jira_outbox_retry($held[0]); SELECT jira_outbox_retry($held[1])");
	is(sql('SELECT (SELECT count(*) FROM jira_spoke.outbox_pause), count(*) FROM (SELECT FROM jira_spoke.outbox_pause FOR UPDATE SKIP LOCKED) AS free'), '2|0', 'two pauses are locked');
	my $seen = -s $node->logfile;
	others_go_on('pauses that are locked');
	$node->wait_for_log(qr/LOG:  the Jira outbox of database \d+ cannot go on now, and tries again: canceling statement due to lock timeout/, $seen);
	others_go_on('pauses that cannot be changed');
	is(sql('SELECT count(*) FROM jira_spoke.outbox_pause WHERE until < clock_timestamp()'), 2, 'they are still as they were');

	$sick->clear_faults;
	$session->query_safe('COMMIT');
	$session->quit;
	sql("SELECT jira_outbox_retry(id) FROM jira_spoke.outbox WHERE id = ANY (ARRAY[" . join(',', @held, @others) . "]) AND state = 'pending'");
	is(outcomes($node, @held, @others), 'done 4', 'then they are carried out');
	cmp_ok(scalar(grep { /POST .*comment/ } $sick->request_lines), '<=', 8, 'and were not sent again and again');
	return;
}

# The oldest transaction of the dispatcher while this is done, in milliseconds.
sub oldest_transaction_during
{
	my ($do) = @_;
	my $gate = $node->background_psql('postgres');

	$gate->query_safe('SELECT pg_advisory_lock(97)');
	my $sampling = JiraSpoke::Background->start($node, q{DO $$
		DECLARE
			oldest interval := '0';
			looks int := 0;
		BEGIN
			WHILE NOT pg_try_advisory_xact_lock_shared(97) LOOP
				PERFORM pg_stat_clear_snapshot(), pg_sleep(0.005);
				looks := looks + 1;
				oldest := greatest(oldest, (SELECT clock_timestamp() - xact_start FROM pg_stat_activity WHERE backend_type = 'jira_spoke outbox'));
			END LOOP;
			RAISE NOTICE 'oldest % ms in % looks', extract(milliseconds FROM oldest), looks;
		END $$;
		});
	$do->();
	$gate->quit;
	my ($oldest, $looks) = ($sampling->finish)[1] =~ /oldest ([\d.]+) ms in (\d+) looks/ or die 'not sampled';
	cmp_ok($looks, '>', 0, 'it is looked at all the time');
	return $oldest;
}

# Jiras that do not answer, a trigger that does not end, and large items.
sub do_the_worst
{
	$hanging->close_gate(path => '*');
	sql(q{SELECT jira_enqueue('jira_add_comment', '{"issue": "OPS-1", "body": "x"}', 'hanging' || c, group_key => c || '.' || i) FROM generate_series(1, 12) AS c, generate_series(1, 20) AS i;
		SELECT jira_enqueue('jira_do_transition', '{"issue": "OPS-1", "transition": "Done"}', 'hanging' || c, group_key => 't' || c) FROM generate_series(1, 12) AS c});
	my $looping = sql(q{SET ROLE mallory; INSERT INTO t DEFAULT VALUES; RESET ROLE; SELECT max(id) FROM jira_spoke.outbox WHERE role = 'mallory'::regrole});
	my @large = map { sql("SELECT jira_enqueue('jira_create_issue', jsonb_build_object('project', 'OPS', 'issue_type', 'Bug', 'summary', 'x', $_))") }
	  q{'description', repeat('x', 9 * 1024 * 1024)}, q{'fields', jsonb_build_object('environment', ('[0' || repeat(',0', 300000) || ']')::jsonb)};
	is(outcome($node, $_, 'attempts'), 1, 'a large item is composed') for @large;
	others_go_on('all at once');
	is(outcome($node, $looping, 'state'), 'done', 'the trigger is given up');
	$hanging->open_gate;
	is(sql('SELECT count(*) FROM jira_spoke.outbox WHERE ' . when_ended('id') . q{ NOT IN ('done', 'failed') AND connection LIKE 'hanging%'}), 0, 'all Jiras answer');
	return;
}

# How long a session takes to read an item as large, in milliseconds: the machine may
# be busy.
sub time_to_read
{
	return sql(q{SELECT extract(milliseconds FROM clock_timestamp() - now()) FROM (SELECT ('"' || repeat('x', 9 * 1024 * 1024) || '"')::jsonb::text::jsonb OFFSET 0) AS s (j) WHERE j IS NOT NULL});
}

# A second is much longer than the largest item takes.
sub has_short_transactions
{
	my $limit = max(1000, 5 * time_to_read());
	my @oldest;

	sql(q{SET ROLE mallory;
		CREATE TABLE t (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, k text);
		CREATE FUNCTION worse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
			LOOP BEGIN PERFORM pg_sleep(60); EXCEPTION WHEN query_canceled THEN NULL; END; END LOOP; END $$;
		CREATE TRIGGER worse BEFORE UPDATE ON t FOR EACH ROW EXECUTE FUNCTION worse();
		CREATE TRIGGER jira AFTER INSERT ON t FOR EACH ROW EXECUTE FUNCTION jira_create_issue_trigger(
			'{"project": "OPS", "issue_type": "Bug", "summary": "Row {id}"}', '{"key_column": "k", "connection": "demo"}')});
	while (@oldest < 5 && (!@oldest || min(@oldest) >= $limit))
	{
		push @oldest, oldest_transaction_during(\&do_the_worst);
		diag("oldest transaction of the dispatcher: $oldest[-1] ms, at most $limit ms may be");
	}
	cmp_ok(min(@oldest), '<', $limit, 'no transaction of the dispatcher takes long');
	return;
}
