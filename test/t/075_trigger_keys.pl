# The key of a new issue comes back into the row that asked for it, with the rights
# of the role that did, and with no more.
use strict;
use warnings FATAL => 'all';

use JiraSpoke;
use JiraSpoke::Outbox;
use Test::More;

my $node = start_cluster('trigger_keys');
my $jira = JiraSpoke::Jira->start;
my $template = sql_text('{"project": "OPS", "issue_type": "Bug", "summary": "A row"}');

# What changes nothing for a role that is nobody else.
my @ways_back = (
	q{RESET ROLE}, q{SET ROLE NONE}, q{PERFORM set_config('role', 'none', false)}, q{SET SESSION AUTHORIZATION DEFAULT},
	q{RESET SESSION AUTHORIZATION}, q{RESET ALL}, q{SET CONSTRAINTS ALL DEFERRED});

my @forbidden = (
	q{SET ROLE postgres}, q{PERFORM set_config('role', 'postgres', false)}, q{SET SESSION AUTHORIZATION postgres},
	q{ALTER ROLE CURRENT_USER SUPERUSER}, q{INSERT INTO loot SELECT 'secret', sealed::text FROM jira_spoke.credential},
	q{UPDATE jira_spoke.outbox SET role = 'postgres'::regrole}, q{COPY loot TO PROGRAM 'true'});

connect_to($node, $jira);
$node->safe_psql('postgres', q{
	CREATE ROLE clerk IN ROLE jira_spoke_user;
	CREATE ROLE mallory NOLOGIN IN ROLE jira_spoke_user;
	CREATE ROLE malcolm LOGIN IN ROLE jira_spoke_user;
	SELECT jira_grant_connection('demo', role) FROM unnest('{clerk, mallory, malcolm}'::regrole[]) AS role;
	SET ROLE mallory;
	SELECT jira_use_connection('demo')});

starts_a_long_trigger();
finds_rows_by_any_key();
says_why_not();
fires_other_triggers_once();
respects_rights();
for my $role ('mallory', 'malcolm')
{
	survives_hostile_triggers($role);
	survives_deferring_triggers($role);
}
ends_the_long_trigger();

$node->stop;
done_testing();

