/*
 * scan_exec.c
 *	  Execution of the custom scan, and what EXPLAIN shows of it.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "commands/explain.h"
#include "executor/executor.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/memutils.h"
#include "utils/ruleutils.h"
#include "utils/tuplestore.h"

#include "engine/bind.h"
#include "engine/stream.h"
#include "scan/conditions.h"
#include "scan/read_call.h"
#include "scan/scan_exec_private.h"
#include "scan/order.h"
#include "scan/recheck.h"
#include "scan/source_read.h"
#include "utils/compat.h"
#include "utils/settings.h"

typedef struct JiraScanState
{
	CustomScanState css;
	Source	   *source;
	Binding    *binding;		/* of the source */
	SourceRead *read;
	List	   *arguments;		/* ExprStates */
	Bitmapset  *parameters;		/* of the arguments */
	Conditions *conditions;		/* that are asked of Jira, or NULL */
	Bitmapset  *condition_parameters;	/* of their values */
	List	   *columns;		/* attribute numbers, in the order of the scan
								 * slot; 0 is the whole row */
	bool	   *wanted;			/* per attribute of binding->row */
	Datum	   *values;			/* one whole row */
	bool	   *nulls;
	StreamUse	use;
	Order	   *order;			/* of the rows, or NULL */
	bool		finished;		/* the read has returned its last row */
	Tuplestorestate *store;		/* rows to return again, or NULL */
	TupleTableSlot *kept;		/* one of them */
	Recheck    *recheck;
} JiraScanState;

static Node *create_state(CustomScan *scan);
static void begin_scan(CustomScanState *node, EState *estate, int eflags);
static TupleTableSlot *execute_scan(CustomScanState *node);
static void end_scan(CustomScanState *node);
static void rescan(CustomScanState *node);
static void explain_scan(CustomScanState *node, List *ancestors, ExplainState *es);

const CustomScanMethods jira_scan_methods = {
	.CustomName = "JiraScan",
	.CreateCustomScanState = create_state,
};

static const CustomExecMethods exec_methods = {
	.CustomName = "JiraScan",
	.BeginCustomScan = begin_scan,
	.ExecCustomScan = execute_scan,
	.EndCustomScan = end_scan,
	.ReScanCustomScan = rescan,
	.ExplainCustomScan = explain_scan,
};

static Node *
create_state(CustomScan *scan)
{
	JiraScanState *state = (JiraScanState *) newNode(sizeof(JiraScanState), T_CustomScanState);

	state->css.methods = &exec_methods;
	return (Node *) state;
}

/* A part of the expressions of the plan: those of the call, of the conditions and of the recheck. */
static List *
expressions_of(JiraScanState *state, int first, int count)
{
	CustomScan *scan = (CustomScan *) state->css.ss.ps.plan;

	return list_truncate(list_copy_tail(scan->custom_exprs, first), count);
}

static List *
arguments_of(JiraScanState *state)
{
	return expressions_of(state, 0, state->binding->narguments);
}

/*
 * The parameters of the scan that have values.  One without a type only tells
 * that EvalPlanQual may evaluate the scan again.
 */
static Bitmapset *
all_parameters(JiraScanState *state)
{
	List	   *types = state->css.ss.ps.state->es_plannedstmt->paramExecTypes;
	Bitmapset  *parameters = bms_copy(state->css.ss.ps.plan->allParam);
	int			number = -1;

	while ((number = bms_next_member(parameters, number)) >= 0)
		if (!OidIsValid(list_nth_oid(types, number)))
			parameters = bms_del_member(parameters, number);
	return parameters;
}

/* Those on which the expressions depend. */
static Bitmapset *
parameters_of(JiraScanState *state, List *expressions)
{
	Bitmapset  *parameters = NULL;

	if (read_call_parameters((Node *) expressions, &parameters))
		return all_parameters(state);
	return parameters;
}

