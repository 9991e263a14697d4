-- User management.

CREATE FUNCTION @extschema@.jira_create_user(
    email text,
    products text[] DEFAULT NULL,
    name text DEFAULT NULL,
    display_name text DEFAULT NULL,
    password text DEFAULT NULL,
    connection text DEFAULT NULL)
RETURNS text
LANGUAGE C VOLATILE PARALLEL UNSAFE COST 100000
AS 'MODULE_PATHNAME', 'jira_create_user';
COMMENT ON FUNCTION @extschema@.jira_create_user IS
    'Creates a user and returns the account. Cloud wants products, Server a name and a display_name.';

CREATE FUNCTION @extschema@.jira_lookup_authenticated_user(
    connection text DEFAULT NULL)
RETURNS SETOF @extschema@.jira_user
LANGUAGE C VOLATILE PARALLEL RESTRICTED COST 100000 ROWS 1
SUPPORT jira_spoke.jira_read_support
AS 'MODULE_PATHNAME', 'jira_lookup_authenticated_user';
COMMENT ON FUNCTION @extschema@.jira_lookup_authenticated_user IS
    'The account that a connection signs in as.';

CREATE FUNCTION @extschema@.jira_lookup_group_memberships_for_user(
    account text,
    connection text DEFAULT NULL)
RETURNS SETOF @extschema@.jira_group
LANGUAGE C VOLATILE PARALLEL RESTRICTED COST 100000 ROWS 10
SUPPORT jira_spoke.jira_read_support
AS 'MODULE_PATHNAME', 'jira_lookup_group_memberships_for_user';
COMMENT ON FUNCTION @extschema@.jira_lookup_group_memberships_for_user IS
    'The groups of a user.';

CREATE FUNCTION @extschema@.jira_lookup_users_stream(
    connection text DEFAULT NULL)
RETURNS SETOF @extschema@.jira_user
LANGUAGE C VOLATILE PARALLEL RESTRICTED COST 100000 ROWS 1000
SUPPORT jira_spoke.jira_read_support
AS 'MODULE_PATHNAME', 'jira_lookup_users_stream';
COMMENT ON FUNCTION @extschema@.jira_lookup_users_stream IS
    'All users, of every account type; on Cloud only (on Server: jira_lookup_users_stream_by_name).';

CREATE FUNCTION @extschema@.jira_lookup_users_stream_by_name(
    query text,
    connection text DEFAULT NULL)
RETURNS SETOF @extschema@.jira_user
LANGUAGE C VOLATILE PARALLEL RESTRICTED COST 100000 ROWS 100
SUPPORT jira_spoke.jira_read_support
AS 'MODULE_PATHNAME', 'jira_lookup_users_stream_by_name';
COMMENT ON FUNCTION @extschema@.jira_lookup_users_stream_by_name IS
    'The active users whose login, name or e-mail address has a text, "." for all; on Server only (on Cloud: jira_lookup_users_stream). Below version 10.3, and for OAuth apps, Jira may return the first 100 only: a warning says so.';

CREATE FUNCTION @extschema@.jira_remove_user(
    account text,
    connection text DEFAULT NULL)
RETURNS void
LANGUAGE C VOLATILE PARALLEL UNSAFE COST 100000
AS 'MODULE_PATHNAME', 'jira_remove_user';
COMMENT ON FUNCTION @extschema@.jira_remove_user IS
    'Removes a user from the site.';

CREATE TYPE @extschema@.jira_personal_data AS (
    account text,
    status text,
    raw jsonb
);
COMMENT ON TYPE @extschema@.jira_personal_data IS
    'an account whose stored personal data must be erased (status closed) or fetched again (updated)';
COMMENT ON COLUMN @extschema@.jira_personal_data.account IS 'accountId of the account';
COMMENT ON COLUMN @extschema@.jira_personal_data.status IS 'closed: its data must be erased; updated: it must be fetched again';
COMMENT ON COLUMN @extschema@.jira_personal_data.raw IS 'what Jira sent of it';

CREATE FUNCTION @extschema@.jira_report_personal_data(
    accounts jsonb,
    connection text DEFAULT NULL)
RETURNS SETOF @extschema@.jira_personal_data
LANGUAGE C VOLATILE PARALLEL RESTRICTED COST 100000 ROWS 10
SUPPORT jira_spoke.jira_read_support
AS 'MODULE_PATHNAME', 'jira_report_personal_data';
COMMENT ON FUNCTION @extschema@.jira_report_personal_data IS
    'Tells Atlassian whose personal data is stored here and since when, as [{"accountId": ..., "updatedAt": ...}] of at most 90 accounts, and returns those to act on. Only for OAuth 2.0 apps on Cloud.';
