--- jira_get_issue_types
SELECT id, name, subtask, hierarchy_level FROM jira_get_issue_types('OPS');
--- jira_get_creatable_fields
SELECT field_id, name, required, type, operations
FROM jira_get_creatable_fields('OPS', 'Bug')
WHERE required OR name IN ('Severity', 'Labels');
--- jira_get_editable_fields
SELECT name, type, (SELECT string_agg(v ->> 'name', ', ') FROM jsonb_array_elements(allowed_values) AS v) AS values
FROM jira_get_editable_fields('OPS-105')
WHERE field_id IN ('summary', 'priority');
