/*
 * call.c
 *	  Actions called as functions.
 *
 * A read in FROM is planned as our own scan (scan_plan.c) where that is possible;
 * everywhere else, and always for a write, the function itself is called.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "funcapi.h"
#include "utils/builtins.h"
#include "utils/datum.h"
#include "utils/memutils.h"

#include "client/identity.h"
#include "client/reply.h"
#include "client/reply_warnings.h"
#include "engine/bind.h"
#include "engine/build_request.h"
#include "engine/call.h"
#include "engine/endpoint_private.h"
#include "engine/field.h"
#include "engine/jql_request.h"
#include "engine/refusal_private.h"
#include "utils/context.h"

CallFollowUp call_follow_up = NULL;

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
	ReturnSetInfo *returns = (ReturnSetInfo *) fcinfo->resultinfo;
	StreamUse	use = {.limit = -1};
	Binding    *binding = bind_action(action, fcinfo->flinfo->fn_oid);
	bool	   *wanted = palloc(sizeof(bool) * binding->row->natts);
	Datum		values[FUNC_MAX_ARGS];
	bool		nulls[FUNC_MAX_ARGS];

	memset(wanted, true, sizeof(bool) * binding->row->natts);
	split_arguments(fcinfo, values, nulls);
	/* In FROM the server takes all rows at once, in a target list one by one. */
	use.may_stop = (returns->allowedModes & SFRM_Materialize_Preferred) == 0;
	return stream_open(binding, values, nulls, wanted, &use);
}

/* Returns one row at a time, so that LIMIT stops a call in a target list early. */
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
		/* Without a row it returns scalars. */
		if (get_call_result_type(fcinfo, NULL, &row) == TYPEFUNC_COMPOSITE)
			context->tuple_desc = BlessTupleDesc(row);
		context->user_fctx = open_stream(fcinfo, action);
		MemoryContextSwitchTo(before);
	}

	context = SRF_PERCALL_SETUP();
	row = context->tuple_desc;
	values = palloc(sizeof(Datum) * (row ? row->natts : 1));
	nulls = palloc(sizeof(bool) * (row ? row->natts : 1));
	if (!stream_next(context->user_fctx, values, nulls))
		SRF_RETURN_DONE(context);
	if (row == NULL && nulls[0])
		SRF_RETURN_NEXT_NULL(context);
	if (row == NULL)
		SRF_RETURN_NEXT(context, values[0]);
	SRF_RETURN_NEXT(context, HeapTupleGetDatum(heap_form_tuple(row, values, nulls)));
}

void
call_prepare(Call *call, const Binding *binding, const char *connection,
			 const Datum *values, const bool *nulls, Lookups *lookups)
{
	call->binding = binding;
	call->client = client_open(connection, lookups);
	call->context.action = binding->action->name;
	call->context.connection = call->client->connection->alias;
	call->endpoint = endpoint_choose(binding->action, call->client);
	call->request = build_request(binding, call->client, call->endpoint, values, nulls);
	call->values = values;
	call->nulls = nulls;
}

/* Another request, if the fields want something else than what was guessed; else NULL. */
static Request *
build_again(const Call *call)
{
	Request    *again;

	if (!field_learn(call->client))
		return NULL;
	again = build_request(call->binding, call->client, call->endpoint, call->values, call->nulls);
	return json_equal(again->body, call->request->body) ? NULL : again;
}

static Transfer *
start(Call *call)
{
	Transfer   *transfer = jql_request_start(CurrentMemoryContext, call->client, call->request);
	Request    *again;

	if (!call->request->guesses || transfer_wait(transfer)->status != 400 ||
		(again = build_again(call)) == NULL)
		return transfer;
	transfer_end(transfer);
	call->request = again;
	return client_start(CurrentMemoryContext, call->client, again);
}

char *
call_refusal_hint(const Call *call, json_t *errors)
{
	return refusal_hint(call->client, call->request, errors);
}

Problem *
call_try(const Call *call, Transfer *transfer, json_t **document)
{
	Problem    *problem = client_try(transfer, document);
	Problem    *explained;
	char	   *hint;

	if (problem == NULL || problem->sqlstate != ERRCODE_INVALID_PARAMETER_VALUE || !call->request->writes)
		return problem;
	if (problem->hint)
		return problem;			/* what was assumed is more likely the reason */
	hint = call_refusal_hint(call, json_object_get(transfer_refusal(transfer), "errors"));
	explained = client_problem(transfer);	/* with the names of fields */
	if (hint)
		explained->hint = hint;
	return explained;
}

static json_t *
document_of(const Call *call, Transfer *transfer)
{
	json_t	   *document;
	Problem    *problem;

	(void) transfer_wait(transfer);
	problem = call_try(call, transfer, &document);
	if (problem)
		transfer_raise(transfer, problem);
	transfer_drop_reply(transfer);
	return document;
}

json_t *
call_send(Call *call)
{
	json_t	   *document = document_of(call, start(call));

	if (call->endpoint->confirm)
		call->endpoint->confirm(call->client, call->request, document);
	return document;
}

Datum
call_result(const Call *call, json_t *document, bool *isnull)
{
	const Binding *binding = call->binding;
	const Endpoint *endpoint = call->endpoint;
	const Request *request = call->request;
	Client	   *client = call->client;
	const Codec *codec = binding->action->result_codec;
	json_t	   *value;
	Datum		result;

	*isnull = false;
	reply_warnings_report(request, document, jira_json_object(CurrentMemoryContext));
	if (binding->action->check_reply)
		binding->action->check_reply(request, document);
	if (binding->result == VOIDOID)
		return (Datum) 0;
	value = document ? jira_json_get(document, endpoint->result) : NULL;
	if (value == NULL || json_is_null(value))
		problem_raise(reply_malformed(request,
									  psprintf("It has no \"%s\".", endpoint->result)));
	jira_json_own(CurrentMemoryContext, value);
	if (json_is_integer(value) && json_integer_value(value) == 0)
		identity_check(client, request);	/* it counts what the caller sees */
	if (codec)
		value = jira_json_own(CurrentMemoryContext, codec->decode(value, client->connection));
	result = value_from_json((ValueReader *) &binding->reader, value, isnull);
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
carry_out(FunctionCallInfo fcinfo, const Binding *binding, Call *call)
{
	Datum		values[FUNC_MAX_ARGS];
	bool		nulls[FUNC_MAX_ARGS];
	const char *alias;
	Datum		result;

	split_arguments(fcinfo, values, nulls);
	alias = bind_text(binding, bind_find(binding, ABSENT), values, nulls);
	call_prepare(call, binding, connection_named(alias), values, nulls, NULL);
	result = call_result(call, call_send(call), &fcinfo->isnull);
	if (call->endpoint->followed_by && call_follow_up)
		call_follow_up(call->endpoint, call->client->connection->alias);
	return result;
}

/* By-reference results are copied out of the call's own context. */
static Datum
call_for_scalar(FunctionCallInfo fcinfo, const Action *action)
{
	Binding    *binding = cached_binding(fcinfo, action);
	Call		call = {.context = {action->name, NULL}};
	ErrorContextCallback callback;
	MemoryContext context = AllocSetContextCreate(CurrentMemoryContext, "Jira call",
												  ALLOCSET_SMALL_SIZES);
	MemoryContext before = MemoryContextSwitchTo(context);
	Datum		result;

	context_push_action(&callback, &call.context);
	result = carry_out(fcinfo, binding, &call);
	context_pop(&callback);
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
