/*
 * deliver.c
 *	  Carries out items of the outbox, one request for one or several of them.
 *
 * A request is composed with the rights of the role that enqueued the item; an
 * error, such as a missing privilege, settles that item.
 */
#include "postgres.h"

#include "miscadmin.h"
#include "utils/acl.h"
#include "utils/memutils.h"
#include "utils/timestamp.h"

#include "client/pace.h"
#include "outbox/deliver.h"
#include "outbox/outbox_xact.h"
#include "outbox/outcome.h"
#include "outbox/queue.h"
#include "outbox/throttle.h"
#include "utils/compat.h"
#include "utils/worker_xact.h"

/*
 * From here to become_worker() the rights are those of the role that enqueued
 * the item.  No code of a user runs: requests are composed, nothing more.
 */
static void
become_role(const OutboxItem *item)
{
	SetUserIdAndSecContext(item_role(item), SECURITY_LOCAL_USERID_CHANGE);
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

/* Neither retry nor pace inside the client: the outbox reschedules the item. */
static void
leave_schedule_to_outbox(Client *client)
{
	client->retries = false;
	client->paced_by_caller = true;
}

/* Adds the label by which the issue can be found again. */
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

/* The request as a call of the SQL function would send it, with the marker. */
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
	call_prepare(call, write->binding, item->connection, values, nulls, &worker_xact_wait_hooks);
	leave_schedule_to_outbox(call->client);
	become_worker();
	if (write->is_create)
		add_marker(item, call->request);
	return call;
}

/* A request that creates the issues of all of the calls. */
static Request *
bulk_request(const List *calls)
{
	const Call *first = linitial(calls);
	Request    *request = request_make(first->request->action, POST);
	json_t	   *updates = jira_json_made(json_array());
	ListCell   *cell;

	request->path = psprintf("%s/bulk", first->request->path);
	request->body = jira_json_object(request->context);
	request->writes = true;
	request->classic_scopes = first->request->classic_scopes;
	request->granular_scopes = first->request->granular_scopes;
	json_object_set_new(request->body, "issueUpdates", updates);
	foreach(cell, calls)
	{
		json_array_append(updates, ((Call *) lfirst(cell))->request->body);
	}
	return request;
}

/* A search for the issues with any of the markers. */
static Request *
search_request(const List *items, Client **client)
{
	const OutboxItem *first = linitial(items);
	Request    *request;
	StringInfoData jql;
	ListCell   *cell;

	become_role(first);
	*client = client_open(first->connection, &worker_xact_wait_hooks);
	become_worker();
	leave_schedule_to_outbox(*client);
	initStringInfo(&jql);
	foreach(cell, items)
	{
		appendStringInfo(&jql, "%s\"%s\"", jql.len ? ", " : "labels in (",
						 ((OutboxItem *) lfirst(cell))->marker);
	}
	appendStringInfoChar(&jql, ')');
	request = request_make(first->action, GET);
	request->path = psprintf("/rest/api/%d/%s", (*client)->connection->api_version,
							 (*client)->connection->deployment == CLOUD ? "search/jql" : "search");
	json_object_set_new(request->query, "jql", jira_json_made(json_string(jql.data)));
	json_object_set_new(request->query, "fields", jira_json_made(json_string("labels")));
	json_object_set_new(request->query, "maxResults", jira_json_made(json_integer(100)));
	return request;
}

/* Composing one item of a delivery. */
typedef struct Composition
{
	Delivery   *delivery;
	OutboxItem *item;
} Composition;

static void
compose_call(void *arg)
{
	Composition *composition = arg;
	Delivery   *delivery = composition->delivery;

	delivery->calls = lappend(delivery->calls, compose_item(composition->item));
	delivery->items = lappend(delivery->items, composition->item);
}

/* An item that cannot be composed is settled at once, and the others go on. */
static void
compose_write(Delivery *delivery)
{
	List	   *items = delivery->items;
	const Call *first;
	ListCell   *cell;

	delivery->items = NIL;
	foreach(cell, items)
	{
		Composition composition = {delivery, lfirst(cell)};
		Problem    *problem = worker_xact_try(compose_call, &composition);

		if (problem)
			outcome_of_unsent(composition.item, problem);
	}
	if (delivery->calls == NIL)
	{
		delivery->state = DELIVERY_SETTLED;
		return;
	}
	first = linitial(delivery->calls);
	delivery->client = first->client;
	delivery->request = list_length(delivery->calls) > 1 ? bulk_request(delivery->calls) : first->request;
	delivery->state = DELIVERY_COMPOSED;
}

static void
compose_search_request(void *arg)
{
	Delivery   *delivery = arg;

	delivery->request = search_request(delivery->items, &delivery->client);
}

static void
compose_search(Delivery *delivery)
{
	Problem    *problem = worker_xact_try(compose_search_request, delivery);

	delivery->state = problem ? DELIVERY_SETTLED : DELIVERY_COMPOSED;
	if (problem)
		outcome_of_search(delivery, NULL, problem);
}

/*
 * Sorts out the items that may have been carried out; they are all alike in
 * this.  Those with a marker are searched for, the others settled.
 */
