# Role workers, which write results into the rows of users' tables: whatever happens
# to one of them, a result is put into its row, or the item says why it is not.
use strict;
use warnings FATAL => 'all';

use JiraSpoke;
use JiraSpoke::Background;
use JiraSpoke::Outbox;
use List::Util qw(min);
use PostgreSQL::Test::Utils;
use Test::More;
use Time::Local;

my $jira = JiraSpoke::Jira->start(issues => 20);
my $node = start_cluster('role_workers', q{jira_spoke.write_back_timeout = '10min'}, 'jira_spoke.outbox_write_back_workers = 2', 'max_worker_processes = 3');
my $role_worker = q{backend_type = 'jira_spoke outbox role worker'};

# Roles that may log in, that may not, and that may not connect to the database.
my @roles = qw(app idle shut);

connect_to($node, $jira);
$node->safe_psql('postgres', q{
	CREATE ROLE app LOGIN IN ROLE jira_spoke_user; CREATE ROLE idle NOLOGIN IN ROLE jira_spoke_user; CREATE ROLE shut LOGIN IN ROLE jira_spoke_user;
	CREATE ROLE other;
	GRANT other TO app, idle, shut;
	GRANT CREATE ON SCHEMA public TO app, idle, shut;
	REVOKE CONNECT ON DATABASE postgres FROM PUBLIC;
	GRANT CONNECT ON DATABASE postgres TO app, idle;
	SELECT jira_grant_connection('demo', role) FROM unnest('{app, idle, shut}'::regrole[]) AS role});

for my $role (@roles)
{
	goes_on_after_its_end($role);
	keeps_to_its_role($role);
	has_what_sessions_have($role);
	heeds_no_settings($role);
}
notes_what_became();
ends_in_time();
gives_up_what_cannot_be_ended();
waits_for_a_slot();
takes_turns();
passes_what_cannot_be_terminated();
ends_with_its_dispatcher();
keeps_a_closed_database_closed();

$node->stop;
done_testing();

