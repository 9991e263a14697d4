-- Project management.

CREATE FUNCTION @extschema@.jira_create_project(
    key text,
    name text,
    lead text,
    project_type text DEFAULT 'software',
    template text DEFAULT NULL,
    description text DEFAULT NULL,
    properties jsonb DEFAULT NULL,
    connection text DEFAULT NULL)
RETURNS text
LANGUAGE C VOLATILE PARALLEL UNSAFE COST 100000
AS 'MODULE_PATHNAME', 'jira_create_project';
COMMENT ON FUNCTION @extschema@.jira_create_project IS
    'Creates a project and returns its id. "properties" takes any other member of the request, for example {"assigneeType": "UNASSIGNED"}.';

CREATE FUNCTION @extschema@.jira_lookup_project(
    project text,
    connection text DEFAULT NULL)
RETURNS SETOF @extschema@.jira_project
LANGUAGE C VOLATILE PARALLEL RESTRICTED COST 100000 ROWS 1
SUPPORT jira_spoke.jira_read_support
AS 'MODULE_PATHNAME', 'jira_lookup_project';
COMMENT ON FUNCTION @extschema@.jira_lookup_project IS
    'One project by key or id.';

CREATE FUNCTION @extschema@.jira_lookup_projects(
    connection text DEFAULT NULL)
RETURNS SETOF @extschema@.jira_project
LANGUAGE C VOLATILE PARALLEL RESTRICTED COST 100000 ROWS 100
SUPPORT jira_spoke.jira_read_support
AS 'MODULE_PATHNAME', 'jira_lookup_projects';
COMMENT ON FUNCTION @extschema@.jira_lookup_projects IS
    'All projects; on Server only (on Cloud: jira_lookup_projects_stream).';

CREATE FUNCTION @extschema@.jira_lookup_projects_stream(
    query text DEFAULT NULL,
    connection text DEFAULT NULL)
RETURNS SETOF @extschema@.jira_project
LANGUAGE C VOLATILE PARALLEL RESTRICTED COST 100000 ROWS 100
SUPPORT jira_spoke.jira_read_support
AS 'MODULE_PATHNAME', 'jira_lookup_projects_stream';
COMMENT ON FUNCTION @extschema@.jira_lookup_projects_stream IS
    'The projects whose key or name contains a text, or all; on Cloud only (on Server: jira_lookup_projects).';

CREATE FUNCTION @extschema@.jira_lookup_users_assignable_to_projects(
    projects text[],
    query text DEFAULT NULL,
    connection text DEFAULT NULL)
RETURNS SETOF @extschema@.jira_user
LANGUAGE C VOLATILE PARALLEL RESTRICTED COST 100000 ROWS 100
SUPPORT jira_spoke.jira_read_support
AS 'MODULE_PATHNAME', 'jira_lookup_users_assignable_to_projects';
COMMENT ON FUNCTION @extschema@.jira_lookup_users_assignable_to_projects IS
    'The users who can be assigned issues in all of these projects; "query" narrows them down by name. Jira does not return all users of a large site: a warning says so.';

CREATE TYPE @extschema@.jira_project_role AS (
    project text,
    role_id text,
    role text,
    actor_type text,
    actor text,
    actor_name text,
    raw jsonb
);
COMMENT ON TYPE @extschema@.jira_project_role IS
    'a user or a group that has a role in a project';
COMMENT ON COLUMN @extschema@.jira_project_role.project IS 'key of the project';
COMMENT ON COLUMN @extschema@.jira_project_role.role_id IS 'id of the role';
COMMENT ON COLUMN @extschema@.jira_project_role.role IS 'name of the role';
COMMENT ON COLUMN @extschema@.jira_project_role.actor_type IS 'user or group';
COMMENT ON COLUMN @extschema@.jira_project_role.actor IS 'account of the user, or name of the group';
COMMENT ON COLUMN @extschema@.jira_project_role.actor_name IS 'name of the user or of the group';
COMMENT ON COLUMN @extschema@.jira_project_role.raw IS 'what Jira sent';

CREATE FUNCTION @extschema@.jira_lookup_project_roles(
    project text,
    connection text DEFAULT NULL)
RETURNS SETOF @extschema@.jira_project_role
LANGUAGE C VOLATILE PARALLEL RESTRICTED COST 100000 ROWS 20
SUPPORT jira_spoke.jira_read_support
AS 'MODULE_PATHNAME', 'jira_lookup_project_roles';
COMMENT ON FUNCTION @extschema@.jira_lookup_project_roles IS
    'The users and groups that have the roles of a project. Only administrators of the project may read them.';
