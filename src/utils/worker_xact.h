/*
 * worker_xact.h
 *	  Transactions of a background worker.
 *
 * The current memory context stays the same across them.
 */
#ifndef JIRA_UTILS_WORKER_XACT_H
#define JIRA_UTILS_WORKER_XACT_H

#include "utils/problem.h"

/*
 * Pins, for the life of the worker, the settings that a database or a role may
 * have set and that would stop the worker's transactions.  "lock_timeout" is
 * how long they wait for a lock.
 */
extern void worker_xact_pin_settings(const char *lock_timeout);

/* Starts a transaction with a snapshot, as a statement of a session has one. */
extern void worker_xact_start(void);
extern void worker_xact_commit(void);

/* After an error, whether or not a transaction is open. */
extern void worker_xact_abort(void);

/*
 * Calls run(arg) in a transaction of its own.  Returns NULL or, after the
 * transaction was aborted, the error as a value in the current memory context.
 */
extern Problem *worker_xact_try(void (*run) (void *arg), void *arg);

#endif							/* JIRA_UTILS_WORKER_XACT_H */
