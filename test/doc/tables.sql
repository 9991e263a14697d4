-- What doc/tables.md tells of the columns of each table, as JSON one a line.  Which
-- conditions Jira is asked for is what EXPLAIN says of each; it sends no request.
\set QUIET on
\pset format unaligned
\pset tuples_only on
CREATE SERVER doc_tables FOREIGN DATA WRAPPER jira_spoke OPTIONS (connection 'cloud');
CREATE SCHEMA doc_tables;
IMPORT FOREIGN SCHEMA jira FROM SERVER doc_tables INTO doc_tables OPTIONS (custom_fields 'none');

CREATE FUNCTION pg_temp.travels(source regclass, condition text) RETURNS boolean
LANGUAGE plpgsql AS $$
DECLARE
    plan json;
BEGIN
    EXECUTE format('EXPLAIN (FORMAT JSON) SELECT FROM %s WHERE %s', source, condition) INTO plan;
    plan := plan #> '{0,Plan}';
    RETURN plan ->> 'JQL' LIKE '%(project = OPS)' OR plan ->> 'Conditions in JQL' IS NOT NULL
        OR plan ->> 'Conditions on Items' IS NOT NULL OR plan ->> 'Lists' LIKE 'where %'
        OR plan ->> 'Asked for One by One' IS NOT NULL;
EXCEPTION
    -- The column has another type, or no such condition.
    WHEN datatype_mismatch OR undefined_function OR invalid_text_representation OR invalid_datetime_format
        OR wrong_object_type OR feature_not_supported THEN
        RETURN false;
END
$$;

CREATE TEMP TABLE operator (place integer, name text, form text);
INSERT INTO operator VALUES
    (1, '=', '%1$I = %2$L'), (2, 'IN', '%1$I IN (%2$L, %3$L)'), (3, '<>', '%1$I <> %2$L'), (4, '<', '%1$I < %2$L'),
    (5, '@>', '%1$I @> ARRAY[%2$L]'), (6, '&&', '%1$I && ARRAY[%2$L, %3$L]'), (7, 'LIKE', '%1$I LIKE %2$L'),
    (8, 'IS NULL', '%1$I IS NULL'), (9, 'IS NOT NULL', '%1$I IS NOT NULL');

SELECT json_build_object(
    'table', c.relname,
    'comment', obj_description(c.oid, 'pg_class'),
    'columns', json_agg(json_build_array(a.attname, format_type(a.atttypid, NULL), conditions.names,
                                         col_description(c.oid, a.attnum)) ORDER BY a.attnum))
FROM pg_class AS c
JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
CROSS JOIN LATERAL (
    SELECT CASE WHEN a.atttypid IN ('date'::regtype, 'timestamptz'::regtype) THEN ARRAY['2026-01-02', '2026-01-03']
                WHEN a.attname = 'jql' THEN ARRAY['project = OPS', 'project = WEB']
                WHEN a.attname = 'project' THEN ARRAY['OPS', 'WEB']
                WHEN a.attname IN ('key', 'parent', 'issue') THEN ARRAY['OPS-1', 'OPS-2']
                WHEN a.attname = 'status_category' THEN ARRAY['done', 'new']
                ELSE ARRAY['1', '2'] END AS texts) AS value
CROSS JOIN LATERAL (
    SELECT coalesce(json_agg(o.name ORDER BY o.place), '[]') AS names
    FROM operator AS o
    WHERE pg_temp.travels(c.oid, format(o.form, a.attname, value.texts[1], value.texts[2]))) AS conditions
WHERE c.relnamespace = 'doc_tables'::regnamespace
GROUP BY c.oid, c.relname
ORDER BY c.oid;

DROP SERVER doc_tables CASCADE;
DROP SCHEMA doc_tables;
