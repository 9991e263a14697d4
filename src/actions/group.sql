-- Group management.

CREATE FUNCTION @extschema@.jira_add_user_to_group(
    group_name text,
    account text,
    connection text DEFAULT NULL)
RETURNS void
LANGUAGE C VOLATILE PARALLEL UNSAFE COST 100000
AS 'MODULE_PATHNAME', 'jira_add_user_to_group';
COMMENT ON FUNCTION @extschema@.jira_add_user_to_group IS
    'Makes a user a member of a group; on Cloud a group id does as well as a name.';

CREATE FUNCTION @extschema@.jira_create_group(
    group_name text,
    connection text DEFAULT NULL)
RETURNS text
LANGUAGE C VOLATILE PARALLEL UNSAFE COST 100000
AS 'MODULE_PATHNAME', 'jira_create_group';
COMMENT ON FUNCTION @extschema@.jira_create_group IS
    'Creates a group and returns its id on Cloud, its name on Server.';

CREATE FUNCTION @extschema@.jira_lookup_groups_stream(
    connection text DEFAULT NULL)
RETURNS SETOF @extschema@.jira_group
LANGUAGE C VOLATILE PARALLEL RESTRICTED COST 100000 ROWS 100
SUPPORT jira_spoke.jira_read_support
AS 'MODULE_PATHNAME', 'jira_lookup_groups_stream';
COMMENT ON FUNCTION @extschema@.jira_lookup_groups_stream IS
    'All groups; on Cloud only.';

CREATE FUNCTION @extschema@.jira_lookup_users_by_group_name_stream(
    group_name text,
    include_inactive boolean DEFAULT false,
    connection text DEFAULT NULL)
RETURNS SETOF @extschema@.jira_user
LANGUAGE C VOLATILE PARALLEL RESTRICTED COST 100000 ROWS 100
SUPPORT jira_spoke.jira_read_support
AS 'MODULE_PATHNAME', 'jira_lookup_users_by_group_name_stream';
COMMENT ON FUNCTION @extschema@.jira_lookup_users_by_group_name_stream IS
    'The members of a group; on Server those of nested groups too.';

CREATE FUNCTION @extschema@.jira_remove_group(
    group_name text,
    swap_group text DEFAULT NULL,
    connection text DEFAULT NULL)
RETURNS void
LANGUAGE C VOLATILE PARALLEL UNSAFE COST 100000
AS 'MODULE_PATHNAME', 'jira_remove_group';
COMMENT ON FUNCTION @extschema@.jira_remove_group IS
    'Deletes a group; what was restricted to it is restricted to swap_group then, or invisible.';

CREATE FUNCTION @extschema@.jira_remove_user_from_group(
    group_name text,
    account text,
    connection text DEFAULT NULL)
RETURNS void
LANGUAGE C VOLATILE PARALLEL UNSAFE COST 100000
AS 'MODULE_PATHNAME', 'jira_remove_user_from_group';
COMMENT ON FUNCTION @extschema@.jira_remove_user_from_group IS
    'Ends the membership of a user in a group.';

CREATE TYPE @extschema@.jira_group_member AS (
    group_name text,
    account text,
    name text,
    raw jsonb
);
COMMENT ON TYPE @extschema@.jira_group_member IS
    'a user as a member of a group';
COMMENT ON COLUMN @extschema@.jira_group_member.group_name IS 'name of the group';
COMMENT ON COLUMN @extschema@.jira_group_member.account IS 'account of the user';
COMMENT ON COLUMN @extschema@.jira_group_member.name IS 'name of the user';
COMMENT ON COLUMN @extschema@.jira_group_member.raw IS 'what Jira sent';
