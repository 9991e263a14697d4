/*
 * write_back.h
 *	  Writes results of items into the rows that the items are for.
 */
#ifndef JIRA_OUTBOX_WRITE_BACK_H
#define JIRA_OUTBOX_WRITE_BACK_H

#include "outbox/item.h"

/*
 * Writes the result of an item into its row and marks the item as done, both in
 * the caller's transaction.  Returns false if the row is locked: the result is
 * kept, and write_back_pending() tries again.
 */
extern bool write_back_result(const OutboxItem *item, const char *result);

/* Retries the rows that were locked, once a second.  With no transaction open. */
extern void write_back_pending(void);

#endif							/* JIRA_OUTBOX_WRITE_BACK_H */
