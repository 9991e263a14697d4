\echo Use "CREATE EXTENSION jira_spoke" to load this file. \quit
-- The schema of the extension, and whether the library is the one that these
-- declarations are for.  An upgrade begins with the SELECTs.

-- What is there before the script: nothing of a new extension, and of one that is
-- upgraded everything.  access.sql leaves its privileges alone.
SELECT pg_catalog.set_config('jira_spoke_script.found', COALESCE(
    (SELECT pg_catalog.array_agg(pg_catalog.format('%s %s', d.classid, d.objid))::pg_catalog.text
     FROM pg_catalog.pg_depend AS d
     JOIN pg_catalog.pg_extension AS e ON e.oid OPERATOR(pg_catalog.=) d.refobjid
     WHERE d.refclassid OPERATOR(pg_catalog.=) 'pg_catalog.pg_extension'::pg_catalog.regclass
       AND d.deptype OPERATOR(pg_catalog.=) 'e'
       AND e.extname OPERATOR(pg_catalog.=) 'jira_spoke'), '{}'), true);

CREATE SCHEMA jira_spoke;
COMMENT ON SCHEMA jira_spoke IS 'connections to Jira and their administration';

CREATE FUNCTION jira_spoke.library_version()
RETURNS text
LANGUAGE C STABLE STRICT PARALLEL SAFE
AS 'MODULE_PATHNAME', 'jira_library_version';
COMMENT ON FUNCTION jira_spoke.library_version IS
    'the version of the library that this session has loaded; an error if it is older than the extension in this database';

-- A server that preloads an older one has it until it is restarted.
SELECT jira_spoke.library_version();
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
-- Secrets: their type, their table, their keys.

-- Without casts and operators; a query that comes to read one gets what lies in
-- the table: a sealed text, of no use without a key that is not in the database.
CREATE TYPE jira_spoke.secret;

CREATE FUNCTION jira_spoke.secret_in(cstring)
RETURNS jira_spoke.secret
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE
AS 'MODULE_PATHNAME', 'jira_secret_in';
COMMENT ON FUNCTION jira_spoke.secret_in IS 'input of type secret: sealed texts only';

CREATE FUNCTION jira_spoke.secret_out(jira_spoke.secret)
RETURNS cstring
LANGUAGE C STABLE STRICT PARALLEL SAFE
AS 'MODULE_PATHNAME', 'jira_secret_out';
COMMENT ON FUNCTION jira_spoke.secret_out IS 'output of type secret: the sealed text';

CREATE TYPE jira_spoke.secret (
    INPUT = jira_spoke.secret_in,
    OUTPUT = jira_spoke.secret_out,
    STORAGE = extended
);
COMMENT ON TYPE jira_spoke.secret IS 'a text sealed with AES-256-GCM for one row and one host';

CREATE FUNCTION jira_spoke.key_id(secret jira_spoke.secret)
RETURNS text
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE
AS 'MODULE_PATHNAME', 'jira_secret_key_id';
COMMENT ON FUNCTION jira_spoke.key_id IS 'tells which key sealed a secret, and nothing else about either';

CREATE TABLE jira_spoke.credential (
    alias text PRIMARY KEY
        REFERENCES jira_spoke.alias ON UPDATE CASCADE ON DELETE CASCADE,
    origin text NOT NULL,
    secret jira_spoke.secret NOT NULL
);
COMMENT ON TABLE jira_spoke.credential IS
    'secrets, each with the only origin it may be sent to; used by the extension, read by nobody';

ALTER TABLE jira_spoke.credential ENABLE ROW LEVEL SECURITY;
ALTER TABLE jira_spoke.credential FORCE ROW LEVEL SECURITY;

-- There is no policy: no query sees a row of it.

CREATE TABLE jira_spoke.key_directory (
    key_id text NOT NULL,
    directory text NOT NULL
);
ALTER TABLE jira_spoke.key_directory REPLICA IDENTITY FULL;
COMMENT ON TABLE jira_spoke.key_directory IS
    'the data directory that a key was in, for those who look for it after pg_upgrade; read by nobody';

ALTER TABLE jira_spoke.key_directory ENABLE ROW LEVEL SECURITY;
ALTER TABLE jira_spoke.key_directory FORCE ROW LEVEL SECURITY;

CREATE FUNCTION @extschema@.jira_rotate_key()
RETURNS bigint
LANGUAGE C VOLATILE PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'jira_rotate_key';
COMMENT ON FUNCTION @extschema@.jira_rotate_key IS
    'Seals every secret anew with the first key of jira_spoke.key_file or jira_spoke.key_command and returns how many were sealed with another one before. What another transaction is changing is left as it is, with a warning, and counted all the same. When it returns 0 no other key is needed: call it again before you remove one, for a session that began before the change may have sealed with the old key since.';
-- OAuth 2.0: the applications registered with Jira, and what each connection's
-- sign-in has come to.

CREATE TABLE jira_spoke.oauth_application (
    name text PRIMARY KEY CHECK (name OPERATOR(pg_catalog.<>) ''),
    client_secret jira_spoke.secret,
    owner jira_spoke.role NOT NULL,
    client_id text NOT NULL,
    grant_type text NOT NULL
        CHECK (grant_type OPERATOR(pg_catalog.=) ANY (ARRAY['authorization_code', 'client_credentials'])),
    redirect_url text,
    scopes text[] NOT NULL,
    authorize_url text NOT NULL,
    token_url text NOT NULL,
    refresh_url text
);
COMMENT ON TABLE jira_spoke.oauth_application IS
    'applications registered with Atlassian or with a Data Center; a role sees its own';
COMMENT ON COLUMN jira_spoke.oauth_application.refresh_url IS
    'where tokens are renewed; NULL: at token_url';

ALTER TABLE jira_spoke.connection
    ADD FOREIGN KEY (oauth_application) REFERENCES jira_spoke.oauth_application;

CREATE TABLE jira_spoke.sign_in (
    alias text PRIMARY KEY
        REFERENCES jira_spoke.alias ON UPDATE CASCADE ON DELETE CASCADE,
    access_token jira_spoke.secret,
    refresh_token jira_spoke.secret,
    consent jira_spoke.secret,
    origin text,
    token_origin text,
    generation bigint NOT NULL DEFAULT 0,
    obtained timestamptz,
    expires timestamptz,
    asked timestamptz,
    problem text,
    blocked_until timestamptz
);
COMMENT ON TABLE jira_spoke.sign_in IS 'what signing in has come to: tokens, and what is in the way';
COMMENT ON COLUMN jira_spoke.sign_in.consent IS
    'state and code verifier of a consent that was asked for';
COMMENT ON COLUMN jira_spoke.sign_in.generation IS
    'how often the tokens were replaced';
COMMENT ON COLUMN jira_spoke.sign_in.problem IS
    'why the tokens are of no use any more, until somebody consents again';
COMMENT ON COLUMN jira_spoke.sign_in.blocked_until IS
    'Jira wants a CAPTCHA to be solved; until then it is left alone';

ALTER TABLE jira_spoke.oauth_application ENABLE ROW LEVEL SECURITY;
ALTER TABLE jira_spoke.oauth_application FORCE ROW LEVEL SECURITY;
ALTER TABLE jira_spoke.sign_in ENABLE ROW LEVEL SECURITY;
ALTER TABLE jira_spoke.sign_in FORCE ROW LEVEL SECURITY;

CREATE POLICY usable ON jira_spoke.oauth_application FOR SELECT
    USING (pg_catalog.pg_has_role(owner, 'USAGE'));

CREATE POLICY usable ON jira_spoke.sign_in FOR SELECT
    USING (EXISTS (SELECT FROM jira_spoke.alias AS a
                   WHERE a.name OPERATOR(pg_catalog.=) sign_in.alias));

CREATE FUNCTION @extschema@.jira_create_oauth_application(
    name text,
    client_id text,
    client_secret text DEFAULT NULL,
    redirect_url text DEFAULT NULL,
    scopes text[] DEFAULT ARRAY[
        'read:jira-work', 'write:jira-work', 'read:jira-user',
        'manage:jira-configuration', 'manage:jira-project', 'manage:jira-webhook',
        'read:board-scope:jira-software', 'read:sprint:jira-software',
        'write:sprint:jira-software', 'delete:sprint:jira-software',
        'read:issue-details:jira', 'read:jql:jira', 'read:project:jira',
        'offline_access'],
    authorize_url text DEFAULT 'https://auth.atlassian.com/authorize',
    token_url text DEFAULT 'https://auth.atlassian.com/oauth/token',
    grant_type text DEFAULT 'authorization_code',
    refresh_url text DEFAULT NULL)
RETURNS void
LANGUAGE C VOLATILE PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'jira_create_oauth_application';
COMMENT ON FUNCTION @extschema@.jira_create_oauth_application IS
    'Stores an OAuth 2.0 application under a name. The defaults are Atlassian''s; a Data Center has its own URLs (/rest/oauth2/latest/authorize and /token) and scopes (READ, WRITE, ADMIN, SYSTEM_ADMIN). grant_type: authorization_code (a person consents in a browser) or client_credentials (a service account). refresh_url: where tokens are renewed, on the host of token_url; NULL: at token_url itself.';

CREATE FUNCTION @extschema@.jira_alter_oauth_application(name text, owner regrole)
RETURNS void
LANGUAGE C VOLATILE PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'jira_alter_oauth_application';
COMMENT ON FUNCTION @extschema@.jira_alter_oauth_application IS
    'Gives an OAuth 2.0 application to another role. A superuser may, also when its owner was dropped, or a member of both the owner and that role.';

CREATE FUNCTION @extschema@.jira_drop_oauth_application(name text)
RETURNS void
LANGUAGE C VOLATILE PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'jira_drop_oauth_application';
COMMENT ON FUNCTION @extschema@.jira_drop_oauth_application IS
    'Removes an OAuth 2.0 application that no connection uses.';

CREATE FUNCTION @extschema@.jira_oauth_authorize_url(
    connection text DEFAULT NULL)
RETURNS text
LANGUAGE C VOLATILE PARALLEL UNSAFE COST 100000
AS 'MODULE_PATHNAME', 'jira_oauth_authorize_url';
COMMENT ON FUNCTION @extschema@.jira_oauth_authorize_url IS
    'The address at which a person consents, in a browser, that the connection signs in as them. Good for one hour and one use; jira_oauth_complete takes the address the browser ends on.';

CREATE FUNCTION @extschema@.jira_oauth_complete(
    redirected_url text,
    connection text DEFAULT NULL)
RETURNS void
LANGUAGE C VOLATILE PARALLEL UNSAFE COST 100000
AS 'MODULE_PATHNAME', 'jira_oauth_complete';
COMMENT ON FUNCTION @extschema@.jira_oauth_complete IS
    'Ends what jira_oauth_authorize_url began: takes the address on which the browser ended, fetches the tokens and finds the cloud id of the site.';
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
-- How a secret comes in without a statement that has it: what COPY ... FROM
-- STDIN sends is in no log, plan, statistic or history.

CREATE VIEW jira_spoke.secret_entry AS
    SELECT NULL::text AS connection, NULL::text AS oauth_application, NULL::text AS secret
    WHERE false;
COMMENT ON VIEW jira_spoke.secret_entry IS
    'takes the secret of a connection or of an OAuth 2.0 application, and shows nothing: \copy jira_spoke.secret_entry (connection, secret) FROM STDIN';

CREATE FUNCTION jira_spoke.enter_secret()
RETURNS trigger
LANGUAGE C VOLATILE PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'jira_enter_secret';
COMMENT ON FUNCTION jira_spoke.enter_secret IS
    'stores what is inserted into jira_spoke.secret_entry, sealed';

CREATE FUNCTION jira_spoke.hide_entry()
RETURNS trigger
LANGUAGE C VOLATILE PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'jira_hide_entry';
COMMENT ON FUNCTION jira_spoke.hide_entry IS
    'keeps lines that COPY cannot read out of its errors';

