/*
 * queue.h
 *	  The items that are due next, as the worker remembers them.
 *
 * The worker remembers what it has found, and looks again when that is used up,
 * or when it has spent much more time on other things than on looking.  A look
 * reads the first items of each role with each connection, so that nobody's
 * long queue is before another one's, and a long outbox costs as little for
 * each item as a short one.
 */
#ifndef JIRA_OUTBOX_QUEUE_H
#define JIRA_OUTBOX_QUEUE_H

#include "outbox/item.h"

/*
 * Takes the ids of the next item that is due and of others for the same
 * request: issues that the same role creates through the same connection.
 * Items of connections without a free slot (slots.h) are passed over.
 * Returns their number, at most MOST_AT_ONCE.  In a transaction.
 */
extern int	queue_take(int64 *ids);

/* Milliseconds until an item may be due that the last look did not find or passed over. */
extern long queue_next_due(void);

/* For a finished item: adds the next item of its group if it is due.  In a transaction. */
extern void queue_follow(const OutboxItem *item);

/* From now on, creates the issues of this connection one by one. */
extern void queue_do_without_bulk(const char *connection);

#endif							/* JIRA_OUTBOX_QUEUE_H */
