/*
 * outbox_delivery.c
 *	  Carries out items of the outbox, one request for one or several of them.
 */
#include "postgres.h"

#include "miscadmin.h"
#include "utils/acl.h"
#include "utils/memutils.h"
#include "utils/timestamp.h"

#include "compat.h"
#include "json_list.h"
#include "outbox.h"
#include "outbox_delivery.h"
#include "outbox_fate.h"
#include "outbox_pace.h"
#include "outbox_result.h"
#include "own.h"
#include "refusal.h"
#include "retry.h"
#include "work.h"

/* What an error that was raised would have been as a value. */
static Problem *
caught_problem(MemoryContext context)
{
	ErrorData  *error;

	MemoryContextSwitchTo(context);
	error = CopyErrorData();
	FlushErrorState();
	abort_work();
	return problem_make(error->sqlerrcode, error->message, error->detail, error->hint);
}

/*
 * From here to become_worker() the rights are those of the role that enqueued
 * the item.  No code of a user's runs: requests are composed, nothing more.
 */
static void
become_role(const OutboxItem *item)
{
	if (!OidIsValid(item->role))
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_OBJECT),
				 errmsg("the role that enqueued this does not exist any more")));
	SetUserIdAndSecContext(item->role, SECURITY_LOCAL_USERID_CHANGE);
}

static void
become_worker(void)
{
	SetUserIdAndSecContext(GetSessionUserId(), 0);
}

static void
check_right(const Write *write)
{
	if (jira_proc_aclcheck(write->function, GetUserId()) != ACLCHECK_OK)
		aclcheck_error(ACLCHECK_NO_PRIV, OBJECT_FUNCTION, write->binding->action->name);
}

/* A label by which the issue is found again. */
static void
add_marker(const OutboxItem *item, Request *request)
{
	json_t	   *fields = json_object_get(request->body, "fields");
	json_t	   *labels = json_object_get(fields, "labels");

	if (item->marker == NULL || fields == NULL)
		return;
	if (!json_is_array(labels))
	{
		labels = jira_json_made(json_array());
		json_object_set_new(fields, "labels", labels);
	}
	json_array_append_new(labels, jira_json_made(json_string(item->marker)));
	request->assumed = "labels";
	request->assumed_hint = "Put the field Labels on the screen on which issues are created, or set jira_spoke.outbox_marker to \"none\".";
}

static Call *
compose_item(const OutboxItem *item)
{
	const Write *write = write_open(item->action);
	Call	   *call = palloc0(sizeof(Call));
	Datum		values[FUNC_MAX_ARGS];
	bool		nulls[FUNC_MAX_ARGS];

	become_role(item);
	check_right(write);
	write_arguments(write, item->arguments, values, nulls);
	call_prepare(call, write->binding, item->connection, values, nulls);
	call->client->patient = false;	/* the outbox has a longer breath */
	become_worker();
	if (write->is_create)
		add_marker(item, call->request);
	return call;
}

/* What became of an item that never got as far as Jira. */
static void
settle_unsent(const OutboxItem *item, const Problem *problem)
{
	begin_work();
	settle_problem(item, problem, NULL, false, -1);
	commit_work();
}

/* What cannot even be composed is settled at once, and the others go on. */
static void
compose_items(Delivery *delivery)
{
	List	   *items = delivery->items;
	ListCell   *cell;

	delivery->items = NIL;
	foreach(cell, items)
	{
		OutboxItem *item = lfirst(cell);
		Problem    *volatile problem = NULL;

		PG_TRY();
		{
			begin_work();
			delivery->calls = lappend(delivery->calls, compose_item(item));
			delivery->items = lappend(delivery->items, item);
			commit_work();
		}
		PG_CATCH();
		{
			problem = caught_problem(delivery->context);
		}
		PG_END_TRY();
		if (problem)
			settle_unsent(item, problem);
	}
}

/* One request for all of them. */
static Request *
bulk_request(const Delivery *delivery)
{
	const Call *first = linitial(delivery->calls);
	Request    *request = request_make(first->request->action, POST);
	json_t	   *updates = jira_json_made(json_array());
	ListCell   *cell;

	request->path = psprintf("%s/bulk", first->request->path);
	request->body = jira_json_object(request->context);
	request->writes = true;
	request->classic_scopes = first->request->classic_scopes;
	request->granular_scopes = first->request->granular_scopes;
	json_object_set_new(request->body, "issueUpdates", updates);
	foreach(cell, delivery->calls)
	{
		json_array_append(updates, ((Call *) lfirst(cell))->request->body);
	}
	return request;
}

static void
send_items(Delivery *delivery)
{
	compose_items(delivery);
	if (delivery->calls == NIL)
		return;
	delivery->client = ((Call *) linitial(delivery->calls))->client;
	delivery->request = list_length(delivery->calls) > 1
		? bulk_request(delivery) : ((Call *) linitial(delivery->calls))->request;
}

