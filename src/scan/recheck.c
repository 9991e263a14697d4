/*
 * recheck.c
 *	  The row of a scan when EvalPlanQual evaluates a query again.
 *
 * UPDATE, DELETE, MERGE and SELECT FOR UPDATE lock rows.  If another transaction
 * has changed such a row since it was read, EvalPlanQual evaluates the query for
 * the changed row and those rows of the other relations that it was joined with.
 * For a relation that is no table, the query keeps that row in a column of its
 * own, which a row mark (ROW_MARK_COPY) leads to.
 *
 * A UNION ALL without duplicates to remove is planned as one relation with
 * members.  It has one row mark for all of them, and the row that is kept has
 * the columns of the UNION, which are expressions over a member.  The server
 * itself then reads every member again.  We do not: a join may return another
 * row that fits, and it can miss the right one after one that does not fit, since
 * a failed recheck of an index scan empties the slot of the changed row.
 *
 * The row of a foreign table is found by the server, also if it is a partition or a
 * child, but for members of a UNION ALL.
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "access/sysattr.h"
#include "executor/executor.h"
#include "nodes/plannodes.h"
#include "optimizer/appendinfo.h"
#include "optimizer/optimizer.h"
#include "optimizer/pathnode.h"
#include "utils/datum.h"
#include "utils/lsyscache.h"

#include "scan/recheck.h"

struct Recheck
{
	CustomScanState *node;
	int			scan;			/* index of the scan in the range table */
	int			mark;			/* the same of the row mark; 0: none */
	bool		is_member;		/* of a UNION ALL */
	bool		is_computed;	/* its row cannot be told from the UNION's */
	List	   *columns;		/* of the UNION */
	List	   *states;			/* of their expressions, unless all are Vars */
	TupleTableSlot *slot;		/* the row that was kept */
	TupleDesc	row;			/* type of the scan's */
};

/* --- Planning.  The list of recheck_plan() has these, and then the columns.  make_plan() leaves IS_COMPUTED out. */

enum
{
	MARK,						/* index of the row mark */
	IS_RELATIVE,				/* to the index of the scan */
	IS_COMPUTED,
	FIRST_COLUMN
};

/*
 * The relation whose row mark keeps the rows of this one.  Fills its columns, as
 * expressions over this one, if they are not the same.
 */
static Index
marked_relation(PlannerInfo *root, Index relid, List **columns)
{
	AppendRelInfo *member = root->append_rel_array ? root->append_rel_array[relid] : NULL;
	Index		marked;

	*columns = NIL;
	if (member == NULL)
		return relid;
	marked = marked_relation(root, member->parent_relid, columns);
	if (marked == member->parent_relid)
		*columns = copyObject(member->translated_vars);
	else
		*columns = (List *) adjust_appendrel_attrs(root, (Node *) *columns, 1, &member);
	return marked;
}

/* Only such members have a parent that is no table. */
static bool
is_of_union(PlannerInfo *root, Index relid)
{
	AppendRelInfo *member = root->append_rel_array ? root->append_rel_array[relid] : NULL;

	return member && (!OidIsValid(member->parent_reloid) || is_of_union(root, member->parent_relid));
}

static bool
is_column(const Node *node, Index relid)
{
	return IsA(node, Var) && ((Var *) node)->varno == relid && ((Var *) node)->varlevelsup == 0;
}

/*
 * Does a column, or a condition of the scan, depend on a column of the scan that is
 * not there by itself?
 */
static bool
is_computed(List *columns, List *conditions, Index relid)
{
	Bitmapset  *needed = NULL;
	Bitmapset  *there = NULL;
	ListCell   *cell;

	pull_varattnos((Node *) columns, relid, &needed);
	pull_varattnos((Node *) conditions, relid, &needed);
	foreach(cell, columns)
		if (is_column(lfirst(cell), relid) && ((Var *) lfirst(cell))->varattno >= 0)
		pull_varattnos(lfirst(cell), relid, &there);
	return !bms_is_member(0 - FirstLowInvalidHeapAttributeNumber, there) &&
		!bms_is_subset(needed, there);
}