sub sql { my ($query, $database) = @_; return $node->safe_psql($database // 'postgres', $query); }

# A table of a role whose rows get keys, with a trigger on their update.
sub make_table
{
	my ($role, $body, %options) = @_;
	my $kind = $options{constraint} ? 'CONSTRAINT TRIGGER u AFTER UPDATE' : 'TRIGGER u BEFORE UPDATE';
	my $deferred = $options{constraint} ? 'DEFERRABLE INITIALLY DEFERRED' : '';

	sql(qq{SET ROLE $role; DROP TABLE IF EXISTS t_$role, said_$role;
		CREATE TABLE t_$role (id int PRIMARY KEY, k text, seen text);
		CREATE TABLE said_$role (what text);
		CREATE OR REPLACE FUNCTION f_$role() RETURNS trigger LANGUAGE plpgsql AS \$\$ BEGIN $body RETURN NEW; END \$\$;
		CREATE $kind ON t_$role $deferred FOR EACH ROW EXECUTE FUNCTION f_$role();
		CREATE TRIGGER jira AFTER INSERT ON t_$role FOR EACH ROW EXECUTE FUNCTION jira_create_issue_trigger(
			'{"project": "OPS", "issue_type": "Bug", "summary": "$role {id}"}', '{"key_column": "k", "connection": "demo"}')});
	return;
}

# Inserts rows in one transaction; returns the ids of their items.
sub insert_as
{
	my ($role, $rows) = @_;
	my $last = sql('SELECT COALESCE(max(id), 0) FROM jira_spoke.outbox');

	sql("SET ROLE $role; INSERT INTO t_$role SELECT generate_series(1, $rows)");
	return split /\n/, sql("SELECT id FROM jira_spoke.outbox WHERE id > $last AND role = '$role'::regrole ORDER BY id");
}

sub log_since { return slurp_file($node->logfile, $_[0]); }

# Does a worker connect as the role?
sub connects
{
	my ($role) = @_;

	return $role eq 'app' || $role eq 'idle' && $node->pg_version >= 17;
}

# What a trigger does to wait for the end of a session that holds it.
sub waiting_for
{
	my ($lock) = @_;

	return "WHILE NOT pg_try_advisory_xact_lock_shared($lock) LOOP PERFORM pg_sleep(0.02); END LOOP;";
}

# Holds the triggers that wait; quit() lets them go.
sub hold_triggers
{
	my ($lock) = @_;
	my $session = $node->background_psql('postgres');

	$session->query_safe("SELECT pg_advisory_lock($lock)");
	return $session;
}

sub await_waiting
{
	$node->poll_query_until('postgres', "SELECT count(*) = 1 FROM pg_stat_activity WHERE $role_worker AND wait_event = 'PgSleep'") or die 'no trigger waits';
	return split /\|/, sql("SELECT pid, usename FROM pg_stat_activity WHERE $role_worker");
}

sub goes_on_after_its_end
{
	my ($role) = @_;
	my $holding = hold_triggers(96);

	make_table($role, waiting_for(96) . " NEW.seen = concat_ws(' ', session_user, current_user, current_setting('is_superuser'));");
	$jira->forget_requests;
	my ($id) = insert_as($role, 1);
	my ($pid, $user) = await_waiting();

	is($user, connects($role) ? $role : 'postgres', "$role: a worker connects as the role if the role may");
	is(item($node, $id, 'state, write_backs'), 'writing_back|1', 'the attempt is counted before it begins');
	sql("SELECT pg_terminate_backend($pid)");
	$node->poll_query_until('postgres', "SELECT count(*) = 0 FROM pg_stat_activity WHERE pid = $pid") or die 'not terminated';
	$holding->quit;
	is(outcome($node, $id, 'state, error, write_backs'), 'done||2', 'terminated in the middle, the result is told again');
	is(sql("SELECT count(k), max(seen) FROM t_$role"), "1|$role $role off", 'by the role');
	is(sql("SELECT k = (SELECT result FROM jira_spoke.outbox WHERE id = $id) FROM t_$role"), 't', 'the row has its key');
	is(scalar(grep { /POST .*issue$/ } $jira->request_lines), 1, 'and nothing was sent again');
	return;
}

# The rows are written by one worker, in one transaction each.
sub keeps_to_its_role
{
	my ($role) = @_;
	my $became = connects($role) ? 'other' : $role;

	make_table($role, q{NEW.seen = current_user;
		BEGIN SET ROLE other; EXCEPTION WHEN insufficient_privilege THEN NULL; END;
		NEW.seen = concat_ws(' ', NEW.seen, session_user, current_user);});
	is(outcomes($node, insert_as($role, 3)), 'done 3', "$role: a trigger that sets another role");
	is(sql("SELECT count(k), string_agg(DISTINCT seen, ', ') FROM t_$role"), "3|$role $role $became", 'has it to the end of the transaction, where it may');
	return;
}

# Where the role cannot be connected as, the server refuses temporary tables.
sub has_what_sessions_have
{
	my ($role) = @_;
	my $refusal = connects($role) ? '' : 'It was carried out, but the result could not be put into its row: cannot create temporary table within security-restricted operation';

	make_table($role, 'CREATE TEMP TABLE IF NOT EXISTS scratch (i int); INSERT INTO scratch VALUES (1);');
	my @ids = insert_as($role, 2);
	is(outcomes($node, @ids), 'done 2', "$role: a trigger that makes a temporary table");
	is(item($node, $ids[$_], q{COALESCE(error, '')}), $refusal, 'of row ' . ($_ + 1)) for 0, 1;
	make_table($role, "INSERT INTO said_$role VALUES (concat_ws(' ', NEW.k IS NOT NULL, session_user, current_user));", constraint => 1);
	is(outcomes($node, insert_as($role, 2)), 'done 2', "$role: a trigger that is deferred");
	is(sql("SELECT count(k), (SELECT string_agg(DISTINCT what, ', ') FROM said_$role) FROM t_$role"), "2|t $role $role", 'runs as the role');
	return;
}

# Settings that a role may store for itself, whether or not its sessions could begin
# with them.
sub heeds_no_settings
{
	my ($role) = @_;
	my @settings = ('role = other', 'role = postgres', 'session_authorization = postgres', 'default_transaction_read_only = on',
		'default_transaction_isolation = serializable', 'lock_timeout = 1', q{search_path = pg_temp, "$user"}, 'row_security = off');

	make_table($role, q{NEW.seen = concat_ws(' ', session_user, current_user, current_setting('is_superuser'), current_setting('transaction_read_only'));});
	for my $setting (@settings)
	{
		my $refusal = query_error($node, "SET ROLE $role; ALTER ROLE $role SET $setting");

		like($refusal, qr/^$|ERROR: .*(?:permission denied|cannot be set)/s, "$role: $setting: it is stored, or refused");
		sql("TRUNCATE t_$role");
		is(outcomes($node, insert_with_settings_of($role)), 'done 1', 'a key is written');
		is(sql("SELECT count(k), max(seen) FROM t_$role"), "1|$role $role off off", 'by nobody else');
		sql("ALTER ROLE $role RESET ALL");
	}
	return;
}

# In a session that does not have them itself.
sub insert_with_settings_of
{
	my ($role) = @_;
	my ($id) = insert_as($role, 1);

	$node->poll_query_until('postgres', "SELECT count(*) = 0 FROM pg_stat_activity WHERE $role_worker") or die 'a role worker stays';
	return $id;
}

# The next dispatcher, which comes five seconds later, knows nothing of the worker.
sub ends_with_its_dispatcher
{
	make_table('app', 'PERFORM pg_sleep(0.2);');
	my @ids = insert_as('app', 50);
	$node->poll_query_until('postgres', q{SELECT count(*) >= 30 FROM jira_spoke.outbox WHERE state = 'writing_back' AND write_backs = 1}) or die 'not taken';
	sql(q{SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE backend_type = 'jira_spoke outbox'});
	is(outcomes($node, @ids), 'done 50', 'a dispatcher that ends while keys are written');
	is(sql('SELECT count(k) FROM t_app'), 50, 'all are written');
	is(sql('SELECT max(write_backs) FROM jira_spoke.outbox WHERE id = ANY (ARRAY[' . join(',', @ids) . '])'), 1, 'each is begun once');
	return;
}

# The outbox is locked from the moment that an attempt has failed, as for a lock of
# its row, until that has been tried to be noted.
sub notes_what_became
{
	my $seen = -s $node->logfile;
	my $holding = hold_triggers(96);

	make_table('app', waiting_for(96) . " IF NOT EXISTS (SELECT FROM said_app) THEN RAISE 'not yet' USING ERRCODE = 'lock_not_available'; END IF;");
	my @ids = insert_as('app', 2);
	my ($pid) = await_waiting();
	my $locking = JiraSpoke::Background->start($node, "BEGIN;\nLOCK TABLE jira_spoke.outbox;\nSELECT pg_advisory_lock(97);\nCOMMIT;\n");
	my $gate = $node->background_psql('postgres');
	$gate->query_safe('SELECT pg_advisory_lock(97)');
	$node->poll_query_until('postgres', q{SELECT count(*) = 1 FROM pg_locks WHERE NOT granted AND relation = 'jira_spoke.outbox'::regclass AND mode = 'AccessExclusiveLock'}) or die 'not waiting';
	$holding->quit;
	$node->wait_for_log(qr/LOG:  a role worker of the Jira outbox cannot go on now, and tries again: canceling statement due to lock timeout/, $seen);
	sql('INSERT INTO said_app VALUES (1)');
	$gate->quit;
	$locking->finish;
	is(outcomes($node, @ids), 'done 2', 'an outbox that is locked after an attempt: the results are told again');
	is(sql("SELECT string_agg(DISTINCT concat_ws(' ', error, write_backs), ', ') FROM jira_spoke.outbox WHERE id = ANY (ARRAY[" . join(',', @ids) . '])'), '1', 'and no attempt is counted that was none');
	is(sql('SELECT count(k) FROM t_app'), 2, 'with all keys');
	return;
}

# Milliseconds since 1970 of the first line of the log that matches.
sub logged_at
{
	my ($log, $pattern) = @_;

	for my $line (split /\n/, $log)
	{
		next unless $line =~ $pattern;
		my ($year, $month, $day, $hour, $minute, $second) = $line =~ /^(\d+)-(\d+)-(\d+) (\d+):(\d+):([\d.]+)/ or die $line;
		return 1000 * (timegm(int $second, $minute, $hour, $day, $month - 1, $year) + $second - int $second);
	}
	die "not in the log: $pattern";
}

# How long it took from the first line with "begun" until the worker ended.
sub time_to_end
{
	my ($log, $end) = @_;

	return int(logged_at($log, $end) - logged_at($log, qr/LOG:  begun/));
}

sub ends_in_time
{
	change_settings($node, write_back_timeout => '1s');
	for my $role (@roles)
	{
		my $seen = -s $node->logfile;

		make_table($role, q{RAISE LOG 'begun'; PERFORM pg_sleep(3600);});
		my ($id) = insert_as($role, 1);
		is(outcome($node, $id, 'state, write_backs'), 'done|2', "$role: a trigger that takes long is tried twice");
		like(item_error($node, $id), qr/could not be put into its row: canceling statement due to statement timeout$/, 'and cut short');
		unlike(log_since($seen), qr/terminated the role worker/, 'by itself');
	}
	return;
}

sub gives_up_what_cannot_be_ended
{
	my @took;

	for my $role (@roles)
	{
		my $seen = -s $node->logfile;

		make_table($role, q{RAISE LOG 'begun'; LOOP BEGIN PERFORM pg_sleep(60); EXCEPTION WHEN query_canceled THEN NULL; END; END LOOP;});
		my ($id) = insert_as($role, 1);
		is(outcome($node, $id, 'state, write_backs'), 'done|3', "$role: a trigger that swallows the time-out is ended twice");
		like(item_error($node, $id), qr/^It was carried out, but the result could not be put into its row: Each attempt ended the server or the worker\.$/,
			'then the item says so');
		my $log = log_since($seen);
		my $took = time_to_end($log, qr/FATAL:  terminating background worker "jira_spoke outbox role worker"/);
		is(() = $log =~ /terminated the role worker with PID \d+ of the Jira outbox: it writes into a row of "t_$role"/g, 2, 'the log tells each time');
		diag("$role: ended after $took ms, of which 1000 ms are jira_spoke.write_back_timeout");
		cmp_ok($took, '<', 30_000, 'it ends soon after the time-out');
		push @took, $took;
		is(sql("SELECT count(k) FROM t_$role"), 0, 'the row is as it was');
	}
	cmp_ok(min(@took), '<', 10_000, 'which is done two seconds after the time-out, unless the machine is busy');
	change_settings($node, write_back_timeout => '10min');
	return;
}

# The worker of another database has the third slot, beside the launcher of
# logical replication and the dispatcher, which both have something to wait for.
sub waits_for_a_slot
{
	my $tomorrow = q{SELECT jira_enqueue('jira_add_comment', '{"issue": "OPS-1", "body": "x"}', not_before => now() + '1 day')};
	my $kept = sql($tomorrow);

	$node->poll_query_until('postgres', "SELECT count(*) = 0 FROM pg_stat_activity WHERE $role_worker") or die 'a role worker stays';
	await_workers($node, 1) or die 'no dispatcher';
	sql('CREATE DATABASE taken');
	sql('CREATE EXTENSION jira_spoke', 'taken');
	connect_to($node, $jira, undef, dbname => 'taken');
	sql($tomorrow, 'taken');
	ok(await_workers($node, 1, 'taken'), 'a worker takes the last slot');
	my $seen = -s $node->logfile;

	make_table('app', '');
	$jira->forget_requests;
	my @ids = insert_as('app', 3);
	ok($node->poll_query_until('postgres', q{SELECT count(*) = 3 FROM jira_spoke.outbox WHERE state = 'writing_back' AND result IS NOT NULL
		AND error = 'It was carried out; the result waits until max_worker_processes leaves room for a worker that puts it into its row.'}), 'without a slot results wait');
	is(sql(q{SET ROLE app; SELECT writing_back, paused_because ~ 'max_worker_processes' FROM jira_spoke.outbox_status WHERE writing_back > 0}), '3|t', 'and the status says why');
	is(sql(q{SET ROLE shut; SELECT count(*) FROM jira_spoke.outbox_status WHERE writing_back > 0}), 0, 'to who may see it');
	is(outcome($node, enqueue($node, 'jira_add_comment', { issue => 'OPS-2', body => 'x' }), 'state'), 'done', 'others are carried out');
	my $late = sql(q{SELECT clock_timestamp() + '2 s'});
	$node->poll_query_until('postgres', "SELECT clock_timestamp() > '$late'");
	sql(q{SELECT jira_outbox_cancel(id) FROM jira_spoke.outbox WHERE state = 'pending'}, 'taken');
	is(outcomes($node, @ids), 'done 3', 'when there is a slot, they are put into their rows');
	is(sql('SELECT count(k) FROM t_app'), 3, 'all of them');
	is(item($node, $ids[0], q{COALESCE(error, '')}), '', 'and the reason is gone');
	is(scalar(grep { /POST .*issue/ && !/comment/ } $jira->request_lines), 1, 'nothing was sent again');
	sql("SELECT jira_outbox_cancel($kept)");
	is(() = log_since($seen) =~ /LOG:  no worker could be started to write results of the Jira outbox into rows/g, 1, 'the log tells it once');
	return;
}

# Three roles share two places.  Two of them have more rows than come at once: the
# first one takes long, and the others wait until the third role is through.
sub takes_turns
{
	sql('DROP DATABASE taken');
	$node->append_conf('postgresql.conf', 'max_worker_processes = 8');
	$node->restart;
	my $first_row = hold_triggers(96);
	my $others = hold_triggers(97);
	make_table($_, 'IF EXISTS (SELECT FROM said_' . $_ . ') THEN ' . waiting_for(97) . ' ELSE ' . waiting_for(96) . "
		PERFORM pg_sleep(1); INSERT INTO said_$_ VALUES ('the first one'); END IF;") for qw(app idle);
	make_table('shut', '');
	my @first = map { insert_as($_, 120) } qw(app idle);
	my $waiting = q{SELECT count(*) = %d FROM jira_spoke.outbox WHERE state = 'writing_back' AND role = ANY ('{%s}'::regrole[])};
	$node->poll_query_until('postgres', sprintf $waiting, 240, 'app, idle') or die 'not sent';
	my @third = insert_as('shut', 2);
	$node->poll_query_until('postgres', sprintf $waiting, 2, 'shut') or die 'not sent';
	$first_row->quit;
	is(outcomes($node, @third), 'done 2', 'two roles with many rows: a third one has its turn');
	$others->quit;
	is(outcomes($node, @first), 'done 240', 'before they are through');
	is(sql('SELECT count(k) FROM t_app') + sql('SELECT count(k) FROM t_idle'), 240, 'with all keys');
	is(sql('SELECT max(write_backs) FROM jira_spoke.outbox WHERE id = ANY (ARRAY[' . join(',', @first) . '])'), 1, 'each row is begun once');
	return;
}

# A worker that does not end at SIGTERM, as in a loop of PL/Perl or C: here it is
# stopped.  With one place in all, it costs its role the write-backs of all of its
# tables, others nothing, and the server one slot.
sub passes_what_cannot_be_terminated
{
	my $holding = hold_triggers(96);
	my $seen = -s $node->logfile;

	change_settings($node, outbox_write_back_workers => 1);
	make_table('idle', '');
	make_table('app', waiting_for(96));
	sql(q{SET ROLE app; CREATE TABLE second (id int PRIMARY KEY, k text); CREATE TRIGGER jira AFTER INSERT ON second FOR EACH ROW EXECUTE FUNCTION
		jira_create_issue_trigger('{"project": "OPS", "issue_type": "Bug", "summary": "second"}', '{"key_column": "k", "connection": "demo"}')});
	my ($first) = insert_as('app', 1);
	my ($pid) = await_waiting();
	kill 'STOP', $pid or die $!;
	change_settings($node, write_back_timeout => '1s');
	$node->wait_for_log(qr/terminated the role worker with PID $pid of the Jira outbox: it writes into a row of "t_app"/, $seen);
	sql('SET ROLE app; INSERT INTO second VALUES (1)');
	my $other = sql('SELECT max(id) FROM jira_spoke.outbox');
	$node->poll_query_until('postgres', "SELECT state = 'writing_back' FROM jira_spoke.outbox WHERE id = $other") or die 'not sent';
	is(outcomes($node, insert_as('idle', 3)), 'done 3', 'beside a worker that cannot be ended: the results of another role are written');
	is(outcome($node, enqueue($node, 'jira_add_comment', { issue => 'OPS-2', body => 'x' }), 'state'), 'done', 'and items are sent');
	is(item($node, $other, 'state'), 'writing_back', 'those of its own role wait');
	is(sql("SELECT string_agg(pid::text, ',') FROM pg_stat_activity WHERE $role_worker AND usename = 'app'"), $pid, 'it is the only worker of the role');
	is(() = log_since($seen) =~ /terminated the role worker/g, 1, 'the log tells it once');
	change_settings($node, write_back_timeout => '10min');
	kill 'CONT', $pid;
	$holding->quit;
	is(outcomes($node, $first, $other), 'done 2', 'when it ends after all, they are written');
	is(sql('SELECT (SELECT count(k) FROM t_app) + (SELECT count(k) FROM second)'), 2, 'with their keys');
	sql('DROP TABLE second');
	change_settings($node, outbox_write_back_workers => 2);
	return;
}

# Nobody may connect any more, and a result is there to be written.
sub keeps_a_closed_database_closed
{
	my $seen = -s $node->logfile;
	my $refused = qr/FATAL:  database "postgres" is not currently accepting connections/;

	make_table('app', '');
	$jira->close_gate(method => 'POST', path => '*/issue');
	my ($id) = insert_as('app', 1);
	$jira->await_at_gate(1);
	sql('ALTER DATABASE postgres ALLOW_CONNECTIONS false', 'template1');
	$jira->open_gate;
	$node->wait_for_log($refused, $seen);
	my $late = sql(q{SELECT clock_timestamp() + '2 s'}, 'template1');
	$node->poll_query_until('template1', "SELECT clock_timestamp() > '$late'");
	cmp_ok(scalar(() = log_since($seen) =~ /$refused/g), '<', 5, 'a worker that cannot connect is started again after a pause');
	sql('ALTER DATABASE postgres ALLOW_CONNECTIONS true', 'template1');
	is(outcome($node, $id, 'state, error'), 'done|', 'when the database is opened, the result is put into its row');
	return;
}
