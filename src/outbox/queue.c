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
#include "utils/memutils.h"
#include "utils/snapmgr.h"
#include "utils/timestamp.h"

#include "outbox/queue.h"
#include "outbox/slots.h"
#include "utils/own_tables.h"

/*
 * A party is a role with a connection.  A look goes through so many parties, and
 * remembers so many items of each.
 */
#define MOST_PARTIES 50
#define MOST_OF_PARTY MOST_AT_ONCE
#define MOST_CANDIDATES (MOST_PARTIES * MOST_OF_PARTY)

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

/* The columns of the statements below, in their order. */
enum
{
	ROLE,
	CONNECTION,
	ID,							/* NULL: the party has nothing that is due */
	CREATES,
	DOUBTFUL,
	ALONE,
	PARTY,						/* number of the party in this look */
	NEXT_DUE,					/* of the party, after those */
	COLUMN_COUNT
};

#define OF_ITEM(timeline) "o.id, o.action = 'jira_create_issue' AS creates, " OUTBOX_IN_DOUBT(timeline) " AS doubtful, o.crashes > 0 AS suspect"
#define ALONE_OF(row) "EXISTS (SELECT FROM jira_spoke.outbox_pause AS p WHERE p.connection = " row ".connection AND NOT p.throttled)"

/* The first party after another one. */
#define PARTY_AFTER(role, connection, number) \
"(SELECT o.role, o.connection, " number " AS number FROM jira_spoke.outbox AS o" \
" WHERE o.home = " OUTBOX_HERE " AND o.state = 'pending' AND (o.role::oid, o.connection) > (" role ", " connection ")" \
" ORDER BY o.role, o.connection LIMIT 1)"

/*
 * $1, $2: the party after which the look begins, $3: connections that are busy,
 * $4: now, $5: the most parties, $6: the most items of each, $7: the timeline.
 * Each party's first items come first, so that nobody waits for all of another
 * one's.  Where a party can have nothing, its items are not read.
 */
static const char look_statement[] =
"WITH RECURSIVE party AS (" PARTY_AFTER("$1", "$2", "1") " UNION ALL"
" SELECT n.* FROM party AS q CROSS JOIN LATERAL " PARTY_AFTER("q.role::oid", "q.connection", "q.number + 1") " AS n"
" WHERE q.number < $5),"
" able AS (SELECT q.*, q.connection <> ALL ($3) AND NOT EXISTS (SELECT FROM jira_spoke.outbox_pause AS p"
"  WHERE p.connection = q.connection AND p.until > $4) AS is_able FROM party AS q)"
" SELECT a.role::oid, a.connection, d.id, d.creates, d.doubtful, d.suspect OR " ALONE_OF("a") ", a.number,"
" (SELECT o.next_attempt FROM jira_spoke.outbox AS o WHERE o.home = " OUTBOX_HERE " AND o.state = 'pending' AND o.role = a.role"
"  AND o.connection = a.connection AND o.next_attempt > $4 ORDER BY o.next_attempt LIMIT 1)"
" FROM able AS a LEFT JOIN LATERAL"
" (SELECT " OF_ITEM("$7") ", row_number() OVER (ORDER BY o.next_attempt, o.id) AS number FROM jira_spoke.outbox AS o"
"  WHERE a.is_able AND o.role = a.role AND o.connection = a.connection AND o.next_attempt <= $4 AND " OUTBOX_DUE
"  ORDER BY o.next_attempt, o.id LIMIT $6) AS d ON true"
" ORDER BY d.number, a.number";

/* $1: connection, $2: group, $3: the timeline. */
static const char follow_statement[] =
"SELECT f.role, f.connection, f.id, f.creates, f.doubtful, f.suspect OR " ALONE_OF("f") ", 0, NULL::timestamptz"
" FROM (SELECT o.role::oid, o.connection, " OF_ITEM("$3")
" FROM jira_spoke.outbox AS o WHERE " OUTBOX_DUE " AND o.connection = $1 AND o.group_key = $2 ORDER BY o.id LIMIT 1) AS f";

static MemoryContext memory = NULL;
static Candidate candidates[MOST_CANDIDATES];
static int	ncandidates = 0;
static bool has_more = false;	/* parties, or items of one */
static bool has_skipped = false;	/* items of connections without a free
									 * slot */
static TimestampTz next_look = 0;
static TimestampTz next_due = DT_NOEND; /* of what was not due at the last
										 * look */

/* The party after which the next look begins; an empty name comes before all. */
static Oid	last_role = InvalidOid;
static char *last_connection = "";

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
remember(const Datum *values, const bool *nulls)
{
	Candidate  *candidate = &candidates[ncandidates];

	if (nulls[ID] || ncandidates == MOST_CANDIDATES)
		return;
	ncandidates++;
	candidate->id = DatumGetInt64(values[ID]);
	candidate->connection = MemoryContextStrdup(memory, TextDatumGetCString(values[CONNECTION]));
	candidate->role = DatumGetObjectId(values[ROLE]);
	candidate->creates = DatumGetBool(values[CREATES]);
	candidate->doubtful = DatumGetBool(values[DOUBTFUL]);
	candidate->alone = DatumGetBool(values[ALONE]);
}

