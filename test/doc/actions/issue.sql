--- jira_lookup_issues_stream
SELECT key, status, assignee_name, left(summary, 40) AS summary
FROM jira_lookup_issues_stream('project = OPS AND statusCategory != Done ORDER BY created DESC')
LIMIT 3;
--- jira_lookup_issue
SELECT key, issue_type, status, priority, reporter_name, labels FROM jira_lookup_issue('OPS-105');
--- jira_lookup_issues
SELECT key, status, summary FROM jira_lookup_issues(ARRAY['OPS-3', 'WEB-120', 'OPS-99999']);
--- jira_count_issues
SELECT jira_count_issues('project = OPS AND statusCategory != Done');
--- jira_create_issue
SELECT jira_create_issue('OPS', 'Bug', 'Disk of db-7 is full', 'Free space fell below 1 %.',
                         priority => 'High', fields => '{"Severity": "Major", "components": ["Database"]}');

SELECT key, priority, components, summary FROM jira_lookup_issue('OPS-106');
--- jira_add_comment
SELECT jira_add_comment('OPS-106', 'Old WAL is being removed.');
--- jira_update_issue
SELECT jira_update_issue('OPS-106', summary => 'Disk of db-7 was full', fields => '{"priority": "Low"}',
                         update => '{"labels": [{"add": "on-call"}]}');

SELECT key, priority, labels, summary FROM jira_lookup_issue('OPS-106');
--- jira_assign_issue
SELECT jira_assign_issue('OPS-106', '5b10a2844c20165700ede202');

SELECT assignee_name FROM jira_lookup_issue('OPS-106');
--- jira_lookup_transitions
SELECT id, name, to_status, has_screen FROM jira_lookup_transitions('OPS-106');
--- jira_do_transition
SELECT jira_do_transition('OPS-106', 'Done', comment => 'There is space again.', resolution => 'Done');

SELECT key, status, resolution FROM jira_lookup_issue('OPS-106');
--- jira_add_watcher
SELECT jira_add_watcher('OPS-106');
--- jira_lookup_watchers
SELECT name, email FROM jira_lookup_watchers('OPS-1') ORDER BY email;
--- jira_delete_watcher
SELECT jira_delete_watcher('OPS-106', '5b10a2844c20165700ede200');
--- jira_copy_attachment
SELECT jira_copy_attachment('OPS-106', 'df.txt', convert_to('/dev/sda1  100 %', 'UTF8'));

SELECT filename, mime_type, size FROM jira_lookup_latest_attachment_on_issue('OPS-106');
--- jira_delete_attachment
SELECT jira_delete_attachment(id) FROM jira_lookup_latest_attachment_on_issue('OPS-106');
--- jira_delete_issue
SELECT jira_delete_issue('OPS-106', delete_subtasks => true);
--- jira_lookup_sprint_issues_stream
SELECT key, issue_type, status, left(summary, 40) AS summary
FROM jira_lookup_sprint_issues_stream(6, jql => 'issuetype in (Story, Bug)');
--- jira_lookup_issue_type_statuses_by_project
SELECT issue_type, status, status_category
FROM jira_lookup_issue_type_statuses_by_project('OPS')
WHERE issue_type = 'Bug';
--- jira_lookup_issue_priorities
SELECT id, name, description FROM jira_lookup_issue_priorities();
