/*
 * call.c
 *	  Actions called as functions.
 *
 * A read in FROM is planned as our own scan (scan.c) where that is possible;
 * everywhere else, and always for a write, the function itself is called.
 */
#include "postgres.h"

#include "catalog/pg_proc.h"
#include "catalog/pg_type.h"
#include "funcapi.h"
#include "utils/builtins.h"
#include "utils/datum.h"
#include "utils/memutils.h"
#include "utils/syscache.h"

#include "bind.h"
#include "call.h"
#include "refusal.h"
#include "stream.h"

/* The entry stands in the library under the name of the C function. */
const Action *
action_of(Oid function)
{
	HeapTuple	tuple = SearchSysCache1(PROCOID, ObjectIdGetDatum(function));
	Datum		library;
	Datum		symbol;
	bool		isnull;
	char	   *entry;
	void	   *action;

	if (!HeapTupleIsValid(tuple))
		elog(ERROR, "cache lookup failed for function %u", function);
	library = SysCacheGetAttr(PROCOID, tuple, Anum_pg_proc_probin, &isnull);
	if (isnull)
		elog(ERROR, "function %u is not a C function", function);
	symbol = SysCacheGetAttr(PROCOID, tuple, Anum_pg_proc_prosrc, &isnull);
	entry = psprintf("%s_action", TextDatumGetCString(symbol));
	action = (void *) load_external_function(TextDatumGetCString(library), entry, false, NULL);
	ReleaseSysCache(tuple);
	pfree(entry);
	return action;
}

static void
split_arguments(FunctionCallInfo fcinfo, Datum *values, bool *nulls)
{
	for (int i = 0; i < fcinfo->nargs; i++)
	{
		values[i] = fcinfo->args[i].value;
		nulls[i] = fcinfo->args[i].isnull;
	}
}

static Stream *
open_stream(FunctionCallInfo fcinfo, const Action *action)
{
	Binding    *binding = bind_action(action, fcinfo->flinfo->fn_oid);
	bool	   *wanted = palloc(sizeof(bool) * binding->row->natts);
	Datum		values[FUNC_MAX_ARGS];
	bool		nulls[FUNC_MAX_ARGS];

	memset(wanted, true, sizeof(bool) * binding->row->natts);
	split_arguments(fcinfo, values, nulls);
	return stream_open(binding, values, nulls, wanted, -1);
}

/* A row at a time, so that a target list with LIMIT stops early. */
static Datum
call_for_rows(FunctionCallInfo fcinfo, const Action *action)
{
	FuncCallContext *context;
	TupleDesc	row;
	Datum	   *values;
	bool	   *nulls;

	if (SRF_IS_FIRSTCALL())
	{
		MemoryContext before;

		context = SRF_FIRSTCALL_INIT();
		before = MemoryContextSwitchTo(context->multi_call_memory_ctx);
		if (get_call_result_type(fcinfo, NULL, &row) != TYPEFUNC_COMPOSITE)
			elog(ERROR, "%s does not return rows", action->name);
		context->tuple_desc = BlessTupleDesc(row);
		context->user_fctx = open_stream(fcinfo, action);
		MemoryContextSwitchTo(before);
	}

	context = SRF_PERCALL_SETUP();
	row = context->tuple_desc;
	values = palloc(sizeof(Datum) * row->natts);
	nulls = palloc(sizeof(bool) * row->natts);
	if (!stream_next(context->user_fctx, values, nulls))
		SRF_RETURN_DONE(context);
	SRF_RETURN_NEXT(context, HeapTupleGetDatum(heap_form_tuple(row, values, nulls)));
}

/* The scalar in a reply, as the function's result. */
static Datum
scalar_result(const Binding *binding, const Endpoint *endpoint, const Request *request,
			  json_t *document, bool *isnull)
{
	json_t	   *value;
	Datum		result;

	*isnull = false;
	if (binding->result == VOIDOID)
		return (Datum) 0;
	value = document ? jira_json_get(document, endpoint->result) : NULL;
	if (value == NULL || json_is_null(value))
		problem_raise(malformed_reply(request,
									  psprintf("It has no \"%s\".", endpoint->result)));
	result = value_from_json((ValueReader *) &binding->reader, value, isnull);
	json_decref(value);
	return result;
}

static Binding *
cached_binding(FunctionCallInfo fcinfo, const Action *action)
{
	if (fcinfo->flinfo->fn_extra == NULL)
	{
		MemoryContext before = MemoryContextSwitchTo(fcinfo->flinfo->fn_mcxt);

		fcinfo->flinfo->fn_extra = bind_action(action, fcinfo->flinfo->fn_oid);
		MemoryContextSwitchTo(before);
	}
	return fcinfo->flinfo->fn_extra;
}

static Datum
carry_out(FunctionCallInfo fcinfo, const Binding *binding, CallPlace *place, bool *isnull)
{
	Datum		values[FUNC_MAX_ARGS];
	bool		nulls[FUNC_MAX_ARGS];
	Client	   *client;
	Request    *request;
	Transfer   *transfer;

	split_arguments(fcinfo, values, nulls);
	client = client_open(connection_named(bind_text(binding, bind_find(binding, ABSENT),
													values, nulls)));
	place->connection = client->connection->alias;
	request = bind_request(binding, client->connection, values, nulls);
	transfer = transfer_start(CurrentMemoryContext, client, request);
	return scalar_result(binding, &binding->action->on[client->connection->deployment],
						 request, transfer_document(transfer), isnull);
}

/* By-reference results are copied out of the call's own context. */
static Datum
call_for_scalar(FunctionCallInfo fcinfo, const Action *action)
{
	Binding    *binding = cached_binding(fcinfo, action);
	CallPlace	place = {action->name, NULL};
	ErrorContextCallback callback = {error_context_stack, tell_place, &place};
	MemoryContext context = AllocSetContextCreate(CurrentMemoryContext, "Jira call",
												  ALLOCSET_SMALL_SIZES);
	MemoryContext before = MemoryContextSwitchTo(context);
	Datum		result;

	error_context_stack = &callback;
	result = carry_out(fcinfo, binding, &place, &fcinfo->isnull);
	error_context_stack = callback.previous;
	MemoryContextSwitchTo(before);
	if (binding->result != VOIDOID)
		result = datumCopy(result, binding->reader.by_value, binding->reader.length);
	MemoryContextDelete(context);
	return result;
}

Datum
jira_call(FunctionCallInfo fcinfo, const Action *action)
{
	if (fcinfo->flinfo->fn_retset)
		return call_for_rows(fcinfo, action);
	return call_for_scalar(fcinfo, action);
}
