-- The planner's support function of reads.  Its call also loads the library,
-- which then plans reads as scans that stream.

CREATE FUNCTION jira_spoke.jira_read_support(internal)
RETURNS internal
LANGUAGE C STRICT PARALLEL SAFE
AS 'MODULE_PATHNAME', 'jira_read_support';
COMMENT ON FUNCTION jira_spoke.jira_read_support IS
    'planner support function of every read';
