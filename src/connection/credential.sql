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
COMMENT ON COLUMN jira_spoke.credential.alias IS 'name of the connection';
COMMENT ON COLUMN jira_spoke.credential.origin IS 'the only origin that the secret may be sent to';
COMMENT ON COLUMN jira_spoke.credential.secret IS 'token or password, sealed';

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
COMMENT ON COLUMN jira_spoke.key_directory.key_id IS 'id of the key';
COMMENT ON COLUMN jira_spoke.key_directory.directory IS 'data directory in which it was used';

ALTER TABLE jira_spoke.key_directory ENABLE ROW LEVEL SECURITY;
ALTER TABLE jira_spoke.key_directory FORCE ROW LEVEL SECURITY;

CREATE FUNCTION @extschema@.jira_rotate_key()
RETURNS bigint
LANGUAGE C VOLATILE PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'jira_rotate_key';
COMMENT ON FUNCTION @extschema@.jira_rotate_key IS
    'Seals every secret anew with the first key of jira_spoke.key_file or jira_spoke.key_command and returns how many were sealed with another one before. What another transaction is changing is left as it is, with a warning, and counted all the same. When it returns 0 no other key is needed: call it again before you remove one, for a session that began before the change may have sealed with the old key since.';
