-- Boards, filters, dashboards and workflows.

CREATE TYPE @extschema@.jira_board AS (
    id bigint,
    name text,
    type text,
    project text,
    raw jsonb
);
COMMENT ON TYPE @extschema@.jira_board IS
    'a board; project is the key of the project that it belongs to, on Cloud';
COMMENT ON COLUMN @extschema@.jira_board.id IS 'id of the board';
COMMENT ON COLUMN @extschema@.jira_board.name IS 'name of the board';
COMMENT ON COLUMN @extschema@.jira_board.type IS 'scrum, kanban or simple';
COMMENT ON COLUMN @extschema@.jira_board.project IS 'key of the project that the board belongs to; NULL on Data Center, which does not tell';
COMMENT ON COLUMN @extschema@.jira_board.raw IS 'what Jira sent';

CREATE FUNCTION @extschema@.jira_lookup_boards_stream(
    project text DEFAULT NULL,
    name text DEFAULT NULL,
    connection text DEFAULT NULL)
RETURNS SETOF @extschema@.jira_board
LANGUAGE C VOLATILE PARALLEL RESTRICTED COST 100000 ROWS 100
SUPPORT jira_spoke.jira_read_support
AS 'MODULE_PATHNAME', 'jira_lookup_boards_stream';
COMMENT ON FUNCTION @extschema@.jira_lookup_boards_stream IS
    'The boards that the account may see: all of them, those that show issues of a project (key or id), those with a text in their name.';

CREATE TYPE @extschema@.jira_filter AS (
    id text,
    name text,
    owner text,
    owner_name text,
    jql text,
    description text,
    raw jsonb
);
COMMENT ON TYPE @extschema@.jira_filter IS
    'a saved search';
COMMENT ON COLUMN @extschema@.jira_filter.id IS 'id of the filter';
COMMENT ON COLUMN @extschema@.jira_filter.name IS 'name of the filter';
COMMENT ON COLUMN @extschema@.jira_filter.owner IS 'account of the owner';
COMMENT ON COLUMN @extschema@.jira_filter.owner_name IS 'name of the owner';
COMMENT ON COLUMN @extschema@.jira_filter.jql IS 'the JQL of the search';
COMMENT ON COLUMN @extschema@.jira_filter.description IS 'description of the filter';
COMMENT ON COLUMN @extschema@.jira_filter.raw IS 'what Jira sent';

CREATE FUNCTION @extschema@.jira_lookup_filters_stream(
    name text DEFAULT NULL,
    connection text DEFAULT NULL)
RETURNS SETOF @extschema@.jira_filter
LANGUAGE C VOLATILE PARALLEL RESTRICTED COST 100000 ROWS 1000
SUPPORT jira_spoke.jira_read_support
AS 'MODULE_PATHNAME', 'jira_lookup_filters_stream';
COMMENT ON FUNCTION @extschema@.jira_lookup_filters_stream IS
    'The filters that the account may see, all of them or those with a text in their name; on Cloud only.';

CREATE TYPE @extschema@.jira_dashboard AS (
    id text,
    name text,
    owner text,
    owner_name text,
    description text,
    raw jsonb
);
COMMENT ON TYPE @extschema@.jira_dashboard IS
    'a dashboard; its owner and its description are known on Cloud';
COMMENT ON COLUMN @extschema@.jira_dashboard.id IS 'id of the dashboard';
COMMENT ON COLUMN @extschema@.jira_dashboard.name IS 'name of the dashboard';
COMMENT ON COLUMN @extschema@.jira_dashboard.owner IS 'account of the owner; NULL on Data Center and for that of the system';
COMMENT ON COLUMN @extschema@.jira_dashboard.owner_name IS 'name of the owner, likewise';
COMMENT ON COLUMN @extschema@.jira_dashboard.description IS 'description of the dashboard; NULL on Data Center';
COMMENT ON COLUMN @extschema@.jira_dashboard.raw IS 'what Jira sent';

CREATE FUNCTION @extschema@.jira_lookup_dashboards_stream(
    connection text DEFAULT NULL)
RETURNS SETOF @extschema@.jira_dashboard
LANGUAGE C VOLATILE PARALLEL RESTRICTED COST 100000 ROWS 100
SUPPORT jira_spoke.jira_read_support
AS 'MODULE_PATHNAME', 'jira_lookup_dashboards_stream';
COMMENT ON FUNCTION @extschema@.jira_lookup_dashboards_stream IS
    'The dashboards that the account may see.';

CREATE TYPE @extschema@.jira_workflow AS (
    id text,
    name text,
    owner text,
    owner_name text,
    description text,
    raw jsonb
);
COMMENT ON TYPE @extschema@.jira_workflow IS
    'a workflow; it belongs to nobody';
COMMENT ON COLUMN @extschema@.jira_workflow.id IS 'id of the workflow; NULL on Data Center, where the name tells it from others';
COMMENT ON COLUMN @extschema@.jira_workflow.name IS 'name of the workflow';
COMMENT ON COLUMN @extschema@.jira_workflow.owner IS 'always NULL';
COMMENT ON COLUMN @extschema@.jira_workflow.owner_name IS 'always NULL';
COMMENT ON COLUMN @extschema@.jira_workflow.description IS 'description of the workflow';
COMMENT ON COLUMN @extschema@.jira_workflow.raw IS 'what Jira sent';

CREATE FUNCTION @extschema@.jira_lookup_workflows_stream(
    connection text DEFAULT NULL)
RETURNS SETOF @extschema@.jira_workflow
LANGUAGE C VOLATILE PARALLEL RESTRICTED COST 100000 ROWS 20
SUPPORT jira_spoke.jira_read_support
AS 'MODULE_PATHNAME', 'jira_lookup_workflows_stream';
COMMENT ON FUNCTION @extschema@.jira_lookup_workflows_stream IS
    'The workflows; for administrators.';
