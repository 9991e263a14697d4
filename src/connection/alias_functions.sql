-- The functions that make, change, grant, drop and list connections.

CREATE FUNCTION @extschema@.jira_create_connection(
    alias text,
    url text DEFAULT NULL,
    username text DEFAULT NULL,
    secret text DEFAULT NULL,
    auth text DEFAULT 'basic',
    server_type text DEFAULT 'cloud',
    api_version integer DEFAULT 2,
    scoped boolean DEFAULT false,
    cloud_id text DEFAULT NULL,
    oauth_application text DEFAULT NULL,
    parent text DEFAULT NULL,
    is_default boolean DEFAULT false,
    options jsonb DEFAULT NULL,
    secret_file text DEFAULT NULL)
RETURNS void
LANGUAGE C VOLATILE PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'jira_create_connection';
COMMENT ON FUNCTION @extschema@.jira_create_connection IS
    'Stores a connection to Jira under a name. auth: basic (e-mail and API token on Cloud; user and password on Server up to 10, or where allowed), bearer (personal access token of Server) or oauth2 (with an OAuth 2.0 application). A statement with a secret in it may end up in logs: better let it come later, through the command jira_spoke_secret or the view jira_spoke.secret_entry, or from the first line of secret_file on the server (members of pg_read_server_files). With a parent, what is left out is taken from it. options: an object with any of ca_file, client_certificate, client_key, proxy, connect_timeout, timeout, max_response_size, requests_per_second, allowed_hosts.';

CREATE FUNCTION @extschema@.jira_alter_connection(
    alias text,
    url text DEFAULT NULL,
    username text DEFAULT NULL,
    secret text DEFAULT NULL,
    auth text DEFAULT NULL,
    server_type text DEFAULT NULL,
    api_version integer DEFAULT NULL,
    scoped boolean DEFAULT NULL,
    cloud_id text DEFAULT NULL,
    oauth_application text DEFAULT NULL,
    parent text DEFAULT NULL,
    is_default boolean DEFAULT NULL,
    options jsonb DEFAULT NULL,
    secret_file text DEFAULT NULL,
    owner regrole DEFAULT NULL)
RETURNS void
LANGUAGE C VOLATILE PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'jira_alter_connection';
COMMENT ON FUNCTION @extschema@.jira_alter_connection IS
    'Changes what is given of a connection and leaves the rest alone. Among the options, null removes one. A URL that leads to another host needs the secret again. owner: gives it to another role; a superuser may, or a member of both the owner and that role.';

CREATE FUNCTION @extschema@.jira_drop_connection(alias text)
RETURNS void
LANGUAGE C VOLATILE PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'jira_drop_connection';
COMMENT ON FUNCTION @extschema@.jira_drop_connection IS
    'Removes a connection and its secret.';

CREATE FUNCTION @extschema@.jira_grant_connection(
    alias text,
    role regrole,
    access text DEFAULT 'write')
RETURNS void
LANGUAGE C VOLATILE PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'jira_grant_connection';
COMMENT ON FUNCTION @extschema@.jira_grant_connection IS
    'Lets a role use a connection, without ever seeing its secret. access: write, or read for requests that change nothing in Jira. Granting again changes it; of several grants, by membership, the strongest counts. To call functions the role also needs to be a member of jira_spoke_reader, or of jira_spoke_user to write.';

CREATE FUNCTION @extschema@.jira_revoke_connection(alias text, role regrole)
RETURNS void
LANGUAGE C VOLATILE PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'jira_revoke_connection';
COMMENT ON FUNCTION @extschema@.jira_revoke_connection IS
    'Takes back the use of a connection from a role.';

CREATE FUNCTION @extschema@.jira_use_connection(alias text)
RETURNS void
LANGUAGE C VOLATILE PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'jira_use_connection';
COMMENT ON FUNCTION @extschema@.jira_use_connection IS
    'Makes a connection that the current role may use its default one: calls that name none use it, in all sessions of the role. NULL gives it up.';

CREATE TYPE @extschema@.jira_connection AS (
    alias text,
    url text,
    server_type text,
    api_version integer,
    auth text,
    username text,
    owner regrole,
    is_default boolean,
    parent text,
    scoped boolean,
    cloud_id text,
    granted regrole[],
    oauth_application text,
    token_expires timestamptz,
    sign_in_problem text,
    options jsonb,
    access text,
    readers regrole[]
);
COMMENT ON TYPE @extschema@.jira_connection IS
    'a connection, without its secret; NULL: as the parent';
