-- Any other endpoint of Jira, through a connection.

CREATE TYPE @extschema@.jira_response AS (
    status integer,
    headers jsonb,
    body jsonb
);
COMMENT ON TYPE @extschema@.jira_response IS 'what came back for jira_request';
COMMENT ON COLUMN @extschema@.jira_response.status IS 'HTTP status';
COMMENT ON COLUMN @extschema@.jira_response.headers IS 'headers of the response, by their names';
COMMENT ON COLUMN @extschema@.jira_response.body IS 'body of the response; a string if it is not JSON';

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

CREATE FUNCTION @extschema@.jira_request_stream(
    path text,
    query jsonb DEFAULT NULL,
    rows text DEFAULT 'values',
    method text DEFAULT 'GET',
    body jsonb DEFAULT NULL,
    connection text DEFAULT NULL)
RETURNS SETOF jsonb
LANGUAGE C VOLATILE PARALLEL RESTRICTED COST 100000 ROWS 1000
SUPPORT jira_spoke.jira_read_support
AS 'MODULE_PATHNAME', 'jira_request_stream';
COMMENT ON FUNCTION @extschema@.jira_request_stream IS
    'The elements of a list that a path below the connection''s base URL has, page after page as the replies tell, in FROM as far as they are needed. rows is the member of the reply that is the list, '''' if the reply is one. Only GET and those POST that only ask (search, bulkfetch and the like). The pages are as large as Jira makes them unless query, or body, has maxResults; a list that does not say how it goes on has further pages only if startAt is given.';
