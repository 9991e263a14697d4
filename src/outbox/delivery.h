/*
 * delivery.h
 *	  A request under way for items of the outbox.
 */
#ifndef JIRA_OUTBOX_DELIVERY_H
#define JIRA_OUTBOX_DELIVERY_H

#include "engine/call.h"
#include "outbox/item.h"
#include "utils/wait.h"

typedef enum DeliveryState
{
	DELIVERY_CLAIMED,			/* the items are claimed */
	DELIVERY_COMPOSED,			/* there is a request to send */
	DELIVERY_SENDING,			/* its turn has come, and its items say so */
	DELIVERY_UNDER_WAY,			/* it is sent */
	DELIVERY_ANSWERED,			/* the reply is read */
	DELIVERY_SETTLED			/* every item is settled or put back */
} DeliveryState;

typedef struct Delivery
{
	MemoryContext context;		/* owns all of it */
	DeliveryState state;
	char	   *connection;
	bool		searches;		/* for issues that may have been created,
								 * instead of writing */
	bool		awaits_turn;	/* see slots.h */
	bool		is_put_back;	/* while it waits for its turn, its items are
								 * pending, and can be cancelled */
	Postponement awaited;		/* nothing is to be done before */
	List	   *uncomposed;		/* of OutboxItem */
	List	   *items;			/* of OutboxItem, from DELIVERY_COMPOSED on */
	List	   *calls;			/* of Call, one for each item that is written */
	Lookups    *lookups;		/* replies that composing needs */
	Client	   *client;
	Request    *request;		/* from DELIVERY_COMPOSED on */
	Transfer   *transfer;		/* from DELIVERY_UNDER_WAY on */

	/* From DELIVERY_ANSWERED on. */
	json_t	   *document;		/* the reply, or NULL */
	char	   *result;			/* of a single item, or NULL */
	Problem    *problem;		/* why there is no result, or NULL */
	List	   *hints;			/* of a bulk request: a text or NULL for each
								 * item; NIL if there are none */
} Delivery;

#endif							/* JIRA_OUTBOX_DELIVERY_H */