/* NIL if a volatile column makes a row one that cannot be found again. */
static List *
make_plan(int mark, bool is_relative, List *columns)
{
	List	   *plan = list_make2(makeInteger(mark), makeInteger(is_relative));

	if (contain_volatile_functions((Node *) columns))
		return NIL;
	return list_concat(plan, columns);
}

/* The planner wraps what is not a Var of a member. */
static Node *
unwrapped(Node *node)
{
	while (IsA(node, PlaceHolderVar))
		node = (Node *) ((PlaceHolderVar *) node)->phexpr;
	return node;
}

static List *
plan_in_query(PlannerInfo *root, RelOptInfo *rel)
{
	List	   *columns;
	Index		marked;
	ListCell   *cell;

	if (rel->rtekind == RTE_RELATION && !is_of_union(root, rel->relid))
		return NIL;
	marked = marked_relation(root, rel->relid, &columns);
	foreach(cell, columns)
		lfirst(cell) = unwrapped(lfirst(cell));

	/* Their difference does not change when the plan is finished. */
	return make_plan((int) marked - (int) rel->relid, true, columns);
}

List *
recheck_plan(PlannerInfo *root, RelOptInfo *rel, List *noted, List *conditions)
{
	List	   *plan = list_copy(noted ? noted : plan_in_query(root, rel));
	List	   *columns = plan ? list_copy_tail(plan, IS_COMPUTED) : NIL;

	if (plan == NIL)
		return NIL;
	return list_insert_nth(plan, IS_COMPUTED, makeInteger(columns && is_computed(columns, conditions, rel->relid)));
}

List *
recheck_expressions(List *plan)
{
	List	   *columns = plan ? list_copy_tail(plan, FIRST_COLUMN) : NIL;
	ListCell   *cell;

	if (columns && intVal(list_nth(plan, IS_COMPUTED)))
		return columns;
	foreach(cell, columns)
		if (!IsA(lfirst(cell), Var))
		return columns;
	return NIL;
}

/* Is each row of the sub-query one of its only relation?  Then which is that? */
static bool
is_simple(PlannerInfo *subroot, int *relid)
{
	Query	   *query = subroot->parse;

	return !query->hasAggs && !query->hasWindowFuncs && !query->hasTargetSRFs &&
		query->groupClause == NIL && query->groupingSets == NIL && query->havingQual == NULL &&
		query->distinctClause == NIL && query->setOperations == NULL && query->limitOffset == NULL &&
		bms_get_singleton_member(subroot->all_baserels, relid);
}

/*
 * A member that has a condition remains a sub-query.  Only if this query is the
 * whole statement is the index of its row mark known in the sub-query.
 */
RelOptInfo *
recheck_of_subquery(PlannerInfo *root, RelOptInfo *rel, List **plan)
{
	List	   *columns;
	Index		marked;
	int			relid;
	RelOptInfo *scan;
	ListCell   *cell;

	if (root->rowMarks == NIL || root->parent_root != NULL || rel->subroot == NULL ||
		rel->reloptkind != RELOPT_OTHER_MEMBER_REL || !is_simple(rel->subroot, &relid))
		return NULL;
	scan = find_base_rel(rel->subroot, relid);
	marked = marked_relation(root, rel->relid, &columns);
	foreach(cell, columns)
	{
		Node	   *node = unwrapped(lfirst(cell));

		if (is_column(node, rel->relid) && ((Var *) node)->varattno > 0)
			node = (Node *) list_nth_node(TargetEntry, rel->subroot->processed_tlist,
										  ((Var *) node)->varattno - 1)->expr;
		else if (!IsA(node, Const))
			return NULL;
		lfirst(cell) = copyObject(unwrapped(node));
	}
	*plan = make_plan(marked, false, columns);
	return scan;
}

/* --- Execution. */

