/*
 * result.c
 *	  From a reply to what became of the items that it is for.
 */
#include "postgres.h"

#include "utils/timestamp.h"

#include "client/reply.h"
#include "outbox/fate.h"
#include "outbox/pause.h"
#include "outbox/queue.h"
#include "outbox/result.h"
#include "outbox/settle.h"
#include "outbox/write_back.h"
#include "utils/settings.h"
#include "utils/worker_xact.h"

/* When to look again after a search that was not answered. */
#define SEARCH_AGAIN_MS 5000

static void
finish_item(const OutboxItem *item, const char *result)
{
	worker_xact_start();
	(void) settle_result(item, result);
	resume_connection(item->connection, item->claimed);
	worker_xact_commit();
}

/* What an earlier attempt has deleted is not there any more. */
static bool
is_gone(const Delivery *delivery, const OutboxItem *item, const HttpReply *reply)
{
	return item->attempts > 1 && strcmp(delivery->request->method, DELETE) == 0 &&
		reply->outcome == HTTP_ANSWERED && reply->status == 404;
}

/* "status" is that of the item in a bulk reply; 0: that of the whole. */
static void
settle_with_problem(const Delivery *delivery, const OutboxItem *item, const Problem *problem, int status)
{
	Answer		answer = answer_of(transfer_exchange(delivery->transfer));
	HttpReply	reply = *answer.reply;

	if (status)
		reply.status = status;
	answer.reply = &reply;
	if (is_gone(delivery, item, &reply))
	{
		finish_item(item, NULL);
		return;
	}
	worker_xact_start();
	settle_problem(item, problem, &answer);
	if (is_let_in(problem, &answer))
		resume_connection(item->connection, item->claimed);
	worker_xact_commit();
}

/* What a call of the function would have returned. */
static char *
single_result(const Call *call, json_t *document, Problem **problem)
{
	MemoryContext context = CurrentMemoryContext;
	char	   *volatile text = NULL;

	*problem = NULL;
	PG_TRY();
	{
		bool		isnull;
		Datum		result;

		worker_xact_start();
		result = call_result(call, document, &isnull);
		text = write_result(write_open(call->binding->action->name), result, isnull);
		worker_xact_commit();
	}
	PG_CATCH();
	{
		*problem = problem_caught(context);
		worker_xact_abort();
	}
	PG_END_TRY();
	return text;
}

/* Of a bulk request: what Jira has against its i-th element, NULL if nothing. */
static json_t *
element_error(json_t *document, int i)
{
	json_t	   *error;
	size_t		at;

	json_array_foreach(json_object_get(document, "errors"), at, error)
	{
		json_t	   *number = json_object_get(error, "failedElementNumber");

		if (json_is_integer(number) && json_integer_value(number) == i)
			return error;
	}
	return NULL;
}

static void
settle_element(const Delivery *delivery, const OutboxItem *item, json_t *error)
{
	json_t	   *given = json_object_get(error, "status");
	int			status = 400;
	int			sqlstate;
	const char *hint;
	Problem    *problem;

	/*
	 * A number from the network: anything but a status of HTTP counts as a
	 * refusal.
	 */
	if (json_is_integer(given) && json_integer_value(given) >= 100 && json_integer_value(given) <= 599)
		status = (int) json_integer_value(given);
	reply_status_meaning(status, &sqlstate, &hint);
	problem = problem_make(sqlstate, psprintf("Jira answered %d to %s", status, item->action),
						   reply_error_text(json_object_get(error, "elementErrors")), hint);
	settle_with_problem(delivery, item, problem, status);
}

/* Those that were created come in the order in which they were asked for. */
static void
settle_bulk(const Delivery *delivery, json_t *document)
{
	json_t	   *issues = json_object_get(document, "issues");
	size_t		created = 0;
	int			i = 0;
	ListCell   *cell;

	foreach(cell, delivery->items)
	{
		OutboxItem *item = lfirst(cell);
		json_t	   *error = element_error(document, i++);
		const char *key = NULL;

		if (error == NULL)
			key = json_string_value(json_object_get(json_array_get(issues, created++), "key"));
		if (key)
			finish_item(item, key);
		else if (error)
			settle_element(delivery, item, error);
		else
			settle_with_problem(delivery, item,
								reply_malformed(delivery->request, pstrdup("It does not tell about each issue.")), 0);
	}
}

