/*
 * role_worker.c
 *	  Background workers that write results into the rows of users' tables.
 *
 * The update of the row and the end of the item are one transaction.  It need not
 * be flushed: a crash loses both or neither.  An attempt is counted, and that is
 * flushed, before it begins: an item whose write-back ends the server or the
 * worker twice is given up.
 */
#include "postgres.h"

#include "access/table.h"
#include "access/xact.h"
#include "catalog/pg_db_role_setting.h"
#include "commands/trigger.h"
#include "miscadmin.h"
#include "nodes/parsenodes.h"
#include "pgstat.h"
#include "postmaster/bgworker.h"
#include "storage/dsm.h"
#include "storage/ipc.h"
#include "tcop/tcopprot.h"
#include "utils/guc.h"
#include "utils/memutils.h"
#include "utils/snapmgr.h"
#include "utils/timeout.h"
#include "utils/timestamp.h"

#include "client/request.h"
#include "outbox/enqueue.h"
#include "outbox/item.h"
#include "outbox/outbox_xact.h"
#include "outbox/role_worker.h"
#include "utils/compat.h"
#include "utils/settings.h"
#include "utils/sql_version.h"
#include "utils/user_row.h"
#include "utils/wait.h"
#include "utils/worker_xact.h"

/* A row that is locked is updated later. */
#define LOCK_TIMEOUT_TEXT "100ms"
#define WRITE_AGAIN_MS 1000

/* What did not end so many times is given up. */
#define MOST_ATTEMPTS 2

#define MOST_AT_A_TIME 100

/* A start costs more than to wait a moment for the next results. */
#define LINGER_MS 500
#define LOOK_MS 50

/* How long a worker goes on while others wait for its place. */
#define TURN_MS 500

PGDLLEXPORT void jira_outbox_role_main(Datum handle);

static RoleWork *work;

/* As a session of the role begins. */
static void
apply_settings_of_role(void)
{
	Relation	relation = table_open(DbRoleSettingRelationId, AccessShareLock);
	Snapshot	snapshot = RegisterSnapshot(GetCatalogSnapshot(DbRoleSettingRelationId));

	ApplySetting(snapshot, MyDatabaseId, work->role, relation, PGC_S_DATABASE_USER);
	ApplySetting(snapshot, InvalidOid, work->role, relation, PGC_S_USER);
	UnregisterSnapshot(snapshot);
	table_close(relation, AccessShareLock);
}

/*
 * Where the role may not connect, the worker connects as a superuser, who then
 * becomes the role: see begin_restriction().  Both is set as it would be by SQL, in
 * the place of what the role's settings say: a role may store there any role.
 */
static void
connect_as_role(void)
{
	BackgroundWorkerInitializeConnectionByOid(work->database, work->may_connect ? work->role : InvalidOid,
											  JIRA_BYPASS_LOGIN_CHECK);
	if (work->may_connect)
		return;
	worker_xact_start();
	apply_settings_of_role();
	settings_override("session_authorization", GetUserNameFromId(work->role, false));
	settings_override("role", "none");
	worker_xact_commit();
}

/*
 * The dispatcher may have begun with an older library.  Results wait until the
 * extension fits; after that the dispatcher sees to it that this worker ends.
 */
static void
check_version(void)
{
	bool		fits;

	worker_xact_start();
	fits = sql_version_fits();
	worker_xact_commit();
	if (!fits)
	{
		ereport(LOG,
				(errmsg("results of the Jira outbox wait until extension and library fit each other"),
				 errdetail("The library is version %s.", JIRA_VERSION)));
		proc_exit(1);
	}
	sql_version_accept_any();
}

/* Before each item: a trigger may have changed them for good. */
static void
pin_settings(void)
{
	worker_xact_pin_settings(LOCK_TIMEOUT_TEXT);
	settings_override("synchronous_commit", "off");
	settings_override("role", "none");
}

/*
 * Without a security-restricted operation, code of a trigger could become the
 * superuser again who has connected.  The server refuses to defer a trigger in
 * such an operation.
 */
