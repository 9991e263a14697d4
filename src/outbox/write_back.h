/*
 * write_back.h
 *	  Results, put into the rows that wait for them.
 */
#ifndef JIRA_OUTBOX_WRITE_BACK_H
#define JIRA_OUTBOX_WRITE_BACK_H

#include "outbox/item.h"

/*
 * Tells its row the result of an item, and ends that; false if the row is locked,
 * so that it has to be tried again.  In a transaction, so that no crash comes
 * between the two.
 */
extern bool write_back_result(const OutboxItem *item, const char *result);

/*
 * Tries those again that were locked, now and then.  In no transaction: it has
 * its own.
 */
extern void write_back_pending(void);

#endif							/* JIRA_OUTBOX_WRITE_BACK_H */