CREATE TRIGGER enter
    INSTEAD OF INSERT ON jira_spoke.secret_entry
    FOR EACH ROW EXECUTE FUNCTION jira_spoke.enter_secret();

CREATE TRIGGER hide
    BEFORE INSERT ON jira_spoke.secret_entry
    FOR EACH STATEMENT EXECUTE FUNCTION jira_spoke.hide_entry();

CREATE TRIGGER show
    AFTER INSERT ON jira_spoke.secret_entry
    FOR EACH STATEMENT EXECUTE FUNCTION jira_spoke.hide_entry();
-- The planner's support function of reads.  Its call also loads the library,
-- which then plans reads as scans that stream.

CREATE FUNCTION jira_spoke.jira_read_support(internal)
RETURNS internal
LANGUAGE C STRICT PARALLEL SAFE
AS 'MODULE_PATHNAME', 'jira_read_support';
COMMENT ON FUNCTION jira_spoke.jira_read_support IS
    'planner support function of every read';
-- Does a connection work?

CREATE TYPE @extschema@.jira_connection_test AS (
    ok boolean,
    account text,
    name text,
    server text,
    version text,
    milliseconds double precision,
    problem text
);
COMMENT ON TYPE @extschema@.jira_connection_test IS
    'whom a connection signs in as and where, or what is wrong with it';

CREATE FUNCTION @extschema@.jira_test_connection(
    connection text DEFAULT NULL)
RETURNS SETOF @extschema@.jira_connection_test
LANGUAGE C VOLATILE PARALLEL RESTRICTED COST 100000 ROWS 1
AS 'MODULE_PATHNAME', 'jira_test_connection';
COMMENT ON FUNCTION @extschema@.jira_test_connection IS
    'Signs in to Jira and tells who the account is, or what is wrong. A connection that does not work is a row, not an error.';
-- The entities of Jira, each a named composite type so that it can grow.  The
-- last attribute keeps what Jira sent.

CREATE TYPE @extschema@.jira_issue AS (
    id text,
    key text,
    project text,
    issue_type text,
    summary text,
    description text,
    status text,
    status_category text,
    priority text,
    resolution text,
    assignee text,
    assignee_name text,
    reporter text,
    reporter_name text,
    parent text,
    labels text[],
    components text[],
    fix_versions text[],
    created timestamptz,
    updated timestamptz,
    resolved timestamptz,
    due date,
    fields jsonb
);
COMMENT ON TYPE @extschema@.jira_issue IS
    'an issue; status_category is new, indeterminate or done, fields is what Jira sent';

CREATE TYPE @extschema@.jira_story AS (
    id text,
    key text,
    project text,
    issue_type text,
    summary text,
    description text,
    status text,
    status_category text,
    priority text,
    resolution text,
    assignee text,
    assignee_name text,
    reporter text,
    reporter_name text,
    parent text,
    labels text[],
    components text[],
    fix_versions text[],
    created timestamptz,
    updated timestamptz,
    resolved timestamptz,
    due date,
    story_points numeric,
    epic text,
    sprint_id bigint,
    sprint text,
    fields jsonb
);
COMMENT ON TYPE @extschema@.jira_story IS
    'a story: an issue with its estimate, its epic and the sprint it is or was last in';

CREATE TYPE @extschema@.jira_user AS (
    account text,
    name text,
    email text,
    active boolean,
    account_type text,
    time_zone text,
    raw jsonb
);
COMMENT ON TYPE @extschema@.jira_user IS
    'a user; account is the accountId on Cloud and the user name on Server';

CREATE TYPE @extschema@.jira_group AS (
    id text,
    name text,
    raw jsonb
);
COMMENT ON TYPE @extschema@.jira_group IS
    'a group; Server has no id for it';

CREATE TYPE @extschema@.jira_project AS (
    id text,
    key text,
    name text,
    project_type text,
    style text,
    lead text,
    lead_name text,
    category text,
    archived boolean,
    description text,
    url text,
    raw jsonb
);
COMMENT ON TYPE @extschema@.jira_project IS
    'a project';

CREATE TYPE @extschema@.jira_sprint AS (
    id bigint,
    name text,
    state text,
    goal text,
    board bigint,
    started timestamptz,
    ends timestamptz,
    completed timestamptz,
    raw jsonb
);
COMMENT ON TYPE @extschema@.jira_sprint IS
    'a sprint; state is future, active or closed';

CREATE TYPE @extschema@.jira_comment AS (
    id text,
    author text,
    author_name text,
    body text,
    created timestamptz,
    updated timestamptz,
    visibility jsonb,
    raw jsonb
);
COMMENT ON TYPE @extschema@.jira_comment IS
    'a comment on an issue';

CREATE TYPE @extschema@.jira_attachment AS (
    id text,
    filename text,
    mime_type text,
    size bigint,
    author text,
    author_name text,
    created timestamptz,
    content_url text,
    raw jsonb
);
COMMENT ON TYPE @extschema@.jira_attachment IS
    'a file attached to an issue; size is in bytes';

CREATE TYPE @extschema@.jira_field AS (
    id text,
    name text,
    custom boolean,
    type text,
    items text,
    custom_type text,
    clause_names text[],
    searchable boolean,
    raw jsonb
);
COMMENT ON TYPE @extschema@.jira_field IS
    'a field of issues; clause_names are its names in JQL';

CREATE TYPE @extschema@.jira_field_meta AS (
    issue_type text,
    field_id text,
    name text,
    required boolean,
    has_default boolean,
    type text,
    items text,
    custom_type text,
    operations text[],
    allowed_values jsonb,
    raw jsonb
);
COMMENT ON TYPE @extschema@.jira_field_meta IS
    'what a field takes when an issue is created or edited';
-- Audit management.

CREATE TYPE @extschema@.jira_audit_record AS (
    id bigint,
    created timestamptz,
    summary text,
    category text,
    event_source text,
    description text,
    remote_address text,
    author text,
    object_name text,
    object_type text,
    changed_values jsonb,
    raw jsonb
);
COMMENT ON TYPE @extschema@.jira_audit_record IS
    'a record of the audit log of Cloud and of Server up to version 9';

CREATE FUNCTION @extschema@.jira_lookup_audit_logs_stream(
    from_time timestamptz DEFAULT NULL,
    to_time timestamptz DEFAULT NULL,
    filter text DEFAULT NULL,
    connection text DEFAULT NULL)
RETURNS SETOF @extschema@.jira_audit_record
LANGUAGE C VOLATILE PARALLEL RESTRICTED COST 100000 ROWS 1000
SUPPORT jira_spoke.jira_read_support
AS 'MODULE_PATHNAME', 'jira_lookup_audit_logs_stream';
COMMENT ON FUNCTION @extschema@.jira_lookup_audit_logs_stream IS
    'The audit log of Cloud and of Server up to version 9. "filter" takes words separated by spaces.';

CREATE TYPE @extschema@.jira_audit_event AS (
    created timestamptz,
    category text,
    action text,
    author text,
    author_name text,
    source text,
    method text,
    node text,
    affected_objects jsonb,
    changed_values jsonb,
    raw jsonb
);
COMMENT ON TYPE @extschema@.jira_audit_event IS
    'an event of the audit log of Data Center 9 and later';

CREATE FUNCTION @extschema@.jira_lookup_audit_logs_stream_server10(
    from_time timestamptz DEFAULT NULL,
    to_time timestamptz DEFAULT NULL,
    categories text[] DEFAULT NULL,
    actions text[] DEFAULT NULL,
    search text DEFAULT NULL,
    connection text DEFAULT NULL)
RETURNS SETOF @extschema@.jira_audit_event
LANGUAGE C VOLATILE PARALLEL RESTRICTED COST 100000 ROWS 1000
SUPPORT jira_spoke.jira_read_support
AS 'MODULE_PATHNAME', 'jira_lookup_audit_logs_stream_server10';
COMMENT ON FUNCTION @extschema@.jira_lookup_audit_logs_stream_server10 IS
    'The audit log of Data Center 9 and later, with events instead of records. Categories and actions are named in the system language of Jira.';
-- Group management.

CREATE FUNCTION @extschema@.jira_add_user_to_group(
    group_name text,
    account text,
    connection text DEFAULT NULL)
RETURNS void
LANGUAGE C VOLATILE PARALLEL UNSAFE COST 100000
AS 'MODULE_PATHNAME', 'jira_add_user_to_group';
COMMENT ON FUNCTION @extschema@.jira_add_user_to_group IS
    'Makes a user a member of a group; on Cloud a group id does as well as a name.';

CREATE FUNCTION @extschema@.jira_create_group(
    group_name text,
    connection text DEFAULT NULL)
RETURNS text
LANGUAGE C VOLATILE PARALLEL UNSAFE COST 100000
AS 'MODULE_PATHNAME', 'jira_create_group';
COMMENT ON FUNCTION @extschema@.jira_create_group IS
    'Creates a group and returns its id on Cloud, its name on Server.';

CREATE FUNCTION @extschema@.jira_lookup_groups_stream(
    connection text DEFAULT NULL)
RETURNS SETOF @extschema@.jira_group
LANGUAGE C VOLATILE PARALLEL RESTRICTED COST 100000 ROWS 100
SUPPORT jira_spoke.jira_read_support
AS 'MODULE_PATHNAME', 'jira_lookup_groups_stream';
COMMENT ON FUNCTION @extschema@.jira_lookup_groups_stream IS
    'All groups; on Cloud only.';

CREATE FUNCTION @extschema@.jira_lookup_users_by_group_name_stream(
    group_name text,
    include_inactive boolean DEFAULT false,
    connection text DEFAULT NULL)
RETURNS SETOF @extschema@.jira_user
LANGUAGE C VOLATILE PARALLEL RESTRICTED COST 100000 ROWS 100
SUPPORT jira_spoke.jira_read_support
AS 'MODULE_PATHNAME', 'jira_lookup_users_by_group_name_stream';
COMMENT ON FUNCTION @extschema@.jira_lookup_users_by_group_name_stream IS
    'The members of a group; on Server those of nested groups too.';

CREATE FUNCTION @extschema@.jira_remove_group(
    group_name text,
    swap_group text DEFAULT NULL,
    connection text DEFAULT NULL)
RETURNS void
LANGUAGE C VOLATILE PARALLEL UNSAFE COST 100000
AS 'MODULE_PATHNAME', 'jira_remove_group';
COMMENT ON FUNCTION @extschema@.jira_remove_group IS
    'Deletes a group; what was restricted to it is restricted to swap_group then, or invisible.';

CREATE FUNCTION @extschema@.jira_remove_user_from_group(
    group_name text,
    account text,
    connection text DEFAULT NULL)
RETURNS void
LANGUAGE C VOLATILE PARALLEL UNSAFE COST 100000
AS 'MODULE_PATHNAME', 'jira_remove_user_from_group';
COMMENT ON FUNCTION @extschema@.jira_remove_user_from_group IS
    'Ends the membership of a user in a group.';
-- Issue management.

CREATE FUNCTION @extschema@.jira_lookup_issues_stream(
    jql text,
    fields text[] DEFAULT NULL,
    max_rows bigint DEFAULT NULL,
    expand text[] DEFAULT NULL,
    connection text DEFAULT NULL)
RETURNS SETOF @extschema@.jira_issue
LANGUAGE C VOLATILE PARALLEL RESTRICTED COST 100000 ROWS 1000
SUPPORT jira_spoke.jira_read_support
AS 'MODULE_PATHNAME', 'jira_lookup_issues_stream';
COMMENT ON FUNCTION @extschema@.jira_lookup_issues_stream IS
    'The issues that a JQL query finds. In FROM, rows stream as they are used, and only the fields of the columns used are asked for; "fields" adds more, by name or id, to the column fields, and "expand" what Jira adds to an issue, such as changelog. Data Center returns no more than the first 10,000, unless the JQL has no order or that of the keys: then the rest is asked for by key, else there is an error (54000).';

CREATE FUNCTION @extschema@.jira_lookup_issue(
    issue text,
    fields text[] DEFAULT NULL,
    expand text[] DEFAULT NULL,
    missing_ok boolean DEFAULT false,
    connection text DEFAULT NULL)
