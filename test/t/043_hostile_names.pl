# Objects of others, named like what the extension uses, and functions that tell
# what they see, change nothing and learn nothing.
use strict;
use warnings FATAL => 'all';

use JiraSpoke;
use JiraSpoke::Stall;
use Test::More;

my $jira = JiraSpoke::Jira->start;
my $url = $jira->url;
my $node = start_cluster('hostile', 'jira_spoke.max_retries = 0');

$node->safe_psql('postgres', <<'SQL');
CREATE ROLE owner LOGIN IN ROLE jira_spoke_admin;
CREATE ROLE mallory LOGIN IN ROLE jira_spoke_admin;
GRANT CREATE ON SCHEMA public TO mallory;
GRANT CREATE, TEMPORARY ON DATABASE postgres TO mallory;
SQL
my $sign_in = q{'demo@example.com', 'demo-token'};
is(rows_or_sqlstate($node, 'owner', "SELECT jira_create_connection('shop', '$url', $sign_in)"), '', 'an alias of the owner');
is(rows_or_sqlstate($node, 'mallory', "SELECT jira_create_connection('mine', '$url', $sign_in)"), '', 'one of the attacker');

# Everything that our queries name, made again where a search path finds it
# first.  Each would let the attacker pass, or tells that it was called.
my @traps = (
	'CREATE FUNCTION SCHEMA.pg_has_role(oid, oid, text) RETURNS boolean LANGUAGE sql AS $$ SELECT true $$',
	'CREATE FUNCTION SCHEMA.pg_has_role(oid, text) RETURNS boolean LANGUAGE sql AS $$ SELECT true $$',
	'CREATE FUNCTION SCHEMA.pg_has_role(regrole, text) RETURNS boolean LANGUAGE sql AS $$ SELECT true $$',
	'CREATE FUNCTION SCHEMA.pg_has_role(jira_spoke.role, text) RETURNS boolean LANGUAGE sql AS $$ SELECT true $$',
	'CREATE FUNCTION SCHEMA.unnest(jira_spoke.role[]) RETURNS SETOF regrole LANGUAGE sql AS $$ SELECT current_user::regrole $$',
	'CREATE FUNCTION SCHEMA.array_append(jira_spoke.role[], jira_spoke.role) RETURNS jira_spoke.role[] LANGUAGE sql AS $$ SELECT NULL::jira_spoke.role[] $$',
	'CREATE TABLE SCHEMA.pg_roles AS SELECT oid, rolname FROM pg_catalog.pg_roles',
	'CREATE FUNCTION SCHEMA.trap(text, text) RETURNS boolean LANGUAGE plpgsql COST 0.0001 AS $$ BEGIN RAISE WARNING \'trap % %\', $1, $2; RETURN true; END $$',
	'CREATE OPERATOR SCHEMA.= (LEFTARG = text, RIGHTARG = text, FUNCTION = SCHEMA.trap)',
	'CREATE OPERATOR SCHEMA.<> (LEFTARG = text, RIGHTARG = text, FUNCTION = SCHEMA.trap)',
	'CREATE FUNCTION SCHEMA.trap(oid, oid) RETURNS boolean LANGUAGE plpgsql AS $$ BEGIN RAISE WARNING \'trap\'; RETURN true; END $$',
	'CREATE OPERATOR SCHEMA.= (LEFTARG = oid, RIGHTARG = oid, FUNCTION = SCHEMA.trap)',
	'CREATE FUNCTION SCHEMA.now() RETURNS timestamptz LANGUAGE sql AS $$ SELECT NULL::timestamptz $$',
	'CREATE TABLE SCHEMA.alias AS SELECT \'shop\'::text AS name, current_user::regrole AS owner, \'{}\'::regrole[] AS writers, true AS is_default',
	"CREATE TABLE SCHEMA.connection AS SELECT 'shop'::text AS alias, 'http://127.0.0.1:" . closed_port() . "'::text AS url",
	'CREATE TABLE SCHEMA.credential (alias text, origin text, secret text)',
	'CREATE TYPE SCHEMA.jira_connections AS (a text)');
my %paths = (
	public => "SET search_path = public, pg_catalog, jira_spoke",
	evil => "SET search_path = evil, public, pg_catalog",
	pg_temp => "SET search_path = pg_temp, public, pg_catalog");
my $use = 'SELECT ok FROM public.jira_test_connection';

