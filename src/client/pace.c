/*
 * pace.c
 *	  How often the sessions of a database, all together, ask Jira.
 *
 * A lock goes from session to session.  Who has it keeps it for the time
 * between two requests before sending one, so that no two are sent in less
 * than that.  A lock needs no room in shared memory that a library could only
 * have when it is preloaded, and is given back after any error.
 */
#include "postgres.h"

#include "common/hashfn.h"
#include "miscadmin.h"
#include "storage/lock.h"
#include "utils/memutils.h"
#include "utils/timestamp.h"

#include "client/pace.h"
#include "connection/connection.h"
#include "utils/own_tables.h"
#include "utils/wait.h"

/* Apart from the classes 1 and 2 of the advisory locks that users take. */
#define LOCK_CLASS 101

/* After so long a turn that came is not wanted any more. */
#define UNCLAIMED_MS 5000

/* A lock that this process keeps across transactions until it may send. */
typedef struct Turn
{
	LOCKTAG		tag;
	TimestampTz comes;
} Turn;

static List *turns = NIL;

static LOCKTAG
pace_lock(const Pace *pace)
{
	LOCKTAG		tag;

	SET_LOCKTAG_ADVISORY(tag, MyDatabaseId, own_tables_relation("connection"),
						 hash_bytes((const unsigned char *) pace->alias, strlen(pace->alias)),
						 LOCK_CLASS);
	return tag;
}

/* Milliseconds between two requests. */
static long
pace_gap(const Pace *pace)
{
	double		gap = 1000 / pace->requests_per_second;

	return (long) gap + (gap > (long) gap);
}

void
pace_wait(const ConnectionOptions *options)
{
	ListCell   *cell;

	foreach(cell, options->paces)
	{
		LOCKTAG		tag = pace_lock(lfirst(cell));

		(void) LockAcquire(&tag, ExclusiveLock, false, false);
		wait_for_time(pace_gap(lfirst(cell)));
		LockRelease(&tag, ExclusiveLock, false);
	}
}

static Turn *
find_turn(const LOCKTAG *tag)
{
	ListCell   *cell;

	foreach(cell, turns)
	{
		Turn	   *turn = lfirst(cell);

		if (memcmp(&turn->tag, tag, sizeof(LOCKTAG)) == 0)
			return turn;
	}
	return NULL;
}

static void
end_turn(Turn *turn)
{
	(void) LockRelease(&turn->tag, ExclusiveLock, true);
	pfree(turn);
}

static void
keep_turn(const LOCKTAG *tag, long gap)
{
	MemoryContext before = MemoryContextSwitchTo(TopMemoryContext);
	Turn	   *turn = palloc(sizeof(Turn));

	turn->tag = *tag;
	turn->comes = TimestampTzPlusMilliseconds(GetCurrentTimestamp(), gap);
	turns = lappend(turns, turn);
	MemoryContextSwitchTo(before);
}

/* Milliseconds until the turn comes; 0: it has come, and is kept. */
static long
turn_left(const Pace *pace)
{
	LOCKTAG		tag = pace_lock(pace);
	Turn	   *turn = find_turn(&tag);

	if (turn)
		return TimestampDifferenceMilliseconds(GetCurrentTimestamp(), turn->comes);
	if (LockAcquire(&tag, ExclusiveLock, true, true) != LOCKACQUIRE_NOT_AVAIL)
		keep_turn(&tag, pace_gap(pace));
	return pace_gap(pace);
}

long
pace_turn(const ConnectionOptions *options, BucketId bucket)
{
	int64		now = bucket_now();
	int64		until_token = bucket_wait(bucket, now);
	ListCell   *cell;

	if (until_token > 0)
		return (long) (until_token / 1000 + 1);
	foreach(cell, options->paces)
	{
		long		left = turn_left(lfirst(cell));

		if (left > 0)
			return left;
	}
	foreach(cell, options->paces)
	{
		LOCKTAG		tag = pace_lock(lfirst(cell));
		Turn	   *turn = find_turn(&tag);

		turns = list_delete_ptr(turns, turn);
		end_turn(turn);
	}
	bucket_spend(bucket, now);
	return 0;
}

void
pace_give_back(void)
{
	TimestampTz now = GetCurrentTimestamp();
	ListCell   *cell;

	foreach(cell, turns)
	{
		Turn	   *turn = lfirst(cell);

		if (!TimestampDifferenceExceeds(turn->comes, now, UNCLAIMED_MS))
			continue;
		turns = foreach_delete_current(turns, cell);
		end_turn(turn);
	}
}
