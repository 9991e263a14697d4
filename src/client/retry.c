/*
 * retry.c
 *	  When to repeat a request.
 */
#include "postgres.h"

#include <time.h>

#include "common/pg_prng.h"

#include "client/retry.h"
#include "client/transport_error.h"
#include "utils/budget.h"
#include "utils/settings.h"

/* The first sleep when Jira does not say how long, doubled each time. */
#define FIRST_DELAY_MS 500

int64
retry_after(HttpExchange *exchange)
{
	const char *value = http_header(exchange, "Retry-After");
	long long	seconds;

	if (value == NULL)
		return -1;
	if (strspn(value, "0123456789") == strlen(value))
		seconds = strtoll(value, NULL, 10);
	else
	{
		long long	moment = http_date(value);

		if (moment < 0)
			return -1;
		seconds = Max(moment - (long long) time(NULL), 0);
	}
	return budget_clamp("Retry-After", seconds, 0, BUDGET_DELAY) * 1000;
}

/* Was the request turned away in a way that makes repeating it right? */
static bool
is_repeatable(HttpExchange *exchange, bool writes)
{
	const HttpReply *reply = http_reply(exchange);

	if (transport_error_may_pass(reply))
		return !http_sent(exchange);
	if (reply->outcome != HTTP_ANSWERED)
		return false;
	return reply->status == 429 || (reply->status == 503 && !writes);
}

int64
retry_delay(HttpExchange *exchange, bool writes, int retries)
{
	int64		delay;

	if (retries >= jira_max_retries || !is_repeatable(exchange, writes))
		return -1;
	delay = retry_after(exchange);
	if (delay > jira_max_wait)
		return -1;
	if (delay < 0)
	{
		/* Jitter, so that the backends of a server do not return all at once. */
		double		factor = 0.7 + 0.6 * pg_prng_double(&pg_global_prng_state);

		delay = (int64) (FIRST_DELAY_MS * factor) << Min(retries, 20);
		delay = Min(delay, jira_max_wait);
	}
	return delay;
}