is(rows_or_sqlstate($node, 'mallory', 'CREATE SCHEMA evil'), '', 'the attacker has a schema');
is(rows_or_sqlstate($node, 'mallory', 'CREATE SCHEMA jira_spoke2; CREATE TABLE jira_spoke.trap (a int)'), '42501', 'but none of ours');
for my $schema (sort keys %paths)
{
	my @made = map { s/SCHEMA/$schema/gr } @traps;
	my $prepare = join '; ', $paths{$schema}, ($schema eq 'pg_temp' ? @made : ());

	if ($schema ne 'pg_temp')
	{
		is(rows_or_sqlstate($node, 'mallory', $_), '', sprintf 'made: %.60s', $_) for @made;
	}
	is(rows_or_sqlstate($node, 'mallory', "$prepare; $use('shop')"), '42704', "$schema: what is another's stays so");
	is(rows_or_sqlstate($node, 'mallory', "$prepare; $use('mine')"), 't', "$schema: one's own works");
	is(rows_or_sqlstate($node, 'mallory', "$prepare; SELECT alias FROM public.jira_connections()"), 'mine', "$schema: and is all there is to see");
	is(rows_or_sqlstate($node, 'mallory', "$prepare; SELECT name FROM jira_spoke.alias"), 'mine', "$schema: in the table too");
	is(rows_or_sqlstate($node, 'mallory', "$prepare; SELECT public.jira_alter_connection('shop', username => 'x')"), '42704', "$schema: to change");
	is(rows_or_sqlstate($node, 'mallory', "$prepare; SELECT public.jira_drop_connection('shop')"), '42704', "$schema: to drop");
	is(rows_or_sqlstate($node, 'mallory', "$prepare; SELECT public.jira_grant_connection('mine', 'owner'), public.jira_revoke_connection('mine', 'owner')"),
		'|', "$schema: grants work");
	is(rows_or_sqlstate($node, 'mallory', "$prepare; SELECT public.jira_create_connection('made', '$url', $sign_in); $use('made'); SELECT public.jira_drop_connection('made')"),
		"\nt\n", "$schema: and so does making");

	# The owner walks into the same traps and notices nothing.
	my ($status, $out, $error) = $node->psql('postgres',
		"$paths{ $schema eq 'pg_temp' ? 'evil' : $schema }; $use('shop'); SELECT public.jira_alter_connection('shop', api_version => 2)",
		extra_params => ['--username=owner']);
	is($out, "t\n", "$schema: the owner works as before");
	unlike($error, qr/trap/, "$schema: nothing of the attacker's was called");
}
is($node->safe_psql('postgres', 'SELECT writers, readers FROM jira_spoke.alias ORDER BY name'), "{}|{}\n{}|{}", 'no grant was made or lost');

# Functions that tell what they are given, cheap enough to be asked first.
my $leak = <<'SQL';
CREATE FUNCTION pg_temp.leak(text) RETURNS boolean LANGUAGE plpgsql COST 0.0000001
AS $$ BEGIN RAISE WARNING 'leaked %', $1; RETURN true; END $$;
CREATE FUNCTION pg_temp.leak(text, text) RETURNS boolean LANGUAGE plpgsql COST 0.0000001
AS $$ BEGIN RAISE WARNING 'leaked %', $1; RETURN true; END $$;
CREATE OPERATOR pg_temp.<<< (LEFTARG = text, RIGHTARG = text, FUNCTION = pg_temp.leak, RESTRICT = eqsel);
SQL
for my $query (
	'SELECT count(*) FROM jira_spoke.alias WHERE pg_temp.leak(name)',
	q{SELECT count(*) FROM jira_spoke.alias WHERE name OPERATOR(pg_temp.<<<) 'x'},
	'SELECT count(*) FROM jira_spoke.alias WHERE pg_temp.leak(owner::text) OR pg_temp.leak(name)',
	'SELECT count(*) FROM jira_spoke.connection WHERE pg_temp.leak(alias) AND pg_temp.leak(url)',
	'SELECT count(*) FROM jira_spoke.alias AS a JOIN jira_spoke.connection AS c ON pg_temp.leak(a.name) AND a.name = c.alias',
	'SELECT count(*) FROM jira_spoke.connection AS c WHERE EXISTS (SELECT FROM jira_spoke.alias WHERE pg_temp.leak(name))',
	'SELECT count(*) FROM public.jira_connections() WHERE pg_temp.leak(alias)',
	q{SELECT count(*) FROM jira_spoke.alias WHERE 1 / (CASE WHEN name = 'shop' THEN 0 ELSE 1 END) = 1},
	'SELECT count(name::integer) FROM jira_spoke.alias WHERE name = \'shop\'')
{
	my ($status, $out, $error) = $node->psql('postgres', "$leak $query", extra_params => ['--username=mallory'],
		on_error_stop => 0);
	unlike($error, qr/leaked (shop|owner)|division by zero|22P02|"shop"/, "tells nothing: $query");
	like($out, qr/^[01]$/, 'and runs') or diag($error);
}