static void
begin_restriction(void)
{
	ConstraintsSetStmt *all = makeNode(ConstraintsSetStmt);

	all->deferred = false;
	AfterTriggerSetState(all);
	SetUserIdAndSecContext(work->role, SECURITY_LOCAL_USERID_CHANGE | SECURITY_RESTRICTED_OPERATION);
}

static void
end_restriction(void)
{
	SetUserIdAndSecContext(work->role, 0);
}

static char *
lost_because(const char *reason)
{
	return psprintf("It was carried out, but the result could not be put into its row: %s", reason);
}

static void
write_row(void *arg)
{
	const OutboxItem *item = arg;
	int			level;
	uint64		rows;

	outbox_xact_join();
	if (!item_lock_to_write_back(item))
		return;					/* another worker has finished it */
	level = NewGUCNestLevel();
	if (!work->may_connect)
		begin_restriction();
	rows = user_row_put(item->source, item->source_key, item->key_column, item->result);
	if (!work->may_connect)
		end_restriction();
	AtEOXact_GUC(false, level);
	item_written_back(item, rows > 0 ? NULL : lost_because("The row is not there any more, or may not be updated."));
}

/*
 * Within jira_spoke.write_back_timeout, triggers that are deferred to the end of
 * the transaction included.
 */
static Problem *
write_row_in_time(OutboxItem *item)
{
	Problem    *problem;

	pin_settings();
	pg_atomic_write_u64(&work->begun, GetCurrentTimestamp());
	enable_timeout_after(STATEMENT_TIMEOUT, jira_write_back_timeout);
	problem = worker_xact_try(write_row, item);
	disable_timeout(STATEMENT_TIMEOUT, false);
	QueryCancelPending = false; /* the time-out may have come late */
	pg_atomic_write_u64(&work->begun, 0);
	return problem;
}

/* What kept a result from its row. */
typedef enum Obstacle
{
	NONE,
	FOR_NOW,					/* a lock, or something of this server */
	LATE,						/* it took too long, or was cancelled */
	FOR_GOOD
} Obstacle;

static Obstacle
obstacle_of(const Problem *problem)
{
	if (problem == NULL)
		return NONE;
	if (problem->sqlstate == ERRCODE_QUERY_CANCELED)
		return LATE;
	switch (ERRCODE_TO_CATEGORY(problem->sqlstate))
	{
		case ERRCODE_TRANSACTION_ROLLBACK:
		case ERRCODE_INSUFFICIENT_RESOURCES:
		case ERRCODE_SYSTEM_ERROR:
			return FOR_NOW;
		default:
			return problem->sqlstate == ERRCODE_LOCK_NOT_AVAILABLE ? FOR_NOW : FOR_GOOD;
	}
}

static char *
waits_because(const Problem *problem)
{
	return psprintf("It was carried out; the result waits until it can be put into its row: %s", problem->message);
}

/* An attempt that did not put the result into its row. */
typedef struct Failure
{
	const OutboxItem *item;
	Obstacle	obstacle;
	const Problem *problem;		/* NULL: it ended the server or the worker */
} Failure;

static void
settle(void *arg)
{
	const Failure *failure = arg;
	const OutboxItem *item = failure->item;
	const Problem *problem = failure->problem;

	outbox_xact_join();
	if (failure->obstacle == FOR_NOW)
		item_write_back_later(item, WRITE_AGAIN_MS, false, waits_because(problem));
	else if (failure->obstacle == LATE && item->write_backs < MOST_ATTEMPTS)
		item_write_back_later(item, WRITE_AGAIN_MS, true, waits_because(problem));
	else
		item_written_back(item, lost_because(problem ? problem->message : "Each attempt ended the server or the worker."));
}

/* These were taken, but not begun. */
static void
give_back(void *items)
{
	ListCell   *cell;

	outbox_xact_join();
	foreach(cell, (List *) items)
	{
		item_write_back_later(lfirst(cell), 0, false, NULL);
	}
}

