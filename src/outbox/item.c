/*
 * item.c
 *	  Items of the outbox as rows.
 */
#include "postgres.h"

#include "catalog/namespace.h"
#include "catalog/pg_type.h"
#include "commands/extension.h"
#include "executor/spi.h"
#include "mb/pg_wchar.h"
#include "utils/array.h"
#include "utils/jsonb.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/syscache.h"
#include "utils/timestamp.h"

#include "outbox/item.h"
#include "utils/own_tables.h"
#include "utils/settings.h"

/* What the functions below know of an item. */
#define ITEM_COLUMNS \
"o.id, o.attempts, o.connection, o.action, o.arguments::text, o.role::oid," \
" upper(o.arguments ->> 'issue'), o.marker, o.doubtful_since, o.source::oid, o.source_key, o.key_column::text," \
" EXISTS (SELECT FROM jira_spoke.outbox_pause AS p WHERE p.connection = o.connection), o.group_key, o.result"

/*
 * Of what was due a moment ago ($1), what still is.  A connection that waits for
 * a repair tries with one.  To look for an issue is no attempt.
 */
static const char claim_statement[] =
"WITH claimed AS ("
" UPDATE jira_spoke.outbox AS o SET state = 'sending', attempts = attempts + (o.doubtful_since IS NULL)::integer"
" WHERE o.id = ANY ($1) AND " OUTBOX_DUE " RETURNING o.*),"
" waiting AS (UPDATE jira_spoke.outbox_pause SET until = clock_timestamp() + '1 minute'::interval"
"  WHERE NOT throttled AND connection IN (SELECT connection FROM claimed))"
"SELECT " ITEM_COLUMNS " FROM claimed AS o ORDER BY o.id";

/* Carried out, but their rows were locked when they should have been told. */
static const char untold_statement[] =
"SELECT " ITEM_COLUMNS " FROM jira_spoke.outbox AS o"
" WHERE o.state = 'sending' AND o.result IS NOT NULL"
" ORDER BY o.next_attempt LIMIT $1";

#define PURGE_INTERVAL_MS (60 * 60 * 1000)

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

	item->claimed = GetCurrentTimestamp();
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
	item->group_key = copy_text(context, text_of(row, columns, 14));
	item->result = copy_text(context, text_of(row, columns, 15));
	if (!SearchSysCacheExists1(AUTHOID, ObjectIdGetDatum(item->role)))
		item->role = InvalidOid;
	return item;
}

/* In the current memory context. */
static List *
read_items(const char *statement, Oid type, Datum value)
{
	MemoryContext context = CurrentMemoryContext;
	List	   *items = NIL;
	MemoryContext before;

	SPI_connect();
	SPI_execute_with_args(statement, 1, &type, &value, NULL, false, 0);
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

List *
claim_items(const int64 *ids, int count)
{
	Datum	   *elements = palloc(sizeof(Datum) * count);

	for (int i = 0; i < count; i++)
		elements[i] = Int64GetDatum(ids[i]);
	return read_items(claim_statement, INT8ARRAYOID,
					  PointerGetDatum(construct_array(elements, count, INT8OID, sizeof(int64), FLOAT8PASSBYVAL, TYPALIGN_DOUBLE)));
}

List *
untold_items(int most)
{
	return read_items(untold_statement, INT4OID, Int32GetDatum(most));
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

void
doubt_orphans(void)
{
	(void) own_tables_execute("UPDATE jira_spoke.outbox SET state = 'pending',"
							  " doubtful_since = COALESCE(doubtful_since, clock_timestamp()),"
							  " next_attempt = clock_timestamp(),"
							  " error = 'The worker ended while this was being sent.'"
							  " WHERE state = 'sending' AND result IS NULL", 0, NULL, NULL, NULL);
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
	(void) own_tables_execute("DELETE FROM jira_spoke.outbox WHERE state = ANY (ARRAY['done', 'failed', 'cancelled'])"
							  " AND finished_at < clock_timestamp() - $1 * '1 minute'::interval",
							  lengthof(types), types, values, NULL);
}

bool
anything_left(void)
{
	return own_tables_execute("SELECT FROM jira_spoke.outbox WHERE state = ANY (ARRAY['pending', 'sending']) LIMIT 1",
							  0, NULL, NULL, NULL) > 0;
}

Oid
find_outbox(void)
{
	Oid			extension = get_extension_oid("jira_spoke", true);
	Oid			schema = get_namespace_oid("jira_spoke", true);

	return OidIsValid(extension) && OidIsValid(schema) ? get_relname_relid("outbox", schema) : InvalidOid;
}
