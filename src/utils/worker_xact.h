/*
 * worker_xact.h
 *	  Transactions of a background worker.
 *
 * The current memory context stays the same across them.
 */
#ifndef JIRA_UTILS_WORKER_XACT_H
#define JIRA_UTILS_WORKER_XACT_H

/* With a snapshot, as statements of a session have one. */
extern void worker_xact_start(void);
extern void worker_xact_commit(void);

/* After an error. */
extern void worker_xact_abort(void);

/*
 * For wait_outside(): ends the transaction that is open, if one is, and begins
 * another one afterwards, as the same user.
 */
extern void worker_xact_suspend(void);
extern void worker_xact_resume(void);

#endif							/* JIRA_UTILS_WORKER_XACT_H */
