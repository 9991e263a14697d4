-- Metadata retrieval.

CREATE TYPE @extschema@.jira_issue_type AS (
    id text,
    name text,
    description text,
    subtask boolean,
    hierarchy_level integer,
    icon_url text,
    raw jsonb
);
COMMENT ON TYPE @extschema@.jira_issue_type IS
    'a type of issues';
COMMENT ON COLUMN @extschema@.jira_issue_type.id IS 'id of the issue type';
COMMENT ON COLUMN @extschema@.jira_issue_type.name IS 'name of the issue type';
COMMENT ON COLUMN @extschema@.jira_issue_type.description IS 'what it stands for';
COMMENT ON COLUMN @extschema@.jira_issue_type.subtask IS 'whether its issues are sub-tasks';
COMMENT ON COLUMN @extschema@.jira_issue_type.hierarchy_level IS
    '-1: sub-tasks, 0: standard issues, 1: epics, from 2 on: levels above; NULL on Data Center';
COMMENT ON COLUMN @extschema@.jira_issue_type.icon_url IS 'address of its icon';
COMMENT ON COLUMN @extschema@.jira_issue_type.raw IS 'what Jira sent of it';

CREATE FUNCTION @extschema@.jira_get_issue_types(
    project text,
    connection text DEFAULT NULL)
RETURNS SETOF @extschema@.jira_issue_type
LANGUAGE C VOLATILE PARALLEL RESTRICTED COST 100000 ROWS 10
SUPPORT jira_spoke.jira_read_support
AS 'MODULE_PATHNAME', 'jira_get_issue_types';
COMMENT ON FUNCTION @extschema@.jira_get_issue_types IS
    'The issue types that the account may create in a project.';

CREATE FUNCTION @extschema@.jira_get_creatable_fields(
    project text,
    issue_type text DEFAULT NULL,
    connection text DEFAULT NULL)
RETURNS SETOF @extschema@.jira_field_meta
LANGUAGE C VOLATILE PARALLEL RESTRICTED COST 100000 ROWS 100
SUPPORT jira_spoke.jira_read_support
AS 'MODULE_PATHNAME', 'jira_get_creatable_fields';
COMMENT ON FUNCTION @extschema@.jira_get_creatable_fields IS
    'The fields that can be set when an issue is created, for one issue type (id or name) or for all.';

CREATE FUNCTION @extschema@.jira_get_editable_fields(
    issue text,
    connection text DEFAULT NULL)
RETURNS SETOF @extschema@.jira_field_meta
LANGUAGE C VOLATILE PARALLEL RESTRICTED COST 100000 ROWS 50
SUPPORT jira_spoke.jira_read_support
AS 'MODULE_PATHNAME', 'jira_get_editable_fields';
COMMENT ON FUNCTION @extschema@.jira_get_editable_fields IS
    'The fields of an issue that the account may change now.';
