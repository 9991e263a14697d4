/*
 * compose.h
 *	  Requests for items of the outbox.
 *
 * In a transaction, with the rights of the role that enqueued the item; what it
 * may not do raises an error.
 */
#ifndef JIRA_OUTBOX_COMPOSE_H
#define JIRA_OUTBOX_COMPOSE_H

#include "engine/call.h"
#include "outbox/item.h"

/* The request as a call of the action's function would send it, with the marker. */
extern Call *compose_item(const OutboxItem *item);

/* One that creates the issues of all of the calls. */
extern Request *bulk_request(const List *calls);

/* For issues with any of the items' markers. */
extern Request *search_request(const List *items, Client **client);

#endif							/* JIRA_OUTBOX_COMPOSE_H */
