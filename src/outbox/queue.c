/*
 * queue.c
 *	  The items that are due next, as the worker remembers them.
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/guc.h"
#include "utils/memutils.h"
#include "utils/timestamp.h"

#include "outbox/queue.h"
#include "outbox/throttle.h"
#include "utils/settings.h"

/* The most items that are remembered. */
#define MOST_CANDIDATES (4 * MOST_AT_ONCE)

/* The time between two looks, as a multiple of what a look takes. */
#define PATIENCE 10

/* An item that is due, and what decides with which others it shares a request. */
typedef struct Candidate
{
	int64		id;
	char	   *connection;
	Oid			role;
	bool		creates;		/* an issue, as a bulk request can */
	bool		doubtful;		/* has to be looked for */
	bool		alone;			/* its connection waits for a repair, or it
								 * may have crashed the server */
} Candidate;

/* The columns of CANDIDATE_COLUMNS, in their order. */
enum
{
	ID,
	CONNECTION,
	ROLE,
	CREATES,
	DOUBTFUL,
	ALONE,
	COLUMN_COUNT
};

#define CANDIDATE_COLUMNS \
"SELECT o.id, o.connection, o.role::oid, o.action = 'jira_create_issue', o.doubtful_since IS NOT NULL," \
" o.crashes > 0 OR EXISTS (SELECT FROM jira_spoke.outbox_pause AS p" \
"  WHERE p.connection = o.connection AND NOT p.throttled)" \
" FROM jira_spoke.outbox AS o WHERE " OUTBOX_DUE

/* $1: connections that rest, $2: the most candidates. */
static const char look_statement[] =
CANDIDATE_COLUMNS " AND o.connection <> ALL ($1) ORDER BY o.id LIMIT $2";

/* $1: connection, $2: group. */
static const char follow_statement[] =
CANDIDATE_COLUMNS " AND o.connection = $1 AND o.group_key = $2 ORDER BY o.id LIMIT 1";

static MemoryContext memory = NULL;
static Candidate candidates[MOST_CANDIDATES];
static int	ncandidates = 0;
static bool truncated = false;	/* there were more */
static TimestampTz next_look = 0;

/* Connections whose Jira has refused POST /issue/bulk as unknown. */
static List *connections_without_bulk = NIL;

void
queue_do_without_bulk(const char *connection)
{
	MemoryContext before = MemoryContextSwitchTo(TopMemoryContext);

	connections_without_bulk = lappend(connections_without_bulk, pstrdup(connection));
	MemoryContextSwitchTo(before);
}

static bool
has_bulk(const char *connection)
{
	ListCell   *cell;

	foreach(cell, connections_without_bulk)
	{
		if (strcmp(lfirst(cell), connection) == 0)
			return false;
	}
	return true;
}

static void
remember(HeapTuple row, TupleDesc columns)
{
	Candidate  *candidate = &candidates[ncandidates++];
	Datum		values[COLUMN_COUNT];
	bool		nulls[COLUMN_COUNT];

	heap_deform_tuple(row, columns, values, nulls);
	Assert(!nulls[CONNECTION]); /* all of them are declared as not null */
	candidate->id = DatumGetInt64(values[ID]);
	candidate->connection = MemoryContextStrdup(memory, TextDatumGetCString(values[CONNECTION]));
	candidate->role = DatumGetObjectId(values[ROLE]);
	candidate->creates = DatumGetBool(values[CREATES]);
	candidate->doubtful = DatumGetBool(values[DOUBTFUL]);
	candidate->alone = DatumGetBool(values[ALONE]);
}

/*
 * The rows are read in the order of the index, however few the planner expects:
 * it may know nothing of a table that was empty a moment ago.
 */
static void
find_candidates(const char *statement, Oid *types, Datum *values)
{
	int			level = NewGUCNestLevel();

	settings_pin("enable_sort", "off");
	SPI_connect();
	SPI_execute_with_args(statement, 2, types, values, NULL, false, 0);
	for (uint64 i = 0; i < SPI_processed && ncandidates < MOST_CANDIDATES; i++)
		remember(SPI_tuptable->vals[i], SPI_tuptable->tupdesc);
	SPI_finish();
	AtEOXact_GUC(true, level);
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

/* Forgets the remembered items: those that are still due are found again. */
static void
look(void)
{
	Oid			types[] = {TEXTARRAYOID, INT4OID};
	Datum		values[] = {text_array(throttle_backing_off()), Int32GetDatum(MOST_CANDIDATES)};
	TimestampTz begin = GetCurrentTimestamp();

	if (memory == NULL)
		memory = AllocSetContextCreate(TopMemoryContext, "Jira outbox queue", ALLOCSET_DEFAULT_SIZES);
	MemoryContextReset(memory);
	ncandidates = 0;
	find_candidates(look_statement, types, values);
	truncated = ncandidates == MOST_CANDIDATES;
	next_look = GetCurrentTimestamp();
	next_look += PATIENCE * (next_look - begin);
}

void
queue_follow(const OutboxItem *item)
{
	Oid			types[] = {TEXTOID, TEXTOID};
	Datum		values[] = {CStringGetTextDatum(item->connection), 0};

	if (item->group_key == NULL || ncandidates == MOST_CANDIDATES)
		return;
	values[1] = CStringGetTextDatum(item->group_key);
	find_candidates(follow_statement, types, values);
}

static bool
goes_with(const Candidate *candidate, const Candidate *first)
{
	return candidate->creates && !candidate->alone && candidate->doubtful == first->doubtful &&
		candidate->role == first->role && strcmp(candidate->connection, first->connection) == 0;
}

static int
most_with(const Candidate *first)
{
	return first->creates && !first->alone && has_bulk(first->connection) ? MOST_AT_ONCE : 1;
}

static int
take_remembered(int64 *ids)
{
	Candidate	first;
	int			most = 1;
	int			taken = 0;
	int			left = 0;

	for (int i = 0; i < ncandidates; i++)
	{
		const Candidate *each = &candidates[i];

		if (taken == most || (taken ? !goes_with(each, &first) : throttle_is_backing_off(each->connection)))
			candidates[left++] = *each;
		else
		{
			if (taken == 0)
			{
				first = *each;
				most = most_with(each);
			}
			ids[taken++] = each->id;
		}
	}
	ncandidates = left;
	return taken;
}

int
queue_take(int64 *ids)
{
	int			taken;

	if (GetCurrentTimestamp() >= next_look)
		look();
	while ((taken = take_remembered(ids)) == 0 && truncated)
		look();
	return taken;
}