/* The issues that have any of the labels. */
static void
compose_search(Delivery *delivery)
{
	const OutboxItem *first = linitial(delivery->items);
	Request    *request;
	StringInfoData jql;
	ListCell   *cell;

	become_role(first);
	delivery->client = client_open(first->connection);
	become_worker();
	delivery->client->patient = false;
	initStringInfo(&jql);
	foreach(cell, delivery->items)
	{
		appendStringInfo(&jql, "%s\"%s\"", jql.len ? ", " : "labels in (",
						 ((OutboxItem *) lfirst(cell))->marker);
	}
	appendStringInfoChar(&jql, ')');
	request = request_make(first->action, GET);
	request->path = psprintf("/rest/api/%d/%s", delivery->client->connection->api_version,
							 delivery->client->connection->deployment == CLOUD ? "search/jql" : "search");
	json_object_set_new(request->query, "jql", jira_json_made(json_string(jql.data)));
	json_object_set_new(request->query, "fields", jira_json_made(json_string("labels")));
	json_object_set_new(request->query, "maxResults", jira_json_made(json_integer(100)));
	delivery->request = request;
}

static void
search_items(Delivery *delivery)
{
	Problem    *volatile problem = NULL;

	PG_TRY();
	{
		begin_work();
		compose_search(delivery);
		commit_work();
	}
	PG_CATCH();
	{
		problem = caught_problem(delivery->context);
		delivery->request = NULL;
	}
	PG_END_TRY();
	if (problem)
		settle_search(delivery, NULL, problem);
}

/* Writes that Jira would not take now are put back. */
static void
keep_pace(Delivery *delivery)
{
	OutboxItem *first;
	long		wait;
	ListCell   *cell;

	if (delivery->searches || delivery->items == NIL)
		return;
	first = linitial(delivery->items);
	wait = pace_write(first->connection, first->target);
	if (wait == 0)
		return;
	foreach(cell, delivery->items)
	{
		(void) item_retry(lfirst(cell), wait, false, NULL);
	}
	delivery->items = NIL;
}

/* Without a marker there is nothing to look for. */
static void
sort_out_doubts(Delivery *delivery)
{
	ListCell   *cell;

	foreach(cell, delivery->items)
	{
		OutboxItem *item = lfirst(cell);

		if (item->doubtful_since == 0)
			return;				/* all are alike */
		if (item->marker)
			delivery->searches = true;
		else
		{
			settle_lost(item);
			delivery->items = foreach_delete_current(delivery->items, cell);
		}
	}
}

/* Not where Jira wants a CAPTCHA to be solved first, for example. */
static void
start_transfer(Delivery *delivery)
{
	Problem    *volatile problem = NULL;
	ListCell   *cell;

	PG_TRY();
	{
		begin_work();
		delivery->transfer = transfer_start(delivery->context, delivery->client, delivery->request);
		commit_work();
	}
	PG_CATCH();
	{
		problem = caught_problem(delivery->context);
	}
	PG_END_TRY();
	if (problem == NULL)
		return;
	if (delivery->searches)
		settle_search(delivery, NULL, problem);
	else
		foreach(cell, delivery->items)
	{
		settle_unsent(lfirst(cell), problem);
	}
}

Delivery *
delivery_start(void)
{
	MemoryContext context = AllocSetContextCreate(TopMemoryContext, "Jira delivery", ALLOCSET_DEFAULT_SIZES);
	MemoryContext before = MemoryContextSwitchTo(context);
	Delivery   *delivery = palloc0(sizeof(Delivery));

	delivery->context = context;
	delivery->begun = GetCurrentTimestamp();
	begin_work();
	delivery->items = claim_items();
	if (delivery->items == NIL)
	{
		commit_work();
		MemoryContextSwitchTo(before);
		MemoryContextDelete(context);
		return NULL;
	}
	sort_out_doubts(delivery);
	keep_pace(delivery);
	commit_work();

	if (delivery->searches)
		search_items(delivery);
	else
		send_items(delivery);
	if (delivery->request)
		start_transfer(delivery);
	MemoryContextSwitchTo(before);
	return delivery;
}

bool
delivery_is_over(const Delivery *delivery)
{
	return delivery->transfer == NULL || http_reply(transfer_exchange(delivery->transfer)) != NULL;
}

void
delivery_finish(Delivery *delivery)
{
	MemoryContext before = MemoryContextSwitchTo(delivery->context);

	if (delivery->transfer)
	{
		Problem    *volatile problem = NULL;
		json_t	   *document = NULL;

		PG_TRY();
		{
			begin_work();
			problem = transfer_try(delivery->transfer, &document);
			commit_work();
		}
		PG_CATCH();
		{
			problem = caught_problem(delivery->context);
		}
		PG_END_TRY();
		if (delivery->searches)
			settle_search(delivery, document, problem);
		else
			settle_items(delivery, document, problem);
	}
	MemoryContextSwitchTo(before);
	MemoryContextDelete(delivery->context);
}
