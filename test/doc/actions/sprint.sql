--- jira_lookup_sprints_by_board
SELECT id, name, state, goal FROM jira_lookup_sprints_by_board(1, ARRAY['active', 'future']);
--- jira_create_sprint
SELECT jira_create_sprint('WEB Sprint 27', 1, goal => 'Faster search') AS sprint;
--- jira_lookup_sprint
SELECT id, name, state, goal, board FROM jira_lookup_sprint(19);
--- jira_update_sprint
SELECT jira_update_sprint(19, goal => 'Search in half a second');

SELECT name, goal FROM jira_lookup_sprint(19);
--- jira_delete_sprint
SELECT jira_delete_sprint(19);
