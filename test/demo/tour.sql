\pset pager off

\echo
\echo '=== 1. A search is a table =============================================='
\echo
\echo 'The rows stream, and only the columns that you name are fetched from Jira:'
\echo
\set ECHO queries
SELECT key, status, assignee_name, summary
FROM jira_lookup_issues_stream(
    'project = OPS AND statusCategory != Done ORDER BY created DESC')
LIMIT 10;
\set ECHO none

\echo 'EXPLAIN says what Jira is asked, and what came back:'
\echo
\set ECHO queries
EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF, SUMMARY OFF)
SELECT key, summary FROM jira_lookup_issues_stream('project = OPS ORDER BY created DESC') LIMIT 3;
\set ECHO none

\echo '=== 2. Jira joined with your own data ==================================='
\echo
\echo 'What do the customers wait for, and how much do they pay? All issues in one request:'
\echo
\set ECHO queries
SELECT t.customer, t.yearly_revenue, i.key, i.status, i.priority, i.summary
FROM customer_ticket AS t
JOIN jira_lookup_issues((SELECT array_agg(issue) FROM customer_ticket)) AS i ON i.key = t.issue
ORDER BY t.yearly_revenue DESC;
\set ECHO none

\echo '=== 3. A report in SQL =================================================='
\echo
\echo 'Open work by priority, and how long it has been lying there:'
\echo
\set ECHO queries
SELECT priority,
       count(*) FILTER (WHERE status_category = 'new') AS waiting,
       count(*) FILTER (WHERE status_category = 'indeterminate') AS in_progress,
       count(*) FILTER (WHERE assignee IS NULL) AS unassigned,
       justify_hours(date_trunc('hour', avg(now() - created))) AS average_age,
       min(created)::date AS oldest
FROM jira_lookup_issues_stream('project = OPS AND statusCategory != Done')
GROUP BY priority
ORDER BY count(*) DESC;
\set ECHO none

\echo '=== 4. A Jira is a schema =============================================='
\echo
\echo 'The import makes tables, with a column for each custom field. They are joined in a few requests:'
\echo
\set ECHO queries
CREATE SERVER jira FOREIGN DATA WRAPPER jira_spoke OPTIONS (connection 'demo');
CREATE SCHEMA jira;
IMPORT FOREIGN SCHEMA jira FROM SERVER jira INTO jira;

SELECT e.key, e.summary AS epic, count(i.key) AS issues,
       count(i.key) FILTER (WHERE i.status_category = 'done') AS done, sum(i.story_points) AS points
FROM jira.epics AS e
JOIN jira.issues AS i ON i.parent = e.key
WHERE e.project = 'WEB'
GROUP BY e.key, e.summary
ORDER BY e.key;
\set ECHO none

\echo '=== 5. An INSERT makes an issue ========================================='
\echo
\echo 'A trigger stores the request with the row; the key is to go into the column issue:'
\echo
\set ECHO queries
CREATE TABLE incident (
    id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    summary text NOT NULL,
    description text,
    issue text
);

CREATE TRIGGER report AFTER INSERT ON incident
    FOR EACH ROW EXECUTE FUNCTION jira_create_issue_trigger(
        '{"project": "OPS", "issue_type": "Bug", "summary": "{summary}", "description": "{description}"}',
        '{"key_column": "issue"}');

INSERT INTO incident (summary, description)
VALUES ('Disk of db-7 is full', 'Free space fell below 1 %.')
RETURNING id, summary, issue;
\set ECHO none

\echo 'What is rolled back makes no issue:'
\echo
\set ECHO queries
BEGIN;
INSERT INTO incident (summary) VALUES ('A mistake');
ROLLBACK;
\set ECHO none

DO $$
BEGIN
    FOR i IN 1 .. 1200 LOOP
        EXIT WHEN NOT EXISTS (SELECT FROM incident WHERE issue IS NULL);
        PERFORM pg_sleep(0.05);
    END LOOP;
END $$;

\echo
\echo 'After the commit a background worker has asked Jira. The key is in the row, and what'
\echo 'was asked in the outbox:'
\echo
\set ECHO queries
SELECT id, summary, issue FROM incident;

SELECT action, arguments ->> 'summary' AS summary, state, attempts, result
FROM jira_spoke.outbox ORDER BY id;
\set ECHO none

\echo 'A comment on it, without a trigger, and the issue as Jira has it now:'
\echo
\set ECHO queries
SELECT jira_add_comment(issue, 'Old WAL is being removed.') AS comment_id FROM incident;

SELECT i.key, i.issue_type, i.status, i.summary, i.description,
       i.fields #>> '{comment,comments,-1,body}' AS last_comment
FROM incident, LATERAL jira_lookup_issue(incident.issue, fields => ARRAY['comment']) AS i;
\set ECHO none
