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
