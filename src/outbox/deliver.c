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

#include "outbox/deliver.h"
#include "outbox/outbox_xact.h"
#include "outbox/outcome.h"
#include "outbox/queue.h"
#include "outbox/slots.h"
#include "outbox/throttle.h"
#include "utils/compat.h"
#include "utils/worker_xact.h"

/* Items that wait longer for their turn are pending meanwhile. */
#define SHORT_TURN_MS 500

/* The most claims of one start that yield nothing. */
#define MOST_CLAIMS 10

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

/*
 * The request as a call of the SQL function would send it, with the marker.
 * Begins anew each time that it was postponed.
 */
static Call *
compose_item(OutboxItem *item, Lookups *lookups)
{
	const Write *write = write_open(item->action);
	Call	   *call = palloc0(sizeof(Call));
	Datum		values[FUNC_MAX_ARGS];
	bool		nulls[FUNC_MAX_ARGS];

	if (item->arguments == NULL)
		item_read_arguments(item);
	become_role(item);
	check_right(write);
	write_arguments(write, item->arguments, values, nulls);
	call_prepare(call, write->binding, item->connection, values, nulls, lookups);
	become_worker();
	item->followed_by = call->endpoint->followed_by;
	item->followed_after = call->endpoint->followed_after;
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
	request->creates = true;
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
search_request(const List *items, Lookups *lookups, Client **client)
{
	const OutboxItem *first = linitial(items);
	Request    *request;
	StringInfoData jql;
	ListCell   *cell;

	become_role(first);
	*client = client_open(first->connection, lookups);
	become_worker();
	initStringInfo(&jql);
	foreach(cell, items)
	{
		appendStringInfo(&jql, "%s\"%s\"", jql.len ? ", " : "labels in (",
						 ((OutboxItem *) lfirst(cell))->marker);
	}
	appendStringInfoChar(&jql, ')');
	request = request_make(first->action, GET);
	side_request_mark(request, (*client)->connection, &side_request_search);
	request->path = psprintf("/rest/api/%d/%s", (*client)->connection->api_version,
							 (*client)->connection->deployment == CLOUD ? "search/jql" : "search");
	json_object_set_new(request->query, "jql", jira_json_made(json_string(jql.data)));
	json_object_set_new(request->query, "fields", jira_json_made(json_string("labels")));
	json_object_set_new(request->query, "maxResults", jira_json_made(json_integer(100)));
	return request;
}

/*
 * A step in a transaction of its own.  Returns false if it was postponed, and
 * *problem as worker_xact_try() does.
 */
static bool
attempt(Delivery *delivery, void (*step) (void *delivery), Problem **problem)
{
	(void) wait_take_postponement(&delivery->awaited);
	memset(&delivery->awaited, 0, sizeof(Postponement));
	*problem = worker_xact_try(step, delivery);
	return *problem == NULL || !wait_take_postponement(&delivery->awaited);
}

static void
compose_next(void *arg)
{
	Delivery   *delivery = arg;
	OutboxItem *item = linitial(delivery->uncomposed);

	delivery->calls = lappend(delivery->calls, compose_item(item, delivery->lookups));
	delivery->items = lappend(delivery->items, item);
}

/* An item that cannot be composed is settled at once, and the others go on. */
static void
compose_write(Delivery *delivery)
{
	const Call *first;
	Problem    *problem;

	while (delivery->uncomposed)
	{
		if (!attempt(delivery, compose_next, &problem))
			return;
		if (problem && ERRCODE_TO_CATEGORY(problem->sqlstate) == ERRCODE_CONNECTION_EXCEPTION)
			slots_note_answer(delivery->connection, false);
		if (problem)
			outcome_of_unsent(linitial(delivery->uncomposed), problem);
		delivery->uncomposed = list_delete_first(delivery->uncomposed);
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

/* What may have been carried out and has no marker cannot be searched for. */
static void
settle_unmarked(Delivery *delivery)
{
	ListCell   *cell;

	foreach(cell, delivery->uncomposed)
	{
		OutboxItem *item = lfirst(cell);

		if (item->marker)
			continue;
		outcome_of_interrupted(item);
		delivery->uncomposed = foreach_delete_current(delivery->uncomposed, cell);
	}
}

static void
compose_search_request(void *arg)
{
	Delivery   *delivery = arg;

	delivery->request = search_request(delivery->uncomposed, delivery->lookups, &delivery->client);
}

static void
compose_search(Delivery *delivery)
{
	settle_unmarked(delivery);
	if (delivery->uncomposed == NIL)
		delivery->state = DELIVERY_SETTLED;
	else if (attempt(delivery, compose_search_request, &delivery->problem))
	{
		delivery->items = delivery->uncomposed;
		delivery->state = delivery->problem ? DELIVERY_ANSWERED : DELIVERY_COMPOSED;
	}
}

/* An item that was due when it was found may not be due any more, or may be locked. */
static List *
claim_due_items(void)
{
	int64		ids[MOST_AT_ONCE];
	List	   *items = NIL;
	int			count;

	for (int i = 0; i < MOST_CLAIMS && items == NIL && (count = queue_take(ids)) > 0; i++)
		items = item_claim(ids, count);
	return items;
}

Delivery *
deliver_start(void)
{
	MemoryContext context = AllocSetContextCreate(CurrentMemoryContext, "Jira delivery", ALLOCSET_DEFAULT_SIZES);
	MemoryContext before = MemoryContextSwitchTo(context);
	Delivery   *delivery = palloc0(sizeof(Delivery));

	delivery->context = context;
	delivery->lookups = lookups_make(context);
	outbox_xact_start();
	delivery->uncomposed = claim_due_items();
	if (delivery->uncomposed)
	{
		const OutboxItem *first = linitial(delivery->uncomposed);

		delivery->connection = first->connection;
		delivery->searches = first->doubtful_since != 0;	/* they are all alike in
															 * this */
	}
	worker_xact_commit();
	MemoryContextSwitchTo(before);
	if (delivery->connection)
	{
		MemoryContextSetParent(context, TopMemoryContext);
		slots_take(delivery->connection);
		return delivery;
	}
	MemoryContextDelete(context);
	return NULL;
}

/* In a transaction.  The items may be claimed again after so many milliseconds. */
static void
put_back(Delivery *delivery, long delay)
{
	outcome_put_back(delivery->items, delay);
	delivery->items = NIL;
	delivery->state = DELIVERY_SETTLED;
}

/*
 * In a transaction: marks the items as being sent.  After that, nobody knows
 * whether they were carried out until they are settled.  While a connection has
 * a delivery that waits, no other one claims its items.
 */
static void
mark_as_sending(Delivery *delivery, const OutboxItem *first)
{
	if (item_sending(delivery->items) < list_length(delivery->items))
	{
		put_back(delivery, 0);	/* somebody has cancelled one, or deleted it */
		return;
	}
	if (first->target && !delivery->searches)
		throttle_count(delivery->connection, first->target);
	delivery->state = DELIVERY_SENDING;
}

/*
 * A search keeps the pace by itself: see lookups.h.  Its items are marked, too: what
 * only waits for Jira is not to blame for a crash.
 */
static void
take_turn(Delivery *delivery)
{
	const OutboxItem *first = linitial(delivery->items);
	long		of_issue;
	long		wait;

	outbox_xact_start();
	of_issue = first->target ? throttle_wait(delivery->connection, first->target) : 0;
	wait = of_issue > 0 || delivery->searches ? 0 : transfer_turn(delivery->client, delivery->request);
	if (of_issue > 0)
		put_back(delivery, of_issue);
	else if (wait == 0)
		mark_as_sending(delivery, first);
	else if (wait > SHORT_TURN_MS && !delivery->is_put_back)
	{
		outcome_put_back(delivery->items, 0);
		delivery->is_put_back = true;
	}
	worker_xact_commit();
	delivery->awaited.until = TimestampTzPlusMilliseconds(GetCurrentTimestamp(), wait);
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
	if (!attempt(delivery, start_transfer, &delivery->problem))
		return;
	delivery->state = delivery->problem ? DELIVERY_ANSWERED : DELIVERY_UNDER_WAY;
	if (delivery->problem)
		return;
	delivery->awaited.exchange = transfer_exchange(delivery->transfer);
	delivery->awaited.until = DT_NOEND;
}

/* What Jira would have taken, for each item of a bulk request. */
static void
explain_elements(Delivery *delivery)
{
	json_t	   *document = delivery->problem ? transfer_refusal(delivery->transfer) : delivery->document;
	List	   *hints = NIL;
	int			i = 0;
	ListCell   *cell;

	foreach(cell, delivery->calls)
	{
		json_t	   *error = outcome_element_error(document, i++);
		json_t	   *errors = json_object_get(json_object_get(error, "elementErrors"), "errors");

		hints = lappend(hints, call_refusal_hint(lfirst(cell), errors));
	}
	delivery->hints = hints;
}

/*
 * The reply, and the result of the SQL function where it is one item's.  Begins
 * anew when it was postponed to ask what Jira would take instead.
 */
static void
read_reply(void *arg)
{
	Delivery   *delivery = arg;

	if (list_length(delivery->calls) > 1)
	{
		delivery->problem = client_try(delivery->transfer, &delivery->document);
		explain_elements(delivery);
	}
	else if (delivery->calls == NIL)
		delivery->problem = client_try(delivery->transfer, &delivery->document);
	else
		delivery->problem = call_try(linitial(delivery->calls), delivery->transfer, &delivery->document);
	if (delivery->problem == NULL && list_length(delivery->calls) == 1)
	{
		const Call *call = linitial(delivery->calls);

		delivery->result = write_result(write_open(call->binding->action->name), call, delivery->document);
	}
}

static void
take_reply(Delivery *delivery)
{
	Problem    *problem;
	HttpOutcome outcome;

	if (!attempt(delivery, read_reply, &problem))
		return;
	if (problem)
		delivery->problem = problem;
	outcome = http_reply(transfer_exchange(delivery->transfer))->outcome;
	slots_note_answer(delivery->connection, outcome != HTTP_TIMEOUT && outcome != HTTP_CONNECT_TIMEOUT);
	delivery->state = DELIVERY_ANSWERED;
}

static void
settle(Delivery *delivery)
{
	if (delivery->searches)
		outcome_of_search(delivery);
	else
		outcome_of_write(delivery);
	delivery->state = DELIVERY_SETTLED;
}

/* The next items of its groups need not be looked for. */
static void
end(Delivery *delivery)
{
	ListCell   *cell;

	outbox_xact_start();
	foreach(cell, delivery->items)
	{
		queue_follow(lfirst(cell));
	}
	worker_xact_commit();
	slots_give_back(delivery->connection);
	MemoryContextDelete(delivery->context);
}

/* Has come what the delivery needs to go on? */
static bool
can_go_on(const Delivery *delivery)
{
	const Postponement *awaited = &delivery->awaited;

	return (awaited->exchange && http_reply(awaited->exchange)) ||
		awaited->until <= GetCurrentTimestamp();
}

static void
take_step(Delivery *delivery)
{
	switch (delivery->state)
	{
		case DELIVERY_CLAIMED:
			if (delivery->searches)
				compose_search(delivery);
			else
				compose_write(delivery);
			break;
		case DELIVERY_COMPOSED:
			take_turn(delivery);
			break;
		case DELIVERY_SENDING:
			send_request(delivery);
			break;
		case DELIVERY_UNDER_WAY:
			take_reply(delivery);
			break;
		case DELIVERY_ANSWERED:
			settle(delivery);
			break;
		case DELIVERY_SETTLED:
			break;
	}
}

/* A delivery that waits for a time only uses no socket: see slots.h. */
static void
note_turn(Delivery *delivery)
{
	bool		awaits_turn = delivery->awaited.exchange == NULL && !can_go_on(delivery);

	if (awaits_turn != delivery->awaits_turn)
		(awaits_turn ? slots_begin_turn : slots_end_turn) (delivery->connection);
	delivery->awaits_turn = awaits_turn;
}

bool
deliver_advance(Delivery *delivery)
{
	MemoryContext before = MemoryContextSwitchTo(delivery->context);
	bool		is_over;

	while (delivery->state != DELIVERY_SETTLED && can_go_on(delivery))
		take_step(delivery);
	note_turn(delivery);
	MemoryContextSwitchTo(before);
	is_over = delivery->state == DELIVERY_SETTLED && can_go_on(delivery);
	if (is_over)
		end(delivery);
	return is_over;
}
