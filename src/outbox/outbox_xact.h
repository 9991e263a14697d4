/*
 * outbox_xact.h
 *	  Transactions of the worker that touch its outbox.
 *
 * DROP EXTENSION and CREATE EXTENSION may give the database another outbox, with
 * items that have the same ids.  They are not for the worker of the old one.
 */
#ifndef JIRA_OUTBOX_XACT_H
#define JIRA_OUTBOX_XACT_H

/* The worker's outbox, which is set once. */
extern Oid	outbox_table;

/* The outbox of the database, InvalidOid if the extension does not exist. */
extern Oid	outbox_find_table(void);

/*
 * In a transaction: the name of the outbox stands for the worker's one to its
 * end.  Ends the process if the worker's outbox was dropped.
 */
extern void outbox_xact_join(void);

/* Starts a transaction that has joined, which the caller ends with worker_xact_commit(). */
extern void outbox_xact_start(void);

#endif							/* JIRA_OUTBOX_XACT_H */
