/*
 * outbox_pace.h
 *	  How fast the worker may write.
 */
#ifndef JIRA_OUTBOX_PACE_H
#define JIRA_OUTBOX_PACE_H

/*
 * Milliseconds until one more write to this issue (NULL: none in particular)
 * through this connection is within what Jira takes; 0: now, and then it
 * counts.
 */
extern long pace_write(const char *connection, const char *issue);

#endif							/* JIRA_OUTBOX_PACE_H */
