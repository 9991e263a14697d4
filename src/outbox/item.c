/*
 * item.c
 *	  Items of the outbox as rows: claimed, settled, and paused by connection.
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "catalog/pg_collation.h"
#include "catalog/pg_type.h"
#include "commands/async.h"
#include "executor/spi.h"
#include "lib/stringinfo.h"
#include "mb/pg_wchar.h"
#include "utils/array.h"
#include "utils/formatting.h"
#include "utils/guc.h"
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
	ROLE,
	MARKER,
	DOUBTFUL_SINCE,
	SOURCE,
	SOURCE_KEY,
	KEY_COLUMN,
	PROBES,
	GROUP_KEY,
	RESULT,
	ERROR_TEXT,
	WRITE_BACKS,
	ITEM_COLUMNS
};

static const char *const item_columns[ITEM_COLUMNS] = {
	[ID] = "o.id",
	[ATTEMPTS] = "o.attempts",
	[CONNECTION] = "o.connection",
	[ACTION] = "o.action",
	[ROLE] = "o.role::oid",
	[MARKER] = "o.marker",
	[DOUBTFUL_SINCE] = "o.doubtful_since",
	[SOURCE] = "o.source::oid",
	[SOURCE_KEY] = "o.source_key",
	[KEY_COLUMN] = "o.key_column::text",
	[PROBES] = "EXISTS (SELECT FROM jira_spoke.outbox_pause AS p WHERE p.connection = o.connection)",
	[GROUP_KEY] = "o.group_key",
	[RESULT] = "o.result",
	[ERROR_TEXT] = "o.error",
	[WRITE_BACKS] = "o.write_backs"
};

/*
 * Of what was due a moment ago ($1), what still is; $2: the timeline.  A connection
 * that waits for a repair tries with one.  To look for an issue is no attempt.
 * What a session has locked is left for later.
 */
static const char claim_clause[] =
"WITH locked AS MATERIALIZED (SELECT u.* FROM jira_spoke.outbox AS u"
"  WHERE u.home = " OUTBOX_HERE " AND u.id = ANY ($1) FOR UPDATE SKIP LOCKED),"
" due AS MATERIALIZED (SELECT o.id FROM locked AS o WHERE " OUTBOX_DUE "),"
" claimed AS (UPDATE jira_spoke.outbox AS o SET state = 'composing', attempts = attempts + (NOT " OUTBOX_IN_DOUBT("$2") ")::integer,"
"  doubtful_since = CASE WHEN " OUTBOX_IN_DOUBT("$2") " THEN COALESCE(o.doubtful_since, clock_timestamp()) END,"
"  error = CASE WHEN o.timeline <> $2 THEN 'It was prepared before this server took over.' ELSE o.error END,"
"  timeline = CASE WHEN o.timeline <> $2 THEN $2 ELSE o.timeline END"
"  FROM due WHERE o.home = " OUTBOX_HERE " AND o.id = due.id RETURNING o.*),"
" waiting AS (UPDATE jira_spoke.outbox_pause SET until = clock_timestamp() + '1 minute'::interval"
"  WHERE connection IN (SELECT p.connection FROM jira_spoke.outbox_pause AS p"
"   WHERE NOT p.throttled AND p.connection IN (SELECT connection FROM claimed) FOR UPDATE SKIP LOCKED))";
static const char claimed_items[] = "claimed AS o ORDER BY o.id";

/*
 * Items whose result is to be written into the row that they are for ($2, $3).
 * Those that were begun before, and did not end, come alone: one of them may
 * have been the reason.
 */
static const char take_clause[] =
"WITH due AS (SELECT u.id, u.write_backs FROM jira_spoke.outbox AS u"
"  WHERE u.home = " OUTBOX_HERE " AND u.state = 'writing_back' AND u.role = $2 AND u.source = $3 AND u.next_attempt <= clock_timestamp()"
"  ORDER BY u.write_backs, u.id LIMIT $1 FOR UPDATE SKIP LOCKED),"
" chosen AS (SELECT id FROM due WHERE write_backs = 0 UNION ALL"
"  (SELECT id FROM due WHERE NOT EXISTS (SELECT FROM due WHERE write_backs = 0) ORDER BY write_backs, id LIMIT 1)),"
" taken AS (UPDATE jira_spoke.outbox AS o SET write_backs = o.write_backs + 1"
"  FROM chosen AS c WHERE o.home = " OUTBOX_HERE " AND o.id = c.id RETURNING o.*)";
static const char taken_items[] = "taken AS o ORDER BY o.id";

