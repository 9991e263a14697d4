-- Roles, and the tables of connections.  Roles belong to the whole cluster and
-- may be there already, made for another database.

DO $roles$
BEGIN
    IF NOT EXISTS (SELECT FROM pg_catalog.pg_roles
                   WHERE rolname OPERATOR(pg_catalog.=) 'jira_spoke_reader') THEN
        CREATE ROLE jira_spoke_reader NOLOGIN;
    END IF;
    IF NOT EXISTS (SELECT FROM pg_catalog.pg_roles
                   WHERE rolname OPERATOR(pg_catalog.=) 'jira_spoke_user') THEN
        CREATE ROLE jira_spoke_user NOLOGIN;
    END IF;
    IF NOT EXISTS (SELECT FROM pg_catalog.pg_roles
                   WHERE rolname OPERATOR(pg_catalog.=) 'jira_spoke_admin') THEN
        CREATE ROLE jira_spoke_admin NOLOGIN;
    END IF;
    IF NOT pg_catalog.pg_has_role('jira_spoke_user', 'jira_spoke_reader', 'USAGE') THEN
        GRANT jira_spoke_reader TO jira_spoke_user;
    END IF;
    IF NOT pg_catalog.pg_has_role('jira_spoke_admin', 'jira_spoke_user', 'USAGE') THEN
        GRANT jira_spoke_user TO jira_spoke_admin;
    END IF;
END
$roles$;

-- A role in a table: pg_dump writes its name, and a restore that misses the role
-- reads "-", nobody.  Of a regrole, one missing role would cost the whole table,
-- and a number would be read as the role that has it by chance.
CREATE TYPE jira_spoke.role;

CREATE FUNCTION jira_spoke.role_in(cstring)
RETURNS jira_spoke.role
LANGUAGE C STABLE STRICT PARALLEL SAFE
AS 'MODULE_PATHNAME', 'jira_role_in';
COMMENT ON FUNCTION jira_spoke.role_in IS
    'input of type role: the name of a role; one that is missing becomes "-", with a warning';

CREATE FUNCTION jira_spoke.role_out(jira_spoke.role)
RETURNS cstring
LANGUAGE C STABLE STRICT PARALLEL SAFE
AS 'MODULE_PATHNAME', 'jira_role_out';
COMMENT ON FUNCTION jira_spoke.role_out IS
    'output of type role: its name, quoted where SQL needs it; "-" for one that does not exist';

CREATE TYPE jira_spoke.role (
    INPUT = jira_spoke.role_in,
    OUTPUT = jira_spoke.role_out,
    INTERNALLENGTH = 4,
    ALIGNMENT = int4,
    PASSEDBYVALUE
);
COMMENT ON TYPE jira_spoke.role IS
    'a role that may be dropped: then it is nobody, and "-"';

CREATE CAST (jira_spoke.role AS pg_catalog.oid) WITHOUT FUNCTION AS IMPLICIT;
COMMENT ON CAST (jira_spoke.role AS pg_catalog.oid) IS 'a stored role, which may not exist';
CREATE CAST (pg_catalog.oid AS jira_spoke.role) WITHOUT FUNCTION AS ASSIGNMENT;
COMMENT ON CAST (pg_catalog.oid AS jira_spoke.role) IS 'a role to be stored';
CREATE CAST (pg_catalog.regrole AS jira_spoke.role) WITHOUT FUNCTION AS ASSIGNMENT;
COMMENT ON CAST (pg_catalog.regrole AS jira_spoke.role) IS 'a role to be stored';

CREATE TABLE jira_spoke.alias (
    name text PRIMARY KEY CHECK (name OPERATOR(pg_catalog.<>) ''),
    owner jira_spoke.role NOT NULL,
    writers jira_spoke.role[] NOT NULL DEFAULT '{}',
    readers jira_spoke.role[] NOT NULL DEFAULT '{}',
    is_default boolean NOT NULL DEFAULT false,
    created timestamptz NOT NULL DEFAULT pg_catalog.now()
);
COMMENT ON TABLE jira_spoke.alias IS
    'names of connections to Jira; a role sees those it owns or was granted';
COMMENT ON COLUMN jira_spoke.alias.name IS 'name of the connection';
COMMENT ON COLUMN jira_spoke.alias.owner IS 'role that owns it';
COMMENT ON COLUMN jira_spoke.alias.is_default IS 'whether it is its owner''s connection for calls that name none';
COMMENT ON COLUMN jira_spoke.alias.created IS 'when it was made';
COMMENT ON COLUMN jira_spoke.alias.writers IS 'roles that were granted it, to read and write';
COMMENT ON COLUMN jira_spoke.alias.readers IS 'roles that were granted it, to read only';

CREATE UNIQUE INDEX alias_one_default ON jira_spoke.alias (owner pg_catalog.oid_ops)
    WHERE is_default AND owner OPERATOR(pg_catalog.<>) '0'::pg_catalog.oid;