Recheck *
recheck_begin(CustomScanState *node, List *plan, List *expressions, TupleDesc row)
{
	CustomScan *scan = (CustomScan *) node->ss.ps.plan;
	EState	   *estate = node->ss.ps.state;
	Recheck    *recheck = palloc0(sizeof(Recheck));

	recheck->node = node;
	recheck->row = row;
	recheck->scan = bms_singleton_member(scan->custom_relids);
	if (plan == NIL || estate->es_epq_active == NULL)
		return recheck;

	recheck->mark = intVal(list_nth(plan, MARK));
	if (intVal(list_nth(plan, IS_RELATIVE)))
		recheck->mark += recheck->scan;
	recheck->is_member = recheck->mark != recheck->scan;
	recheck->is_computed = intVal(list_nth(plan, IS_COMPUTED));
	recheck->columns = list_copy_tail(plan, FIRST_COLUMN);
	recheck->states = ExecInitExprList(expressions, (PlanState *) node);
	if (recheck->is_member)
		row = ExecTypeFromExprList(recheck->columns);
	recheck->slot = ExecInitExtraTupleSlot(estate, row, &TTSOpsVirtual);
	return recheck;
}

static EPQState *
active(const Recheck *recheck)
{
	return recheck->node->ss.ps.state->es_epq_active;
}

RecheckMethod
recheck_method(const Recheck *recheck)
{
	if (recheck->mark == 0 || active(recheck)->relsubs_rowmark[recheck->mark - 1] == NULL)
		return READ_AGAIN;
	return recheck->is_computed ? SEARCH : FETCH;
}

static bool
fetch_kept_row(Recheck *recheck)
{
	if (!EvalPlanQualFetchRowMark(active(recheck), recheck->mark, recheck->slot))
		return false;
	slot_getallattrs(recheck->slot);
	return true;
}

/* Is the value that of the column, in the row that was kept? */
static bool
is_kept_value(Recheck *recheck, int column, Datum value, bool isnull)
{
	TupleTableSlot *slot = recheck->slot;
	Form_pg_attribute attribute = TupleDescAttr(slot->tts_tupleDescriptor, column);

	if (isnull || slot->tts_isnull[column])
		return isnull == slot->tts_isnull[column];
	return datum_image_eq(value, slot->tts_values[column], attribute->attbyval, attribute->attlen);
}

bool
recheck_is_row(Recheck *recheck, TupleTableSlot *slot)
{
	ExprContext *econtext = recheck->node->ss.ps.ps_ExprContext;
	bool		same = recheck->states == NIL || fetch_kept_row(recheck);
	ListCell   *cell;

	econtext->ecxt_scantuple = slot;
	foreach(cell, recheck->states)
	{
		bool		isnull;
		Datum		value;

		if (!same)
			break;
		value = ExecEvalExprSwitchContext(lfirst(cell), econtext, &isnull);
		same = is_kept_value(recheck, foreach_current_index(cell), value, isnull);
	}
	return same;
}

static void
take_whole_row(Recheck *recheck, Datum kept, Datum *values, bool *nulls)
{
	HeapTupleHeader header = DatumGetHeapTupleHeader(kept);
	HeapTupleData tuple = {.t_data = header,.t_len = HeapTupleHeaderGetDatumLength(header)};

	heap_deform_tuple(&tuple, recheck->row, values, nulls);
}

static void
take_columns(Recheck *recheck, Datum *values, bool *nulls)
{
	TupleTableSlot *slot = recheck->slot;
	ListCell   *cell;

	memset(nulls, true, sizeof(bool) * recheck->row->natts);
	foreach(cell, recheck->columns)
	{
		int			i = foreach_current_index(cell);
		int			attribute = IsA(lfirst(cell), Var) ? ((Var *) lfirst(cell))->varattno : -1;

		if (attribute > 0)
		{
			values[attribute - 1] = slot->tts_values[i];
			nulls[attribute - 1] = slot->tts_isnull[i];
		}
		else if (attribute == 0 && !slot->tts_isnull[i])
			take_whole_row(recheck, slot->tts_values[i], values, nulls);
	}
}

bool
recheck_fetch(Recheck *recheck, Datum *values, bool *nulls)
{
	bool	   *done = &active(recheck)->relsubs_done[recheck->scan - 1];

	if (*done)
		return false;
	*done = true;
	if (!fetch_kept_row(recheck))
		return false;
	if (recheck->is_member)
	{
		take_columns(recheck, values, nulls);
		return true;
	}
	memcpy(values, recheck->slot->tts_values, sizeof(Datum) * recheck->row->natts);
	memcpy(nulls, recheck->slot->tts_isnull, sizeof(bool) * recheck->row->natts);
	return true;
}
