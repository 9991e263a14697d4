/*
 * outcome.c
 *	  What the reply to a delivery, or the lack of one, means for its items.
 *
 * Every item that was not carried out gets one DeliveryOutcome, from the tables
 * below, and apply_outcome() settles it.
 */
#include "postgres.h"

#include "common/pg_prng.h"
#include "lib/stringinfo.h"
#include "utils/timestamp.h"

#include "client/quota.h"
#include "client/reply.h"
#include "client/retry.h"
#include "outbox/outbox_xact.h"
#include "outbox/outcome.h"
#include "outbox/queue.h"
#include "outbox/write_back.h"
#include "utils/settings.h"
#include "utils/worker_xact.h"

/* The first delay before a retry, doubled with each attempt, and the longest. */
#define FIRST_DELAY_MS 1000
#define LONGEST_DELAY_MS (10 * 60 * 1000)

/* An issue that was perhaps created is searched for after this delay. */
#define FIRST_SEARCH_MS 2000

/* The delay after an error of this server, which is not counted. */
#define PUT_OFF_MS 10000

/* The delay after a search that got no answer. */
#define SEARCH_AGAIN_MS 5000

/* The delay of an item whose role may not write through the connection now. */
#define GRANT_DELAY_MS (60 * 1000)

typedef enum DeliveryOutcome
{
	RETRY,						/* not carried out; may succeed later */
	PUT_OFF,					/* not carried out, because of this server */
	UNKNOWN,					/* perhaps carried out */
	BLOCKED,					/* not carried out; the connection needs a
								 * repair */
	FAILED						/* not carried out, and never will be */
} DeliveryOutcome;

/* What the HTTP status of a refusal means; the first match wins. */
static const struct
{
	int			first;
	int			last;
	DeliveryOutcome outcome;
}			status_outcomes[] = {
	{401, 401, BLOCKED},
	{408, 409, RETRY},
	{425, 425, RETRY},
	{429, 429, RETRY},
	{400, 499, FAILED},
	{500, 599, UNKNOWN},
	{200, 299, UNKNOWN},		/* with a malformed reply */
};

/*
 * What the SQLSTATE, or the class of it, means that kept a request from being
 * sent; the first match wins.  An error of this server says nothing of the item.
 */
static const struct
{
	int			sqlstate;
	bool		is_class;
	DeliveryOutcome outcome;
}			error_outcomes[] = {
	{ERRCODE_INVALID_AUTHORIZATION_SPECIFICATION, true, BLOCKED},
	{ERRCODE_CONFIG_FILE_ERROR, true, BLOCKED},
	{ERRCODE_EXTERNAL_ROUTINE_EXCEPTION, true, BLOCKED},	/* of
															 * jira_spoke.key_command */
	{ERRCODE_CONNECTION_EXCEPTION, true, RETRY},
	{ERRCODE_SYSTEM_ERROR, false, RETRY},	/* 5xx to a look-up */
	{ERRCODE_CONFIGURATION_LIMIT_EXCEEDED, false, RETRY},	/* 429 */
	{ERRCODE_QUERY_CANCELED, false, RETRY}, /* no answer in time */
	{ERRCODE_INSUFFICIENT_RESOURCES, true, PUT_OFF},
	{ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE, true, PUT_OFF},
	{ERRCODE_OPERATOR_INTERVENTION, true, PUT_OFF},
	{ERRCODE_SYSTEM_ERROR, true, PUT_OFF},
	{ERRCODE_INTERNAL_ERROR, true, PUT_OFF},
	{ERRCODE_TRANSACTION_ROLLBACK, true, RETRY},
};

/* What arrived for a request. */
typedef struct Answer
{
	const HttpReply *reply;		/* NULL: the request was never sent */
	bool		sent;			/* at least a part of the request */
	int64		delay;			/* milliseconds that it asks to wait, or -1 */
	bool		limits_issue;	/* the rate limit is that of the issue, not of
								 * the connection */
} Answer;

static const Answer no_answer = {.delay = -1};

static char *
problem_words(const Problem *problem)
{
	StringInfoData words;

	initStringInfo(&words);
	appendStringInfo(&words, "%s.", problem->message);
	if (problem->detail)
		appendStringInfo(&words, " %s", problem->detail);
	if (problem->hint)
		appendStringInfo(&words, " %s", problem->hint);
	return words.data;
}

