-- From 1.0 to 1.1: what changes tables and types.  README.md says what else
-- belongs here, and where.

CREATE TYPE @extschema@.jira_status AS (
    id text,
    name text,
    description text,
    category text,
    raw jsonb
);

CREATE TYPE @extschema@.jira_resolution AS (
    id text,
    name text,
    description text,
    raw jsonb
);

CREATE TYPE @extschema@.jira_link_type AS (
    id text,
    name text,
    inward text,
    outward text,
    raw jsonb
);

CREATE TYPE @extschema@.jira_component AS (
    id text,
    project text,
    name text,
    description text,
    lead text,
    lead_name text,
    raw jsonb
);

CREATE TYPE @extschema@.jira_issue_comment AS (
    issue_id text,
    issue text,
    project text,
    comment_id text,
    author text,
    author_name text,
    body text,
    created timestamptz,
    updated timestamptz,
    visibility jsonb,
    raw jsonb
);

CREATE TYPE @extschema@.jira_issue_worklog AS (
    issue_id text,
    issue text,
    project text,
    worklog_id text,
    author text,
    author_name text,
    started timestamptz,
    seconds bigint,
    comment text,
    created timestamptz,
    updated timestamptz,
    raw jsonb
);

CREATE TYPE @extschema@.jira_issue_link AS (
    issue text,
    project text,
    link_id text,
    link_type text,
    relation text,
    direction text,
    other_issue text,
    raw jsonb
);

CREATE TYPE @extschema@.jira_issue_attachment AS (
    issue text,
    project text,
    id text,
    filename text,
    mime_type text,
    size bigint,
    author text,
    author_name text,
    created timestamptz,
    content_url text,
    raw jsonb
);

CREATE TYPE @extschema@.jira_issue_sprint AS (
    issue text,
    project text,
    sprint_id bigint,
    sprint text,
    state text,
    raw jsonb
);

CREATE TYPE @extschema@.jira_issue_change AS (
    issue_id text,
    issue text,
    project text,
    change_id text,
    at timestamptz,
    author text,
    author_name text,
    field text,
    field_id text,
    from_value text,
    from_text text,
    to_value text,
    to_text text,
    raw jsonb
);

CREATE TYPE @extschema@.jira_board AS (
    id bigint,
    name text,
    type text,
    project text,
    raw jsonb
);

CREATE TYPE @extschema@.jira_filter AS (
    id text,
    name text,
    owner text,
    owner_name text,
    jql text,
    description text,
    raw jsonb
);

CREATE TYPE @extschema@.jira_dashboard AS (
    id text,
    name text,
    owner text,
    owner_name text,
    description text,
    raw jsonb
);

CREATE TYPE @extschema@.jira_workflow AS (
    id text,
    name text,
    owner text,
    owner_name text,
    description text,
    raw jsonb
);

CREATE TYPE @extschema@.jira_version AS (
    id text,
    project text,
    name text,
    description text,
    released boolean,
    archived boolean,
    start_date date,
    release_date date,
    raw jsonb
);

CREATE TYPE @extschema@.jira_field_option AS (
    field_id text,
    field text,
    option_id text,
    value text,
    disabled boolean,
    raw jsonb
);

CREATE TYPE @extschema@.jira_project_role AS (
    project text,
    role_id text,
    role text,
    actor_type text,
    actor text,
    actor_name text,
    raw jsonb
);

CREATE TYPE @extschema@.jira_group_member AS (
    group_name text,
    account text,
    name text,
    raw jsonb
);

@functions@

CREATE FOREIGN DATA WRAPPER jira_spoke
    HANDLER jira_spoke.table_handler
    VALIDATOR jira_spoke.table_validator;
GRANT USAGE ON FOREIGN DATA WRAPPER jira_spoke TO jira_spoke_admin;

CREATE EVENT TRIGGER jira_spoke_import ON ddl_command_end
    WHEN TAG IN ('IMPORT FOREIGN SCHEMA')
    EXECUTE FUNCTION jira_spoke.table_comment_on_import();
