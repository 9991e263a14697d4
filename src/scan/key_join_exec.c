/*
 * key_join_exec.c
 *	  Execution of a key join, and what EXPLAIN shows of it.
 *
 * Outer rows are read until there are enough keys that were not asked for yet, and
 * kept until the answer is there; then they are joined in their order.  Where there is
 * a call for each row instead, rows are read as far as calls may be under way.
 */
#include "postgres.h"

#include "executor/executor.h"
#include "miscadmin.h"
#include "nodes/makefuncs.h"
#include "utils/builtins.h"
#include "utils/memutils.h"
#include "utils/ruleutils.h"
#include "utils/tuplestore.h"

#include "scan/key_answers.h"
#include "scan/key_join_private.h"
#include "scan/key_source.h"
#include "scan/look_ahead.h"
#include "scan/read_call.h"
#include "utils/settings.h"

/* Outer rows for each key of a batch, if the query may stop soon, or for each call. */
#define ROWS_PER_KEY 10

typedef struct KeyJoinState
{
	CustomScanState css;
	JoinType	type;
	Source	   *from;			/* what the inner rows are */
	Binding    *binding;		/* of that */
	bool	   *wanted;
	List	   *arguments;		/* ExprStates */
	Bitmapset  *parameters;		/* of the arguments */
	ExprState  *key;
	ExprState  *conditions;
	int			outer_columns;	/* of the scan slot; the others are the call's */
	SourceRow  *row;
	KeySource  *source;			/* NULL: there is a call for each row */
	KeyAnswers *answers;
	LookAhead  *ahead;			/* that, or NULL */
	bool		calls;			/* for a key without an answer */
	int			keys;			/* of the next batch, at most */
	int64		rows;			/* the same of outer rows */

	MemoryContext batch_context;	/* owns the list of keys */
	Tuplestorestate *batch;		/* outer rows */
	TupleTableSlot *outer_row;	/* the current one of them */
	TupleTableSlot *inner_row;
	bool		outer_ended;
	bool		has_outer_row;
	bool		matched;		/* that one has a match */
	TupleTableSlot *kept;		/* a whole row for EvalPlanQual, or NULL */
	KeyAnswerRow *next;			/* to be tried with it */

	MemoryContext queue_context;	/* owns the following */
	List	   *queue;			/* of outer rows that were read ahead */
	Size		queue_size;		/* of them, in bytes */
	TupleTableSlot *queued_row; /* the last one of them */
} KeyJoinState;

static Node *create_state(CustomScan *scan);
static void begin_join(CustomScanState *node, EState *estate, int eflags);
static TupleTableSlot *execute_join(CustomScanState *node);
static void end_join(CustomScanState *node);
static void rescan_join(CustomScanState *node);
static void explain_join(CustomScanState *node, List *ancestors, ExplainState *es);

const CustomScanMethods key_join_methods = {
	.CustomName = "JiraKeyJoin",
	.CreateCustomScanState = create_state,
};

static const CustomExecMethods exec_methods = {
	.CustomName = "JiraKeyJoin",
	.BeginCustomScan = begin_join,
	.ExecCustomScan = execute_join,
	.EndCustomScan = end_join,
	.ReScanCustomScan = rescan_join,
	.ExplainCustomScan = explain_join,
};

static Node *
create_state(CustomScan *scan)
{
	KeyJoinState *state = (KeyJoinState *) newNode(sizeof(KeyJoinState), T_CustomScanState);

	state->css.methods = &exec_methods;
	return (Node *) state;
}

static CustomScan *
plan_of(const KeyJoinState *state)
{
	return (CustomScan *) state->css.ss.ps.plan;
}

static int
number_of(const KeyJoinState *state, int which)
{
	return list_nth_int(list_nth(plan_of(state)->custom_private, NUMBERS), which);
}

