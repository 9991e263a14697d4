-- The schema of the extension, and whether the library is the one that these
-- declarations are for.  An upgrade begins with the SELECTs.

-- What is there before the script: nothing of a new extension, and of one that is
-- upgraded everything.  access.sql leaves its privileges alone.
SELECT pg_catalog.set_config('jira_spoke_script.found', COALESCE(
    (SELECT pg_catalog.array_agg(pg_catalog.format('%s %s', d.classid, d.objid))::pg_catalog.text
     FROM pg_catalog.pg_depend AS d
     JOIN pg_catalog.pg_extension AS e ON e.oid OPERATOR(pg_catalog.=) d.refobjid
     WHERE d.refclassid OPERATOR(pg_catalog.=) 'pg_catalog.pg_extension'::pg_catalog.regclass
       AND d.deptype OPERATOR(pg_catalog.=) 'e'
       AND e.extname OPERATOR(pg_catalog.=) 'jira_spoke'), '{}'), true);

CREATE SCHEMA jira_spoke;
COMMENT ON SCHEMA jira_spoke IS 'connections to Jira and their administration';

CREATE FUNCTION jira_spoke.library_version()
RETURNS text
LANGUAGE C STABLE STRICT PARALLEL SAFE
AS 'MODULE_PATHNAME', 'jira_library_version';
COMMENT ON FUNCTION jira_spoke.library_version IS
    'the version of the library that this session has loaded; an error if it is older than the extension in this database';

-- A server that preloads an older one has it until it is restarted.
SELECT jira_spoke.library_version();
