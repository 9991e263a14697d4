--- jira_lookup_stories_stream
SELECT key, status, story_points, epic, sprint
FROM jira_lookup_stories_stream('WEB', 'statusCategory != Done ORDER BY key');
--- jira_create_story
SELECT jira_create_story('WEB', 'As a customer I can search by colour',
                         story_points => 5, epic => 'WEB-1', sprint => 8) AS key;
--- jira_update_story
SELECT jira_update_story('WEB-121', story_points => 8, sprint => 9);

SELECT key, story_points, epic, sprint FROM jira_lookup_stories_stream(jql => 'key = WEB-121');
