/*
 * outbox_claim.c
 *	  Items of the outbox as rows.
 */
#include "postgres.h"

#include "catalog/namespace.h"
#include "catalog/pg_type.h"
#include "commands/async.h"
#include "commands/extension.h"
#include "executor/spi.h"
#include "mb/pg_wchar.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/jsonb.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/syscache.h"
#include "utils/timestamp.h"

#include "outbox_claim.h"
#include "settings.h"
#include "value.h"

/* Nothing of the same group is before it. */
#define FIRST_OF_GROUP \
"(o.group_key IS NULL OR NOT EXISTS (SELECT FROM jira_spoke.outbox AS e" \
"  WHERE e.group_key = o.group_key AND e.connection = o.connection AND e.id < o.id" \
"  AND e.state = ANY (ARRAY['pending', 'sending'])))"

/*
 * Due is what is pending, not paused, and not behind another one of its group.
 * $1 is the most issues to create at once; a connection that was paused tries
 * with one item, and those of $2 have no bulk requests.  To look for an issue is
 * no attempt.  The state is asked for again, because of one who cancels just now.
 */
static const char claim_statement[] =
"WITH due AS MATERIALIZED ("
" SELECT o.id, o.connection, o.role, o.action, o.doubtful_since IS NOT NULL AS doubtful"
" FROM jira_spoke.outbox AS o"
" WHERE o.state = 'pending' AND o.next_attempt <= clock_timestamp()"
" AND NOT EXISTS (SELECT FROM jira_spoke.outbox_pause AS p"
"  WHERE p.connection = o.connection AND p.until > clock_timestamp())"
" AND " FIRST_OF_GROUP
" ORDER BY o.id LIMIT 4 * $1),"
" first AS (SELECT * FROM due ORDER BY id LIMIT 1),"
" chosen AS (SELECT d.id FROM due AS d, first AS f"
"  WHERE d.id = f.id OR (f.action = 'jira_create_issue' AND d.action = f.action"
"   AND d.connection = f.connection AND d.role = f.role AND d.doubtful = f.doubtful)"
"  ORDER BY d.id"
"  LIMIT CASE WHEN EXISTS (SELECT FROM first AS f WHERE f.connection = ANY ($2)"
"   OR EXISTS (SELECT FROM jira_spoke.outbox_pause AS p WHERE p.connection = f.connection)) THEN 1 ELSE $1 END),"
" waiting AS (UPDATE jira_spoke.outbox_pause AS p SET until = clock_timestamp() + '1 minute'::interval"
"  FROM first AS f WHERE p.connection = f.connection)"
"UPDATE jira_spoke.outbox AS o SET state = 'sending', attempts = attempts + (o.doubtful_since IS NULL)::integer"
" FROM chosen AS c WHERE o.id = c.id AND o.state = 'pending'"
" RETURNING o.id, o.attempts, o.connection, o.action, o.arguments::text, o.role::oid,"
" upper(o.arguments ->> 'issue'), o.marker, o.doubtful_since, o.source::oid, o.source_key, o.key_column::text,"
" EXISTS (SELECT FROM jira_spoke.outbox_pause AS p WHERE p.connection = o.connection)";

#define PURGE_INTERVAL_MS (60 * 60 * 1000)

/* Fenced: what another attempt has taken over is left alone. */
#define MINE " WHERE id = $1 AND attempts = $2 AND state = 'sending'"

/* Their Jira has no POST /issue/bulk; found out by trying. */
static List *connections_without_bulk = NIL;

static const char *
text_of(HeapTuple row, TupleDesc columns, int column)
{
	return SPI_getvalue(row, columns, column);
}

static Datum
value_of(HeapTuple row, TupleDesc columns, int column)
{
	bool		isnull;
	Datum		value = SPI_getbinval(row, columns, column, &isnull);

	return isnull ? 0 : value;
}

static char *
copy_text(MemoryContext context, const char *text)
{
	return text ? MemoryContextStrdup(context, text) : NULL;
}

/* In UTF-8, as JSON is. */
static json_t *
copy_json(MemoryContext context, const char *text)
{
	char	   *utf8 = pg_server_to_any(text, strlen(text), PG_UTF8);
	char	   *problem;

	return jira_json_parse(context, utf8, strlen(utf8), &problem);
}

