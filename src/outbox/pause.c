/*
 * pause.c
 *	  Connections whose items wait, all of them.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "utils/builtins.h"
#include "utils/timestamp.h"

#include "outbox/pause.h"
#include "utils/own_tables.h"

static void
tell_pause(const char *connection, const char *reason)
{
	ereport(LOG,
			(errmsg("the Jira outbox pauses connection \"%s\": %s", connection, reason)));
}

/* Each time it is in vain, twice as long, up to ten minutes. */
void
pause_connection(const OutboxItem *item, const char *reason)
{
	Oid			types[] = {TEXTOID, TEXTOID, BOOLOID};
	Datum		values[] = {CStringGetTextDatum(item->connection), CStringGetTextDatum(reason), BoolGetDatum(item->probes)};

	if (own_tables_execute("INSERT INTO jira_spoke.outbox_pause AS p (connection, until, reason)"
						   " VALUES ($1, clock_timestamp() + '15 seconds'::interval, $2)"
						   " ON CONFLICT (connection) DO UPDATE SET reason = excluded.reason, throttled = false,"
						   " since = CASE WHEN p.throttled THEN excluded.since ELSE p.since END, attempts = p.attempts + 1,"
						   " until = clock_timestamp() + LEAST('15 seconds'::interval * 2 ^ LEAST(p.attempts, 6), '10 minutes'::interval)"
						   " WHERE $3 OR p.throttled",
						   lengthof(types), types, values, NULL) > 0)
		tell_pause(item->connection, reason);
}

/*
 * A pause for a repair goes on, whatever the pace.  For each of many items that
 * one reply turned away, this is the same pause.
 */
void
throttle_connection(const char *connection, int64 delay, const char *reason)
{
	Oid			types[] = {TEXTOID, TEXTOID, TIMESTAMPTZOID};
	Datum		values[] = {CStringGetTextDatum(connection), CStringGetTextDatum(reason),
	TimestampTzGetDatum(TimestampTzPlusMilliseconds(GetCurrentTimestamp(), delay))};

	if (own_tables_execute("INSERT INTO jira_spoke.outbox_pause AS p (connection, until, reason, throttled, attempts)"
						   " VALUES ($1, $3, $2, true, 0)"
						   " ON CONFLICT (connection) DO UPDATE SET reason = excluded.reason, since = clock_timestamp(),"
						   " until = excluded.until"
						   " WHERE p.throttled AND p.until < excluded.until - '100 ms'::interval",
						   lengthof(types), types, values, NULL) > 0)
		tell_pause(connection, reason);
}

void
resume_connection(const char *connection, TimestampTz begun)
{
	Oid			types[] = {TEXTOID, TIMESTAMPTZOID};
	Datum		values[] = {CStringGetTextDatum(connection), TimestampTzGetDatum(begun)};

	(void) own_tables_execute("DELETE FROM jira_spoke.outbox_pause WHERE connection = $1 AND since <= $2",
							  lengthof(types), types, values, NULL);
}
