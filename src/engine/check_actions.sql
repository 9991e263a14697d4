-- For developers: do the C tables of actions and the SQL declarations agree?

CREATE FUNCTION jira_spoke.check_actions(OUT function regprocedure, OUT problem text)
RETURNS SETOF record
LANGUAGE C STABLE PARALLEL SAFE
AS 'MODULE_PATHNAME', 'jira_check_actions';
COMMENT ON FUNCTION jira_spoke.check_actions IS
    'what does not fit between the actions in the library and their SQL functions; no rows: nothing';
