/*
 * outcome.h
 *	  What the reply to a delivery, or the lack of one, means for its items.
 *
 * For the worker, with no transaction open, unless it says otherwise.
 */
#ifndef JIRA_OUTBOX_OUTCOME_H
#define JIRA_OUTBOX_OUTCOME_H

#include "outbox/delivery.h"

/* Settles the items of a delivery that writes; "problem" is NULL on success. */
extern void outcome_of_write(const Delivery *delivery, json_t *document, const Problem *problem);

/* Settles the items of a delivery that searches for them. */
extern void outcome_of_search(const Delivery *delivery, json_t *document, const Problem *problem);

/* Settles an item whose request was never sent. */
extern void outcome_of_unsent(const OutboxItem *item, const Problem *problem);

/*
 * In a transaction: settles an item without a marker that may have been sent by an
 * earlier worker, or before this server took over.
 */
extern void outcome_of_interrupted(const OutboxItem *item);

/* In a transaction: puts items back that are not to be sent now. */
extern void outcome_put_back(const List *items, int64 delay);

#endif							/* JIRA_OUTBOX_OUTCOME_H */
