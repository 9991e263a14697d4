-- What issues have several of, a row for each.

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
COMMENT ON TYPE @extschema@.jira_issue_comment IS
    'a comment on an issue; issue and project are keys';
COMMENT ON COLUMN @extschema@.jira_issue_comment.issue_id IS 'id of the issue';
COMMENT ON COLUMN @extschema@.jira_issue_comment.issue IS 'key of the issue';
COMMENT ON COLUMN @extschema@.jira_issue_comment.project IS 'key of the project of the issue';
COMMENT ON COLUMN @extschema@.jira_issue_comment.comment_id IS 'id of the comment';
COMMENT ON COLUMN @extschema@.jira_issue_comment.author IS 'account of the author (on Data Center the user name)';
COMMENT ON COLUMN @extschema@.jira_issue_comment.author_name IS 'display name of the author';
COMMENT ON COLUMN @extschema@.jira_issue_comment.body IS 'text of the comment, without its layout';
COMMENT ON COLUMN @extschema@.jira_issue_comment.created IS 'when it was written';
COMMENT ON COLUMN @extschema@.jira_issue_comment.updated IS 'when it was last changed';
COMMENT ON COLUMN @extschema@.jira_issue_comment.visibility IS 'role or group that alone may see it; NULL: everybody who sees the issue';
COMMENT ON COLUMN @extschema@.jira_issue_comment.raw IS 'what Jira sent of it';

CREATE FUNCTION @extschema@.jira_lookup_comments_stream(
    jql text,
    connection text DEFAULT NULL)
RETURNS SETOF @extschema@.jira_issue_comment
LANGUAGE C VOLATILE PARALLEL RESTRICTED COST 100000 ROWS 1000
SUPPORT jira_spoke.jira_read_support
AS 'MODULE_PATHNAME', 'jira_lookup_comments_stream';
COMMENT ON FUNCTION @extschema@.jira_lookup_comments_stream IS
    'The comments on the issues that a JQL query finds, issue by issue.';

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
COMMENT ON TYPE @extschema@.jira_issue_worklog IS
    'a worklog of an issue; issue and project are keys';
COMMENT ON COLUMN @extschema@.jira_issue_worklog.issue_id IS 'id of the issue';
COMMENT ON COLUMN @extschema@.jira_issue_worklog.issue IS 'key of the issue';
COMMENT ON COLUMN @extschema@.jira_issue_worklog.project IS 'key of the project of the issue';
COMMENT ON COLUMN @extschema@.jira_issue_worklog.worklog_id IS 'id of the worklog';
COMMENT ON COLUMN @extschema@.jira_issue_worklog.author IS 'account of the author (on Data Center the user name)';
COMMENT ON COLUMN @extschema@.jira_issue_worklog.author_name IS 'display name of the author';
COMMENT ON COLUMN @extschema@.jira_issue_worklog.started IS 'when the work began';
COMMENT ON COLUMN @extschema@.jira_issue_worklog.seconds IS 'time spent, in seconds';
COMMENT ON COLUMN @extschema@.jira_issue_worklog.comment IS 'text about the work, without its layout';
COMMENT ON COLUMN @extschema@.jira_issue_worklog.created IS 'when it was logged';
COMMENT ON COLUMN @extschema@.jira_issue_worklog.updated IS 'when the worklog was last changed';
COMMENT ON COLUMN @extschema@.jira_issue_worklog.raw IS 'what Jira sent of it';

CREATE FUNCTION @extschema@.jira_lookup_worklogs_stream(
    jql text,
    since timestamptz DEFAULT NULL,
    connection text DEFAULT NULL)
