/*
 * worker.c
 *	  The dispatcher of the outbox: a background worker for each database that
 *	  has work.
 *
 * It is started by the transaction that fills the outbox, and ends when
 * nothing is left to do.  It serves all roles, so it never waits for Jira, for a
 * row lock or for another process, and runs no code of a user.
 */
#include "postgres.h"

#include <unistd.h>

#include "access/htup_details.h"
#include "access/xact.h"
#include "catalog/pg_database.h"
#include "miscadmin.h"
#include "pgstat.h"
#include "postmaster/interrupt.h"
#include "storage/ipc.h"
#include "storage/lock.h"
#include "storage/proc.h"
#include "tcop/tcopprot.h"
#include "utils/guc.h"
#include "utils/memutils.h"
#include "utils/syscache.h"
#include "utils/timestamp.h"

#include "client/pace.h"
#include "outbox/deliver.h"
#include "outbox/enqueue.h"
#include "outbox/home.h"
#include "outbox/outbox_xact.h"
#include "outbox/queue.h"
#include "outbox/running.h"
#include "outbox/write_back.h"
#include "utils/background_worker.h"
#include "utils/settings.h"
#include "utils/sql_version.h"
#include "utils/wait.h"
#include "utils/worker_xact.h"

/* The shortest and the longest poll interval. */
#define SHORT_NAP_MS 100
#define LONG_NAP_MS 1000

/*
 * The lock timeout: a session that keeps a row or a table locked must not hold
 * up the items of others.  What fails for want of a lock is tried again.
 */
#define LOCK_TIMEOUT_TEXT "10ms"

/* What failed, because of a lock, a full disk or the like, is tried again then. */
#define TRY_AGAIN_MS 1000
#define LOG_AGAIN_MS (60 * 1000)

PGDLLEXPORT void jira_outbox_main(Datum database);

static List *deliveries = NIL;	/* of Delivery, those under way */

/* ALTER EXTENSION has made the tables another version's: what is under way is the last. */
static bool is_outdated = false;

/* Before it is connected: the SQLSTATE of the error that ends the worker. */
static bool connected = false;
static int	refusal = 0;
static emit_log_hook_type next_log_hook = NULL;

static void
note_refusal(ErrorData *error)
{
	if (!connected && error->elevel == FATAL)
		refusal = error->sqlerrcode;
	if (next_log_hook)
		next_log_hook(error);
}

/*
 * A worker that fails is started again: it ends with 0 only if it has looked and
 * is not needed.  So it must not seem to have failed when its database is gone,
 * or is what is left of a DROP DATABASE that failed.
 */
static void
end_without_database(int code, Datum unused)
{
	if (!connected && (refusal == ERRCODE_UNDEFINED_DATABASE || refusal == ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE))
		_exit(0);
}

/*
 * Items are found through indexes and in their order, one by one, however many
 * the planner expects: it may know nothing of a table that was empty a moment ago.
 */
static void
pin_plans(void)
{
	static const char *const off[] = {
		"enable_seqscan", "enable_bitmapscan", "enable_sort", "enable_hashjoin", "enable_mergejoin", "jit"
	};

	for (int i = 0; i < lengthof(off); i++)
		settings_override(off[i], "off");
}

/* Also to a database that does not allow connections: close_with_database() sees to that. */
static void
start(Oid database)
{
	pqsignal(SIGTERM, die);
	pqsignal(SIGHUP, SignalHandlerForConfigReload);
	running_begin(database);
	BackgroundWorkerUnblockSignals();
	next_log_hook = emit_log_hook;
	emit_log_hook = note_refusal;
	on_proc_exit(end_without_database, 0);
	BackgroundWorkerInitializeConnectionByOid(database, InvalidOid, BGWORKER_BYPASS_ALLOWCONN);
	connected = true;
	worker_xact_pin_settings(LOCK_TIMEOUT_TEXT);
	pin_plans();
	settings_override("search_path", "pg_catalog, pg_temp");
}

