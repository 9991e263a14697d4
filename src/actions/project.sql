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
