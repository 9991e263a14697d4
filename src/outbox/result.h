/*
 * result.h
 *	  From a reply to what became of the items that it is for.
 *
 * In no transaction: these have their own.
 */
#ifndef JIRA_OUTBOX_RESULT_H
#define JIRA_OUTBOX_RESULT_H

#include "outbox/delivery.h"

extern void settle_items(const Delivery *delivery, json_t *document, const Problem *problem);

/* Was found, was not found yet, or was certainly not created. */
extern void settle_search(const Delivery *delivery, json_t *document, const Problem *problem);

/* In a transaction: for one that was being sent when a worker ended, without a marker. */
extern void settle_lost(const OutboxItem *item);

#endif							/* JIRA_OUTBOX_RESULT_H */
