# What the system catalogs say about the extension, for comparisons.
package JiraSpoke::Catalogue;

use strict;
use warnings FATAL => 'all';

use Exporter qw(import);

our @EXPORT = qw(describe_extension describe_privileges undescribed_members lines_apart);

# The members, and the objects that belong to one.  What an upgrade may number in
# another way, as OIDs and attributes, has names or its place instead.
my $members = <<'SQL';
WITH member AS (
    SELECT d.classid, d.objid, (pg_identify_object(d.classid, d.objid, 0)).type,
           (pg_identify_object(d.classid, d.objid, 0)).identity
    FROM pg_depend AS d
    WHERE d.refclassid = 'pg_extension'::regclass AND d.deptype = 'e'
      AND d.refobjid = (SELECT oid FROM pg_extension WHERE extname = 'jira_spoke')
), relation AS (
    SELECT c.*, m.identity
    FROM member AS m
    JOIN pg_type AS t ON m.classid = 'pg_type'::regclass AND t.oid = m.objid
    JOIN pg_class AS c ON c.oid = t.typrelid
    UNION ALL
    SELECT c.*, m.identity FROM member AS m JOIN pg_class AS c ON m.classid = 'pg_class'::regclass AND c.oid = m.objid
), attribute AS (
    SELECT a.*, r.identity, row_number() OVER (PARTITION BY a.attrelid ORDER BY a.attnum) AS place
    FROM relation AS r JOIN pg_attribute AS a ON a.attrelid = r.oid
    WHERE a.attnum > 0 AND NOT a.attisdropped
)
SQL

# What an access control list grants, but for the owner's own privileges.
sub _granted
{
	my ($acl) = @_;

	return "ARRAY(SELECT a.grantee::regrole || ' ' || a.privilege_type || CASE WHEN a.is_grantable THEN '*' ELSE '' END"
	  . " FROM aclexplode($acl) AS a WHERE a.grantee <> a.grantor ORDER BY 1)";
}

my $privileges = <<"SQL";
SELECT format('privileges of function %s: %s', m.identity, @{[ _granted(q{COALESCE(p.proacl, acldefault('f', p.proowner))}) ]})
FROM member AS m JOIN pg_proc AS p ON m.classid = 'pg_proc'::regclass AND p.oid = m.objid
UNION ALL
SELECT format('privileges of relation %s: %s', identity, @{[ _granted('relacl') ]}) FROM relation
UNION ALL
SELECT format('privileges of column %s.%s: %s', identity, attname, @{[ _granted('attacl') ]}) FROM attribute
UNION ALL
SELECT format('privileges of type %s: %s', m.identity, @{[ _granted(q{COALESCE(t.typacl, acldefault('T', t.typowner))}) ]})
FROM member AS m JOIN pg_type AS t ON m.classid = 'pg_type'::regclass AND t.oid = m.objid
UNION ALL
SELECT format('privileges of schema %s: %s', m.identity, @{[ _granted('n.nspacl') ]})
FROM member AS m JOIN pg_namespace AS n ON m.classid = 'pg_namespace'::regclass AND n.oid = m.objid
SQL

my $definitions = <<"SQL";
SELECT format('%s %s: %s', type, identity, obj_description(objid, classid::regclass::name)) FROM member
UNION ALL
SELECT pg_get_functiondef(p.oid)
FROM member AS m JOIN pg_proc AS p ON m.classid = 'pg_proc'::regclass AND p.oid = m.objid
UNION ALL
SELECT format('relation %s: %s %s %s %s %s %s %s', identity, relkind, relpersistence, relrowsecurity, relforcerowsecurity,
              relreplident, reloptions, CASE WHEN relkind = 'v' THEN pg_get_viewdef(oid) END) FROM relation
UNION ALL
SELECT format('column %s.%s: %s. %s %s %s %s %s %s %s: %s', a.identity, a.attname, a.place,
              format_type(a.atttypid, a.atttypmod), a.attnotnull, a.attidentity, a.attgenerated, a.attcollation::regcollation,
              a.attstorage, pg_get_expr(d.adbin, d.adrelid), col_description(a.attrelid, a.attnum))
