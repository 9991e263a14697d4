/*
 * bucket.h
 *	  How often an endpoint of Jira may be asked: token buckets.
 *
 * Jira counts the requests to each endpoint and method.  Each of them has a
 * bucket here, for each connection: jira_spoke.endpoint_burst requests at once,
 * and jira_spoke.endpoint_rate a second from then on.  A refusal for a rate limit
 * stops all requests of the bucket until a time, and halves the rate, which rises
 * again in the seconds after.
 *
 * Times are those of bucket_now(), in microseconds.
 */
#ifndef JIRA_CLIENT_BUCKET_H
#define JIRA_CLIENT_BUCKET_H

#include "storage/spin.h"

#define BUCKET_SETS 32
#define BUCKETS_IN_SET 8

typedef struct Bucket
{
	uint64		key;
	int64		used;			/* when it was asked last; 0: never */
	double		tokens;			/* at the time "filled" */
	int64		filled;
	int64		paused;			/* nothing is sent before */
	int64		asked;			/* the same, as far as Jira has asked for it */
	int64		slowed;			/* when the rate was lowered last */
	double		share;			/* what was left of the rate then */
} Bucket;

/* The buckets whose keys have a remainder in common. */
typedef struct BucketSet
{
	slock_t		mutex;
	Bucket		buckets[BUCKETS_IN_SET];
} BucketSet;

/*
 * The buckets that there are.  One that has not been used for the longest time
 * gives way to another endpoint, and is full when it comes back.
 */
typedef struct Buckets
{
	BucketSet	sets[BUCKET_SETS];
} Buckets;

/* Which bucket a request takes its token from. */
typedef struct BucketId
{
	uint64		key;
	int			divisor;		/* of rate and burst: 2 where Jira allows half */
} BucketId;

/* Makes the memory ready; this process uses it from bucket_use() on. */
extern void bucket_set_up(Buckets *memory);
extern void bucket_use(Buckets *memory);

/*
 * The bucket of a connection of this database for requests of this method to a
 * path, whose ids do not matter.
 */
extern BucketId bucket_of(const char *alias, const char *method, const char *path);

/* Of a clock that never goes back, and that all processes of the server share. */
extern int64 bucket_now(void);

/*
 * How long it takes until the bucket has a token; 0: it has one, or, after
 * bucket_take(), it was taken.  bucket_spend() takes one in any case.
 */
extern int64 bucket_wait(BucketId id, int64 now);
extern int64 bucket_take(BucketId id, int64 now);
extern void bucket_spend(BucketId id, int64 now);

/* How long Jira has asked to wait from now on; 0: it has not. */
extern int64 bucket_asked(BucketId id);

/*
 * A request that was sent then was refused for the rate limit of its endpoint:
 * nothing is sent for "pause", or for what Jira has asked for ("asked", or 0).
 */
extern void bucket_refused(BucketId id, int64 sent, int64 now, int64 pause, int64 asked);

/* The reply to a request that was sent then says that little is left. */
extern void bucket_near_limit(BucketId id, int64 sent, int64 now);

#endif							/* JIRA_CLIENT_BUCKET_H */
