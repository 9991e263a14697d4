/*
 * item.c
 *	  Items of the outbox as rows.
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "catalog/namespace.h"
#include "catalog/pg_type.h"
#include "commands/extension.h"
#include "executor/spi.h"
#include "lib/stringinfo.h"
#include "mb/pg_wchar.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/jsonb.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/syscache.h"
#include "utils/timestamp.h"

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
	[RESULT] = "o.result"
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
" WHERE o.state = 'sending' AND o.result IS NOT NULL"
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
}			ItemRow;

static char *
row_text(const ItemRow * row, int column)
{
	return row->nulls[column] ? NULL : TextDatumGetCString(row->values[column]);
}

static Oid
row_oid(const ItemRow * row, int column)
{
	return row->nulls[column] ? InvalidOid : DatumGetObjectId(row->values[column]);
}

/* In the current memory context. */
static OutboxItem *
make_item(const ItemRow * row)
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
claim_items(const int64 *ids, int count)
{
	Datum	   *elements = palloc(sizeof(Datum) * count);

	for (int i = 0; i < count; i++)
		elements[i] = Int64GetDatum(ids[i]);
	return read_items(claim_clause, claimed_items, INT8ARRAYOID,
					  PointerGetDatum(construct_array(elements, count, INT8OID, sizeof(int64), FLOAT8PASSBYVAL, TYPALIGN_DOUBLE)));
}

List *
untold_items(int most)
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