/*
 * A database that does not allow connections is left at once.  When it is opened
 * again, nobody tells: the launcher looks, or the worker comes again until then.
 * In a transaction.
 */
static void
close_with_database(void)
{
	HeapTuple	tuple = SearchSysCache1(DATABASEOID, ObjectIdGetDatum(MyDatabaseId));
	bool		is_open = HeapTupleIsValid(tuple) && ((Form_pg_database) GETSTRUCT(tuple))->datallowconn;

	if (HeapTupleIsValid(tuple))
		ReleaseSysCache(tuple);
	if (is_open)
		return;
	if (running_has_launcher())
		proc_exit(0);
	ereport(LOG,
			(errmsg("the Jira outbox of database %u waits until connections to it are allowed", MyDatabaseId)));
	proc_exit(1);
}

/*
 * Leaves, in a transaction, while no other one is enqueuing and nothing is left:
 * a transaction that enqueues from then on starts another worker.
 */
static bool
leave_if_done(void)
{
	if (!outbox_lock_out_enqueuers(outbox_table) || item_is_any_unfinished())
		return false;
	home_end();
	running_leave();
	return true;
}

/*
 * DROP DATABASE holds the lock of the database and waits for the worker to end.  It
 * ends with 1, so that it is started again if the database stays.
 */
static void
leave_dropped_database(void)
{
	LOCKTAG		tag;

	SET_LOCKTAG_OBJECT(tag, InvalidOid, DatabaseRelationId, MyDatabaseId, 0);
	if (LockAcquire(&tag, AccessShareLock, true, true) == LOCKACQUIRE_NOT_AVAIL)
		proc_exit(1);
	LockRelease(&tag, AccessShareLock, true);
}

/* Waits so long or, if asked to, until the extension fits the library. */
static void
stand_by(long milliseconds, bool until_version_fits)
{
	TimestampTz end = TimestampTzPlusMilliseconds(GetCurrentTimestamp(), milliseconds);
	bool		fits = false;

	while (GetCurrentTimestamp() < end && !(until_version_fits && fits))
	{
		worker_xact_start();
		leave_dropped_database();
		fits = sql_version_fits();
		worker_xact_commit();
		wait_for_time(LONG_NAP_MS);
	}
}

/*
 * Workers that end early again and again would keep the whole server from its
 * work, if it is they that crash it.
 */
static void
wait_after_failures(long milliseconds)
{
	if (milliseconds > 0)
		ereport(LOG,
				(errmsg("the worker of the Jira outbox waits for %ld seconds", milliseconds / 1000),
				 errdetail("Those before it have ended in their first round.")));
	stand_by(milliseconds, false);
}

/*
 * The tables are those of another version.  The launcher looks again; without it
 * the worker is started again, with the library that is installed then.
 */
static void
leave_to_other_version(void)
{
	ereport(LOG,
			(errmsg("the Jira outbox of database %u waits until extension and library fit each other", MyDatabaseId),
			 errdetail("The library is version %s.", JIRA_VERSION),
			 errhint("Execute ALTER EXTENSION jira_spoke UPDATE; restart a server that preloads an older library.")));
	if (running_has_launcher())
		proc_exit(0);
	stand_by(LOG_AGAIN_MS, true);
	proc_exit(1);
}

/* Settles what earlier workers left; returns false if nothing may be delivered, or nothing has to. */
static bool
take_over(long *wait)
{
	bool		delivers;

	outbox_xact_start();
	delivers = jira_outbox_deliver && home_check() && !leave_if_done();
	if (delivers)
		item_doubt_interrupted(home_begin(wait));
	worker_xact_commit();
	return delivers;
}

/*
 * Returns false if there is no outbox, if it has a worker, or if there is nothing
 * to do.  A transaction that has relied on the announcement of this worker is
 * committed by the time that it is withdrawn, and what is read after that includes
 * its items.
 */
