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
COMMENT ON COLUMN jira_spoke.stat_connection.connection IS 'name of the connection';
COMMENT ON COLUMN jira_spoke.stat_connection.last_error_at IS 'when that was';
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