static void
check_doubts(Delivery *delivery)
{
	ListCell   *cell;

	foreach(cell, delivery->items)
	{
		OutboxItem *item = lfirst(cell);

		if (item->doubtful_since == 0)
			return;
		if (item->marker)
			delivery->searches = true;
		else
		{
			outcome_of_interrupted(item);
			delivery->items = foreach_delete_current(delivery->items, cell);
		}
	}
}

static List *
claim_due_items(void)
{
	int64		ids[MOST_AT_ONCE];
	List	   *items = NIL;
	int			count;

	/* An item that was due when it was found may not be due any more. */
	while (items == NIL && (count = queue_take(ids)) > 0)
		items = item_claim(ids, count);
	return items;
}

/* In a transaction.  The items may be claimed again after so many milliseconds. */
static void
put_back(Delivery *delivery, long delay)
{
	outcome_put_back(delivery->items, delay);
	delivery->items = NIL;
	delivery->state = DELIVERY_SETTLED;
}

/* In a transaction.  False: nothing is due. */
static bool
claim(Delivery *delivery)
{
	const OutboxItem *first;
	long		wait = 0;

	delivery->items = claim_due_items();
	if (delivery->items == NIL)
		return false;
	check_doubts(delivery);
	if (delivery->items == NIL)
		delivery->state = DELIVERY_SETTLED;
	else if (!delivery->searches)
	{
		first = linitial(delivery->items);
		wait = throttle_write(first->connection, first->target);
	}
	if (wait > 0)
		put_back(delivery, wait);	/* more writes than Jira accepts now */
	return true;
}

/* A connection with a pace of its own may have to wait for its turn. */
static void
await_turn(Delivery *delivery)
{
	const OutboxItem *first = linitial(delivery->items);
	long		wait;

	outbox_xact_start();
	wait = pace_turn(&delivery->client->connection->options);
	if (wait > 0)
	{
		throttle_back_off(first->connection, wait);
		put_back(delivery, 0);
	}
	worker_xact_commit();
}

static void
start_transfer(void *arg)
{
	Delivery   *delivery = arg;

	delivery->transfer = client_start(delivery->context, delivery->client, delivery->request);
}

/* The client may refuse it: Jira may want a CAPTCHA to be solved first. */
static void
send_request(Delivery *delivery)
{
	Problem    *problem = worker_xact_try(start_transfer, delivery);
	ListCell   *cell;

	delivery->state = problem ? DELIVERY_SETTLED : DELIVERY_UNDER_WAY;
	if (problem && delivery->searches)
		outcome_of_search(delivery, NULL, problem);
	else if (problem)
		foreach(cell, delivery->items)
	{
		outcome_of_unsent(lfirst(cell), problem);
	}
}

Delivery *
deliver_start(void)
{
	MemoryContext context = AllocSetContextCreate(TopMemoryContext, "Jira delivery", ALLOCSET_DEFAULT_SIZES);
	MemoryContext before = MemoryContextSwitchTo(context);
	Delivery   *delivery = palloc0(sizeof(Delivery));
	bool		claimed;

	delivery->context = context;
	delivery->state = DELIVERY_CLAIMED;
	outbox_xact_start();
	claimed = claim(delivery);
	worker_xact_commit();

	if (delivery->state == DELIVERY_CLAIMED && claimed)
	{
		if (delivery->searches)
			compose_search(delivery);
		else
			compose_write(delivery);
	}
	if (delivery->state == DELIVERY_COMPOSED)
		await_turn(delivery);
	if (delivery->state == DELIVERY_COMPOSED)
		send_request(delivery);
	MemoryContextSwitchTo(before);
	if (!claimed)
		MemoryContextDelete(context);
	return claimed ? delivery : NULL;
}

bool
deliver_is_over(const Delivery *delivery)
{
	return delivery->state == DELIVERY_SETTLED ||
		http_reply(transfer_exchange(delivery->transfer)) != NULL;
}

/* The reply to a delivery, as a document. */
typedef struct Reply
{
	Transfer   *transfer;
	json_t	   *document;
	Problem    *problem;
} Reply;

static void
read_reply(void *arg)
{
	Reply	   *reply = arg;

	reply->problem = client_try(reply->transfer, &reply->document);
}

static void
settle(Delivery *delivery)
{
	Reply		reply = {delivery->transfer, NULL, NULL};
	Problem    *error = worker_xact_try(read_reply, &reply);
	Problem    *problem = error ? error : reply.problem;

	if (delivery->searches)
		outcome_of_search(delivery, reply.document, problem);
	else
		outcome_of_write(delivery, reply.document, problem);
	delivery->state = DELIVERY_SETTLED;
}

void
deliver_finish(Delivery *delivery)
{
	MemoryContext before = MemoryContextSwitchTo(delivery->context);
	ListCell   *cell;

	if (delivery->state == DELIVERY_UNDER_WAY)
		settle(delivery);

	/* The next items of their groups need not be looked for. */
	outbox_xact_start();
	foreach(cell, delivery->items)
	{
		queue_follow(lfirst(cell));
	}
	worker_xact_commit();
	MemoryContextSwitchTo(before);
	MemoryContextDelete(delivery->context);
}
