# What one role does, or one Jira, holds up nobody else's items: neither a Jira that
# does not answer, nor a look-up, a pace, a lock or a trigger.
use strict;
use warnings FATAL => 'all';

use JiraSpoke;
use JiraSpoke::OAuth;
use JiraSpoke::Outbox;
use Test::More;

my $jira = JiraSpoke::Jira->start;
my $node = start_cluster('isolation', q{jira_spoke.write_back_timeout = '1s'}, 'jira_spoke.outbox_write_back_workers = 2',
	'max_worker_processes = 12', "jira_spoke.gateway_url = '" . $jira->url . "'");
my $hanging = JiraSpoke::Jira->start;
my $dispatcher = q{backend_type = 'jira_spoke outbox'};

connect_to($node, $jira);
connect_to($node, $hanging, "hanging$_") for 1 .. 12;
connect_to($node, $jira, 'slowest', options => '{"requests_per_second": 0.001}');
$node->safe_psql('postgres', q{CREATE ROLE mallory LOGIN IN ROLE jira_spoke_user; CREATE ROLE app LOGIN IN ROLE jira_spoke_user;
	CREATE ROLE idle NOLOGIN IN ROLE jira_spoke_user; CREATE ROLE other;
	GRANT CREATE ON SCHEMA public TO mallory, app, idle});
$node->safe_psql('postgres', "SELECT jira_grant_connection('demo', '$_')") for qw(mallory app idle);

passes_connections_that_hang();
tries_what_is_silent_with_one();
shares_a_connection();
passes_a_sign_in_that_hangs();
passes_what_others_lock();
refuses_what_is_too_large();
passes_a_trigger_that_does_not_end();
keeps_its_place();
connects_as_the_role($_) for qw(app idle);
heeds_no_settings_of_a_role();
undoes_what_is_refused_at_commit();

$node->stop;
done_testing();

sub sql { my ($query) = @_; return $node->safe_psql('postgres', $query); }

sub comment { my (%options) = @_; return enqueue($node, 'jira_add_comment', { issue => 'OPS-1', body => 'x' }, %options); }

# Another role's items: one that has to look something up, and one that has not.
sub others_go_on
{
	my ($what) = @_;
	my $transition = sql(q{SELECT name FROM jira_lookup_transitions('OPS-10') LIMIT 1});
	my $id = enqueue($node, 'jira_do_transition', { issue => 'OPS-10', transition => $transition }, connection => 'demo', role => 'app', group => $what);

	is(outcome($node, comment(connection => 'demo', role => 'app', group => "$what, a comment")), 'done|1', "$what: another comment is carried out");
	is(outcome($node, $id, 'state'), 'done', "$what: so is what has to be looked up");
	return;
}

sub passes_connections_that_hang
{
	$hanging->close_gate(path => '*');
	my @held = split /\n/, sql(q{SELECT jira_enqueue('jira_add_comment', jsonb_build_object('issue', 'OPS-' || 1 + i % 20, 'body', 'x'), 'hanging' || c, group_key => c || '.' || i)
		FROM generate_series(1, 12) AS c, generate_series(1, 20) AS i
		UNION ALL SELECT jira_enqueue('jira_do_transition', '{"issue": "OPS-1", "transition": "Done"}', 'hanging' || c, group_key => 't' || c) FROM generate_series(1, 12) AS c});
	my $slow = comment(connection => 'slowest', group => 'slow');

	$node->poll_query_until('postgres', q{SELECT count(*) >= 12 FROM jira_spoke.outbox WHERE state IN ('composing', 'sending') AND connection LIKE 'hanging%'}) or die 'nothing hangs';
	others_go_on('twelve connections hang');
	is(sql(q{SELECT max(n) <= 4 AND sum(n) < 32 FROM (SELECT count(*) AS n FROM jira_spoke.outbox
		WHERE state IN ('composing', 'sending') AND connection LIKE 'hanging%' GROUP BY connection) AS c}), 't', 'no connection has more than four slots, and some are left');
	is(sql("SELECT count(*) FROM pg_stat_activity WHERE $dispatcher AND xact_start < clock_timestamp() - interval '1 s'"), 0, 'the dispatcher has no old transaction');
	sql("SELECT jira_outbox_cancel($slow)");
	$hanging->open_gate;
	is(sql('SELECT count(*) FROM jira_spoke.outbox WHERE ' . when_ended('id') . " NOT IN ('done', 'failed') AND connection LIKE 'hanging%'"), 0, 'when it answers, nothing is left');
	is(scalar @held, 252, 'of all of them');
	return;
}

