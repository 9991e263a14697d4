/*
 * deliver.h
 *	  Carries out items of the outbox, one request for one or several of them.
 *
 * For the worker, with no transaction open: these functions have transactions of
 * their own, and none while they wait for Jira.
 */
#ifndef JIRA_OUTBOX_DELIVER_H
#define JIRA_OUTBOX_DELIVER_H

#include "outbox/delivery.h"

/* Claims the items that are due next and sends their request; NULL if none is due. */
extern Delivery *deliver_start(void);

/* Can the delivery be finished without waiting? */
extern bool deliver_is_over(const Delivery *delivery);

/* Settles the items and frees the delivery. */
extern void deliver_finish(Delivery *delivery);

#endif							/* JIRA_OUTBOX_DELIVER_H */