static DeliveryOutcome
status_outcome(int status)
{
	for (int i = 0; i < lengthof(status_outcomes); i++)
		if (status >= status_outcomes[i].first && status <= status_outcomes[i].last)
			return status_outcomes[i].outcome;
	return FAILED;
}

static DeliveryOutcome
error_outcome(int sqlstate)
{
	for (int i = 0; i < lengthof(error_outcomes); i++)
		if (sqlstate == error_outcomes[i].sqlstate ||
			(error_outcomes[i].is_class && ERRCODE_TO_CATEGORY(sqlstate) == ERRCODE_TO_CATEGORY(error_outcomes[i].sqlstate)))
			return error_outcomes[i].outcome;
	return FAILED;
}

static Answer
answer_of(HttpExchange *exchange)
{
	Answer		answer = {
		.reply = http_reply(exchange),
		.sent = http_sent(exchange),
		.delay = retry_asked(exchange),
		.limits_issue = quota_is_of_issue(quota_reason(exchange)),
	};

	return answer;
}

/* Has Jira said when to send the request again? */
static bool
says_when(const Answer *answer)
{
	return answer->reply && answer->reply->outcome == HTTP_ANSWERED && answer->delay >= 0 &&
		(answer->reply->status == 429 || answer->reply->status == 503);
}

static DeliveryOutcome
outcome_of(const Problem *problem, const Answer *answer)
{
	if (problem->sqlstate == ERRCODE_INVALID_AUTHORIZATION_SPECIFICATION)
		return BLOCKED;
	if (answer->reply == NULL)
		return error_outcome(problem->sqlstate);
	if (answer->reply->outcome != HTTP_ANSWERED)
		return answer->sent ? UNKNOWN : RETRY;
	if (problem->sqlstate == ERRCODE_UNIQUE_VIOLATION)
		return FAILED;
	if (says_when(answer))
		return RETRY;			/* Jira did not begin with it, whatever the
								 * status */
	return status_outcome(answer->reply->status);
}

/* Jira would refuse other items of the connection as well until then. */
static void
apply_rate_limit(const OutboxItem *item, const Answer *answer, const char *words)
{
	if (says_when(answer) && answer->delay > 0 && !answer->limits_issue)
		outbox_throttle_connection(item->connection, answer->delay, words);
}

static int64
backoff(int attempts)
{
	double		factor = 0.7 + 0.6 * pg_prng_double(&pg_global_prng_state);

	return (int64) (Min((int64) FIRST_DELAY_MS << Min(attempts - 1, 20), LONGEST_DELAY_MS) * factor);
}

/* The backoff is random: inside of Max(), a macro, it would be drawn twice. */
static void
retry(const OutboxItem *item, int64 delay, const char *words)
{
	int64		least = backoff(item->attempts);

	if (item->attempts >= jira_outbox_max_attempts)
		(void) item_failed(item, words);
	else
		(void) item_retry(item, Max(delay, least), words);
}

/* Leaves it to a person to find out whether the item was carried out. */
static void
fail_as_unknown(const OutboxItem *item, const char *words)
{
	(void) item_failed(item, psprintf("It may have been carried out: look in Jira, and call jira_outbox_retry(" INT64_FORMAT ") if it was not. %s",
									  item->id, words));
}

/* An item that was perhaps carried out is repeated only if that does no harm. */
static void
settle_unknown(const OutboxItem *item, const char *words)
{
	if (write_repeats(write_open(item->action), item->arguments))
		retry(item, 0, words);
	else if (item->marker)
		(void) item_doubtful(item, GetCurrentTimestamp(),
							 Min(FIRST_SEARCH_MS, jira_outbox_search_delay), words);
	else
		fail_as_unknown(item, words);
}

/* Is there nothing left that would have to be renewed again? */
static bool
ends_renewal(const OutboxItem *item, const Problem *problem, const Answer *answer)
{
	return answer->reply == NULL && problem->sqlstate == ERRCODE_NO_DATA_FOUND &&
		write_open(item->action)->is_renewal;
}