RETURNS SETOF @extschema@.jira_issue
LANGUAGE C VOLATILE PARALLEL RESTRICTED COST 100000 ROWS 1
SUPPORT jira_spoke.jira_read_support
AS 'MODULE_PATHNAME', 'jira_lookup_issue';
COMMENT ON FUNCTION @extschema@.jira_lookup_issue IS
    'One issue by key or id. One that does not exist, or that the account may not see, is an error (P0002); with "missing_ok" it gives no row, and neither does NULL. The column fields has what "fields" asks for and "expand" adds, such as changelog.';

CREATE FUNCTION @extschema@.jira_lookup_issues(
    issues text[],
    fields text[] DEFAULT NULL,
    connection text DEFAULT NULL)
RETURNS SETOF @extschema@.jira_issue
LANGUAGE C VOLATILE PARALLEL RESTRICTED COST 100000 ROWS 100
SUPPORT jira_spoke.jira_read_support
AS 'MODULE_PATHNAME', 'jira_lookup_issues';
COMMENT ON FUNCTION @extschema@.jira_lookup_issues IS
    'The issues with these keys or ids, a hundred in a request and several requests at a time. Keys that do not exist give no row.';

CREATE FUNCTION @extschema@.jira_count_issues(
    jql text,
    connection text DEFAULT NULL)
RETURNS bigint
LANGUAGE C VOLATILE PARALLEL RESTRICTED COST 100000
AS 'MODULE_PATHNAME', 'jira_count_issues';
COMMENT ON FUNCTION @extschema@.jira_count_issues IS
    'How many issues a JQL query finds, without fetching them; approximate on Cloud.';

CREATE FUNCTION @extschema@.jira_create_issue(
    project text,
    issue_type text,
    summary text,
    description text DEFAULT NULL,
    assignee text DEFAULT NULL,
    priority text DEFAULT NULL,
    labels text[] DEFAULT NULL,
    parent text DEFAULT NULL,
    fields jsonb DEFAULT NULL,
    connection text DEFAULT NULL)
RETURNS text
LANGUAGE C VOLATILE PARALLEL UNSAFE COST 100000
AS 'MODULE_PATHNAME', 'jira_create_issue';
COMMENT ON FUNCTION @extschema@.jira_create_issue IS
    'Creates an issue and returns its key. "fields" takes any other field by its name or id, with a value as one would write it, like {"Severity": "Major", "components": ["core"]}, or in Jira''s own form; a time, a number, a text and a list become what the field wants. Jira keeps the issue when the transaction rolls back.';

CREATE FUNCTION @extschema@.jira_add_comment(
    issue text,
    body text,
    visibility jsonb DEFAULT NULL,
    connection text DEFAULT NULL)
RETURNS text
LANGUAGE C VOLATILE PARALLEL UNSAFE COST 100000
AS 'MODULE_PATHNAME', 'jira_add_comment';
COMMENT ON FUNCTION @extschema@.jira_add_comment IS
    'Comments on an issue and returns the comment''s id. "visibility" restricts it, for example {"type": "role", "value": "Administrators"}.';

CREATE FUNCTION @extschema@.jira_update_issue(
    issue text,
    fields jsonb DEFAULT NULL,
    update jsonb DEFAULT NULL,
    summary text DEFAULT NULL,
    description text DEFAULT NULL,
    notify_users boolean DEFAULT true,
    connection text DEFAULT NULL)
RETURNS void
LANGUAGE C VOLATILE PARALLEL UNSAFE COST 100000
AS 'MODULE_PATHNAME', 'jira_update_issue';
COMMENT ON FUNCTION @extschema@.jira_update_issue IS
    'Changes an issue; null in "fields" clears a field. "update" takes Jira''s verbs, for example {"labels": [{"add": "urgent"}]}.';

CREATE FUNCTION @extschema@.jira_assign_issue(
    issue text,
    account text DEFAULT NULL,
    connection text DEFAULT NULL)
RETURNS void
LANGUAGE C VOLATILE PARALLEL UNSAFE COST 100000
AS 'MODULE_PATHNAME', 'jira_assign_issue';
COMMENT ON FUNCTION @extschema@.jira_assign_issue IS
    'Assigns an issue; NULL takes the assignee away, -1 assigns the default one of the project.';

CREATE FUNCTION @extschema@.jira_delete_issue(
    issue text,
    delete_subtasks boolean DEFAULT false,
    connection text DEFAULT NULL)
RETURNS void
LANGUAGE C VOLATILE PARALLEL UNSAFE COST 100000
AS 'MODULE_PATHNAME', 'jira_delete_issue';
COMMENT ON FUNCTION @extschema@.jira_delete_issue IS
    'Deletes an issue for good. One that has sub-tasks is refused unless delete_subtasks is true: they go too then.';

CREATE FUNCTION @extschema@.jira_do_transition(
    issue text,
    transition text,
    fields jsonb DEFAULT NULL,
    comment text DEFAULT NULL,
    resolution text DEFAULT NULL,
    connection text DEFAULT NULL)
RETURNS void
LANGUAGE C VOLATILE PARALLEL UNSAFE COST 100000
AS 'MODULE_PATHNAME', 'jira_do_transition';
COMMENT ON FUNCTION @extschema@.jira_do_transition IS
    'Moves an issue through its workflow. The transition is given by its id, else by its name, else by the status that it leads to; a name that is not unique is an error.';

CREATE TYPE @extschema@.jira_transition AS (
    id text,
    name text,
    to_status_id text,
    to_status text,
    to_status_category text,
    has_screen boolean,
    available boolean,
    fields jsonb,
    raw jsonb
);
COMMENT ON TYPE @extschema@.jira_transition IS
    'a transition that an issue can take; fields are those of its screen';

CREATE FUNCTION @extschema@.jira_lookup_transitions(
    issue text,
    connection text DEFAULT NULL)
RETURNS SETOF @extschema@.jira_transition
LANGUAGE C VOLATILE PARALLEL RESTRICTED COST 100000 ROWS 10
SUPPORT jira_spoke.jira_read_support
AS 'MODULE_PATHNAME', 'jira_lookup_transitions';
COMMENT ON FUNCTION @extschema@.jira_lookup_transitions IS
    'The transitions that the account may carry out on an issue now.';

CREATE FUNCTION @extschema@.jira_add_watcher(
    issue text,
    account text DEFAULT NULL,
    connection text DEFAULT NULL)
RETURNS void
LANGUAGE C VOLATILE PARALLEL UNSAFE COST 100000
AS 'MODULE_PATHNAME', 'jira_add_watcher';
COMMENT ON FUNCTION @extschema@.jira_add_watcher IS
    'Makes a user watch an issue; NULL is the account itself.';

CREATE FUNCTION @extschema@.jira_delete_watcher(
    issue text,
    account text,
    connection text DEFAULT NULL)
RETURNS void
LANGUAGE C VOLATILE PARALLEL UNSAFE COST 100000
AS 'MODULE_PATHNAME', 'jira_delete_watcher';
COMMENT ON FUNCTION @extschema@.jira_delete_watcher IS
    'Makes a user stop watching an issue.';

CREATE FUNCTION @extschema@.jira_lookup_watchers(
    issue text,
    connection text DEFAULT NULL)
RETURNS SETOF @extschema@.jira_user
LANGUAGE C VOLATILE PARALLEL RESTRICTED COST 100000 ROWS 10
SUPPORT jira_spoke.jira_read_support
AS 'MODULE_PATHNAME', 'jira_lookup_watchers';
COMMENT ON FUNCTION @extschema@.jira_lookup_watchers IS
    'Who watches an issue, as far as the account may see it.';

CREATE FUNCTION @extschema@.jira_copy_attachment(
    issue text,
    filename text,
    content bytea,
    mime_type text DEFAULT NULL,
    connection text DEFAULT NULL)
RETURNS text
LANGUAGE C VOLATILE PARALLEL UNSAFE COST 100000
AS 'MODULE_PATHNAME', 'jira_copy_attachment';
COMMENT ON FUNCTION @extschema@.jira_copy_attachment IS
    'Attaches a file to an issue and returns the id of the attachment.';

CREATE FUNCTION @extschema@.jira_delete_attachment(
    attachment text,
    connection text DEFAULT NULL)
RETURNS void
LANGUAGE C VOLATILE PARALLEL UNSAFE COST 100000
AS 'MODULE_PATHNAME', 'jira_delete_attachment';
COMMENT ON FUNCTION @extschema@.jira_delete_attachment IS
    'Deletes an attachment.';

CREATE FUNCTION @extschema@.jira_lookup_sprint_issues_stream(
    sprint bigint,
    jql text DEFAULT NULL,
    fields text[] DEFAULT NULL,
    max_rows bigint DEFAULT NULL,
    connection text DEFAULT NULL)
RETURNS SETOF @extschema@.jira_issue
LANGUAGE C VOLATILE PARALLEL RESTRICTED COST 100000 ROWS 100
SUPPORT jira_spoke.jira_read_support
AS 'MODULE_PATHNAME', 'jira_lookup_sprint_issues_stream';
COMMENT ON FUNCTION @extschema@.jira_lookup_sprint_issues_stream IS
    'The issues of a sprint, by rank; "jql" narrows them down and may give another order. Data Center returns no more than the first 10,000, unless the order is that of the keys: then the rest is asked for by key, else there is an error (54000).';

CREATE TYPE @extschema@.jira_issue_type_status AS (
    issue_type_id text,
    issue_type text,
    subtask boolean,
    status_id text,
    status text,
    status_category text,
    raw jsonb
);
COMMENT ON TYPE @extschema@.jira_issue_type_status IS
    'a status that issues of a type can have in a project';

CREATE FUNCTION @extschema@.jira_lookup_issue_type_statuses_by_project(
    project text,
    connection text DEFAULT NULL)
RETURNS SETOF @extschema@.jira_issue_type_status
LANGUAGE C VOLATILE PARALLEL RESTRICTED COST 100000 ROWS 20
SUPPORT jira_spoke.jira_read_support
AS 'MODULE_PATHNAME', 'jira_lookup_issue_type_statuses_by_project';
COMMENT ON FUNCTION @extschema@.jira_lookup_issue_type_statuses_by_project IS
    'The statuses of each issue type of a project. The project key is case-sensitive.';

CREATE TYPE @extschema@.jira_priority AS (
    id text,
    name text,
    description text,
    status_color text,
    icon_url text,
    is_default boolean,
    raw jsonb
);
COMMENT ON TYPE @extschema@.jira_priority IS
    'a priority';

CREATE FUNCTION @extschema@.jira_lookup_issue_priorities(
    priority text DEFAULT NULL,
    connection text DEFAULT NULL)
RETURNS SETOF @extschema@.jira_priority
LANGUAGE C VOLATILE PARALLEL RESTRICTED COST 100000 ROWS 5
SUPPORT jira_spoke.jira_read_support
AS 'MODULE_PATHNAME', 'jira_lookup_issue_priorities';
COMMENT ON FUNCTION @extschema@.jira_lookup_issue_priorities IS
    'The priorities, or the one with this id or name.';
-- Metadata retrieval.

CREATE TYPE @extschema@.jira_issue_type AS (
    id text,
    name text,
    description text,
    subtask boolean,
    hierarchy_level integer,
    icon_url text,
    raw jsonb
);
COMMENT ON TYPE @extschema@.jira_issue_type IS
    'a type of issues';

CREATE FUNCTION @extschema@.jira_get_issue_types(
    project text,
    connection text DEFAULT NULL)
RETURNS SETOF @extschema@.jira_issue_type
LANGUAGE C VOLATILE PARALLEL RESTRICTED COST 100000 ROWS 10
SUPPORT jira_spoke.jira_read_support
AS 'MODULE_PATHNAME', 'jira_get_issue_types';
COMMENT ON FUNCTION @extschema@.jira_get_issue_types IS
    'The issue types that the account may create in a project.';

