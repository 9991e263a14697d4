-- The entities of Jira, each a named composite type so that it can grow.  The
-- last attribute keeps what Jira sent.

CREATE TYPE @extschema@.jira_issue AS (
    id text,
    key text,
    project text,
    issue_type text,
    summary text,
    description text,
    status text,
    status_category text,
    priority text,
    resolution text,
    assignee text,
    assignee_name text,
    reporter text,
    reporter_name text,
    parent text,
    labels text[],
    components text[],
    fix_versions text[],
    created timestamptz,
    updated timestamptz,
    resolved timestamptz,
    due date,
    fields jsonb
);
COMMENT ON TYPE @extschema@.jira_issue IS
    'an issue; status_category is new, indeterminate or done, fields is what Jira sent';

CREATE TYPE @extschema@.jira_story AS (
    id text,
    key text,
    project text,
    issue_type text,
    summary text,
    description text,
    status text,
    status_category text,
    priority text,
    resolution text,
    assignee text,
    assignee_name text,
    reporter text,
    reporter_name text,
    parent text,
    labels text[],
    components text[],
    fix_versions text[],
    created timestamptz,
    updated timestamptz,
    resolved timestamptz,
    due date,
    story_points numeric,
    epic text,
    sprint_id bigint,
    sprint text,
    fields jsonb
);
COMMENT ON TYPE @extschema@.jira_story IS
    'a story: an issue with its estimate, its epic and the sprint it is or was last in';

CREATE TYPE @extschema@.jira_user AS (
    account text,
    name text,
    email text,
    active boolean,
    account_type text,
    time_zone text,
    raw jsonb
);
COMMENT ON TYPE @extschema@.jira_user IS
    'a user; account is the accountId on Cloud and the user name on Server';

CREATE TYPE @extschema@.jira_group AS (
    id text,
    name text,
    raw jsonb
);
COMMENT ON TYPE @extschema@.jira_group IS
    'a group; Server has no id for it';

CREATE TYPE @extschema@.jira_project AS (
    id text,
    key text,
    name text,
    project_type text,
    style text,
    lead text,
    lead_name text,
    category text,
    archived boolean,
    description text,
    url text,
    raw jsonb
);
COMMENT ON TYPE @extschema@.jira_project IS
    'a project';

CREATE TYPE @extschema@.jira_sprint AS (
    id bigint,
    name text,
    state text,
    goal text,
    board bigint,
    started timestamptz,
    ends timestamptz,
    completed timestamptz,
    raw jsonb
);
COMMENT ON TYPE @extschema@.jira_sprint IS
    'a sprint; state is future, active or closed';

CREATE TYPE @extschema@.jira_comment AS (
    id text,
    author text,
    author_name text,
    body text,
    created timestamptz,
    updated timestamptz,
    visibility jsonb,
    raw jsonb
);
COMMENT ON TYPE @extschema@.jira_comment IS
    'a comment on an issue';

CREATE TYPE @extschema@.jira_attachment AS (
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
COMMENT ON TYPE @extschema@.jira_attachment IS
    'a file attached to an issue; size is in bytes';

CREATE TYPE @extschema@.jira_field AS (
    id text,
    name text,
    custom boolean,
    type text,
    items text,
    custom_type text,
    clause_names text[],
    searchable boolean,
    raw jsonb
);
COMMENT ON TYPE @extschema@.jira_field IS
    'a field of issues; clause_names are its names in JQL';

CREATE TYPE @extschema@.jira_field_meta AS (
    issue_type text,
    field_id text,
    name text,
    required boolean,
    has_default boolean,
    type text,
    items text,
    custom_type text,
    operations text[],
    allowed_values jsonb,
    raw jsonb
);
COMMENT ON TYPE @extschema@.jira_field_meta IS
    'what a field takes when an issue is created or edited';