# Views over the tables judge whoever looks through them, not who made them.
is(rows_or_sqlstate($node, 'mallory', 'CREATE VIEW evil.aliases AS TABLE jira_spoke.alias; GRANT USAGE ON SCHEMA evil TO PUBLIC; GRANT SELECT ON evil.aliases TO PUBLIC'),
	'', 'a view over the aliases');
is(rows_or_sqlstate($node, 'mallory', 'SELECT name FROM evil.aliases'), 'mine', 'shows its maker his own');
is(rows_or_sqlstate($node, 'owner', 'SELECT name FROM evil.aliases'), 'shop', 'and others theirs');
is(rows_or_sqlstate($node, 'mallory', 'CREATE MATERIALIZED VIEW evil.kept AS TABLE jira_spoke.alias; SELECT name FROM evil.kept'),
	'mine', 'a materialized one keeps no more');
is(rows_or_sqlstate($node, 'owner', 'SELECT name FROM evil.kept'), '42501', 'and is nobody else\'s');

# Row level security cannot be turned off, only refused.
is(rows_or_sqlstate($node, 'mallory', 'SET row_security = off; SELECT name FROM jira_spoke.alias'), '42501', 'row_security = off is refused');
is(rows_or_sqlstate($node, 'mallory', "SET row_security = off; $use('shop')"), '42704', 'and means nothing to a call');
is(rows_or_sqlstate($node, 'mallory', "SET row_security = off; $use('mine')"), 't', 'that may be made');
for my $attempt (
	'INSERT INTO jira_spoke.alias (name, owner) VALUES (\'x\', \'mallory\')',
	'UPDATE jira_spoke.alias SET owner = \'mallory\'', 'DELETE FROM jira_spoke.alias', 'TRUNCATE jira_spoke.alias CASCADE',
	'UPDATE jira_spoke.connection SET url = \'https://evil.example\'', 'SELECT * FROM jira_spoke.alias FOR UPDATE',
	'CREATE TRIGGER t AFTER INSERT ON jira_spoke.alias FOR EACH STATEMENT EXECUTE FUNCTION evil.f()',
	'CREATE TABLE evil.r (a text REFERENCES jira_spoke.alias)', 'CREATE RULE r AS ON SELECT TO jira_spoke.alias DO INSTEAD NOTHING',
	'CREATE POLICY p ON jira_spoke.alias USING (true)', 'BEGIN; LOCK TABLE jira_spoke.alias IN ROW EXCLUSIVE MODE',
	'ALTER TABLE jira_spoke.alias NO FORCE ROW LEVEL SECURITY', 'DROP TABLE jira_spoke.alias',
	'ALTER EXTENSION jira_spoke DROP TABLE jira_spoke.alias', 'DROP EXTENSION jira_spoke',
	'COPY jira_spoke.alias FROM STDIN', 'ALTER FUNCTION jira_connections() SECURITY DEFINER', 'GRANT jira_spoke_admin TO owner')
{
	is(rows_or_sqlstate($node, 'mallory', $attempt), '42501', "refused: $attempt");
}

# EXECUTE that was given away does not make an administrator.
$node->safe_psql('postgres', <<'SQL');
CREATE ROLE guest LOGIN IN ROLE jira_spoke_user;
GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA public TO guest;
SQL
for my $call (
	"jira_create_connection('x', '$url', $sign_in)", q{jira_alter_connection('shop', username => 'x')},
	q{jira_drop_connection('shop')}, q{jira_grant_connection('shop', 'guest')}, q{jira_revoke_connection('shop', 'guest')})
{
	is(rows_or_sqlstate($node, 'guest', "SELECT $call"), '42501', "refused in spite of EXECUTE: $call");
}

$node->stop;
done_testing();
