--- jira_lookup_audit_logs_stream
SELECT id, category, summary, object_name
FROM jira_lookup_audit_logs_stream(from_time => current_date - 10);
--- jira_lookup_audit_logs_stream_server10
SELECT category, action, author_name, source
FROM jira_lookup_audit_logs_stream_server10(from_time => current_date - 10, connection => 'dc');
