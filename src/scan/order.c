/*
 * order.c
 *	  Rows in an order that Jira has put them in.
 *
 * A query that is sorted and limited needs its first rows only, if they come in its
 * order.  Jira compares times by the second, PostgreSQL by what Jira shows of them,
 * milliseconds: rows are held back until those that may come before them have.  Where
 * Jira is not asked for the order after all, the rows are sorted here.
 */
#include "postgres.h"

#include "access/stratnum.h"
#include "catalog/pg_type.h"
#include "lib/pairingheap.h"
#include "miscadmin.h"
#include "nodes/makefuncs.h"
#include "optimizer/paths.h"
#include "utils/timestamp.h"
#include "utils/tuplesort.h"
#include "utils/typcache.h"

#include "engine/jql.h"
#include "scan/conditions.h"
#include "scan/order.h"
#include "utils/compat.h"

/* Times that Jira may take for the same, in microseconds. */
#define SAME_TIME USECS_PER_SEC

/*
 * Columns in whose order Jira can sort: moments that each issue has.  Where it
 * puts issues without a value, and how it compares texts, is its own affair.
 */
static const char *const sortable[] = {"created", "updated"};

/* A row that is held back. */
typedef struct HeldRow
{
	pairingheap_node node;
	MinimalTuple row;
	TimestampTz time;
	bool		isnull;
	uint64		number;			/* rows of the same time keep their order */
} HeldRow;

/* Asks for what another one does, in an order. */
typedef struct OrderNarrowing
{
	Narrowing	narrowing;
	Narrowing  *inner;			/* or NULL */
	const Order *order;
} OrderNarrowing;

struct Order
{
	MemoryContext context;
	char	   *jql;
	int			place;			/* of the time in the slot */
	bool		descending;
	bool		nulls_first;
	pairingheap *held;
	uint64		count;			/* of rows so far */
	HeldRow		latest;			/* its time is that of the row that came last */
	HeldRow		shown;			/* and of the one that was returned last; both
								 * without a row */
	bool		finished;		/* no more rows come */
	Tuplesortstate *sort;		/* of all rows, or NULL */
	TupleTableSlot *slot;		/* of a row that is held back, or sorted */
	OrderNarrowing narrowing;
};

/* The attribute number of a column in whose order Jira can sort if the expression is one, or 0. */
static AttrNumber
sortable_column(const PathKey *pathkey, const RelOptInfo *rel, const Binding *binding)
{
	TypeCacheEntry *type = lookup_type_cache(TIMESTAMPTZOID, TYPECACHE_BTREE_OPFAMILY);

	if (pathkey->pk_opfamily != type->btree_opf || pathkey->pk_eclass->ec_has_volatile)
		return 0;
	for (int i = 0; i < binding->row->natts; i++)
	{
		Form_pg_attribute attribute = TupleDescAttr(binding->row, i);

		const char *column = bind_issue_column(binding, i + 1);

		if (column == NULL || attribute->atttypid != TIMESTAMPTZOID)
			continue;
		for (int j = 0; j < lengthof(sortable); j++)
		{
			Var		   *var = makeVar(rel->relid, i + 1, TIMESTAMPTZOID, -1, InvalidOid, 0);

			if (strcmp(column, sortable[j]) == 0 &&
				find_ec_member_matching_expr(pathkey->pk_eclass, (Expr *) var, rel->relids))
				return i + 1;
		}
	}
	return 0;
}

/* Does the query stop after a number of rows, which a generic plan may not know? */
static bool
has_limit(const PlannerInfo *root)
{
	const Query *query = root->parse;

	return root->limit_tuples >= 0 ||
		(query->limitCount && !query->hasAggs && !query->groupClause && !query->groupingSets &&
		 !query->distinctClause && !query->hasWindowFuncs && !query->hasTargetSRFs);
}

/*
 * Only for a query that has a limit: one that reads all rows can sort them itself,
 * and need not care about issues that change under way.
 */
