/*
 * wake.c
 *	  Starts the worker of the outbox when a transaction that filled it commits.
 */
#include "postgres.h"

#include "access/xact.h"
#include "catalog/namespace.h"
#include "fmgr.h"
#include "miscadmin.h"
#include "storage/lock.h"
#include "utils/lsyscache.h"

#include "outbox/enqueue.h"
#include "utils/background_worker.h"

/* After a failure or a crash of the server. */
#define RESTART_SECONDS 5

static bool has_work = false;	/* this transaction has filled the outbox */
static bool must_start = false; /* and no worker runs */

/* The outbox may not exist: this runs after DROP EXTENSION, too. */
static void
set_tag(LOCKTAG *tag, OutboxLock lock)
{
	Oid			schema = get_namespace_oid("jira_spoke", true);
	Oid			outbox = OidIsValid(schema) ? get_relname_relid("outbox", schema) : InvalidOid;

	SET_LOCKTAG_ADVISORY(*tag, MyDatabaseId, outbox, 0, lock);
}

OutboxLockResult
outbox_lock(OutboxLock lock, bool exclusive, bool session, bool wait)
{
	LOCKTAG		tag;

	set_tag(&tag, lock);
	return LockAcquire(&tag, exclusive ? ExclusiveLock : ShareLock, session, !wait) == LOCKACQUIRE_NOT_AVAIL
		? OUTBOX_BUSY : OUTBOX_LOCKED;
}

void
outbox_unlock(OutboxLock lock, bool exclusive, bool session)
{
	LOCKTAG		tag;

	set_tag(&tag, lock);
	(void) LockRelease(&tag, exclusive ? ExclusiveLock : ShareLock, session);
}

/* Without a handle, nothing is allocated, which would not be safe after a commit. */
bool
outbox_start_worker(Oid database)
{
	BackgroundWorker worker = background_worker("outbox", "jira_outbox_main");

	worker.bgw_restart_time = RESTART_SECONDS;
	worker.bgw_main_arg = ObjectIdGetDatum(database);
	return RegisterDynamicBackgroundWorker(&worker, NULL);
}

/*
 * A worker that runs now cannot end before this transaction has, because of
 * OUTBOX_ENQUEUE.  After a PREPARE TRANSACTION nobody may be there to notice
 * the commit; the worker waits for it.
 */
static void
at_transaction_end(XactEvent event, void *unused)
{
	switch (event)
	{
		case XACT_EVENT_PRE_COMMIT:
		case XACT_EVENT_PRE_PREPARE:
			if (!has_work)
				break;
			must_start = outbox_lock(OUTBOX_WORKER, false, false, false) == OUTBOX_LOCKED;
			if (must_start)
				outbox_unlock(OUTBOX_WORKER, false, false);
			break;
		case XACT_EVENT_COMMIT:
		case XACT_EVENT_PREPARE:
			if (must_start && !outbox_start_worker(MyDatabaseId))
				ereport(WARNING,
						(errcode(ERRCODE_CONFIGURATION_LIMIT_EXCEEDED),
						 errmsg("no worker could be started for the Jira outbox"),
						 errdetail("What has been put into it waits for the next one."),
						 errhint("Raise \"max_worker_processes\", or call jira_outbox_start() later.")));
			/* FALLTHROUGH */
		case XACT_EVENT_ABORT:
			has_work = must_start = false;
			break;
		default:
			break;
	}
}

void
outbox_wake(void)
{
	static bool registered = false;

	if (!registered)
		RegisterXactCallback(at_transaction_end, NULL);
	registered = true;

	/* Each time: a subtransaction that was rolled back has released it. */
	(void) outbox_lock(OUTBOX_ENQUEUE, false, false, true);
	has_work = true;
}
