/*
 * statistics.h
 *	  Counts of the requests through each connection.
 *
 * Every request of a process counts, also those of background workers: for the
 * whole server where processes can share memory, else for this process.  No
 * function raises an error for lack of room.
 */
#ifndef JIRA_CLIENT_STATISTICS_H
#define JIRA_CLIENT_STATISTICS_H

#include "datatype/timestamp.h"

#include "http/exchange.h"

/* While the library is preloaded. */
extern void statistics_reserve(void);

/*
 * Finds the memory, before the first request: that of bucket.h, too.  In a
 * transaction.
 */
extern void statistics_attach(void);

/* Counts a request that is being sent; one that is sent again is a retry, too. */
extern void statistics_started(const char *alias, bool again);

/*
 * Counts a request that has ended.  "error" (NULL: none) says what is wrong, in the
 * encoding of the database and without secrets; others will read it.
 */
extern void statistics_ended(const char *alias, HttpExchange *exchange, const char *error);

/*
 * Remembers beside the counts that Jira at this URL returns no more than a few
 * issues by id at once, until they are reset or the server stops; not for an alias
 * without counts of its own.  Returns when that was noted last, 0 if it was not.
 */
extern void statistics_note_small_batches(const char *alias, const char *url);
extern TimestampTz statistics_small_batches(const char *alias, const char *url);

#endif							/* JIRA_CLIENT_STATISTICS_H */