CREATE FUNCTION @extschema@.jira_get_creatable_fields(
    project text,
    issue_type text DEFAULT NULL,
    connection text DEFAULT NULL)
RETURNS SETOF @extschema@.jira_field_meta
LANGUAGE C VOLATILE PARALLEL RESTRICTED COST 100000 ROWS 100
SUPPORT jira_spoke.jira_read_support
AS 'MODULE_PATHNAME', 'jira_get_creatable_fields';
COMMENT ON FUNCTION @extschema@.jira_get_creatable_fields IS
    'The fields that can be set when an issue is created, for one issue type (id or name) or for all.';

CREATE FUNCTION @extschema@.jira_get_editable_fields(
    issue text,
    connection text DEFAULT NULL)
RETURNS SETOF @extschema@.jira_field_meta
LANGUAGE C VOLATILE PARALLEL RESTRICTED COST 100000 ROWS 50
SUPPORT jira_spoke.jira_read_support
AS 'MODULE_PATHNAME', 'jira_get_editable_fields';
COMMENT ON FUNCTION @extschema@.jira_get_editable_fields IS
    'The fields of an issue that the account may change now.';
-- Project management.

CREATE FUNCTION @extschema@.jira_create_project(
    key text,
    name text,
    lead text,
    project_type text DEFAULT 'software',
    template text DEFAULT NULL,
    description text DEFAULT NULL,
    properties jsonb DEFAULT NULL,
    connection text DEFAULT NULL)
RETURNS text
LANGUAGE C VOLATILE PARALLEL UNSAFE COST 100000
AS 'MODULE_PATHNAME', 'jira_create_project';
COMMENT ON FUNCTION @extschema@.jira_create_project IS
    'Creates a project and returns its id. "properties" takes any other member of the request, for example {"assigneeType": "UNASSIGNED"}.';

CREATE FUNCTION @extschema@.jira_lookup_project(
    project text,
    connection text DEFAULT NULL)
RETURNS SETOF @extschema@.jira_project
LANGUAGE C VOLATILE PARALLEL RESTRICTED COST 100000 ROWS 1
SUPPORT jira_spoke.jira_read_support
AS 'MODULE_PATHNAME', 'jira_lookup_project';
COMMENT ON FUNCTION @extschema@.jira_lookup_project IS
    'One project by key or id.';

CREATE FUNCTION @extschema@.jira_lookup_projects(
    connection text DEFAULT NULL)
RETURNS SETOF @extschema@.jira_project
LANGUAGE C VOLATILE PARALLEL RESTRICTED COST 100000 ROWS 100
SUPPORT jira_spoke.jira_read_support
AS 'MODULE_PATHNAME', 'jira_lookup_projects';
COMMENT ON FUNCTION @extschema@.jira_lookup_projects IS
    'All projects; on Server only (on Cloud: jira_lookup_projects_stream).';

CREATE FUNCTION @extschema@.jira_lookup_projects_stream(
    query text DEFAULT NULL,
    connection text DEFAULT NULL)
RETURNS SETOF @extschema@.jira_project
LANGUAGE C VOLATILE PARALLEL RESTRICTED COST 100000 ROWS 100
SUPPORT jira_spoke.jira_read_support
AS 'MODULE_PATHNAME', 'jira_lookup_projects_stream';
COMMENT ON FUNCTION @extschema@.jira_lookup_projects_stream IS
    'The projects whose key or name contains a text, or all; on Cloud only (on Server: jira_lookup_projects).';

CREATE FUNCTION @extschema@.jira_lookup_users_assignable_to_projects(
    projects text[],
    query text DEFAULT NULL,
    connection text DEFAULT NULL)
RETURNS SETOF @extschema@.jira_user
LANGUAGE C VOLATILE PARALLEL RESTRICTED COST 100000 ROWS 100
SUPPORT jira_spoke.jira_read_support
AS 'MODULE_PATHNAME', 'jira_lookup_users_assignable_to_projects';
COMMENT ON FUNCTION @extschema@.jira_lookup_users_assignable_to_projects IS
    'The users who can be assigned issues in all of these projects; "query" narrows them down by name. Jira does not return all users of a large site: a warning says so.';
-- Sprint management.

CREATE FUNCTION @extschema@.jira_create_sprint(
    name text,
    board bigint,
    start_date timestamptz DEFAULT NULL,
    end_date timestamptz DEFAULT NULL,
    goal text DEFAULT NULL,
    connection text DEFAULT NULL)
RETURNS bigint
LANGUAGE C VOLATILE PARALLEL UNSAFE COST 100000
AS 'MODULE_PATHNAME', 'jira_create_sprint';
COMMENT ON FUNCTION @extschema@.jira_create_sprint IS
    'Creates a future sprint on a scrum board and returns its id.';

CREATE FUNCTION @extschema@.jira_lookup_sprint(
    sprint bigint,
    connection text DEFAULT NULL)
RETURNS SETOF @extschema@.jira_sprint
LANGUAGE C VOLATILE PARALLEL RESTRICTED COST 100000 ROWS 1
SUPPORT jira_spoke.jira_read_support
AS 'MODULE_PATHNAME', 'jira_lookup_sprint';
COMMENT ON FUNCTION @extschema@.jira_lookup_sprint IS
    'One sprint by its id.';

CREATE FUNCTION @extschema@.jira_lookup_sprints_by_board(
    board bigint,
    state text[] DEFAULT NULL,
    connection text DEFAULT NULL)
RETURNS SETOF @extschema@.jira_sprint
LANGUAGE C VOLATILE PARALLEL RESTRICTED COST 100000 ROWS 20
SUPPORT jira_spoke.jira_read_support
AS 'MODULE_PATHNAME', 'jira_lookup_sprints_by_board';
COMMENT ON FUNCTION @extschema@.jira_lookup_sprints_by_board IS
    'The sprints of a board: closed, active, future; no rows for a board that has no sprints.';

CREATE FUNCTION @extschema@.jira_update_sprint(
    sprint bigint,
    name text DEFAULT NULL,
    state text DEFAULT NULL,
    start_date timestamptz DEFAULT NULL,
    end_date timestamptz DEFAULT NULL,
    goal text DEFAULT NULL,
    connection text DEFAULT NULL)
RETURNS void
LANGUAGE C VOLATILE PARALLEL UNSAFE COST 100000
AS 'MODULE_PATHNAME', 'jira_update_sprint';
COMMENT ON FUNCTION @extschema@.jira_update_sprint IS
    'Changes a sprint; NULL leaves a value alone. state => active starts it, state => closed completes it.';

CREATE FUNCTION @extschema@.jira_delete_sprint(
    sprint bigint,
    connection text DEFAULT NULL)
RETURNS void
LANGUAGE C VOLATILE PARALLEL UNSAFE COST 100000
AS 'MODULE_PATHNAME', 'jira_delete_sprint';
COMMENT ON FUNCTION @extschema@.jira_delete_sprint IS
    'Deletes a sprint; its open issues go to the backlog.';
-- Story management.

CREATE FUNCTION @extschema@.jira_create_story(
    project text,
    summary text,
    description text DEFAULT NULL,
    story_points numeric DEFAULT NULL,
    epic text DEFAULT NULL,
    sprint bigint DEFAULT NULL,
    assignee text DEFAULT NULL,
    fields jsonb DEFAULT NULL,
    issue_type text DEFAULT NULL,
    connection text DEFAULT NULL)
RETURNS text
LANGUAGE C VOLATILE PARALLEL UNSAFE COST 100000
AS 'MODULE_PATHNAME', 'jira_create_story';
COMMENT ON FUNCTION @extschema@.jira_create_story IS
    'Creates a story and returns its key. "fields" takes any other field by its name or id; "issue_type" is what this Jira calls stories, if not Story.';

CREATE FUNCTION @extschema@.jira_lookup_stories_stream(
    project text DEFAULT NULL,
    jql text DEFAULT NULL,
    fields text[] DEFAULT NULL,
    max_rows bigint DEFAULT NULL,
    issue_type text DEFAULT NULL,
    connection text DEFAULT NULL)
RETURNS SETOF @extschema@.jira_story
LANGUAGE C VOLATILE PARALLEL RESTRICTED COST 100000 ROWS 1000
SUPPORT jira_spoke.jira_read_support
AS 'MODULE_PATHNAME', 'jira_lookup_stories_stream';
COMMENT ON FUNCTION @extschema@.jira_lookup_stories_stream IS
    'Stories, of a project or of all, that a JQL query finds. "fields" adds fields, by name or id, to the column fields; "issue_type" is what this Jira calls stories, if not Story.';

CREATE FUNCTION @extschema@.jira_update_story(
    issue text,
    summary text DEFAULT NULL,
    description text DEFAULT NULL,
    story_points numeric DEFAULT NULL,
    epic text DEFAULT NULL,
    sprint bigint DEFAULT NULL,
    fields jsonb DEFAULT NULL,
    connection text DEFAULT NULL)
RETURNS void
LANGUAGE C VOLATILE PARALLEL UNSAFE COST 100000
AS 'MODULE_PATHNAME', 'jira_update_story';
COMMENT ON FUNCTION @extschema@.jira_update_story IS
    'Changes a story; NULL leaves a value alone, and null in "fields" clears one.';
-- User management.

CREATE FUNCTION @extschema@.jira_create_user(
    email text,
    products text[] DEFAULT NULL,
    name text DEFAULT NULL,
    display_name text DEFAULT NULL,
    password text DEFAULT NULL,
    connection text DEFAULT NULL)
RETURNS text
LANGUAGE C VOLATILE PARALLEL UNSAFE COST 100000
AS 'MODULE_PATHNAME', 'jira_create_user';
COMMENT ON FUNCTION @extschema@.jira_create_user IS
    'Creates a user and returns the account. Cloud wants products, Server a name and a display_name.';

CREATE FUNCTION @extschema@.jira_lookup_authenticated_user(
    connection text DEFAULT NULL)
RETURNS SETOF @extschema@.jira_user
LANGUAGE C VOLATILE PARALLEL RESTRICTED COST 100000 ROWS 1
SUPPORT jira_spoke.jira_read_support
AS 'MODULE_PATHNAME', 'jira_lookup_authenticated_user';
COMMENT ON FUNCTION @extschema@.jira_lookup_authenticated_user IS
    'The account that a connection signs in as.';

CREATE FUNCTION @extschema@.jira_lookup_group_memberships_for_user(
    account text,
    connection text DEFAULT NULL)
RETURNS SETOF @extschema@.jira_group
LANGUAGE C VOLATILE PARALLEL RESTRICTED COST 100000 ROWS 10
SUPPORT jira_spoke.jira_read_support
AS 'MODULE_PATHNAME', 'jira_lookup_group_memberships_for_user';
COMMENT ON FUNCTION @extschema@.jira_lookup_group_memberships_for_user IS
    'The groups of a user.';

CREATE FUNCTION @extschema@.jira_lookup_users_stream(
    connection text DEFAULT NULL)
RETURNS SETOF @extschema@.jira_user
LANGUAGE C VOLATILE PARALLEL RESTRICTED COST 100000 ROWS 1000
SUPPORT jira_spoke.jira_read_support
AS 'MODULE_PATHNAME', 'jira_lookup_users_stream';
COMMENT ON FUNCTION @extschema@.jira_lookup_users_stream IS
    'All users, of every account type; on Cloud only (on Server: jira_lookup_users_stream_by_name).';

CREATE FUNCTION @extschema@.jira_lookup_users_stream_by_name(
    query text,
    connection text DEFAULT NULL)
RETURNS SETOF @extschema@.jira_user
LANGUAGE C VOLATILE PARALLEL RESTRICTED COST 100000 ROWS 100
SUPPORT jira_spoke.jira_read_support
AS 'MODULE_PATHNAME', 'jira_lookup_users_stream_by_name';
COMMENT ON FUNCTION @extschema@.jira_lookup_users_stream_by_name IS
    'The active users whose login, name or e-mail address has a text, "." for all; on Server only (on Cloud: jira_lookup_users_stream). Below version 10.3, and for OAuth apps, Jira may return the first 100 only: a warning says so.';