static OutboxItem *
copy_item(MemoryContext context, HeapTuple row, TupleDesc columns)
{
	OutboxItem *item = MemoryContextAllocZero(context, sizeof(OutboxItem));
	Datum		key = value_of(row, columns, 11);

	item->id = DatumGetInt64(value_of(row, columns, 1));
	item->attempts = DatumGetInt32(value_of(row, columns, 2));
	item->connection = copy_text(context, text_of(row, columns, 3));
	item->action = copy_text(context, text_of(row, columns, 4));
	item->arguments = copy_json(context, text_of(row, columns, 5));
	item->role = DatumGetObjectId(value_of(row, columns, 6));
	item->target = copy_text(context, text_of(row, columns, 7));
	item->marker = copy_text(context, text_of(row, columns, 8));
	item->doubtful_since = DatumGetTimestampTz(value_of(row, columns, 9));
	item->source = DatumGetObjectId(value_of(row, columns, 10));
	if (key)
	{
		MemoryContext before = MemoryContextSwitchTo(context);

		item->source_key = DatumGetJsonbPCopy(key);
		MemoryContextSwitchTo(before);
	}
	item->key_column = copy_text(context, text_of(row, columns, 12));
	item->probes = DatumGetBool(value_of(row, columns, 13));
	if (!SearchSysCacheExists1(AUTHOID, ObjectIdGetDatum(item->role)))
		item->role = InvalidOid;
	return item;
}

void
do_without_bulk(const char *connection)
{
	MemoryContext before = MemoryContextSwitchTo(TopMemoryContext);

	connections_without_bulk = lappend(connections_without_bulk, pstrdup(connection));
	MemoryContextSwitchTo(before);
}

static Datum
text_array(const List *texts)
{
	Datum	   *elements = palloc(sizeof(Datum) * Max(list_length(texts), 1));
	int			count = 0;
	ListCell   *cell;

	foreach(cell, texts)
	{
		elements[count++] = CStringGetTextDatum(lfirst(cell));
	}
	return PointerGetDatum(construct_array(elements, count, TEXTOID, -1, false, TYPALIGN_INT));
}

List *
claim_items(void)
{
	MemoryContext context = CurrentMemoryContext;
	Oid			types[] = {INT4OID, TEXTARRAYOID};
	Datum		values[] = {Int32GetDatum(MOST_AT_ONCE), text_array(connections_without_bulk)};
	List	   *items = NIL;
	MemoryContext before;

	SPI_connect();
	SPI_execute_with_args(claim_statement, lengthof(types), types, values, NULL, false, 0);
	for (uint64 i = 0; i < SPI_processed; i++)
	{
		OutboxItem *item = copy_item(context, SPI_tuptable->vals[i], SPI_tuptable->tupdesc);

		before = MemoryContextSwitchTo(context);
		items = lappend(items, item);
		MemoryContextSwitchTo(before);
	}
	SPI_finish();
	return items;
}

/* Runs a statement; true if it changed a row. */
static bool
execute(const char *statement, int count, Oid *types, Datum *values, const char *nulls)
{
	bool		changed;

	SPI_connect();
	SPI_execute_with_args(statement, count, types, values, nulls, false, 0);
	changed = SPI_processed > 0;
	SPI_finish();
	return changed;
}

/* $3 is a text, $4 a time, both perhaps null. */
static bool
settle(const OutboxItem *item, const char *statement, const char *text, TimestampTz moment)
{
	Oid			types[] = {INT8OID, INT4OID, TEXTOID, TIMESTAMPTZOID};
	Datum		values[] = {Int64GetDatum(item->id), Int32GetDatum(item->attempts),
	text ? CStringGetTextDatum(text) : 0, TimestampTzGetDatum(moment)};
	char		nulls[] = {' ', ' ', text ? ' ' : 'n', moment ? ' ' : 'n'};

	return execute(statement, lengthof(types), types, values, nulls);
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
	Oid			types[] = {INT8OID, INT4OID, TEXTOID, TEXTOID};
	Datum		values[] = {Int64GetDatum(item->id), Int32GetDatum(item->attempts),
	result ? CStringGetTextDatum(result) : 0, error ? CStringGetTextDatum(error) : 0};
	char		nulls[] = {' ', ' ', result ? ' ' : 'n', error ? ' ' : 'n'};

	if (!execute("UPDATE jira_spoke.outbox SET state = 'done', result = $3, error = $4,"
				 " doubtful_since = NULL, finished_at = clock_timestamp()" MINE,
				 lengthof(types), types, values, nulls))
		return false;
	notify(item);
	return true;
}

bool
item_failed(const OutboxItem *item, const char *error)
{
	if (!settle(item, "UPDATE jira_spoke.outbox SET state = 'failed', error = $3,"
				" finished_at = COALESCE($4, clock_timestamp())" MINE, error, 0))
		return false;
	ereport(LOG,
			(errmsg("item " INT64_FORMAT " of the Jira outbox failed (%s through connection \"%s\"): %s",
					item->id, item->action, item->connection, error)));
	notify(item);
	return true;
}

