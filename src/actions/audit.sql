-- Audit management.

CREATE TYPE @extschema@.jira_audit_record AS (
    id bigint,
    created timestamptz,
    summary text,
    category text,
    event_source text,
    description text,
    remote_address text,
    author text,
    object_name text,
    object_type text,
    changed_values jsonb,
    raw jsonb
);
COMMENT ON TYPE @extschema@.jira_audit_record IS
    'a record of the audit log of Cloud and of Server up to version 9';

CREATE FUNCTION @extschema@.jira_lookup_audit_logs_stream(
    from_time timestamptz DEFAULT NULL,
    to_time timestamptz DEFAULT NULL,
    filter text DEFAULT NULL,
    connection text DEFAULT NULL)
RETURNS SETOF @extschema@.jira_audit_record
LANGUAGE C VOLATILE PARALLEL RESTRICTED COST 100000 ROWS 1000
SUPPORT jira_spoke.jira_read_support
AS 'MODULE_PATHNAME', 'jira_lookup_audit_logs_stream';
COMMENT ON FUNCTION @extschema@.jira_lookup_audit_logs_stream IS
    'The audit log of Cloud and of Server up to version 9. "filter" takes words separated by spaces.';

CREATE TYPE @extschema@.jira_audit_event AS (
    created timestamptz,
    category text,
    action text,
    author text,
    author_name text,
    source text,
    method text,
    node text,
    affected_objects jsonb,
    changed_values jsonb,
    raw jsonb
);
COMMENT ON TYPE @extschema@.jira_audit_event IS
    'an event of the audit log of Data Center 9 and later';

CREATE FUNCTION @extschema@.jira_lookup_audit_logs_stream_server10(
    from_time timestamptz DEFAULT NULL,
    to_time timestamptz DEFAULT NULL,
    categories text[] DEFAULT NULL,
    actions text[] DEFAULT NULL,
    search text DEFAULT NULL,
    connection text DEFAULT NULL)
RETURNS SETOF @extschema@.jira_audit_event
LANGUAGE C VOLATILE PARALLEL RESTRICTED COST 100000 ROWS 1000
SUPPORT jira_spoke.jira_read_support
AS 'MODULE_PATHNAME', 'jira_lookup_audit_logs_stream_server10';
COMMENT ON FUNCTION @extschema@.jira_lookup_audit_logs_stream_server10 IS
    'The audit log of Data Center 9 and later, with events instead of records. Categories and actions are named in the system language of Jira.';