static bool
become_the_worker(Oid database)
{
	bool		fits;
	bool		is_worker;
	long		wait = 0;

	running_withdraw(database);
	worker_xact_start();
	close_with_database();
	fits = sql_version_fits();
	outbox_table = outbox_find_table();
	is_worker = fits && OidIsValid(outbox_table) && running_enter(outbox_table);
	worker_xact_commit();
	if (!fits)
		leave_to_other_version();
	sql_version_accept_any();
	if (!is_worker || !take_over(&wait))
		return false;
	wait_after_failures(wait);
	return true;
}

/*
 * Logs why a step of the dispatcher failed, the same reason once in a while.  The
 * results that it has in memory stay there: to end would lose them.
 */
static void
log_failure(const Problem *problem)
{
	static TimestampTz logged = 0;
	static char last[200];

	if (strncmp(problem->message, last, sizeof(last) - 1) == 0 &&
		!TimestampDifferenceExceeds(logged, GetCurrentTimestamp(), LOG_AGAIN_MS))
		return;
	logged = GetCurrentTimestamp();
	strlcpy(last, problem->message, sizeof(last));
	ereport(LOG,
			(errmsg("the Jira outbox of database %u cannot go on now, and tries again: %s",
					MyDatabaseId, problem->message)));
}

/*
 * Calls step(arg), which has transactions of its own.  Returns false if it
 * raised an error.
 */
static bool
try_step(void (*step) (void *arg), void *arg)
{
	MemoryContext context = CurrentMemoryContext;
	Problem    *volatile problem = NULL;

	PG_TRY();
	{
		step(arg);
	}
	PG_CATCH();
	{
		problem = problem_caught(context);
		worker_xact_abort();
	}
	PG_END_TRY();
	if (problem)
		log_failure(problem);
	return problem == NULL;
}

/* One delivery, and whether it is over. */
typedef struct Advance
{
	Delivery   *delivery;
	bool		is_over;
} Advance;

static void
advance(void *arg)
{
	Advance    *step = arg;

	step->is_over = deliver_advance(step->delivery);
}

/* Returns whether any is over, which leaves room for more. */
static bool
advance_deliveries(void)
{
	bool		any_over = false;
	ListCell   *cell;

	foreach(cell, deliveries)
	{
		Advance		step = {lfirst(cell), false};

		if (!try_step(advance, &step))
			step.delivery->awaited.until = TimestampTzPlusMilliseconds(GetCurrentTimestamp(), TRY_AGAIN_MS);
		else if (step.is_over)
		{
			deliveries = foreach_delete_current(deliveries, cell);
			any_over = true;
		}
	}
	return any_over;
}

static void
start_next_delivery(void *started)
{
	Delivery   *delivery = deliver_start();
	MemoryContext before = MemoryContextSwitchTo(TopMemoryContext);

	if (delivery)
		deliveries = lappend(deliveries, delivery);
	*(bool *) started = delivery != NULL;
	MemoryContextSwitchTo(before);
}

static bool
may_deliver(void)
{
	return jira_outbox_deliver && !is_outdated;
}

/* Returns whether any was started; they begin in the next round. */
static bool
start_deliveries(void)
{
	bool		any_started = false;
	bool		started = true;

	while (may_deliver() && started)
	{
		started = false;
		(void) try_step(start_next_delivery, &started);
		any_started |= started;
	}
	return any_started;
}

/* Each session once, however many deliveries go through it. */
static int
list_sessions(HttpSession **sessions)
{
	int			count = 0;
	ListCell   *cell;

	foreach(cell, deliveries)
	{
		HttpExchange *exchange = ((Delivery *) lfirst(cell))->awaited.exchange;
		HttpSession *session = exchange ? http_session(exchange) : NULL;
		int			j = 0;

		while (j < count && sessions[j] != session)
			j++;
		if (session && j == count)
			sessions[count++] = session;
	}
	return count;
}

/* Milliseconds until a delivery, an item or a role worker is due, at most "longest". */
static long
time_until_due(long longest)
{
	long		time = Min(longest, Min(queue_next_due(), write_back_next()));
	ListCell   *cell;

	foreach(cell, deliveries)
	{
		TimestampTz until = ((Delivery *) lfirst(cell))->awaited.until;

		if (until != DT_NOEND)
			time = Min(time, TimestampDifferenceMilliseconds(GetCurrentTimestamp(), until));
	}
	return time;
}

