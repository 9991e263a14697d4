# Installing: with default privileges that give everything away, into another
# schema, again after it was dropped, in two databases of one cluster.
use strict;
use warnings FATAL => 'all';

use JiraSpoke;
use PostgreSQL::Test::Cluster;
use Test::More;

my $node = PostgreSQL::Test::Cluster->new('install');
$node->init;
$node->append_conf('postgresql.conf', 'jira_spoke.allow_http = on');
$node->start;

my $jira = JiraSpoke::Jira->start;
my $url = $jira->url;
my $sign_in = q{'demo@example.com', 'demo-token'};

sub result_in
{
	my ($database, $role, $query) = @_;
	return rows_or_sqlstate($node, $role, $query, dbname => $database);
}

# Every privilege on everything of the extension, but the owner's own.
my $privileges = <<'SQL';
SELECT format('%s: %s to %s', replace(pg_describe_object(m.classid, m.objid, 0), 'foo.', ''), a.privilege_type,
              CASE WHEN a.grantee = 0 THEN 'PUBLIC' ELSE a.grantee::regrole::text END)
FROM pg_depend AS m
JOIN pg_extension AS e ON m.refclassid = 'pg_extension'::regclass AND e.oid = m.refobjid
JOIN (SELECT 'pg_proc'::regclass AS classid, oid, proowner AS owner, COALESCE(proacl, acldefault('f', proowner)) AS acl
      FROM pg_proc
      UNION ALL SELECT 'pg_class', oid, relowner, COALESCE(relacl, acldefault('r', relowner)) FROM pg_class
      UNION ALL SELECT 'pg_namespace', oid, nspowner, COALESCE(nspacl, acldefault('n', nspowner)) FROM pg_namespace
     ) AS o ON o.classid = m.classid AND o.oid = m.objid
CROSS JOIN aclexplode(o.acl) AS a
WHERE e.extname = 'jira_spoke' AND m.deptype = 'e' AND a.grantee <> o.owner
ORDER BY 1
SQL

sub privileges
{
	return grep { !/^composite type/ } split /\n/, $node->safe_psql(shift, $privileges);
}

# The usual way, and what it allows.
$node->safe_psql('postgres', 'CREATE EXTENSION jira_spoke');
my @usual = privileges('postgres');
my $watches = qr/^(?:schema jira_spoke: USAGE|view jira_spoke\.(?:stat_connection|outbox_status): SELECT|function jira_spoke\.(?:stat_get_connections|outbox_home_id|outbox_worker_pid)\(.*\): EXECUTE) to pg_read_all_stats$/;
my @for_all = grep { !/ to jira_spoke_(reader|user|admin)$|$watches/ } @usual;
is("@for_all", '', 'nobody has a privilege but the three roles, and who watches the server for numbers');
my $readable = qr/table jira_spoke\.(?:alias|alias_in_use|connection|outbox|outbox_pause)|view jira_spoke\.(?:action|outbox_status|stat_connection)/;
my @unneeded = grep { !/: EXECUTE to |^schema jira_spoke: USAGE|^$readable: SELECT|^view jira_spoke\.secret_entry: INSERT to jira_spoke_admin/ } @usual;
is("@unneeded", '', 'and those only what they need');
ok(@usual > 15, 'which is something');

# Two databases share the roles and nothing else.
$node->safe_psql('postgres', <<'SQL');
CREATE ROLE owner LOGIN IN ROLE jira_spoke_admin;
CREATE ROLE guest LOGIN IN ROLE jira_spoke_user;
CREATE ROLE nosy LOGIN;
CREATE ROLE "No ""sy""" LOGIN;
CREATE DATABASE second;
SQL
is(result_in('second', 'owner', 'CREATE EXTENSION jira_spoke'), '42501', 'only a superuser installs');
$node->safe_psql('second', 'CREATE EXTENSION jira_spoke');
for my $database (qw(postgres second))
{
	is(result_in($database, 'owner', "SELECT jira_create_connection('shop', '$url', $sign_in, is_default => true)"),
		'', "$database: an alias of the same name");
	is(result_in($database, 'owner', 'SELECT ok FROM jira_test_connection()'), 't', "$database: works");
}
is(result_in('second', 'owner', q{SELECT jira_grant_connection('shop', 'guest')}), '', 'a grant in one');
is(result_in('second', 'guest', q{SELECT ok FROM jira_test_connection('shop')}), 't', 'counts there');
is(result_in('postgres', 'guest', q{SELECT ok FROM jira_test_connection('shop')}), '42704', 'and not in the other');