COMMENT ON COLUMN @extschema@.jira_connection.alias IS 'name of the connection';
COMMENT ON COLUMN @extschema@.jira_connection.url IS 'base URL of the site';
COMMENT ON COLUMN @extschema@.jira_connection.server_type IS 'cloud or server (Data Center, too)';
COMMENT ON COLUMN @extschema@.jira_connection.api_version IS 'version of the REST API: 2 or 3';
COMMENT ON COLUMN @extschema@.jira_connection.auth IS 'how it signs in: basic, bearer or oauth2';
COMMENT ON COLUMN @extschema@.jira_connection.username IS 'e-mail address of the account (on Data Center the user name)';
COMMENT ON COLUMN @extschema@.jira_connection.parent IS 'alias whose settings are taken where this one has none';
COMMENT ON COLUMN @extschema@.jira_connection.scoped IS 'whether its API token has scopes';
COMMENT ON COLUMN @extschema@.jira_connection.cloud_id IS 'id of the site, for tokens with scopes and OAuth 2.0';
COMMENT ON COLUMN @extschema@.jira_connection.oauth_application IS 'the OAuth 2.0 application that it signs in with';
COMMENT ON COLUMN @extschema@.jira_connection.token_expires IS 'when its access token ends; it is renewed before';
COMMENT ON COLUMN @extschema@.jira_connection.sign_in_problem IS 'why it cannot sign in; NULL: nothing is known against it';
COMMENT ON COLUMN @extschema@.jira_connection.options IS 'further options: see jira_create_connection';
COMMENT ON COLUMN @extschema@.jira_connection.owner IS
    'NULL: the role was dropped';
COMMENT ON COLUMN @extschema@.jira_connection.is_default IS
    'whether calls of the current role that name none use it';
COMMENT ON COLUMN @extschema@.jira_connection.granted IS
    'roles that may use it besides the owner';
COMMENT ON COLUMN @extschema@.jira_connection.readers IS
    'those of them that may only read';
COMMENT ON COLUMN @extschema@.jira_connection.access IS
    'what the current user may do with it: write, read, or nothing (NULL)';

CREATE FUNCTION @extschema@.jira_connections()
RETURNS SETOF @extschema@.jira_connection
LANGUAGE sql STABLE PARALLEL SAFE ROWS 10
SET search_path = pg_catalog, pg_temp
AS $$
    SELECT a.name, c.url, c.server_type, c.api_version, c.auth, c.username,
           (SELECT r.oid FROM pg_catalog.pg_roles AS r WHERE r.oid OPERATOR(pg_catalog.=) a.owner),
           COALESCE(a.name OPERATOR(pg_catalog.=) u.alias,
                    a.is_default AND a.owner OPERATOR(pg_catalog.=) me.oid),
           c.parent, c.scoped, c.cloud_id,
           ARRAY(SELECT r.oid::pg_catalog.regrole
                 FROM pg_catalog.unnest(a.writers OPERATOR(pg_catalog.||) a.readers) AS g (role)
                 JOIN pg_catalog.pg_roles AS r ON r.oid OPERATOR(pg_catalog.=) g.role),
           c.oauth_application, s.expires,
           CASE WHEN s.blocked_until OPERATOR(pg_catalog.>) pg_catalog.now()
                THEN 'Jira wants a CAPTCHA to be solved' ELSE s.problem END,
           c.options,
           CASE WHEN pg_catalog.pg_has_role(a.owner, 'USAGE')
                  OR EXISTS (SELECT FROM pg_catalog.unnest(a.writers) AS g (role)
                             WHERE pg_catalog.pg_has_role(g.role, 'USAGE')) THEN 'write'
                WHEN EXISTS (SELECT FROM pg_catalog.unnest(a.readers) AS g (role)
                             WHERE pg_catalog.pg_has_role(g.role, 'USAGE')) THEN 'read' END,
           ARRAY(SELECT r.oid::pg_catalog.regrole
                 FROM pg_catalog.unnest(a.readers) AS g (role)
                 JOIN pg_catalog.pg_roles AS r ON r.oid OPERATOR(pg_catalog.=) g.role)
    FROM pg_catalog.pg_roles AS me
    LEFT JOIN jira_spoke.alias_in_use AS u ON u.role OPERATOR(pg_catalog.=) me.oid
    CROSS JOIN jira_spoke.alias AS a
    JOIN jira_spoke.connection AS c ON c.alias OPERATOR(pg_catalog.=) a.name
    LEFT JOIN jira_spoke.sign_in AS s ON s.alias OPERATOR(pg_catalog.=) a.name
    WHERE me.rolname OPERATOR(pg_catalog.=) CURRENT_USER
    ORDER BY a.name
$$;
COMMENT ON FUNCTION @extschema@.jira_connections IS
    'The connections that the caller may use, without their secrets. What is NULL comes from the parent.';
