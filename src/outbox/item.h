/*
 * item.h
 *	  Items of the outbox, taken out to be carried out.
 *
 * For the worker, in a transaction.
 */
#ifndef JIRA_OUTBOX_ITEM_H
#define JIRA_OUTBOX_ITEM_H

#include "outbox/write.h"

/* As many issues as Jira creates in one request (POST /issue/bulk). */
#define MOST_AT_ONCE 50

typedef struct OutboxItem
{
	int64		id;
	TimestampTz claimed;
	int			attempts;		/* this one included */
	char	   *connection;
	char	   *action;
	json_t	   *arguments;
	Oid			role;			/* InvalidOid: dropped */
	char	   *target;			/* issue that is written to, or NULL */
	char	   *marker;			/* NULL: none */
	TimestampTz doubtful_since; /* 0: certainly not carried out */
	bool		probes;			/* finds out for a connection that was paused */
	Oid			source;
	Jsonb	   *source_key;
	char	   *key_column;		/* NULL: nobody waits for the result */
	char	   *group_key;
	char	   *result;			/* known already, but not told yet */
} OutboxItem;

/*
 * What can be carried out now (o.*): nothing of its group is before it, and its
 * connection is not paused.
 */
#define OUTBOX_DUE \
"o.state = 'pending' AND o.next_attempt <= clock_timestamp()" \
" AND NOT EXISTS (SELECT FROM jira_spoke.outbox_pause AS p" \
"  WHERE p.connection = o.connection AND p.until > clock_timestamp())" \
" AND (o.group_key IS NULL OR NOT EXISTS (SELECT FROM jira_spoke.outbox AS e" \
"  WHERE e.group_key = o.group_key AND e.connection = o.connection AND e.id < o.id" \
"  AND e.state = ANY (ARRAY['pending', 'sending'])))"

/*
 * Takes out those of the items that are due still, in the order of id; NIL: none
 * is.  Allocated in the current memory context.
 */
extern List *claim_items(const int64 *ids, int count);

/* Those whose row is to be told the result another time now. */
extern List *untold_items(int most);

/* Whose rights count for it.  Raises 42704 if the role was dropped. */
extern Oid	item_role(const OutboxItem *item);

/* Is anything waiting, now or for later? */
extern bool anything_left(void);

/* After a crash: nobody knows what became of what was being sent. */
extern void doubt_orphans(void);

/* Deletes what was finished long ago; but for "now", once an hour. */
extern void purge_items(bool now);

/* The table; InvalidOid: the extension is not there. */
extern Oid	find_outbox(void);

#endif							/* JIRA_OUTBOX_ITEM_H */