# Dropped and made again: the roles stay, with their members; the aliases go.
my ($status, $out, $error) = $node->psql('postgres', 'DROP ROLE jira_spoke_user');
isnt($status, 0, 'the roles cannot go while a database needs them');
$node->safe_psql('postgres', 'DROP EXTENSION jira_spoke');
is($node->safe_psql('postgres', q{SELECT count(*) FROM pg_class WHERE relnamespace = to_regnamespace('jira_spoke')::oid}),
	0, 'nothing is left of it');
is(result_in('second', 'guest', q{SELECT ok FROM jira_test_connection('shop')}), 't', 'the other database works on');
$node->safe_psql('postgres', 'CREATE EXTENSION jira_spoke');
is_deeply([ privileges('postgres') ], \@usual, 'made again, it allows the same');
is(result_in('postgres', 'owner', 'SELECT count(*) FROM jira_connections()'), 0, 'no alias came back');
is(result_in('postgres', 'owner', "SELECT jira_create_connection('shop', '$url', $sign_in)"), '', 'administrators still are');
is($node->safe_psql('postgres', "BEGIN; DROP EXTENSION jira_spoke; ROLLBACK; SELECT count(*) FROM jira_connections()"),
	1, 'a drop that was rolled back was none');

# An administrator's role that was left alone becomes a user's again.
$node->safe_psql('postgres', 'DROP EXTENSION jira_spoke');
$node->safe_psql('second', 'DROP EXTENSION jira_spoke');
$node->safe_psql('postgres', 'DROP ROLE jira_spoke_user, jira_spoke_reader; CREATE EXTENSION jira_spoke');
is(result_in('postgres', 'owner', "SELECT jira_create_connection('shop', '$url', $sign_in); SELECT ok FROM jira_test_connection('shop')"),
	"\nt", 'the user role is made again for administrators that have stayed');

# Default privileges that give away everything there is.
$node->safe_psql('postgres', 'CREATE DATABASE third');
my $grants = join '; ', map { my $kind = $_; map { "ALTER DEFAULT PRIVILEGES $_" }
	  "GRANT ALL ON $kind TO PUBLIC", "GRANT ALL ON $kind TO nosy, \"No \"\"sy\"\"\", guest WITH GRANT OPTION" }
  qw(TABLES FUNCTIONS SEQUENCES SCHEMAS TYPES);
$node->safe_psql('third', "$grants; ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT ALL ON FUNCTIONS TO nosy");
$node->safe_psql('third', 'CREATE TABLE control (a int); CREATE EXTENSION jira_spoke');
is(result_in('third', 'nosy', 'SELECT count(*) FROM control'), 0, 'the default privileges are in force');
is_deeply([ privileges('third') ], \@usual, 'but not for the extension');
is(result_in('third', 'owner', "SELECT jira_create_connection('shop', '$url', $sign_in)"), '', 'an alias');
for my $query ('SELECT * FROM jira_spoke.credential', 'SELECT * FROM jira_spoke.alias', 'SELECT jira_quote(1)',
	q{SELECT jira_drop_connection('shop')}, q{SELECT ok FROM jira_test_connection('shop')})
{
	is(result_in('third', 'nosy', $query), '42501', "nothing was given away: $query");
}
$node->safe_psql('third', 'GRANT jira_spoke_user TO guest');
is(result_in('third', 'guest', 'SELECT count(*) FROM jira_spoke.alias'), 0, 'a user has what a user has');
is(result_in('third', 'guest', 'CREATE TABLE jira_spoke.mine (a int)'), '42501', 'and no more');

# Default privileges that take away leave what the roles need.
$node->safe_psql('postgres', 'CREATE DATABASE fourth');
$node->safe_psql('fourth', <<'SQL');
ALTER DEFAULT PRIVILEGES REVOKE ALL ON FUNCTIONS FROM PUBLIC;
ALTER DEFAULT PRIVILEGES REVOKE ALL ON TYPES FROM PUBLIC;
CREATE EXTENSION jira_spoke;
SQL
is_deeply([ privileges('fourth') ], \@usual, 'the same privileges again');
is(result_in('fourth', 'owner', "SELECT jira_create_connection('shop', '$url', $sign_in); SELECT ok FROM jira_test_connection('shop')"),
	"\nt", 'and they suffice');

