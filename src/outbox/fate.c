/*
 * fate.c
 *	  What becomes of an item that was not carried out, or perhaps not.
 */
#include "postgres.h"

#include "common/pg_prng.h"
#include "lib/stringinfo.h"
#include "utils/timestamp.h"

#include "client/retry.h"
#include "outbox/fate.h"
#include "outbox/pause.h"
#include "outbox/settle.h"
#include "utils/settings.h"

/* The first delay, doubled with each attempt, and the longest. */
#define FIRST_DELAY_MS 1000
#define LONGEST_DELAY_MS (10 * 60 * 1000)

/* What was perhaps created is looked for as soon as this. */
#define FIRST_SEARCH_MS 2000

typedef enum Fate
{
	RETRY,						/* certainly not carried out; may be next time */
	DOUBT,						/* perhaps carried out */
	WAIT,						/* nothing of this connection goes, until
								 * somebody repairs it */
	FAIL						/* will not be carried out as it is */
} Fate;

/* What a status means for the write that it answers; the first match wins. */
static const struct
{
	int			first;
	int			last;
	Fate		fate;
}			status_fates[] = {
	{401, 401, WAIT},
	{408, 409, RETRY},
	{425, 425, RETRY},
	{429, 429, RETRY},
	{400, 499, FAIL},
	{500, 599, DOUBT},
	{200, 299, DOUBT},			/* with a reply that is not what it should be */
};

char *
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

static Fate
status_fate(int status)
{
	for (int i = 0; i < lengthof(status_fates); i++)
		if (status >= status_fates[i].first && status <= status_fates[i].last)
			return status_fates[i].fate;
	return FAIL;
}

/* What keeps a request from being sent at all. */
static Fate
error_fate(int sqlstate)
{
	static const struct
	{
		int			category;
		Fate		fate;
	}			fates[] = {
		{ERRCODE_INVALID_AUTHORIZATION_SPECIFICATION, WAIT},
		{ERRCODE_CONFIG_FILE_ERROR, WAIT},
		{ERRCODE_CONNECTION_EXCEPTION, RETRY},
		{ERRCODE_SYSTEM_ERROR, RETRY},
		{ERRCODE_INSUFFICIENT_RESOURCES, RETRY},
		{ERRCODE_OPERATOR_INTERVENTION, RETRY},
		{ERRCODE_TRANSACTION_ROLLBACK, RETRY},
	};

	for (int i = 0; i < lengthof(fates); i++)
		if (ERRCODE_TO_CATEGORY(sqlstate) == ERRCODE_TO_CATEGORY(fates[i].category))
			return fates[i].fate;
	return FAIL;
}

bool
problem_may_pass(const Problem *problem)
{
	return error_fate(problem->sqlstate) != FAIL;
}

Answer
answer_of(HttpExchange *exchange)
{
	const char *reason = http_header(exchange, "RateLimit-Reason");
	Answer		answer = {
		.reply = http_reply(exchange),
		.sent = http_sent(exchange),
		.delay = retry_after(exchange),
		.limits_issue = reason && strcmp(reason, "jira-per-issue-on-write") == 0,
	};

	return answer;
}

static bool
says_when(const Answer *answer)
{
	return answer->reply && answer->reply->outcome == HTTP_ANSWERED && answer->delay >= 0 &&
		(answer->reply->status == 429 || answer->reply->status == 503);
}

static Fate
fate_of(const Problem *problem, const Answer *answer)
{
	if (problem->sqlstate == ERRCODE_INVALID_AUTHORIZATION_SPECIFICATION)
		return WAIT;
	if (answer->reply == NULL)
		return error_fate(problem->sqlstate);
	if (answer->reply->outcome != HTTP_ANSWERED)
		return answer->sent ? DOUBT : RETRY;
	if (says_when(answer))
		return RETRY;			/* who says when to come back has not begun */
	return status_fate(answer->reply->status);
}

/* Other items would only be turned away, too. */
void
heed_answer(const OutboxItem *item, const Answer *answer, const char *words)
{
	if (says_when(answer) && answer->delay > 0 && !answer->limits_issue)
		throttle_connection(item->connection, answer->delay, words);
}

static int64
backoff(int attempts)
{
	double		factor = 0.7 + 0.6 * pg_prng_double(&pg_global_prng_state);

	return (int64) (Min((int64) FIRST_DELAY_MS << Min(attempts - 1, 20), LONGEST_DELAY_MS) * factor);
}

static void
retry(const OutboxItem *item, int64 delay, const char *words)
{
	if (item->attempts >= jira_outbox_max_attempts)
		(void) item_failed(item, words);
	else
		(void) item_retry(item, Max(delay, backoff(item->attempts)), words);
}

void
park(const OutboxItem *item, const char *words)
{
	(void) item_failed(item, psprintf("It may have been carried out: look in Jira, and call jira_outbox_retry(" INT64_FORMAT ") if it was not. %s",
									  item->id, words));
}

/* Nothing is done twice that must not be. */
static void
doubt(const OutboxItem *item, const char *words)
{
	if (write_repeats(write_open(item->action), item->arguments))
		retry(item, 0, words);
	else if (item->marker)
		(void) item_doubtful(item, GetCurrentTimestamp(),
							 Min(FIRST_SEARCH_MS, jira_outbox_search_delay), words);
	else
		park(item, words);
}

void
settle_problem(const OutboxItem *item, const Problem *problem, const Answer *answer)
{
	char	   *words = problem_words(problem);

	switch (fate_of(problem, answer))
	{
		case RETRY:
			heed_answer(item, answer, words);
			retry(item, answer->delay, words);
			break;
		case DOUBT:
			doubt(item, words);
			break;
		case WAIT:
			pause_connection(item, words);
			(void) item_put_back(item, 0, words);
			break;
		case FAIL:
			(void) item_failed(item, words);
			break;
	}
}

bool
is_let_in(const Problem *problem, const Answer *answer)
{
	const HttpReply *reply = answer->reply;

	return reply && reply->outcome == HTTP_ANSWERED && reply->status < 500 && reply->status != 429 &&
		(problem == NULL || problem->sqlstate != ERRCODE_INVALID_AUTHORIZATION_SPECIFICATION);
}
