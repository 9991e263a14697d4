/*
 * scan_exec.c
 *	  Execution of the custom scan, and what EXPLAIN shows of it.
 */
#include "postgres.h"

#include "catalog/objectaccess.h"
#include "catalog/pg_proc.h"
#include "catalog/pg_type.h"
#include "commands/explain.h"
#include "executor/executor.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "nodes/nodeFuncs.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/ruleutils.h"
#include "utils/tuplestore.h"

#include "engine/bind.h"
#include "engine/build_request.h"
#include "engine/call.h"
#include "engine/stream.h"
#include "scan/scan_exec_private.h"
#include "scan/recheck.h"
#include "utils/compat.h"
#include "utils/settings.h"

typedef struct JiraScanState
{
	CustomScanState css;
	Binding    *binding;
	List	   *arguments;		/* ExprStates */
	Bitmapset  *parameters;		/* of the arguments */
	List	   *columns;		/* attribute numbers, in the order of the scan
								 * slot; 0 is the whole row */
	bool	   *wanted;			/* per attribute of binding->row */
	Datum	   *values;			/* one whole row */
	bool	   *nulls;
	int64		limit;
	Stream	   *stream;			/* NULL: not opened */
	bool		finished;		/* the stream has returned its last row */
	Tuplestorestate *store;		/* rows to return again, or NULL */
	TupleTableSlot *kept;		/* one of them */
	Recheck    *recheck;
	Traffic		traffic;		/* of streams that were closed */
	int64		pages;
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

/* The checks that a function scan makes before it calls the function. */
static void
check_execute(Oid function)
{
	AclResult	result = jira_proc_aclcheck(function, GetUserId());

	if (result != ACLCHECK_OK)
		aclcheck_error(result, OBJECT_FUNCTION, get_func_name(function));
	InvokeFunctionExecuteHook(function);
}

/* The expressions of the plan: the arguments of the call, then those of the recheck. */
static List *
arguments_of(JiraScanState *state)
{
	CustomScan *scan = (CustomScan *) state->css.ss.ps.plan;

	return list_truncate(list_copy(scan->custom_exprs), state->binding->narguments);
}

/* The row type may have been altered since the plan was made. */
static void
check_columns(JiraScanState *state)
{
	TupleDesc	planned = state->css.ss.ss_ScanTupleSlot->tts_tupleDescriptor;
	ListCell   *cell;

	foreach(cell, state->columns)
	{
		Oid			type = TupleDescAttr(planned, foreach_current_index(cell))->atttypid;

		if (lfirst_int(cell) != 0 && TupleDescAttr(state->binding->row, lfirst_int(cell) - 1)->atttypid != type)
			ereport(ERROR,
					(errcode(ERRCODE_DATATYPE_MISMATCH),
					 errmsg("the columns of %s have changed since the query was planned",
							state->binding->action->name)));
	}
}

static void
prepare_columns(JiraScanState *state, List *wanted)
{
	int			natts = state->binding->row->natts;
	ListCell   *cell;

	state->values = palloc(sizeof(Datum) * natts);
	state->nulls = palloc(sizeof(bool) * natts);
	state->wanted = palloc0(sizeof(bool) * natts);
	foreach(cell, wanted)
	{
		int			attribute = lfirst_int(cell);

		for (int i = 0; i < natts; i++)
			state->wanted[i] |= attribute == 0 || attribute == i + 1;
	}
}

static bool
collect_parameters(Node *node, Bitmapset **parameters)
{
	if (node == NULL)
		return false;
	if (IsA(node, Param) && ((Param *) node)->paramkind == PARAM_EXEC)
		*parameters = bms_add_member(*parameters, ((Param *) node)->paramid);

	/* True ends the walk: the plan of a SubPlan may depend on any parameter. */
	return IsA(node, SubPlan) || expression_tree_walker(node, collect_parameters, parameters);
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

/* Those on which the arguments of the call, and so its rows, depend. */
static Bitmapset *
parameters_of_call(JiraScanState *state)
{
	Bitmapset  *parameters = NULL;

	if (collect_parameters((Node *) arguments_of(state), &parameters))
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

/* No request is sent here, since plain EXPLAIN calls this, too. */
static void
begin_scan(CustomScanState *node, EState *estate, int eflags)
{
	JiraScanState *state = (JiraScanState *) node;
	CustomScan *scan = (CustomScan *) node->ss.ps.plan;
	Oid			function = linitial_oid(linitial(scan->custom_private));

	check_execute(function);
	state->binding = bind_action(action_of(function), function);
	state->limit = (int64) floatVal(lsecond(scan->custom_private));
	state->columns = lthird(scan->custom_private);
	state->arguments = ExecInitExprList(arguments_of(state), (PlanState *) node);

	check_columns(state);
	prepare_columns(state, lfourth(scan->custom_private));
	state->recheck = recheck_begin(node, list_nth(scan->custom_private, 4),
								   list_copy_tail(scan->custom_exprs, state->binding->narguments),
								   state->binding->row);

	/*
	 * A condition with parameters is checked on the same rows again, and
	 * EvalPlanQual may begin once for each of many rows.
	 */
	state->parameters = parameters_of_call(state);
	if ((eflags & EXEC_FLAG_REWIND) || estate->es_epq_active ||
		bms_nonempty_difference(all_parameters(state), state->parameters))
		keep_rows(state);
}

static void
begin_stream(JiraScanState *state)
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
	before = MemoryContextSwitchTo(state->css.ss.ps.state->es_query_cxt);
	state->stream = stream_open(state->binding, values, nulls, state->wanted, state->limit);
	MemoryContextSwitchTo(before);
	state->finished = false;
}

static void
close_stream(JiraScanState *state)
{
	if (state->stream == NULL)
		return;
	transfer_add_traffic(&state->traffic, stream_traffic(state->stream));
	state->pages += stream_pages(state->stream);
	stream_close(state->stream);
	state->stream = NULL;
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

/* The next row of the stream in the scan slot; false after the last one. */
static bool
fetch_row(JiraScanState *state, TupleTableSlot *slot)
{
	if (state->stream == NULL)
		begin_stream(state);
	state->finished = state->finished ||
		!stream_next(state->stream, state->values, state->nulls);
	if (!state->finished)
		fill_slot(state, slot);
	return !state->finished;
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
	if (show_kept_row(state, slot))
		return slot;
	if (fetch_row(state, slot) && state->store)
		tuplestore_puttupleslot(state->store, slot);
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
			if (!TupIsNull(slot) && !recheck_is_row(state->recheck, slot))
				ExecClearTuple(slot);
			return slot;
	}
	pg_unreachable();
}

/*
 * During EvalPlanQual the server does not look for the row of a scan that is not
 * of one table.  It calls this instead, and what is in the slot is the row; or,
 * in a sub-query, it asks for the next row as ever.
 */
static bool
recheck_row(ScanState *node, TupleTableSlot *slot)
{
	(void) row_again(node);
	return !TupIsNull(slot);
}

static TupleTableSlot *
execute_scan(CustomScanState *node)
{
	return ExecScan(&node->ss, node->ss.ps.state->es_epq_active ? row_again : next_row, recheck_row);
}

static void
end_scan(CustomScanState *node)
{
	JiraScanState *state = (JiraScanState *) node;

	close_stream(state);
	if (state->store)
		tuplestore_end(state->store);
	state->store = NULL;
}

/* Kept rows are returned again unless a parameter of the call has changed. */
static void
rescan(CustomScanState *node)
{
	JiraScanState *state = (JiraScanState *) node;
	bool		changed = bms_overlap(node->ss.ps.chgParam, state->parameters);

	ExecScanReScan(&node->ss);
	if (state->store && !changed)
	{
		tuplestore_rescan(state->store);
		return;
	}
	close_stream(state);
	if (state->store)
		tuplestore_clear(state->store);
	else if (!changed)
		keep_rows(state);		/* rescanned once, so it may be again */
}

/* The text of a constant, or of another expression. */
static char *
argument_text(JiraScanState *state, int argument, List *ancestors, ExplainState *es)
{
	CustomScan *scan = (CustomScan *) state->css.ss.ps.plan;
	Node	   *node = list_nth(scan->custom_exprs, argument);

	if (IsA(node, Const))
	{
		Const	   *constant = (Const *) node;
		Oid			output;
		bool		varlena;

		if (constant->constisnull)
			return NULL;
		getTypeOutputInfo(constant->consttype, &output, &varlena);
		return OidOutputFunctionCall(output, constant->constvalue);
	}
	return deparse_expression(node,
							  set_deparse_context_plan(es->deparse_cxt, &scan->scan.plan, ancestors),
							  false, false);
}

static void
explain_arguments(JiraScanState *state, List *ancestors, ExplainState *es)
{
	const char *connection = connection_named(NULL);

	for (int i = 0; i < state->binding->narguments; i++)
	{
		BoundArgument *bound = &state->binding->arguments[i];
		char	   *text = argument_text(state, i, ancestors, es);

		if (bound->argument == NULL)
			connection = text ? text : connection;
		else if (strcmp(bound->name, "fields") != 0 && text)
			ExplainPropertyText(strcmp(bound->name, "jql") == 0 ? "JQL"
								: psprintf("Argument %s", bound->name), text, es);
	}
	ExplainPropertyText("Connection", connection ? connection : "the default one", es);
}

/*
 * The fields that are known without a request: names are not looked up, and
 * columns of a story whose fields differ between sites are left out.
 */
static void
explain_fields(JiraScanState *state, ExplainState *es)
{
	CustomScan *scan = (CustomScan *) state->css.ss.ps.plan;
	int			argument = bind_find(state->binding, AS_FIELDS);
	Const	   *asked = argument < 0 ? NULL : list_nth(scan->custom_exprs, argument);
	json_t	   *list = NULL;
	json_t	   *fields;
	List	   *names = NIL;

	if (state->binding->action->all_fields == NULL)
		return;
	if (asked && IsA(asked, Const) && !asked->constisnull)
		list = jira_json_own(CurrentMemoryContext,
							 value_to_json(asked->constvalue, asked->consttype));
	fields = build_request_fields(state->binding, build_request_paths(state->binding, CLOUD, state->wanted),
								  list, CurrentMemoryContext);
	for (size_t i = 0; i < json_array_size(fields); i++)
		names = lappend(names, (char *) json_string_value(json_array_get(fields, i)));
	ExplainPropertyList("Fields", names, es);
}

static void
explain_traffic(JiraScanState *state, ExplainState *es)
{
	Traffic		traffic = state->traffic;
	int64		pages = state->pages;

	if (state->stream)
	{
		transfer_add_traffic(&traffic, stream_traffic(state->stream));
		pages += stream_pages(state->stream);
	}
	ExplainPropertyInteger("Requests", NULL, traffic.requests, es);
	ExplainPropertyInteger("Pages", NULL, pages, es);
	ExplainPropertyInteger("Retries", NULL, traffic.retries, es);
	ExplainPropertyInteger("Received", "bytes", traffic.bytes, es);
	if (es->timing)
		ExplainPropertyFloat("Waited", "ms", traffic.waited, 3, es);
}

static void
explain_scan(CustomScanState *node, List *ancestors, ExplainState *es)
{
	JiraScanState *state = (JiraScanState *) node;

	ExplainPropertyText("Function", state->binding->action->name, es);
	explain_arguments(state, ancestors, es);
	explain_fields(state, es);
	if (es->analyze)
		explain_traffic(state, es);
}
