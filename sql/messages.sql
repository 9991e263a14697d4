--
-- What is said when something is wrong, to be read from top to bottom: each message names the
-- cause and the cure.  The settings test.jira and test.jira_server are the URLs of two small Jiras.
--
\set VERBOSITY terse
\pset format unaligned
\pset tuples_only on
-- Names are compared by the locale of the database.
CREATE DATABASE regress_messages TEMPLATE template0 ENCODING 'UTF8' LC_COLLATE 'C.UTF-8' LC_CTYPE 'C.UTF-8';
\connect regress_messages
\set VERBOSITY default
SET client_min_messages = warning;
CREATE EXTENSION jira_spoke;
DROP ROLE IF EXISTS regress_reports;        -- of a run that was broken off
CREATE ROLE regress_reports;
RESET client_min_messages;
SET jira_spoke.allow_http = on;
SET jira_spoke.max_retries = 0;
SELECT set_config('jira_spoke.gateway_url', current_setting('test.jira'), false) IS NULL;

-- What is said: SQLSTATE and message, DETAIL, HINT.
CREATE FUNCTION says(query text) RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
    result text;
    words text;
    details text;
    advice text;
BEGIN
    EXECUTE query INTO result;
    RETURN NEXT concat('-> ', COALESCE(result, 'NULL'));
EXCEPTION WHEN OTHERS THEN
    GET STACKED DIAGNOSTICS words = MESSAGE_TEXT, details = PG_EXCEPTION_DETAIL, advice = PG_EXCEPTION_HINT;
    RETURN NEXT shown(concat(SQLSTATE, ': ', words));
    IF details <> '' THEN RETURN NEXT shown(concat('DETAIL: ', details)); END IF;
    IF advice <> '' THEN RETURN NEXT shown(concat('HINT: ', advice)); END IF;
END $$;
CREATE FUNCTION shown(words text) RETURNS text LANGUAGE sql
RETURN replace(replace(words, current_setting('test.jira'), 'https://site.example'),
               current_setting('test.jira_server'), 'https://jira.example');
-- Changes a small Jira: see its README.
CREATE FUNCTION change(alias text, what text, how jsonb) RETURNS void LANGUAGE sql
BEGIN ATOMIC
    SELECT FROM jira_request('POST', '/_control/' || what, body => how, connection => alias);
END;
CREATE FUNCTION reset(alias text) RETURNS void LANGUAGE sql
BEGIN ATOMIC
    SELECT FROM jira_request('DELETE', '/_control/faults', connection => alias);
    SELECT FROM jira_request('POST', '/_control/reset', body => '{}', connection => alias);
END;

SELECT jira_create_connection('cloud', current_setting('test.jira'), 'demo@example.com', 'demo-token', is_default => true);
SELECT jira_create_connection('scoped', current_setting('test.jira'), 'demo@example.com', 'demo-narrow-token', scoped => true,
                              cloud_id => '11111111-2222-3333-4444-555555555555');
SELECT jira_create_connection('dc', current_setting('test.jira_server'), 'demo', 'demo-password', server_type => 'server');
SELECT jira_create_connection('pat', current_setting('test.jira_server'), secret => 'demo-pat', auth => 'bearer', server_type => 'server');

--
-- The URL of a connection
--
CREATE FUNCTION created(url text, "user" text DEFAULT 'ann@example.com', more text DEFAULT '') RETURNS SETOF text LANGUAGE sql AS $$
SELECT says(format('SELECT jira_create_connection(''new'', %L, %L, ''secret''%s)', url, "user", more));
$$;
-- without https://
SELECT created('example.atlassian.net');
-- of an issue, of a board, of the REST API, on Data Center below a context path
SELECT created('https://example.atlassian.net/browse/OPS-1');
SELECT created('https://example.atlassian.net/jira/software/projects/OPS/boards/1?selectedIssue=OPS-1');
SELECT created('https://example.atlassian.net/rest/api/3');
SELECT created('https://jira.example.com/jira/browse/OPS-1', more => ', server_type => ''server''');
-- of Atlassian's administration: it has the cloud id
SELECT created('https://admin.atlassian.com/s/99999999-2222-3333-4444-555555555555/apps', more => ', scoped => true');
SELECT shown(url), cloud_id FROM jira_connections() WHERE alias = 'new';
SELECT says($$SELECT jira_alter_connection('new', cloud_id => 'https://admin.atlassian.com/s/88888888-2222-3333-4444-555555555555/users')$$);
SELECT cloud_id FROM jira_connections() WHERE alias = 'new';
SELECT created('https://admin.atlassian.com/o/99999999/overview');
SELECT says($$SELECT jira_alter_connection('new', cloud_id => 'https://example.atlassian.net')$$);
-- of the gateway, but not as scoped
SELECT says($$SELECT jira_alter_connection('new', 'https://api.atlassian.com/ex/jira/99999999-2222-3333-4444-555555555555',
                                           secret => 'secret', scoped => false)$$);
