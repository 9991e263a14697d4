/*
 * pause.h
 *	  Connections whose items wait, all of them.
 *
 * For the worker, in a transaction.
 */
#ifndef JIRA_OUTBOX_PAUSE_H
#define JIRA_OUTBOX_PAUSE_H

#include "outbox/item.h"

/*
 * Until somebody repairs the connection.  One item tries again later; only that
 * one prolongs the pause, not those that were under way when it began.
 */
extern void pause_connection(const OutboxItem *item, const char *reason);

/* For a time that Jira wants, in milliseconds. */
extern void throttle_connection(const char *connection, int64 delay, const char *reason);

/* Jira has let in a request that was begun then: what paused before is over. */
extern void resume_connection(const char *connection, TimestampTz begun);

#endif							/* JIRA_OUTBOX_PAUSE_H */
