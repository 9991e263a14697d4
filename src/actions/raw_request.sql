-- Any other endpoint of Jira, through a connection.

CREATE TYPE @extschema@.jira_response AS (
    status integer,
    headers jsonb,
    body jsonb
);
COMMENT ON TYPE @extschema@.jira_response IS 'what came back for jira_request';

CREATE FUNCTION @extschema@.jira_request(
    method text,
    path text,
    query jsonb DEFAULT NULL,
    body jsonb DEFAULT NULL,
    connection text DEFAULT NULL)
RETURNS SETOF @extschema@.jira_response
LANGUAGE C VOLATILE PARALLEL UNSAFE COST 100000 ROWS 1
AS 'MODULE_PATHNAME', 'jira_request';
COMMENT ON FUNCTION @extschema@.jira_request IS
    'Sends a request to a path below the connection''s base URL and returns what came, whatever its status. A body that is not JSON is returned as a JSON string. A GET, and a POST that only asks (search, bulkfetch and the like), is a read; any other request needs a connection that may be written through.';
