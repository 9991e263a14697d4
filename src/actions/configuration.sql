-- What the issues of a site are made with.

CREATE TYPE @extschema@.jira_status AS (
    id text,
    name text,
    description text,
    category text,
    raw jsonb
);
COMMENT ON TYPE @extschema@.jira_status IS
    'a status of issues; category is new, indeterminate or done';
COMMENT ON COLUMN @extschema@.jira_status.id IS 'id of the status';
COMMENT ON COLUMN @extschema@.jira_status.name IS 'name of the status';
COMMENT ON COLUMN @extschema@.jira_status.description IS 'what it stands for';
COMMENT ON COLUMN @extschema@.jira_status.category IS 'key of the status category: new, indeterminate or done';
COMMENT ON COLUMN @extschema@.jira_status.raw IS 'what Jira sent of it';

CREATE FUNCTION @extschema@.jira_lookup_statuses(
    connection text DEFAULT NULL)
RETURNS SETOF @extschema@.jira_status
LANGUAGE C VOLATILE PARALLEL RESTRICTED COST 100000 ROWS 20
SUPPORT jira_spoke.jira_read_support
AS 'MODULE_PATHNAME', 'jira_lookup_statuses';
COMMENT ON FUNCTION @extschema@.jira_lookup_statuses IS
    'The statuses of all workflows. Projects may have statuses of the same name.';

CREATE TYPE @extschema@.jira_resolution AS (
    id text,
    name text,
    description text,
    raw jsonb
);
COMMENT ON TYPE @extschema@.jira_resolution IS
    'why an issue is closed';
COMMENT ON COLUMN @extschema@.jira_resolution.id IS 'id of the resolution';
COMMENT ON COLUMN @extschema@.jira_resolution.name IS 'name of the resolution';
COMMENT ON COLUMN @extschema@.jira_resolution.description IS 'what it stands for';
COMMENT ON COLUMN @extschema@.jira_resolution.raw IS 'what Jira sent of it';

CREATE FUNCTION @extschema@.jira_lookup_resolutions(
    connection text DEFAULT NULL)
RETURNS SETOF @extschema@.jira_resolution
LANGUAGE C VOLATILE PARALLEL RESTRICTED COST 100000 ROWS 5
SUPPORT jira_spoke.jira_read_support
AS 'MODULE_PATHNAME', 'jira_lookup_resolutions';
COMMENT ON FUNCTION @extschema@.jira_lookup_resolutions IS
    'The resolutions.';

CREATE FUNCTION @extschema@.jira_lookup_issue_types(
    connection text DEFAULT NULL)
RETURNS SETOF @extschema@.jira_issue_type
LANGUAGE C VOLATILE PARALLEL RESTRICTED COST 100000 ROWS 10
SUPPORT jira_spoke.jira_read_support
AS 'MODULE_PATHNAME', 'jira_lookup_issue_types';
COMMENT ON FUNCTION @extschema@.jira_lookup_issue_types IS
    'All issue types that the account may see, of every project. Projects may have issue types of the same name.';

CREATE TYPE @extschema@.jira_link_type AS (
    id text,
    name text,
    inward text,
    outward text,
    raw jsonb
);
COMMENT ON TYPE @extschema@.jira_link_type IS
    'a type of links between issues; inward and outward are the words of either direction';
COMMENT ON COLUMN @extschema@.jira_link_type.id IS 'id of the type';
COMMENT ON COLUMN @extschema@.jira_link_type.name IS 'name of the type, like Blocks';
COMMENT ON COLUMN @extschema@.jira_link_type.inward IS 'words of the link as the issue that it leads to has it, like is blocked by';
COMMENT ON COLUMN @extschema@.jira_link_type.outward IS 'words of the link as the issue that it comes from has it, like blocks';
COMMENT ON COLUMN @extschema@.jira_link_type.raw IS 'what Jira sent of it';

CREATE FUNCTION @extschema@.jira_lookup_link_types(
    connection text DEFAULT NULL)
RETURNS SETOF @extschema@.jira_link_type
LANGUAGE C VOLATILE PARALLEL RESTRICTED COST 100000 ROWS 5
SUPPORT jira_spoke.jira_read_support
AS 'MODULE_PATHNAME', 'jira_lookup_link_types';
COMMENT ON FUNCTION @extschema@.jira_lookup_link_types IS
    'The types of links between issues; no rows where links are switched off.';

