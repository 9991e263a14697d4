--- jira_lookup_statuses
SELECT id, name, category FROM jira_lookup_statuses();
--- jira_lookup_resolutions
SELECT id, name FROM jira_lookup_resolutions();
--- jira_lookup_issue_types
SELECT id, name, subtask, hierarchy_level FROM jira_lookup_issue_types();
--- jira_lookup_link_types
SELECT name, outward, inward FROM jira_lookup_link_types();
--- jira_lookup_components
SELECT project, name, lead_name FROM jira_lookup_components('WEB');
--- jira_lookup_versions
SELECT project, name, released, release_date IS NOT NULL AS has_date FROM jira_lookup_versions('WEB');
--- jira_lookup_field_options
SELECT field, value, disabled FROM jira_lookup_field_options('customfield_10033');