/* A bulk request of which nothing was created is refused as a whole. */
static json_t *
refused_elements(const Delivery *delivery)
{
	HttpReply  *reply = http_reply(transfer_exchange(delivery->transfer));
	char	   *problem;
	json_t	   *document;

	if (list_length(delivery->items) < 2 || reply->outcome != HTTP_ANSWERED || reply->status != 400)
		return NULL;
	document = jira_json_parse(CurrentMemoryContext, reply->body, reply->length, &problem);
	return json_array_size(json_object_get(document, "errors")) > 0 ? document : NULL;
}

/* Is it the bulk request that Jira does not know, rather than the issues? */
static bool
lacks_bulk(const Delivery *delivery)
{
	const HttpReply *reply = http_reply(transfer_exchange(delivery->transfer));

	return list_length(delivery->items) > 1 && reply->outcome == HTTP_ANSWERED &&
		(reply->status == 404 || reply->status == 405 || reply->status == 501);
}

static void
put_back(const Delivery *delivery)
{
	ListCell   *cell;

	do_without_bulk(((OutboxItem *) linitial(delivery->items))->connection);
	worker_xact_start();
	foreach(cell, delivery->items)
	{
		(void) item_put_back(lfirst(cell), 0, NULL);
	}
	worker_xact_commit();
}

void
settle_items(const Delivery *delivery, json_t *document, const Problem *problem)
{
	json_t	   *refused = problem ? refused_elements(delivery) : NULL;
	Problem    *late = NULL;
	char	   *result;
	ListCell   *cell;

	if (problem && lacks_bulk(delivery))
	{
		put_back(delivery);
		return;
	}
	if (refused || (problem == NULL && list_length(delivery->items) > 1))
	{
		settle_bulk(delivery, refused ? refused : document);
		return;
	}
	if (problem == NULL)
	{
		result = single_result(linitial(delivery->calls), document, &late);
		if (late == NULL)
		{
			finish_item(linitial(delivery->items), result);
			return;
		}
		problem = late;
	}
	foreach(cell, delivery->items)
	{
		settle_with_problem(delivery, lfirst(cell), problem, 0);
	}
}

/* The key of the issue with this label, NULL if it was not found. */
static const char *
find_marked(json_t *document, const char *marker)
{
	json_t	   *issue;
	json_t	   *label;
	size_t		i;
	size_t		j;

	json_array_foreach(json_object_get(document, "issues"), i, issue)
	{
		json_array_foreach(json_object_get(json_object_get(issue, "fields"), "labels"), j, label)
		{
			if (json_is_string(label) && strcmp(json_string_value(label), marker) == 0)
				return json_string_value(json_object_get(issue, "key"));
		}
	}
	return NULL;
}

/*
 * Only if Jira's index must have had it when it was looked for is it certain
 * that it is not there.
 */
static void
settle_unfound(const OutboxItem *item)
{
	TimestampTz certain = TimestampTzPlusMilliseconds(item->doubtful_since, jira_outbox_search_delay);
	long		left = TimestampDifferenceMilliseconds(item->claimed, certain);

	worker_xact_start();
	if (left > 0)
		(void) item_doubtful(item, item->doubtful_since, left, NULL);
	else
		(void) item_retry(item, 0, "Jira has not created it.");
	worker_xact_commit();
}

/* Without an answer it is not known any better than before. */
static void
settle_unsought(const Delivery *delivery, const OutboxItem *item, const Problem *problem)
{
	char	   *words = problem_words(problem);
	Answer		answer = {NULL};

	worker_xact_start();
	if (delivery->transfer)
	{
		answer = answer_of(transfer_exchange(delivery->transfer));
		heed_answer(item, &answer, words);
	}
	if (!problem_may_pass(problem) || item->attempts >= jira_outbox_max_attempts)
		park(item, words);
	else
	{
		if (problem->sqlstate == ERRCODE_INVALID_AUTHORIZATION_SPECIFICATION)
			pause_connection(item, words);
		(void) item_doubtful(item, item->doubtful_since, SEARCH_AGAIN_MS, words);
	}
	worker_xact_commit();
}

void
settle_search(const Delivery *delivery, json_t *document, const Problem *problem)
{
	ListCell   *cell;

	foreach(cell, delivery->items)
	{
		OutboxItem *item = lfirst(cell);
		const char *key = find_marked(document, item->marker);

		if (key)
			finish_item(item, key);
		else if (problem)
			settle_unsought(delivery, item, problem);
		else
			settle_unfound(item);
	}
}

void
settle_lost(const OutboxItem *item)
{
	if (write_repeats(write_open(item->action), item->arguments))
		(void) item_retry(item, 0, NULL);
	else
		park(item, "The worker ended while this was being sent.");
}
