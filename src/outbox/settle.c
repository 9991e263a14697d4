/*
 * settle.c
 *	  What becomes of an item, as its row says.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "commands/async.h"
#include "utils/builtins.h"
#include "utils/timestamp.h"

#include "outbox/settle.h"
#include "utils/own_tables.h"
#include "utils/settings.h"

/* Fenced: what another attempt has taken over is left alone. */
#define MINE " WHERE id = $1 AND attempts = $2 AND state = 'sending'"

/* Of every statement here: the item, and what it may need beside that. */
static bool
settle(const OutboxItem *item, const char *statement, const char *result, const char *error,
	   TimestampTz next_attempt, TimestampTz doubtful_since)
{
	Oid			types[] = {INT8OID, INT4OID, TEXTOID, TEXTOID, TIMESTAMPTZOID, TIMESTAMPTZOID};
	Datum		values[] = {
		Int64GetDatum(item->id), Int32GetDatum(item->attempts),
		result ? CStringGetTextDatum(result) : 0, error ? CStringGetTextDatum(error) : 0,
		TimestampTzGetDatum(next_attempt), TimestampTzGetDatum(doubtful_since)
	};
	char		nulls[] = {' ', ' ', result ? ' ' : 'n', error ? ' ' : 'n', ' ', ' '};

	return own_tables_execute(statement, lengthof(types), types, values, nulls) > 0;
}

static TimestampTz
from_now(int64 milliseconds)
{
	return TimestampTzPlusMilliseconds(GetCurrentTimestamp(), milliseconds);
}

static void
notify(const OutboxItem *item)
{
	if (jira_outbox_notify)
		Async_Notify("jira_spoke_outbox", psprintf(INT64_FORMAT, item->id));
}

bool
item_done(const OutboxItem *item, const char *result, const char *error)
{
	if (!settle(item, "UPDATE jira_spoke.outbox SET state = 'done', result = $3, error = $4,"
				" doubtful_since = NULL, finished_at = clock_timestamp()" MINE, result, error, 0, 0))
		return false;
	notify(item);
	return true;
}

bool
item_failed(const OutboxItem *item, const char *error)
{
	if (!settle(item, "UPDATE jira_spoke.outbox SET state = 'failed', error = $4,"
				" finished_at = clock_timestamp()" MINE, NULL, error, 0, 0))
		return false;
	ereport(LOG,
			(errmsg("item " INT64_FORMAT " of the Jira outbox failed (%s through connection \"%s\"): %s",
					item->id, item->action, item->connection, error)));
	notify(item);
	return true;
}

bool
item_retry(const OutboxItem *item, int64 delay, const char *error)
{
	return settle(item, "UPDATE jira_spoke.outbox SET state = 'pending', error = $4, next_attempt = $5,"
				  " doubtful_since = NULL" MINE, NULL, error, from_now(delay), 0);
}

/* Only what was not in doubt was counted as an attempt when it was claimed. */
bool
item_put_back(const OutboxItem *item, int64 delay, const char *error)
{
	return settle(item, "UPDATE jira_spoke.outbox SET state = 'pending', error = COALESCE($4, error),"
				  " next_attempt = $5, attempts = attempts - (doubtful_since IS NULL)::integer" MINE,
				  NULL, error, from_now(delay), 0);
}

bool
item_doubtful(const OutboxItem *item, TimestampTz since, int64 delay, const char *error)
{
	return settle(item, "UPDATE jira_spoke.outbox SET state = 'pending', error = COALESCE($4, error),"
				  " next_attempt = $5, doubtful_since = $6" MINE, NULL, error, from_now(delay), since);
}

bool
item_untold(const OutboxItem *item, const char *result, int64 delay, const char *error)
{
	return settle(item, "UPDATE jira_spoke.outbox SET result = $3, error = $4, next_attempt = $5,"
				  " doubtful_since = NULL" MINE, result, error, from_now(delay), 0);
}