/* Keeps the rows that are fetched from now on, to be returned again. */
static void
keep_rows(JiraScanState *state)
{
	EState	   *estate = state->css.ss.ps.state;
	TupleDesc	columns = state->css.ss.ss_ScanTupleSlot->tts_tupleDescriptor;
	MemoryContext before = MemoryContextSwitchTo(estate->es_query_cxt);

	state->store = tuplestore_begin_heap(false, false, work_mem);
	if (state->kept == NULL)
		state->kept = ExecInitExtraTupleSlot(estate, columns, &TTSOpsMinimalTuple);
	MemoryContextSwitchTo(before);
}

/* Returns the number of values that the conditions have. */
static int
begin_conditions(JiraScanState *state)
{
	CustomScan *scan = (CustomScan *) state->css.ss.ps.plan;
	List	   *plan = list_nth(scan->custom_private, 6);
	int			count = intVal(lsecond(plan));
	List	   *values = expressions_of(state, state->binding->narguments, count);

	if (linitial(plan) == NIL)
		return 0;
	state->conditions = conditions_begin(linitial(plan), values, state->binding, &state->css.ss.ps);
	state->condition_parameters = parameters_of(state, values);
	return count;
}

/* No request is sent here, since plain EXPLAIN calls this, too. */
static void
begin_scan(CustomScanState *node, EState *estate, int eflags)
{
	JiraScanState *state = (JiraScanState *) node;
	CustomScan *scan = (CustomScan *) node->ss.ps.plan;
	int			values;

	state->source = source_make(linitial(scan->custom_private));
	source_check(state->source);
	state->binding = state->source->binding;
	state->use.limit = (int64) floatVal(linitial(lsecond(scan->custom_private)));
	state->use.may_stop = intVal(lsecond(lsecond(scan->custom_private))) != 0;
	if (*strVal(lthird(lsecond(scan->custom_private))))
		state->use.fields = strVal(lthird(lsecond(scan->custom_private)));
	state->columns = lthird(scan->custom_private);
	state->arguments = ExecInitExprList(arguments_of(state), (PlanState *) node);

	read_call_check_columns(state->binding, state->columns, node->ss.ss_ScanTupleSlot->tts_tupleDescriptor, 0);
	state->values = palloc(sizeof(Datum) * state->binding->row->natts);
	state->nulls = palloc(sizeof(bool) * state->binding->row->natts);
	state->wanted = read_call_wanted(state->binding, lfourth(scan->custom_private));
	state->read = source_read_begin(state->source, arguments_of(state), state->wanted);
	values = begin_conditions(state);
	if (state->source->table == NULL || list_nth(scan->custom_private, 4) != NIL)
		state->recheck = recheck_begin(node, list_nth(scan->custom_private, 4),
									   list_copy_tail(scan->custom_exprs, state->binding->narguments + values),
									   state->binding->row);

	if (list_nth(scan->custom_private, 5) != NIL)
		state->order = order_begin(list_nth(scan->custom_private, 5), state->binding, state->columns,
								   node->ss.ss_ScanTupleSlot);

	/*
	 * A condition with parameters is checked on the same rows again, and
	 * EvalPlanQual may begin once for each of many rows.
	 */
	state->parameters = parameters_of(state, arguments_of(state));
	if ((eflags & EXEC_FLAG_REWIND) || estate->es_epq_active ||
		bms_nonempty_difference(all_parameters(state), state->parameters))
		keep_rows(state);
}

static void
begin_read(JiraScanState *state)
{
	ExprContext *econtext = state->css.ss.ps.ps_ExprContext;
	Datum		values[FUNC_MAX_ARGS];
	bool		nulls[FUNC_MAX_ARGS];
	MemoryContext before;
	ListCell   *cell;

	foreach(cell, state->arguments)
	{
		int			i = foreach_current_index(cell);

		values[i] = ExecEvalExprSwitchContext(lfirst(cell), econtext, &nulls[i]);
	}
	state->use.narrowing = NULL;
	if (state->conditions)
	{
		conditions_evaluate(state->conditions, econtext);
		state->use.narrowing = conditions_narrowing(state->conditions);
	}
	before = MemoryContextSwitchTo(state->css.ss.ps.state->es_query_cxt);
	if (state->order)
		state->use.narrowing = order_narrowing(state->order, state->use.narrowing);
	source_read_open(state->read, NULL, values, nulls, &state->use);
	MemoryContextSwitchTo(before);
}

