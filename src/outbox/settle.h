/*
 * settle.h
 *	  What becomes of an item, as its row says.
 *
 * For the worker, in a transaction.  Each returns false if somebody else has the
 * item by now, and leaves it alone.  Delays are in milliseconds.
 */
#ifndef JIRA_OUTBOX_SETTLE_H
#define JIRA_OUTBOX_SETTLE_H

#include "outbox/item.h"

/* "result" and "error" may be NULL. */
extern bool item_done(const OutboxItem *item, const char *result, const char *error);
extern bool item_failed(const OutboxItem *item, const char *error);

/* Certainly not carried out: again after a delay. */
extern bool item_retry(const OutboxItem *item, int64 delay, const char *error);

/* The same, as if it had not been taken out; "error" may be NULL. */
extern bool item_put_back(const OutboxItem *item, int64 delay, const char *error);

/* Not known whether it was carried out: to be looked for after a delay. */
extern bool item_doubtful(const OutboxItem *item, TimestampTz since, int64 delay, const char *error);

/* Carried out, but its row could not be told the result yet. */
extern bool item_untold(const OutboxItem *item, const char *result, int64 delay, const char *error);

#endif							/* JIRA_OUTBOX_SETTLE_H */
