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
COMMENT ON COLUMN @extschema@.jira_audit_record.id IS 'id of the record';
COMMENT ON COLUMN @extschema@.jira_audit_record.created IS 'when it happened';
COMMENT ON COLUMN @extschema@.jira_audit_record.summary IS 'what happened, in a few words';
COMMENT ON COLUMN @extschema@.jira_audit_record.category IS 'what it is about, like user management';
COMMENT ON COLUMN @extschema@.jira_audit_record.event_source IS 'where the change came from; empty: Jira itself';
COMMENT ON COLUMN @extschema@.jira_audit_record.description IS 'more about it';
COMMENT ON COLUMN @extschema@.jira_audit_record.remote_address IS 'IP address of who did it';
COMMENT ON COLUMN @extschema@.jira_audit_record.author IS 'account of who did it (on Data Center the user key)';
COMMENT ON COLUMN @extschema@.jira_audit_record.object_name IS 'name of what was changed';
COMMENT ON COLUMN @extschema@.jira_audit_record.object_type IS 'type of what was changed, like USER or PROJECT';
COMMENT ON COLUMN @extschema@.jira_audit_record.changed_values IS 'the changed values: objects with fieldName, changedFrom and changedTo';
COMMENT ON COLUMN @extschema@.jira_audit_record.raw IS 'what Jira sent of it';

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
COMMENT ON COLUMN @extschema@.jira_audit_event.created IS 'when it happened';
COMMENT ON COLUMN @extschema@.jira_audit_event.category IS 'what it is about, like user management';
COMMENT ON COLUMN @extschema@.jira_audit_event.action IS 'what happened';
COMMENT ON COLUMN @extschema@.jira_audit_event.author IS 'id of the user who did it';
COMMENT ON COLUMN @extschema@.jira_audit_event.author_name IS 'name of the user';
COMMENT ON COLUMN @extschema@.jira_audit_event.source IS 'IP address that it came from';
COMMENT ON COLUMN @extschema@.jira_audit_event.method IS 'how it was done, like Browser';
COMMENT ON COLUMN @extschema@.jira_audit_event.node IS 'node of the cluster';
COMMENT ON COLUMN @extschema@.jira_audit_event.affected_objects IS 'what was affected: objects with name and type';
COMMENT ON COLUMN @extschema@.jira_audit_event.changed_values IS 'the changed values: objects with key, from and to';
COMMENT ON COLUMN @extschema@.jira_audit_event.raw IS 'what Jira sent of it';

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
