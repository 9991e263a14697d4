/*
 * delivery.c
 *	  Carries out items of the outbox, one request for one or several of them.
 */
#include "postgres.h"

#include "utils/memutils.h"
#include "utils/timestamp.h"

#include "client/pace.h"
#include "outbox/compose.h"
#include "outbox/delivery.h"
#include "outbox/fate.h"
#include "outbox/queue.h"
#include "outbox/result.h"
#include "outbox/settle.h"
#include "outbox/throttle.h"
#include "utils/worker_xact.h"

/* What became of an item that never got as far as Jira. */
static void
settle_unsent(const OutboxItem *item, const Problem *problem)
{
	static const Answer unanswered = {.delay = -1};

	worker_xact_start();
	settle_problem(item, problem, &unanswered);
	worker_xact_commit();
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
			worker_xact_start();
			delivery->calls = lappend(delivery->calls, compose_item(item));
			delivery->items = lappend(delivery->items, item);
			worker_xact_commit();
		}
		PG_CATCH();
		{
			problem = problem_caught(delivery->context);
			worker_xact_abort();
		}
		PG_END_TRY();
		if (problem)
			settle_unsent(item, problem);
	}
}

static void
send_items(Delivery *delivery)
{
	compose_items(delivery);
	if (delivery->calls == NIL)
		return;
	delivery->client = ((Call *) linitial(delivery->calls))->client;
	delivery->request = list_length(delivery->calls) > 1
		? bulk_request(delivery->calls) : ((Call *) linitial(delivery->calls))->request;
}

static void
search_items(Delivery *delivery)
{
	Problem    *volatile problem = NULL;

	PG_TRY();
	{
		worker_xact_start();
		delivery->request = search_request(delivery->items, &delivery->client);
		worker_xact_commit();
	}
	PG_CATCH();
	{
		problem = problem_caught(delivery->context);
		worker_xact_abort();
		delivery->request = NULL;
	}
	PG_END_TRY();
	if (problem)
		settle_search(delivery, NULL, problem);
}

static void
put_back(Delivery *delivery, long wait)
{
	ListCell   *cell;

	foreach(cell, delivery->items)
	{
		(void) item_put_back(lfirst(cell), wait, NULL);
	}
	delivery->items = NIL;
}

/* Writes that Jira would not take now are put back. */
static void
keep_pace(Delivery *delivery)
{
	OutboxItem *first;
	long		wait;

	if (delivery->searches || delivery->items == NIL)
		return;
	first = linitial(delivery->items);
	wait = pace_write(first->connection, first->target);
	if (wait > 0)
		put_back(delivery, wait);
}

/* So are requests that a connection with a pace of its own does not take now. */
static void
await_turn(Delivery *delivery)
{
	OutboxItem *first = linitial(delivery->items);
	long		wait;

	worker_xact_start();
	wait = pace_turn(&delivery->client->connection->options);
	if (wait > 0)
	{
		pace_rest(first->connection, wait);
		put_back(delivery, 0);
		delivery->request = NULL;
	}
	worker_xact_commit();
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
		worker_xact_start();
		delivery->transfer = client_start(delivery->context, delivery->client, delivery->request);
		worker_xact_commit();
	}
	PG_CATCH();
	{
		problem = problem_caught(delivery->context);
		worker_xact_abort();
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

/* What was due a moment ago may not be any more. */
static List *
take_items(void)
{
	int64		ids[MOST_AT_ONCE];
	List	   *items = NIL;
	int			count;

	while (items == NIL && (count = queue_take(ids)) > 0)
		items = claim_items(ids, count);
	return items;
}

Delivery *
delivery_start(void)
{
	MemoryContext context = AllocSetContextCreate(TopMemoryContext, "Jira delivery", ALLOCSET_DEFAULT_SIZES);
	MemoryContext before = MemoryContextSwitchTo(context);
	Delivery   *delivery = palloc0(sizeof(Delivery));

	delivery->context = context;
	worker_xact_start();
	delivery->items = take_items();
	if (delivery->items == NIL)
	{
		worker_xact_commit();
		MemoryContextSwitchTo(before);
		MemoryContextDelete(context);
		return NULL;
	}
	sort_out_doubts(delivery);
	keep_pace(delivery);
	worker_xact_commit();

	if (delivery->searches)
		search_items(delivery);
	else
		send_items(delivery);
	if (delivery->request)
		await_turn(delivery);
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

/* The next ones of their groups need not be looked for. */
static void
follow_items(const Delivery *delivery)
{
	ListCell   *cell;

	worker_xact_start();
	foreach(cell, delivery->items)
	{
		queue_follow(lfirst(cell));
	}
	worker_xact_commit();
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
			worker_xact_start();
			problem = client_try(delivery->transfer, &document);
			worker_xact_commit();
		}
		PG_CATCH();
		{
			problem = problem_caught(delivery->context);
			worker_xact_abort();
		}
		PG_END_TRY();
		if (delivery->searches)
			settle_search(delivery, document, problem);
		else
			settle_items(delivery, document, problem);
	}
	follow_items(delivery);
	MemoryContextSwitchTo(before);
	MemoryContextDelete(delivery->context);
}