/* The first batch is as large as the others, unless the query may stop soon. */
static void
begin_small(KeyJoinState *state)
{
	state->keys = number_of(state, FIRST_KEYS);
	state->rows = state->keys < MOST_KEYS ? ROWS_PER_KEY * state->keys : PG_INT64_MAX;
}

static PlanState *
outer_of(const KeyJoinState *state)
{
	return linitial(state->css.custom_ps);
}

/* What StreamUse has of the fields. */
static const char *
fields_of(const KeyJoinState *state)
{
	const char *fields = strVal(list_nth(plan_of(state)->custom_private, FIELDS));

	return fields[0] != '\0' ? fields : NULL;
}

/* The index of the call in the range table: that of its columns. */
static Index
call_index(const KeyJoinState *state)
{
	TargetEntry *column = list_nth_node(TargetEntry, plan_of(state)->custom_scan_tlist, state->outer_columns);

	return castNode(Var, column->expr)->varno;
}

/* The type of the call's columns, which stand behind those of the outer rows. */
static TupleDesc
inner_type(const KeyJoinState *state, List *columns)
{
	TupleDesc	both = state->css.ss.ss_ScanTupleSlot->tts_tupleDescriptor;
	TupleDesc	type = CreateTemplateTupleDesc(list_length(columns));

	for (int i = 0; i < type->natts; i++)
		TupleDescCopyEntry(type, i + 1, both, state->outer_columns + i + 1);
	return type;
}

static void
begin_source(KeyJoinState *state)
{
	CustomScan *scan = plan_of(state);
	List	   *columns = list_nth(scan->custom_private, COLUMNS);
	TupleDesc	type = inner_type(state, columns);
	Oid			batches = llast_oid(list_nth(scan->custom_private, SOURCE));

	read_call_check_columns(state->binding, columns, state->css.ss.ss_ScanTupleSlot->tts_tupleDescriptor,
							state->outer_columns);
	state->wanted = read_call_wanted(state->binding, list_nth(scan->custom_private, WANTED));
	state->row = source_row_make(state->from, columns, type);
	state->inner_row = ExecInitExtraTupleSlot(state->css.ss.ps.state, type, &TTSOpsMinimalTuple);
	if (number_of(state, ARGUMENT) >= 0)
	{
		state->ahead = look_ahead_begin(number_of(state, ARGUMENT), state->row, state->wanted, fields_of(state),
										number_of(state, MAY_STOP) != 0);
		return;
	}
	state->source = key_source_begin(list_nth(scan->custom_exprs, ARGUMENTS), batches, number_of(state, KEY_COLUMN),
									 state->row, state->wanted, fields_of(state));
	state->calls = OidIsValid(batches);
	state->answers = key_answers_begin();
}

/* No request is sent here, since plain EXPLAIN calls this, too. */
static void
begin_join(CustomScanState *node, EState *estate, int eflags)
{
	KeyJoinState *state = (KeyJoinState *) node;
	CustomScan *scan = (CustomScan *) node->ss.ps.plan;
	PlanState  *outer = ExecInitNode(linitial(scan->custom_plans), estate, eflags);
	List	   *arguments = list_nth(scan->custom_exprs, ARGUMENTS);
	TupleDesc	outer_type = ExecGetResultType(outer);

	state->from = source_make(list_nth(scan->custom_private, SOURCE));
	source_check(state->from);
	node->custom_ps = list_make1(outer);
	state->type = number_of(state, JOIN_TYPE);
	begin_small(state);
	state->binding = state->from->binding;
	state->outer_columns = outer_type->natts;
	state->outer_row = ExecInitExtraTupleSlot(estate, outer_type, &TTSOpsMinimalTuple);
	state->queued_row = ExecInitExtraTupleSlot(estate, outer_type, &TTSOpsMinimalTuple);
	state->arguments = ExecInitExprList(arguments, (PlanState *) node);
	if (read_call_parameters((Node *) arguments, &state->parameters))
		state->parameters = bms_copy(scan->scan.plan.allParam);
	state->key = ExecInitExpr(list_nth(scan->custom_exprs, KEY), (PlanState *) node);
	state->conditions = ExecInitQual(list_nth(scan->custom_exprs, CONDITIONS), (PlanState *) node);
	begin_source(state);
	state->batch_context = AllocSetContextCreate(CurrentMemoryContext, "Jira key join batch", ALLOCSET_SMALL_SIZES);
	state->batch = tuplestore_begin_heap(false, false, work_mem);
	state->queue_context = AllocSetContextCreate(CurrentMemoryContext, "Jira key join queue", ALLOCSET_SMALL_SIZES);
	if (estate->es_epq_active)
		state->kept = ExecInitExtraTupleSlot(estate, state->binding->row, &TTSOpsVirtual);
}

