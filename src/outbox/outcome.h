/*
 * outcome.h
 *	  What the reply to a delivery, or the lack of one, means for its items.
 *
 * For the dispatcher, with no transaction open, unless it says otherwise.
 */
#ifndef JIRA_OUTBOX_OUTCOME_H
#define JIRA_OUTBOX_OUTCOME_H

#include "outbox/delivery.h"

/*
 * Settles the items of a delivery that is answered, or that cannot be sent.
 * After an error, called again, it goes on with those that are not settled.
 */
extern void outcome_of_write(const Delivery *delivery);

/* The same for a delivery that searches for its items. */
extern void outcome_of_search(const Delivery *delivery);

/* Settles an item whose request was never sent. */
extern void outcome_of_unsent(const OutboxItem *item, const Problem *problem);

/*
 * Settles an item without a marker that may have been sent by an earlier worker,
 * or before this server took over.
 */
extern void outcome_of_interrupted(OutboxItem *item);

/* The error of the i-th element in the reply to a bulk request, NULL if it has none. */
extern json_t *outcome_element_error(json_t *document, int i);

/* In a transaction: puts items back that are not to be sent now. */
extern void outcome_put_back(const List *items, int64 delay);

#endif							/* JIRA_OUTBOX_OUTCOME_H */
