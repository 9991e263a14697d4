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
    'The issues that a JQL query finds. In FROM, rows stream as they are used, and only the fields of the columns used are asked for; "fields" adds more, by name or id, to the column fields, and "expand" what Jira adds to an issue, such as changelog. Data Center returns no more than the first 10,000, unless the JQL has no order or that of the keys: then the rest is asked for by key, else there is an error (54000).';

CREATE FUNCTION @extschema@.jira_lookup_issue(
    issue text,
    fields text[] DEFAULT NULL,
    expand text[] DEFAULT NULL,
    missing_ok boolean DEFAULT false,
    connection text DEFAULT NULL)
RETURNS SETOF @extschema@.jira_issue
LANGUAGE C VOLATILE PARALLEL RESTRICTED COST 100000 ROWS 1
SUPPORT jira_spoke.jira_read_support
AS 'MODULE_PATHNAME', 'jira_lookup_issue';
COMMENT ON FUNCTION @extschema@.jira_lookup_issue IS
    'One issue by key or id. One that does not exist, or that the account may not see, is an error (P0002); with "missing_ok" it gives no row, and neither does NULL. The column fields has what "fields" asks for and "expand" adds, such as changelog.';

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
    'Creates an issue and returns its key. "fields" takes any other field by its name or id, with a value as one would write it, like {"Severity": "Major", "components": ["core"]}, or in Jira''s own form; a time, a number, a text and a list become what the field wants. Jira keeps the issue when the transaction rolls back.';

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

CREATE FUNCTION @extschema@.jira_update_issue(
    issue text,
    fields jsonb DEFAULT NULL,
    update jsonb DEFAULT NULL,
    summary text DEFAULT NULL,
    description text DEFAULT NULL,
    notify_users boolean DEFAULT true,
    connection text DEFAULT NULL)
RETURNS void
LANGUAGE C VOLATILE PARALLEL UNSAFE COST 100000
AS 'MODULE_PATHNAME', 'jira_update_issue';
COMMENT ON FUNCTION @extschema@.jira_update_issue IS
    'Changes an issue; null in "fields" clears a field. "update" takes Jira''s verbs, for example {"labels": [{"add": "urgent"}]}.';

CREATE FUNCTION @extschema@.jira_assign_issue(
    issue text,
    account text DEFAULT NULL,
    connection text DEFAULT NULL)
RETURNS void
LANGUAGE C VOLATILE PARALLEL UNSAFE COST 100000
AS 'MODULE_PATHNAME', 'jira_assign_issue';
COMMENT ON FUNCTION @extschema@.jira_assign_issue IS
    'Assigns an issue; NULL takes the assignee away, -1 assigns the default one of the project.';

CREATE FUNCTION @extschema@.jira_delete_issue(
    issue text,
    delete_subtasks boolean DEFAULT false,
    connection text DEFAULT NULL)
RETURNS void
LANGUAGE C VOLATILE PARALLEL UNSAFE COST 100000
AS 'MODULE_PATHNAME', 'jira_delete_issue';
COMMENT ON FUNCTION @extschema@.jira_delete_issue IS
    'Deletes an issue for good. One that has sub-tasks is refused unless delete_subtasks is true: they go too then.';

CREATE FUNCTION @extschema@.jira_do_transition(
    issue text,
    transition text,
    fields jsonb DEFAULT NULL,
    comment text DEFAULT NULL,
    resolution text DEFAULT NULL,
    connection text DEFAULT NULL)
RETURNS void
LANGUAGE C VOLATILE PARALLEL UNSAFE COST 100000
AS 'MODULE_PATHNAME', 'jira_do_transition';
COMMENT ON FUNCTION @extschema@.jira_do_transition IS
    'Moves an issue through its workflow. The transition is given by its id, else by its name, else by the status that it leads to; a name that is not unique is an error.';

CREATE TYPE @extschema@.jira_transition AS (
    id text,
    name text,
    to_status_id text,
    to_status text,
    to_status_category text,
    has_screen boolean,
    available boolean,
    fields jsonb,
    raw jsonb
);
COMMENT ON TYPE @extschema@.jira_transition IS
    'a transition that an issue can take; fields are those of its screen';
