--- jira_create_project
SELECT jira_create_project('LAB', 'Laboratory', lead => '5b10a2844c20165700ede200',
                           properties => '{"assigneeType": "UNASSIGNED"}');
--- jira_lookup_project
SELECT id, key, name, project_type, lead_name FROM jira_lookup_project('LAB');
--- jira_lookup_projects
SELECT id, key, name, lead FROM jira_lookup_projects(connection => 'dc') ORDER BY key;
--- jira_lookup_projects_stream
SELECT key, name, style, lead_name FROM jira_lookup_projects_stream('a');
--- jira_lookup_users_assignable_to_projects
SELECT account, name FROM jira_lookup_users_assignable_to_projects(ARRAY['OPS', 'WEB'], 'to');
--- jira_lookup_project_roles
SELECT role, actor_type, actor, actor_name FROM jira_lookup_project_roles('WEB');