/*
 * $1: ids, $2: their attempts, this one included.  Those that were put back have
 * to be claimed again, unless somebody has changed them since.
 */
static const char sending_statement[] =
"UPDATE jira_spoke.outbox SET state = 'sending', attempts = c.attempts::integer"
" FROM (SELECT o.id, n.attempts FROM unnest($1, $2) AS n (id, attempts) JOIN jira_spoke.outbox AS o ON o.id = n.id"
"  WHERE o.home = " OUTBOX_HERE " AND (o.state = 'composing' OR o.state = 'pending' AND o.attempts + 1 = n.attempts) FOR UPDATE OF o SKIP LOCKED) AS c"
" WHERE outbox.home = " OUTBOX_HERE " AND outbox.id = c.id";

#define PURGE_INTERVAL_MS (60 * 60 * 1000)

/* So that no transaction of the worker takes long. */
#define MOST_PURGED 10000

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
	item->role = row_oid(row, ROLE);
	if (!SearchSysCacheExists1(AUTHOID, ObjectIdGetDatum(item->role)))
		item->role = InvalidOid;
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
	item->write_backs = DatumGetInt32(row->values[WRITE_BACKS]);
	item->error = row_text(row, ERROR_TEXT);
	return item;
}

/* The items of "WITH ... SELECT columns FROM ...", in the current memory context. */
static List *
read_items(const char *with, const char *from, int nargs, Oid *types, Datum *values)
{
	MemoryContext context = CurrentMemoryContext;
	int			level = own_tables_pin_settings();
	SavedUserId caller = own_tables_become_owner();
	StringInfoData statement;
	List	   *items = NIL;
	ItemRow		row;

	initStringInfo(&statement);
	appendStringInfo(&statement, "%s SELECT ", with);
	for (int i = 0; i < ITEM_COLUMNS; i++)
		appendStringInfo(&statement, "%s%s", i > 0 ? ", " : "", item_columns[i]);
	appendStringInfo(&statement, " FROM %s", from);

	SPI_connect();
	SPI_execute_plan(own_tables_plan(statement.data, nargs, types), values, NULL, false, 0);
	for (uint64 i = 0; i < SPI_processed; i++)
	{
		MemoryContext before = MemoryContextSwitchTo(context);

		heap_deform_tuple(SPI_tuptable->vals[i], SPI_tuptable->tupdesc, row.values, row.nulls);
		items = lappend(items, make_item(&row));
		MemoryContextSwitchTo(before);
	}
	SPI_finish();
	own_tables_restore_user(&caller);
	AtEOXact_GUC(true, level);
	return items;
}

static Datum
id_array(const int64 *ids, int count)
{
	Datum	   *elements = palloc(sizeof(Datum) * count);

	for (int i = 0; i < count; i++)
		elements[i] = Int64GetDatum(ids[i]);
	return PointerGetDatum(construct_array(elements, count, INT8OID, sizeof(int64), FLOAT8PASSBYVAL, TYPALIGN_DOUBLE));
}

List *
item_claim(const int64 *ids, int count)
{
	Oid			types[] = {INT8ARRAYOID, INT8OID};
	Datum		values[] = {id_array(ids, count), Int64GetDatum(home_timeline())};

	return read_items(claim_clause, claimed_items, lengthof(types), types, values);
}

List *
item_take_to_write_back(Oid role, Oid source, int most)
{
	Oid			types[] = {INT4OID, OIDOID, OIDOID};
	Datum		values[] = {Int32GetDatum(most), ObjectIdGetDatum(role), ObjectIdGetDatum(source)};

	return read_items(take_clause, taken_items, lengthof(types), types, values);
}

/*
 * Refused before the text is made: it may be six times as long, and more than
 * the server can hold.
 */
static void
check_size(const Jsonb *arguments)
{
	if (VARSIZE(arguments) / 1024 > jira_outbox_max_arguments)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("the arguments of the item are larger than jira_spoke.outbox_max_arguments")));
}

