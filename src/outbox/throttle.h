/*
 * throttle.h
 *	  How fast the worker may write.
 */
#ifndef JIRA_OUTBOX_THROTTLE_H
#define JIRA_OUTBOX_THROTTLE_H

#include "nodes/pg_list.h"

/*
 * Milliseconds until one more write to this issue (NULL: none in particular)
 * through this connection is within what Jira takes; 0: now, and then it
 * counts.  If it is too much for the connection, that rests.
 */
extern long throttle_write(const char *connection, const char *issue);

/* Nothing goes through the connection for so long. */
extern void throttle_back_off(const char *connection, long milliseconds);

extern bool throttle_is_backing_off(const char *connection);

/* Their names, valid until the next one rests. */
extern List *throttle_backing_off(void);

#endif							/* JIRA_OUTBOX_THROTTLE_H */
