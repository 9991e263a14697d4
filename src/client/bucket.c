/*
 * bucket.c
 *	  How often an endpoint of Jira may be asked: token buckets.
 *
 * A bucket is found by a hash.  While its lock is held nothing is done but to
 * look at the few buckets of a set, and to count.
 */
#include "postgres.h"

#include "common/hashfn.h"
#include "lib/stringinfo.h"
#include "miscadmin.h"
#include "portability/instr_time.h"

#include "client/bucket.h"
#include "utils/settings.h"

/* A rate that was lowered has risen from nothing to all of it after so many seconds. */
#define RISE_SECONDS 20

/* The least that refusals leave of the rate, and what a warning leaves. */
#define LEAST_SHARE (1.0 / 16)
#define NEAR_SHARE 0.5

static Buckets *buckets = NULL;

void
bucket_set_up(Buckets *memory)
{
	memset(memory, 0, sizeof(Buckets));
	for (int i = 0; i < BUCKET_SETS; i++)
		SpinLockInit(&memory->sets[i].mutex);
}

void
bucket_use(Buckets *memory)
{
	buckets = memory;
}

int64
bucket_now(void)
{
	instr_time	now;

	INSTR_TIME_SET_CURRENT(now);
	return (int64) INSTR_TIME_GET_MICROSEC(now);
}

/* Is this part of a path one of Jira's own words, such as "issueLinkType", and no key or id? */
static bool
is_word(const char *part, size_t length)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ-_";

	return length > 0 && part[0] >= 'a' && part[0] <= 'z' && strspn(part, letters) >= length;
}

/* "/rest/api/3/issue/OPS-1" becomes "/rest/api/?/issue/?". */
static void
append_endpoint(StringInfo name, const char *path)
{
	while (*path == '/')
	{
		size_t		length = strcspn(++path, "/?");

		appendStringInfoChar(name, '/');
		if (is_word(path, length))
			appendBinaryStringInfo(name, path, (int) length);
		else
			appendStringInfoChar(name, '?');
		path += length;
	}
}

BucketId
bucket_of(const char *alias, const char *method, const char *path)
{
	BucketId	id = {.divisor = strcmp(method, "PUT") == 0 || strcmp(method, "DELETE") == 0 ? 2 : 1};
	StringInfoData name;

	initStringInfo(&name);
	appendStringInfo(&name, "%u\n%s\n%s\n", MyDatabaseId, alias, method);
	append_endpoint(&name, path);
	id.key = hash_bytes_extended((const unsigned char *) name.data, name.len, 0);
	pfree(name.data);
	return id;
}

static double
burst_of(BucketId id)
{
	return Max(jira_endpoint_burst / id.divisor, 1);
}

static double
share_of(const Bucket *bucket, int64 now)
{
	return Min(1, bucket->share + (now - bucket->slowed) / (RISE_SECONDS * 1e6));
}

/* Tokens in a microsecond. */
static double
rate_of(BucketId id, const Bucket *bucket, int64 now)
{
	return share_of(bucket, now) * jira_endpoint_rate / id.divisor / 1e6;
}

/* With the mutex held: that of the key, else the one that was used the longest time ago. */
static Bucket *
find_or_replace(BucketSet *set, BucketId id, int64 now)
{
	Bucket	   *bucket = &set->buckets[0];

	for (int i = 0; i < BUCKETS_IN_SET && bucket->key != id.key; i++)
		if (set->buckets[i].key == id.key || set->buckets[i].used < bucket->used)
			bucket = &set->buckets[i];
	if (bucket->key != id.key || bucket->used == 0)
	{
		memset(bucket, 0, sizeof(Bucket));
		bucket->key = id.key;
		bucket->tokens = burst_of(id);
		bucket->filled = now;
		bucket->share = 1;
	}
	bucket->used = now;
	return bucket;
}

static void
refill(BucketId id, Bucket *bucket, int64 now)
{
	if (now <= bucket->filled)
		return;
	bucket->tokens = Min(burst_of(id), bucket->tokens + (now - bucket->filled) * rate_of(id, bucket, now));
	bucket->filled = now;
}

/* The bucket as it is now, locked. */
static Bucket *
lock_bucket(BucketId id, int64 now)
{
	BucketSet  *set = &buckets->sets[id.key % BUCKET_SETS];
	Bucket	   *bucket;

	SpinLockAcquire(&set->mutex);
	bucket = find_or_replace(set, id, now);
	refill(id, bucket, now);
	return bucket;
}

static void
unlock_bucket(BucketId id)
{
	SpinLockRelease(&buckets->sets[id.key % BUCKET_SETS].mutex);
}

/* With the mutex held: until the pause is over and there is a token. */
static int64
time_left(BucketId id, const Bucket *bucket, int64 now)
{
	if (bucket->paused > now)
		return bucket->paused - now;
	if (jira_endpoint_rate == 0 || bucket->tokens >= 1)
		return 0;
	return (int64) ((1 - bucket->tokens) / rate_of(id, bucket, now)) + 1;
}

/* With the mutex held. */
static void
spend(Bucket *bucket)
{
	if (jira_endpoint_rate > 0)
		bucket->tokens--;
}

int64
bucket_wait(BucketId id, int64 now)
{
	int64		left = time_left(id, lock_bucket(id, now), now);

	unlock_bucket(id);
	return left;
}

int64
bucket_take(BucketId id, int64 now)
{
	Bucket	   *bucket = lock_bucket(id, now);
	int64		left = time_left(id, bucket, now);

	if (left == 0)
		spend(bucket);
	unlock_bucket(id);
	return left;
}

void
bucket_spend(BucketId id, int64 now)
{
	spend(lock_bucket(id, now));
	unlock_bucket(id);
}

int64
bucket_asked(BucketId id)
{
	int64		now = bucket_now();
	int64		asked = lock_bucket(id, now)->asked;

	unlock_bucket(id);
	return Max(asked - now, 0);
}

/* With the mutex held: what was left is not to be relied on. */
static void
slow_down(Bucket *bucket, double share, int64 now)
{
	bucket->tokens = Min(bucket->tokens, 1);
	bucket->share = share;
	bucket->slowed = now;
}

/*
 * Requests that were sent together and refused together have met one limit once:
 * only the first of them lowers the rate.
 */
void
bucket_refused(BucketId id, int64 sent, int64 now, int64 pause, int64 asked)
{
	Bucket	   *bucket = lock_bucket(id, now);

	if (sent > bucket->slowed)
		slow_down(bucket, Max(share_of(bucket, now) / 2, LEAST_SHARE), now);
	bucket->asked = Max(bucket->asked, now + asked);
	if (now + pause > bucket->paused)
	{
		bucket->paused = now + pause;
		bucket->tokens = 1;
		bucket->filled = bucket->paused;
	}
	unlock_bucket(id);
}

void
bucket_near_limit(BucketId id, int64 sent, int64 now)
{
	Bucket	   *bucket = lock_bucket(id, now);

	if (sent > bucket->slowed)
		slow_down(bucket, Min(share_of(bucket, now), NEAR_SHARE), now);
	unlock_bucket(id);
}
