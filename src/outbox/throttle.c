/*
 * throttle.c
 *	  The rate at which the worker may write to an issue.
 *
 * Cloud takes 20 writes in 2 seconds and 100 in 30 seconds on one issue; beyond
 * that it answers 429.
 */
#include "postgres.h"

#include "utils/hsearch.h"
#include "utils/memutils.h"
#include "utils/timestamp.h"

#include "outbox/throttle.h"

typedef struct Limit
{
	int			writes;
	int			milliseconds;
} Limit;

static const Limit issue_limits[] = {{20, 2000}, {100, 30000}};

#define MOST_REMEMBERED 100

/* The times of the last writes to an issue through a connection, a ring buffer. */
typedef struct RateWindow
{
	char		key[NAMEDATALEN * 2];	/* of the hash table */
	TimestampTz times[MOST_REMEMBERED];
	int			next;
} RateWindow;

static HTAB *windows = NULL;

static RateWindow *
window_of(const char *connection, const char *issue)
{
	char		key[NAMEDATALEN * 2] = {0};
	bool		found;
	RateWindow *window;

	if (windows == NULL)
	{
		HASHCTL		control = {.keysize = sizeof(key),.entrysize = sizeof(RateWindow),.hcxt = TopMemoryContext};

		windows = hash_create("Jira writes", 64, &control, HASH_ELEM | HASH_STRINGS | HASH_CONTEXT);
	}
	snprintf(key, sizeof(key), "%s\n%s", issue, connection);
	window = hash_search(windows, key, HASH_ENTER, &found);
	if (!found)
	{
		memset(window->times, 0, sizeof(window->times));
		window->next = 0;
	}
	return window;
}

/* The oldest write within the limit must be at least as old as its period. */
static long
wait_of(const RateWindow *window, const Limit *limit, TimestampTz now)
{
	TimestampTz then = window->times[(window->next + MOST_REMEMBERED - limit->writes) % MOST_REMEMBERED];
	long		passed = then ? TimestampDifferenceMilliseconds(then, now) : limit->milliseconds;

	return Max(limit->milliseconds - passed, 0);
}

static void
remember(RateWindow *window, TimestampTz now)
{
	window->times[window->next] = now;
	window->next = (window->next + 1) % MOST_REMEMBERED;
}

/* Entries without a write in the last minute limit nothing. */
static void
forget_old(TimestampTz now)
{
	HASH_SEQ_STATUS scan;
	RateWindow *window;

	if (hash_get_num_entries(windows) < 10000)
		return;
	hash_seq_init(&scan, windows);
	while ((window = hash_seq_search(&scan)) != NULL)
	{
		TimestampTz last = window->times[(window->next + MOST_REMEMBERED - 1) % MOST_REMEMBERED];

		if (TimestampDifferenceExceeds(last, now, 60000))
			hash_search(windows, window->key, HASH_REMOVE, NULL);
	}
}

long
throttle_wait(const char *connection, const char *issue)
{
	const RateWindow *window = window_of(connection, issue);
	TimestampTz now = GetCurrentTimestamp();
	long		wait = 0;

	for (int i = 0; i < lengthof(issue_limits); i++)
		wait = Max(wait, wait_of(window, &issue_limits[i], now));
	return wait;
}

void
throttle_count(const char *connection, const char *issue)
{
	TimestampTz now = GetCurrentTimestamp();

	remember(window_of(connection, issue), now);
	forget_old(now);
}