/* --- The two sides of a row in the scan slot. */

static void
show(KeyJoinState *state, TupleTableSlot *row, int first)
{
	TupleTableSlot *slot = state->css.ss.ss_ScanTupleSlot;
	int			count = row->tts_tupleDescriptor->natts;

	slot_getallattrs(row);
	memcpy(slot->tts_values + first, row->tts_values, sizeof(Datum) * count);
	memcpy(slot->tts_isnull + first, row->tts_isnull, sizeof(bool) * count);
}

static void
show_outer(KeyJoinState *state, TupleTableSlot *row)
{
	TupleTableSlot *slot = ExecClearTuple(state->css.ss.ss_ScanTupleSlot);
	int			columns = slot->tts_tupleDescriptor->natts;

	memset(slot->tts_isnull + state->outer_columns, true, sizeof(bool) * (columns - state->outer_columns));
	show(state, row, 0);
	ExecStoreVirtualTuple(slot);
	state->css.ss.ps.ps_ExprContext->ecxt_scantuple = slot;
}

/* The next row of the call for the outer row, or NULL. */
static TupleTableSlot *
next_of_call(KeyJoinState *state)
{
	MemoryContext before = MemoryContextSwitchTo(state->css.ss.ps.ps_ExprContext->ecxt_per_tuple_memory);
	TupleTableSlot *row = look_ahead_next(state->ahead);

	MemoryContextSwitchTo(before);
	return row;
}

/* The next of the rows that are to be tried, or NULL. */
static TupleTableSlot *
next_kept(KeyJoinState *state)
{
	KeyAnswerRow *row = state->next;

	if (row == NULL)
		return NULL;
	state->next = row->next;
	return ExecStoreMinimalTuple(row->tuple, state->inner_row, false);
}

/* Shows the next row that the outer row is to be tried with; false after the last one. */
static bool
show_next_inner(KeyJoinState *state)
{
	TupleTableSlot *row = state->ahead ? next_of_call(state) : next_kept(state);

	if (row)
		show(state, row, state->outer_columns);
	return row != NULL;
}

/* The key of the outer row that is shown, in memory for the row; NULL if it is null. */
static char *
outer_key(KeyJoinState *state)
{
	ExprContext *econtext = state->css.ss.ps.ps_ExprContext;
	MemoryContext before = MemoryContextSwitchTo(econtext->ecxt_per_tuple_memory);
	bool		isnull;
	Datum		value = ExecEvalExpr(state->key, econtext, &isnull);
	char	   *key = isnull ? NULL : TextDatumGetCString(value);

	MemoryContextSwitchTo(before);
	return key;
}

/* --- Requests. */

/* The values of the arguments for the outer row that is shown, in memory for the row. */
static void
evaluate_arguments(KeyJoinState *state, Datum *values, bool *nulls)
{
	ListCell   *cell;

	foreach(cell, state->arguments)
	{
		int			i = foreach_current_index(cell);

		values[i] = ExecEvalExprSwitchContext(lfirst(cell), state->css.ss.ps.ps_ExprContext, &nulls[i]);
	}
}