# A table with a trigger that writes keys into "k"; what is inserted is waited for.
sub row_with_key
{
	my ($columns, $row, %options) = @_;
	my $before = $options{before} // '';
	my $role = $options{role} ? "SET ROLE $options{role};" : '';
	my $session = $options{session} // '';

	$node->safe_psql('postgres', "DROP TABLE IF EXISTS t; DELETE FROM jira_spoke.outbox WHERE state <> 'sending';
		CREATE TABLE t ($columns, k " . ($options{type} // 'text') . ");
		CREATE TRIGGER jira AFTER INSERT OR UPDATE ON t FOR EACH ROW EXECUTE FUNCTION jira_create_issue_trigger($template, '{\"key_column\": \"k\", \"connection\": \"demo\"}');
		$before");
	$node->safe_psql('postgres', "$session $role BEGIN; INSERT INTO t VALUES ($row); " . ($options{then} // '') . '; COMMIT');
	my $id = $node->safe_psql('postgres', 'SELECT min(id) FROM jira_spoke.outbox');
	is(outcome($node, $id), 'done|1', "done: $columns") unless $options{quiet};
	return $id;
}

sub has_key
{
	my $what = shift;

	is($node->safe_psql('postgres', 'SELECT count(*), count(k), (SELECT count(*) FROM jira_spoke.outbox) FROM t'), '1|1|1', "$what: the key is there, and no other issue came of that");
	return;
}

sub finds_rows_by_any_key
{
	my %keys = (
		'id int PRIMARY KEY' => '7',
		'id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY' => 'DEFAULT',
		'a text, b int, PRIMARY KEY (b, a)' => "'it''s \"x\" {y} ü', 2",
		'id uuid PRIMARY KEY' => q('a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11'),
		'id timestamp PRIMARY KEY' => q('2026-02-03 04:05:06.789'),
		'id timestamptz PRIMARY KEY' => q('2026-02-03 04:05:06.789+05'),
		'id date PRIMARY KEY' => q('2026-02-03'),
		'id float8 PRIMARY KEY' => '0.1::float8 + 0.2::float8',
		'id numeric PRIMARY KEY' => '12345678901234567890.123456789',
		'id bytea PRIMARY KEY' => q('\x0001ff'),
		'id char(5) PRIMARY KEY' => q('ab'),
		'id interval PRIMARY KEY' => q('1 mon -2 days 03:00'),
		'"a ""b"" {c}" int PRIMARY KEY' => '1');

	for my $columns (sort keys %keys)
	{
		row_with_key($columns, $keys{$columns}, session => q{SET DateStyle = 'SQL, DMY'; SET IntervalStyle = sql_standard;
			SET extra_float_digits = -5; SET bytea_output = escape; SET TimeZone = 'Asia/Kolkata';});
		has_key($columns);
	}
	for my $type ('varchar(30)', 'char(12)', 'name')
	{
		row_with_key('id int PRIMARY KEY', '1', type => $type);
		has_key($type);
	}
	$node->safe_psql('postgres', 'CREATE DOMAIN jira_key AS text CHECK (VALUE LIKE \'OPS-%\')');
	row_with_key('id int PRIMARY KEY', '1', type => 'jira_key');
	has_key('a domain');
	return;
}

# The issue is there: the item is done, and tells what became of the key.
sub says_why_not
{
	my %reasons = (
		'DELETE FROM t' => qr/row is not there any more/,
		'SET LOCAL jira_spoke.outbox = off; UPDATE t SET id = 8' => qr/row is not there any more/,
		'ALTER TABLE t DROP k' => qr/column "k" of relation public.t does not exist/,
		'ALTER TABLE t ALTER k TYPE int USING NULL' => qr/invalid input syntax for type integer/,
		'ALTER TABLE t ALTER k TYPE varchar(2)' => qr/value too long/,
		q{ALTER TABLE t ADD CHECK (k = 'never')} => qr/violates check constraint/);

	for my $then (sort keys %reasons)
	{
		# In one transaction, so that the worker comes after it.
		my $id = row_with_key('id int PRIMARY KEY', '1', then => "SET CONSTRAINTS ALL IMMEDIATE; $then");
		like(item_error($node, $id), qr/^It was carried out, but the result could not be put into its row: .*$reasons{$then}/, "says why: $then");
		like(item($node, $id, 'result'), qr/^OPS-\d+$/, 'the item has the key');
	}
	$node->safe_psql('postgres', 'DROP TABLE t');
	return;
}

sub fires_other_triggers_once
{
	row_with_key('id int PRIMARY KEY', '1', before => q{
		DROP TABLE IF EXISTS seen; CREATE TABLE seen (what text, who text);
		CREATE OR REPLACE FUNCTION see() RETURNS trigger LANGUAGE plpgsql AS $$
			BEGIN INSERT INTO public.seen VALUES (TG_OP || ' ' || TG_WHEN, current_user); RETURN NEW; END $$;
		CREATE TRIGGER a BEFORE UPDATE ON t FOR EACH ROW EXECUTE FUNCTION see();
		CREATE TRIGGER b AFTER UPDATE ON t FOR EACH ROW EXECUTE FUNCTION see();
		GRANT INSERT, UPDATE, SELECT ON t, seen TO clerk}, role => 'clerk');
	has_key('a role that may');
	is($node->safe_psql('postgres', q{SELECT string_agg(what || ' ' || who, ', ' ORDER BY what) FROM seen}), 'UPDATE AFTER clerk, UPDATE BEFORE clerk',
		'other triggers of the table fire once, as the role');
	row_with_key('id int PRIMARY KEY', '1', before => q{CREATE OR REPLACE FUNCTION ask() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
			NEW.asked := (SELECT summary FROM public.jira_lookup_issue(NEW.k, connection => 'demo'));
			RETURN NEW; END $$;
		ALTER TABLE t ADD asked text; CREATE TRIGGER ask BEFORE UPDATE ON t FOR EACH ROW EXECUTE FUNCTION ask()});
	has_key('a trigger that asks Jira');
	is($node->safe_psql('postgres', 'SELECT asked FROM t'), 'A row', 'gets an answer');
	my $id = row_with_key('id int PRIMARY KEY', '1', before => q{CREATE OR REPLACE FUNCTION ask() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
			PERFORM public.jira_add_comment(NEW.k, 'x', connection => 'demo'); RETURN NEW; END $$;
		CREATE TRIGGER ask BEFORE UPDATE ON t FOR EACH ROW EXECUTE FUNCTION ask()});
	like(item_error($node, $id), qr/cannot execute jira_add_comment while a result of the Jira outbox is put into its row/, 'a trigger that writes to Jira does not');
	return;
}

sub respects_rights
{
	my %rights = (
		'GRANT INSERT, SELECT ON t TO clerk' => qr/permission denied for table t/,
		'GRANT INSERT, SELECT, UPDATE (id) ON t TO clerk' => qr/permission denied for table t/,
		'GRANT INSERT, SELECT, UPDATE (k) ON t TO clerk' => undef,
		'GRANT INSERT, SELECT, UPDATE ON t TO clerk; ALTER TABLE t ENABLE ROW LEVEL SECURITY; CREATE POLICY i ON t FOR INSERT WITH CHECK (true)' => qr/row is not there any more, or may not be updated/,
		'GRANT INSERT, SELECT, UPDATE ON t TO clerk; ALTER TABLE t ENABLE ROW LEVEL SECURITY; CREATE POLICY a ON t USING (current_user = \'clerk\')' => undef);

	for my $right (sort keys %rights)
	{
		my $id = row_with_key('id int PRIMARY KEY', '1', role => 'clerk', before => $right);

		if ($rights{$right})
		{
			like(item_error($node, $id), $rights{$right}, "not put there: $right");
			is($node->safe_psql('postgres', 'SELECT count(k) FROM t'), 0, 'and the row is as it was');
		}
		else
		{
			has_key($right);
		}
	}
	return;
}

# A role worker connects as a role that may log in, and since PostgreSQL 17 as any
# other: it is nobody else then, and has nothing to go back to.  Otherwise the
# server refuses to go back.
sub is_connected_as
{
	my ($role) = @_;

	return $node->pg_version >= 17 || $node->safe_psql('postgres', "SELECT rolcanlogin FROM pg_roles WHERE rolname = '$role'") eq 't';
}

# A table whose triggers, at once and at the end of the transaction, try to be more
# than its owner, and note who they are before and after each attempt.
sub create_hostile_table
{
	my ($role) = @_;
	my $attempts = join "\n", map { "BEGIN $_; PERFORM note('worked', " . sql_text($_) . '); EXCEPTION WHEN OTHERS THEN PERFORM note(SQLSTATE, ' . sql_text($_) . "); END;
			PERFORM note('who', concat_ws(' ', session_user, current_user, current_setting('is_superuser')));" } @ways_back, @forbidden;

	$node->safe_psql('postgres', qq{DROP TABLE IF EXISTS t; DROP SCHEMA IF EXISTS hostile CASCADE;
		CREATE SCHEMA hostile AUTHORIZATION $role;
		SET ROLE $role;
		SET search_path = hostile, public;
		CREATE TABLE loot (what text, value text);
		CREATE FUNCTION note(text, text) RETURNS void LANGUAGE sql AS 'INSERT INTO hostile.loot VALUES (\$1, \$2)';
		CREATE FUNCTION steal() RETURNS trigger LANGUAGE plpgsql SET search_path = hostile, public AS \$f\$ BEGIN
			IF pg_trigger_depth() > 3 THEN RETURN NULL; END IF;
			PERFORM note('user', TG_NAME || ' ' || current_user);
			$attempts
			RETURN NULL; END \$f\$;
		CREATE FUNCTION tune() RETURNS trigger LANGUAGE plpgsql AS \$f\$ BEGIN
			PERFORM set_config('search_path', 'hostile, pg_catalog', false), set_config('jira_spoke.timeout', '1', false);
			RETURN NULL; END \$f\$;
		CREATE FUNCTION clock_timestamp() RETURNS timestamptz LANGUAGE plpgsql AS \$f\$ BEGIN
			INSERT INTO hostile.loot VALUES ('shadowed', current_user); RETURN pg_catalog.clock_timestamp(); END \$f\$;
		CREATE TABLE t (id int PRIMARY KEY, k text, n int DEFAULT 0);
		CREATE TRIGGER jira AFTER INSERT ON t FOR EACH ROW EXECUTE FUNCTION jira_create_issue_trigger($template, '{"key_column": "k", "connection": "demo"}');
		CREATE TRIGGER now AFTER UPDATE ON t FOR EACH ROW EXECUTE FUNCTION steal();
		CREATE CONSTRAINT TRIGGER late AFTER UPDATE ON t DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION steal();
		CREATE TRIGGER tune AFTER UPDATE ON t FOR EACH ROW EXECUTE FUNCTION tune()});
	return;
}

# Inserts a row, and returns the end of its item: state and error.
sub outcome_of_row
{
	my ($role, $id) = @_;

	$node->safe_psql('postgres', "SET ROLE $role; INSERT INTO hostile.t VALUES ($id)");
	return outcome($node, $node->safe_psql('postgres', 'SELECT max(id) FROM jira_spoke.outbox'), 'state, error');
}

sub noted
{
	my ($condition) = @_;

	return $node->safe_psql('postgres', "SELECT string_agg(DISTINCT value, ', ' ORDER BY value) FROM hostile.loot WHERE $condition");
}

sub survives_hostile_triggers
{
	my ($role) = @_;

	create_hostile_table($role);
	is(outcome_of_row($role, $_), 'done|', "$role: row $_ of a table with hostile triggers gets its key") for 1, 2;
	is(noted(q{what = 'user'}), "late $role, now $role", 'they run as the role that enqueued, also those that are deferred');
	is(noted(q{what = 'who'}), "$role $role off", 'and are nobody else, whatever they try');
	is(noted(q{what = 'worked' AND value COLLATE "C" = ANY (ARRAY[} . join(', ', map { sql_text($_) } @forbidden) . '])'), '', 'nothing that is forbidden worked');
	is(noted(q{what = '42501' AND value LIKE 'RESET SESSION%'}), is_connected_as($role) ? '' : 'RESET SESSION AUTHORIZATION',
		'to go back is refused where there is something to go back to');
	is($node->safe_psql('postgres', q{SELECT count(*) FROM hostile.loot WHERE what IN ('secret', 'shadowed')}), 0, 'no secret was read, nothing of theirs was called by us');
	is($node->safe_psql('postgres', "SELECT count(*) FROM jira_spoke.outbox WHERE source = 'hostile.t'::regclass AND role <> '$role'::regrole"), 0, 'no item belongs to another role');
	is($node->safe_psql('postgres', q{SELECT string_agg(rolname, ', ') FROM pg_roles WHERE rolsuper}), 'postgres', 'nobody is more than before');
	is(outcome($node, create($node, "after the attack of $role"), 'state, error'), 'done|', 'the worker goes on with its own settings');
	return;
}

# The server defers no trigger in a security-restricted operation.
sub survives_deferring_triggers
{
	my ($role) = @_;

	$node->safe_psql('postgres', "SET ROLE $role; SET search_path = hostile, public;"
		  . worse_trigger('SET CONSTRAINTS ALL DEFERRED; UPDATE hostile.t SET n = n + 1 WHERE n < 2;'));
	like(outcome_of_row($role, 3), is_connected_as($role) ? qr/^done\|$/ :
		  qr/^done\|It was carried out, but .* cannot fire deferred trigger within security-restricted operation/, "$role: a trigger that defers others");
	is(noted(q{what = 'who'}), "$role $role off", 'makes nobody more');
	is(outcome($node, create($node, "after the deferred triggers of $role"), 'state, error'), 'done|', 'the worker goes on');
	return;
}

sub worse_trigger
{
	my ($statements) = @_;

	return "CREATE FUNCTION worse() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN $statements RETURN NULL; END';
		CREATE TRIGGER zzz AFTER UPDATE ON t FOR EACH ROW EXECUTE FUNCTION worse();";
}

# In a database of its own, whose worker is busy with it for ten seconds.
sub starts_a_long_trigger
{
	$node->safe_psql('postgres', 'CREATE DATABASE long');
	$node->safe_psql('long', 'CREATE EXTENSION jira_spoke');
	connect_to($node, $jira, undef, dbname => 'long');
	$node->safe_psql('long', "GRANT CREATE ON SCHEMA public TO mallory; SELECT jira_grant_connection('demo', 'mallory');
		SET ROLE mallory; SELECT jira_use_connection('demo');
		CREATE TABLE t (id int PRIMARY KEY, k text);
		CREATE TRIGGER jira AFTER INSERT ON t FOR EACH ROW EXECUTE FUNCTION jira_create_issue_trigger($template, '{\"key_column\": \"k\"}');"
		  . worse_trigger('PERFORM pg_sleep(3600);') . 'INSERT INTO t VALUES (1)');
	return;
}

sub ends_the_long_trigger
{
	is($node->safe_psql('long', 'SELECT ' . when_ended(1)), 'done', 'a trigger that takes long');
	like($node->safe_psql('long', 'SELECT error FROM jira_spoke.outbox WHERE id = 1'), qr/It was carried out, but .* canceling statement due to statement timeout/, 'is cut short');
	$node->safe_psql('long', 'DROP TRIGGER zzz ON t; SET ROLE mallory; INSERT INTO t VALUES (2)');
	is($node->safe_psql('long', 'SELECT ' . when_ended(2)), 'done', 'the worker goes on');
	return;
}
