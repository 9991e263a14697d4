/*
 * launcher.c
 *	  The background worker that looks after the outboxes of all databases.
 *
 * It runs where the library is preloaded.  It cannot see into a database: now and
 * then it starts a worker in each that has none, which ends if it finds nothing to
 * do.  So nothing stays in an outbox for long, whatever its worker has died of.
 */
#include "postgres.h"

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
#include "tcop/tcopprot.h"
#include "utils/guc.h"
#include "utils/memutils.h"
#include "utils/timestamp.h"

#include "outbox/enqueue.h"
#include "outbox/launcher.h"
#include "outbox/running.h"
#include "utils/background_worker.h"
#include "utils/settings.h"
#include "utils/wait.h"
#include "utils/worker_xact.h"

/* The time between two rounds, and before a round that found no room is repeated. */
#define ROUND_INTERVAL_MS (60 * 1000)
#define NO_ROOM_INTERVAL_MS 1000

/* The longest wait for a worker to begin, so that they do not begin all at once. */
#define LONGEST_BEGIN_MS 5000
#define NAP_MS 20

PGDLLEXPORT void jira_outbox_launcher_main(Datum unused);

/* Templates are left alone, as are databases that nobody may connect to. */
static void
list_databases(void *arg)
{
	List	  **list = arg;
	Relation	databases = table_open(DatabaseRelationId, AccessShareLock);
	TableScanDesc scan = table_beginscan_catalog(databases, 0, NULL);
	HeapTuple	tuple;

	while ((tuple = heap_getnext(scan, ForwardScanDirection)) != NULL)
	{
		Form_pg_database database = (Form_pg_database) GETSTRUCT(tuple);
		MemoryContext before;

		if (!database->datallowconn || database->datistemplate)
			continue;
		before = MemoryContextSwitchTo(GetMemoryChunkContext(list));
		*list = lappend_oid(*list, database->oid);
		MemoryContextSwitchTo(before);
	}
	table_endscan(scan);
	table_close(databases, AccessShareLock);
}

/* Returns false if there is no room for a worker. */
static bool
look_at(Oid database)
{
	TimestampTz begin = GetCurrentTimestamp();

	if (!outbox_start_worker(database, InvalidOid))
		return false;
	while (running_is_announced(database) &&
		   !TimestampDifferenceExceeds(begin, GetCurrentTimestamp(), LONGEST_BEGIN_MS))
		wait_for_time(NAP_MS);
	return true;
}

static void
tell_of_room(bool is_room)
{
	static bool was_room = true;

	if (was_room && !is_room)
		ereport(LOG,
				(errcode(ERRCODE_CONFIGURATION_LIMIT_EXCEEDED),
				 errmsg("no worker could be started for the Jira outbox"),
				 errdetail("It is tried again until there is room."),
				 errhint("Raise \"max_worker_processes\".")));
	was_room = is_room;
}

/* Returns after how many milliseconds to come again. */
static long
look_everywhere(void)
{
	List	  **databases = palloc0(sizeof(List *));
	Problem    *problem = worker_xact_try(list_databases, databases);
	bool		is_room = true;
	ListCell   *cell;

	if (problem)
		ereport(LOG,
				(errmsg("could not look for outboxes of Jira: %s", problem->message)));
	else
		foreach(cell, *databases)
			is_room = look_at(lfirst_oid(cell)) && is_room;
	tell_of_room(is_room);
	return is_room ? ROUND_INTERVAL_MS : NO_ROOM_INTERVAL_MS;
}

/* A change of the configuration ends the wait. */
static void
rest(long milliseconds)
{
	TimestampTz end = TimestampTzPlusMilliseconds(GetCurrentTimestamp(), milliseconds);
	long		left;

	pgstat_report_activity(STATE_IDLE, NULL);
	while (!ConfigReloadPending && (left = TimestampDifferenceMilliseconds(GetCurrentTimestamp(), end)) > 0)
		wait_for_any(NULL, 0, left);
	if (ConfigReloadPending)
	{
		ConfigReloadPending = false;
		ProcessConfigFile(PGC_SIGHUP);
	}
}

void
jira_outbox_launcher_main(Datum unused)
{
	MemoryContext context;

	pqsignal(SIGTERM, die);
	pqsignal(SIGHUP, SignalHandlerForConfigReload);
	running_begin_launcher();
	BackgroundWorkerUnblockSignals();
	BackgroundWorkerInitializeConnection(NULL, NULL, 0);
	worker_xact_pin_settings("10s");
	context = AllocSetContextCreate(TopMemoryContext, "Jira outbox launcher", ALLOCSET_DEFAULT_SIZES);
	MemoryContextSwitchTo(context);
	for (;;)
	{
		rest(look_everywhere());
		MemoryContextReset(context);
	}
}

void
outbox_register_launcher(void)
{
	BackgroundWorker worker = background_worker("outbox launcher", "jira_outbox_launcher_main");

	running_reserve();
	worker.bgw_restart_time = OUTBOX_RESTART_SECONDS;
	RegisterBackgroundWorker(&worker);
}
