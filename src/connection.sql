-- Roles, and the tables of connections.  Roles belong to the whole cluster and
-- may be there already, made for another database.

CREATE SCHEMA jira_spoke;
COMMENT ON SCHEMA jira_spoke IS 'connections to Jira and their administration';

DO $roles$
BEGIN
    IF NOT EXISTS (SELECT FROM pg_catalog.pg_roles
                   WHERE rolname OPERATOR(pg_catalog.=) 'jira_spoke_user') THEN
        CREATE ROLE jira_spoke_user NOLOGIN;
    END IF;
    IF NOT EXISTS (SELECT FROM pg_catalog.pg_roles
                   WHERE rolname OPERATOR(pg_catalog.=) 'jira_spoke_admin') THEN
        CREATE ROLE jira_spoke_admin NOLOGIN;
    END IF;
    IF NOT pg_catalog.pg_has_role('jira_spoke_admin', 'jira_spoke_user', 'USAGE') THEN
        GRANT jira_spoke_user TO jira_spoke_admin;
    END IF;
END
$roles$;

CREATE TABLE jira_spoke.alias (
    name text PRIMARY KEY CHECK (name OPERATOR(pg_catalog.<>) ''),
    owner regrole NOT NULL,
    granted regrole[] NOT NULL DEFAULT '{}',
    parent text REFERENCES jira_spoke.alias,
    is_default boolean NOT NULL DEFAULT false,
    created timestamptz NOT NULL DEFAULT pg_catalog.now()
);
COMMENT ON TABLE jira_spoke.alias IS
    'names of connections to Jira; a role sees those it owns or was granted';
COMMENT ON COLUMN jira_spoke.alias.parent IS
    'alias whose settings are taken where this one has none';

CREATE UNIQUE INDEX alias_one_default ON jira_spoke.alias (owner) WHERE is_default;

CREATE TABLE jira_spoke.connection (
    alias text PRIMARY KEY
        REFERENCES jira_spoke.alias ON UPDATE CASCADE ON DELETE CASCADE,
    url text,
    server_type text CHECK (server_type OPERATOR(pg_catalog.=) ANY (ARRAY['cloud', 'server'])),
    api_version integer CHECK (api_version OPERATOR(pg_catalog.=) ANY (ARRAY[2, 3])),
    auth text CHECK (auth OPERATOR(pg_catalog.=) ANY (ARRAY['basic', 'bearer', 'oauth2'])),
    username text,
    scoped boolean,
    cloud_id text,
    oauth_application text
);
COMMENT ON TABLE jira_spoke.connection IS
    'where a connection leads and how it signs in; NULL: as its parent';

-- Without casts and operators, so that nothing but its output function tells
-- what a secret is, and that tells only superusers.  ANALYZE keeps none either.
CREATE TYPE jira_spoke.secret;

CREATE FUNCTION jira_spoke.secret_in(cstring)
RETURNS jira_spoke.secret
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE
AS 'MODULE_PATHNAME', 'jira_secret_in';
COMMENT ON FUNCTION jira_spoke.secret_in IS 'input of type secret';

CREATE FUNCTION jira_spoke.secret_out(jira_spoke.secret)
RETURNS cstring
LANGUAGE C STABLE STRICT PARALLEL SAFE
AS 'MODULE_PATHNAME', 'jira_secret_out';
COMMENT ON FUNCTION jira_spoke.secret_out IS 'output of type secret: asterisks but for superusers';

CREATE TYPE jira_spoke.secret (
    INPUT = jira_spoke.secret_in,
    OUTPUT = jira_spoke.secret_out,
    STORAGE = extended
);
COMMENT ON TYPE jira_spoke.secret IS 'a text that only superusers can read';

CREATE TABLE jira_spoke.credential (
    alias text PRIMARY KEY
        REFERENCES jira_spoke.alias ON UPDATE CASCADE ON DELETE CASCADE,
    origin text NOT NULL,
    secret jira_spoke.secret NOT NULL
);
COMMENT ON TABLE jira_spoke.credential IS
    'secrets, each with the only origin it may be sent to; used by the extension, read by nobody';

