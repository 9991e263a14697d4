/*
 * worker.c
 *	  The background worker of the outbox: one for each database that has work.
 *
 * It is started by the transaction that fills the outbox, and ends when
 * nothing is left to do.  No transaction is open while Jira is waited for.
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
#include "outbox/running.h"
#include "outbox/write_back.h"
#include "utils/background_worker.h"
#include "utils/settings.h"
#include "utils/wait.h"
#include "utils/worker_xact.h"

/* The shortest and the longest poll interval. */
#define SHORT_NAP_MS 100
#define LONG_NAP_MS 1000

/* The most deliveries under way: the largest jira_spoke.parallel_requests. */
#define MOST_DELIVERIES 32

PGDLLEXPORT void jira_outbox_main(Datum database);

static Delivery *deliveries[MOST_DELIVERIES];
static int	ndeliveries = 0;

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
	outbox_search_path = MemoryContextStrdup(TopMemoryContext, GetConfigOption("search_path", false, false));
	worker_xact_pin_settings("10s");
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

/*
 * Workers that end early again and again would keep the whole server from its
 * work, if it is they that crash it.
 */
static void
wait_after_failures(long milliseconds)
{
	TimestampTz end = TimestampTzPlusMilliseconds(GetCurrentTimestamp(), milliseconds);

	if (milliseconds > 0)
		ereport(LOG,
				(errmsg("the worker of the Jira outbox waits for %ld seconds", milliseconds / 1000),
				 errdetail("Those before it have ended in their first round.")));
	while (GetCurrentTimestamp() < end)
	{
		worker_xact_start();
		leave_dropped_database();
		worker_xact_commit();
		wait_for_time(LONG_NAP_MS);
	}
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
	bool		is_worker;
	long		wait = 0;

	running_withdraw(database);
	worker_xact_start();
	close_with_database();
	outbox_table = outbox_find_table();
	is_worker = OidIsValid(outbox_table) && running_enter(outbox_table);
	worker_xact_commit();
	if (!is_worker || !take_over(&wait))
		return false;
	wait_after_failures(wait);
	return true;
}

/* Returns whether any was started. */
static bool
start_deliveries(void)
{
	bool		started = false;
	Delivery   *delivery;

	while (jira_outbox_deliver && ndeliveries < Min(jira_parallel_requests, MOST_DELIVERIES) &&
		   (delivery = deliver_start()) != NULL)
	{
		deliveries[ndeliveries++] = delivery;
		started = true;
	}
	return started;
}

/* Returns whether there is room for more now. */
static bool
finish_deliveries(void)
{
	bool		finished = false;

	for (int i = ndeliveries - 1; i >= 0; i--)
	{
		Delivery   *delivery = deliveries[i];

		if (!deliver_is_over(delivery))
			continue;
		deliveries[i] = deliveries[--ndeliveries];
		deliver_finish(delivery);
		finished = true;
	}
	return finished;
}

/* Each session once, however many deliveries go through it. */
static int
list_sessions(HttpSession **sessions)
{
	int			count = 0;

	for (int i = 0; i < ndeliveries; i++)
	{
		int			j = 0;

		if (deliveries[i]->state != DELIVERY_UNDER_WAY)
			continue;
		while (j < count && sessions[j] != deliveries[i]->client->session)
			j++;
		if (j == count)
			sessions[count++] = deliveries[i]->client->session;
	}
	return count;
}

static void
wait_for_deliveries(long milliseconds)
{
	HttpSession *sessions[MOST_DELIVERIES];
	int			count = list_sessions(sessions);

	pgstat_report_activity(STATE_IDLE, NULL);
	wait_for_any(sessions, count, milliseconds);
	pgstat_report_activity(STATE_RUNNING, "delivering the Jira outbox");
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

/*
 * One round; returns false if nothing is left to do.  The poll interval doubles
 * up to LONG_NAP_MS while nothing changes.
 */
static bool
deliver(void)
{
	static TimestampTz busy = 0;
	static long nap = SHORT_NAP_MS;
	bool		goes_on = finish_deliveries();

	if (!jira_outbox_deliver && ndeliveries == 0)
		return false;
	goes_on |= start_deliveries();
	write_back_pending();
	pace_give_back();
	(void) pgstat_report_stat(false);
	if (busy == 0 || goes_on || ndeliveries > 0 || is_anything_left())
		busy = GetCurrentTimestamp();
	else if (TimestampDifferenceExceeds(busy, GetCurrentTimestamp(), jira_outbox_linger) && may_leave())
	{
		purge_last();
		return false;
	}
	else
		nap = SHORT_NAP_MS;
	if (goes_on)
		nap = SHORT_NAP_MS;
	else
	{
		wait_for_deliveries(nap);
		nap = Min(2 * nap, LONG_NAP_MS);
	}
	return true;
}

/* Returns when nothing is left to do, or nothing may be delivered any more. */
static void
deliver_all(void)
{
	bool		is_first_round = true;

	do
	{
		CHECK_FOR_INTERRUPTS();
		if (ConfigReloadPending)
		{
			ConfigReloadPending = false;
			ProcessConfigFile(PGC_SIGHUP);
		}
		worker_xact_start();
		leave_dropped_database();
		worker_xact_commit();
		outbox_xact_start();
		item_purge(false);
		if (!is_first_round)
			home_end();
		worker_xact_commit();
		is_first_round = false;
	} while (deliver());
}

void
jira_outbox_main(Datum database)
{
	start(DatumGetObjectId(database));
	MemoryContextSwitchTo(AllocSetContextCreate(TopMemoryContext, "Jira outbox", ALLOCSET_DEFAULT_SIZES));
	if (!become_the_worker(DatumGetObjectId(database)))
		proc_exit(0);
	outbox_delivering = true;
	pgstat_report_activity(STATE_RUNNING, "delivering the Jira outbox");
	deliver_all();
	proc_exit(0);
}