COMMENT ON COLUMN @extschema@.jira_transition.id IS 'id of the transition';
COMMENT ON COLUMN @extschema@.jira_transition.name IS 'name of the transition';
COMMENT ON COLUMN @extschema@.jira_transition.to_status_id IS 'id of the status that it leads to';
COMMENT ON COLUMN @extschema@.jira_transition.to_status IS 'name of that status';
COMMENT ON COLUMN @extschema@.jira_transition.to_status_category IS 'key of that status''s category: new, indeterminate or done';
COMMENT ON COLUMN @extschema@.jira_transition.has_screen IS 'whether it has a screen, that is, takes fields';
COMMENT ON COLUMN @extschema@.jira_transition.available IS 'whether it can be made now; NULL if Jira does not tell';
COMMENT ON COLUMN @extschema@.jira_transition.fields IS 'the fields that it takes, by id';
COMMENT ON COLUMN @extschema@.jira_transition.raw IS 'what Jira sent of it';

CREATE FUNCTION @extschema@.jira_lookup_transitions(
    issue text,
    connection text DEFAULT NULL)
RETURNS SETOF @extschema@.jira_transition
LANGUAGE C VOLATILE PARALLEL RESTRICTED COST 100000 ROWS 10
SUPPORT jira_spoke.jira_read_support
AS 'MODULE_PATHNAME', 'jira_lookup_transitions';
COMMENT ON FUNCTION @extschema@.jira_lookup_transitions IS
    'The transitions that the account may carry out on an issue now.';

CREATE FUNCTION @extschema@.jira_add_watcher(
    issue text,
    account text DEFAULT NULL,
    connection text DEFAULT NULL)
RETURNS void
LANGUAGE C VOLATILE PARALLEL UNSAFE COST 100000
AS 'MODULE_PATHNAME', 'jira_add_watcher';
COMMENT ON FUNCTION @extschema@.jira_add_watcher IS
    'Makes a user watch an issue; NULL is the account itself.';

CREATE FUNCTION @extschema@.jira_delete_watcher(
    issue text,
    account text,
    connection text DEFAULT NULL)
RETURNS void
LANGUAGE C VOLATILE PARALLEL UNSAFE COST 100000
AS 'MODULE_PATHNAME', 'jira_delete_watcher';
COMMENT ON FUNCTION @extschema@.jira_delete_watcher IS
    'Makes a user stop watching an issue.';

CREATE FUNCTION @extschema@.jira_lookup_watchers(
    issue text,
    connection text DEFAULT NULL)
RETURNS SETOF @extschema@.jira_user
LANGUAGE C VOLATILE PARALLEL RESTRICTED COST 100000 ROWS 10
SUPPORT jira_spoke.jira_read_support
AS 'MODULE_PATHNAME', 'jira_lookup_watchers';
COMMENT ON FUNCTION @extschema@.jira_lookup_watchers IS
    'Who watches an issue, as far as the account may see it.';

CREATE FUNCTION @extschema@.jira_copy_attachment(
    issue text,
    filename text,
    content bytea,
    mime_type text DEFAULT NULL,
    connection text DEFAULT NULL)
RETURNS text
LANGUAGE C VOLATILE PARALLEL UNSAFE COST 100000
AS 'MODULE_PATHNAME', 'jira_copy_attachment';
COMMENT ON FUNCTION @extschema@.jira_copy_attachment IS
    'Attaches a file to an issue and returns the id of the attachment.';

CREATE FUNCTION @extschema@.jira_delete_attachment(
    attachment text,
    connection text DEFAULT NULL)
RETURNS void
LANGUAGE C VOLATILE PARALLEL UNSAFE COST 100000
AS 'MODULE_PATHNAME', 'jira_delete_attachment';
COMMENT ON FUNCTION @extschema@.jira_delete_attachment IS
    'Deletes an attachment.';

