# The worker of the outbox in the life of a database: it holds up neither vacuum
# nor DROP nor a shutdown, and what was left is carried out afterwards.
use strict;
use warnings FATAL => 'all';

use IPC::Run;
use JiraSpoke;
use JiraSpoke::Background;
use JiraSpoke::Files;
use JiraSpoke::Outbox;
use List::Util qw(max);
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(time usleep);

my $rounds = ($ENV{SPOKE_STORM} // '') eq 'full' ? 1000 : 40;
my $worker = q{backend_type = 'jira_spoke outbox'};
my $create = q{jira_enqueue('jira_create_issue', '{"project": "OPS", "issue_type": "Bug", "summary": "%s"}')};
my $hung = 0;
my $linger = '300ms';
my $jira = JiraSpoke::Jira->start;
my $node = start_cluster('life', 'wal_level = replica', 'max_wal_senders = 4', 'max_prepared_transactions = 4',
	'max_worker_processes = 20', q{jira_spoke.timeout = '10min'}, q{jira_spoke.outbox_search_delay = '100ms'}, "jira_spoke.outbox_linger = '$linger'");

connect_to($node, $jira);
holds_back_nothing();
waits_for_what_is_prepared();
knows_subtransactions();
survives_drop_extension();
lets_a_database_go();
serves_each_database();
takes_a_large_copy();
loses_no_wake_up();
ends_with_the_server($_) for 'smart', 'fast', 'immediate';
starts_with_the_server();
leaves_pg_upgrade_alone();
tells_when_there_is_no_room();
goes_on_after_promotion();

$node->stop;
done_testing();

sub sql { my ($query, $database) = @_; return $node->safe_psql($database // 'postgres', $query); }

sub put { my ($summary, $database) = @_; return sql('SELECT ' . sprintf($create, $summary), $database); }

# Waits until nothing is left to do, in the database postgres.
sub await_all_done
{
	my $server = shift // $node;

	return $server->poll_query_until('postgres', q{SELECT count(*) = 0 FROM jira_spoke.outbox WHERE state IN ('pending', 'sending')});
}

sub await_issue
{
	my ($summary) = @_;

	for (1 .. 20 * $PostgreSQL::Test::Utils::timeout_default)
	{
		return 1 if issues($jira, $summary);
		usleep(50_000);
	}
	return 0;
}

# A delivery that gets no answer; returns the summary of its issue.  Earlier ones
# have to be given up first.
sub hang
{
	my ($database) = @_;
	my $summary = 'Hangs ' . ++$hung;

	$jira->await_at_gate(0);
	$jira->close_gate(method => 'POST', path => '/rest/api/*/issue', times => 1);
	put($summary, $database);
	$jira->await_at_gate(1);
	return $summary;
}

# Much less than the ten minutes for which a request may hang.
sub takes_quickly
{
	my ($what, $do) = @_;
	my $start = time;

	$do->();
	cmp_ok(time - $start, '<', 60, $what);
	return;
}

sub holds_back_nothing
{
	my $summary = hang();

	ok(await_no_transaction($node, q{state = 'idle'}), 'no transaction is open while a delivery hangs');
	sql('CREATE TABLE litter AS SELECT generate_series(1, 1000) AS i; DELETE FROM litter');
	ok($node->poll_query_until('postgres', q{VACUUM litter; SELECT pg_relation_size('litter')}, "VACUUM\n0"), 'VACUUM removes dead rows');
	takes_quickly('ALTER EXTENSION does not wait', sub { sql('ALTER EXTENSION jira_spoke UPDATE') });
	put('Passes');
	ok(await_issue('Passes'), 'others pass it');
	sql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE $worker");
	ok(await_issue($summary), 'a worker that is terminated comes back and carries on');
	ok(await_all_done(), 'to the end');
	is(scalar issues($jira, $summary), 1, 'once');
	return;
}

# Waits until the worker goes on for longer than it would linger.
sub await_rounds
{
	my $time = sql("SELECT clock_timestamp() + '$linger' + '0.5 s'");

	return $node->poll_query_until('postgres', "SELECT state_change > '$time' FROM pg_stat_activity WHERE $worker");
}

sub waits_for_what_is_prepared
{
	my $item = sprintf $create, 'Prepared';

	sql("BEGIN; SELECT $item; PREPARE TRANSACTION 'p'");
	my $undone = sprintf $create, 'Unprepared';
	sql("BEGIN; SELECT $undone; PREPARE TRANSACTION 'q'");
	ok(await_rounds(), 'the worker waits for what is prepared');
	is(scalar issues($jira, 'Prepared'), 0, 'and does nothing for it');
	sql(q{COMMIT PREPARED 'p'});
	ok(await_issue('Prepared'), 'after COMMIT PREPARED it is done');
	sql(q{ROLLBACK PREPARED 'q'});
	ok(await_workers($node, 0), 'then the worker ends');
	is(scalar issues($jira, 'Unprepared'), 0, 'after ROLLBACK PREPARED nothing is');
	return;
}

sub knows_subtransactions
{
	my ($kept, $dropped) = map { sprintf $create, $_ } 'Kept', 'Dropped';

	ok(await_workers($node, 0), 'no worker');
	sql("BEGIN; SAVEPOINT a; SELECT $dropped; ROLLBACK TO a; SAVEPOINT b; SELECT $kept; RELEASE b; COMMIT");
	ok(await_issue('Kept'), 'what a subtransaction left is done');
	ok(await_workers($node, 0), 'no worker again');
	is(scalar issues($jira, 'Dropped'), 0, 'what it took back is not');
	sql("BEGIN; SELECT $kept; DROP EXTENSION jira_spoke CASCADE; ROLLBACK");
	is(query_error($node, "BEGIN; SELECT $dropped; DROP EXTENSION jira_spoke CASCADE; COMMIT"), '', 'the extension can go in the same transaction');
	sql('CREATE EXTENSION jira_spoke');
	connect_to($node, $jira);
	return;
}

sub survives_drop_extension
{
	hang();
	takes_quickly('DROP EXTENSION does not wait', sub { sql('DROP EXTENSION jira_spoke') });
	ok(await_workers($node, 0), 'and ends the worker');

	sql('CREATE EXTENSION jira_spoke');
	connect_to($node, $jira);
	my $lost = hang();
	sql('BEGIN; DROP EXTENSION jira_spoke; CREATE EXTENSION jira_spoke; COMMIT');
	connect_to($node, $jira);
	my $new = hang();
	ok(await_workers($node, 1), 'an extension that is created at once has one worker');
	$jira->open_gate;
	ok(await_issue($new), 'and works');
	is(scalar issues($jira, $lost), 0, 'the old outbox is gone');
	return;
}

sub make_database
{
	my ($name) = @_;

	sql("CREATE DATABASE $name");
	sql('CREATE EXTENSION jira_spoke', $name);
	connect_to($node, $jira, undef, dbname => $name);
	return;
}

sub lets_a_database_go
{
	make_database('extra');
	put('Last words', 'extra');
	ok(await_issue('Last words'), 'another database');
	sql(q{SELECT jira_enqueue('jira_add_watcher', '{"issue": "OPS-1"}', not_before => now() + '1 hour')}, 'extra');
	ok(await_workers($node, 1, 'extra'), 'has a worker');
	takes_quickly('which lets DROP DATABASE pass when it is idle', sub { sql('DROP DATABASE extra') });

	make_database('extra');
	hang('extra');
	takes_quickly('and when it is delivering', sub { sql('DROP DATABASE extra') });

	make_database('extra');
	my $summary = hang('extra');
	my $sleeper = q{query = 'SELECT pg_sleep(3600)'};
	my $other = IPC::Run::start([ $node->installed_command('psql'), '-XAtqc', 'SELECT pg_sleep(3600)', '-d', $node->connstr('extra') ], '>', '/dev/null');
	ok($node->poll_query_until('postgres', qq{SELECT count(*) = 1 FROM pg_stat_activity WHERE $sleeper}), 'somebody else stays');
	like(query_error($node, 'DROP DATABASE extra'), qr/55006/, 'and keeps the database');
	ok(await_issue($summary), 'then the worker comes back');
	sql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE $sleeper");
	IPC::Run::finish($other);
	return;
}

sub serves_each_database
{
	my @names = map { "Side $_" } 1 .. 10;
	my $most = 0;

	put($_, /[02468]$/ ? 'extra' : 'postgres') for @names;
	is(scalar(grep { await_issue($_) } @names), 10, 'two databases deliver');
	for my $name (@names) { $most = max($most, scalar issues($jira, $name)); }
	is($most, 1, 'nothing twice');
	ok($node->poll_query_until('postgres', "SELECT max(n) <= 1 FROM (SELECT count(*) AS n FROM pg_stat_activity WHERE $worker GROUP BY datname
		UNION ALL SELECT 0) AS w"), 'each has one worker');
	takes_quickly('a database goes', sub { sql('DROP DATABASE extra') });
	return;
}

# In a transaction that is rolled back, so that Jira gets none of it.
sub takes_a_large_copy
{
	my ($file, $rows) = (test_file('copy'), 100_000);

	append_to_file($file, join '', map { "$_\tout of stock\n" } 1 .. $rows);
	sql(q{CREATE TABLE orders (id integer PRIMARY KEY, reason text);
		CREATE TRIGGER issue AFTER INSERT ON orders FOR EACH ROW EXECUTE FUNCTION jira_create_issue_trigger(
			'{"project": "OPS", "issue_type": "Bug", "summary": "Order {id}: {reason}"}')});
	my $start = time;
	my @said = split /\n/, sql("BEGIN; COPY orders FROM '$file'; SELECT count(*) FROM jira_spoke.outbox WHERE group_key LIKE '%orders%' OR arguments ->> 'summary' LIKE 'Order %';
		SELECT substring(pg_read_file('/proc/' || pg_backend_pid() || '/status') FROM 'VmHWM:\\s*(\\d+)'); ROLLBACK");
	is($said[0], $rows, 'a large COPY fills the outbox');
	cmp_ok($said[1], '<', 256 * 1024, 'in bounded memory');
	diag(sprintf 'COPY of %d rows: %.1f s, at most %.0f MB', $rows, time - $start, $said[1] / 1024);
	return;
}

# Again and again about when the worker ends.
sub loses_no_wake_up
{
	my $item = sprintf $create, 'Awake :round';
	my $script = '';

	change_settings($node, outbox_linger => 0);
	$item =~ s/'(\{.*\})'/jsonb_build_object('project', 'OPS', 'issue_type', 'Bug', 'summary', 'Awake')/;
	$script .= "SELECT $item AS id \\gset\nSELECT " . when_ended(':id') . ";\nSELECT pg_sleep(random() * 0.3) \\g /dev/null\n" for 1 .. $rounds;
	my ($out, $error) = JiraSpoke::Background->start($node, $script)->finish;
	is(scalar(() = $out =~ /^done$/mg), $rounds, "in $rounds rounds no wake-up is lost") or diag($out, $error);
	is(scalar issues($jira, 'Awake'), $rounds, 'and none is double');
	change_settings($node, outbox_linger => $linger);
	return;
}

# What was under way is carried on with after the start, when something starts a worker.
sub ends_with_the_server
{
	my ($mode) = @_;
	my $summary = hang();

	takes_quickly("$mode shutdown does not wait for Jira", sub { $node->stop($mode) });
	$node->start;
	ok($node->poll_query_until('postgres', q{SELECT count(*) = 1 FROM pg_stat_activity WHERE backend_type = 'logical replication launcher'}),
		'background workers start');
	is(sql(q{SELECT count(*) FROM pg_stat_activity WHERE backend_type LIKE 'jira_spoke%'}), 0, 'without the library preloaded nothing starts by itself');
	is(scalar issues($jira, $summary), 0, 'or is carried on with');
	sql($mode eq 'smart' ? 'SELECT ' . sprintf $create, 'Next' : 'SELECT jira_outbox_start()');
	ok(await_issue($summary), $mode eq 'smart' ? 'but with the next item' : 'but when it is asked to');
	ok(await_all_done(), 'to the end');
	is(scalar issues($jira, $summary), 1, 'once');
	return;
}

sub starts_with_the_server
{
	$node->append_conf('postgresql.conf', q{shared_preload_libraries = 'jira_spoke'});
	my $summary = hang();

	$node->restart;
	ok(await_issue($summary), 'preloaded, the library starts the worker');
	ok(await_workers($node, 0), 'which ends');
	return;
}

# Whether a server that is started with this option and stopped again has registered the launcher.
sub registers_launcher
{
	my ($option) = @_;
	my $seen = -s $node->logfile;

	command_ok([ 'pg_ctl', 'start', '-w', '-D', $node->data_dir, '-l', $node->logfile, '-o', "$option -c log_min_messages=debug1" ],
		"a start with '$option'");
	command_ok([ 'pg_ctl', 'stop', '-w', '-D', $node->data_dir ], 'and a stop');
	return slurp_file($node->logfile, $seen) =~ /: +registering background worker "jira_spoke outbox launcher"/;
}

# pg_upgrade starts both clusters with -b, and copies what it finds then.
sub leaves_pg_upgrade_alone
{
	local $ENV{PGHOST} = $node->host;
	local $ENV{PGPORT} = $node->port;

	$node->stop;
	ok(registers_launcher(''), 'which a launcher does');
	ok(!registers_launcher('-b'), 'but not for pg_upgrade');
	$node->start;
	return;
}

# The launcher of logical replication takes the only place.
sub tells_when_there_is_no_room
{
	$node->adjust_conf('postgresql.conf', 'shared_preload_libraries', q{''});
	$node->adjust_conf('postgresql.conf', 'max_worker_processes', '1');
	$node->restart;
	my (undef, undef, $said) = $node->psql('postgres', 'SELECT ' . sprintf($create, 'Waits'), extra_params => [ '--set=VERBOSITY=verbose' ]);
	like($said, qr/WARNING:  53400: no worker could be started for the Jira outbox/, 'no room for a worker');
	$node->adjust_conf('postgresql.conf', 'shared_preload_libraries', q{'jira_spoke'});
	$node->adjust_conf('postgresql.conf', 'max_worker_processes', '3');
	sql("CREATE DATABASE many$_") for 1 .. 3;
	$node->restart;
	ok(await_issue('Waits'), 'the launcher finds room for each database in turn');
	$node->adjust_conf('postgresql.conf', 'max_worker_processes', '20');
	$node->restart;
	return;
}

sub goes_on_after_promotion
{
	$node->set_replication_conf;
	$node->reload;
	my $standby = start_standby($node, 'life_standby');
	my $summary = hang();
	$node->wait_for_catchup($standby, 'replay');
	is($standby->safe_psql('postgres', "SELECT count(*) FROM pg_stat_activity WHERE $worker"), 0, 'no worker on a standby');
	like(query_error($standby, 'SELECT jira_outbox_start()'), qr/25006/, 'nor can one be started');
	$node->stop('immediate');
	$standby->promote;
	ok(await_issue($summary), 'after promotion what was left is carried on with');
	ok(await_all_done($standby), 'to the end');
	is(scalar issues($jira, $summary), 1, 'once');
	$standby->stop;
	$node->start;
	return;
}
