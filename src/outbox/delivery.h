/*
 * delivery.h
 *	  A request under way for items of the outbox.
 */
#ifndef JIRA_OUTBOX_DELIVERY_H
#define JIRA_OUTBOX_DELIVERY_H

#include "engine/call.h"
#include "outbox/item.h"

typedef enum DeliveryState
{
	DELIVERY_CLAIMED,			/* the items are claimed, nothing is composed */
	DELIVERY_COMPOSED,			/* there is a request to send */
	DELIVERY_UNDER_WAY,			/* it is sent, or about to be */
	DELIVERY_SETTLED			/* every item is settled or put back */
} DeliveryState;

typedef struct Delivery
{
	MemoryContext context;		/* owns all of it */
	DeliveryState state;
	bool		searches;		/* for issues that may have been created,
								 * instead of writing */
	List	   *items;			/* of OutboxItem */
	List	   *calls;			/* of Call, one for each item that is written */
	Client	   *client;
	Request    *request;		/* from DELIVERY_COMPOSED on */
	Transfer   *transfer;		/* from DELIVERY_UNDER_WAY on */
} Delivery;

#endif							/* JIRA_OUTBOX_DELIVERY_H */
