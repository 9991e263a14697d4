--- jira_subscribe_webhook
SELECT jira_subscribe_webhook('Deployments', 'https://example.com/hook',
                              ARRAY['jira:issue_created', 'jira:issue_updated'], jql => 'project = OPS');
--- jira_lookup_webhooks
SELECT name, url, events, jql, enabled FROM jira_lookup_webhooks();
--- jira_update_webhook
SELECT jira_update_webhook(id, jql => 'project in (OPS, WEB)')
FROM jira_lookup_webhooks() WHERE name = 'Deployments';

SELECT name, jql FROM jira_lookup_webhooks();
--- jira_unsubscribe_webhook
SELECT jira_unsubscribe_webhook(id) FROM jira_lookup_webhooks() WHERE name = 'Deployments';
--- setup
SET jira_spoke.outbox = off;
SELECT jira_subscribe_webhook('Bugs', 'https://example.com/hook', ARRAY['jira:issue_created'], 'project = OPS', connection => 'app');
--- jira_refresh_webhooks
SELECT jira_refresh_webhooks(connection => 'app') > now() + interval '29 days' AS kept;
--- setup
SELECT jira_unsubscribe_webhook(id, connection => 'app') FROM jira_lookup_webhooks('app');
RESET jira_spoke.outbox;