CREATE TYPE @extschema@.jira_component AS (
    id text,
    project text,
    name text,
    description text,
    lead text,
    lead_name text,
    raw jsonb
);
COMMENT ON TYPE @extschema@.jira_component IS
    'a component of a project; project is its key';
COMMENT ON COLUMN @extschema@.jira_component.id IS 'id of the component';
COMMENT ON COLUMN @extschema@.jira_component.project IS 'key of the project';
COMMENT ON COLUMN @extschema@.jira_component.name IS 'name of the component';
COMMENT ON COLUMN @extschema@.jira_component.description IS 'what belongs to it';
COMMENT ON COLUMN @extschema@.jira_component.lead IS 'account of the component lead (on Data Center the user name)';
COMMENT ON COLUMN @extschema@.jira_component.lead_name IS 'display name of the component lead';
COMMENT ON COLUMN @extschema@.jira_component.raw IS 'what Jira sent of it';

CREATE FUNCTION @extschema@.jira_lookup_components(
    project text,
    connection text DEFAULT NULL)
RETURNS SETOF @extschema@.jira_component
LANGUAGE C VOLATILE PARALLEL RESTRICTED COST 100000 ROWS 10
SUPPORT jira_spoke.jira_read_support
AS 'MODULE_PATHNAME', 'jira_lookup_components';
COMMENT ON FUNCTION @extschema@.jira_lookup_components IS
    'The components of a project.';

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
COMMENT ON TYPE @extschema@.jira_version IS
    'a version of a project; project is its key';
COMMENT ON COLUMN @extschema@.jira_version.id IS 'id of the version';
COMMENT ON COLUMN @extschema@.jira_version.project IS 'key of the project';
COMMENT ON COLUMN @extschema@.jira_version.name IS 'name of the version';
COMMENT ON COLUMN @extschema@.jira_version.description IS 'description of the version';
COMMENT ON COLUMN @extschema@.jira_version.released IS 'whether it is released';
COMMENT ON COLUMN @extschema@.jira_version.archived IS 'whether it is archived';
COMMENT ON COLUMN @extschema@.jira_version.start_date IS 'the day on which work on it begins';
COMMENT ON COLUMN @extschema@.jira_version.release_date IS 'the day on which it is, or will be, released';
COMMENT ON COLUMN @extschema@.jira_version.raw IS 'what Jira sent';

CREATE FUNCTION @extschema@.jira_lookup_versions(
    project text,
    connection text DEFAULT NULL)
RETURNS SETOF @extschema@.jira_version
LANGUAGE C VOLATILE PARALLEL RESTRICTED COST 100000 ROWS 20
SUPPORT jira_spoke.jira_read_support
AS 'MODULE_PATHNAME', 'jira_lookup_versions';
COMMENT ON FUNCTION @extschema@.jira_lookup_versions IS
    'The versions of a project.';

CREATE TYPE @extschema@.jira_field_option AS (
    field_id text,
    field text,
    option_id text,
    value text,
    disabled boolean,
    raw jsonb
);
COMMENT ON TYPE @extschema@.jira_field_option IS
    'an option of a custom field, in one of the contexts of the field';
COMMENT ON COLUMN @extschema@.jira_field_option.field_id IS 'id of the field';
COMMENT ON COLUMN @extschema@.jira_field_option.field IS 'name of the field';
COMMENT ON COLUMN @extschema@.jira_field_option.option_id IS 'id of the option';
COMMENT ON COLUMN @extschema@.jira_field_option.value IS 'text of the option';
COMMENT ON COLUMN @extschema@.jira_field_option.disabled IS 'whether it can no longer be chosen';
COMMENT ON COLUMN @extschema@.jira_field_option.raw IS 'what Jira sent';

CREATE FUNCTION @extschema@.jira_lookup_field_options(
    field_id text,
    connection text DEFAULT NULL)
RETURNS SETOF @extschema@.jira_field_option
LANGUAGE C VOLATILE PARALLEL RESTRICTED COST 100000 ROWS 20
SUPPORT jira_spoke.jira_read_support
AS 'MODULE_PATHNAME', 'jira_lookup_field_options';
COMMENT ON FUNCTION @extschema@.jira_lookup_field_options IS
    'The options of a custom field, by its id, in each of its contexts; on Cloud for administrators, on Data Center from version 11.3 on. No rows for a field that has no options.';