RETURNS SETOF @extschema@.jira_issue_worklog
LANGUAGE C VOLATILE PARALLEL RESTRICTED COST 100000 ROWS 1000
SUPPORT jira_spoke.jira_read_support
AS 'MODULE_PATHNAME', 'jira_lookup_worklogs_stream';
COMMENT ON FUNCTION @extschema@.jira_lookup_worklogs_stream IS
    'The worklogs of the issues that a JQL query finds, issue by issue; with since only those that were made or changed since then, which takes few requests unless these are more than the issues.';

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
COMMENT ON TYPE @extschema@.jira_issue_link IS
    'a link of an issue to another one; direction is outward or inward, relation says what the issue is to the other one';
COMMENT ON COLUMN @extschema@.jira_issue_link.issue IS 'key of the issue';
COMMENT ON COLUMN @extschema@.jira_issue_link.project IS 'key of the project of the issue';
COMMENT ON COLUMN @extschema@.jira_issue_link.link_id IS 'id of the link; both directions of a link have it';
COMMENT ON COLUMN @extschema@.jira_issue_link.link_type IS 'name of the type, like Blocks';
COMMENT ON COLUMN @extschema@.jira_issue_link.relation IS 'words of this direction, like blocks or is blocked by';
COMMENT ON COLUMN @extschema@.jira_issue_link.direction IS 'outward or inward, as the issue has it';
COMMENT ON COLUMN @extschema@.jira_issue_link.other_issue IS 'key of the issue that it is linked with';
COMMENT ON COLUMN @extschema@.jira_issue_link.raw IS 'what Jira sent of it';

CREATE FUNCTION @extschema@.jira_lookup_links_stream(
    jql text,
    connection text DEFAULT NULL)
RETURNS SETOF @extschema@.jira_issue_link
LANGUAGE C VOLATILE PARALLEL RESTRICTED COST 100000 ROWS 1000
SUPPORT jira_spoke.jira_read_support
AS 'MODULE_PATHNAME', 'jira_lookup_links_stream';
COMMENT ON FUNCTION @extschema@.jira_lookup_links_stream IS
    'The links of the issues that a JQL query finds, issue by issue. A link between two of them comes twice, once for each direction.';

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
COMMENT ON TYPE @extschema@.jira_issue_attachment IS
    'an attachment of an issue; issue and project are keys';
COMMENT ON COLUMN @extschema@.jira_issue_attachment.issue IS 'key of the issue';
COMMENT ON COLUMN @extschema@.jira_issue_attachment.project IS 'key of the project of the issue';
COMMENT ON COLUMN @extschema@.jira_issue_attachment.id IS 'id of the attachment';
COMMENT ON COLUMN @extschema@.jira_issue_attachment.filename IS 'name of the file';
COMMENT ON COLUMN @extschema@.jira_issue_attachment.mime_type IS 'MIME type of the content';
COMMENT ON COLUMN @extschema@.jira_issue_attachment.size IS 'size of the content in bytes';
COMMENT ON COLUMN @extschema@.jira_issue_attachment.author IS 'account of who attached it (on Data Center the user name)';
COMMENT ON COLUMN @extschema@.jira_issue_attachment.author_name IS 'display name of the author';
COMMENT ON COLUMN @extschema@.jira_issue_attachment.created IS 'when it was attached';
COMMENT ON COLUMN @extschema@.jira_issue_attachment.content_url IS 'address of the content, for jira_attachment_content';
COMMENT ON COLUMN @extschema@.jira_issue_attachment.raw IS 'what Jira sent of it';

CREATE FUNCTION @extschema@.jira_lookup_issue_attachments_stream(
    jql text,
    connection text DEFAULT NULL)
RETURNS SETOF @extschema@.jira_issue_attachment
LANGUAGE C VOLATILE PARALLEL RESTRICTED COST 100000 ROWS 1000
SUPPORT jira_spoke.jira_read_support
AS 'MODULE_PATHNAME', 'jira_lookup_issue_attachments_stream';
COMMENT ON FUNCTION @extschema@.jira_lookup_issue_attachments_stream IS
    'The attachments of the issues that a JQL query finds, issue by issue.';

