--- jira_attachment_content
SELECT convert_from(jira_attachment_content('10000'), 'UTF8') AS content;
--- jira_request
SELECT r.status, r.body ->> 'name' AS name
FROM jira_request('GET', '/rest/api/2/status/10002') AS r;
--- jira_required_scopes
SELECT scope FROM jira_required_scopes(ARRAY['jira_lookup_issues_stream', 'jira_create_issue'])
WHERE kind = 'classic';
--- jira_report_personal_data
SELECT account, status
FROM jira_report_personal_data('[{"accountId": "5b10a2844c20165700ede200", "updatedAt": "2026-01-15T12:00:00Z"}]',
                               connection => 'app');
--- jira_quote
SELECT jira_quote('disk "full"'::text) AS text, jira_quote(42) AS number, jira_quote(ARRAY['a', 'b']) AS list,
       jira_quote(timestamptz '2026-03-01 12:00+00') AS moment;
--- jira_jql
SELECT jira_jql('summary ~ %s AND priority in %s', 'disk "full"', ARRAY['High', 'Highest']);
--- jira_request_stream
SELECT board ->> 'name' AS board, board ->> 'type' AS type
FROM jira_request_stream('/rest/agile/1.0/board') AS board
LIMIT 2;
--- setup
DROP SERVER IF EXISTS work CASCADE;
CREATE SERVER work FOREIGN DATA WRAPPER jira_spoke OPTIONS (connection 'cloud');
DROP SCHEMA IF EXISTS work;
CREATE SCHEMA work;
IMPORT FOREIGN SCHEMA jira LIMIT TO (issues) FROM SERVER work INTO work OPTIONS (custom_fields 'Severity');
--- jira_refresh_columns
SELECT * FROM jira_refresh_columns('work.issues', custom_fields => 'Customer, Reviewer');
