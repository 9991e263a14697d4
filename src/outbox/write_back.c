/*
 * write_back.c
 *	  Writes results of items into the rows that the items are for.
 */
#include "postgres.h"

#include "commands/trigger.h"
#include "miscadmin.h"
#include "nodes/parsenodes.h"
#include "utils/guc.h"
#include "utils/memutils.h"
#include "utils/timeout.h"
#include "utils/timestamp.h"

#include "outbox/enqueue.h"
#include "outbox/item.h"
#include "outbox/outbox_xact.h"
#include "outbox/write_back.h"
#include "utils/problem.h"
#include "utils/settings.h"
#include "utils/user_row.h"
#include "utils/worker_xact.h"

/* The longest time of an update of a row, triggers of the table included. */
#define WRITE_BACK_TIMEOUT_MS 10000

/* A row that is locked is updated later. */
#define LONGEST_LOCK "10ms"
#define WRITE_AGAIN_MS 1000
#define MOST_WRITTEN_AT_ONCE 100

/* 0: an earlier worker may have left results that are not written. */
static TimestampTz next_write_back = 0;

/* The server refuses to defer a trigger in an operation that is restricted. */
static void
defer_nothing(void)
{
	ConstraintsSetStmt *statement = makeNode(ConstraintsSetStmt);

	statement->deferred = false;
	AfterTriggerSetState(statement);	/* ALL */
}

/*
 * Updates the row with the rights of the role that enqueued the item, in a
 * security-restricted operation: code of the table's owner cannot gain the
 * worker's rights or change its settings.  Triggers of the table run with the
 * search_path of a session.
 */
static uint64
put_result(const OutboxItem *item, const char *result)
{
	int			level = NewGUCNestLevel();
	uint64		rows;

	defer_nothing();
	SetUserIdAndSecContext(item_role(item), SECURITY_LOCAL_USERID_CHANGE | SECURITY_RESTRICTED_OPERATION);
	settings_pin("search_path", outbox_search_path);
	settings_pin("lock_timeout", LONGEST_LOCK);
	enable_timeout_after(STATEMENT_TIMEOUT, WRITE_BACK_TIMEOUT_MS);
	rows = user_row_put(item->source, item->source_key, item->key_column, result);
	AtEOXact_GUC(false, level);
	SetUserIdAndSecContext(GetSessionUserId(), 0);
	return rows;
}

/* Was the result written into the row? */
typedef enum WriteBackResult
{
	WRITTEN,
	LOCKED,						/* by another transaction */
	NOT_WRITABLE
} WriteBackResult;

/* A result on its way into a row. */
typedef struct WriteBack
{
	const OutboxItem *item;
	const char *result;
	uint64		rows;			/* updated */
} WriteBack;

static void
put_result_into_row(void *arg)
{
	WriteBack  *write = arg;

	write->rows = put_result(write->item, write->result);
}

/* *problem is why the result was not written, or NULL. */
static WriteBackResult
write_into_row(const OutboxItem *item, const char *result, char **problem)
{
	WriteBack	write = {item, result, 0};
	const Problem *error = problem_in_subtransaction(put_result_into_row, &write, NULL);

	disable_timeout(STATEMENT_TIMEOUT, false);
	if (error)
		QueryCancelPending = false; /* the time-out may have come late */
	*problem = error ? error->message : NULL;
	if (!error && write.rows == 0)
		*problem = "The row is not there any more, or may not be updated.";
	if (error && error->sqlstate == ERRCODE_LOCK_NOT_AVAILABLE)
		return LOCKED;
	return *problem ? NOT_WRITABLE : WRITTEN;
}

static char *
cannot_be_written(const OutboxItem *item, const char *result, const char *problem)
{
	ereport(LOG,
			(errmsg("the result of item " INT64_FORMAT " of the Jira outbox, %s, could not be put into its row: %s",
					item->id, result, problem)));
	return psprintf("It was carried out, but the result could not be put into its row: %s", problem);
}

bool
write_back_result(const OutboxItem *item, const char *result)
{
	char	   *problem = NULL;
	WriteBackResult outcome = WRITTEN;

	if (result && item->key_column)
		outcome = write_into_row(item, result, &problem);
	if (outcome != LOCKED)
	{
		(void) item_done(item, result, outcome == WRITTEN ? NULL : cannot_be_written(item, result, problem));
		return true;
	}
	next_write_back = TimestampTzPlusMilliseconds(GetCurrentTimestamp(), WRITE_AGAIN_MS);
	(void) item_not_written(item, result, WRITE_AGAIN_MS,
							psprintf("It was carried out; the result waits until it can be put into its row: %s", problem));
	return false;
}

void
write_back_pending(void)
{
	MemoryContext context;
	MemoryContext before;
	ListCell   *cell;
	List	   *items;

	if (GetCurrentTimestamp() < next_write_back)
		return;
	context = AllocSetContextCreate(CurrentMemoryContext, "Jira results", ALLOCSET_DEFAULT_SIZES);
	before = MemoryContextSwitchTo(context);
	outbox_xact_start();
	items = item_unwritten(MOST_WRITTEN_AT_ONCE);
	worker_xact_commit();
	next_write_back = items == NIL ? DT_NOEND : TimestampTzPlusMilliseconds(GetCurrentTimestamp(), WRITE_AGAIN_MS);
	foreach(cell, items)
	{
		const OutboxItem *item = lfirst(cell);
		bool		written;

		outbox_xact_start();
		written = write_back_result(item, item->result);
		worker_xact_commit();
		if (!written)
			break;				/* the others may be locked as well */
	}
	MemoryContextSwitchTo(before);
	MemoryContextDelete(context);
}
