/*
 * item.h
 *	  Items of the outbox as rows: claimed, settled, and paused by connection.
 *
 * For the dispatcher and the role workers, in a transaction.
 */
#ifndef JIRA_OUTBOX_ITEM_H
#define JIRA_OUTBOX_ITEM_H

#include "outbox/home.h"
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
	json_t	   *arguments;		/* NULL until item_read_arguments() */
	Oid			role;			/* InvalidOid: dropped */
	char	   *target;			/* issue that is written to, or NULL; with the
								 * arguments */
	char	   *marker;			/* NULL: none */
	TimestampTz doubtful_since; /* 0: certainly not carried out */
	bool		probes;			/* tries whether a paused connection works
								 * again */
	Oid			source;
	Jsonb	   *source_key;
	char	   *key_column;		/* NULL: the result is not written anywhere */
	char	   *group_key;
	char	   *result;			/* to be written into the row */
	int			write_backs;	/* attempts to do so, this one included */
	const char *followed_by;	/* write that follows this one, so many days */
	int			followed_after; /* after it; NULL: none */
	bool		settled;		/* what becomes of this attempt is committed */
	char	   *error;			/* of the last attempt, or why it is in doubt */
} OutboxItem;

/*
 * May have been carried out (o.*).  What is of another timeline than the given one
 * became visible after home_check(): its transaction was prepared before a
 * failover, and is committed now.  On the old server it may have been committed
 * as well.
 */
#define OUTBOX_IN_DOUBT(timeline) "(o.doubtful_since IS NOT NULL OR COALESCE(o.timeline <> " timeline ", false))"

/*
 * What can be carried out here and now (o.*): nothing of its group is before it,
 * its connection is not paused, and no other one that may have crashed the server
 * is being composed if it may have.
 */
#define OUTBOX_DUE \
"o.home = " OUTBOX_HERE " AND o.state = 'pending' AND o.next_attempt <= clock_timestamp()" \
" AND NOT EXISTS (SELECT FROM jira_spoke.outbox_pause AS p" \
"  WHERE p.connection = o.connection AND p.until > clock_timestamp())" \
" AND (o.crashes = 0 OR NOT EXISTS (SELECT FROM jira_spoke.outbox AS s" \
"  WHERE s.home = o.home AND s.state = 'composing' AND s.crashes > 0))" \
" AND (o.group_key IS NULL OR NOT EXISTS (SELECT FROM jira_spoke.outbox AS e" \
"  WHERE e.home = o.home AND e.group_key = o.group_key AND e.connection = o.connection AND e.id < o.id" \
"  AND e.state = ANY (ARRAY['pending', 'composing', 'sending'])))"

/*
 * The state of an item that is found by its id, in a form that no partial index
 * serves: the planner, which may know nothing of the table, would read all items
 * in that state through one that it takes for empty.
 */
#define OUTBOX_STATE_IN(states) \
"ARRAY[state::pg_catalog.text] OPERATOR(pg_catalog.<@) ARRAY[" states "]"

/*
 * Claims those of the items that are still due and returns them in the order of
 * id; NIL if none is.  Allocated in the current memory context.
 */
extern List *item_claim(const int64 *ids, int count);

/*
 * Reads the arguments of a claimed item, in the current memory context.  Apart
 * from the claim: an item whose arguments cannot be read holds up no other.
 */
extern void item_read_arguments(OutboxItem *item);

/* Marks claimed items as being sent; returns how many still exist. */
extern int	item_sending(const List *items);

/* The role whose rights the item has.  Raises 42704 if it was dropped. */
extern Oid	item_role(const OutboxItem *item);

/* Is any item pending or being sent? */
extern bool item_is_any_unfinished(void);

/*
 * For a worker that starts: items that were being sent when the last one ended are
 * in doubt.  If the server has crashed then, they may be why: from now on, only one
 * of them is sent at a time, and one that was being sent at two crashes fails.
 */
extern void item_doubt_interrupted(bool crashed);

/* Deletes items that finished long ago; once an hour, unless "now" is true. */
extern void item_purge(bool now);

/*
 * What becomes of a claimed item, in its row.  Each function returns false if
 * another attempt has claimed the item since, and leaves it alone.  Delays are in
 * milliseconds; "result" and "error" may be NULL.
 */
extern bool item_done(const OutboxItem *item, const char *result, const char *error);
extern bool item_failed(const OutboxItem *item, const char *error);

/* Certainly not carried out: retried after a delay. */
extern bool item_retry(const OutboxItem *item, int64 delay, const char *error);

/* The same without counting the attempt; the old error stays if "error" is NULL. */
extern bool item_put_back(const OutboxItem *item, int64 delay, const char *error);

/* Perhaps carried out: searched for after a delay. */
extern bool item_doubtful(const OutboxItem *item, TimestampTz since, int64 delay, const char *error);

/* It was carried out: enqueues what follows, unless that is pending already. */
extern void item_follow_up(const OutboxItem *item);

/* Carried out; its result is to be written into the row that it is for. */
extern bool item_to_write_back(const OutboxItem *item, const char *result);

/*
 * For a role worker (role_worker.c): takes items of a role whose results are to
 * be written into rows of a table, and counts the attempt, which the caller
 * commits before it begins.
 */
extern List *item_take_to_write_back(Oid role, Oid source, int most);

/* Locks the item to the end of the transaction; false: another one has finished it. */
extern bool item_lock_to_write_back(const OutboxItem *item);

/* It is written, or with "error" it cannot be. */
extern void item_written_back(const OutboxItem *item, const char *error);

/* To be tried again after so many milliseconds; "counts": the attempt may have done harm. */
extern void item_write_back_later(const OutboxItem *item, int64 delay, bool counts, const char *error);

/*
 * Pauses the connection of the item until somebody repairs it; one item tries
 * now and then, and only that one prolongs the pause.
 */
extern void outbox_pause_connection(const OutboxItem *item, const char *reason);

/* Pauses a connection for the milliseconds that Jira asks for. */
extern void outbox_throttle_connection(const char *connection, int64 delay, const char *reason);

/* Ends the pause of a connection: Jira has accepted a request that was sent at "begun". */
extern void outbox_resume_connection(const char *connection, TimestampTz begun);

#endif							/* JIRA_OUTBOX_ITEM_H */
