/*
 * worker.h
 *	  The background worker of the outbox.
 */
#ifndef JIRA_OUTBOX_WORKER_H
#define JIRA_OUTBOX_WORKER_H

/*
 * While the library is preloaded: when the server starts, and when a standby is
 * promoted, what was left in the outboxes is carried on with.
 */
extern void outbox_register_launcher(void);

#endif							/* JIRA_OUTBOX_WORKER_H */