/* As UTF-8, in the current memory context; NULL: the item is not there any more. */
static char *
arguments_text(int64 id)
{
	MemoryContext context = CurrentMemoryContext;
	Oid			types[] = {INT8OID};
	Datum		values[] = {Int64GetDatum(id)};
	Jsonb	   *arguments;
	bool		isnull;
	char	   *text = NULL;

	SPI_connect();
	SPI_execute_plan(own_tables_plan("SELECT arguments FROM jira_spoke.outbox WHERE id = $1 AND home = " OUTBOX_HERE,
									 lengthof(types), types), values, NULL, true, 1);
	if (SPI_processed == 1)
	{
		arguments = DatumGetJsonbP(SPI_getbinval(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 1, &isnull));
		check_size(arguments);
		text = JsonbToCString(NULL, &arguments->root, VARSIZE(arguments));
		text = MemoryContextStrdup(context, pg_server_to_any(text, strlen(text), PG_UTF8));
	}
	SPI_finish();
	return text;
}

void
item_read_arguments(OutboxItem *item)
{
	char	   *text = arguments_text(item->id);
	char	   *problem = NULL;
	const char *issue;

	item->arguments = text ? jira_json_parse(CurrentMemoryContext, text, strlen(text), &problem) : NULL;
	if (item->arguments == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("the arguments of the item cannot be read"),
				 problem ? errdetail("%s", problem) : 0));
	issue = json_string_value(json_object_get(item->arguments, "issue"));
	item->target = issue ? str_toupper(issue, strlen(issue), DEFAULT_COLLATION_OID) : NULL;
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

/* Items of an earlier worker. */
#define LEFT_AS(states) " WHERE home = " OUTBOX_HERE " AND state = ANY (ARRAY[" states "])"

/*
 * An item in whose composing the server has crashed twice is given up.  What was
 * being sent only waited for Jira.
 */
static void
fail_crashing(void)
{
	Oid			types[] = {BOOLOID};
	Datum		values[] = {BoolGetDatum(jira_outbox_notify)};
	uint64		failed;

	failed = own_tables_execute("WITH failed AS ("
								"UPDATE jira_spoke.outbox SET state = 'failed', finished_at = clock_timestamp(),"
								" error = CASE WHEN doubtful_since IS NULL"
								"  THEN 'It was not carried out: the server crashed twice while its request was composed.'"
								"  ELSE 'It may have been carried out: look in Jira, and call jira_outbox_retry(' || id || ') if it was not."
								" The server crashed twice while it was about to be looked for.' END"
								LEFT_AS("'composing'") " AND crashes > 0 RETURNING id)"
								" SELECT CASE WHEN $1 THEN pg_notify('jira_spoke_outbox', id::text) END FROM failed",
								lengthof(types), types, values, NULL);
	if (failed > 0)
		ereport(LOG,
				(errmsg(UINT64_FORMAT " items of the Jira outbox failed: the server has crashed twice while their requests were composed", failed)));
}

void
item_doubt_interrupted(bool crashed)
{
	Oid			types[] = {BOOLOID};
	Datum		values[] = {BoolGetDatum(crashed)};

	if (crashed)
		fail_crashing();
	(void) own_tables_execute("UPDATE jira_spoke.outbox SET state = 'pending', crashes = crashes + $1::integer"
							  LEFT_AS("'composing'"), lengthof(types), types, values, NULL);
	(void) own_tables_execute("UPDATE jira_spoke.outbox SET state = 'pending',"
							  " doubtful_since = COALESCE(doubtful_since, clock_timestamp()),"
							  " next_attempt = clock_timestamp(),"
							  " error = 'The worker ended while this was being sent.'" LEFT_AS("'sending'"),
							  0, NULL, NULL, NULL);
}

void
item_purge(bool now)
{
	static TimestampTz last = 0;
	Oid			types[] = {INT4OID, INT4OID};
	Datum		values[] = {Int32GetDatum(jira_outbox_retention), Int32GetDatum(MOST_PURGED)};
	uint64		purged;

	if (jira_outbox_retention == 0 ||
		(!now && !TimestampDifferenceExceeds(last, GetCurrentTimestamp(), PURGE_INTERVAL_MS)))
		return;
	/* A session that keeps an item locked must not hold up the worker. */
	purged = own_tables_execute("DELETE FROM jira_spoke.outbox WHERE home = " OUTBOX_HERE
								" AND id IN (SELECT id FROM jira_spoke.outbox"
								" WHERE home = " OUTBOX_HERE " AND state = ANY (ARRAY['done', 'failed', 'cancelled'])"
								" AND finished_at < clock_timestamp() - $1 * '1 minute'::interval LIMIT $2 FOR UPDATE SKIP LOCKED)",
								lengthof(types), types, values, NULL);
	if (purged < MOST_PURGED)
		last = GetCurrentTimestamp();
}

