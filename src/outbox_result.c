/*
 * outbox_result.c
 *	  From a reply to what became of the items that it is for.
 */
#include "postgres.h"

#include "access/xact.h"
#include "commands/trigger.h"
#include "miscadmin.h"
#include "nodes/parsenodes.h"
#include "utils/guc.h"
#include "utils/resowner.h"
#include "utils/timeout.h"
#include "utils/timestamp.h"

#include "outbox.h"
#include "outbox_fate.h"
#include "outbox_result.h"
#include "record.h"
#include "refusal.h"
#include "retry.h"
#include "settings.h"
#include "work.h"

/* What the triggers of a table may take when a key is written into a row. */
#define LONGEST_UPDATE_MS 10000

/* When to look again after a search that was not answered. */
#define SEARCH_AGAIN_MS 5000

/* The server refuses to defer a trigger in an operation that is restricted. */
static void
defer_nothing(void)
{
	ConstraintsSetStmt *statement = makeNode(ConstraintsSetStmt);

	statement->deferred = false;
	AfterTriggerSetState(statement);	/* ALL */
}

/*
 * With the rights of the role that enqueued it, and in an operation in which
 * nothing of the table's owner can get at those of the worker, nor at its
 * settings.  Triggers of the table find what they name where they would in a
 * session.
 */
static uint64
put_result(const OutboxItem *item, const char *result)
{
	int			level = NewGUCNestLevel();
	uint64		rows;

	defer_nothing();
	SetUserIdAndSecContext(item->role, SECURITY_LOCAL_USERID_CHANGE | SECURITY_RESTRICTED_OPERATION);
	(void) set_config_option("search_path", outbox_search_path, PGC_USERSET, PGC_S_SESSION,
							 GUC_ACTION_SAVE, true, 0, false);
	enable_timeout_after(STATEMENT_TIMEOUT, LONGEST_UPDATE_MS);
	rows = record_put(item->source, item->source_key, item->key_column, result);
	disable_timeout(STATEMENT_TIMEOUT, false);
	AtEOXact_GUC(false, level);
	SetUserIdAndSecContext(GetSessionUserId(), 0);
	return rows;
}

/*
 * The issue is there, whether or not its key can be written into the row.
 * Returns what kept it from that, or NULL.
 */
static char *
put_result_if_possible(const OutboxItem *item, const char *result)
{
	MemoryContext context = CurrentMemoryContext;
	char	   *volatile problem = NULL;
	ResourceOwner owner = CurrentResourceOwner;

	BeginInternalSubTransaction(NULL);
	MemoryContextSwitchTo(context);
	PG_TRY();
	{
		if (put_result(item, result) == 0)
			problem = "The row is not there any more, or may not be updated.";
		ReleaseCurrentSubTransaction();
	}
	PG_CATCH();
	{
		ErrorData  *error;

		disable_timeout(STATEMENT_TIMEOUT, false);
		MemoryContextSwitchTo(context);
		error = CopyErrorData();
		FlushErrorState();
		RollbackAndReleaseCurrentSubTransaction();
		problem = error->message;
	}
	PG_END_TRY();
	MemoryContextSwitchTo(context);
	CurrentResourceOwner = owner;
	if (problem == NULL)
		return NULL;
	ereport(LOG,
			(errmsg("the result of item " INT64_FORMAT " of the Jira outbox, %s, could not be put into its row: %s",
					item->id, result, problem)));
	return psprintf("It was carried out, but the result could not be put into its row: %s", problem);
}

/* In one transaction, so that no crash comes between the key and the end of the item. */
static void
finish_item(const OutboxItem *item, const char *result)
{
	char	   *problem = NULL;

	begin_work();
	if (result && item->key_column)
		problem = put_result_if_possible(item, result);
	(void) item_done(item, result, problem);
	resume_connection(item->connection);
	commit_work();
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
	HttpExchange *exchange = transfer_exchange(delivery->transfer);
	HttpReply	reply = *http_reply(exchange);

	if (status)
		reply.status = status;
	if (is_gone(delivery, item, &reply))
	{
		finish_item(item, NULL);
		return;
	}
	begin_work();
	settle_problem(item, problem, &reply, http_sent(exchange), asked_delay(exchange));
	if (is_let_in(problem, &reply))
		resume_connection(item->connection);
	commit_work();
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

		begin_work();
		result = call_result(call, document, &isnull);
		text = write_result(write_open(call->binding->action->name), result, isnull);
		commit_work();
	}
	PG_CATCH();
	{
		ErrorData  *error;

		MemoryContextSwitchTo(context);
		error = CopyErrorData();
		FlushErrorState();
		abort_work();
		*problem = problem_make(error->sqlerrcode, error->message, error->detail, error->hint);
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
	int			status = json_is_integer(given) ? (int) json_integer_value(given) : 400;
	int			sqlstate;
	const char *hint;
	Problem    *problem;

	refusal_meaning(status, &sqlstate, &hint);
	problem = problem_make(sqlstate, psprintf("Jira answered %d to %s", status, item->action),
						   refusal_words(json_object_get(error, "elementErrors")), hint);
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
								malformed_reply(delivery->request, pstrdup("It does not tell about each issue.")), 0);
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
	begin_work();
	foreach(cell, delivery->items)
	{
		(void) item_retry(lfirst(cell), 0, false, NULL);
	}
	commit_work();
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
settle_unfound(const OutboxItem *item, TimestampTz looked)
{
	TimestampTz certain = TimestampTzPlusMilliseconds(item->doubtful_since, jira_outbox_search_delay);
	long		left = TimestampDifferenceMilliseconds(looked, certain);

	begin_work();
	if (left > 0)
		(void) item_doubtful(item, item->doubtful_since, left, NULL);
	else
		(void) item_retry(item, 0, true, "Jira has not created it.");
	commit_work();
}

/* Without an answer it is not known any better than before. */
static void
settle_unsought(const OutboxItem *item, const Problem *problem)
{
	char	   *words = problem_words(problem);

	begin_work();
	if (!problem_may_pass(problem) || item->attempts >= jira_outbox_max_attempts)
		park(item, words);
	else
	{
		if (problem->sqlstate == ERRCODE_INVALID_AUTHORIZATION_SPECIFICATION)
			pause_connection(item, words);
		(void) item_doubtful(item, item->doubtful_since, SEARCH_AGAIN_MS, words);
	}
	commit_work();
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
			settle_unsought(item, problem);
		else
			settle_unfound(item, delivery->begun);
	}
}

void
settle_lost(const OutboxItem *item)
{
	if (write_repeats(write_open(item->action), item->arguments))
		(void) item_retry(item, 0, true, NULL);
	else
		park(item, "The worker ended while this was being sent.");
}