static void
wait_for_deliveries(long milliseconds)
{
	HttpSession **sessions = palloc(sizeof(HttpSession *) * Max(list_length(deliveries), 1));
	int			count = list_sessions(sessions);

	pgstat_report_activity(STATE_IDLE, NULL);
	wait_for_any(sessions, count, milliseconds);
	pgstat_report_activity(STATE_RUNNING, "delivering the Jira outbox");
	pfree(sessions);
}

static bool
is_anything_left(void)
{
	bool		left;

	outbox_xact_start();
	left = item_is_any_unfinished();
	worker_xact_commit();
	return left;
}

/* After the worker has left, so that sessions that enqueue need not wait; another worker may run by now. */
static void
purge_last(void)
{
	outbox_xact_start();
	item_purge(true);
	worker_xact_commit();
}

static bool
may_leave(void)
{
	bool		leaves;

	outbox_xact_start();
	leaves = leave_if_done();
	worker_xact_commit();
	return leaves;
}

static void
write_back(void *unused)
{
	write_back_run();
}

/* What the dispatcher has under way itself, and what its role workers have. */
static bool
is_busy(void)
{
	return deliveries != NIL || !write_back_is_idle();
}

/* Leaves if nothing has been to do for a while; sets *has_left then. */
static void
leave_after_linger(void *has_left)
{
	static TimestampTz busy = 0;

	if (busy == 0 || is_busy() || is_anything_left())
		busy = GetCurrentTimestamp();
	else if (TimestampDifferenceExceeds(busy, GetCurrentTimestamp(), jira_outbox_linger) && may_leave())
	{
		*(bool *) has_left = true;
		purge_last();
	}
}

static void
look_after_database(void *worked)
{
	worker_xact_start();
	leave_dropped_database();
	is_outdated = !sql_version_fits();
	worker_xact_commit();
	outbox_xact_start();
	item_purge(false);
	if (*(bool *) worked)
		home_end();
	worker_xact_commit();
	*(bool *) worked = true;
}

/*
 * Returns when nothing is left to do, or nothing may be delivered any more.  The
 * poll interval doubles up to LONG_NAP_MS while nothing changes.
 */
static void
deliver_all(void)
{
	MemoryContext round = AllocSetContextCreate(TopMemoryContext, "Jira outbox round", ALLOCSET_DEFAULT_SIZES);
	long		nap = SHORT_NAP_MS;
	bool		has_left = false;
	bool		worked = false;

	while (!has_left && (may_deliver() || is_busy()))
	{
		bool		goes_on;

		MemoryContextReset(round);
		MemoryContextSwitchTo(round);
		CHECK_FOR_INTERRUPTS();
		if (ConfigReloadPending)
		{
			ConfigReloadPending = false;
			ProcessConfigFile(PGC_SIGHUP);
		}
		(void) try_step(look_after_database, &worked);
		goes_on = advance_deliveries();
		goes_on |= start_deliveries();
		(void) try_step(write_back, NULL);
		pace_give_back();
		(void) pgstat_report_stat(false);
		if (!goes_on)
			(void) try_step(leave_after_linger, &has_left);
		nap = goes_on ? SHORT_NAP_MS : Min(2 * nap, LONG_NAP_MS);
		if (!has_left)
			wait_for_deliveries(goes_on ? 0 : time_until_due(nap));
	}
}

void
jira_outbox_main(Datum database)
{
	start(DatumGetObjectId(database));
	MemoryContextSwitchTo(AllocSetContextCreate(TopMemoryContext, "Jira outbox", ALLOCSET_DEFAULT_SIZES));
	if (!become_the_worker(DatumGetObjectId(database)))
		proc_exit(0);
	wait_forbid();
	pgstat_report_activity(STATE_RUNNING, "delivering the Jira outbox");
	deliver_all();
	proc_exit(is_outdated ? 1 : 0);
}
