/*
 * item.c
 *	  Items of the outbox as rows: claimed, settled, and paused by connection.
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "catalog/pg_type.h"
#include "commands/async.h"
#include "executor/spi.h"
#include "lib/stringinfo.h"
#include "mb/pg_wchar.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/jsonb.h"
#include "utils/memutils.h"
#include "utils/syscache.h"
#include "utils/timestamp.h"

#include "outbox/home.h"
#include "outbox/item.h"
#include "utils/own_tables.h"
#include "utils/settings.h"

/* The columns of an item as the statements below select them, in their order. */
enum
{
	ID,
	ATTEMPTS,
	CONNECTION,
	ACTION,
	ARGUMENTS,
	ROLE,
	TARGET,
	MARKER,
	DOUBTFUL_SINCE,
	SOURCE,
	SOURCE_KEY,
	KEY_COLUMN,
	PROBES,
	GROUP_KEY,
	RESULT,
	ERROR_TEXT,
	ITEM_COLUMNS
};

static const char *const item_columns[ITEM_COLUMNS] = {
	[ID] = "o.id",
	[ATTEMPTS] = "o.attempts",
	[CONNECTION] = "o.connection",
	[ACTION] = "o.action",
	[ARGUMENTS] = "o.arguments::text",
	[ROLE] = "o.role::oid",
	[TARGET] = "upper(o.arguments ->> 'issue')",
	[MARKER] = "o.marker",
	[DOUBTFUL_SINCE] = "o.doubtful_since",
	[SOURCE] = "o.source::oid",
	[SOURCE_KEY] = "o.source_key",
	[KEY_COLUMN] = "o.key_column::text",
	[PROBES] = "EXISTS (SELECT FROM jira_spoke.outbox_pause AS p WHERE p.connection = o.connection)",
	[GROUP_KEY] = "o.group_key",
	[RESULT] = "o.result",
	[ERROR_TEXT] = "o.error"
};

/*
 * Of what was due a moment ago ($1), what still is.  A connection that waits for
 * a repair tries with one.  To look for an issue is no attempt.
 */
static const char claim_clause[] =
"WITH claimed AS ("
" UPDATE jira_spoke.outbox AS o SET state = 'sending', attempts = attempts + (o.doubtful_since IS NULL)::integer"
" WHERE o.id = ANY ($1) AND " OUTBOX_DUE " RETURNING o.*),"
" waiting AS (UPDATE jira_spoke.outbox_pause SET until = clock_timestamp() + '1 minute'::interval"
"  WHERE NOT throttled AND connection IN (SELECT connection FROM claimed))";
static const char claimed_items[] = "claimed AS o ORDER BY o.id";

/* Carried out, but their rows were locked when they should have been told. */
static const char unwritten_items[] =
"jira_spoke.outbox AS o"
" WHERE o.home = " OUTBOX_HERE " AND o.state = 'sending' AND o.result IS NOT NULL"
" ORDER BY o.next_attempt LIMIT $1";

#define PURGE_INTERVAL_MS (60 * 60 * 1000)

/* In the current memory context. */
static json_t *
parse_json(const char *text)
{
	char	   *utf8 = pg_server_to_any(text, strlen(text), PG_UTF8);
	char	   *problem;

	return jira_json_parse(CurrentMemoryContext, utf8, strlen(utf8), &problem);
}

/* A row of the statements, one element for each column. */
typedef struct ItemRow
{
	Datum		values[ITEM_COLUMNS];
	bool		nulls[ITEM_COLUMNS];
} ItemRow;

static char *
row_text(const ItemRow *row, int column)
{
	return row->nulls[column] ? NULL : TextDatumGetCString(row->values[column]);
}

static Oid
row_oid(const ItemRow *row, int column)
{
	return row->nulls[column] ? InvalidOid : DatumGetObjectId(row->values[column]);
}