/* In a transaction. */
static void
apply_outcome(const OutboxItem *item, const Problem *problem, const Answer *answer)
{
	char	   *words = problem_words(problem);

	if (ends_renewal(item, problem, answer))
	{
		(void) item_done(item, NULL, words);
		return;
	}

	if (connection_refused_for_now(problem))
	{
		(void) item_put_back(item, GRANT_DELAY_MS, words);
		return;
	}
	switch (outcome_of(problem, answer))
	{
		case RETRY:
			apply_rate_limit(item, answer, words);
			retry(item, answer->delay, words);
			break;
		case PUT_OFF:
			(void) item_put_back(item, PUT_OFF_MS, words);
			break;
		case UNKNOWN:
			settle_unknown(item, words);
			break;
		case BLOCKED:
			outbox_pause_connection(item, words);
			(void) item_put_back(item, 0, words);
			break;
		case FAILED:
			(void) item_failed(item, words);
			break;
	}
}

/* Has Jira certainly accepted the sign-in of the connection? */
static bool
is_signed_in(const Problem *problem, const Answer *answer)
{
	const HttpReply *reply = answer->reply;

	return reply && reply->outcome == HTTP_ANSWERED && reply->status < 500 && reply->status != 429 &&
		(problem == NULL || problem->sqlstate != ERRCODE_INVALID_AUTHORIZATION_SPECIFICATION);
}

void
outcome_of_unsent(const OutboxItem *item, const Problem *problem)
{
	outbox_xact_start();
	apply_outcome(item, problem, &no_answer);
	worker_xact_commit();
}

void
outcome_put_back(const List *items, int64 delay)
{
	ListCell   *cell;

	foreach(cell, items)
	{
		(void) item_put_back(lfirst(cell), delay, NULL);
	}
}

/* A result that belongs into a row is put there by a role worker. */
static void
finish_item(OutboxItem *item, const char *result)
{
	if (item->settled)
		return;
	outbox_xact_start();
	if (result && item->key_column)
		(void) item_to_write_back(item, result);
	else
		(void) item_done(item, result, NULL);
	item_follow_up(item);
	outbox_resume_connection(item->connection, item->claimed);
	worker_xact_commit();
	item->settled = true;
	if (item->key_column)
		write_back_expect();
}

/* Has an earlier attempt deleted it? */
static bool
is_gone(const Delivery *delivery, const OutboxItem *item, const HttpReply *reply)
{
	return item->attempts > 1 && strcmp(delivery->request->method, DELETE) == 0 &&
		reply->outcome == HTTP_ANSWERED && reply->status == 404;
}

/* "status" is that of the item in a bulk reply, 0: that of the whole reply. */
static void
settle_with_problem(const Delivery *delivery, OutboxItem *item, const Problem *problem, int status)
{
	Answer		answer = answer_of(transfer_exchange(delivery->transfer));
	HttpReply	reply = *answer.reply;

	if (item->settled)
		return;
	if (status)
		reply.status = status;
	answer.reply = &reply;
	if (is_gone(delivery, item, &reply))
	{
		finish_item(item, NULL);
		return;
	}
	outbox_xact_start();
	apply_outcome(item, problem, &answer);
	if (is_signed_in(problem, &answer))
		outbox_resume_connection(item->connection, item->claimed);
	worker_xact_commit();
	item->settled = true;
}

json_t *
outcome_element_error(json_t *document, int i)
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
settle_element(const Delivery *delivery, OutboxItem *item, int i, json_t *error)
{
	const Call *call = list_nth(delivery->calls, i);
	const char *explained = delivery->hints ? list_nth(delivery->hints, i) : NULL;
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
						   reply_error_text(json_object_get(error, "elementErrors"), call->request->field_names),
						   explained ? explained : hint);
	settle_with_problem(delivery, item, problem, status);
}

/* The issues that were created are in the order of the request. */
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
		json_t	   *error = outcome_element_error(document, i++);
		const char *key = NULL;

		if (error == NULL)
			key = json_string_value(json_object_get(json_array_get(issues, created++), "key"));
		if (key)
			finish_item(item, key);
		else if (error)
			settle_element(delivery, item, i - 1, error);
		else
			settle_with_problem(delivery, item,
								reply_malformed(delivery->request, pstrdup("It does not tell about each issue.")), 0);
	}
}

