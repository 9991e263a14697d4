-- What doc/actions.md tells of each function and of each type of rows, as JSON
-- one a line.  Nothing here may differ between versions of PostgreSQL.
\set QUIET on
\pset format unaligned
\pset tuples_only on
SET search_path = public, pg_catalog;

CREATE TEMP VIEW function AS
    SELECT p.*
    FROM pg_depend AS d
    JOIN pg_extension AS e ON d.refclassid = 'pg_extension'::regclass AND e.oid = d.refobjid
    JOIN pg_proc AS p ON d.classid = 'pg_proc'::regclass AND p.oid = d.objid
    WHERE e.extname = 'jira_spoke' AND d.deptype = 'e' AND p.pronamespace = e.extnamespace;

SELECT json_build_object(
    'function', f.proname,
    'arguments', pg_get_function_arguments(f.oid),
    'result', pg_get_function_result(f.oid),
    'comment', obj_description(f.oid, 'pg_proc'),
    'rows', (SELECT t.typname FROM pg_type AS t WHERE t.oid = f.prorettype AND t.typtype = 'c'),
    'category', d.category,
    'action', d.action,
    'deployments', d.deployments,
    'auth_limits', d.auth_limits,
    'classic', d.classic_scopes,
    'granular', d.granular_scopes,
    'any_scope', d.any_scope,
    'also', d.also_requests,
    'also_classic', d.also_classic_scopes,
    'also_granular', d.also_granular_scopes,
    'cloud', d.cloud_requests,
    'server', d.server_requests)
FROM function AS f
LEFT JOIN jira_spoke.describe_actions() AS d ON d.function = f.proname
ORDER BY d.category, f.proname, f.pronargs DESC, f.oid::regprocedure::text;

SELECT json_build_object(
    'type', t.typname,
    'comment', obj_description(t.oid, 'pg_type'),
    'columns', (SELECT json_agg(json_build_array(a.attname, format_type(a.atttypid, NULL), col_description(a.attrelid, a.attnum)) ORDER BY a.attnum)
                FROM pg_attribute AS a
                WHERE a.attrelid = t.typrelid AND a.attnum > 0 AND NOT a.attisdropped))
FROM pg_type AS t
WHERE t.typtype = 'c' AND t.oid IN (SELECT prorettype FROM function)
ORDER BY t.typname;