CREATE TABLE jira_spoke.alias_in_use (
    role jira_spoke.role NOT NULL,
    alias text NOT NULL REFERENCES jira_spoke.alias ON UPDATE CASCADE ON DELETE CASCADE,
    id pg_catalog.uuid PRIMARY KEY DEFAULT pg_catalog.gen_random_uuid()
);
COMMENT ON TABLE jira_spoke.alias_in_use IS
    'the alias that a role has chosen with jira_use_connection for calls that name none';
COMMENT ON COLUMN jira_spoke.alias_in_use.role IS 'role that has chosen';
COMMENT ON COLUMN jira_spoke.alias_in_use.alias IS 'the connection that it uses for calls that name none';
COMMENT ON COLUMN jira_spoke.alias_in_use.id IS
    'for a publication of all tables: several roles that are missing after a restore look alike';

CREATE UNIQUE INDEX alias_in_use_role ON jira_spoke.alias_in_use (role pg_catalog.oid_ops)
    WHERE role OPERATOR(pg_catalog.<>) '0'::pg_catalog.oid;

CREATE TABLE jira_spoke.connection (
    alias text PRIMARY KEY
        REFERENCES jira_spoke.alias ON UPDATE CASCADE ON DELETE CASCADE,
    parent text REFERENCES jira_spoke.alias,
    url text,
    server_type text CHECK (server_type OPERATOR(pg_catalog.=) ANY (ARRAY['cloud', 'server'])),
    api_version integer CHECK (api_version OPERATOR(pg_catalog.=) ANY (ARRAY[2, 3])),
    auth text CHECK (auth OPERATOR(pg_catalog.=) ANY (ARRAY['basic', 'bearer', 'oauth2'])),
    username text,
    scoped boolean,
    cloud_id text,
    oauth_application text,
    options jsonb,
    certificate_origin text
);
COMMENT ON TABLE jira_spoke.connection IS
    'where a connection leads and how it signs in; NULL: as its parent';
COMMENT ON COLUMN jira_spoke.connection.alias IS 'name of the connection';
COMMENT ON COLUMN jira_spoke.connection.url IS 'base URL of the site';
COMMENT ON COLUMN jira_spoke.connection.server_type IS 'cloud or server (Data Center, too)';
COMMENT ON COLUMN jira_spoke.connection.api_version IS 'version of the REST API: 2 or 3';
COMMENT ON COLUMN jira_spoke.connection.auth IS 'how it signs in: basic, bearer or oauth2';
COMMENT ON COLUMN jira_spoke.connection.username IS 'e-mail address of the account (on Data Center the user name)';
COMMENT ON COLUMN jira_spoke.connection.scoped IS 'whether its API token has scopes';
COMMENT ON COLUMN jira_spoke.connection.cloud_id IS 'id of the site, for tokens with scopes and OAuth 2.0';
COMMENT ON COLUMN jira_spoke.connection.oauth_application IS 'the OAuth 2.0 application that it signs in with';
COMMENT ON COLUMN jira_spoke.connection.options IS 'further options: see jira_create_connection';
COMMENT ON COLUMN jira_spoke.connection.parent IS
    'alias whose settings are taken where this one has none; here, since pg_dump warns of a table that refers to itself';
COMMENT ON COLUMN jira_spoke.connection.certificate_origin IS
    'the only origin that the client certificate among the options is used for';

ALTER TABLE jira_spoke.alias ENABLE ROW LEVEL SECURITY;
ALTER TABLE jira_spoke.alias FORCE ROW LEVEL SECURITY;
ALTER TABLE jira_spoke.alias_in_use ENABLE ROW LEVEL SECURITY;
ALTER TABLE jira_spoke.alias_in_use FORCE ROW LEVEL SECURITY;
ALTER TABLE jira_spoke.connection ENABLE ROW LEVEL SECURITY;
ALTER TABLE jira_spoke.connection FORCE ROW LEVEL SECURITY;

CREATE POLICY usable ON jira_spoke.alias FOR SELECT
    USING (pg_catalog.pg_has_role(owner, 'USAGE')
           OR EXISTS (SELECT FROM pg_catalog.unnest(writers OPERATOR(pg_catalog.||) readers) AS g (role)
                      WHERE pg_catalog.pg_has_role(g.role, 'USAGE')));

-- What a dropped role leaves behind is seen by those who can clear it up.
CREATE POLICY ownerless ON jira_spoke.alias FOR SELECT
    USING (NOT EXISTS (SELECT FROM pg_catalog.pg_roles AS r WHERE r.oid OPERATOR(pg_catalog.=) owner)
           AND pg_catalog.pg_has_role('jira_spoke_admin', 'USAGE'));

CREATE POLICY own ON jira_spoke.alias_in_use FOR SELECT
    USING (pg_catalog.pg_has_role(role, 'USAGE'));

CREATE POLICY usable ON jira_spoke.connection FOR SELECT
    USING (EXISTS (SELECT FROM jira_spoke.alias AS a
                   WHERE a.name OPERATOR(pg_catalog.=) connection.alias));
