/*
 * throttle.c
 *	  The rates at which the worker may write.
 *
 * Cloud takes 20 writes in 2 seconds and 100 in 30 seconds on one issue, and
 * bursts of 50 to 100 a second on one endpoint; beyond that it answers 429.
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
static const Limit connection_limits[] = {{50, 1000}};

#define MOST_REMEMBERED 100

/* The times of the last writes to an issue or through a connection, a ring buffer. */
typedef struct RateWindow
{
	char		key[NAMEDATALEN * 2];	/* of the hash table */
	TimestampTz times[MOST_REMEMBERED];
	int			next;
} RateWindow;

static HTAB *windows = NULL;

/* A connection through which no item is sent until then. */
typedef struct Backoff
{
	TimestampTz until;
	char		connection[FLEXIBLE_ARRAY_MEMBER];
} Backoff;

static List *backoffs = NIL;

void
throttle_back_off(const char *connection, long milliseconds)
{
	MemoryContext before = MemoryContextSwitchTo(TopMemoryContext);
	Backoff    *backoff = palloc(offsetof(Backoff, connection) + strlen(connection) + 1);

	backoff->until = TimestampTzPlusMilliseconds(GetCurrentTimestamp(), milliseconds);
	strcpy(backoff->connection, connection);
	backoffs = lappend(backoffs, backoff);
	MemoryContextSwitchTo(before);
}

/* Entries that are over are freed. */
List *
throttle_backing_off(void)
{
	TimestampTz now = GetCurrentTimestamp();
	List	   *connections = NIL;
	ListCell   *cell;

	foreach(cell, backoffs)
	{
		Backoff    *backoff = lfirst(cell);

		if (backoff->until > now)
			connections = lappend(connections, backoff->connection);
		else
		{
			backoffs = foreach_delete_current(backoffs, cell);
			pfree(backoff);
		}
	}
	return connections;
}

bool
throttle_is_backing_off(const char *connection)
{
	TimestampTz now = GetCurrentTimestamp();
	ListCell   *cell;

	foreach(cell, backoffs)
	{
		const Backoff *backoff = lfirst(cell);

		if (backoff->until > now && strcmp(backoff->connection, connection) == 0)
			return true;
	}
	return false;
}

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

static long
longest_wait(const RateWindow *window, const Limit *limits, int count, TimestampTz now)
{
	long		wait = 0;

	for (int i = 0; i < count; i++)
		wait = Max(wait, wait_of(window, &limits[i], now));
	return wait;
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
throttle_write(const char *connection, const char *issue)
{
	TimestampTz now = GetCurrentTimestamp();
	RateWindow *all = window_of(connection, "");
	RateWindow *one = issue ? window_of(connection, issue) : NULL;
	long		wait = longest_wait(all, connection_limits, lengthof(connection_limits), now);

	if (wait > 0)
		throttle_back_off(connection, wait);
	if (one)
		wait = Max(wait, longest_wait(one, issue_limits, lengthof(issue_limits), now));
	if (wait > 0)
		return wait;
	remember(all, now);
	if (one)
		remember(one, now);
	forget_old(now);
	return 0;
}
