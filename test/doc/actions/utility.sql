--- jira_lookup_fields
SELECT id, name, custom, type, clause_names FROM jira_lookup_fields('Severity');
--- jira_lookup_server
SELECT version, deployment_type, server_title FROM jira_lookup_server();
--- jira_lookup_latest_comment_on_issue
SELECT id, author_name, body FROM jira_lookup_latest_comment_on_issue('OPS-5');
--- jira_lookup_latest_attachment_on_issue
SELECT id, filename, mime_type, size FROM jira_lookup_latest_attachment_on_issue('OPS-10');
--- jira_lookup_issue_from_comment
SELECT * FROM jira_lookup_issue_from_comment('{
    "webhookEvent": "comment_created",
    "issue": {"id": "10002", "key": "OPS-3"},
    "comment": {"id": "10003", "body": "I can reproduce this."}}');
--- setup
DROP TABLE IF EXISTS document;
--- jira_copy_issue_attachment_to_record
CREATE TABLE document (id integer PRIMARY KEY, name text, content bytea);
INSERT INTO document VALUES (1);

SELECT jira_copy_issue_attachment_to_record('10000', 'document', '{"id": 1}', 'content', 'name');

SELECT id, name, length(content) FROM document;