/* Asks for the rows of keys; without them, makes the call for the outer row that is shown. */
static void
ask(KeyJoinState *state, List *keys)
{
	Datum		values[FUNC_MAX_ARGS];
	bool		nulls[FUNC_MAX_ARGS];

	evaluate_arguments(state, values, nulls);
	key_source_ask(state->source, keys, values, nulls);
}

/* Files the row under the keys for which it may have been asked. */
static void
file_row(KeyJoinState *state, TupleTableSlot *row)
{
	char	   *keys[2];

	key_source_keys(state->source, row, keys);
	for (int i = 0; i < lengthof(keys); i++)
	{
		KeyAnswer  *open = keys[i] ? key_answers_find_open(state->answers, keys[i],
														   key_source_is_unique(state->source)) : NULL;

		if (open)
			key_answers_put(state->answers, open, row);
	}
}

static void
ask_for_keys(KeyJoinState *state, List *keys)
{
	ExprContext *econtext = state->css.ss.ps.ps_ExprContext;
	MemoryContext before = MemoryContextSwitchTo(econtext->ecxt_per_tuple_memory);
	TupleTableSlot *row;

	/* The outer row that was read last is gone. */
	ResetExprContext(econtext);
	ExecStoreAllNullTuple(state->css.ss.ss_ScanTupleSlot);
	ask(state, keys);
	while ((row = key_source_next(state->source)) != NULL)
	{
		file_row(state, row);
		ResetExprContext(econtext);
	}
	MemoryContextSwitchTo(before);
}

/*
 * Makes the call for the outer row that is shown: Jira did not return an issue of
 * exactly this key among many, so that it may be missing, have been moved, or be
 * none.  The call knows which of them, or raises an error.
 */
static KeyAnswer *
call_for(KeyJoinState *state, const char *key)
{
	MemoryContext before = MemoryContextSwitchTo(state->css.ss.ps.ps_ExprContext->ecxt_per_tuple_memory);
	KeyAnswer  *answer;
	TupleTableSlot *row;

	(void) key_answers_add(state->answers, key);
	ask(state, NIL);
	answer = key_answers_find(state->answers, key);
	while ((row = key_source_next(state->source)) != NULL)
		key_answers_put(state->answers, answer, row);
	answer->is_final = true;
	MemoryContextSwitchTo(before);
	return answer;
}

/* --- A batch. */

/* Keeps an outer row; returns its key if that is to be asked for. */
static const char *
take_outer_row(KeyJoinState *state, TupleTableSlot *row)
{
	char	   *key;

	tuplestore_puttupleslot(state->batch, row);
	ResetExprContext(state->css.ss.ps.ps_ExprContext);
	show_outer(state, row);
	key = outer_key(state);
	return key && key_source_takes(state->source, key) ? key_answers_add(state->answers, key) : NULL;
}

/* Reads outer rows; returns the keys that are to be asked for. */
static List *
read_outer_rows(KeyJoinState *state)
{
	List	   *keys = NIL;

	for (int64 rows = 0; rows < state->rows && list_length(keys) < state->keys; rows++)
	{
		TupleTableSlot *row = ExecProcNode(outer_of(state));
		const char *key;
		MemoryContext before;

		state->outer_ended = TupIsNull(row);
		if (state->outer_ended)
			break;
		key = take_outer_row(state, row);
		before = MemoryContextSwitchTo(state->batch_context);
		if (key)
			keys = lappend(keys, (char *) key);
		MemoryContextSwitchTo(before);
	}
	return keys;
}

/* Reads outer rows, and asks for what they are joined with; false if there were none left. */
static bool
next_batch(KeyJoinState *state)
{
	bool		is_large = !key_source_is_unique(state->source) && key_answers_are_large(state->answers);
	List	   *keys;

	if (state->outer_ended)
		return false;
	ExecClearTuple(state->outer_row);
	tuplestore_clear(state->batch);
	MemoryContextReset(state->batch_context);
	key_answers_next_batch(state->answers);
	keys = read_outer_rows(state);
	state->keys = is_large ? Max(state->keys / 2, 1) : Min(2 * state->keys, MOST_KEYS);
	state->rows = state->rows < PG_INT64_MAX / 2 ? 2 * state->rows : PG_INT64_MAX;
	if (keys)
		ask_for_keys(state, keys);
	return true;
}