CREATE FUNCTION @extschema@.jira_remove_user(
    account text,
    connection text DEFAULT NULL)
RETURNS void
LANGUAGE C VOLATILE PARALLEL UNSAFE COST 100000
AS 'MODULE_PATHNAME', 'jira_remove_user';
COMMENT ON FUNCTION @extschema@.jira_remove_user IS
    'Removes a user from the site.';

CREATE TYPE @extschema@.jira_personal_data AS (
    account text,
    status text,
    raw jsonb
);
COMMENT ON TYPE @extschema@.jira_personal_data IS
    'an account whose stored personal data must be erased (status closed) or fetched again (updated)';

CREATE FUNCTION @extschema@.jira_report_personal_data(
    accounts jsonb,
    connection text DEFAULT NULL)
RETURNS SETOF @extschema@.jira_personal_data
LANGUAGE C VOLATILE PARALLEL RESTRICTED COST 100000 ROWS 10
SUPPORT jira_spoke.jira_read_support
AS 'MODULE_PATHNAME', 'jira_report_personal_data';
COMMENT ON FUNCTION @extschema@.jira_report_personal_data IS
    'Tells Atlassian whose personal data is stored here and since when, as [{"accountId": ..., "updatedAt": ...}] of at most 90 accounts, and returns those to act on. Only for OAuth 2.0 apps on Cloud.';
-- Utility actions.

CREATE TYPE @extschema@.jira_server AS (
    base_url text,
    version text,
    version_numbers integer[],
    deployment_type text,
    build_number bigint,
    build_date timestamptz,
    server_time timestamptz,
    server_title text,
    raw jsonb
);
COMMENT ON TYPE @extschema@.jira_server IS 'a Jira itself';

CREATE FUNCTION @extschema@.jira_lookup_server(
    connection text DEFAULT NULL)
RETURNS SETOF @extschema@.jira_server
LANGUAGE C VOLATILE PARALLEL RESTRICTED COST 100000 ROWS 1
SUPPORT jira_spoke.jira_read_support
AS 'MODULE_PATHNAME', 'jira_lookup_server';
COMMENT ON FUNCTION @extschema@.jira_lookup_server IS
    'Version and kind of the Jira that a connection leads to. Jira answers this to anybody: it proves nothing about the sign-in (see jira_test_connection).';

CREATE FUNCTION @extschema@.jira_lookup_fields(
    name text DEFAULT NULL,
    connection text DEFAULT NULL)
RETURNS SETOF @extschema@.jira_field
LANGUAGE C VOLATILE PARALLEL RESTRICTED COST 100000 ROWS 200
SUPPORT jira_spoke.jira_read_support
AS 'MODULE_PATHNAME', 'jira_lookup_fields';
COMMENT ON FUNCTION @extschema@.jira_lookup_fields IS
    'The fields of all issues, or those with this id or name.';

CREATE FUNCTION @extschema@.jira_lookup_latest_comment_on_issue(
    issue text,
    connection text DEFAULT NULL)
RETURNS SETOF @extschema@.jira_comment
LANGUAGE C VOLATILE PARALLEL RESTRICTED COST 100000 ROWS 1
SUPPORT jira_spoke.jira_read_support
AS 'MODULE_PATHNAME', 'jira_lookup_latest_comment_on_issue';
COMMENT ON FUNCTION @extschema@.jira_lookup_latest_comment_on_issue IS
    'The newest comment on an issue that the account may see; no row if there is none.';

CREATE FUNCTION @extschema@.jira_lookup_latest_attachment_on_issue(
    issue text,
    connection text DEFAULT NULL)
RETURNS SETOF @extschema@.jira_attachment
LANGUAGE C VOLATILE PARALLEL RESTRICTED COST 100000 ROWS 1
SUPPORT jira_spoke.jira_read_support
AS 'MODULE_PATHNAME', 'jira_lookup_latest_attachment_on_issue';
COMMENT ON FUNCTION @extschema@.jira_lookup_latest_attachment_on_issue IS
    'The newest attachment of an issue; no row if there is none.';

CREATE FUNCTION @extschema@.jira_attachment_content(
    attachment text,
    connection text DEFAULT NULL)
RETURNS bytea
LANGUAGE C VOLATILE PARALLEL RESTRICTED COST 100000
AS 'MODULE_PATHNAME', 'jira_attachment_content';
COMMENT ON FUNCTION @extschema@.jira_attachment_content IS
    'The content of an attachment, given by its id or its content URL.';

CREATE FUNCTION @extschema@.jira_copy_issue_attachment_to_record(
    attachment text,
    target regclass,
    match jsonb,
    content_column name,
    filename_column name DEFAULT NULL,
    connection text DEFAULT NULL)
RETURNS bigint
LANGUAGE C VOLATILE PARALLEL UNSAFE COST 100000
AS 'MODULE_PATHNAME', 'jira_copy_issue_attachment_to_record';
COMMENT ON FUNCTION @extschema@.jira_copy_issue_attachment_to_record IS
    'Writes an attachment, given by its id or its content URL, into a row of a table and returns its size in bytes. "match" has columns and values that exactly one row has, for example {"id": 1}; otherwise nothing is changed.';

CREATE TYPE @extschema@.jira_commented_issue AS (
    issue_id text,
    issue_key text,
    comment_id text
);
COMMENT ON TYPE @extschema@.jira_commented_issue IS 'the issue that a comment is on';

CREATE FUNCTION @extschema@.jira_lookup_issue_from_comment(
    payload jsonb,
    connection text DEFAULT NULL)
RETURNS SETOF @extschema@.jira_commented_issue
LANGUAGE C VOLATILE PARALLEL RESTRICTED ROWS 1
AS 'MODULE_PATHNAME', 'jira_lookup_issue_from_comment';
COMMENT ON FUNCTION @extschema@.jira_lookup_issue_from_comment IS
    'The issue of the comment in the payload of a webhook, or of a comment alone. Nothing is asked of Jira, so no connection is needed; the key is null where the payload does not tell it.';
-- Webhook management.

CREATE TYPE @extschema@.jira_webhook AS (
    id bigint,
    name text,
    url text,
    events text[],
    jql text,
    enabled boolean,
    expires timestamptz,
    raw jsonb
);
COMMENT ON TYPE @extschema@.jira_webhook IS
    'a webhook; those of OAuth apps have no name and expire, the others do not';

CREATE FUNCTION @extschema@.jira_lookup_webhooks(
    connection text DEFAULT NULL)
RETURNS SETOF @extschema@.jira_webhook
LANGUAGE C VOLATILE PARALLEL RESTRICTED COST 100000 ROWS 20
SUPPORT jira_spoke.jira_read_support
AS 'MODULE_PATHNAME', 'jira_lookup_webhooks';
COMMENT ON FUNCTION @extschema@.jira_lookup_webhooks IS
    'The webhooks of the site; with OAuth 2.0 those of the app itself.';

CREATE FUNCTION @extschema@.jira_subscribe_webhook(
    name text,
    url text,
    events text[],
    jql text DEFAULT NULL,
    secret text DEFAULT NULL,
    exclude_body boolean DEFAULT false,
    connection text DEFAULT NULL)
RETURNS bigint
LANGUAGE C VOLATILE PARALLEL UNSAFE COST 100000
AS 'MODULE_PATHNAME', 'jira_subscribe_webhook';
COMMENT ON FUNCTION @extschema@.jira_subscribe_webhook IS
    'Makes Jira call a URL on events, and returns the id of the webhook. With OAuth 2.0 the JQL is needed, the name is not kept, a secret and exclude_body are refused, and the webhook expires after 30 days unless jira_refresh_webhooks is called before, which the worker of the outbox does. A webhook whose JQL Data Center does not take is removed again, with an error.';

CREATE FUNCTION @extschema@.jira_unsubscribe_webhook(
    webhook bigint,
    connection text DEFAULT NULL)
RETURNS void
LANGUAGE C VOLATILE PARALLEL UNSAFE COST 100000
AS 'MODULE_PATHNAME', 'jira_unsubscribe_webhook';
COMMENT ON FUNCTION @extschema@.jira_unsubscribe_webhook IS
    'Deletes a webhook. With OAuth 2.0, Jira does not tell whether there was one.';

CREATE FUNCTION @extschema@.jira_refresh_webhooks(
    webhooks bigint[] DEFAULT NULL,
    connection text DEFAULT NULL)
RETURNS timestamptz
LANGUAGE C VOLATILE PARALLEL UNSAFE COST 100000
AS 'MODULE_PATHNAME', 'jira_refresh_webhooks';
COMMENT ON FUNCTION @extschema@.jira_refresh_webhooks IS
    'With OAuth 2.0: keeps webhooks of the app, or all of them, for 30 days from now on, and returns when they expire then. The worker of the outbox calls it 20 days after jira_subscribe_webhook or its last success, as long as the app has webhooks.';

CREATE FUNCTION @extschema@.jira_update_webhook(
    webhook bigint,
    name text DEFAULT NULL,
    url text DEFAULT NULL,
    events text[] DEFAULT NULL,
    jql text DEFAULT NULL,
    enabled boolean DEFAULT NULL,
    connection text DEFAULT NULL)
RETURNS void
LANGUAGE C VOLATILE PARALLEL UNSAFE COST 100000
AS 'MODULE_PATHNAME', 'jira_update_webhook';
COMMENT ON FUNCTION @extschema@.jira_update_webhook IS
    'Changes what is given of a webhook and leaves the rest alone. Data Center 10 replaces the whole and does not tell the JQL: without it there is a warning.';
-- The catalogue of actions, read from the tables in the library.

CREATE FUNCTION jira_spoke.describe_actions(
    OUT category text,
    OUT action text,
    OUT function text,
    OUT deployments text,
    OUT auth_limits text,
    OUT classic_scopes text,
    OUT granular_scopes text,
    OUT cloud_requests text,
    OUT server_requests text,
    OUT any_scope text,
    OUT also_requests text,
    OUT also_classic_scopes text,
    OUT also_granular_scopes text,
    OUT description text)
RETURNS SETOF record
LANGUAGE C STABLE PARALLEL SAFE ROWS 60
AS 'MODULE_PATHNAME', 'jira_describe_actions';
COMMENT ON FUNCTION jira_spoke.describe_actions IS
    'Every function with an entry in the library''s tables, with lists as text; jira_spoke.action shows those that are actions of the catalogue.';

CREATE VIEW jira_spoke.action AS
    SELECT d.category,
           d.action,
           d.function,
           d.deployments,
           pg_catalog.string_to_array(d.auth_limits, ' ') AS auth_limits,
           pg_catalog.string_to_array(d.classic_scopes, ' ') AS classic_scopes,
           pg_catalog.string_to_array(d.granular_scopes, ' ') AS granular_scopes,
           pg_catalog.string_to_array(d.cloud_requests, E'\n') AS cloud_requests,
           pg_catalog.string_to_array(d.server_requests, E'\n') AS server_requests,
           d.any_scope OPERATOR(pg_catalog.=) 'true' AS any_scope,
           pg_catalog.string_to_array(d.also_requests, E'\n') AS also_requests,
           ARRAY(SELECT DISTINCT s.scope
                 FROM pg_catalog.unnest(pg_catalog.string_to_array(d.also_classic_scopes, ' ')) AS s (scope)
                 ORDER BY s.scope) AS also_classic_scopes,
           ARRAY(SELECT DISTINCT s.scope
                 FROM pg_catalog.unnest(pg_catalog.string_to_array(d.also_granular_scopes, ' ')) AS s (scope)
                 ORDER BY s.scope) AS also_granular_scopes,
           d.description
    FROM jira_spoke.describe_actions() AS d
    WHERE d.action IS NOT NULL
    ORDER BY d.category, d.action;
COMMENT ON VIEW jira_spoke.action IS
    'the actions: which deployments have them, with which sign-in they are not possible, which scopes a token needs, which requests they make';
