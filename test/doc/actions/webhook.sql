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