# Under way through a connection.
sub under_way { my ($connection) = @_; return sql("SELECT count(*) FROM jira_spoke.outbox WHERE state IN ('composing', 'sending') AND connection = '$connection'"); }

# After a time-out a connection has one slot until it answers.
sub tries_what_is_silent_with_one
{
	connect_to($node, $hanging, 'silent', options => '{"timeout": "1s"}');
	$hanging->close_gate(path => '*/comment');
	my @ids = map { comment(connection => 'silent', group => "silent $_") } 1 .. 4;
	is(outcomes($node, @ids), 'failed 4', 'a connection does not answer');
	sql(q{SELECT jira_alter_connection('silent', options => '{"timeout": "10min"}')});
	push @ids, split /\n/, sql(q{SELECT jira_enqueue('jira_add_comment', '{"issue": "OPS-1", "body": "x"}', 'silent', group_key => 'later ' || i) FROM generate_series(1, 4) AS i});
	$node->poll_query_until('postgres', q{SELECT count(*) > 0 FROM jira_spoke.outbox WHERE state = 'sending' AND connection = 'silent'}) or die 'nothing is sent';
	others_go_on('a silent connection');
	is(under_way('silent'), 1, 'it is tried with one item');
	$hanging->open_gate;
	is(outcomes($node, @ids[ 4 .. 7 ]), 'done 4', 'when it answers, the others follow');
	return;
}

# What a role has enqueued first, and much of it, is not carried out first.
sub shares_a_connection
{
	$jira->forget_requests;
	$jira->close_gate(path => '*/comment');
	my @many = split /\n/, sql(q{SET ROLE mallory; SELECT jira_enqueue('jira_add_comment', jsonb_build_object('issue', 'OPS-' || 1 + i % 20, 'body', 'one of many'), 'demo', group_key => 'many ' || i)
		FROM generate_series(1, 200) AS i});
	$jira->await_at_gate(4);
	my @few = map { enqueue($node, 'jira_add_comment', { issue => 'OPS-1', body => 'one of few' }, connection => 'demo', role => 'app', group => "few $_") } 1 .. 3;
	$jira->open_gate;
	is(outcomes($node, @few), 'done 3', 'beside many items of another role');
	is(outcomes($node, @many), 'done 200', 'which are carried out, too');
	my @order = map { $_->{body} && $_->{body} =~ /one of (many|few)/ ? $1 : () } $jira->requests;
	my ($last) = grep { $order[$_] eq 'few' } reverse 0 .. $#order;
	cmp_ok($last, '<', 100, 'the few are not the last ones');
	return;
}

# A token has to be renewed, and the server that does it does not answer.
sub passes_a_sign_in_that_hangs
{
	connect_oauth($node, $jira, 'signing');
	expire_tokens($node);
	$jira->close_gate(path => '/oauth/token');
	my $id = comment(connection => 'signing', group => 'signing');
	$jira->await_at_gate(1);
	others_go_on('a sign-in that hangs');
	ok(await_no_transaction($node, "EXISTS (SELECT FROM jira_spoke.outbox WHERE id = $id AND state = 'composing')"), 'no transaction is open meanwhile');
	$jira->open_gate;
	is(outcome($node, $id), 'done|1', 'when it answers, the item is carried out');
	return;
}

