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
COMMENT ON COLUMN jira_spoke.oauth_application.name IS 'name of the application here';
COMMENT ON COLUMN jira_spoke.oauth_application.client_secret IS 'its secret, sealed';
COMMENT ON COLUMN jira_spoke.oauth_application.owner IS 'role that owns it';
COMMENT ON COLUMN jira_spoke.oauth_application.client_id IS 'id that it was registered with';
COMMENT ON COLUMN jira_spoke.oauth_application.grant_type IS 'authorization_code: with consent of a user; client_credentials: for a service account';
COMMENT ON COLUMN jira_spoke.oauth_application.redirect_url IS 'address that the browser is sent to after consent';
COMMENT ON COLUMN jira_spoke.oauth_application.scopes IS 'scopes that consent is asked for';
COMMENT ON COLUMN jira_spoke.oauth_application.authorize_url IS 'address at which consent is given';
COMMENT ON COLUMN jira_spoke.oauth_application.token_url IS 'address at which tokens are issued';
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
COMMENT ON COLUMN jira_spoke.sign_in.alias IS 'name of the connection';
COMMENT ON COLUMN jira_spoke.sign_in.access_token IS 'the access token, sealed';
COMMENT ON COLUMN jira_spoke.sign_in.refresh_token IS 'the refresh token, sealed';
COMMENT ON COLUMN jira_spoke.sign_in.origin IS 'the only origin that the access token is sent to';
COMMENT ON COLUMN jira_spoke.sign_in.token_origin IS 'the only origin that the refresh token and the consent are sent to';
COMMENT ON COLUMN jira_spoke.sign_in.obtained IS 'when the tokens were issued';
COMMENT ON COLUMN jira_spoke.sign_in.expires IS 'when the access token ends';
COMMENT ON COLUMN jira_spoke.sign_in.asked IS 'when consent was last asked for';
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
