/*
 * statistics_private.h
 *	  The counters of connections, for those who read or reset them.
 */
#ifndef JIRA_CLIENT_STATISTICS_PRIVATE_H
#define JIRA_CLIENT_STATISTICS_PRIVATE_H

#include "datatype/timestamp.h"

#include "client/quota.h"
#include "client/statistics.h"

/* Bytes, with the NUL at their end. */
#define MAX_COUNTED_ALIAS 128
#define MAX_KEPT_ERROR 512

/* A moment of 0 has not come. */
typedef struct ConnectionCounters
{
	/* The key; InvalidOid and "" for all that had no room of their own. */
	Oid			database;
	char		alias[MAX_COUNTED_ALIAS];

	int			encoding;		/* of the texts */
	int64		requests;
	int64		retries;
	int64		errors_4xx;		/* without 429 */
	int64		errors_5xx;
	int64		throttled;		/* 429 */
	int64		timeouts;
	int64		bytes_received;
	double		milliseconds;
	TimestampTz last_success;
	TimestampTz last_error_at;
	Quota		quota;			/* as told last */
	TimestampTz since;			/* when these began to count */
	uint64		small_batches;	/* hash of the URL of which this was noted, or
								 * 0 */
	TimestampTz small_batches_since;
	char		last_error[MAX_KEPT_ERROR];
} ConnectionCounters;

/* Whether other processes count there, too. */
extern bool statistics_are_shared(void);

/*
 * A copy of all counters in the current memory context.  The first one is that
 * of InvalidOid.
 */
extern ConnectionCounters *statistics_copy(int *count);

/* Lets the counters of one connection begin again, or vanish; none there is no error. */
extern void statistics_reset(Oid database, const char *alias);
extern void statistics_remove(Oid database, const char *alias);

#endif							/* JIRA_CLIENT_STATISTICS_PRIVATE_H */
