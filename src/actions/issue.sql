-- Issue management.

CREATE FUNCTION @extschema@.jira_lookup_issues_stream(
    jql text,
    fields text[] DEFAULT NULL,
    max_rows bigint DEFAULT NULL,
    expand text[] DEFAULT NULL,
    connection text DEFAULT NULL)
RETURNS SETOF @extschema@.jira_issue
LANGUAGE C VOLATILE PARALLEL RESTRICTED COST 100000 ROWS 1000
SUPPORT jira_spoke.jira_read_support
AS 'MODULE_PATHNAME', 'jira_lookup_issues_stream';
COMMENT ON FUNCTION @extschema@.jira_lookup_issues_stream IS
    'The issues that a JQL query finds. In FROM, rows stream as they are used, and only the fields of the columns used are asked for; "fields" adds more to the column fields.';

CREATE FUNCTION @extschema@.jira_lookup_issue(
    issue text,
    fields text[] DEFAULT NULL,
    expand text[] DEFAULT NULL,
    connection text DEFAULT NULL)
RETURNS SETOF @extschema@.jira_issue
LANGUAGE C VOLATILE PARALLEL RESTRICTED COST 100000 ROWS 1
SUPPORT jira_spoke.jira_read_support
AS 'MODULE_PATHNAME', 'jira_lookup_issue';
COMMENT ON FUNCTION @extschema@.jira_lookup_issue IS
    'One issue by key or id. One that does not exist, or that the account may not see, is an error (P0002).';

CREATE FUNCTION @extschema@.jira_lookup_issues(
    issues text[],
    fields text[] DEFAULT NULL,
    connection text DEFAULT NULL)
RETURNS SETOF @extschema@.jira_issue
LANGUAGE C VOLATILE PARALLEL RESTRICTED COST 100000 ROWS 100
SUPPORT jira_spoke.jira_read_support
AS 'MODULE_PATHNAME', 'jira_lookup_issues';
COMMENT ON FUNCTION @extschema@.jira_lookup_issues IS
    'The issues with these keys or ids, a hundred in a request and several requests at a time. Keys that do not exist give no row.';

CREATE FUNCTION @extschema@.jira_count_issues(
    jql text,
    connection text DEFAULT NULL)
RETURNS bigint
LANGUAGE C VOLATILE PARALLEL RESTRICTED COST 100000
AS 'MODULE_PATHNAME', 'jira_count_issues';
COMMENT ON FUNCTION @extschema@.jira_count_issues IS
    'How many issues a JQL query finds, without fetching them; approximate on Cloud.';

CREATE FUNCTION @extschema@.jira_create_issue(
    project text,
    issue_type text,
    summary text,
    description text DEFAULT NULL,
    assignee text DEFAULT NULL,
    priority text DEFAULT NULL,
    labels text[] DEFAULT NULL,
    parent text DEFAULT NULL,
    fields jsonb DEFAULT NULL,
    connection text DEFAULT NULL)
RETURNS text
LANGUAGE C VOLATILE PARALLEL UNSAFE COST 100000
AS 'MODULE_PATHNAME', 'jira_create_issue';
COMMENT ON FUNCTION @extschema@.jira_create_issue IS
    'Creates an issue and returns its key. "fields" takes any other field by its id in Jira''s own form. Jira keeps the issue when the transaction rolls back.';

CREATE FUNCTION @extschema@.jira_add_comment(
    issue text,
    body text,
    visibility jsonb DEFAULT NULL,
    connection text DEFAULT NULL)
RETURNS text
LANGUAGE C VOLATILE PARALLEL UNSAFE COST 100000
AS 'MODULE_PATHNAME', 'jira_add_comment';
COMMENT ON FUNCTION @extschema@.jira_add_comment IS
    'Comments on an issue and returns the comment''s id. "visibility" restricts it, for example {"type": "role", "value": "Administrators"}.';