bool
item_retry(const OutboxItem *item, int64 delay, bool counts, const char *error)
{
	TimestampTz next = GetCurrentTimestamp() + delay * 1000;

	if (counts)
		return settle(item, "UPDATE jira_spoke.outbox SET state = 'pending', error = $3, next_attempt = $4,"
					  " doubtful_since = NULL" MINE, error, next);
	return settle(item, "UPDATE jira_spoke.outbox SET state = 'pending', error = COALESCE($3, error), next_attempt = $4,"
				  " attempts = attempts - 1" MINE, error, next);
}

bool
item_doubtful(const OutboxItem *item, TimestampTz since, int64 delay, const char *error)
{
	Oid			types[] = {INT8OID, INT4OID, TEXTOID, TIMESTAMPTZOID, TIMESTAMPTZOID};
	Datum		values[] = {Int64GetDatum(item->id), Int32GetDatum(item->attempts),
		error ? CStringGetTextDatum(error) : 0, TimestampTzGetDatum(GetCurrentTimestamp() + delay * 1000),
	TimestampTzGetDatum(since)};
	char		nulls[] = {' ', ' ', error ? ' ' : 'n', ' ', ' '};

	return execute("UPDATE jira_spoke.outbox SET state = 'pending', error = COALESCE($3, error),"
				   " next_attempt = $4, doubtful_since = $5" MINE,
				   lengthof(types), types, values, nulls);
}

/* Each time it is in vain, twice as long, up to ten minutes. */
void
pause_connection(const OutboxItem *item, const char *reason)
{
	Oid			types[] = {TEXTOID, TEXTOID, BOOLOID};
	Datum		values[] = {CStringGetTextDatum(item->connection), CStringGetTextDatum(reason), BoolGetDatum(item->probes)};

	(void) execute("INSERT INTO jira_spoke.outbox_pause AS p (connection, until, reason)"
				   " VALUES ($1, clock_timestamp() + '15 seconds'::interval, $2)"
				   " ON CONFLICT (connection) DO UPDATE SET reason = excluded.reason, attempts = p.attempts + 1,"
				   " until = clock_timestamp() + LEAST('15 seconds'::interval * 2 ^ LEAST(p.attempts, 6), '10 minutes'::interval)"
				   " WHERE $3",
				   lengthof(types), types, values, NULL);
}

void
resume_connection(const char *connection)
{
	Oid			types[] = {TEXTOID};
	Datum		values[] = {CStringGetTextDatum(connection)};

	(void) execute("DELETE FROM jira_spoke.outbox_pause WHERE connection = $1",
				   lengthof(types), types, values, NULL);
}

void
doubt_orphans(void)
{
	(void) execute("UPDATE jira_spoke.outbox SET state = 'pending',"
				   " doubtful_since = COALESCE(doubtful_since, clock_timestamp()),"
				   " next_attempt = clock_timestamp(),"
				   " error = 'The worker ended while this was being sent.'"
				   " WHERE state = 'sending'", 0, NULL, NULL, NULL);
}

void
purge_items(bool now)
{
	static TimestampTz last = 0;
	Oid			types[] = {INT4OID};
	Datum		values[] = {Int32GetDatum(jira_outbox_retention)};

	if (jira_outbox_retention == 0 ||
		(!now && !TimestampDifferenceExceeds(last, GetCurrentTimestamp(), PURGE_INTERVAL_MS)))
		return;
	last = GetCurrentTimestamp();
	(void) execute("DELETE FROM jira_spoke.outbox WHERE state = ANY (ARRAY['done', 'failed', 'cancelled'])"
				   " AND finished_at < clock_timestamp() - $1 * '1 minute'::interval",
				   lengthof(types), types, values, NULL);
}

/* Not read-only, so that the snapshot is one of now, not of before a lock. */
long
next_due(void)
{
	long		milliseconds = -1;
	bool		isnull;
	Datum		wait;

	SPI_connect();
	SPI_execute("SELECT ceil(extract(epoch FROM min(GREATEST(o.next_attempt, p.until)) - clock_timestamp()) * 1000)::bigint"
				" FROM jira_spoke.outbox AS o LEFT JOIN jira_spoke.outbox_pause AS p ON p.connection = o.connection"
				" WHERE o.state = 'pending' AND " FIRST_OF_GROUP, false, 1);
	wait = SPI_getbinval(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 1, &isnull);
	if (!isnull)
		milliseconds = (long) Max(DatumGetInt64(wait), 0);
	SPI_finish();
	return milliseconds;
}

Oid
find_outbox(void)
{
	Oid			extension = get_extension_oid("jira_spoke", true);
	Oid			schema = get_namespace_oid("jira_spoke", true);

	return OidIsValid(extension) && OidIsValid(schema) ? get_relname_relid("outbox", schema) : InvalidOid;
}
