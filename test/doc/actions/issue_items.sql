--- jira_lookup_comments_stream
SELECT issue, author_name, left(body, 40) AS body FROM jira_lookup_comments_stream('key in (WEB-8, WEB-9)');
--- jira_lookup_worklogs_stream
SELECT issue, author_name, seconds / 3600.0 AS hours, comment FROM jira_lookup_worklogs_stream('project = OPS', now() - interval '1 year') LIMIT 3;
--- jira_lookup_links_stream
SELECT issue, relation, other_issue, direction FROM jira_lookup_links_stream('project = OPS') LIMIT 3;
--- jira_lookup_issue_attachments_stream
SELECT issue, filename, size FROM jira_lookup_issue_attachments_stream('project = OPS') LIMIT 3;
--- jira_lookup_issue_sprints_stream
SELECT issue, sprint, state FROM jira_lookup_issue_sprints_stream('key in (WEB-8, WEB-9, WEB-10)');
--- jira_lookup_changes_stream
SELECT issue, at::date AS day, author_name, from_text, to_text
FROM jira_lookup_changes_stream('key in (WEB-8, WEB-9)', ARRAY['status']);
