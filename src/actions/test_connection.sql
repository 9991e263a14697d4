-- Does a connection work?

CREATE TYPE @extschema@.jira_connection_test AS (
    ok boolean,
    account text,
    name text,
    server text,
    version text,
    milliseconds double precision,
    problem text
);
COMMENT ON TYPE @extschema@.jira_connection_test IS
    'whom a connection signs in as and where, or what is wrong with it';
COMMENT ON COLUMN @extschema@.jira_connection_test.ok IS 'whether the connection signs in';
COMMENT ON COLUMN @extschema@.jira_connection_test.account IS 'account that it signs in as';
COMMENT ON COLUMN @extschema@.jira_connection_test.name IS 'display name of the account';
COMMENT ON COLUMN @extschema@.jira_connection_test.server IS 'address that Jira calls its own';
COMMENT ON COLUMN @extschema@.jira_connection_test.version IS 'version of Jira';
COMMENT ON COLUMN @extschema@.jira_connection_test.milliseconds IS 'time that the test took, in milliseconds';
COMMENT ON COLUMN @extschema@.jira_connection_test.problem IS 'what is wrong; NULL: nothing';

CREATE FUNCTION @extschema@.jira_test_connection(
    connection text DEFAULT NULL)
RETURNS SETOF @extschema@.jira_connection_test
LANGUAGE C VOLATILE PARALLEL RESTRICTED COST 100000 ROWS 1
AS 'MODULE_PATHNAME', 'jira_test_connection';
COMMENT ON FUNCTION @extschema@.jira_test_connection IS
    'Signs in to Jira and tells who the account is, or what is wrong. A connection that does not work is a row, not an error.';