static void
close_read(JiraScanState *state)
{
	state->finished = false;
	source_read_close(state->read);
	if (state->order)
		order_reset(state->order);
}

static Datum
whole_row(JiraScanState *state)
{
	ExprContext *econtext = state->css.ss.ps.ps_ExprContext;
	MemoryContext before = MemoryContextSwitchTo(econtext->ecxt_per_tuple_memory);
	Datum		row = HeapTupleGetDatum(heap_form_tuple(state->binding->row, state->values, state->nulls));

	MemoryContextSwitchTo(before);
	return row;
}

/* Puts the columns of the scan into its slot, from the values of a row. */
static void
fill_slot(JiraScanState *state, TupleTableSlot *slot)
{
	ListCell   *cell;

	foreach(cell, state->columns)
	{
		int			i = foreach_current_index(cell);
		int			attribute = lfirst_int(cell);

		slot->tts_isnull[i] = attribute > 0 && state->nulls[attribute - 1];
		slot->tts_values[i] = attribute > 0 ? state->values[attribute - 1] : whole_row(state);
	}
	ExecStoreVirtualTuple(slot);
}

/* The next row that is read, in the scan slot; false after the last one. */
static bool
fetch_from_read(void *source, TupleTableSlot *slot)
{
	JiraScanState *state = source;

	ExecClearTuple(slot);
	if (!source_read_is_open(state->read) && !state->finished)
		begin_read(state);
	state->finished = state->finished || !source_read_next(state->read, state->values, state->nulls);
	if (!state->finished)
		fill_slot(state, slot);
	return !state->finished;
}

/* The next row of the scan, in its order if it has one. */
static bool
fetch_row(JiraScanState *state, TupleTableSlot *slot)
{
	return state->order ? order_next(state->order, fetch_from_read, state, slot)
		: fetch_from_read(state, slot);
}

/* The next of the kept rows, which are minimal tuples, unlike the slot's. */
static bool
show_kept_row(JiraScanState *state, TupleTableSlot *slot)
{
	if (state->store == NULL || tuplestore_ateof(state->store) ||
		!tuplestore_gettupleslot(state->store, true, false, state->kept))
		return false;
	ExecCopySlot(slot, state->kept);
	return true;
}

static TupleTableSlot *
next_row(ScanState *node)
{
	JiraScanState *state = (JiraScanState *) node;
	TupleTableSlot *slot = node->ss_ScanTupleSlot;

	ExecClearTuple(slot);
	if (!show_kept_row(state, slot) && fetch_row(state, slot) && state->store)
		tuplestore_puttupleslot(state->store, slot);
	slot->tts_tableOid = state->source->relation;
	return slot;
}

static void
search_kept_row(JiraScanState *state, TupleTableSlot *slot)
{
	do
	{
		ResetExprContext(state->css.ss.ps.ps_ExprContext);
		(void) next_row(&state->css.ss);
	} while (!TupIsNull(slot) && !recheck_is_row(state->recheck, slot));
}

/* The only row during EvalPlanQual, or the next one if the query has kept none. */
static TupleTableSlot *
row_again(ScanState *node)
{
	JiraScanState *state = (JiraScanState *) node;
	TupleTableSlot *slot = node->ss_ScanTupleSlot;

	switch (recheck_method(state->recheck))
	{
		case READ_AGAIN:
			return next_row(node);
		case SEARCH:
			search_kept_row(state, slot);
			return slot;
		case FETCH:
			ExecClearTuple(slot);
			if (recheck_fetch(state->recheck, state->values, state->nulls))
				fill_slot(state, slot);
			slot->tts_tableOid = state->source->relation;
			if (!TupIsNull(slot) && !recheck_is_row(state->recheck, slot))
				ExecClearTuple(slot);
			return slot;
	}
	pg_unreachable();
}

