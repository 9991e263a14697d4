/*
 * delivery.h
 *	  Carries out items of the outbox, one request for one or several of them.
 */
#ifndef JIRA_OUTBOX_DELIVERY_H
#define JIRA_OUTBOX_DELIVERY_H

#include "engine/call.h"
#include "outbox/item.h"

/* A request under way. */
typedef struct Delivery
{
	MemoryContext context;		/* owns all of it */
	List	   *items;			/* of OutboxItem */
	List	   *calls;			/* of Call, one for each, unless it searches */
	bool		searches;		/* for items that may have been carried out */
	Client	   *client;
	Request    *request;
	Transfer   *transfer;		/* NULL: all are settled already */
} Delivery;

/*
 * Claims what is due next and sends it; NULL: nothing is due.  In no
 * transaction: it has some of its own, and none while it waits for Jira.
 */
extern Delivery *delivery_start(void);

/* Is there a reply, or will there never be one? */
extern bool delivery_is_over(const Delivery *delivery);

/* Stores what became of the items, and frees it. */
extern void delivery_finish(Delivery *delivery);

#endif							/* JIRA_OUTBOX_DELIVERY_H */