-- a name that is taken
SELECT created('https://example.atlassian.net');
SELECT jira_drop_connection('new');
-- on Cloud, a user name that is none
SELECT created('https://example.atlassian.net', 'ann');
SELECT jira_drop_connection('new');
-- plain http
SELECT created('http://example.atlassian.net');

--
-- Signing in
--
-- a wrong secret
SELECT says(format('SELECT jira_create_connection(''wrong'', %L, ''demo@example.com'', ''no-token'')', current_setting('test.jira')));
SELECT says($$SELECT * FROM jira_lookup_authenticated_user('wrong')$$);
SELECT says($$SELECT jira_alter_connection('wrong', username => 'demo')$$);
SELECT says($$SELECT * FROM jira_lookup_authenticated_user('wrong')$$);
SELECT says($$SELECT jira_alter_connection('pat', secret => 'no-pat')$$);
SELECT says($$SELECT * FROM jira_lookup_authenticated_user('pat')$$);
SELECT says($$SELECT jira_alter_connection('pat', secret => 'demo-pat')$$);
-- Data Center 11 takes no names with passwords, unless its administrator lets it
SELECT change('dc', 'oddities', '{"basic_off": true}');
SELECT says($$SELECT key FROM jira_lookup_issue('OPS-1', connection => 'dc')$$);
SELECT says($$SELECT jira_add_comment('OPS-1', 'x', connection => 'dc')$$);
SELECT shown(problem) FROM jira_test_connection('dc');
SELECT says($$SELECT key FROM jira_lookup_issue('OPS-1', connection => 'pat')$$);
SELECT reset('pat');
-- a token with scopes that lacks one
SELECT says($$SELECT jira_add_watcher('OPS-1', 'x', 'scoped')$$);
-- for its own request, or for another one that it makes beside that
SELECT change('cloud', 'token', '{"secret": "writes-issues", "scopes": ["write:issue:jira", "write:issue.property:jira"]}');
SELECT jira_alter_connection('scoped', secret => 'writes-issues');
SELECT says($$SELECT jira_update_issue('OPS-1', fields => '{"Severity": "Minor"}', connection => 'scoped')$$);
SELECT says($$SELECT jira_do_transition('OPS-1', 'Close', connection => 'scoped')$$);
-- what cannot be found without them is null
SELECT change('cloud', 'token', '{"secret": "reads-stories", "scopes": ["read:issue-details:jira", "read:field.default-value:jira",
                                                                        "read:field.option:jira", "read:field:jira", "read:group:jira"]}');
SELECT jira_alter_connection('scoped', secret => 'reads-stories');
SELECT says($$SELECT count(summary) > 0 AND count(story_points) = 0 FROM jira_lookup_stories_stream('WEB', connection => 'scoped')$$);
-- what a token with scopes is not good for at all
SELECT says($$SELECT * FROM jira_lookup_webhooks('scoped')$$);

--
-- What Jira refuses
--
-- JQL, also that of a view
SELECT says($$SELECT key FROM jira_lookup_issues_stream('projekt = OPS')$$);
CREATE VIEW open_issues AS
    SELECT key FROM jira_lookup_issues_stream('project = OPS AND statu != Done');
SELECT says('SELECT count(*) FROM open_issues');
SELECT says($$SELECT jira_count_issues('project in (', 'dc')$$);
-- something that there is already, and something that somebody else has changed
SELECT change('cloud', 'faults', '{"kind": "status", "status": 409, "path": "*/project", "times": 1,
    "body": {"errorMessages": [], "errors": {"projectKey": "A project with that key already exists."}}}');
SELECT says($$SELECT jira_create_project('OPS', 'Operations', 'x')$$);
SELECT change('cloud', 'faults', '{"kind": "status", "status": 409, "method": "PUT", "path": "*/issue/OPS-1", "times": 1,
    "body": {"errorMessages": ["The issue was updated by somebody else."], "errors": {}}}');