/*
 * During EvalPlanQual the server looks for the row of a table, but not for that of a
 * scan that is of none.  It calls this instead, and what is in the slot is the row; or,
 * in a sub-query, it asks for the next row as ever.
 */
static bool
recheck_row(ScanState *node, TupleTableSlot *slot)
{
	if (((JiraScanState *) node)->source->table)
		return true;
	(void) row_again(node);
	return !TupIsNull(slot);
}

static TupleTableSlot *
execute_scan(CustomScanState *node)
{
	bool		again = node->ss.ps.state->es_epq_active && ((JiraScanState *) node)->recheck;

	return ExecScan(&node->ss, again ? row_again : next_row, recheck_row);
}

static void
end_scan(CustomScanState *node)
{
	JiraScanState *state = (JiraScanState *) node;

	close_read(state);
	if (state->store)
		tuplestore_end(state->store);
	state->store = NULL;
}

/* Are other rows to be read because a value of a condition has changed? */
static bool
conditions_have_changed(const JiraScanState *state)
{
	return state->conditions && bms_overlap(state->css.ss.ps.chgParam, state->condition_parameters) &&
		!(state->store && conditions_read_all(state->conditions));
}

/* Kept rows are returned again unless a parameter of the call has changed. */
static void
rescan(CustomScanState *node)
{
	JiraScanState *state = (JiraScanState *) node;
	bool		changed = bms_overlap(node->ss.ps.chgParam, state->parameters);

	if (changed && state->conditions)
		conditions_change_call(state->conditions);
	changed |= conditions_have_changed(state);

	ExecScanReScan(&node->ss);
	if (state->store && !changed)
	{
		tuplestore_rescan(state->store);
		return;
	}
	close_read(state);
	if (state->store)
		tuplestore_clear(state->store);
	else if (!changed)
		keep_rows(state);		/* rescanned once, so it may be again */
}

/* The conditions that are asked of Jira, and those that are not, with a word why. */
static void
explain_conditions(JiraScanState *state, List *ancestors, ExplainState *es)
{
	CustomScan *scan = (CustomScan *) state->css.ss.ps.plan;
	List	   *reasons = lthird(list_nth(scan->custom_private, 6));
	List	   *others = NIL;
	ListCell   *cell;

	if (state->conditions)
		conditions_explain(state->conditions, ancestors, es);
	foreach(cell, reasons)
	{
		const char *reason = strVal(lfirst(cell));

		if (reason[0] != '\0')
			others = lappend(others, psprintf("%s (%s)", deparse_expression(list_nth(scan->scan.plan.qual, foreach_current_index(cell)),
																			set_deparse_context_plan(es->deparse_cxt, &scan->scan.plan, ancestors),
																			false, false), reason));
	}
	if (others)
		ExplainPropertyList("Conditions Checked Here Only", others, es);
	if (es->analyze && state->conditions && conditions_read_all(state->conditions))
		ExplainPropertyBool("All Rows Read", true, es);
	if (es->analyze && state->conditions && conditions_asked_again(state->conditions) > 0)
		ExplainPropertyInteger("Asked Again", NULL, conditions_asked_again(state->conditions), es);
}

static void
explain_scan(CustomScanState *node, List *ancestors, ExplainState *es)
{
	JiraScanState *state = (JiraScanState *) node;
	Traffic		traffic;
	PagesCost	cost;

	source_explain(state->source, node->ss.ps.plan, arguments_of(state), ancestors, es);
	explain_conditions(state, ancestors, es);
	if (state->order)
		ExplainPropertyText("Order by Jira", order_jql(state->order), es);
	read_call_explain_fields(state->binding, arguments_of(state), state->wanted, state->use.fields, es);
	if (!es->analyze)
		return;
	source_read_cost(state->read, &traffic, &cost);
	read_call_explain_traffic(&traffic, &cost, es);
}
