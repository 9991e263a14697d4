/*
 * retry.c
 *	  When to repeat a request.
 */
#include "postgres.h"

#include <time.h>

#include "common/pg_prng.h"
#include "utils/timestamp.h"

#include "client/quota.h"
#include "client/retry.h"
#include "client/transport_error.h"
#include "utils/budget.h"
#include "utils/settings.h"

/* The first sleep, however short a one Jira asks for; doubled each time. */
#define FIRST_DELAY_MS 500

#define HTTP_NOT_IMPLEMENTED 501
#define HTTP_VERSION_NOT_SUPPORTED 505

static int64
read_delay(const char *value)
{
	long long	seconds;

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

/* Of a refusal for a limit that is reached. */
static int64
delay_until_reset(HttpExchange *exchange)
{
	TimestampTz now = GetCurrentTimestamp();
	TimestampTz reset = quota_reset(exchange, now);

	if (reset == 0)
		return -1;
	return budget_clamp("the end of a rate limit", (reset - now) / USECS_PER_SEC + 1, 0, BUDGET_DELAY) * 1000;
}

int64
retry_asked(HttpExchange *exchange)
{
	const HttpReply *reply = http_reply(exchange);
	const char *value;
	int64		delay = -1;

	if (reply->outcome != HTTP_ANSWERED)
		return -1;
	value = http_header(exchange, "Retry-After");
	if (value)
		delay = read_delay(value);
	if (delay < 0 && reply->status == HTTP_TOO_MANY_REQUESTS)
		delay = delay_until_reset(exchange);
	return delay;
}

/*
 * Is this a part of a document that came as if it were the whole one?  A proxy
 * that loses the rest does so.  The first and the last character tell of most.
 */
static bool
is_part_of_document(HttpExchange *exchange)
{
	static const char blank[] = " \t\r\n";
	const HttpReply *reply = http_reply(exchange);
	const char *content_type = http_header(exchange, "Content-Type");
	const char *start = reply->body;
	const char *end = start + reply->length;

	if (content_type == NULL || strcasestr(content_type, "json") == NULL)
		return false;
	while (start < end && strchr(blank, *start))
		start++;
	while (start < end && strchr(blank, end[-1]))
		end--;
	return start < end && ((*start == '{' && end[-1] != '}') || (*start == '[' && end[-1] != ']'));
}

/* Did what went wrong have nothing to do with the request? */
static bool
is_repeatable(HttpExchange *exchange, const Request *request)
{
	const HttpReply *reply = http_reply(exchange);

	if (reply->outcome != HTTP_ANSWERED)
		return transport_error_may_pass(exchange, request->writes);
	if (reply->status == HTTP_TOO_MANY_REQUESTS)
		return true;
	if (request->writes)
		return false;
	if (reply->status < 300)
		return !request->fetches_file && is_part_of_document(exchange);
	return reply->status >= 500 && reply->status != HTTP_NOT_IMPLEMENTED &&
		reply->status != HTTP_VERSION_NOT_SUPPORTED;
}

/* With jitter, so that the backends of a server do not return all at once. */
static int64
own_delay(int retries)
{
	double		factor = 0.7 + 0.6 * pg_prng_double(&pg_global_prng_state);
	int64		delay = (int64) (FIRST_DELAY_MS * factor) << Min(retries, 20);

	return Min(delay, jira_max_wait);
}

int64
retry_pause(HttpExchange *exchange, int retries)
{
	int64		asked = retry_asked(exchange);
	int64		own = own_delay(retries);

	return asked > jira_max_wait ? -1 : Max(asked, own);
}

int64
retry_delay(HttpExchange *exchange, const Request *request, int retries)
{
	if (retries >= jira_max_retries)
		return -1;
	/* From now on the session leaves bodies as they are. */
	if (http_reply(exchange)->outcome == HTTP_ODD_ENCODING && !request->writes)
		return 0;
	return is_repeatable(exchange, request) ? retry_pause(exchange, retries) : -1;
}