COMMENT ON COLUMN jira_spoke.action.deployments IS
    'cloud, server (Data Center too), or the versions of server: server<=9, server>=9';
COMMENT ON COLUMN jira_spoke.action.auth_limits IS
    'not-oauth: not with OAuth 2.0; not-scoped: not with an API token that has scopes';
COMMENT ON COLUMN jira_spoke.action.cloud_requests IS
    'method and path; {v} is the API version. Of several, version and sign-in decide.';

COMMENT ON COLUMN jira_spoke.action.any_scope IS
    'a token with scopes is good for it whatever they are';
COMMENT ON COLUMN jira_spoke.action.also_requests IS
    'requests to Cloud that it makes beside those, and when: where arguments or settings make it necessary';
COMMENT ON COLUMN jira_spoke.action.also_classic_scopes IS
    'what a token with scopes needs for also_requests';
COMMENT ON COLUMN jira_spoke.action.also_granular_scopes IS
    'the same as granular scopes';
COMMENT ON COLUMN jira_spoke.action.description IS
    'the comment of the function';

CREATE FUNCTION @extschema@.jira_required_scopes(
    functions text[] DEFAULT NULL,
    OUT kind text,
    OUT scope text)
RETURNS SETOF record
LANGUAGE plpgsql STABLE PARALLEL SAFE ROWS 30
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    stranger record;
BEGIN
    FOR stranger IN
        SELECT f.name
        FROM pg_catalog.unnest(functions) AS f (name)
        WHERE f.name IS NULL
           OR f.name OPERATOR(pg_catalog.<>) ALL (SELECT d.function FROM jira_spoke.describe_actions() AS d)
    LOOP
        RAISE EXCEPTION USING
            ERRCODE = 'undefined_function',
            MESSAGE = pg_catalog.format('no action has the function %L', stranger.name),
            HINT = 'jira_spoke.action lists the actions.';
    END LOOP;

    RETURN QUERY
        SELECT DISTINCT s.kind, u.scope
        FROM jira_spoke.describe_actions() AS d
        CROSS JOIN LATERAL (VALUES ('classic', d.classic_scopes), ('classic', d.also_classic_scopes),
                                   ('granular', d.granular_scopes), ('granular', d.also_granular_scopes))
                           AS s (kind, scopes)
        CROSS JOIN LATERAL pg_catalog.unnest(pg_catalog.string_to_array(s.scopes, ' ')) AS u (scope)
        WHERE CASE WHEN functions IS NULL THEN d.action IS NOT NULL
                   ELSE d.function OPERATOR(pg_catalog.=) ANY (functions) END
        ORDER BY 1, 2;
END
$$;
COMMENT ON FUNCTION @extschema@.jira_required_scopes IS
    'The scopes to tick when a token is made for these functions, or for every action, with those of the requests that they make beside their own: the classic or the granular ones do, but Jira Software (sprints) has granular ones only.';
-- Safe construction of JQL.

CREATE FUNCTION @extschema@.jira_quote(value anyelement)
RETURNS text
LANGUAGE C STABLE PARALLEL SAFE
AS 'MODULE_PATHNAME', 'jira_quote';
COMMENT ON FUNCTION @extschema@.jira_quote(anyelement) IS
    'A value as a literal of JQL: text in quotes, numbers bare, times as milliseconds since 1970 (a date or a timestamp means that of the session''s time zone), arrays as a list in parentheses, NULL as EMPTY.';

CREATE FUNCTION @extschema@.jira_quote(value text)
RETURNS text
LANGUAGE C STABLE PARALLEL SAFE
AS 'MODULE_PATHNAME', 'jira_quote';
COMMENT ON FUNCTION @extschema@.jira_quote(text) IS
    'Text as a literal of JQL, in quotes; NULL as EMPTY.';

CREATE FUNCTION @extschema@.jira_jql(template text, VARIADIC arguments "any")
RETURNS text
LANGUAGE C STABLE PARALLEL SAFE
AS 'MODULE_PATHNAME', 'jira_jql';
COMMENT ON FUNCTION @extschema@.jira_jql(text, VARIADIC "any") IS
    'Puts values into JQL as format() does: %s is the next argument, %n$s the n-th, each as a literal (see jira_quote); %% is a per cent sign. A bound of time is widened to the full second; a date stays a day unless the field has times.';

CREATE FUNCTION @extschema@.jira_jql(template text)
RETURNS text
LANGUAGE C STABLE PARALLEL SAFE
AS 'MODULE_PATHNAME', 'jira_jql';
COMMENT ON FUNCTION @extschema@.jira_jql(text) IS
    'JQL without values; %% is a per cent sign.';
-- Any other endpoint of Jira, through a connection.

CREATE TYPE @extschema@.jira_response AS (
    status integer,
    headers jsonb,
    body jsonb
);
COMMENT ON TYPE @extschema@.jira_response IS 'what came back for jira_request';

CREATE FUNCTION @extschema@.jira_request(
    method text,
    path text,
    query jsonb DEFAULT NULL,
    body jsonb DEFAULT NULL,
    connection text DEFAULT NULL)
RETURNS SETOF @extschema@.jira_response
LANGUAGE C VOLATILE PARALLEL UNSAFE COST 100000 ROWS 1
AS 'MODULE_PATHNAME', 'jira_request';
COMMENT ON FUNCTION @extschema@.jira_request IS
    'Sends a request to a path below the connection''s base URL and returns what came, whatever its status. A body that is not JSON is returned as a JSON string. A GET, and a POST that only asks (search, bulkfetch and the like), is a read; any other request needs a connection that may be written through.';
-- The outbox: writes to Jira that commit with the row they belong to, and are
-- carried out afterwards by a background worker.

CREATE DOMAIN jira_spoke.outbox_state AS text CHECK (VALUE OPERATOR(pg_catalog.=) ANY (
    ARRAY['pending', 'composing', 'sending', 'writing_back', 'done', 'failed', 'cancelled']));
COMMENT ON DOMAIN jira_spoke.outbox_state IS
    'how far an item of the outbox has come; a constraint of the table would be read anew for each row';

CREATE FUNCTION jira_spoke.outbox_home_id()
RETURNS bigint
LANGUAGE C STABLE STRICT PARALLEL SAFE
AS 'MODULE_PATHNAME', 'jira_outbox_home_id';
COMMENT ON FUNCTION jira_spoke.outbox_home_id IS
    'the home of items that are put into the outbox here: this server, its standbys included, and this database';

CREATE TABLE jira_spoke.outbox (
    id bigint GENERATED ALWAYS AS IDENTITY,
    connection text NOT NULL,
    action text NOT NULL,
    arguments jsonb NOT NULL,
    state jira_spoke.outbox_state NOT NULL DEFAULT 'pending',
    attempts integer NOT NULL DEFAULT 0,
    next_attempt timestamptz NOT NULL DEFAULT pg_catalog.clock_timestamp(),
    result text,
    error text,
    role regrole NOT NULL,
    created_at timestamptz NOT NULL DEFAULT pg_catalog.now(),
    finished_at timestamptz,
    group_key text COLLATE pg_catalog."C",
    marker text,
    doubtful_since timestamptz,
    source regclass,
    source_key jsonb,
    key_column name,
    home bigint NOT NULL DEFAULT jira_spoke.outbox_home_id(),
    timeline bigint,
    crashes integer NOT NULL DEFAULT 0,
    write_backs integer NOT NULL DEFAULT 0,
    PRIMARY KEY (id, home)
);
COMMENT ON TABLE jira_spoke.outbox IS
    'writes to Jira, to be carried out and some time after; a role sees its own';
COMMENT ON COLUMN jira_spoke.outbox.arguments IS 'of the action''s SQL function, by name';
COMMENT ON COLUMN jira_spoke.outbox.attempts IS
    'how often the worker took it up; being put off for pace or sign-in does not count';
COMMENT ON COLUMN jira_spoke.outbox.result IS 'what the SQL function would have returned: the new key or id';
COMMENT ON COLUMN jira_spoke.outbox.role IS 'who enqueued it, and with whose rights it is carried out';
COMMENT ON COLUMN jira_spoke.outbox.group_key IS
    'items of a connection that have the same one are carried out in the order of id, one after the other';
COMMENT ON COLUMN jira_spoke.outbox.marker IS
    'label by which an issue is found when it is not known whether it was created';
COMMENT ON COLUMN jira_spoke.outbox.doubtful_since IS
    'since when it is not known whether Jira has carried it out';
COMMENT ON COLUMN jira_spoke.outbox.source IS
    'table with the row, found by source_key, whose key_column gets the result';
COMMENT ON COLUMN jira_spoke.outbox.home IS
    'where it is carried out: what came from elsewhere, replicated or with a copy of a database, stays as it is';
COMMENT ON COLUMN jira_spoke.outbox.timeline IS 'of the server''s WAL when it was enqueued, or when a failover put it in doubt; NULL once it was retried by hand';
COMMENT ON COLUMN jira_spoke.outbox.crashes IS
    'how often the server crashed while its request was composed; at 2 it fails';
COMMENT ON COLUMN jira_spoke.outbox.write_backs IS
    'how often it was begun, without an end, to put the result into its row';

-- Each role's queue for each connection, in the order in which the items are due.
CREATE INDEX outbox_pending ON jira_spoke.outbox (home, role, connection, next_attempt, id)
    WHERE state OPERATOR(pg_catalog.=) 'pending';
CREATE INDEX outbox_in_work ON jira_spoke.outbox (home, role, source)
    WHERE state OPERATOR(pg_catalog.=) ANY (ARRAY['composing', 'sending', 'writing_back']);
CREATE INDEX outbox_group ON jira_spoke.outbox (home, group_key, id)
    WHERE group_key IS NOT NULL AND state OPERATOR(pg_catalog.=) ANY (ARRAY['pending', 'composing', 'sending']);

CREATE TABLE jira_spoke.outbox_pause (
    connection text PRIMARY KEY,
    since timestamptz NOT NULL DEFAULT pg_catalog.now(),
    until timestamptz NOT NULL,
    attempts integer NOT NULL DEFAULT 1,
    reason text NOT NULL,
    throttled boolean NOT NULL DEFAULT false
);
COMMENT ON TABLE jira_spoke.outbox_pause IS
    'connections whose items wait because Jira does not let them in; one of them tries again now and then';
COMMENT ON COLUMN jira_spoke.outbox_pause.throttled IS
    'Jira only wants to be asked more slowly: then they go on by themselves';

CREATE TABLE jira_spoke.outbox_home (
    home bigint PRIMARY KEY,
    timeline bigint NOT NULL,
    inode bigint NOT NULL,
    changed bigint NOT NULL,
    token bytea NOT NULL,
    boot text,
    server_start timestamptz NOT NULL,
    memory_since timestamptz NOT NULL,
    unclean integer NOT NULL DEFAULT 0,
    held_since timestamptz,
    since timestamptz NOT NULL DEFAULT pg_catalog.clock_timestamp()
);
COMMENT ON TABLE jira_spoke.outbox_home IS
    'by what the worker of the outbox knows this server again; a copy of the data directory differs in some of it';
COMMENT ON COLUMN jira_spoke.outbox_home.inode IS 'of the file PG_VERSION in the data directory';
COMMENT ON COLUMN jira_spoke.outbox_home.changed IS 'time of change of that file, in seconds since 1970';
COMMENT ON COLUMN jira_spoke.outbox_home.token IS 'content of the file pg_stat_tmp/jira_spoke.OID of the database';
COMMENT ON COLUMN jira_spoke.outbox_home.boot IS 'which time the machine was booted';
COMMENT ON COLUMN jira_spoke.outbox_home.memory_since IS
    'when the server''s shared memory was made: again after a crash';
COMMENT ON COLUMN jira_spoke.outbox_home.unclean IS 'how many workers have ended in their first round, one after the other';
COMMENT ON COLUMN jira_spoke.outbox_home.held_since IS
    'since when nothing is sent because the data directory is a copy: until jira_outbox_adopt()';

