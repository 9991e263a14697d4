/*
 * worker_xact.h
 *	  Transactions of a background worker.
 *
 * The current memory context stays the same across them.
 */
#ifndef JIRA_UTILS_WORKER_XACT_H
#define JIRA_UTILS_WORKER_XACT_H

/* With a snapshot, as statements of a session have one. */
extern void begin_work(void);
extern void commit_work(void);

/* After an error. */
extern void abort_work(void);

/*
 * For wait_outside(): ends the transaction that is open, if one is, and begins
 * another one afterwards, as the same user.
 */
extern void leave_work(void);
extern void reenter_work(void);

#endif							/* JIRA_UTILS_WORKER_XACT_H */