FROM attribute AS a LEFT JOIN pg_attrdef AS d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
UNION ALL
SELECT format('constraint %s of %s: %s', c.conname, r.identity, pg_get_constraintdef(c.oid))
FROM relation AS r JOIN pg_constraint AS c ON c.conrelid = r.oid
UNION ALL
SELECT format('constraint %s of %s: %s', c.conname, m.identity, pg_get_constraintdef(c.oid))
FROM member AS m JOIN pg_constraint AS c ON m.classid = 'pg_type'::regclass AND c.contypid = m.objid
UNION ALL
SELECT format('index of %s: %s', r.identity, pg_get_indexdef(i.indexrelid))
FROM relation AS r JOIN pg_index AS i ON i.indrelid = r.oid
UNION ALL
SELECT format('trigger of %s: %s %s', r.identity, pg_get_triggerdef(t.oid), t.tgenabled)
FROM relation AS r JOIN pg_trigger AS t ON t.tgrelid = r.oid WHERE NOT t.tgisinternal
UNION ALL
SELECT format('policy %s of %s: %s %s %s %s %s', p.polname, r.identity, p.polcmd, p.polpermissive, p.polroles::regrole[],
              pg_get_expr(p.polqual, p.polrelid), pg_get_expr(p.polwithcheck, p.polrelid))
FROM relation AS r JOIN pg_policy AS p ON p.polrelid = r.oid
UNION ALL
SELECT format('type %s: %s', m.identity, ROW(t.typtype, t.typlen, t.typbyval, t.typalign, t.typstorage, t.typnotnull,
              t.typinput, t.typoutput, t.typbasetype::regtype, t.typcollation, t.typdefault))
FROM member AS m JOIN pg_type AS t ON m.classid = 'pg_type'::regclass AND t.oid = m.objid
UNION ALL
SELECT format('%s: %s', m.identity, ROW(c.castcontext, c.castmethod, c.castfunc::regprocedure))
FROM member AS m JOIN pg_cast AS c ON m.classid = 'pg_cast'::regclass AND c.oid = m.objid
UNION ALL
SELECT format('foreign data wrapper %s: %s', m.identity, ROW(w.fdwhandler::regprocedure, w.fdwvalidator::regprocedure, w.fdwoptions, w.fdwacl))
FROM member AS m JOIN pg_foreign_data_wrapper AS w ON m.classid = 'pg_foreign_data_wrapper'::regclass AND w.oid = m.objid
UNION ALL
SELECT format('event trigger %s: %s', m.identity, ROW(e.evtevent, e.evtfoid::regprocedure, e.evtenabled, e.evttags))
FROM member AS m JOIN pg_event_trigger AS e ON m.classid = 'pg_event_trigger'::regclass AND e.oid = m.objid
UNION ALL
SELECT format('%s needs %s %s', m.identity, pg_describe_object(d.refclassid, d.refobjid, 0), d.deptype)
FROM member AS m JOIN pg_depend AS d USING (classid, objid)
UNION ALL
SELECT format('initial privileges of %s %s: %s', m.identity, i.objsubid, @{[ _granted('i.initprivs') ]})
FROM member AS m JOIN pg_init_privs AS i ON i.classoid = m.classid AND i.objoid = m.objid
WHERE EXISTS (SELECT FROM aclexplode(i.initprivs) AS a WHERE a.grantee <> a.grantor)
UNION ALL
SELECT format('dumped: %s %s', c.relation::regclass, c.condition)
FROM pg_extension AS e, unnest(e.extconfig, e.extcondition) AS c (relation, condition) WHERE e.extname = 'jira_spoke'
UNION ALL
SELECT format('version %s in %s', extversion, extnamespace::regnamespace) FROM pg_extension WHERE extname = 'jira_spoke'
SQL

sub _lines
{
	my ($node, $database, $query) = @_;

	return join '', map { "$_\n" } sort split /\n/,
	  $node->safe_psql($database, "SET search_path = pg_catalog; $members SELECT * FROM ($query) AS line (text)");
}

# Who may do what with the members.
sub describe_privileges { my ($node, $database) = @_; return _lines($node, $database, $privileges); }

# All that is known of the members: two databases with the same have the same
# extension.
sub describe_extension
{
	my ($node, $database) = @_;

	return _lines($node, $database, $definitions) . describe_privileges($node, $database);
}

# The lines that only one of two descriptions has.
sub lines_apart
{
	my @descriptions = @_;
	my %count;

	for my $i (0, 1)
	{
		$count{$_} += $i ? -1 : 1 for split /\n/, $descriptions[$i];
	}
	return join "\n", map { ($count{$_} > 0 ? 'first: ' : 'second: ') . $_ } grep { $count{$_} } sort keys %count;
}

# Catalogs with members that describe_extension() says too little of.
sub undescribed_members
{
	my ($node, $database) = @_;

	return _lines($node, $database, q{SELECT DISTINCT classid::regclass::text FROM member WHERE classid::regclass::text <> ALL
		('{pg_proc,pg_class,pg_type,pg_cast,pg_namespace,pg_foreign_data_wrapper,pg_event_trigger}')});
}

1;