/* In the current memory context. */
static OutboxItem *
make_item(const ItemRow *row)
{
	OutboxItem *item = palloc0(sizeof(OutboxItem));

	item->claimed = GetCurrentTimestamp();
	item->id = DatumGetInt64(row->values[ID]);
	item->attempts = DatumGetInt32(row->values[ATTEMPTS]);
	item->connection = row_text(row, CONNECTION);
	item->action = row_text(row, ACTION);
	item->arguments = parse_json(row_text(row, ARGUMENTS));
	item->role = row_oid(row, ROLE);
	if (!SearchSysCacheExists1(AUTHOID, ObjectIdGetDatum(item->role)))
		item->role = InvalidOid;
	item->target = row_text(row, TARGET);
	item->marker = row_text(row, MARKER);
	if (!row->nulls[DOUBTFUL_SINCE])
		item->doubtful_since = DatumGetTimestampTz(row->values[DOUBTFUL_SINCE]);
	item->source = row_oid(row, SOURCE);
	if (!row->nulls[SOURCE_KEY])
		item->source_key = DatumGetJsonbPCopy(row->values[SOURCE_KEY]);
	item->key_column = row_text(row, KEY_COLUMN);
	item->probes = DatumGetBool(row->values[PROBES]);
	item->group_key = row_text(row, GROUP_KEY);
	item->result = row_text(row, RESULT);
	item->error = row_text(row, ERROR_TEXT);
	return item;
}

/* The items of "WITH ... SELECT columns FROM ...", in the current memory context. */
static List *
read_items(const char *with, const char *from, Oid type, Datum value)
{
	MemoryContext context = CurrentMemoryContext;
	StringInfoData statement;
	List	   *items = NIL;
	ItemRow		row;

	initStringInfo(&statement);
	appendStringInfo(&statement, "%sSELECT ", with);
	for (int i = 0; i < ITEM_COLUMNS; i++)
		appendStringInfo(&statement, "%s%s", i > 0 ? ", " : "", item_columns[i]);
	appendStringInfo(&statement, " FROM %s", from);

	SPI_connect();
	SPI_execute_with_args(statement.data, 1, &type, &value, NULL, false, 0);
	for (uint64 i = 0; i < SPI_processed; i++)
	{
		MemoryContext before = MemoryContextSwitchTo(context);

		heap_deform_tuple(SPI_tuptable->vals[i], SPI_tuptable->tupdesc, row.values, row.nulls);
		items = lappend(items, make_item(&row));
		MemoryContextSwitchTo(before);
	}
	SPI_finish();
	return items;
}

List *
item_claim(const int64 *ids, int count)
{
	Datum	   *elements = palloc(sizeof(Datum) * count);

	for (int i = 0; i < count; i++)
		elements[i] = Int64GetDatum(ids[i]);
	return read_items(claim_clause, claimed_items, INT8ARRAYOID,
					  PointerGetDatum(construct_array(elements, count, INT8OID, sizeof(int64), FLOAT8PASSBYVAL, TYPALIGN_DOUBLE)));
}

List *
item_unwritten(int most)
{
	return read_items("", unwritten_items, INT4OID, Int32GetDatum(most));
}

Oid
item_role(const OutboxItem *item)
{
	if (!OidIsValid(item->role))
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_OBJECT),
				 errmsg("the role that enqueued this does not exist any more")));
	return item->role;
}

/* Items that have been sent when this worker began. */
#define INTERRUPTED " WHERE home = " OUTBOX_HERE " AND state = 'sending' AND result IS NULL"

void
item_doubt_interrupted(bool crashed)
{
	Oid			types[] = {BOOLOID, BOOLOID};
	Datum		values[] = {BoolGetDatum(crashed), BoolGetDatum(jira_outbox_notify)};
	uint64		failed;

	failed = own_tables_execute("WITH failed AS ("
								"UPDATE jira_spoke.outbox SET state = 'failed', finished_at = clock_timestamp(), error ="
								" 'It may have been carried out: look in Jira, and call jira_outbox_retry(' || id ||"
								" ') if it was not. The server crashed twice while this was being sent.'"
								INTERRUPTED " AND crashes > 0 AND $1 RETURNING id)"
								" SELECT CASE WHEN $2 THEN pg_notify('jira_spoke_outbox', id::text) END FROM failed",
								lengthof(types), types, values, NULL);
	if (failed > 0)
		ereport(LOG,
				(errmsg(UINT64_FORMAT " items of the Jira outbox failed: the server has crashed twice while they were being sent", failed)));
	(void) own_tables_execute("UPDATE jira_spoke.outbox SET state = 'pending', crashes = crashes + $1::integer,"
							  " doubtful_since = COALESCE(doubtful_since, clock_timestamp()),"
							  " next_attempt = clock_timestamp(),"
							  " error = 'The worker ended while this was being sent.'" INTERRUPTED,
							  1, types, values, NULL);
}

