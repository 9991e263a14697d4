/*
 * throttle.h
 *	  The rates at which the worker may write.
 */
#ifndef JIRA_OUTBOX_THROTTLE_H
#define JIRA_OUTBOX_THROTTLE_H

/*
 * The milliseconds until the rate limits of Jira allow one more write through a
 * connection, or to an issue through it.
 */
extern long throttle_connection_wait(const char *connection);
extern long throttle_issue_wait(const char *connection, const char *issue);

/* Counts a write, to no issue in particular if "issue" is NULL. */
extern void throttle_count(const char *connection, const char *issue);

#endif							/* JIRA_OUTBOX_THROTTLE_H */