bool
item_is_any_unfinished(void)
{
	return own_tables_execute("SELECT WHERE EXISTS (SELECT FROM jira_spoke.outbox WHERE home = " OUTBOX_HERE " AND state = 'pending')"
							  " OR EXISTS (SELECT FROM jira_spoke.outbox WHERE home = " OUTBOX_HERE
							  "  AND state = ANY (ARRAY['composing', 'sending', 'writing_back']))",
							  0, NULL, NULL, NULL) > 0;
}

/* An item that another attempt has claimed since is left alone. */
#define CLAIMED " WHERE id = $1 AND home = " OUTBOX_HERE " AND attempts = $2 AND " OUTBOX_STATE_IN("'composing', 'sending'")
#define WRITING_BACK " WHERE id = $1 AND home = " OUTBOX_HERE " AND attempts = $2 AND " OUTBOX_STATE_IN("'writing_back'")

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

int
item_sending(const List *items)
{
	Oid			types[] = {INT8ARRAYOID, INT8ARRAYOID};
	int64		ids[MOST_AT_ONCE];
	int64		attempts[MOST_AT_ONCE];
	Datum		values[2];
	int			count = 0;
	ListCell   *cell;

	foreach(cell, items)
	{
		const OutboxItem *item = lfirst(cell);

		ids[count] = item->id;
		attempts[count++] = item->attempts;
	}
	values[0] = id_array(ids, count);
	values[1] = id_array(attempts, count);
	return (int) own_tables_execute(sending_statement, lengthof(types), types, values, NULL);
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

void
item_follow_up(const OutboxItem *item)
{
	static const char statement[] =
	"INSERT INTO jira_spoke.outbox (connection, action, arguments, role, timeline, next_attempt)"
	" SELECT o.connection, $2, '{}', o.role, o.timeline, clock_timestamp() + $3 * '1 day'::interval"
	" FROM jira_spoke.outbox AS o WHERE o.id = $1 AND o.home = " OUTBOX_HERE
	" AND NOT EXISTS (SELECT FROM jira_spoke.outbox AS e WHERE e.home = o.home AND e.role = o.role"
	"  AND e.connection = o.connection AND e.action = $2 AND e.state = 'pending')";
	Oid			types[] = {INT8OID, TEXTOID, INT4OID};
	Datum		values[3];

	if (item->followed_by == NULL)
		return;
	values[0] = Int64GetDatum(item->id);
	values[1] = CStringGetTextDatum(item->followed_by);
	values[2] = Int32GetDatum(item->followed_after);
	own_tables_execute(statement, lengthof(types), types, values, NULL);
}

bool
item_to_write_back(const OutboxItem *item, const char *result)
{
	return update_item(item, "UPDATE jira_spoke.outbox SET state = 'writing_back', result = $3, error = NULL,"
					   " doubtful_since = NULL, next_attempt = clock_timestamp()" CLAIMED, result, NULL, 0, 0);
}

bool
item_lock_to_write_back(const OutboxItem *item)
{
	return update_item(item, "SELECT FROM jira_spoke.outbox" WRITING_BACK " FOR UPDATE", NULL, NULL, 0, 0);
}

void
item_written_back(const OutboxItem *item, const char *error)
{
	if (!update_item(item, "UPDATE jira_spoke.outbox SET state = 'done', error = $4,"
					 " finished_at = clock_timestamp()" WRITING_BACK, NULL, error, 0, 0))
		return;
	if (error)
		ereport(LOG,
				(errmsg("the result of item " INT64_FORMAT " of the Jira outbox, %s, could not be put into its row: %s",
						item->id, item->result, error)));
	notify(item);
}

void
item_write_back_later(const OutboxItem *item, int64 delay, bool counts, const char *error)
{
	(void) update_item(item, counts
					   ? "UPDATE jira_spoke.outbox SET error = COALESCE($4, error), next_attempt = $5" WRITING_BACK
					   : "UPDATE jira_spoke.outbox SET error = COALESCE($4, error), next_attempt = $5, write_backs = write_backs - 1" WRITING_BACK,
					   NULL, error, from_now(delay), 0);
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

	(void) own_tables_execute("DELETE FROM jira_spoke.outbox_pause WHERE connection IN (SELECT connection"
							  " FROM jira_spoke.outbox_pause WHERE connection = $1 AND since <= $2 FOR UPDATE SKIP LOCKED)",
							  lengthof(types), types, values, NULL);
}
