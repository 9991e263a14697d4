/*
 * throttle.c
 *	  How fast the worker may write.
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

/* The last writes to one thing, a ring. */
typedef struct Recent
{
	char		key[NAMEDATALEN * 2];	/* of the hash table */
	TimestampTz times[MOST_REMEMBERED];
	int			next;
} Recent;

static HTAB *recents = NULL;

/* A connection that is not used for some time. */
typedef struct Rest
{
	TimestampTz until;
	char		connection[FLEXIBLE_ARRAY_MEMBER];
} Rest;

static List *rests = NIL;

void
pace_rest(const char *connection, long milliseconds)
{
	MemoryContext before = MemoryContextSwitchTo(TopMemoryContext);
	Rest	   *rest = palloc(offsetof(Rest, connection) + strlen(connection) + 1);

	rest->until = TimestampTzPlusMilliseconds(GetCurrentTimestamp(), milliseconds);
	strcpy(rest->connection, connection);
	rests = lappend(rests, rest);
	MemoryContextSwitchTo(before);
}

/* Forgets those that are over. */
List *
resting_connections(void)
{
	TimestampTz now = GetCurrentTimestamp();
	List	   *connections = NIL;
	ListCell   *cell;

	foreach(cell, rests)
	{
		Rest	   *rest = lfirst(cell);

		if (rest->until > now)
			connections = lappend(connections, rest->connection);
		else
		{
			rests = foreach_delete_current(rests, cell);
			pfree(rest);
		}
	}
	return connections;
}

bool
connection_rests(const char *connection)
{
	TimestampTz now = GetCurrentTimestamp();
	ListCell   *cell;

	foreach(cell, rests)
	{
		const Rest *rest = lfirst(cell);

		if (rest->until > now && strcmp(rest->connection, connection) == 0)
			return true;
	}
	return false;
}

static Recent *
recent_of(const char *connection, const char *issue)
{
	char		key[NAMEDATALEN * 2] = {0};
	bool		found;
	Recent	   *recent;

	if (recents == NULL)
	{
		HASHCTL		control = {.keysize = sizeof(key),.entrysize = sizeof(Recent),.hcxt = TopMemoryContext};

		recents = hash_create("Jira writes", 64, &control, HASH_ELEM | HASH_STRINGS | HASH_CONTEXT);
	}
	snprintf(key, sizeof(key), "%s\n%s", issue, connection);
	recent = hash_search(recents, key, HASH_ENTER, &found);
	if (!found)
	{
		memset(recent->times, 0, sizeof(recent->times));
		recent->next = 0;
	}
	return recent;
}

/* The write that is "count" before the next one must be so long ago. */
static long
wait_of(const Recent *recent, const Limit *limit, TimestampTz now)
{
	TimestampTz then = recent->times[(recent->next + MOST_REMEMBERED - limit->writes) % MOST_REMEMBERED];
	long		passed = then ? TimestampDifferenceMilliseconds(then, now) : limit->milliseconds;

	return Max(limit->milliseconds - passed, 0);
}

static long
longest_wait(const Recent *recent, const Limit *limits, int count, TimestampTz now)
{
	long		wait = 0;

	for (int i = 0; i < count; i++)
		wait = Max(wait, wait_of(recent, &limits[i], now));
	return wait;
}

static void
remember(Recent *recent, TimestampTz now)
{
	recent->times[recent->next] = now;
	recent->next = (recent->next + 1) % MOST_REMEMBERED;
}

/* Nothing that was written to a minute ago limits anything. */
static void
forget_old(TimestampTz now)
{
	HASH_SEQ_STATUS scan;
	Recent	   *recent;

	if (hash_get_num_entries(recents) < 10000)
		return;
	hash_seq_init(&scan, recents);
	while ((recent = hash_seq_search(&scan)) != NULL)
	{
		TimestampTz last = recent->times[(recent->next + MOST_REMEMBERED - 1) % MOST_REMEMBERED];

		if (TimestampDifferenceExceeds(last, now, 60000))
			hash_search(recents, recent->key, HASH_REMOVE, NULL);
	}
}

long
pace_write(const char *connection, const char *issue)
{
	TimestampTz now = GetCurrentTimestamp();
	Recent	   *all = recent_of(connection, "");
	Recent	   *one = issue ? recent_of(connection, issue) : NULL;
	long		wait = longest_wait(all, connection_limits, lengthof(connection_limits), now);

	if (wait > 0)
		pace_rest(connection, wait);
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
