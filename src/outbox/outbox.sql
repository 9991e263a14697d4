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
COMMENT ON COLUMN jira_spoke.outbox.id IS 'number of the item, as jira_enqueue returns it';
COMMENT ON COLUMN jira_spoke.outbox.connection IS 'name of the connection';
COMMENT ON COLUMN jira_spoke.outbox.action IS 'name of the SQL function that would make the write';
COMMENT ON COLUMN jira_spoke.outbox.state IS 'pending, composing, sending, writing_back, done, failed or cancelled';
COMMENT ON COLUMN jira_spoke.outbox.next_attempt IS 'when it may be sent';
COMMENT ON COLUMN jira_spoke.outbox.error IS 'what went wrong last';
COMMENT ON COLUMN jira_spoke.outbox.created_at IS 'when it was enqueued';
COMMENT ON COLUMN jira_spoke.outbox.finished_at IS 'when it was done, failed or cancelled';
COMMENT ON COLUMN jira_spoke.outbox.source_key IS 'columns and values that find the row of source';
COMMENT ON COLUMN jira_spoke.outbox.key_column IS 'column of source that gets the result';
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
COMMENT ON COLUMN jira_spoke.outbox_pause.connection IS 'name of the connection';
COMMENT ON COLUMN jira_spoke.outbox_pause.since IS 'since when it is paused';
COMMENT ON COLUMN jira_spoke.outbox_pause.until IS 'when it is tried again';
COMMENT ON COLUMN jira_spoke.outbox_pause.attempts IS 'how often it was tried';
COMMENT ON COLUMN jira_spoke.outbox_pause.reason IS 'what Jira said';
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
COMMENT ON COLUMN jira_spoke.outbox_home.home IS 'id of this server and database';
COMMENT ON COLUMN jira_spoke.outbox_home.timeline IS 'timeline of its WAL';
COMMENT ON COLUMN jira_spoke.outbox_home.server_start IS 'when the server was started';
COMMENT ON COLUMN jira_spoke.outbox_home.since IS 'when it was noted first';
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
COMMENT ON COLUMN jira_spoke.outbox_status.connection IS 'name of the connection';
COMMENT ON COLUMN jira_spoke.outbox_status.pending IS 'items that wait to be sent';
COMMENT ON COLUMN jira_spoke.outbox_status.sending IS 'items that are under way';
COMMENT ON COLUMN jira_spoke.outbox_status.writing_back IS 'items whose result waits to be put into its row';
COMMENT ON COLUMN jira_spoke.outbox_status.failed IS 'items that failed';
COMMENT ON COLUMN jira_spoke.outbox_status.oldest IS 'when the oldest item that is not finished was enqueued';
COMMENT ON COLUMN jira_spoke.outbox_status.done_last_minute IS 'items that were done within the last minute';
COMMENT ON COLUMN jira_spoke.outbox_status.paused_until IS 'when the connection is tried again; NULL: it is not paused';
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
    'Puts a write into the outbox and returns its id. It is carried out after the transaction has committed, as the current role. arguments: those of the action''s function, by name; they are checked at once. jira_request is an action, too, for requests that write. not_before: when to carry it out, if not at once. Items of a group are carried out in order; the default group is the issue that is written to, if there is one.';

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
