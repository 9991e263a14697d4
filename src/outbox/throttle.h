/*
 * throttle.h
 *	  The rate at which the worker may write to an issue.
 */
#ifndef JIRA_OUTBOX_THROTTLE_H
#define JIRA_OUTBOX_THROTTLE_H

/*
 * The milliseconds until the rate limits of Jira allow one more write to an issue
 * through a connection.
 */
extern long throttle_wait(const char *connection, const char *issue);

/* Counts a write to an issue. */
extern void throttle_count(const char *connection, const char *issue);

#endif							/* JIRA_OUTBOX_THROTTLE_H */
