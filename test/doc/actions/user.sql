--- jira_create_user
SELECT jira_create_user('mia@example.com', name => 'mia', display_name => 'Mia Lund', connection => 'dc');
--- jira_lookup_authenticated_user
SELECT account, name, email, active FROM jira_lookup_authenticated_user();
--- jira_lookup_group_memberships_for_user
SELECT id, name FROM jira_lookup_group_memberships_for_user('5b10a2844c20165700ede202');
--- jira_lookup_users_stream
SELECT account, name, active, account_type FROM jira_lookup_users_stream() WHERE account_type = 'app' OR NOT active;
--- jira_lookup_users_stream_by_name
SELECT account, name, email FROM jira_lookup_users_stream_by_name('mi', connection => 'dc');
--- jira_remove_user
SELECT jira_remove_user('mia', connection => 'dc');
