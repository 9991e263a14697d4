/*
 * running.h
 *	  Which outboxes have a worker, in shared memory.
 *
 * A worker is announced before it is registered.  The announcement is withdrawn
 * when the worker begins, before it looks for an outbox; then it becomes the
 * worker of the outbox, unless there is one.
 */
#ifndef JIRA_OUTBOX_RUNNING_H
#define JIRA_OUTBOX_RUNNING_H

/* Finds the shared memory, which the functions below need. */
extern void running_attach(void);

/*
 * Announces a worker for a database.  Returns false if none is needed: the
 * outbox has a worker, or one is announced, which will find what is committed
 * by now.  "outbox" may be InvalidOid if it is not known.  Raises no error.
 */
extern bool running_announce(Oid database, Oid outbox);
extern void running_withdraw(Oid database);

/* In a worker: withdraws and leaves when the process ends. */
extern void running_begin(Oid database);

/* Makes this process the worker of an outbox; false if the outbox has one. */
extern bool running_enter(Oid outbox);
extern void running_leave(void);

#endif							/* JIRA_OUTBOX_RUNNING_H */