/* --- Calls. */

/* Makes the call for the outer row that is shown, which is known by this value. */
static void
make_call(KeyJoinState *state, const char *value)
{
	Datum		values[FUNC_MAX_ARGS];
	bool		nulls[FUNC_MAX_ARGS];

	evaluate_arguments(state, values, nulls);
	look_ahead_call(state->ahead, value, values, nulls);
}

/* Reads one more outer row ahead; false after the last one. */
static bool
queue_outer_row(KeyJoinState *state)
{
	TupleTableSlot *row = state->outer_ended ? NULL : ExecProcNode(outer_of(state));
	MemoryContext before;
	MinimalTuple copy;

	state->outer_ended = TupIsNull(row);
	if (state->outer_ended)
		return false;
	before = MemoryContextSwitchTo(state->queue_context);
	copy = ExecCopySlotMinimalTuple(row);
	state->queue = lappend(state->queue, copy);
	state->queue_size += copy->t_len;
	MemoryContextSwitchTo(before);
	return true;
}

/* Makes the call for the outer row that was read last, unless that has to wait until it is needed. */
static void
call_ahead(KeyJoinState *state)
{
	ExprContext *econtext = state->css.ss.ps.ps_ExprContext;
	MemoryContext before;
	char	   *value;

	ResetExprContext(econtext);
	before = MemoryContextSwitchTo(econtext->ecxt_per_tuple_memory);
	show_outer(state, ExecStoreMinimalTuple(llast(state->queue), state->queued_row, false));
	value = outer_key(state);
	if (!look_ahead_has(state->ahead, value) && look_ahead_takes(state->ahead, value))
		make_call(state, value);
	MemoryContextSwitchTo(before);
}

static void
read_ahead(KeyJoinState *state)
{
	while (look_ahead_has_room(state->ahead) &&
		   list_length(state->queue) < ROWS_PER_KEY * look_ahead_width(state->ahead) &&
		   state->queue_size < work_mem * (Size) 1024 && queue_outer_row(state))
		call_ahead(state);
	ExecClearTuple(state->queued_row);
}

/* Begins to read the call for the outer row that is shown, and makes those for further ones. */
static void
begin_call(KeyJoinState *state)
{
	ExprContext *econtext = state->css.ss.ps.ps_ExprContext;
	MemoryContext before = MemoryContextSwitchTo(econtext->ecxt_per_tuple_memory);
	char	   *value = outer_key(state);

	look_ahead_refresh(state->ahead);
	if (!look_ahead_has(state->ahead, value))
		make_call(state, value);
	look_ahead_read(state->ahead, value);
	MemoryContextSwitchTo(before);
	read_ahead(state);
	ResetExprContext(econtext);
	show_outer(state, state->outer_row);
}

/* Takes the next outer row out of the queue; false after the last one. */
static bool
take_queued_row(KeyJoinState *state)
{
	MinimalTuple row;

	if (state->queue == NIL && !queue_outer_row(state))
		return false;
	row = linitial(state->queue);
	state->queue = list_delete_first(state->queue);
	state->queue_size -= row->t_len;
	ExecStoreMinimalTuple(row, state->outer_row, true);
	return true;
}

static void
clear_queue(KeyJoinState *state)
{
	ExecClearTuple(state->outer_row);
	ExecClearTuple(state->queued_row);
	state->queue = NIL;
	state->queue_size = 0;
	MemoryContextReset(state->queue_context);
}

/* --- The join. */

/*
 * Does EvalPlanQual evaluate the join again?  Then the query has kept the row of the
 * call that the outer row was joined with.
 */
static bool
has_kept_row(KeyJoinState *state)
{
	EPQState   *active = state->css.ss.ps.state->es_epq_active;

	return active && active->relsubs_rowmark[call_index(state) - 1];
}