SELECT says($$SELECT jira_update_issue('OPS-1', summary => 'x')$$);
-- an error in XML
SELECT change('dc', 'oddities', '{"xml_errors": true}');
SELECT says($$SELECT key FROM jira_lookup_issue('OPS-99999', connection => 'dc')$$);
SELECT change('dc', 'faults', '{"kind": "status", "status": 400, "path": "*/search*", "times": 1, "content_type": "application/xml",
    "body": "<?xml version=\"1.0\"?><status><status-code>400</status-code><message>Search limit exceeded: startAt &gt; 10000</message></status>"}');
SELECT says($$SELECT key FROM jira_lookup_issues_stream('project = OPS', connection => 'dc')$$);
SELECT reset('dc');
-- a failure of which Jira does not say why
SELECT change('dc', 'faults', '{"kind": "status", "status": 500, "times": 1, "body": {"errorMessages": [], "errors": {}},
    "headers": {"X-AREQUESTID": "641x1250x1"}}');
SELECT says($$SELECT key FROM jira_lookup_issue('OPS-1', connection => 'dc')$$);
SELECT change('cloud', 'faults', '{"kind": "status", "status": 503, "times": 1, "body": "<html><head><title>Maintenance &amp; more</title></head></html>",
    "content_type": "text/html", "headers": {"atl-traceid": "0f1e2d3c4b5a"}}');
SELECT says($$SELECT key FROM jira_lookup_issue('OPS-1')$$);
-- limits
SELECT change('cloud', 'faults', '{"kind": "rate_limit", "retry_after": 120, "times": 1}');
SELECT says($$SELECT key FROM jira_lookup_issue('OPS-1')$$);
SELECT change('cloud', 'faults', '{"kind": "rate_limit", "retry_after": 1800, "reason": "jira-quota-tenant-based", "times": 1}');
SELECT says($$SELECT key FROM jira_lookup_issue('OPS-1')$$);
SELECT change('cloud', 'faults', '{"kind": "rate_limit", "retry_after": 2, "reason": "jira-per-issue-on-write", "times": 1}');
SELECT says($$SELECT jira_add_comment('OPS-1', 'x')$$);

--
-- Names in the language of the account
--
SELECT change('cloud', 'oddities', '{"translated": true}');
SELECT jira_create_issue('OPS', 'Bug', 'To be reviewed') AS issue \gset
SELECT says(format('SELECT jira_do_transition(%L, ''START WORK'')', :'issue'));
SELECT status FROM jira_lookup_issue(:'issue');
SELECT says(format('SELECT jira_do_transition(%L, ''ÜBERPRÜFEN LASSEN'')', :'issue'));
SELECT says(format('SELECT jira_do_transition(%L, ''in progress'')', :'issue'));
SELECT says(format('SELECT jira_do_transition(%L, ''In überprüfung'')', :'issue'));
SELECT says(format('SELECT jira_do_transition(%L, ''Abandon'')', :'issue'));

--
-- Attachments
--
SELECT change('dc', 'oddities', '{"login_at_pages": true}');
SELECT says($$SELECT jira_attachment_content('10000', 'pat')$$);
SELECT reset('dc');
SELECT says($$SELECT jira_attachment_content('https://elsewhere.example/secure/attachment/10000/x.txt', 'dc')$$);
SELECT says($$SELECT jira_attachment_content('https://api.atlassian.com/ex/jira/99999999-2222-3333-4444-555555555555/rest/api/3/attachment/content/10000')$$);
SELECT says($$SELECT length(jira_attachment_content('https://api.atlassian.com/ex/jira/11111111-2222-3333-4444-555555555555/rest/api/3/attachment/content/10000'))$$);

--
-- Grants
--
-- a role that may use a connection, but call nothing
SELECT jira_grant_connection('cloud', 'regress_reports', 'read');
SET ROLE regress_reports;
SELECT says($$SELECT key FROM jira_lookup_issue('OPS-1', connection => 'cloud')$$);
RESET ROLE;
GRANT jira_spoke_reader TO regress_reports;
SET ROLE regress_reports;
SELECT says($$SELECT jira_add_comment('OPS-1', 'x', connection => 'cloud')$$);
SELECT says($$SELECT key FROM jira_lookup_issue('OPS-1', connection => 'dc')$$);
RESET ROLE;

SELECT reset('cloud');
\connect postgres
DROP DATABASE regress_messages;
DROP ROLE regress_reports;
