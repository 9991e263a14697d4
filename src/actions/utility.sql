-- Utility actions.

CREATE TYPE @extschema@.jira_server AS (
    base_url text,
    version text,
    version_numbers integer[],
    deployment_type text,
    build_number bigint,
    build_date timestamptz,
    server_time timestamptz,
    server_title text,
    raw jsonb
);
COMMENT ON TYPE @extschema@.jira_server IS 'a Jira itself';
COMMENT ON COLUMN @extschema@.jira_server.base_url IS 'address that Jira calls its own';
COMMENT ON COLUMN @extschema@.jira_server.version IS 'version of Jira';
COMMENT ON COLUMN @extschema@.jira_server.version_numbers IS 'the numbers of the version';
COMMENT ON COLUMN @extschema@.jira_server.deployment_type IS 'Cloud, Server or DataCenter';
COMMENT ON COLUMN @extschema@.jira_server.build_number IS 'number of the build';
COMMENT ON COLUMN @extschema@.jira_server.build_date IS 'when it was built';
COMMENT ON COLUMN @extschema@.jira_server.server_time IS 'time of Jira''s clock';
COMMENT ON COLUMN @extschema@.jira_server.server_title IS 'title of the site';
COMMENT ON COLUMN @extschema@.jira_server.raw IS 'what Jira sent of it';

CREATE FUNCTION @extschema@.jira_lookup_server(
    connection text DEFAULT NULL)
RETURNS SETOF @extschema@.jira_server
LANGUAGE C VOLATILE PARALLEL RESTRICTED COST 100000 ROWS 1
SUPPORT jira_spoke.jira_read_support
AS 'MODULE_PATHNAME', 'jira_lookup_server';
COMMENT ON FUNCTION @extschema@.jira_lookup_server IS
    'Version and kind of the Jira that a connection leads to. Jira answers this to anybody: it proves nothing about the sign-in (see jira_test_connection).';

CREATE FUNCTION @extschema@.jira_lookup_fields(
    name text DEFAULT NULL,
    connection text DEFAULT NULL)
RETURNS SETOF @extschema@.jira_field
LANGUAGE C VOLATILE PARALLEL RESTRICTED COST 100000 ROWS 200
SUPPORT jira_spoke.jira_read_support
AS 'MODULE_PATHNAME', 'jira_lookup_fields';
COMMENT ON FUNCTION @extschema@.jira_lookup_fields IS
    'The fields of all issues, or those with this id or name.';

CREATE FUNCTION @extschema@.jira_lookup_latest_comment_on_issue(
    issue text,
    connection text DEFAULT NULL)
RETURNS SETOF @extschema@.jira_comment
LANGUAGE C VOLATILE PARALLEL RESTRICTED COST 100000 ROWS 1
SUPPORT jira_spoke.jira_read_support
AS 'MODULE_PATHNAME', 'jira_lookup_latest_comment_on_issue';
COMMENT ON FUNCTION @extschema@.jira_lookup_latest_comment_on_issue IS
    'The newest comment on an issue that the account may see; no row if there is none.';

CREATE FUNCTION @extschema@.jira_lookup_latest_attachment_on_issue(
    issue text,
    connection text DEFAULT NULL)
RETURNS SETOF @extschema@.jira_attachment
LANGUAGE C VOLATILE PARALLEL RESTRICTED COST 100000 ROWS 1
SUPPORT jira_spoke.jira_read_support
AS 'MODULE_PATHNAME', 'jira_lookup_latest_attachment_on_issue';
COMMENT ON FUNCTION @extschema@.jira_lookup_latest_attachment_on_issue IS
    'The newest attachment of an issue; no row if there is none.';

CREATE FUNCTION @extschema@.jira_attachment_content(
    attachment text,
    connection text DEFAULT NULL)
RETURNS bytea
LANGUAGE C VOLATILE PARALLEL RESTRICTED COST 100000
AS 'MODULE_PATHNAME', 'jira_attachment_content';
COMMENT ON FUNCTION @extschema@.jira_attachment_content IS
    'The content of an attachment, given by its id or its content URL.';

CREATE FUNCTION @extschema@.jira_copy_issue_attachment_to_record(
    attachment text,
    target regclass,
    match jsonb,
    content_column name,
    filename_column name DEFAULT NULL,
    connection text DEFAULT NULL)
RETURNS bigint
LANGUAGE C VOLATILE PARALLEL UNSAFE COST 100000
AS 'MODULE_PATHNAME', 'jira_copy_issue_attachment_to_record';
COMMENT ON FUNCTION @extschema@.jira_copy_issue_attachment_to_record IS
    'Writes an attachment, given by its id or its content URL, into a row of a table and returns its size in bytes. "match" has columns and values that exactly one row has, for example {"id": 1}; otherwise nothing is changed.';

CREATE TYPE @extschema@.jira_commented_issue AS (
    issue_id text,
    issue_key text,
    comment_id text
);
COMMENT ON TYPE @extschema@.jira_commented_issue IS 'the issue that a comment is on';
COMMENT ON COLUMN @extschema@.jira_commented_issue.issue_id IS 'id of the issue';
COMMENT ON COLUMN @extschema@.jira_commented_issue.issue_key IS 'key of the issue; NULL where the payload does not tell it';
COMMENT ON COLUMN @extschema@.jira_commented_issue.comment_id IS 'id of the comment';

CREATE FUNCTION @extschema@.jira_lookup_issue_from_comment(
    payload jsonb,
    connection text DEFAULT NULL)
RETURNS SETOF @extschema@.jira_commented_issue
LANGUAGE C VOLATILE PARALLEL RESTRICTED ROWS 1
AS 'MODULE_PATHNAME', 'jira_lookup_issue_from_comment';
COMMENT ON FUNCTION @extschema@.jira_lookup_issue_from_comment IS
    'The issue of the comment in the payload of a webhook, or of a comment alone. Nothing is asked of Jira, so no connection is needed; the key is null where the payload does not tell it.';
