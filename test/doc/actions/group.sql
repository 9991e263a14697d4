--- jira_create_group
SELECT jira_create_group('on-call', connection => 'dc');
--- jira_add_user_to_group
SELECT jira_add_user_to_group('developers', '5b10a2844c20165700ede200');
--- jira_lookup_groups_stream
SELECT id, name FROM jira_lookup_groups_stream();
--- jira_lookup_users_by_group_name_stream
SELECT account, name, time_zone FROM jira_lookup_users_by_group_name_stream('developers') LIMIT 3;
--- jira_remove_user_from_group
SELECT jira_remove_user_from_group('developers', '5b10a2844c20165700ede200');
--- jira_remove_group
SELECT jira_remove_group('on-call', swap_group => 'developers', connection => 'dc');