ALTER TABLE jira_spoke.outbox ENABLE ROW LEVEL SECURITY;
ALTER TABLE jira_spoke.outbox FORCE ROW LEVEL SECURITY;
ALTER TABLE jira_spoke.outbox_pause ENABLE ROW LEVEL SECURITY;
ALTER TABLE jira_spoke.outbox_pause FORCE ROW LEVEL SECURITY;
ALTER TABLE jira_spoke.outbox_home ENABLE ROW LEVEL SECURITY;
ALTER TABLE jira_spoke.outbox_home FORCE ROW LEVEL SECURITY;

CREATE POLICY own ON jira_spoke.outbox FOR SELECT
    USING (pg_catalog.pg_has_role(role, 'USAGE'));

CREATE POLICY usable ON jira_spoke.outbox_pause FOR SELECT
    USING (EXISTS (SELECT FROM jira_spoke.alias AS a
                   WHERE a.name OPERATOR(pg_catalog.=) outbox_pause.connection));

CREATE FUNCTION jira_spoke.outbox_worker_pid()
RETURNS integer
LANGUAGE C VOLATILE STRICT PARALLEL SAFE
AS 'MODULE_PATHNAME', 'jira_outbox_worker_pid';
COMMENT ON FUNCTION jira_spoke.outbox_worker_pid IS 'process id of the worker of this database''s outbox; NULL: none runs';

CREATE VIEW jira_spoke.outbox_status WITH (security_barrier) AS
SELECT o.connection,
       pg_catalog.count(*) FILTER (WHERE o.state OPERATOR(pg_catalog.=) 'pending') AS pending,
       pg_catalog.count(*) FILTER (WHERE o.state OPERATOR(pg_catalog.=) ANY (ARRAY['composing', 'sending'])) AS sending,
       pg_catalog.count(*) FILTER (WHERE o.state OPERATOR(pg_catalog.=) 'writing_back') AS writing_back,
       pg_catalog.count(*) FILTER (WHERE o.state OPERATOR(pg_catalog.=) 'failed') AS failed,
       pg_catalog.min(o.created_at) FILTER (WHERE o.state OPERATOR(pg_catalog.=) ANY (ARRAY['pending', 'composing', 'sending', 'writing_back'])) AS oldest,
       pg_catalog.count(*) FILTER (WHERE o.state OPERATOR(pg_catalog.=) 'done'
                                   AND o.finished_at OPERATOR(pg_catalog.>) (pg_catalog.now() OPERATOR(pg_catalog.-) '1 minute'::pg_catalog.interval))
           AS done_last_minute,
       p.until AS paused_until,
       CASE WHEN here.off THEN 'jira_spoke.outbox_deliver is off.'
            WHEN o.home OPERATOR(pg_catalog.<>) here.home THEN 'Enqueued elsewhere: jira_outbox_adopt() has them carried out here.'
            WHEN here.held THEN 'The data directory is a copy: jira_outbox_adopt() says that the original is gone.'
            WHEN pg_catalog.bool_or(pg_catalog.pg_has_role(o.role, 'USAGE')) THEN
                COALESCE(p.reason, pg_catalog.min(o.error) FILTER (WHERE o.state OPERATOR(pg_catalog.=) 'writing_back'
                                                                   AND pg_catalog.pg_has_role(o.role, 'USAGE'))) END AS paused_because,
       pg_catalog.min(o.next_attempt) FILTER (WHERE o.state OPERATOR(pg_catalog.=) 'pending'
                                              AND o.next_attempt OPERATOR(pg_catalog.<) pg_catalog.clock_timestamp())
           AS overdue_since,
       here.worker_pid,
       o.home OPERATOR(pg_catalog.=) here.home AND NOT here.held AS home
FROM jira_spoke.outbox AS o
CROSS JOIN (
    SELECT i.home, jira_spoke.outbox_worker_pid() AS worker_pid,
           (SELECT h.held_since FROM jira_spoke.outbox_home AS h WHERE h.home OPERATOR(pg_catalog.=) i.home) IS NOT NULL AS held,
           pg_catalog.current_setting('jira_spoke.outbox_deliver', true)::pg_catalog.bool IS FALSE AS off
    FROM (SELECT jira_spoke.outbox_home_id() AS home) AS i OFFSET 0) AS here
LEFT JOIN jira_spoke.outbox_pause AS p ON p.connection OPERATOR(pg_catalog.=) o.connection
    AND (NOT p.throttled OR p.until OPERATOR(pg_catalog.>) pg_catalog.clock_timestamp())
WHERE pg_catalog.pg_has_role(o.role, 'USAGE')
    OR pg_catalog.pg_has_role('pg_read_all_stats', 'USAGE')
GROUP BY o.connection, o.home, here.home, here.worker_pid, here.held, here.off, p.until, p.reason;
COMMENT ON VIEW jira_spoke.outbox_status IS
    'what waits, failed or was done lately, per connection; a role sees its own items counted, a member of pg_read_all_stats those of all roles, but not why they are paused';
COMMENT ON COLUMN jira_spoke.outbox_status.paused_because IS
    'why items are not sent, or why a result waits to be put into its row';
COMMENT ON COLUMN jira_spoke.outbox_status.overdue_since IS 'since when the first pending item could have been sent';
COMMENT ON COLUMN jira_spoke.outbox_status.worker_pid IS 'of the background worker of this database; NULL: none runs';
COMMENT ON COLUMN jira_spoke.outbox_status.home IS
    'whether these items are carried out here: false for those of another database, and all of them in a clone';

CREATE FUNCTION @extschema@.jira_enqueue(
    action text,
    arguments jsonb,
    connection text DEFAULT NULL,
    not_before timestamptz DEFAULT NULL,
    group_key text DEFAULT NULL)
RETURNS bigint
LANGUAGE C VOLATILE PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'jira_enqueue';
COMMENT ON FUNCTION @extschema@.jira_enqueue IS
    'Puts a write into the outbox and returns its id. It is carried out after the transaction has committed, as the current role. arguments: those of the action''s function, by name; they are checked at once. not_before: when to carry it out, if not at once. Items of a group are carried out in order; the default group is the issue that is written to, if there is one.';

CREATE FUNCTION @extschema@.jira_create_issue_trigger()
RETURNS trigger
LANGUAGE C VOLATILE PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'jira_create_issue_trigger';
COMMENT ON FUNCTION @extschema@.jira_create_issue_trigger IS
    'Trigger function, for each row: a row makes an issue. CREATE TRIGGER gives it a template (JSON with the arguments of jira_create_issue, {column} for values of the row) and, if need be, options (JSON: connection, key_column, mode, group).';

CREATE FUNCTION @extschema@.jira_action_trigger()
RETURNS trigger
LANGUAGE C VOLATILE PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'jira_action_trigger';
COMMENT ON FUNCTION @extschema@.jira_action_trigger IS
    'Trigger function, for each row: a row makes any write. CREATE TRIGGER gives it the name of the action, a template of its arguments and, if need be, options, both as for jira_create_issue_trigger.';

CREATE FUNCTION @extschema@.jira_outbox_retry(id bigint)
RETURNS void
LANGUAGE C VOLATILE PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'jira_outbox_retry';
COMMENT ON FUNCTION @extschema@.jira_outbox_retry IS
    'Has an item of the outbox carried out at once: one that failed or was cancelled, or one that waits for its next attempt. Lets a paused connection try again. What may have been carried out is only looked for if it has a marker: else look in Jira before.';

CREATE FUNCTION @extschema@.jira_outbox_cancel(id bigint)
RETURNS void
LANGUAGE C VOLATILE PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'jira_outbox_cancel';
COMMENT ON FUNCTION @extschema@.jira_outbox_cancel IS
    'Cancels a pending item of the outbox. What is being sent cannot be taken back.';

CREATE FUNCTION @extschema@.jira_outbox_purge(older_than pg_catalog.interval DEFAULT '7 days')
RETURNS bigint
LANGUAGE C VOLATILE PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'jira_outbox_purge';
COMMENT ON FUNCTION @extschema@.jira_outbox_purge IS
    'Deletes the caller''s finished items (done, failed, cancelled) that are older, and returns how many. The worker does so for all roles when it ends, after jira_spoke.outbox_retention.';

CREATE FUNCTION @extschema@.jira_outbox_start()
RETURNS void
LANGUAGE C VOLATILE PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'jira_outbox_start';
COMMENT ON FUNCTION @extschema@.jira_outbox_start IS
    'Starts the worker of the outbox at the end of the transaction, unless it runs. Needed only for what is left after a restart or a promotion where the library is not preloaded, or when there was no room for a worker.';

CREATE FUNCTION @extschema@.jira_outbox_adopt()
RETURNS bigint
LANGUAGE C VOLATILE PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'jira_outbox_adopt';
COMMENT ON FUNCTION @extschema@.jira_outbox_adopt IS
    'For superusers: says that this database replaces the one that its outbox was copied from, which must not run any more. Items that were held are carried out here, and those that may have been carried out before are looked for in Jira. Returns how many are not finished.';

CREATE FUNCTION @extschema@.jira_wait(id bigint, timeout pg_catalog.interval DEFAULT '1 minute')
RETURNS text
LANGUAGE C VOLATILE PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'jira_wait';
COMMENT ON FUNCTION @extschema@.jira_wait IS
    'Waits until an item of the outbox is finished, or the time is over, and returns its state. For scripts, not for the transaction that has enqueued or changed it: that must be committed before (55000).';
-- Counts of the requests through each connection.

CREATE FUNCTION jira_spoke.stat_get_connections(
    OUT database name,
    OUT connection text,
    OUT requests bigint,
    OUT retries bigint,
    OUT errors_4xx bigint,
    OUT errors_5xx bigint,
    OUT throttled bigint,
    OUT timeouts bigint,
    OUT bytes_received bigint,
    OUT milliseconds double precision,
    OUT last_success timestamptz,
    OUT last_error text,
    OUT last_error_at timestamptz,
    OUT quota_remaining bigint,
    OUT quota_resets_at timestamptz,
    OUT scope text,
    OUT stats_reset timestamptz)
RETURNS SETOF record
LANGUAGE C VOLATILE PARALLEL RESTRICTED ROWS 10
AS 'MODULE_PATHNAME', 'jira_stat_get_connections';
COMMENT ON FUNCTION jira_spoke.stat_get_connections IS
    'the rows of the view jira_spoke.stat_connection that the caller may see';

CREATE VIEW jira_spoke.stat_connection AS
SELECT s.database, s.connection, s.requests, s.retries, s.errors_4xx, s.errors_5xx, s.throttled, s.timeouts,
       s.bytes_received, s.milliseconds, s.last_success, s.last_error, s.last_error_at,
       s.quota_remaining, s.quota_resets_at, s.scope, s.stats_reset
FROM jira_spoke.stat_get_connections() AS s;
COMMENT ON VIEW jira_spoke.stat_connection IS
    'counts of the requests through each connection, those of the outbox and of sign-ins included; a role sees the connections that it may use, a member of pg_read_all_stats those of all databases';
COMMENT ON COLUMN jira_spoke.stat_connection.database IS
    'NULL in the row of all connections for which there was no room (more than 256, or 64 where the library is not preloaded before PostgreSQL 17) or whose name has more than 127 bytes';
COMMENT ON COLUMN jira_spoke.stat_connection.requests IS
    'that were sent, retries included; one that was cancelled counts here only';
COMMENT ON COLUMN jira_spoke.stat_connection.retries IS
    'requests that were sent again, because Jira turned them away for now or refused an access token';
COMMENT ON COLUMN jira_spoke.stat_connection.errors_4xx IS
    'replies with a status of 400 to 499, but for 429; among them are questions that Jira answers with "not found"';
COMMENT ON COLUMN jira_spoke.stat_connection.errors_5xx IS 'replies with a status of 500 or more';
COMMENT ON COLUMN jira_spoke.stat_connection.throttled IS 'replies with status 429: Jira wants to be asked more slowly';
COMMENT ON COLUMN jira_spoke.stat_connection.timeouts IS
    'requests without a connection, or without a complete reply, in time';
