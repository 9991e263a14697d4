-- What the planner asks about reads; calling it also loads the library, which
-- then plans them as streaming scans.

CREATE FUNCTION jira_spoke.jira_read_support(internal)
RETURNS internal
LANGUAGE C STRICT PARALLEL SAFE
AS 'MODULE_PATHNAME', 'jira_read_support';
COMMENT ON FUNCTION jira_spoke.jira_read_support IS
    'planner support function of every read';