List *
order_pathkeys(PlannerInfo *root, RelOptInfo *rel, const Binding *binding, List *arguments)
{
	if (root->query_pathkeys == NIL || !has_limit(root) || !conditions_allowed(binding, arguments) ||
		sortable_column(linitial(root->query_pathkeys), rel, binding) == 0)
		return NIL;
	return list_make1(linitial(root->query_pathkeys));
}

List *
order_plan(RelOptInfo *rel, const Binding *binding, List *pathkeys)
{
	PathKey    *pathkey;

	if (pathkeys == NIL)
		return NIL;
	pathkey = linitial_node(PathKey, pathkeys);
	return list_make3_int(sortable_column(pathkey, rel, binding), jira_pathkey_is_descending(pathkey),
						  pathkey->pk_nulls_first);
}

/* Negative if the first one comes before the other. */
static int
compare_times(const Order *order, const HeldRow *a, const HeldRow *b)
{
	int			compared;

	if (a->isnull || b->isnull)
		return a->isnull == b->isnull ? 0 : a->isnull == order->nulls_first ? -1 : 1;
	compared = timestamp_cmp_internal(a->time, b->time);
	return order->descending ? -compared : compared;
}

/* The first row is the one on top of the heap, which is the greatest there. */
static int
compare_held(const pairingheap_node *a, const pairingheap_node *b, void *order)
{
	const HeldRow *first = pairingheap_const_container(HeldRow, node, a);
	const HeldRow *second = pairingheap_const_container(HeldRow, node, b);
	int			compared = compare_times(order, second, first);

	return compared ? compared : first->number < second->number ? 1 : -1;
}

Order *
order_begin(List *plan, const Binding *binding, List *columns, TupleTableSlot *slot)
{
	Order	   *order = palloc0(sizeof(Order));
	int			column = linitial_int(plan);

	order->context = AllocSetContextCreate(CurrentMemoryContext, "Jira order", ALLOCSET_DEFAULT_SIZES);
	order->descending = lsecond_int(plan);
	order->nulls_first = lthird_int(plan);
	while (list_nth_int(columns, order->place) != column)
		order->place++;
	order->jql = psprintf("%s %s", binding->columns[column - 1].column->name,
						  order->descending ? "DESC" : "ASC");
	order->slot = MakeSingleTupleTableSlot(slot->tts_tupleDescriptor, &TTSOpsMinimalTuple);
	order_reset(order);
	return order;
}

const char *
order_jql(const Order *order)
{
	return order->jql;
}

/*
 * After the last of the inner ones it is the JQL of the call in this order.  If Jira
 * refuses that, the JQL as it was written is asked, whose refusal is the one to be
 * shown; if it only warns, the rows are in the order that is wanted.
 */
static NarrowingResult
next_search(Narrowing *narrowing, Client *client, NarrowingCause cause, const char *own, char **jql)
{
	OrderNarrowing *ordered = (OrderNarrowing *) narrowing;
	Narrowing  *inner = ordered->inner;
	NarrowingResult result = AS_WRITTEN;

	if (cause == NOTHING_ASKED || (inner && inner->result == NARROWED))
	{
		if (inner)
		{
			inner->rows_per_request = narrowing->rows_per_request;
			result = inner->result = inner->next(inner, client, cause, own, jql);
		}
		if (result == NO_ROWS)
			return NO_ROWS;
		*jql = jql_with_order(result == NARROWED ? *jql : own, ordered->order->jql);
		return NARROWED;
	}
	return cause == SEARCH_REFUSED ? AS_WRITTEN : NO_ROWS;
}

Narrowing *
order_narrowing(Order *order, Narrowing *narrowing)
{
	order->narrowing = (OrderNarrowing)
	{
		.narrowing.next = next_search,.inner = narrowing,.order = order
	};
	return &order->narrowing.narrowing;
}

static void
complain_of_order(const Order *order)
{
	ereport(ERROR,
			(errcode(ERRCODE_T_R_SERIALIZATION_FAILURE),
			 errmsg("Jira did not return the issues in the order of \"%s\"", order->jql),
			 errdetail("Issues were changed while they were read."),
			 errhint("Retry the query, or set jira_spoke.pushdown to off, so that all issues are read and sorted here.")));
}