/* Where a look has ended, and what is left. */
typedef struct Look
{
	int			parties;
	int			items[MOST_PARTIES + 1];	/* of each party */
	TimestampTz next_due;		/* of what is not due now */
} Look;

/* Notes a row of a statement above; the last party of a look is the next one's begin. */
static void
note_row(HeapTuple row, TupleDesc columns, Look *look)
{
	Datum		values[COLUMN_COUNT];
	bool		nulls[COLUMN_COUNT];
	int			party;

	heap_deform_tuple(row, columns, values, nulls);
	party = DatumGetInt32(values[PARTY]);
	remember(values, nulls);
	look->items[party] += nulls[ID] ? 0 : 1;
	if (!nulls[NEXT_DUE])
		look->next_due = Min(look->next_due, DatumGetTimestampTz(values[NEXT_DUE]));
	if (party <= look->parties)
		return;
	look->parties = party;
	last_role = DatumGetObjectId(values[ROLE]);
	last_connection = MemoryContextStrdup(memory, TextDatumGetCString(values[CONNECTION]));
}

/* In the active snapshot, or in one of its own. */
static void
find_candidates(const char *statement, int nargs, Oid *types, Datum *values, bool in_active, Look *look)
{
	SPI_connect();
	SPI_execute_plan(own_tables_plan(statement, nargs, types), values, NULL, in_active, 0);
	for (uint64 i = 0; i < SPI_processed; i++)
		note_row(SPI_tuptable->vals[i], SPI_tuptable->tupdesc, look);
	SPI_finish();
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

static bool
is_any_party_full(const Look *look)
{
	for (int i = 1; i <= look->parties; i++)
		if (look->items[i] == MOST_OF_PARTY)
			return true;
	return false;
}

/*
 * The snapshot of a look is older than the time up to which its items are due, so
 * that it has all new items of a transaction or none: they may share a request.
 */
static TimestampTz
begin_look(void)
{
	PushActiveSnapshot(GetTransactionSnapshot());
	return GetCurrentTimestamp();
}

/* Forgets the remembered items: those that are still due are found again. */
static void
look_on(void)
{
	TimestampTz begin = begin_look();
	List	   *busy = slots_full_connections();
	Oid			types[] = {OIDOID, TEXTOID, TEXTARRAYOID, TIMESTAMPTZOID, INT4OID, INT4OID, INT8OID};
	Datum		values[] = {
		ObjectIdGetDatum(last_role), CStringGetTextDatum(last_connection),
		text_array(busy), TimestampTzGetDatum(begin),
		Int32GetDatum(MOST_PARTIES), Int32GetDatum(MOST_OF_PARTY), Int64GetDatum(home_timeline())
	};
	Look		look = {.next_due = DT_NOEND};
	bool		begins = last_role == InvalidOid;

	if (memory == NULL)
		memory = AllocSetContextCreate(TopMemoryContext, "Jira outbox queue", ALLOCSET_DEFAULT_SIZES);
	MemoryContextReset(memory);
	ncandidates = 0;
	find_candidates(look_statement, lengthof(types), types, values, true, &look);
	PopActiveSnapshot();
	next_due = begins ? look.next_due : Min(next_due, look.next_due);
	if (look.parties < MOST_PARTIES)
	{
		last_role = InvalidOid;
		last_connection = "";
	}
	has_skipped = busy != NIL;
	has_more = look.parties == MOST_PARTIES || is_any_party_full(&look);
	next_look = GetCurrentTimestamp();
	next_look += PATIENCE * (next_look - begin);
}

void
queue_follow(const OutboxItem *item)
{
	Oid			types[] = {TEXTOID, TEXTOID, INT8OID};
	Datum		values[] = {CStringGetTextDatum(item->connection), 0, Int64GetDatum(home_timeline())};
	Look		look = {.next_due = DT_NOEND};

	if (item->group_key == NULL || ncandidates == MOST_CANDIDATES)
		return;
	values[1] = CStringGetTextDatum(item->group_key);
	find_candidates(follow_statement, lengthof(types), types, values, false, &look);
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

		if (taken == most || (taken ? !goes_with(each, &first) : !slots_are_free(each->connection)))
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
		look_on();
	while ((taken = take_remembered(ids)) == 0 && has_more)
		look_on();
	return taken;
}

long
queue_next_due(void)
{
	TimestampTz next = has_skipped ? Min(next_due, next_look) : next_due;

	return next == DT_NOEND ? PG_INT32_MAX : TimestampDifferenceMilliseconds(GetCurrentTimestamp(), next);
}
