--
-- Connections without a network: what can be stored, and what is refused.
--
SET client_min_messages = warning;
CREATE EXTENSION jira_spoke;
DROP ROLE IF EXISTS regress_ann, regress_bob, regress_team;     -- of a run that was broken off
CREATE ROLE regress_ann;
CREATE ROLE regress_bob;
CREATE ROLE regress_team;
RESET client_min_messages;
GRANT jira_spoke_admin TO regress_ann, regress_bob;

-- SQLSTATE and words of a failure, or what came.
CREATE FUNCTION attempt(query text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    result text;
    words text;
    advice text;
BEGIN
    EXECUTE query INTO result;
    RETURN COALESCE(NULLIF(result, ''), 'done');
EXCEPTION WHEN OTHERS THEN
    GET STACKED DIAGNOSTICS words = MESSAGE_TEXT, advice = PG_EXCEPTION_HINT;
    RETURN concat_ws(' ', SQLSTATE, words, NULLIF('-- ' || advice, '-- '));
END $$;
CREATE FUNCTION attempt_url(url text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    result text := attempt(format('SELECT jira_create_connection(''tried'', %L, ''u@example.com'', ''secret'')', url));
BEGIN
    IF result = 'done' THEN
        PERFORM jira_drop_connection('tried');
    END IF;
    RETURN result;
END $$;

CREATE FUNCTION http_urls() RETURNS TABLE (url text, result text) LANGUAGE sql AS $$
SELECT url, attempt_url(url)
FROM (VALUES ('http://example.com'), ('http://localhost'), ('http://LOCALHOST:8080'),
             ('http://127.0.0.1:8080'), ('http://127.9.9.9'), ('http://2130706433'), ('http://0x7f.1'),
             ('http://[::1]:8080'), ('http://[::ffff:127.0.0.1]'), ('http://0.0.0.0'), ('http://[::]'),
             ('http://localhost.example.com'), ('http://127.0.0.1.example.com'),
             ('http://192.168.0.1'), ('http://[::ffff:192.168.0.1]'), ('http://169.254.169.254'))
     AS urls (url)
$$;

SET ROLE regress_ann;
-- The plain case, on both kinds of Jira, and what is left out.
SELECT jira_create_connection('cloud', 'https://example.atlassian.net', 'ann@example.com', 'token-1');
SELECT jira_create_connection('server', url => 'https://jira.example.com:8443/jira/', username => 'ann@example.com',
                              secret => 'password-1', server_type => 'server');
SELECT jira_create_connection('pat', url => 'https://jira.example.com', secret => 'pat-1',
                              auth => 'bearer', server_type => 'server', is_default => true);
SELECT jira_create_connection('three', url => 'https://three.example.com', username => 'ann@example.com',
                              secret => 'token-3', api_version => 3);
SELECT * FROM jira_connections();
SELECT jira_create_connection('nulls', 'https://null.example.com', 'ann@example.com', 'token', auth => NULL,
                              server_type => NULL, api_version => NULL, scoped => NULL, is_default => NULL);
SELECT * FROM jira_connections() WHERE alias = 'nulls';
SELECT jira_drop_connection('nulls');

-- URLs.
SELECT url, attempt_url(url)
FROM (VALUES ('https://example.atlassian.net'),
             ('https://example.atlassian.net/'),
             ('HTTPS://EXAMPLE.Atlassian.NET'),
             ('https://jira.example.com:8443/a/b'),
             ('https://[2001:db8::1]:8443'),
             ('https://192.0.2.1'),
             ('https://user@example.com'),
             ('https://user:password@example.com'),
             ('https://@example.com'),
             ('https://example.com?a=b'),
             ('https://example.com/?'),
             ('https://example.com#part'),
             ('https://example.com/#'),
             ('https://example.com/a b'),
             (E'https://example.com/\n'),
             (E'https://example.com/\r\nHost: other'),
             (E'https://example.com\t'),
             (E'https://example.com\u007f'),
             (' https://example.com'),
             ('https://example.com.'),
             ('https://example.com.:443'),
             ('https://example%2ecom%2e'),
             ('https://example%7f.com'),
             ('https://example%ff.com'),
             ('https://ex%61mple.com'),
             ('https:/ex%61mple.com/x'),
             ('https://example.com/%61'),
             ('https://exämple.com'),
             ('https://example.com/ä'),
             ('https://example.com\evil.com'),
             ('https://example.com"'),
             ('https://{a,b}.example.com'),
             ('https://'),
             ('https:///x'),
             ('http:///x'),
             ('https:example.com'),
             ('https://:443'),
             ('https://example.com:0x50'),
             ('https://example.com:99999'),
             ('https://[::1'),
             ('example.com'),
             ('//example.com'),
             ('javascript:alert(1)'),
             ('file:///etc/passwd'),
             ('file://localhost/etc/passwd'),
             ('ftp://example.com'),
             ('gopher://example.com'),
             ('ldap://example.com'),
             ('')) AS urls (url);
SELECT attempt_url('https://' || repeat('a', 255) || '.com') AS long_host;

-- Plain http: to this machine, and only when a superuser allows it.
RESET ROLE;
SET jira_spoke.allow_http = off;
SET ROLE regress_ann;
SELECT * FROM http_urls();
RESET ROLE;
SET jira_spoke.allow_http = on;
SET ROLE regress_ann;
SELECT * FROM http_urls();
-- A connection that was stored while http was allowed cannot be used after.
SELECT jira_create_connection('plain', 'http://localhost:9', 'ann@example.com', 'token');
SET jira_spoke.allow_http = off;
RESET ROLE;
SET jira_spoke.allow_http = off;
SET ROLE regress_ann;
SELECT attempt($$SELECT problem FROM jira_test_connection('plain')$$);
SELECT jira_drop_connection('plain');

-- Every other refusal.
SELECT what, attempt('SELECT jira_create_connection(' || arguments || ')')
FROM (VALUES
    ('no name', $$NULL, 'https://a.example', 'u@example.com', 'secret'$$),
    ('empty name', $$'', 'https://a.example', 'u@example.com', 'secret'$$),
    ('name taken', $$'cloud', 'https://a.example', 'u@example.com', 'secret'$$),
    ('no url', $$'a', NULL, 'u@example.com', 'secret'$$),
    ('no user', $$'a', 'https://a.example', NULL, 'secret'$$),
    ('no user, auth null', $$'a', 'https://a.example', NULL, 'secret', auth => NULL$$),
    ('nothing', $$'a'$$),
    ('colon in the user', $$'a', 'https://a.example', 'u:v', 'secret'$$),
    ('empty user', $$'a', 'https://a.example', '', 'secret'$$),
    ('empty secret', $$'a', 'https://a.example', 'u@example.com', ''$$),
    ('newline in the user', $$'a', 'https://a.example', E'u\nv', 'secret'$$),
    ('newline in the secret', $$'a', 'https://a.example', 'u@example.com', E'secret\r\nX-Header: y'$$),
    ('newline after the secret', $$'a', 'https://a.example', 'u@example.com', E'secret\n'$$),
    ('tab in the secret', $$'a', 'https://a.example', 'u@example.com', E'se\tcret'$$),
    ('unknown auth', $$'a', 'https://a.example', 'u@example.com', 'secret', auth => 'digest'$$),
    ('auth in capitals', $$'a', 'https://a.example', 'u@example.com', 'secret', auth => 'Basic'$$),
    ('oauth2', $$'a', 'https://a.example', auth => 'oauth2'$$),
    ('unknown server type', $$'a', 'https://a.example', 'u@example.com', 'secret', server_type => 'datacenter'$$),
    ('api version 1', $$'a', 'https://a.example', 'u@example.com', 'secret', api_version => 1$$),
    ('api version -2', $$'a', 'https://a.example', 'u@example.com', 'secret', api_version => -2$$),
    ('cloud id that leaves its place', $$'a', 'https://a.example', 'u@example.com', 'secret', scoped => true, cloud_id => '../../x'$$),
    ('cloud id with a query', $$'a', 'https://a.example', 'u@example.com', 'secret', scoped => true, cloud_id => 'x?y'$$),
    ('unknown parent', $$'a', 'https://a.example', 'u@example.com', 'secret', parent => 'nobody'$$),
    ('empty parent', $$'a', 'https://a.example', 'u@example.com', 'secret', parent => ''$$),
    ('its own parent', $$'a', 'https://a.example', 'u@example.com', 'secret', parent => 'a'$$)
) AS refused (what, arguments);
SELECT alias FROM jira_connections() ORDER BY alias;
SELECT attempt($$SELECT jira_create_connection('scoped', 'https://a.example', 'u@example.com', 'secret', scoped => true,
                                               cloud_id => '11111111-2222-3333-4444-555555555555')$$);
SELECT jira_drop_connection('scoped');

-- A secret and a cloud id may come later.  Versions of libcurl differ in words.
SELECT attempt($$SELECT jira_create_connection('bare', 'https://127.0.0.1:1', 'u@example.com', scoped => true)$$);
SELECT attempt($$SELECT split_part(problem, '. ', 1) FROM jira_test_connection('bare')$$);
SELECT jira_drop_connection('bare');

-- Changes: what is given changes, the rest stays.
SELECT jira_alter_connection('cloud', username => 'other@example.com', api_version => 3);
SELECT url, server_type, api_version, auth, username FROM jira_connections() WHERE alias = 'cloud';
SELECT jira_alter_connection('cloud', url => 'https://EXAMPLE.atlassian.net:443/path', secret => 'token-2');
SELECT what, attempt('SELECT jira_alter_connection(' || arguments || ')')
FROM (VALUES
    ('nothing at all', $$'cloud'$$),
    ('another path', $$'cloud', url => 'https://example.atlassian.net/other'$$),
    ('no name', $$NULL, username => 'x@example.com'$$),
    ('not there', $$'nobody', username => 'x@example.com'$$),
    ('another host', $$'cloud', url => 'https://evil.example'$$),
    ('another port', $$'cloud', url => 'https://example.atlassian.net:8443'$$),
    ('a trick with the host', $$'cloud', url => 'https://example.atlassian.net.evil.example'$$),
    ('to the gateway', $$'cloud', scoped => true, cloud_id => 'abc'$$),
    ('oauth2', $$'cloud', auth => 'oauth2'$$),
    ('a bad url', $$'cloud', url => 'https://example.atlassian.net?x'$$),
    ('a bad secret', $$'cloud', secret => E'a\nb'$$),
    ('a loop', $$'cloud', parent => 'cloud'$$)
) AS refused (what, arguments);
SELECT url, scoped, parent FROM jira_connections() WHERE alias = 'cloud';
SELECT attempt($$SELECT jira_alter_connection('cloud', url => 'https://new.example', secret => 'token-3')$$);

-- Names.
SELECT attempt(format('SELECT jira_create_connection(%L, ''https://example.com'', ''u@example.com'')', name))
FROM (VALUES (E'a\nb'), (E'a\tb'), (E'\u007f'), (E'\x01'), ('')) AS names (name);
SELECT attempt($$SELECT jira_create_oauth_application(E'a\nb', 'id', redirect_url => 'https://localhost')$$);

-- Parents.
SELECT jira_create_connection('child', parent => 'server');
SELECT jira_create_connection('grandchild', parent => 'child', username => 'junior', secret => 'password-2');
SELECT alias, url, server_type, api_version, auth, username, parent
FROM jira_connections() WHERE parent IS NOT NULL ORDER BY alias;
SELECT what, attempt(query)
FROM (VALUES
    ('another host with the parent''s secret',
     $$SELECT jira_create_connection('thief', 'https://evil.example', parent => 'server')$$),
    ('plus the name of the user',
     $$SELECT jira_create_connection('thief', 'https://evil.example', 'ann@example.com', parent => 'server')$$),
    ('over the gateway',
     $$SELECT jira_create_connection('thief', parent => 'server', scoped => true, cloud_id => 'abc')$$),
    ('a loop of three', $$SELECT jira_alter_connection('server', parent => 'grandchild')$$),
    ('another host with a secret of its own',
     $$SELECT jira_create_connection('honest', 'https://other.example', secret => 'own', parent => 'server')$$),
    ('the parent goes', $$SELECT jira_drop_connection('server')$$)
) AS attempts (what, query);
SELECT attempt(format('SELECT jira_create_connection(%L, parent => %L)', 'deep' || n,
                      CASE WHEN n = 1 THEN 'server' ELSE 'deep' || n - 1 END))
FROM generate_series(1, 9) AS n;
SELECT count(jira_drop_connection('deep' || n)) FROM generate_series(8, 1, -1) AS n;

-- Default connections: one for each owner; the new one takes the place of the old.
SELECT alias FROM jira_connections() WHERE is_default;
SELECT jira_alter_connection('child', is_default => true);
SELECT alias FROM jira_connections() WHERE is_default;
SELECT jira_alter_connection('child', is_default => true);
SELECT jira_create_connection('newest', 'https://n.example', 'u@example.com', 'secret', is_default => true);
SELECT alias FROM jira_connections() WHERE is_default;
SELECT attempt($$SELECT jira_create_connection('cloud', 'https://n.example', 'u@example.com', 'secret', is_default => true)$$);
SELECT alias FROM jira_connections() WHERE is_default;
SELECT jira_alter_connection('newest', is_default => false);
SELECT alias FROM jira_connections() WHERE is_default;
SELECT attempt('SELECT count(*) FROM jira_lookup_server()');
RESET ROLE;
-- The default one of a group's is changed by a member; the member's own stays.
GRANT regress_team TO regress_ann;
GRANT jira_spoke_admin TO regress_team;
SET ROLE regress_team;
SELECT jira_create_connection('team1', 'https://t1.example', 'u@example.com', 'secret', is_default => true);
SELECT jira_create_connection('team2', 'https://t2.example', 'u@example.com', 'secret');
SET ROLE regress_ann;
SELECT jira_alter_connection('newest', is_default => true);
SELECT jira_alter_connection('team2', is_default => true);
SELECT alias, owner FROM jira_connections() WHERE is_default ORDER BY alias;

-- Grants.
SELECT jira_grant_connection('cloud', 'regress_bob');
SELECT jira_grant_connection('cloud', 'regress_bob');
SELECT jira_grant_connection('cloud', 'regress_team');
SELECT granted FROM jira_connections() WHERE alias = 'cloud';
SELECT jira_revoke_connection('cloud', 'regress_bob');
SELECT jira_revoke_connection('cloud', 'regress_bob');
SELECT granted FROM jira_connections() WHERE alias = 'cloud';
SELECT what, attempt(query)
FROM (VALUES
    ('no role', $$SELECT jira_grant_connection('cloud', NULL)$$),
    ('no role', $$SELECT jira_revoke_connection('cloud', NULL)$$),
    ('no such role', $$SELECT jira_grant_connection('cloud', 'regress_nobody')$$),
    ('no name', $$SELECT jira_grant_connection(NULL, 'regress_bob')$$),
    ('no name', $$SELECT jira_revoke_connection('', 'regress_bob')$$),
    ('no name', $$SELECT jira_drop_connection(NULL)$$),
    ('not there', $$SELECT jira_grant_connection('nobody', 'regress_bob')$$),
    ('not there', $$SELECT jira_revoke_connection('nobody', 'regress_bob')$$),
    ('not there', $$SELECT jira_drop_connection('nobody')$$)
) AS refused (what, query);

-- What is another's is as if it were not there.
SELECT jira_grant_connection('three', 'regress_bob');
SET ROLE regress_bob;
SELECT alias, owner FROM jira_connections();
SELECT name, attempt(format('SELECT jira_alter_connection(%L, username => ''x@example.com'')', name)) AS alter,
       attempt(format('SELECT jira_drop_connection(%L)', name)) AS drop,
       attempt(format('SELECT jira_grant_connection(%L, ''regress_bob'')', name)) AS grant
FROM (VALUES ('three'), ('server'), ('nobody')) AS names (name);
SELECT name, attempt(format('SELECT ok FROM jira_test_connection(%L)', name)) AS use,
       attempt(format('SELECT jira_create_connection(''mine'', parent => %L)', name)) AS parent
FROM (VALUES ('server'), ('nobody')) AS names (name);

RESET ROLE;
-- A table of secrets with more columns than the library knows, as after an
-- update of the extension in another session.
BEGIN;
ALTER TABLE jira_spoke.credential ADD COLUMN more text;
SELECT query, attempt(query)
FROM (VALUES
    ($$SELECT jira_create_connection('grown', 'https://example.com', 'ann@example.com', 'token')$$),
    ($$SELECT jira_lookup_issue('OPS-1', connection => 'server')$$),
    ($$SELECT jira_rotate_key()$$)
) AS queries (query);
ROLLBACK;

-- Nothing was left behind: each secret has its connection, and says where to.
SELECT alias, origin FROM jira_spoke.credential ORDER BY alias;
SELECT count(jira_drop_connection(name)) FROM (SELECT name FROM jira_spoke.alias ORDER BY name DESC) AS n
WHERE name NOT IN ('server', 'child');
SELECT jira_drop_connection('child'), jira_drop_connection('server');
SELECT (SELECT count(*) FROM jira_spoke.alias) + (SELECT count(*) FROM jira_spoke.connection)
     + (SELECT count(*) FROM jira_spoke.credential) AS left;

DROP FUNCTION http_urls, attempt_url, attempt;
DROP EXTENSION jira_spoke;
DROP ROLE regress_ann, regress_bob, regress_team;
