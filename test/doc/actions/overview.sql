--- jira_lookup_boards_stream
SELECT id, name, type, project FROM jira_lookup_boards_stream(project => 'WEB');
--- jira_lookup_filters_stream
SELECT name, owner_name, jql FROM jira_lookup_filters_stream('WEB');
--- jira_lookup_dashboards_stream
SELECT id, name, owner_name FROM jira_lookup_dashboards_stream();
--- jira_lookup_workflows_stream
SELECT name, description FROM jira_lookup_workflows_stream();
