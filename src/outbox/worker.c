/*
 * worker.c
 *	  The background worker of the outbox: one for each database that has work.
 *
 * It is started by the transaction that fills the outbox, and ends when
 * nothing is left to do.  No transaction is open while Jira is waited for.
 */
#include "postgres.h"

#include <unistd.h>

#include "access/genam.h"
#include "access/heapam.h"
#include "access/htup_details.h"
#include "access/table.h"
#include "access/tableam.h"
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
#include "utils/timestamp.h"

#include "client/pace.h"
#include "outbox/deliver.h"
#include "outbox/enqueue.h"
#include "outbox/outbox_xact.h"
#include "outbox/running.h"
#include "outbox/worker.h"
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
PGDLLEXPORT void jira_outbox_launcher_main(Datum unused);

static Delivery *deliveries[MOST_DELIVERIES];
static int	ndeliveries = 0;
static bool connected = false;

/*
 * A worker that fails is started again.  Not so when its database is gone: then
 * it must not seem to have failed.
 */
static void
give_up_quietly(int code, Datum unused)
{
	if (!connected)
		_exit(0);
}

static void
start(Oid database)
{
	pqsignal(SIGTERM, die);
	pqsignal(SIGHUP, SignalHandlerForConfigReload);
	running_begin(database);
	BackgroundWorkerUnblockSignals();
	on_proc_exit(give_up_quietly, 0);
	BackgroundWorkerInitializeConnectionByOid(database, InvalidOid, 0);
	connected = true;
	outbox_search_path = MemoryContextStrdup(TopMemoryContext, GetConfigOption("search_path", false, false));
	worker_xact_pin_settings("10s");
	settings_override("search_path", "pg_catalog, pg_temp");
}

/*
 * Returns false if there is no outbox, or if it has a worker.  A transaction that
 * has relied on the announcement of this worker is committed by the time that it
 * is withdrawn, and what is read after that includes its items.
 */
static bool
become_the_worker(Oid database)
{
	Oid			outbox;
	bool		is_worker;

	running_withdraw(database);
	worker_xact_start();
	outbox = outbox_find_table();
	is_worker = OidIsValid(outbox) && running_enter(outbox);
	worker_xact_commit();
	if (!is_worker)
		return false;
	outbox_table = outbox;
	outbox_xact_start();
	item_doubt_interrupted();
	worker_xact_commit();
	return true;
}

/* DROP DATABASE holds the lock of the database and waits for the worker to end. */
static bool
database_is_dropped(void)
{
	LOCKTAG		tag;

	SET_LOCKTAG_OBJECT(tag, InvalidOid, DatabaseRelationId, MyDatabaseId, 0);
	if (LockAcquire(&tag, AccessShareLock, true, true) == LOCKACQUIRE_NOT_AVAIL)
		return true;
	LockRelease(&tag, AccessShareLock, true);
	return false;
}

/* Returns whether any was started. */
static bool
start_deliveries(void)
{
	bool		started = false;
	Delivery   *delivery;

	while (ndeliveries < Min(jira_parallel_requests, MOST_DELIVERIES) &&
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

/*
 * Leaves while no transaction is enqueuing and nothing is left: a transaction
 * that enqueues from then on starts another worker.
 */
static bool
may_leave(void)
{
	bool		leaves = false;

	outbox_xact_start();
	if (outbox_lock_out_enqueuers(outbox_table) && !item_is_any_unfinished())
	{
		running_leave();
		leaves = true;
	}
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

/*
 * Returns when nothing is left to do.  During DROP DATABASE the worker exits with
 * 1, so that the postmaster restarts it if the database stays.
 */
static void
deliver_all(void)
{
	do
	{
		CHECK_FOR_INTERRUPTS();
		if (ConfigReloadPending)
		{
			ConfigReloadPending = false;
			ProcessConfigFile(PGC_SIGHUP);
		}
		worker_xact_start();
		if (database_is_dropped())
			proc_exit(1);
		worker_xact_commit();
		outbox_xact_start();
		item_purge(false);
		worker_xact_commit();
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

static List *
list_databases(void)
{
	List	   *list = NIL;
	Relation	databases;
	TableScanDesc scan;
	HeapTuple	tuple;

	worker_xact_start();
	databases = table_open(DatabaseRelationId, AccessShareLock);
	scan = table_beginscan_catalog(databases, 0, NULL);
	while ((tuple = heap_getnext(scan, ForwardScanDirection)) != NULL)
	{
		Form_pg_database database = (Form_pg_database) GETSTRUCT(tuple);

		if (database->datallowconn && !database->datistemplate)
			list = lappend_oid(list, database->oid);
	}
	table_endscan(scan);
	table_close(databases, AccessShareLock);
	worker_xact_commit();
	return list;
}

/* A worker that finds nothing to do in its database ends and frees its slot. */
static void
start_everywhere(void)
{
	ListCell   *cell;

	running_attach();
	foreach(cell, list_databases())
	{
		while (!outbox_start_worker(lfirst_oid(cell), InvalidOid))
			wait_for_time(LONG_NAP_MS);
	}
}

void
jira_outbox_launcher_main(Datum unused)
{
	pqsignal(SIGTERM, die);
	BackgroundWorkerUnblockSignals();
	BackgroundWorkerInitializeConnection(NULL, NULL, 0);
	MemoryContextSwitchTo(TopMemoryContext);
	start_everywhere();
	proc_exit(0);
}

void
outbox_register_launcher(void)
{
	BackgroundWorker worker = background_worker("outbox launcher", "jira_outbox_launcher_main");

	RegisterBackgroundWorker(&worker);
}