/*
 * A step between attempts, in a transaction of its own, until it succeeds: what
 * is in the way, as a lock or a full disk, passes.  What has become of items has
 * to be noted, or their attempts would seem to have ended the server.
 */
static void
note(void (*step) (void *arg), void *arg)
{
	bool		is_logged = false;
	Problem    *problem;

	while ((problem = worker_xact_try(step, arg)) != NULL)
	{
		if (!is_logged)
			ereport(LOG,
					(errmsg("a role worker of the Jira outbox cannot go on now, and tries again: %s", problem->message)));
		is_logged = true;
		wait_for_time(WRITE_AGAIN_MS);
	}
}

/* The attempts are counted for good before they begin. */
static void
take_items(void *arg)
{
	List	  **items = arg;

	outbox_xact_join();
	*items = item_take_to_write_back(work->role, work->source, MOST_AT_A_TIME);
	if (*items)
		ForceSyncCommit();
}

/* Returns what kept the result from its row. */
static Obstacle
write_item(OutboxItem *item)
{
	Failure		failure = {item, FOR_GOOD, NULL};

	if (item->write_backs <= MOST_ATTEMPTS)
	{
		failure.problem = write_row_in_time(item);
		failure.obstacle = obstacle_of(failure.problem);
	}
	if (failure.obstacle != NONE)
		note(settle, &failure);
	return failure.obstacle;
}

static bool
is_turn_over(TimestampTz start)
{
	return pg_atomic_read_u32(&work->makes_room) &&
		TimestampDifferenceExceeds(start, GetCurrentTimestamp(), TURN_MS);
}

/*
 * Gives back what others should not wait for any longer.  After a row that is
 * locked, or takes long, the next ones may be alike.  Returns false if the worker
 * should end.
 */
static bool
write_items(List *items, TimestampTz start)
{
	Obstacle	obstacle = NONE;
	int			done = 0;

	while (done < list_length(items) && obstacle != FOR_NOW && obstacle != LATE &&
		   (done == 0 || !is_turn_over(start)))
	{
		CHECK_FOR_INTERRUPTS();
		obstacle = write_item(list_nth(items, done++));
	}
	if (done < list_length(items))
		note(give_back, list_copy_tail(items, done));
	if (obstacle == LATE)
		pg_atomic_write_u32(&work->was_late, 1);
	return obstacle != LATE;
}

static void
write_all(MemoryContext context)
{
	TimestampTz start = GetCurrentTimestamp();
	TimestampTz busy = start;

	for (;;)
	{
		List	   *items = NIL;

		MemoryContextReset(context);
		pin_settings();
		note(take_items, &items);
		if (items && !write_items(items, start))
			return;
		if (items)
			busy = GetCurrentTimestamp();
		else if (TimestampDifferenceExceeds(busy, GetCurrentTimestamp(), LINGER_MS))
			return;
		else
			wait_for_time(LOOK_MS);
		if (pg_atomic_read_u32(&work->makes_room))
			return;
		(void) pgstat_report_stat(false);
	}
}

void
jira_outbox_role_main(Datum handle)
{
	dsm_segment *segment;
	MemoryContext context;

	pqsignal(SIGTERM, die);
	BackgroundWorkerUnblockSignals();
	segment = dsm_attach(DatumGetUInt32(handle));
	if (segment == NULL)
		proc_exit(0);			/* the dispatcher has ended */
	dsm_pin_mapping(segment);
	work = dsm_segment_address(segment);
	connect_as_role();
	check_version();
	outbox_table = work->outbox;
	outbox_delivering = true;
	request_refuse_writes();
	context = AllocSetContextCreate(TopMemoryContext, "Jira results", ALLOCSET_DEFAULT_SIZES);
	MemoryContextSwitchTo(context);
	pgstat_report_activity(STATE_RUNNING, "writing results of the Jira outbox into rows");
	write_all(context);
	pg_atomic_write_u32(&work->has_ended, 1);
	proc_exit(0);
}
