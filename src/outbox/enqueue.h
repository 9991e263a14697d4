/*
 * enqueue.h
 *	  Puts writes to Jira into the outbox, and wakes the worker that carries
 *	  them out.
 */
#ifndef JIRA_OUTBOX_ENQUEUE_H
#define JIRA_OUTBOX_ENQUEUE_H

#include "outbox/write.h"

/* What is put into the outbox. */
typedef struct NewItem
{
	const Write *write;
	json_t	   *arguments;		/* by name */
	const char *connection;		/* NULL: the setting's, or the default one */
	TimestampTz not_before;		/* 0: at once */
	const char *group_key;		/* NULL: the issue that is written to */
	Oid			source;			/* table of the row that it is for, or 0 */
	json_t	   *source_key;		/* column -> value, or NULL */
	const char *key_column;		/* that gets the result, or NULL */
} NewItem;

/* Checks it and puts it into the outbox as the current user; returns its id. */
extern int64 outbox_put(const NewItem *item);

/* Puts what follows an endpoint into it, unless that is pending already: see CallFollowUp. */
extern void outbox_follow_up(const Endpoint *endpoint, const char *alias);

/* Set in a role worker: what it writes into rows must not fill the outbox. */
extern bool outbox_delivering;

/* A JSON document as jsonb. */
extern Jsonb *outbox_jsonb(json_t *document);

/*
 * Carries on what is in the outbox already: has a worker started when the
 * transaction commits, if none runs then.
 */
extern void outbox_wake(void);

/*
 * An enqueuing transaction holds a lock, shared, to its end.  The worker leaves
 * only in a transaction that has the lock for itself: then nothing is enqueued
 * without being noticed.  Returns false if a transaction is enqueuing.
 */
extern bool outbox_lock_out_enqueuers(Oid outbox);

/*
 * Registers a worker for a database unless the outbox has one, or one has been
 * announced, or nothing is to be delivered at all; see running.h.  Returns false
 * if there is no room for one.
 */
extern bool outbox_start_worker(Oid database, Oid outbox);

/* How long the server waits before it starts a worker again that has failed. */
#define OUTBOX_RESTART_SECONDS 5

/*
 * In a session that has just loaded the library: starts a worker when it first
 * commits, which ends if there is nothing to do.
 */
extern void outbox_watch_first_use(void);

#endif							/* JIRA_OUTBOX_ENQUEUE_H */