/* Jira refuses a bulk request as a whole when it created none of the issues. */
static json_t *
refused_elements(const Delivery *delivery)
{
	HttpReply  *reply = http_reply(transfer_exchange(delivery->transfer));
	json_t	   *document;

	if (list_length(delivery->items) < 2 || reply->outcome != HTTP_ANSWERED || reply->status != 400)
		return NULL;
	document = transfer_refusal(delivery->transfer);
	return json_array_size(json_object_get(document, "errors")) > 0 ? document : NULL;
}

/* Does this Jira lack the bulk request? */
static bool
lacks_bulk(const Delivery *delivery)
{
	const HttpReply *reply = http_reply(transfer_exchange(delivery->transfer));

	return list_length(delivery->items) > 1 && reply->outcome == HTTP_ANSWERED &&
		(reply->status == 404 || reply->status == 405 || reply->status == 501);
}

/* The request was not sent. */
static void
settle_unsent(const Delivery *delivery)
{
	ListCell   *cell;

	foreach(cell, delivery->items)
	{
		OutboxItem *item = lfirst(cell);

		if (!item->settled)
			outcome_of_unsent(item, delivery->problem);
		item->settled = true;
	}
}

void
outcome_of_write(const Delivery *delivery)
{
	OutboxItem *first = linitial(delivery->items);
	json_t	   *refused;
	ListCell   *cell;

	if (delivery->transfer == NULL)
	{
		settle_unsent(delivery);
		return;
	}
	if (delivery->problem && lacks_bulk(delivery))
	{
		outbox_xact_start();
		outcome_put_back(delivery->items, 0);
		worker_xact_commit();
		queue_do_without_bulk(first->connection);
		return;
	}
	refused = delivery->problem ? refused_elements(delivery) : NULL;
	if (refused)
		settle_bulk(delivery, refused);
	else if (delivery->problem)
		foreach(cell, delivery->items)
	{
		settle_with_problem(delivery, lfirst(cell), delivery->problem, 0);
	}
	else if (list_length(delivery->items) > 1)
		settle_bulk(delivery, delivery->document);
	else
		finish_item(first, delivery->result);
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
 * The search found no issue.  That is certain only if Jira's index had the time
 * to get one.
 */
static void
settle_unfound(const OutboxItem *item)
{
	TimestampTz certain = TimestampTzPlusMilliseconds(item->doubtful_since, jira_outbox_search_delay);
	long		left = TimestampDifferenceMilliseconds(item->claimed, certain);

	outbox_xact_start();
	if (left > 0)
		(void) item_doubtful(item, item->doubtful_since, left, NULL);
	else
		(void) item_retry(item, 0, "Jira has not created it.");
	worker_xact_commit();
}

/* The search got no answer. */
static void
settle_unsearched(const Delivery *delivery, const OutboxItem *item, const Problem *problem)
{
	char	   *words = problem_words(problem);
	Answer		answer;

	outbox_xact_start();
	if (delivery->transfer)
	{
		answer = answer_of(transfer_exchange(delivery->transfer));
		apply_rate_limit(item, &answer, words);
	}
	if (error_outcome(problem->sqlstate) == FAILED || item->attempts >= jira_outbox_max_attempts)
		fail_as_unknown(item, words);
	else
	{
		if (problem->sqlstate == ERRCODE_INVALID_AUTHORIZATION_SPECIFICATION)
			outbox_pause_connection(item, words);
		(void) item_doubtful(item, item->doubtful_since, SEARCH_AGAIN_MS, words);
	}
	worker_xact_commit();
}

void
outcome_of_search(const Delivery *delivery)
{
	ListCell   *cell;

	foreach(cell, delivery->items)
	{
		OutboxItem *item = lfirst(cell);
		const char *key = find_marked(delivery->document, item->marker);

		if (item->settled)
			continue;
		if (key)
			finish_item(item, key);
		else if (delivery->problem)
			settle_unsearched(delivery, item, delivery->problem);
		else
			settle_unfound(item);
		item->settled = true;
	}
}

static void
settle_interrupted(void *arg)
{
	OutboxItem *item = arg;

	item_read_arguments(item);
	if (write_repeats(write_open(item->action), item->arguments))
		(void) item_retry(item, 0, NULL);
	else
		fail_as_unknown(item, item->error ? item->error : "");
}

void
outcome_of_interrupted(OutboxItem *item)
{
	Problem    *problem = worker_xact_try(settle_interrupted, item);

	if (problem)
		outcome_of_unsent(item, problem);
}