ALTER TABLE jira_spoke.alias ENABLE ROW LEVEL SECURITY;
ALTER TABLE jira_spoke.alias FORCE ROW LEVEL SECURITY;
ALTER TABLE jira_spoke.connection ENABLE ROW LEVEL SECURITY;
ALTER TABLE jira_spoke.connection FORCE ROW LEVEL SECURITY;
ALTER TABLE jira_spoke.credential ENABLE ROW LEVEL SECURITY;
ALTER TABLE jira_spoke.credential FORCE ROW LEVEL SECURITY;

CREATE POLICY usable ON jira_spoke.alias FOR SELECT
    USING (pg_catalog.pg_has_role(owner, 'USAGE')
           OR EXISTS (SELECT FROM pg_catalog.unnest(granted) AS g (role)
                      WHERE pg_catalog.pg_has_role(g.role, 'USAGE')));

CREATE POLICY usable ON jira_spoke.connection FOR SELECT
    USING (EXISTS (SELECT FROM jira_spoke.alias AS a
                   WHERE a.name OPERATOR(pg_catalog.=) connection.alias));

-- jira_spoke.credential has no policy: no query sees a row of it.

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
    is_default boolean DEFAULT false)
RETURNS void
LANGUAGE C VOLATILE PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'jira_create_connection';
COMMENT ON FUNCTION @extschema@.jira_create_connection IS
    'Stores a connection to Jira under a name. auth: basic (e-mail and API token on Cloud, user and password on Server) or bearer (personal access token). With a parent, options that are left out are taken from it.';

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
    is_default boolean DEFAULT NULL)
RETURNS void
LANGUAGE C VOLATILE PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'jira_alter_connection';
COMMENT ON FUNCTION @extschema@.jira_alter_connection IS
    'Changes the options given of a connection and leaves the others alone. A URL that leads to another host needs the secret again.';

CREATE FUNCTION @extschema@.jira_drop_connection(alias text)
RETURNS void
LANGUAGE C VOLATILE PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'jira_drop_connection';
COMMENT ON FUNCTION @extschema@.jira_drop_connection IS
    'Removes a connection and its secret.';

CREATE FUNCTION @extschema@.jira_grant_connection(alias text, role regrole)
RETURNS void
LANGUAGE C VOLATILE PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'jira_grant_connection';
COMMENT ON FUNCTION @extschema@.jira_grant_connection IS
    'Lets a role use a connection, without ever reading its secret. The role also needs to be a member of jira_spoke_user.';

CREATE FUNCTION @extschema@.jira_revoke_connection(alias text, role regrole)
RETURNS void
LANGUAGE C VOLATILE PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'jira_revoke_connection';
COMMENT ON FUNCTION @extschema@.jira_revoke_connection IS
    'Takes back the use of a connection from a role.';

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
    granted regrole[]
);
COMMENT ON TYPE @extschema@.jira_connection IS
    'a connection, without its secret; NULL: as the parent';

CREATE FUNCTION @extschema@.jira_connections()
RETURNS SETOF @extschema@.jira_connection
LANGUAGE sql STABLE PARALLEL SAFE ROWS 10
SET search_path = pg_catalog, pg_temp
AS $$
    SELECT a.name, c.url, c.server_type, c.api_version, c.auth, c.username,
           a.owner, a.is_default, a.parent, c.scoped, c.cloud_id, a.granted
    FROM jira_spoke.alias AS a
    JOIN jira_spoke.connection AS c ON c.alias OPERATOR(pg_catalog.=) a.name
    ORDER BY a.name
$$;
COMMENT ON FUNCTION @extschema@.jira_connections IS
    'The connections that the caller may use, without their secrets. What is NULL comes from the parent.';
