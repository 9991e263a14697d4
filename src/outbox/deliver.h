/*
 * deliver.h
 *	  Carries out items of the outbox, one request for one or several of them.
 *
 * For the dispatcher, with no transaction open: these functions have transactions
 * of their own.  They never wait: delivery->awaited says what a delivery needs to
 * go on.
 */
#ifndef JIRA_OUTBOX_DELIVER_H
#define JIRA_OUTBOX_DELIVER_H

#include "outbox/delivery.h"

/* Claims the items that are due next; NULL if none is. */
extern Delivery *deliver_start(void);

/*
 * Goes on with a delivery as far as that is possible without waiting.  Returns
 * true when it is over; it is freed then.  An error leaves it as it was, to be
 * gone on with.
 */
extern bool deliver_advance(Delivery *delivery);

#endif							/* JIRA_OUTBOX_DELIVER_H */