CREATE TYPE @extschema@.jira_issue_sprint AS (
    issue text,
    project text,
    sprint_id bigint,
    sprint text,
    state text,
    raw jsonb
);
COMMENT ON TYPE @extschema@.jira_issue_sprint IS
    'a sprint that an issue is or was in; state is future, active or closed';
COMMENT ON COLUMN @extschema@.jira_issue_sprint.issue IS 'key of the issue';
COMMENT ON COLUMN @extschema@.jira_issue_sprint.project IS 'key of the project of the issue';
COMMENT ON COLUMN @extschema@.jira_issue_sprint.sprint_id IS 'id of the sprint';
COMMENT ON COLUMN @extschema@.jira_issue_sprint.sprint IS 'name of the sprint';
COMMENT ON COLUMN @extschema@.jira_issue_sprint.state IS 'future, active or closed';
COMMENT ON COLUMN @extschema@.jira_issue_sprint.raw IS 'what Jira sent of it';

CREATE FUNCTION @extschema@.jira_lookup_issue_sprints_stream(
    jql text,
    connection text DEFAULT NULL)
RETURNS SETOF @extschema@.jira_issue_sprint
LANGUAGE C VOLATILE PARALLEL RESTRICTED COST 100000 ROWS 1000
SUPPORT jira_spoke.jira_read_support
AS 'MODULE_PATHNAME', 'jira_lookup_issue_sprints_stream';
COMMENT ON FUNCTION @extschema@.jira_lookup_issue_sprints_stream IS
    'The sprints that the issues found by a JQL query are or were in, issue by issue.';

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
COMMENT ON TYPE @extschema@.jira_issue_change IS
    'a change of a field of an issue; those with one change_id were made together';
COMMENT ON COLUMN @extschema@.jira_issue_change.issue_id IS 'id of the issue';
COMMENT ON COLUMN @extschema@.jira_issue_change.issue IS 'key of the issue';
COMMENT ON COLUMN @extschema@.jira_issue_change.project IS 'key of the project of the issue';
COMMENT ON COLUMN @extschema@.jira_issue_change.change_id IS 'id of the change; fields that were changed together have the same';
COMMENT ON COLUMN @extschema@.jira_issue_change.at IS 'when it was changed';
COMMENT ON COLUMN @extschema@.jira_issue_change.author IS 'account of who changed it (on Data Center the user name)';
COMMENT ON COLUMN @extschema@.jira_issue_change.author_name IS 'display name of the author';
COMMENT ON COLUMN @extschema@.jira_issue_change.field IS 'name of the field, as it was called then';
COMMENT ON COLUMN @extschema@.jira_issue_change.field_id IS 'id of the field; NULL where Jira does not tell';
COMMENT ON COLUMN @extschema@.jira_issue_change.from_value IS 'value before, an id where it has one; NULL: none';
COMMENT ON COLUMN @extschema@.jira_issue_change.from_text IS 'value before, as it was shown';
COMMENT ON COLUMN @extschema@.jira_issue_change.to_value IS 'value after, an id where it has one; NULL: none';
COMMENT ON COLUMN @extschema@.jira_issue_change.to_text IS 'value after, as it was shown';
COMMENT ON COLUMN @extschema@.jira_issue_change.raw IS 'what Jira sent of it';

CREATE FUNCTION @extschema@.jira_lookup_changes_stream(
    jql text,
    field_ids text[] DEFAULT NULL,
    connection text DEFAULT NULL)
RETURNS SETOF @extschema@.jira_issue_change
LANGUAGE C VOLATILE PARALLEL RESTRICTED COST 100000 ROWS 1000
SUPPORT jira_spoke.jira_read_support
AS 'MODULE_PATHNAME', 'jira_lookup_changes_stream';
COMMENT ON FUNCTION @extschema@.jira_lookup_changes_stream IS
    'The changes of the issues that a JQL query finds, a row for each field that was changed; field_ids restricts them to fields, by id or name.';
