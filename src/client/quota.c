/*
 * quota.c
 *	  What a reply tells of how much Jira still answers, and until when.
 *
 * Apps on Cloud have a quota of points an hour: RateLimit: "policy";r=12;t=34,
 * where r is left out while there is plenty.  Everybody has a burst limit:
 * X-RateLimit-Remaining, with X-RateLimit-Reset on Cloud and
 * X-RateLimit-Interval-Seconds on Data Center.  Limits that are announced, but
 * not in force, have "Beta-" in the names of their headers.
 */
#include "postgres.h"

#include "utils/datetime.h"
#include "utils/timestamp.h"

#include "client/quota.h"

/* A quota that lasts longer than a year is none (seconds). */
#define LONGEST_QUOTA (366 * 24 * 3600)

/* Digits only, clamped; -1 if it is anything else. */
static int64
read_number(const char *text, int64 most)
{
	size_t		digits = text ? strspn(text, "0123456789") : 0;
	long long	number;

	if (digits == 0 || (text[digits] != '\0' && strchr(" ;,", text[digits]) == NULL))
		return -1;
	errno = 0;
	number = strtoll(text, NULL, 10);
	return errno || number > most ? most : number;
}

static TimestampTz
seconds_from(TimestampTz now, int64 seconds)
{
	return seconds < 0 ? 0 : now + seconds * USECS_PER_SEC;
}

/* The number of a parameter: ;r=12.  -1 if the item has none before "end". */
static int64
item_parameter(const char *item, const char *end, char name, int64 most)
{
	for (const char *c = item; c < end; c++)
		if (*c == ';')
		{
			const char *parameter = c + 1 + strspn(c + 1, " ");

			if (parameter[0] == name && parameter[1] == '=')
				return read_number(parameter + 2, most);
		}
	return -1;
}

/* Of several policies the one that is nearest to its end counts. */
static void
read_items(const char *items, TimestampTz now, Quota *quota)
{
	for (const char *item = items; *item;)
	{
		const char *end = item + strcspn(item, ",");
		int64		remaining = item_parameter(item, end, 'r', PG_INT64_MAX);
		int64		seconds = item_parameter(item, end, 't', LONGEST_QUOTA);

		if (item == items || (remaining >= 0 && (quota->remaining < 0 || remaining < quota->remaining)))
		{
			quota->remaining = remaining;
			quota->resets_at = seconds_from(now, seconds);
		}
		item = *end ? end + 1 : end;
	}
}

/* A moment in UTC, "2026-03-26T16:00Z", with seconds or without, or seconds since 1970. */
static TimestampTz
read_moment(const char *text, TimestampTz now)
{
	struct pg_tm moment = {0};
	fsec_t		none = 0;
	Timestamp	result;
	int			length = 0;
	int64		seconds = read_number(text, PG_INT64_MAX);

	if (seconds >= 0)
		seconds -= timestamptz_to_time_t(now);
	else
	{
		if (text == NULL || sscanf(text, "%4d-%2d-%2dT%2d:%2d%n", &moment.tm_year, &moment.tm_mon,
								   &moment.tm_mday, &moment.tm_hour, &moment.tm_min, &length) != 5)
			return 0;
		(void) sscanf(text + length, ":%2d", &moment.tm_sec);
		if (text[strlen(text) - 1] != 'Z' ||
			ValidateDate(DTK_DATE_M, false, false, false, &moment) != 0 ||
			moment.tm_hour < 0 || moment.tm_hour > 23 || moment.tm_min < 0 || moment.tm_min > 59 ||
			moment.tm_sec < 0 || moment.tm_sec > 60 || tm2timestamp(&moment, none, NULL, &result) != 0)
			return 0;
		seconds = (result - now) / USECS_PER_SEC;
	}
	return seconds_from(now, Max(0, Min(seconds, LONGEST_QUOTA)));
}

static bool
read_burst(HttpExchange *exchange, const char *remaining, const char *reset, TimestampTz now, Quota *quota)
{
	quota->remaining = read_number(http_header(exchange, remaining), PG_INT64_MAX);
	quota->resets_at = read_moment(http_header(exchange, reset), now);
	return quota->remaining >= 0 || quota->resets_at != 0;
}

bool
quota_read(HttpExchange *exchange, TimestampTz now, Quota *quota)
{
	const char *items = http_header(exchange, "RateLimit");

	if (items == NULL)
		items = http_header(exchange, "Beta-RateLimit");
	if (items)
	{
		read_items(items, now, quota);
		return true;
	}
	if (read_burst(exchange, "X-RateLimit-Remaining", "X-RateLimit-Reset", now, quota))
	{
		if (quota->resets_at == 0)
			quota->resets_at = seconds_from(now, read_number(http_header(exchange, "X-RateLimit-Interval-Seconds"),
															 LONGEST_QUOTA));
		return true;
	}
	return read_burst(exchange, "X-Beta-RateLimit-Remaining", "X-Beta-RateLimit-Reset", now, quota);
}

const char *
quota_reason(HttpExchange *exchange)
{
	const char *reason = http_header(exchange, "RateLimit-Reason");

	return reason && reason[0] ? reason : NULL;
}

bool
quota_is_near(HttpExchange *exchange)
{
	const char *near = http_header(exchange, "X-RateLimit-NearLimit");

	return near && pg_strcasecmp(near, "true") == 0;
}

bool
quota_is_of_app(const char *reason)
{
	return reason && strncmp(reason, "jira-quota-", strlen("jira-quota-")) == 0;
}

bool
quota_is_of_issue(const char *reason)
{
	return reason && strcmp(reason, "jira-per-issue-on-write") == 0;
}

/* The quotas of apps are those of an hour, of the clock in UTC. */
static TimestampTz
next_hour(TimestampTz now)
{
	return now - now % USECS_PER_HOUR + USECS_PER_HOUR;
}

/*
 * A burst limit is lifted when X-RateLimit-Reset says; what RateLimit says of the
 * quota of the app does not matter then, unless nothing is left of that.
 */
TimestampTz
quota_reset(HttpExchange *exchange, TimestampTz now)
{
	bool		of_app = quota_is_of_app(quota_reason(exchange));
	TimestampTz burst = read_moment(http_header(exchange, "X-RateLimit-Reset"), now);
	Quota		quota;
	bool		told = quota_read(exchange, now, &quota) && quota.resets_at != 0;

	if (told && (of_app || quota.remaining == 0))
		return quota.resets_at;
	if (burst)
		return burst;
	return of_app ? next_hour(now) : 0;
}