CREATE FUNCTION @extschema@.jira_lookup_sprint_issues_stream(
    sprint bigint,
    jql text DEFAULT NULL,
    fields text[] DEFAULT NULL,
    max_rows bigint DEFAULT NULL,
    connection text DEFAULT NULL)
RETURNS SETOF @extschema@.jira_issue
LANGUAGE C VOLATILE PARALLEL RESTRICTED COST 100000 ROWS 100
SUPPORT jira_spoke.jira_read_support
AS 'MODULE_PATHNAME', 'jira_lookup_sprint_issues_stream';
COMMENT ON FUNCTION @extschema@.jira_lookup_sprint_issues_stream IS
    'The issues of a sprint, by rank; "jql" narrows them down and may give another order. Data Center returns no more than the first 10,000, unless the order is that of the keys: then the rest is asked for by key, else there is an error (54000).';

CREATE TYPE @extschema@.jira_issue_type_status AS (
    issue_type_id text,
    issue_type text,
    subtask boolean,
    status_id text,
    status text,
    status_category text,
    raw jsonb
);
COMMENT ON TYPE @extschema@.jira_issue_type_status IS
    'a status that issues of a type can have in a project';
COMMENT ON COLUMN @extschema@.jira_issue_type_status.issue_type_id IS 'id of the issue type';
COMMENT ON COLUMN @extschema@.jira_issue_type_status.issue_type IS 'name of the issue type';
COMMENT ON COLUMN @extschema@.jira_issue_type_status.subtask IS 'whether its issues are sub-tasks';
COMMENT ON COLUMN @extschema@.jira_issue_type_status.status_id IS 'id of a status that its issues can have';
COMMENT ON COLUMN @extschema@.jira_issue_type_status.status IS 'name of the status';
COMMENT ON COLUMN @extschema@.jira_issue_type_status.status_category IS 'key of the status category: new, indeterminate or done';
COMMENT ON COLUMN @extschema@.jira_issue_type_status.raw IS 'what Jira sent of the status';

CREATE FUNCTION @extschema@.jira_lookup_issue_type_statuses_by_project(
    project text,
    connection text DEFAULT NULL)
RETURNS SETOF @extschema@.jira_issue_type_status
LANGUAGE C VOLATILE PARALLEL RESTRICTED COST 100000 ROWS 20
SUPPORT jira_spoke.jira_read_support
AS 'MODULE_PATHNAME', 'jira_lookup_issue_type_statuses_by_project';
COMMENT ON FUNCTION @extschema@.jira_lookup_issue_type_statuses_by_project IS
    'The statuses of each issue type of a project. The project key is case-sensitive.';

CREATE TYPE @extschema@.jira_priority AS (
    id text,
    name text,
    description text,
    status_color text,
    icon_url text,
    is_default boolean,
    raw jsonb
);
COMMENT ON TYPE @extschema@.jira_priority IS
    'a priority';
COMMENT ON COLUMN @extschema@.jira_priority.id IS 'id of the priority';
COMMENT ON COLUMN @extschema@.jira_priority.name IS 'name of the priority';
COMMENT ON COLUMN @extschema@.jira_priority.description IS 'what it stands for';
COMMENT ON COLUMN @extschema@.jira_priority.status_color IS 'color, like #ff5630';
COMMENT ON COLUMN @extschema@.jira_priority.icon_url IS 'address of its icon';
COMMENT ON COLUMN @extschema@.jira_priority.is_default IS 'whether new issues have it; NULL if Jira does not tell';
COMMENT ON COLUMN @extschema@.jira_priority.raw IS 'what Jira sent of it';

CREATE FUNCTION @extschema@.jira_lookup_issue_priorities(
    priority text DEFAULT NULL,
    connection text DEFAULT NULL)
RETURNS SETOF @extschema@.jira_priority
LANGUAGE C VOLATILE PARALLEL RESTRICTED COST 100000 ROWS 5
SUPPORT jira_spoke.jira_read_support
AS 'MODULE_PATHNAME', 'jira_lookup_issue_priorities';
COMMENT ON FUNCTION @extschema@.jira_lookup_issue_priorities IS
    'The priorities, or the one with this id or name.';
