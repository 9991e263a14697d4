/*
 * queue.h
 *	  What is due next, as the worker remembers it.
 *
 * To find what is due, everything unfinished has to be looked at.  So the worker
 * remembers what it has found, and looks again when that is used up, or when it
 * has spent much more time on other things than on looking: a long outbox costs
 * as little for each item as a short one.
 */
#ifndef JIRA_OUTBOX_QUEUE_H
#define JIRA_OUTBOX_QUEUE_H

#include "outbox/item.h"

/*
 * The oldest item that was due, with others that can go with it: issues that the
 * same role creates through the same connection.  At most MOST_AT_ONCE; returns
 * how many.  In a transaction.
 */
extern int	queue_take(int64 *ids);

/* The item is finished: what was behind it in its group may be due.  In a transaction. */
extern void queue_follow(const OutboxItem *item);

/* From now on, issues of this connection are created one by one. */
extern void queue_do_without_bulk(const char *connection);

#endif							/* JIRA_OUTBOX_QUEUE_H */