static void
hold_row(Order *order, TupleTableSlot *slot)
{
	MemoryContext before = MemoryContextSwitchTo(order->context);
	HeldRow    *row = palloc(sizeof(HeldRow));
	bool		isnull;

	row->time = DatumGetTimestampTz(slot_getattr(slot, order->place + 1, &isnull));
	row->isnull = isnull;
	row->number = order->count++;
	if (order->shown.number > 0 && compare_times(order, row, &order->shown) < 0)
		complain_of_order(order);
	row->row = ExecCopySlotMinimalTuple(slot);
	order->latest = *row;
	pairingheap_add(order->held, &row->node);
	MemoryContextSwitchTo(before);
}

/* Can no row come any more before this one? */
static bool
is_settled(const Order *order, const HeldRow *row)
{
	if (order->finished)
		return true;
	if (row->isnull || order->latest.isnull)
		return row->isnull && order->nulls_first;
	return order->descending ? row->time - order->latest.time >= SAME_TIME
		: order->latest.time - row->time >= SAME_TIME;
}

/* Makes the row that comes first the one of the slot. */
static void
show_row(Order *order, HeldRow *row, TupleTableSlot *slot)
{
	(void) pairingheap_remove_first(order->held);
	ExecForceStoreMinimalTuple(row->row, order->slot, false);
	ExecCopySlot(slot, order->slot);
	ExecClearTuple(order->slot);
	order->shown = *row;
	order->shown.number = order->count;
	pfree(row->row);
	pfree(row);
}

/* Has Jira refused to sort, or would the JQL have been too long?  To be asked when there is a row. */
static bool
is_unsorted(const Order *order)
{
	return order->narrowing.narrowing.result == AS_WRITTEN;
}

/* Sorts the row in the slot, and all others. */
static void
sort_rows(Order *order, OrderFetch fetch, void *source, TupleTableSlot *slot)
{
	TypeCacheEntry *type = lookup_type_cache(TIMESTAMPTZOID, TYPECACHE_LT_OPR | TYPECACHE_GT_OPR);
	MemoryContext before = MemoryContextSwitchTo(order->context);
	AttrNumber	column = order->place + 1;
	Oid			collation = InvalidOid;

	order->sort = tuplesort_begin_heap(slot->tts_tupleDescriptor, 1, &column,
									   order->descending ? &type->gt_opr : &type->lt_opr, &collation,
									   &order->nulls_first, work_mem, NULL, TUPLESORT_NONE);
	MemoryContextSwitchTo(before);
	do
		tuplesort_puttupleslot(order->sort, slot);
	while (fetch(source, slot));
	tuplesort_performsort(order->sort);
}

static bool
show_sorted(Order *order, TupleTableSlot *slot)
{
	ExecClearTuple(slot);
	if (!tuplesort_gettupleslot(order->sort, true, false, order->slot, NULL))
		return false;
	ExecCopySlot(slot, order->slot);
	ExecClearTuple(order->slot);
	return true;
}

bool
order_next(Order *order, OrderFetch fetch, void *source, TupleTableSlot *slot)
{
	if (order->sort)
		return show_sorted(order, slot);
	for (;;)
	{
		HeldRow    *first = pairingheap_is_empty(order->held) ? NULL
		: pairingheap_container(HeldRow, node, pairingheap_first(order->held));

		if (first && is_settled(order, first))
		{
			show_row(order, first, slot);
			return true;
		}
		if (order->finished)
		{
			ExecClearTuple(slot);
			return false;
		}
		if (!fetch(source, slot))
			order->finished = true;
		else if (is_unsorted(order))
		{
			sort_rows(order, fetch, source, slot);
			return show_sorted(order, slot);
		}
		else
			hold_row(order, slot);
	}
}

void
order_reset(Order *order)
{
	MemoryContext before;

	if (order->sort)
		tuplesort_end(order->sort);
	order->sort = NULL;
	MemoryContextReset(order->context);
	before = MemoryContextSwitchTo(order->context);
	order->held = pairingheap_allocate(compare_held, order);
	MemoryContextSwitchTo(before);
	order->count = 0;
	order->shown.number = 0;
	order->finished = false;
}
