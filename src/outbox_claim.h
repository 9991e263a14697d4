/*
 * outbox_claim.h
 *	  Items of the outbox as rows: taken out to be carried out, and put back
 *	  with what has become of them.
 *
 * For the worker, in a transaction, as the tables' owner.
 */
#ifndef JIRA_OUTBOX_CLAIM_H
#define JIRA_OUTBOX_CLAIM_H

#include "outbox_item.h"

/* As many issues as Jira creates in one request (POST /issue/bulk). */
#define MOST_AT_ONCE 50

typedef struct OutboxItem
{
	int64		id;
	int			attempts;		/* this one included */
	char	   *connection;
	char	   *action;
	json_t	   *arguments;
	Oid			role;			/* InvalidOid: dropped */
	char	   *target;			/* issue that is written to, or NULL */
	char	   *marker;			/* NULL: none */
	TimestampTz doubtful_since; /* 0: certainly not carried out */
	bool		probes;			/* finds out for a connection that is paused */
	Oid			source;
	Jsonb	   *source_key;
	char	   *key_column;		/* NULL: nobody waits for the result */
} OutboxItem;

/*
 * Takes the oldest item that is due, with others if they can go with it: issues
 * that the same role creates through the same connection.  Allocated in the
 * current memory context; NIL: nothing is due.
 */
extern List *claim_items(void);

/* From now on, issues of this connection are created one by one. */
extern void do_without_bulk(const char *connection);

/* The time until something is due, in milliseconds; -1: nothing ever is. */
extern long next_due(void);

/* After a crash: nobody knows what became of what was being sent. */
extern void doubt_orphans(void);

/*
 * What becomes of an item, unless somebody else has it by now.  "error" may be
 * NULL.
 */
extern bool item_done(const OutboxItem *item, const char *result, const char *error);
extern bool item_failed(const OutboxItem *item, const char *error);

/* Again after a delay; "counts" as an attempt, or as if it had not been tried. */
extern bool item_retry(const OutboxItem *item, int64 delay, bool counts, const char *error);

/* Not known whether it was carried out: to be looked for after a delay. */
extern bool item_doubtful(const OutboxItem *item, TimestampTz since, int64 delay, const char *error);

/*
 * All items of the connection wait; one of them tries again later.  Only the one
 * that tried prolongs it, not those that were under way when it began.
 */
extern void pause_connection(const OutboxItem *item, const char *reason);
extern void resume_connection(const char *connection);

/* Deletes what was finished long ago; but for "now", once an hour. */
extern void purge_items(bool now);

/* The table; InvalidOid: the extension is not there. */
extern Oid	find_outbox(void);

#endif							/* JIRA_OUTBOX_CLAIM_H */