/* That row, NULL if there was none. */
static KeyAnswerRow *
kept_row(KeyJoinState *state)
{
	MemoryContext before;
	KeyAnswerRow *row;

	if (!EvalPlanQualFetchRowMark(state->css.ss.ps.state->es_epq_active, call_index(state), state->kept))
		return NULL;
	MemoryContextReset(state->batch_context);
	before = MemoryContextSwitchTo(state->batch_context);
	row = palloc0(sizeof(KeyAnswerRow));
	row->tuple = ExecCopySlotMinimalTuple(source_row_show_whole(state->row, state->kept));
	MemoryContextSwitchTo(before);
	return row;
}

/* What the outer row that is shown is to be tried with, if there is no call for it. */
static KeyAnswerRow *
answer_to(KeyJoinState *state)
{
	char	   *key = outer_key(state);
	KeyAnswer  *answer = key ? key_answers_find(state->answers, key) : NULL;

	if (state->calls && (answer == NULL || (answer->first == NULL && !answer->is_final)))
		answer = call_for(state, key ? key : "");
	return answer ? answer->first : NULL;
}

/* Fetches the next outer row; false after the last one. */
static bool
fetch_outer_row(KeyJoinState *state)
{
	if (state->ahead)
		return take_queued_row(state);
	if (has_kept_row(state))
	{
		TupleTableSlot *row = ExecProcNode(outer_of(state));

		if (TupIsNull(row))
			return false;
		ExecCopySlot(state->outer_row, row);
		return true;
	}
	while (!tuplestore_gettupleslot(state->batch, true, false, state->outer_row))
		if (!next_batch(state))
			return false;
	return true;
}

static bool
next_outer_row(KeyJoinState *state)
{
	if (!fetch_outer_row(state))
		return false;
	ResetExprContext(state->css.ss.ps.ps_ExprContext);
	show_outer(state, state->outer_row);
	if (state->ahead)
		begin_call(state);
	else
		state->next = has_kept_row(state) ? kept_row(state) : answer_to(state);
	state->matched = false;
	return true;
}

/* Looks for the next match of the outer row, which is then shown with it. */
static bool
next_match(KeyJoinState *state)
{
	ExprContext *econtext = state->css.ss.ps.ps_ExprContext;

	for (;;)
	{
		ResetExprContext(econtext);
		if (!show_next_inner(state))
			return false;
		if (ExecQual(state->conditions, econtext))
			return true;
	}
}

/* Shows the next row of the join; false after the last one. */
static bool
next_joined_row(KeyJoinState *state)
{
	for (;;)
	{
		CHECK_FOR_INTERRUPTS();
		if (!state->has_outer_row && !next_outer_row(state))
			return false;
		state->has_outer_row = true;
		if (next_match(state))
		{
			state->matched = true;
			state->has_outer_row = state->type == JOIN_INNER || state->type == JOIN_LEFT;
			if (state->type != JOIN_ANTI)
				return true;
			continue;
		}
		state->has_outer_row = false;
		if (!state->matched && (state->type == JOIN_LEFT || state->type == JOIN_ANTI))
		{
			show_outer(state, state->outer_row);
			return true;
		}
	}
}

static TupleTableSlot *
execute_join(CustomScanState *node)
{
	KeyJoinState *state = (KeyJoinState *) node;
	ExprContext *econtext = node->ss.ps.ps_ExprContext;

	for (;;)
	{
		ResetExprContext(econtext);
		if (!next_joined_row(state))
			return NULL;
		if (ExecQual(node->ss.ps.qual, econtext))
			return node->ss.ps.ps_ProjInfo ? ExecProject(node->ss.ps.ps_ProjInfo) : node->ss.ss_ScanTupleSlot;
		InstrCountFiltered1(node, 1);
	}
}

