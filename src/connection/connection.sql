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
    is_default boolean NOT NULL DEFAULT false,
    created timestamptz NOT NULL DEFAULT pg_catalog.now()
);
COMMENT ON TABLE jira_spoke.alias IS
    'names of connections to Jira; a role sees those it owns or was granted';

CREATE UNIQUE INDEX alias_one_default ON jira_spoke.alias (owner) WHERE is_default;

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
COMMENT ON COLUMN jira_spoke.connection.parent IS
    'alias whose settings are taken where this one has none; here, since pg_dump warns of a table that refers to itself';
COMMENT ON COLUMN jira_spoke.connection.certificate_origin IS
    'the only origin that the client certificate among the options is used for';

ALTER TABLE jira_spoke.alias ENABLE ROW LEVEL SECURITY;
ALTER TABLE jira_spoke.alias FORCE ROW LEVEL SECURITY;
ALTER TABLE jira_spoke.connection ENABLE ROW LEVEL SECURITY;
ALTER TABLE jira_spoke.connection FORCE ROW LEVEL SECURITY;

CREATE POLICY usable ON jira_spoke.alias FOR SELECT
    USING (pg_catalog.pg_has_role(owner, 'USAGE')
           OR EXISTS (SELECT FROM pg_catalog.unnest(granted) AS g (role)
                      WHERE pg_catalog.pg_has_role(g.role, 'USAGE')));

CREATE POLICY usable ON jira_spoke.connection FOR SELECT
    USING (EXISTS (SELECT FROM jira_spoke.alias AS a
                   WHERE a.name OPERATOR(pg_catalog.=) connection.alias));
