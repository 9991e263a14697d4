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

#include "datatype/timestamp.h"

/* While the library is preloaded. */
extern void running_reserve(void);

/*
 * Finds the shared memory, which the functions below need.  The first raises
 * 53200 if the server has no room for it, the second returns false.
 */
extern void running_attach(void);
extern bool running_may_attach(void);

/*
 * Announces a worker for a database.  Returns false if none is needed: the
 * outbox has a worker, or one is announced, which will find what is committed
 * by now.  "outbox" may be InvalidOid if it is not known: then any worker of the
 * database will do.  Raises no error.
 */
extern bool running_announce(Oid database, Oid outbox);
extern void running_withdraw(Oid database);

extern bool running_is_announced(Oid database);

/* In a worker: withdraws and leaves when the process ends. */
extern void running_begin(Oid database);

/* Makes this process the worker of an outbox; false if the outbox has one. */
extern bool running_enter(Oid outbox);
extern void running_leave(void);

/* The process id of the worker of an outbox of this database, 0 if it has none. */
extern int	running_pid(Oid outbox);

/* When the memory was made: when the server started, or after its last crash. */
extern TimestampTz running_memory_since(void);

/*
 * For sessions, where no launcher looks after the databases: true now and then,
 * for one of them.
 */
extern bool running_may_look(Oid database);

/* In the launcher, and whether there is one. */
extern void running_begin_launcher(void);
extern bool running_has_launcher(void);

#endif							/* JIRA_OUTBOX_RUNNING_H */