COMMENT ON COLUMN jira_spoke.stat_connection.bytes_received IS 'headers and bodies, as they travelled';
COMMENT ON COLUMN jira_spoke.stat_connection.milliseconds IS
    'that requests took, added up; waiting before a retry or for the pace is not included';
COMMENT ON COLUMN jira_spoke.stat_connection.last_success IS 'when the last reply without an error came';
COMMENT ON COLUMN jira_spoke.stat_connection.last_error IS
    'what was wrong last, at most 511 bytes; one that a retry has mended is told, too';
COMMENT ON COLUMN jira_spoke.stat_connection.quota_remaining IS
    'points or requests that Jira says are left, by the last reply that tells; NULL: it does not say, or there are plenty';
COMMENT ON COLUMN jira_spoke.stat_connection.quota_resets_at IS 'when Jira says that there will be more';
COMMENT ON COLUMN jira_spoke.stat_connection.scope IS
    'server: counted for all processes; backend: for this session alone, where processes cannot share memory';
COMMENT ON COLUMN jira_spoke.stat_connection.stats_reset IS
    'since when it is counted: the last reset, or the first request since the server has started';

CREATE FUNCTION @extschema@.jira_stat_reset(connection text DEFAULT NULL)
RETURNS void
LANGUAGE C VOLATILE PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'jira_stat_reset';
COMMENT ON FUNCTION @extschema@.jira_stat_reset IS
    'Lets jira_spoke.stat_connection count from zero: for one connection, or for all that the caller may use; for a superuser, those of all databases.';

CREATE FUNCTION jira_spoke.stat_forget()
RETURNS trigger
LANGUAGE C VOLATILE PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'jira_stat_forget';
COMMENT ON FUNCTION jira_spoke.stat_forget IS
    'trigger function of jira_spoke.alias: takes the statistics of an alias that is dropped or made out of jira_spoke.stat_connection';

-- Statistics are those of one alias, not of a later one of the same name.
CREATE TRIGGER stat_forget AFTER INSERT OR DELETE ON jira_spoke.alias
    FOR EACH ROW EXECUTE FUNCTION jira_spoke.stat_forget();
-- For developers: do the C tables of actions and the SQL declarations agree?

CREATE FUNCTION jira_spoke.check_actions(OUT function regprocedure, OUT problem text)
RETURNS SETOF record
LANGUAGE C STABLE PARALLEL SAFE
AS 'MODULE_PATHNAME', 'jira_check_actions';
COMMENT ON FUNCTION jira_spoke.check_actions IS
    'what does not fit between the actions in the library and their SQL functions; no rows: nothing';
-- Who may do what.  Default privileges of the installing role may have granted
-- rights on the objects above: all are taken back, from every grantee, before
-- the rights below are given.  An upgrade does so for objects that are new, and
-- leaves the others as an administrator has them.

DO $access$
DECLARE
    found CONSTANT text[] := pg_catalog.current_setting('jira_spoke_script.found')::pg_catalog.text[];
    item record;
BEGIN
    FOR item IN
        WITH member AS (
            SELECT d.classid, d.objid
            FROM pg_catalog.pg_depend AS d
            JOIN pg_catalog.pg_extension AS e ON e.oid OPERATOR(pg_catalog.=) d.refobjid
            WHERE d.refclassid OPERATOR(pg_catalog.=) 'pg_catalog.pg_extension'::pg_catalog.regclass
              AND d.deptype OPERATOR(pg_catalog.=) 'e'
              AND e.extname OPERATOR(pg_catalog.=) 'jira_spoke'
              AND pg_catalog.format('%s %s', d.classid, d.objid) OPERATOR(pg_catalog.<>) ALL (found)
        ),
        object (kind, name, owner, acl) AS (
            SELECT 'FUNCTION', p.oid::pg_catalog.regprocedure::text, p.proowner,
                   COALESCE(p.proacl, pg_catalog.acldefault('f', p.proowner))
            FROM member AS m
            JOIN pg_catalog.pg_proc AS p ON p.oid OPERATOR(pg_catalog.=) m.objid
            WHERE m.classid OPERATOR(pg_catalog.=) 'pg_catalog.pg_proc'::pg_catalog.regclass
            UNION ALL
            SELECT 'TABLE', c.oid::pg_catalog.regclass::text, c.relowner, c.relacl
            FROM member AS m
            JOIN pg_catalog.pg_class AS c ON c.oid OPERATOR(pg_catalog.=) m.objid
            WHERE m.classid OPERATOR(pg_catalog.=) 'pg_catalog.pg_class'::pg_catalog.regclass
              AND c.relkind OPERATOR(pg_catalog.<>) 'c'
            UNION ALL
            SELECT 'SCHEMA', n.oid::pg_catalog.regnamespace::text, n.nspowner, n.nspacl
            FROM member AS m
            JOIN pg_catalog.pg_namespace AS n ON n.oid OPERATOR(pg_catalog.=) m.objid
            WHERE m.classid OPERATOR(pg_catalog.=) 'pg_catalog.pg_namespace'::pg_catalog.regclass
        )
        SELECT DISTINCT o.kind, o.name,
               CASE WHEN a.grantee OPERATOR(pg_catalog.=) 0 THEN 'PUBLIC'
                    ELSE a.grantee::pg_catalog.regrole::text END AS grantee
        FROM object AS o
        CROSS JOIN LATERAL pg_catalog.aclexplode(o.acl) AS a
        WHERE a.grantee OPERATOR(pg_catalog.<>) o.owner
    LOOP
        EXECUTE pg_catalog.format('REVOKE ALL ON %s %s FROM %s',
                                  item.kind, item.name, item.grantee);
    END LOOP;

    -- Of the functions of the user's schema, those that administer connections
    -- are for administrators, those that read for readers, and the rest, which
    -- writes or leads to a write, for users.  A write is PARALLEL UNSAFE; some
    -- that are unsafe, too, write nothing that their caller may not.
    FOR item IN
        SELECT p.oid::pg_catalog.regprocedure::text AS name,
               CASE WHEN p.proname OPERATOR(pg_catalog.=) ANY (ARRAY[
                        'jira_create_connection', 'jira_alter_connection',
                        'jira_drop_connection', 'jira_grant_connection',
                        'jira_revoke_connection', 'jira_rotate_key',
                        'jira_create_oauth_application', 'jira_alter_oauth_application',
                        'jira_drop_oauth_application',
                        'jira_oauth_authorize_url', 'jira_oauth_complete',
                        'jira_stat_reset', 'jira_outbox_adopt']::pg_catalog.name[])
                    THEN 'jira_spoke_admin'
                    WHEN p.proparallel OPERATOR(pg_catalog.<>) 'u'
                      OR p.proname OPERATOR(pg_catalog.=) ANY (ARRAY[
                        'jira_request', 'jira_request_stream', 'jira_wait', 'jira_use_connection',
                        'jira_copy_issue_attachment_to_record']::pg_catalog.name[])
                    THEN 'jira_spoke_reader' ELSE 'jira_spoke_user' END AS grantee
        FROM pg_catalog.pg_depend AS d
        JOIN pg_catalog.pg_extension AS e ON e.oid OPERATOR(pg_catalog.=) d.refobjid
        JOIN pg_catalog.pg_proc AS p ON p.oid OPERATOR(pg_catalog.=) d.objid
        WHERE d.refclassid OPERATOR(pg_catalog.=) 'pg_catalog.pg_extension'::pg_catalog.regclass
          AND d.classid OPERATOR(pg_catalog.=) 'pg_catalog.pg_proc'::pg_catalog.regclass
          AND d.deptype OPERATOR(pg_catalog.=) 'e'
          AND e.extname OPERATOR(pg_catalog.=) 'jira_spoke'
          AND p.pronamespace OPERATOR(pg_catalog.=) e.extnamespace
          AND pg_catalog.format('%s %s', d.classid, d.objid) OPERATOR(pg_catalog.<>) ALL (found)
    LOOP
        EXECUTE pg_catalog.format('GRANT EXECUTE ON FUNCTION %s TO %s', item.name, item.grantee);
    END LOOP;

    -- Who watches the server, as a member of pg_read_all_stats, may use no
    -- connection, and see what they come to.
    FOR item IN
        SELECT g.*
        FROM (VALUES
            ('SCHEMA', 'jira_spoke', 'USAGE', 'jira_spoke_reader, pg_read_all_stats'),
            ('TABLE', 'jira_spoke.alias', 'SELECT', 'jira_spoke_reader'),
            ('TABLE', 'jira_spoke.alias_in_use', 'SELECT', 'jira_spoke_reader'),
            ('TABLE', 'jira_spoke.connection', 'SELECT', 'jira_spoke_reader'),
            ('TABLE', 'jira_spoke.action', 'SELECT', 'jira_spoke_reader'),
            ('TABLE', 'jira_spoke.oauth_application',
             'SELECT (name, owner, client_id, grant_type, redirect_url, scopes, authorize_url, token_url, refresh_url)',
             'jira_spoke_reader'),
            ('TABLE', 'jira_spoke.sign_in',
             'SELECT (alias, generation, obtained, expires, asked, problem, blocked_until)', 'jira_spoke_reader'),
            ('TABLE', 'jira_spoke.secret_entry', 'INSERT', 'jira_spoke_admin'),
            ('TABLE', 'jira_spoke.outbox', 'SELECT', 'jira_spoke_reader'),
            ('TABLE', 'jira_spoke.outbox_pause', 'SELECT', 'jira_spoke_reader'),
            ('TABLE', 'jira_spoke.outbox_status', 'SELECT', 'jira_spoke_reader, pg_read_all_stats'),
            ('TABLE', 'jira_spoke.stat_connection', 'SELECT', 'jira_spoke_reader, pg_read_all_stats'),
            ('FUNCTION', 'jira_spoke.library_version()', 'EXECUTE', 'jira_spoke_reader'),
            ('FUNCTION', 'jira_spoke.describe_actions()', 'EXECUTE', 'jira_spoke_reader'),
            ('FUNCTION', 'jira_spoke.stat_get_connections()', 'EXECUTE', 'jira_spoke_reader, pg_read_all_stats'),
            ('FUNCTION', 'jira_spoke.outbox_home_id()', 'EXECUTE', 'jira_spoke_reader, pg_read_all_stats'),
            ('FUNCTION', 'jira_spoke.outbox_worker_pid()', 'EXECUTE', 'jira_spoke_reader, pg_read_all_stats')
        ) AS g (kind, name, privilege, grantees)
        JOIN pg_catalog.pg_depend AS d
          ON (pg_catalog.pg_identify_object(d.classid, d.objid, 0)).identity OPERATOR(pg_catalog.=) g.name
        JOIN pg_catalog.pg_extension AS e ON e.oid OPERATOR(pg_catalog.=) d.refobjid
        WHERE d.refclassid OPERATOR(pg_catalog.=) 'pg_catalog.pg_extension'::pg_catalog.regclass
          AND d.deptype OPERATOR(pg_catalog.=) 'e'
          AND e.extname OPERATOR(pg_catalog.=) 'jira_spoke'
          AND pg_catalog.format('%s %s', d.classid, d.objid) OPERATOR(pg_catalog.<>) ALL (found)
    LOOP
        EXECUTE pg_catalog.format('GRANT %s ON %s %s TO %s', item.privilege, item.kind, item.name, item.grantees);
    END LOOP;
END
$access$;

-- A dump has the connections with their sealed secrets.  Tokens stay behind: two
-- servers that renew the same ones would lock each other out.
SELECT pg_catalog.pg_extension_config_dump('jira_spoke.alias', '');
SELECT pg_catalog.pg_extension_config_dump('jira_spoke.alias_in_use', '');
SELECT pg_catalog.pg_extension_config_dump('jira_spoke.oauth_application', '');
SELECT pg_catalog.pg_extension_config_dump('jira_spoke.connection', '');
SELECT pg_catalog.pg_extension_config_dump('jira_spoke.credential', '');
