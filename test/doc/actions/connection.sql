--- setup
SELECT jira_drop_connection(alias) FROM jira_connections() WHERE alias IN ('work', 'reports');
DROP ROLE IF EXISTS bob;
CREATE ROLE bob IN ROLE jira_spoke_user;
--- jira_create_connection
SELECT jira_create_connection('work', 'https://example.atlassian.net', 'alice@example.com', 'the API token');
--- jira_alter_connection
SELECT jira_alter_connection('work', api_version => 3);
--- jira_grant_connection
SELECT jira_grant_connection('work', 'bob');
--- jira_connections
SELECT alias, url, api_version, auth, username, granted FROM jira_connections() WHERE alias = 'work';
--- jira_test_connection
SELECT ok, account, name, version FROM jira_test_connection('cloud');
--- jira_revoke_connection
SELECT jira_revoke_connection('work', 'bob');
--- jira_drop_connection
SELECT jira_drop_connection('work');
--- setup
DROP ROLE bob;