# Each in a transaction that stays open.
sub passes_what_others_lock
{
	$jira->fault(kind => 'status', status => 503, times => 1, path => '*/OPS-1/comment', headers => { 'Retry-After' => '3600' });
	my $paused = comment(connection => 'slowest', group => 'p');
	my ($first, $second) = map { sql(q{SELECT jira_enqueue('jira_add_comment', '{"issue": "OPS-3", "body": "x"}', not_before => now() + interval '8 s')}) } 1, 2;
	my %locks = (
		'an item that is being cancelled' => "SELECT jira_outbox_cancel($first)",
		'an item that is being retried' => "SELECT jira_outbox_retry($second)",
		'a connection that is being changed' => q{SELECT jira_alter_connection('slowest', options => '{"requests_per_second": 100}')});

	$jira->clear_faults;
	my %sessions = map { $_ => $node->background_psql('postgres') } keys %locks;
	$sessions{$_}->query_safe("BEGIN; $locks{$_}") for keys %locks;
	for my $what (sort keys %locks)
	{
		my $session = $sessions{$what};

		$node->poll_query_until('postgres', "SELECT bool_and(next_attempt < now()) FROM jira_spoke.outbox WHERE id IN ($first, $second)")
		  if $what =~ /item/;
		others_go_on($what);
		$session->query_safe('ROLLBACK');
		$session->quit;
	}
	is(outcomes($node, $first, $second), 'done 2', 'then they are carried out');
	sql("SELECT jira_outbox_cancel(id) FROM jira_spoke.outbox WHERE id = $paused AND state = 'pending'");

	my $session = $node->background_psql('postgres');

	$session->query_safe('BEGIN; LOCK TABLE jira_spoke.alias IN ACCESS EXCLUSIVE MODE');
	my $late = sql(q{INSERT INTO jira_spoke.outbox (connection, action, arguments, role)
		VALUES ('demo', 'jira_add_comment', '{"issue": "OPS-4", "body": "x"}', 'postgres'::regrole) RETURNING id});
	sql('SELECT jira_outbox_start()');
	ok(await_error($node, $late, 'lock timeout'), 'a table that is locked');
	$session->query_safe('COMMIT');
	$session->quit;
	make_due($node, $late);
	is(outcome($node, $late), 'done|1', 'puts an item off, and is no attempt');
	return;
}

sub refuses_what_is_too_large
{
	my ($code, undef, $error) = $node->psql('postgres', q{\set VERBOSITY verbose
		SELECT jira_enqueue('jira_add_comment', jsonb_build_object('issue', 'OPS-1', 'body', repeat('x', 11000000)))});

	like($error, qr/54000: .*too large for the Jira outbox/, 'arguments that are too large are refused');
	my $large = sql(q{INSERT INTO jira_spoke.outbox (connection, action, arguments, role)
		SELECT 'demo', 'jira_add_comment', jsonb_build_object('issue', 'OPS-1', 'body', repeat(E'\x01', 30000000)), 'postgres'::regrole RETURNING id});
	others_go_on('an item that is too large');
	is(outcome($node, $large, 'state'), 'failed', 'which fails');
	like(item_error($node, $large), qr/larger than jira_spoke.outbox_max_arguments/, 'and says why');
	return;
}

# A table of a role whose rows get keys, with a trigger on their update.
sub table_with_trigger
{
	my ($role, $body, %options) = @_;
	my $kind = $options{constraint} ? 'CONSTRAINT TRIGGER u AFTER UPDATE' : 'TRIGGER u BEFORE UPDATE';
	my $deferred = $options{constraint} ? 'DEFERRABLE INITIALLY DEFERRED' : '';

	sql(qq{SET ROLE $role; DROP TABLE IF EXISTS t_$role; CREATE TABLE t_$role (id int PRIMARY KEY, k text, seen text);
		CREATE OR REPLACE FUNCTION f_$role() RETURNS trigger LANGUAGE plpgsql AS \$\$ BEGIN $body RETURN NEW; END \$\$;
		CREATE $kind ON t_$role $deferred FOR EACH ROW EXECUTE FUNCTION f_$role();
		CREATE TRIGGER jira AFTER INSERT ON t_$role FOR EACH ROW EXECUTE FUNCTION jira_create_issue_trigger(
			'{"project": "OPS", "issue_type": "Bug", "summary": "$role {id}"}', '{"key_column": "k", "connection": "demo"}')});
	return;
}

sub insert_as
{
	my ($role, $id) = @_;

	sql("SET ROLE $role; INSERT INTO t_$role VALUES ($id)");
	return sql('SELECT max(id) FROM jira_spoke.outbox');
}

