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
--- jira_use_connection
SELECT jira_use_connection('work');
--- setup
SELECT jira_use_connection(NULL);
--- jira_connections
SELECT alias, url, api_version, auth, username, granted, access FROM jira_connections() WHERE alias = 'work';
--- jira_test_connection
SELECT ok, account, name, version FROM jira_test_connection('cloud');
--- jira_stat_reset
SELECT jira_stat_reset('cloud');
--- jira_revoke_connection
SELECT jira_revoke_connection('work', 'bob');
--- jira_drop_connection
SELECT jira_drop_connection('work');
--- jira_create_oauth_application
SELECT jira_create_oauth_application('reports', 'the client id', 'the client secret', 'https://localhost/callback');
--- jira_alter_oauth_application
SELECT jira_alter_oauth_application('reports', 'bob');
--- setup
SELECT jira_create_connection('team', 'https://example.atlassian.net', auth => 'oauth2', oauth_application => 'reports');
--- jira_oauth_authorize_url
SELECT split_part(jira_oauth_authorize_url('team'), '?', 1) AS page;
--- setup
SELECT url FROM jira_connections() WHERE alias = 'cloud' \gset
SET jira_spoke.gateway_url = :'url';
SELECT jira_create_oauth_application('demo', 'demo-app', 'demo-app-secret', 'https://localhost/callback',
                                     authorize_url => :'url' || '/authorize', token_url => :'url' || '/oauth/token');
SELECT jira_alter_connection('team', url => :'url', oauth_application => 'demo');
SELECT jira_oauth_authorize_url('team') AS consent \gset
\setenv URL :consent
\set redirected `perl -MHTTP::Tiny -e 'print HTTP::Tiny->new(max_redirect => 0)->get($ENV{URL})->{headers}{location}'`
--- jira_oauth_complete
SELECT jira_oauth_complete(:'redirected', 'team');
--- jira_drop_oauth_application
SELECT jira_drop_oauth_application('reports');
--- jira_rotate_key
SELECT jira_rotate_key();
--- setup
SELECT jira_drop_connection('team');
SELECT jira_drop_oauth_application('demo');
DROP ROLE bob;
