--
-- jira_request stays below the URL of its connection.  The connection leads to
-- a closed port: "sent" means that a request was tried.
--
SET client_min_messages = warning;
CREATE EXTENSION jira_spoke;
RESET client_min_messages;
SELECT jira_create_connection('closed', 'https://127.0.0.1:1/jira', 'ann@example.com', 'secret-1', is_default => true);
SET jira_spoke.max_retries = 0;

CREATE FUNCTION attempt(method text, path text, query jsonb DEFAULT NULL, body jsonb DEFAULT NULL)
RETURNS text LANGUAGE plpgsql AS $$
BEGIN
    PERFORM jira_request(method, path, query, body);
    RETURN 'done';
EXCEPTION
    WHEN sqlclient_unable_to_establish_sqlconnection THEN
        RETURN 'sent';
    WHEN OTHERS THEN
        RETURN SQLSTATE || ' ' || SQLERRM;
END $$;

SELECT path, attempt('GET', path)
FROM (VALUES ('/'), ('/rest/api/2/myself'), ('/rest/api/2/issue/OPS-1/'), ('/rest/agile/1.0/board'),
             ('/rest/x%20y'), ('/rest/%C3%A4'), ('/rest/...'), ('/rest/.x/x..'), ('/rest/a:b@c'),
             ('/rest/a;v=1'), ('/rest//x'), ('/https://evil.example/'), ('/rest/{v}'),
             (''), ('rest/api'), ('//evil.example/x'), ('https://evil.example/x'), ('@evil.example/'),
             (':80@evil.example/'), ('.evil.example/'),
             ('/..'), ('/.'), ('/../admin'), ('/rest/../../admin'), ('/rest/./x'), ('/rest/..'), ('/rest/x/..'),
             ('/..;/admin'), ('/rest/..;a=b/admin'), ('/rest/.;/x'), ('/rest/..%3b/x'), ('/rest/..%3B/x'),
             ('/%2e%2e/admin'), ('/%2E%2E/admin'), ('/rest/.%2e/x'), ('/rest%2f..%2fx'), ('/rest%2Fx'),
             ('/rest%5c..%5cx'), ('/rest\..\x'), ('/rest/%252e%252e/x'),
             ('/rest/%00'), ('/rest/x%0a'), ('/rest/%0d%0aHost:x'), ('/rest/%1Fx'), ('/rest/%7f'), ('/rest/%7Fx'), ('/rest/%'),
             ('/rest?x=y'), ('/rest?'), ('/rest#x'), ('/rest#'), ('/rest x'), ('/rest/ä'),
             (E'/rest\n'), (E'/rest\r\nHost: evil.example'), (E'/rest\tx'), (E'/rest\u007f')) AS paths (path);

SELECT method, attempt(method, '/rest')
FROM (VALUES ('GET'), ('POST'), ('PUT'), ('DELETE'), ('PATCH'), ('get'), ('Delete'),
             (''), ('HEAD'), ('OPTIONS'), ('CONNECT'), ('TRACE'), (E'GET / HTTP/1.1\r\n'), ('GET ')) AS methods (method);

SELECT query, attempt('GET', '/rest', query::jsonb)
FROM (VALUES ('{}'), ('{"jql": "a = \"b\" & c"}'), ('{"n": 5, "b": true, "list": ["a", 1]}'),
             ('{"os_authType": "basic"}'), ('{"a.b-c_d": "x"}'),
             ('[]'), ('"text"'), ('5'), ('null'), ('{"a": {"b": 1}}'), ('{"a": null}'), ('{"": "x"}'),
             ('{"a=b&c": "x"}'), ('{"a b": "x"}'), ('{"a#": "x"}'), ('{"ä": "x"}'), ('{"a": [{"b": 1}]}'),
             ('{"a": [[1]]}'), ('{"a": [null]}'), ('{"a": []}'), ('{"n": 0.1234567890123456789}')) AS queries (query);

SELECT body, attempt('POST', '/rest', NULL, body::jsonb)
FROM (VALUES ('{}'), ('[]'), ('"text"'), ('5'), ('null'), ('{"n": 123456789012345678901}')) AS bodies (body);

-- NULL where there must be something.
SELECT attempt(NULL, '/rest') AS method, attempt('GET', NULL) AS path;
SELECT jira_request('GET', '/rest', connection => 'nobody');

-- Anything but GET is a write.
BEGIN READ ONLY;
SELECT jira_request('POST', '/rest');
ROLLBACK;
BEGIN READ ONLY;
SELECT attempt('GET', '/rest');
ROLLBACK;

SELECT jira_drop_connection('closed');
DROP FUNCTION attempt;
DROP EXTENSION jira_spoke;
