-- Sprint management.

CREATE FUNCTION @extschema@.jira_create_sprint(
    name text,
    board bigint,
    start_date timestamptz DEFAULT NULL,
    end_date timestamptz DEFAULT NULL,
    goal text DEFAULT NULL,
    connection text DEFAULT NULL)
RETURNS bigint
LANGUAGE C VOLATILE PARALLEL UNSAFE COST 100000
AS 'MODULE_PATHNAME', 'jira_create_sprint';
COMMENT ON FUNCTION @extschema@.jira_create_sprint IS
    'Creates a future sprint on a scrum board and returns its id.';

CREATE FUNCTION @extschema@.jira_lookup_sprint(
    sprint bigint,
    connection text DEFAULT NULL)
RETURNS SETOF @extschema@.jira_sprint
LANGUAGE C VOLATILE PARALLEL RESTRICTED COST 100000 ROWS 1
SUPPORT jira_spoke.jira_read_support
AS 'MODULE_PATHNAME', 'jira_lookup_sprint';
COMMENT ON FUNCTION @extschema@.jira_lookup_sprint IS
    'One sprint by its id.';

CREATE FUNCTION @extschema@.jira_lookup_sprints_by_board(
    board bigint,
    state text[] DEFAULT NULL,
    connection text DEFAULT NULL)
RETURNS SETOF @extschema@.jira_sprint
LANGUAGE C VOLATILE PARALLEL RESTRICTED COST 100000 ROWS 20
SUPPORT jira_spoke.jira_read_support
AS 'MODULE_PATHNAME', 'jira_lookup_sprints_by_board';
COMMENT ON FUNCTION @extschema@.jira_lookup_sprints_by_board IS
    'The sprints of a board: closed, active, future; no rows for a board that has no sprints.';

CREATE FUNCTION @extschema@.jira_update_sprint(
    sprint bigint,
    name text DEFAULT NULL,
    state text DEFAULT NULL,
    start_date timestamptz DEFAULT NULL,
    end_date timestamptz DEFAULT NULL,
    goal text DEFAULT NULL,
    connection text DEFAULT NULL)
RETURNS void
LANGUAGE C VOLATILE PARALLEL UNSAFE COST 100000
AS 'MODULE_PATHNAME', 'jira_update_sprint';
COMMENT ON FUNCTION @extschema@.jira_update_sprint IS
    'Changes a sprint; NULL leaves a value alone. state => active starts it, state => closed completes it.';

CREATE FUNCTION @extschema@.jira_delete_sprint(
    sprint bigint,
    connection text DEFAULT NULL)
RETURNS void
LANGUAGE C VOLATILE PARALLEL UNSAFE COST 100000
AS 'MODULE_PATHNAME', 'jira_delete_sprint';
COMMENT ON FUNCTION @extschema@.jira_delete_sprint IS
    'Deletes a sprint; its open issues go to the backlog.';
