-- Utility actions.

CREATE TYPE @extschema@.jira_server AS (
    base_url text,
    version text,
    version_numbers integer[],
    deployment_type text,
    build_number bigint,
    build_date timestamptz,
    server_time timestamptz,
    server_title text,
    raw jsonb
);
COMMENT ON TYPE @extschema@.jira_server IS 'a Jira itself';

CREATE FUNCTION @extschema@.jira_lookup_server(
    connection text DEFAULT NULL)
RETURNS SETOF @extschema@.jira_server
LANGUAGE C VOLATILE PARALLEL RESTRICTED COST 100000 ROWS 1
SUPPORT jira_spoke.jira_read_support
AS 'MODULE_PATHNAME', 'jira_lookup_server';
COMMENT ON FUNCTION @extschema@.jira_lookup_server IS
    'Version and kind of the Jira that a connection leads to. Jira answers this to anybody: it proves nothing about the sign-in (see jira_test_connection).';
