/*
 * throttle.h
 *	  The rates at which the worker may write.
 */
#ifndef JIRA_OUTBOX_THROTTLE_H
#define JIRA_OUTBOX_THROTTLE_H

#include "nodes/pg_list.h"

/*
 * Returns the milliseconds until the rate limits of Jira allow one more write to
 * this issue (NULL: to none in particular) through this connection.  A return of
 * 0 counts the write.  If the limit is that of the connection, it backs off.
 */
extern long throttle_write(const char *connection, const char *issue);

/* No item of the connection is sent for this time. */
extern void throttle_back_off(const char *connection, long milliseconds);

extern bool throttle_is_backing_off(const char *connection);

/* The names of connections that back off, valid until the next one does. */
extern List *throttle_backing_off(void);

#endif							/* JIRA_OUTBOX_THROTTLE_H */