static void
end_join(CustomScanState *node)
{
	KeyJoinState *state = (KeyJoinState *) node;

	if (state->source)
		key_source_end(state->source);
	if (state->ahead)
		look_ahead_end(state->ahead);
	source_row_end(state->row);
	tuplestore_end(state->batch);
	ExecEndNode(outer_of(state));
}

static void
forget_answers(KeyJoinState *state)
{
	if (state->ahead)
	{
		look_ahead_reset(state->ahead);
		return;
	}
	key_source_reset(state->source);
	key_answers_clear(state->answers);
}

/* What was asked remains right unless a parameter of the call has changed. */
static void
rescan_join(CustomScanState *node)
{
	KeyJoinState *state = (KeyJoinState *) node;
	PlanState  *outer = outer_of(state);

	if (bms_overlap(node->ss.ps.chgParam, state->parameters))
		forget_answers(state);
	if (state->ahead)
		look_ahead_stop(state->ahead);
	clear_queue(state);
	tuplestore_clear(state->batch);
	state->has_outer_row = false;
	state->outer_ended = false;
	state->next = NULL;
	begin_small(state);
	ExecClearTuple(node->ss.ss_ScanTupleSlot);
	if (node->ss.ps.chgParam)
		UpdateChangedParamSet(outer, node->ss.ps.chgParam);
	if (outer->chgParam == NULL)
		ExecReScan(outer);
}

/* --- EXPLAIN. */

static const char *
type_name(JoinType type)
{
	switch (type)
	{
		case JOIN_LEFT:
			return "Left";
		case JOIN_SEMI:
			return "Semi";
		case JOIN_ANTI:
			return "Anti";
		default:
			return "Inner";
	}
}

static void
explain_conditions(KeyJoinState *state, List *ancestors, ExplainState *es)
{
	CustomScan *scan = plan_of(state);
	List	   *context = set_deparse_context_plan(es->deparse_cxt, &scan->scan.plan, ancestors);
	List	   *conditions = list_nth(scan->custom_exprs, CONDITIONS);

	ExplainPropertyText("Join Type", type_name(state->type), es);
	if (conditions)
		ExplainPropertyText("Join Cond", deparse_expression((Node *) make_ands_explicit(conditions), context,
															true, false), es);
	if (state->source)
		ExplainPropertyText("Keys", deparse_expression(list_nth(scan->custom_exprs, KEY), context, true, false), es);
	else
		ExplainPropertyInteger("Calls at a Time", NULL, jira_parallel_requests, es);
}

static void
explain_calls(KeyJoinState *state, ExplainState *es)
{
	Traffic		traffic;
	PagesCost	pages;

	ExplainPropertyInteger("Calls", NULL, look_ahead_cost(state->ahead, &traffic, &pages), es);
	read_call_explain_traffic(&traffic, &pages, es);
}

static void
explain_batches(KeyJoinState *state, ExplainState *es)
{
	Traffic		traffic;
	PagesCost	pages;
	const KeySourceCost *cost = key_source_cost(state->source, &traffic, &pages);

	ExplainPropertyInteger("Key Batches", NULL, cost->batches, es);
	ExplainPropertyInteger("Keys Asked For", NULL, cost->keys, es);
	if (cost->calls > 0)
		ExplainPropertyInteger("Single Calls", NULL, cost->calls, es);
	if (cost->read_whole)
		ExplainPropertyBool("Keys Refused", true, es);
	read_call_explain_traffic(&traffic, &pages, es);
}

static void
explain_join(CustomScanState *node, List *ancestors, ExplainState *es)
{
	KeyJoinState *state = (KeyJoinState *) node;
	CustomScan *scan = plan_of(state);
	List	   *arguments = list_nth(scan->custom_exprs, ARGUMENTS);

	explain_conditions(state, ancestors, es);
	source_explain(state->from, &scan->scan.plan, arguments, ancestors, es);
	read_call_explain_fields(state->binding, arguments, state->wanted, fields_of(state), es);
	if (es->analyze)
		(state->ahead ? explain_calls : explain_batches) (state, es);
}