sub passes_a_trigger_that_does_not_end
{
	my $seen = -s $node->logfile;

	table_with_trigger('mallory', 'LOOP BEGIN PERFORM pg_sleep(60); EXCEPTION WHEN query_canceled THEN NULL; END; END LOOP;');
	table_with_trigger('app', 'NEW.seen = session_user;');
	my $looping = insert_as('mallory', 1);
	$node->poll_query_until('postgres', q{SELECT count(*) = 1 FROM pg_stat_activity WHERE backend_type = 'jira_spoke outbox role worker' AND usename = 'mallory' AND wait_event = 'PgSleep'}) or die 'no loop';
	is(outcome($node, insert_as('app', 1), 'state, error IS NULL'), 'done|t', 'beside a trigger that does not end: the key of another role is written');
	is(sql('SELECT k IS NOT NULL FROM t_app'), 't', 'into its row');
	others_go_on('a trigger that does not end');
	is(outcome($node, $looping, 'state'), 'done', 'its own item is given up');
	like(item_error($node, $looping), qr/could not be put into its row/, 'and says so');
	$node->wait_for_log(qr/terminated the role worker with PID \d+ of the Jira outbox: it writes into a row of "t_mallory"/, $seen);
	is(scalar issues($jira, 'mallory 1'), 1, 'its issue is there once');
	return;
}

sub keeps_its_place
{
	$jira->forget_requests;
	table_with_trigger('mallory', 'PERFORM pg_advisory_unlock_all(); SET search_path = pg_temp; CREATE TEMP TABLE IF NOT EXISTS outbox (a int);');
	is(outcome($node, insert_as('mallory', 2), 'state, error IS NULL'), 'done|t', 'a trigger that gives all locks back');
	is(sql("SELECT count(*) FROM pg_stat_activity WHERE $dispatcher"), 1, 'leaves one dispatcher');
	is(outcome($node, insert_as('mallory', 3), 'state, error IS NULL'), 'done|t', 'and the next item as it is');
	is(scalar(grep { /POST .*issue$/ } $jira->request_lines), 2, 'each is sent once');
	return;
}

sub connects_as_the_role
{
	my ($role) = @_;

	table_with_trigger($role, q{
		BEGIN RESET SESSION AUTHORIZATION; EXCEPTION WHEN OTHERS THEN NULL; END;
		BEGIN RESET ROLE; EXCEPTION WHEN OTHERS THEN NULL; END;
		NEW.seen = concat_ws(' ', session_user, current_user, current_setting('is_superuser'), (SELECT rolsuper FROM pg_roles WHERE rolname = current_user));});
	is(outcome($node, insert_as($role, 1), 'state, error IS NULL'), 'done|t', "$role: the key is written");
	is(sql("SELECT seen FROM t_$role"), "$role $role off f", "$role: by nobody else");
	return;
}

sub heeds_no_settings_of_a_role
{
	sql('GRANT other TO app; ALTER ROLE app SET default_transaction_read_only = on; ALTER ROLE app SET role = other;
		ALTER ROLE app SET default_transaction_isolation = serializable; ALTER ROLE app SET statement_timeout = 1');
	table_with_trigger('mallory', 'NEW.seen = current_user;');
	sql("INSERT INTO t_app SELECT 2 FROM set_config('role', 'app', false)");
	my $id = sql('SELECT max(id) FROM jira_spoke.outbox');
	is(outcome($node, $id, 'state, error IS NULL'), 'done|t', 'settings of a role do not keep its key from its row');
	sql('ALTER ROLE app RESET ALL');
	return;
}

sub undoes_what_is_refused_at_commit
{
	table_with_trigger('app', q{RAISE EXCEPTION 'not this one';}, constraint => 1);
	my $id = insert_as('app', 1);
	is(outcome($node, $id, 'state'), 'done', 'a row that is refused at commit');
	like(item_error($node, $id), qr/could not be put into its row: not this one/, 'says why');
	is(sql('SELECT k IS NULL FROM t_app'), 't', 'and is as it was');
	return;
}
