/*
 * statistics.c
 *	  Counts of the requests through each connection.
 *
 * The counters are a short array in shared memory under one lock.  While it is
 * held nothing is done but to find an element and to add or copy.
 */
#include "postgres.h"

#include "common/hashfn.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "storage/lwlock.h"
#include "utils/memutils.h"
#include "utils/timestamp.h"

#include "client/bucket.h"
#include "client/statistics_private.h"
#include "utils/shared_memory.h"

/* Connections that have counters of their own, with reserved memory and without. */
#define MOST_RESERVED 256
#define MOST_SPARE 64

/* The layout of the memory is a part of its name. */
#define MEMORY_NAME "jira_spoke statistics 3"

typedef struct Statistics
{
	LWLock		lock;
	int			tranche;		/* of the lock */
	int			most;
	int			count;
	Buckets		buckets;		/* with locks of their own; here, so that
								 * there is one piece of memory to find */
	ConnectionCounters counters[FLEXIBLE_ARRAY_MEMBER];
} Statistics;

static Statistics *statistics = NULL;
static bool shared = false;

static int
most_counters(void)
{
	return shared_memory_is_reserved() ? MOST_RESERVED : MOST_SPARE;
}

static Size
size_of(int most)
{
	return offsetof(Statistics, counters) + most * sizeof(ConnectionCounters);
}

void
statistics_reserve(void)
{
	shared_memory_reserve(size_of(MOST_RESERVED));
}

static void
begin(ConnectionCounters *counters, Oid database, const char *alias)
{
	memset(counters, 0, sizeof(ConnectionCounters));
	counters->database = database;
	strlcpy(counters->alias, alias, MAX_COUNTED_ALIAS);
	counters->encoding = GetDatabaseEncoding();
	counters->quota.remaining = -1;
	counters->since = GetCurrentTimestamp();
}

static void
set_up(Statistics *memory, int most)
{
	memory->most = most;
	memory->count = 1;
	bucket_set_up(&memory->buckets);
	begin(&memory->counters[0], InvalidOid, "");
}

static void
set_up_shared(void *memory)
{
	Statistics *made = memory;

	made->tranche = LWLockNewTrancheId();
	LWLockInitialize(&made->lock, made->tranche);
	set_up(made, most_counters());
}

void
statistics_attach(void)
{
	if (statistics)
		return;
	statistics = shared_memory_find(MEMORY_NAME, size_of(most_counters()), set_up_shared);
	shared = statistics != NULL;
	if (shared)
		LWLockRegisterTranche(statistics->tranche, "jira_spoke_statistics");
	else
	{
		statistics = MemoryContextAlloc(TopMemoryContext, size_of(MOST_SPARE));
		set_up(statistics, MOST_SPARE);
	}
	bucket_use(&statistics->buckets);
}

bool
statistics_are_shared(void)
{
	return shared;
}

static void
lock(LWLockMode mode)
{
	if (shared)
		LWLockAcquire(&statistics->lock, mode);
}

static void
unlock(void)
{
	if (shared)
		LWLockRelease(&statistics->lock);
}

/* With the lock held; NULL if there are none. */
static ConnectionCounters *
find(Oid database, const char *alias)
{
	for (int i = 0; i < statistics->count; i++)
	{
		ConnectionCounters *counters = &statistics->counters[i];

		if (counters->database == database && strcmp(counters->alias, alias) == 0)
			return counters;
	}
	return NULL;
}

/* With the lock held: those of an alias of this database, else the common ones. */
static ConnectionCounters *
find_or_make(const char *alias)
{
	ConnectionCounters *counters;

	if (strlen(alias) >= MAX_COUNTED_ALIAS)
		return &statistics->counters[0];
	counters = find(MyDatabaseId, alias);
	if (counters == NULL && statistics->count < statistics->most)
	{
		counters = &statistics->counters[statistics->count++];
		begin(counters, MyDatabaseId, alias);
	}
	return counters ? counters : &statistics->counters[0];
}

void
statistics_started(const char *alias, bool again)
{
	ConnectionCounters *counters;

	lock(LW_EXCLUSIVE);
	counters = find_or_make(alias);
	counters->requests++;
	counters->retries += again;
	unlock();
}

static void
count_outcome(ConnectionCounters *counters, const HttpReply *reply)
{
	if (reply->outcome == HTTP_TIMEOUT || reply->outcome == HTTP_CONNECT_TIMEOUT)
		counters->timeouts++;
	if (reply->outcome != HTTP_ANSWERED)
		return;
	if (reply->status == 429)
		counters->throttled++;
	else if (reply->status >= 500)
		counters->errors_5xx++;
	else if (reply->status >= 400)
		counters->errors_4xx++;
}

static void
keep_error(ConnectionCounters *counters, const char *error, int length, TimestampTz now)
{
	memcpy(counters->last_error, error, length);
	counters->last_error[length] = '\0';
	counters->last_error_at = now;
}

void
statistics_ended(const char *alias, HttpExchange *exchange, const char *error)
{
	const HttpReply *reply = http_reply(exchange);
	TimestampTz now = GetCurrentTimestamp();
	double		milliseconds = http_milliseconds(exchange);
	int			length = error ? pg_mbcliplen(error, strlen(error), MAX_KEPT_ERROR - 1) : 0;
	Quota		quota;
	bool		tells_quota = reply->outcome == HTTP_ANSWERED && quota_read(exchange, now, &quota);
	ConnectionCounters *counters;

	lock(LW_EXCLUSIVE);
	counters = find_or_make(alias);
	count_outcome(counters, reply);
	counters->bytes_received += reply->received;
	counters->milliseconds += milliseconds;
	if (tells_quota)
		counters->quota = quota;
	if (error)
		keep_error(counters, error, length, now);
	else
		counters->last_success = now;
	unlock();
}

static uint64
url_hash(const char *url)
{
	return Max(hash_bytes_extended((const unsigned char *) url, strlen(url), 0), 1);
}

void
statistics_note_small_batches(const char *alias, const char *url)
{
	uint64		hash = url_hash(url);
	ConnectionCounters *counters;

	lock(LW_EXCLUSIVE);
	counters = find_or_make(alias);
	if (counters != &statistics->counters[0])
	{
		counters->small_batches = hash;
		counters->small_batches_since = GetCurrentTimestamp();
	}
	unlock();
}

TimestampTz
statistics_small_batches(const char *alias, const char *url)
{
	uint64		hash = url_hash(url);
	const ConnectionCounters *counters;
	TimestampTz since;

	lock(LW_SHARED);
	counters = find(MyDatabaseId, alias);
	since = counters && counters->small_batches == hash ? counters->small_batches_since : 0;
	unlock();
	return since;
}

ConnectionCounters *
statistics_copy(int *count)
{
	ConnectionCounters *copy = palloc(statistics->most * sizeof(ConnectionCounters));

	lock(LW_SHARED);
	*count = statistics->count;
	memcpy(copy, statistics->counters, statistics->count * sizeof(ConnectionCounters));
	unlock();
	return copy;
}

void
statistics_reset(Oid database, const char *alias)
{
	ConnectionCounters *counters;

	lock(LW_EXCLUSIVE);
	counters = find(database, alias);
	if (counters)
		begin(counters, database, alias);
	unlock();
}

void
statistics_remove(Oid database, const char *alias)
{
	ConnectionCounters *counters;

	lock(LW_EXCLUSIVE);
	counters = find(database, alias);
	if (counters && counters != &statistics->counters[0])
		*counters = statistics->counters[--statistics->count];
	unlock();
}