void
item_purge(bool now)
{
	static TimestampTz last = 0;
	Oid			types[] = {INT4OID};
	Datum		values[] = {Int32GetDatum(jira_outbox_retention)};

	if (jira_outbox_retention == 0 ||
		(!now && !TimestampDifferenceExceeds(last, GetCurrentTimestamp(), PURGE_INTERVAL_MS)))
		return;
	last = GetCurrentTimestamp();
	/* A session that keeps an item locked must not hold up the worker. */
	(void) own_tables_execute("DELETE FROM jira_spoke.outbox WHERE home = " OUTBOX_HERE
							  " AND id IN (SELECT id FROM jira_spoke.outbox"
							  " WHERE home = " OUTBOX_HERE " AND state = ANY (ARRAY['done', 'failed', 'cancelled'])"
							  " AND finished_at < clock_timestamp() - $1 * '1 minute'::interval FOR UPDATE SKIP LOCKED)",
							  lengthof(types), types, values, NULL);
}

bool
item_is_any_unfinished(void)
{
	return own_tables_execute("SELECT FROM jira_spoke.outbox WHERE home = " OUTBOX_HERE
							  " AND state = ANY (ARRAY['pending', 'sending']) LIMIT 1",
							  0, NULL, NULL, NULL) > 0;
}

/* An item that another attempt has claimed since is left alone. */
#define CLAIMED " WHERE id = $1 AND home = " OUTBOX_HERE " AND attempts = $2 AND state = 'sending'"

/* Executes a statement of those below, with all of their parameters. */
static bool
update_item(const OutboxItem *item, const char *statement, const char *result, const char *error,
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
	if (!update_item(item, "UPDATE jira_spoke.outbox SET state = 'done', result = $3, error = $4,"
					 " doubtful_since = NULL, finished_at = clock_timestamp()" CLAIMED, result, error, 0, 0))
		return false;
	notify(item);
	return true;
}

bool
item_failed(const OutboxItem *item, const char *error)
{
	if (!update_item(item, "UPDATE jira_spoke.outbox SET state = 'failed', error = $4,"
					 " finished_at = clock_timestamp()" CLAIMED, NULL, error, 0, 0))
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
	return update_item(item, "UPDATE jira_spoke.outbox SET state = 'pending', error = $4, next_attempt = $5,"
					   " doubtful_since = NULL, crashes = 0" CLAIMED, NULL, error, from_now(delay), 0);
}

/* The claim has counted an attempt, unless the item was in doubt. */
bool
item_put_back(const OutboxItem *item, int64 delay, const char *error)
{
	return update_item(item, "UPDATE jira_spoke.outbox SET state = 'pending', error = COALESCE($4, error),"
					   " next_attempt = $5, attempts = attempts - (doubtful_since IS NULL)::integer" CLAIMED,
					   NULL, error, from_now(delay), 0);
}

bool
item_doubtful(const OutboxItem *item, TimestampTz since, int64 delay, const char *error)
{
	return update_item(item, "UPDATE jira_spoke.outbox SET state = 'pending', error = COALESCE($4, error),"
					   " next_attempt = $5, doubtful_since = $6" CLAIMED, NULL, error, from_now(delay), since);
}

bool
item_not_written(const OutboxItem *item, const char *result, int64 delay, const char *error)
{
	return update_item(item, "UPDATE jira_spoke.outbox SET result = $3, error = $4, next_attempt = $5,"
					   " doubtful_since = NULL" CLAIMED, result, error, from_now(delay), 0);
}

static void
log_pause(const char *connection, const char *reason)
{
	ereport(LOG,
			(errmsg("the Jira outbox pauses connection \"%s\": %s", connection, reason)));
}

/* The pause doubles each time that the item which tries fails, up to ten minutes. */
void
outbox_pause_connection(const OutboxItem *item, const char *reason)
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
		log_pause(item->connection, reason);
}

/*
 * A pause that waits for a repair is not shortened.  One reply may turn away many
 * items: they all ask for the same pause, which is logged once.
 */
void
outbox_throttle_connection(const char *connection, int64 delay, const char *reason)
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
		log_pause(connection, reason);
}

void
outbox_resume_connection(const char *connection, TimestampTz begun)
{
	Oid			types[] = {TEXTOID, TIMESTAMPTZOID};
	Datum		values[] = {CStringGetTextDatum(connection), TimestampTzGetDatum(begun)};

	(void) own_tables_execute("DELETE FROM jira_spoke.outbox_pause WHERE connection = $1 AND since <= $2",
							  lengthof(types), types, values, NULL);
}