# In another schema, with a path that does not lead there and a name to quote.
for my $schema ('foo', '"Od d"')
{
	$node->safe_psql('fourth', "DROP EXTENSION jira_spoke; CREATE SCHEMA $schema;
		CREATE EXTENSION jira_spoke SCHEMA $schema; GRANT USAGE ON SCHEMA $schema TO PUBLIC");
	is(scalar(privileges('fourth')), scalar @usual, "$schema: as many privileges");
	is(result_in('fourth', 'owner', "SELECT $schema.jira_create_connection('shop', '$url', $sign_in, is_default => true)"),
		'', "$schema: an alias");
	is(result_in('fourth', 'owner', "SELECT ok FROM $schema.jira_test_connection()"), 't', "$schema: works");
	is(result_in('fourth', 'owner', "SELECT alias FROM $schema.jira_connections()"), 'shop', "$schema: is listed");
	is(result_in('fourth', 'owner', "SELECT count(*) FROM (SELECT key FROM $schema.jira_lookup_issues_stream('project = OPS') LIMIT 3) AS i"),
		3, "$schema: is read from");
	like(result_in('fourth', 'owner', "EXPLAIN SELECT key FROM $schema.jira_lookup_issues_stream('project = OPS')"),
		qr/JiraScan/, "$schema: and streams");
	is(result_in('fourth', 'nosy', "SELECT $schema.jira_quote(1)"), '42501', "$schema: by those who may");
}

# What is in the way of the installation is not taken over.
$node->safe_psql('postgres', 'CREATE DATABASE fifth; GRANT CREATE ON DATABASE fifth TO nosy');
is(result_in('fifth', 'nosy', 'CREATE SCHEMA jira_spoke'), '', 'somebody is there first');
is(result_in('fifth', 'postgres', 'CREATE EXTENSION jira_spoke'), '42P06', 'a schema of the name is an error');
$node->safe_psql('fifth', 'DROP SCHEMA jira_spoke');
$node->safe_psql('fifth', 'CREATE FUNCTION jira_connections() RETURNS int LANGUAGE sql AS $$ SELECT 1 $$');
is(result_in('fifth', 'postgres', 'CREATE EXTENSION jira_spoke'), '42723', 'so is a function');
is(result_in('fifth', 'postgres', 'DROP FUNCTION jira_connections(); CREATE TYPE jira_issue AS (a int); CREATE EXTENSION jira_spoke'),
	'42710', 'or a type');

# Nor is what would fit better than the names that the script has: functions,
# operators, types, tables.
$node->safe_psql('postgres', 'CREATE DATABASE sixth; GRANT CREATE ON DATABASE sixth TO nosy');
$node->safe_psql('sixth', 'GRANT CREATE ON SCHEMA public TO nosy');
is(result_in('sixth', 'nosy', <<'SQL'), '', 'traps');
CREATE FUNCTION trap(text) RETURNS text LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'trapped' USING ERRCODE = 'ZZ001'; END $$;
CREATE FUNCTION trap(anyelement, anyelement) RETURNS boolean LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'trapped' USING ERRCODE = 'ZZ001'; END $$;
CREATE FUNCTION trap(name, text) RETURNS boolean LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'trapped' USING ERRCODE = 'ZZ001'; END $$;
CREATE FUNCTION trap(oid, integer) RETURNS boolean LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'trapped' USING ERRCODE = 'ZZ001'; END $$;
CREATE OPERATOR public.= (LEFTARG = name, RIGHTARG = text, FUNCTION = trap);
CREATE OPERATOR public.<> (LEFTARG = name, RIGHTARG = text, FUNCTION = trap);
CREATE OPERATOR public.= (LEFTARG = oid, RIGHTARG = integer, FUNCTION = trap);
CREATE FUNCTION format(text, name, text, text) RETURNS text LANGUAGE sql AS 'SELECT public.trap($1)';
CREATE FUNCTION pg_has_role(text, text, text) RETURNS boolean LANGUAGE sql AS 'SELECT public.trap($1)::boolean';
CREATE FUNCTION acldefault("char", integer) RETURNS aclitem[] LANGUAGE sql AS 'SELECT public.trap($1::text)::aclitem[]';
CREATE TABLE pg_depend (a int);
CREATE TABLE alias (a int);
CREATE DOMAIN regrole AS text;
CREATE DOMAIN role AS text;
CREATE TABLE pg_roles (a int);
SQL
is(result_in('sixth', 'postgres', 'CREATE EXTENSION jira_spoke'), '', 'nobody walks into them');
$node->safe_psql('sixth', 'DROP OWNED BY nosy CASCADE');
is_deeply([ privileges('sixth') ], \@usual, 'and all is as ever');
is(result_in('sixth', 'nosy', 'CREATE FUNCTION jira_spoke.f() RETURNS int LANGUAGE sql AS $$ SELECT 1 $$'), '42501', 'the schema is nobody else\'s');

$node->stop;
done_testing();
