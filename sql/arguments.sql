--
-- Arguments that cannot be sent are refused before anything is: the connection
-- leads to a closed port, where a request would end in 08001.
--
SET client_min_messages = warning;
CREATE EXTENSION jira_spoke;
RESET client_min_messages;
SELECT jira_create_connection('cloud', 'https://127.0.0.1:1', 'ann@example.com', 'secret-1', is_default => true);
SELECT jira_create_connection('server', 'https://127.0.0.1:1', 'ann@example.com', 'secret-1', server_type => 'server');
SET jira_spoke.max_retries = 0;

-- SQLSTATE and words of a failure, on both kinds of Jira if they differ.
CREATE FUNCTION attempt_once(query text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE query;
    RETURN 'done';
EXCEPTION
    WHEN sqlclient_unable_to_establish_sqlconnection THEN
        RETURN 'sent';
    WHEN OTHERS THEN
        RETURN SQLSTATE || ' ' || SQLERRM;
END $$;
CREATE FUNCTION attempt(query text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    cloud text;
    server text;
BEGIN
    PERFORM set_config('jira_spoke.connection', 'cloud', false);
    cloud := attempt_once(query);
    PERFORM set_config('jira_spoke.connection', 'server', false);
    server := attempt_once(query);
    RETURN CASE WHEN cloud = server THEN cloud ELSE concat(cloud, ' | ', server) END;
END $$;

-- What can be sent is sent: the alternative to every refusal below.
SELECT query, attempt(query)
FROM (VALUES
    ($$SELECT jira_lookup_issue('OPS-1')$$),
    ($$SELECT * FROM jira_lookup_issue('OPS-1')$$),
    ($$SELECT * FROM jira_lookup_issue('10001', fields => '{}', expand => '{}')$$),
    ($$SELECT * FROM jira_lookup_issues_stream('')$$),
    ($$SELECT * FROM jira_lookup_issues('{OPS-1}')$$),
    ($$SELECT jira_count_issues('project = OPS')$$),
    ($$SELECT jira_add_comment('OPS-1', 'text', '{"type": "role", "value": "x"}')$$),
    ($$SELECT jira_create_issue('OPS', 'Bug', 'summary', fields => '{"customfield_1": 1.5}')$$),
    ($$SELECT * FROM jira_lookup_server()$$)
) AS queries (query);

-- NULL for what is required is an error that names it, not a silent NULL.
SELECT query, attempt(query)
FROM (VALUES
    ($$SELECT jira_lookup_issue(NULL)$$),
    ($$SELECT * FROM jira_lookup_issue(NULL)$$),
    ($$SELECT * FROM jira_lookup_issues_stream(NULL)$$),
    ($$SELECT * FROM jira_lookup_issues(NULL)$$),
    ($$SELECT jira_count_issues(NULL)$$),
    ($$SELECT jira_add_comment(NULL, 'text')$$),
    ($$SELECT jira_add_comment('OPS-1', NULL)$$),
    ($$SELECT jira_create_issue(NULL, 'Bug', 'summary')$$),
    ($$SELECT jira_create_issue('OPS', NULL, 'summary')$$),
    ($$SELECT jira_create_issue('OPS', 'Bug', NULL)$$),
    ($$SELECT i.* FROM (VALUES (NULL)) AS v (key), jira_lookup_issue(v.key) AS i$$)
) AS queries (query);

-- Keys and ids become a part of a path; nothing that could leave it does.
SELECT key, attempt(format('SELECT * FROM jira_lookup_issue(%L)', key)) AS read,
       attempt(format('SELECT jira_add_comment(%L, ''text'')', key)) AS write
FROM (VALUES ('OPS-1'), ('10001'), ('łódź-1'), ('a b'), ('a;b'), ('a&b=c'), ('a+b'), ('@me'), ('OPS-1.'), ('.x'),
             (''), ('.'), ('..'), ('...'), ('/'), ('a/b'), ('../myself'), ('OPS-1/../../x'), ('\'), ('a\b'),
             ('a?b'), ('a#b'), ('%'), ('%2e%2e'), ('%2F')) AS keys (key);
SELECT attempt(format('SELECT * FROM jira_lookup_issue(%L)', E'OPS-1\r\nX-Header: y')) AS newline;

-- A braced text is no place in a path.
SELECT attempt($$SELECT jira_add_comment('{v}', 'text')$$) AS read;

-- jsonb that contradicts other arguments or is no object.
SELECT query, attempt(query)
FROM (VALUES
    ($$SELECT jira_create_issue('OPS', 'Bug', 's', fields => '{"summary": "other"}')$$),
    ($$SELECT jira_create_issue('OPS', 'Bug', 's', fields => '{"project": {"key": "HR"}}')$$),
    ($$SELECT jira_create_issue('OPS', 'Bug', 's', fields => '{"project": {"id": "1"}}')$$),
    ($$SELECT jira_create_issue('OPS', 'Bug', 's', labels => '{a}', fields => '{"labels": ["b"]}')$$),
    ($$SELECT jira_create_issue('OPS', 'Bug', 's', labels => '{}', fields => '{"labels": ["b"]}')$$),
    ($$SELECT jira_create_issue('OPS', 'Bug', 's', fields => '[]')$$),
    ($$SELECT jira_create_issue('OPS', 'Bug', 's', fields => '"text"')$$),
    ($$SELECT jira_create_issue('OPS', 'Bug', 's', fields => '5')$$),
    ($$SELECT jira_create_issue('OPS', 'Bug', 's', fields => 'true')$$),
    ($$SELECT jira_create_issue('OPS', 'Bug', 's', fields => 'null')$$),
    ($$SELECT jira_create_issue('OPS', 'Bug', 's', fields => '{}')$$),
    ($$SELECT jira_create_issue('OPS', 'Bug', 's', fields => '{"": 1, "a.b": 2, "{v}": 3}')$$)
) AS queries (query);

-- Numbers are sent as they are or not at all.
SELECT number, left(attempt(format('SELECT jira_create_issue(''OPS'', ''Bug'', ''s'', fields => ''{"x": %s}'')', number)), 90)
FROM (VALUES ('0'), ('-0'), ('0.1'), ('1.10'), ('1e3'), ('9223372036854775807'), ('-9223372036854775808'),
             ('123456789.012345'), ('1e-300'),
             ('9223372036854775808'), ('123456789012345678901234567890'), ('0.1234567890123456789'),
             ('1234567890.123456789'), ('1e40'), ('1e-40'), ('1.5e308'), ('1.5e309')) AS numbers (number);
SELECT attempt($$SELECT jira_create_issue('OPS', 'Bug', 's', fields => '{"a": [{"b": [1, 0.1234567890123456789]}]}')$$)
    AS nested;

-- Moments that Jira cannot have.
SELECT moment, attempt(format('SELECT * FROM jira_lookup_audit_logs_stream(from_time => %L)', moment))
FROM (VALUES ('0001-01-01 00:00+00'), ('9999-12-31 23:59+00'), ('0044-03-15 BC'), ('10000-01-01 00:00+00'),
    ('infinity')) AS moments (moment);

-- Limits and keys.
SELECT query, attempt(query)
FROM (VALUES
    ($$SELECT * FROM jira_lookup_issues_stream('', max_rows => -1)$$),
    ($$SELECT * FROM jira_lookup_issues_stream('', max_rows => 0)$$),
    ($$SELECT * FROM jira_lookup_issues('{}')$$),
    ($$SELECT * FROM jira_lookup_issues('{NULL}')$$)
) AS queries (query);

-- A message quotes the beginning of a long text only.
CREATE FUNCTION message_size(query text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE query;
    RETURN 'done';
EXCEPTION
    WHEN OTHERS THEN
        RETURN SQLSTATE || CASE WHEN octet_length(SQLERRM) < 2000 THEN ' short' ELSE ' long' END;
END $$;
SELECT query, message_size(query)
FROM (VALUES
    ($$SELECT jira_lookup_issue(repeat('a', 100000))$$),
    ($$SELECT jira_lookup_issue(repeat('ł', 50000))$$),
    ($$SELECT jira_lookup_issue(repeat('/', 100000))$$),
    ($$SELECT jira_add_comment(repeat('a', 100000), 'text')$$),
    ($$SELECT jira_lookup_issue('OPS-1', connection => repeat('a', 100000))$$),
    ($$SELECT jira_create_issue('OPS', 'Bug', 's', fields => ('{"a": ' || repeat('1', 100000) || '}')::jsonb)$$),
    ($$SELECT jira_attachment_content(repeat('a', 100000))$$),
    ($$SELECT jira_attachment_content(repeat('1', 100000))$$),
    ($$SELECT jira_request(repeat('a', 100000), '/')$$),
    ($$SELECT jira_request('GET', repeat('a', 100000))$$),
    ($$SELECT jira_request('GET', '/' || repeat('a', 100000))$$),
    ($$SELECT jira_request('GET', '/', jsonb_build_object(repeat(' ', 100000), 1))$$),
    ($$SELECT jira_alter_connection(repeat('a', 100000))$$),
    ($$SELECT jira_alter_connection('cloud', server_type => repeat('a', 100000))$$),
    ($$SELECT jira_alter_connection('cloud', auth => repeat('a', 100000))$$),
    ($$SELECT jira_alter_connection('cloud', options => jsonb_build_object(repeat('a', 100000), 1))$$),
    ($$SELECT jira_drop_connection(repeat('a', 100000))$$),
    ($$SELECT jira_drop_oauth_application(repeat('a', 100000))$$)
) AS queries (query);

-- Not even an alias that is not there, or a missing one, gets in between.
SELECT query, attempt_once(query)
FROM (VALUES
    ($$SELECT * FROM jira_lookup_issue('OPS-1', connection => 'nobody')$$),
    ($$SELECT * FROM jira_lookup_issue('OPS-1', connection => '')$$),
    ($$SELECT jira_add_comment('OPS-1', 'x', connection => 'nobody')$$)
) AS queries (query);

-- Whole reads below a LIMIT of 0, a false condition or EXPLAIN ask nothing.
SELECT * FROM jira_lookup_issue('OPS-1') LIMIT 0;
SELECT count(*) FROM jira_lookup_issue('OPS-1') WHERE false;
EXPLAIN (COSTS OFF) SELECT key FROM jira_lookup_issue('OPS-1', connection => 'cloud');

-- Writes keep to what the transaction may do.
BEGIN READ ONLY;
SELECT jira_add_comment('OPS-1', 'text');
ROLLBACK;
BEGIN READ ONLY;
SELECT attempt_once($$SELECT * FROM jira_lookup_issue('OPS-1', connection => 'cloud')$$) AS read;
ROLLBACK;
CREATE MATERIALIZED VIEW hidden AS SELECT jira_add_comment('OPS-1', 'text', connection => 'cloud') WITH NO DATA;
REFRESH MATERIALIZED VIEW hidden;
DROP MATERIALIZED VIEW hidden;

SELECT jira_drop_connection('cloud'), jira_drop_connection('server');
DROP FUNCTION attempt, attempt_once, message_size;
DROP EXTENSION jira_spoke;
