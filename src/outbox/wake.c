/*
 * wake.c
 *	  Starts the worker of the outbox when a transaction that filled it commits,
 *	  and when a session begins to use the library.
 */
#include "postgres.h"

#include "access/xact.h"
#include "access/xlog.h"
#include "fmgr.h"
#include "miscadmin.h"
#include "storage/lock.h"

#include "outbox/enqueue.h"
#include "outbox/running.h"
#include "utils/background_worker.h"
#include "utils/own_tables.h"
#include "utils/settings.h"

/* Beside the classes of sign_in.h. */
#define LOCK_CLASS 105

/* The outbox that this transaction has filled. */
static Oid	filled = InvalidOid;

static LOCKTAG
lock_of(Oid outbox)
{
	LOCKTAG		tag;

	SET_LOCKTAG_ADVISORY(tag, MyDatabaseId, outbox, 0, LOCK_CLASS);
	return tag;
}

bool
outbox_lock_out_enqueuers(Oid outbox)
{
	LOCKTAG		tag = lock_of(outbox);

	return LockAcquire(&tag, ExclusiveLock, false, true) != LOCKACQUIRE_NOT_AVAIL;
}

/* Without a handle, nothing is allocated, which would not be safe after a commit. */
bool
outbox_start_worker(Oid database, Oid outbox)
{
	BackgroundWorker worker = background_worker("outbox", "jira_outbox_main");

	if (!jira_outbox_deliver || !running_announce(database, outbox))
		return true;
	worker.bgw_restart_time = OUTBOX_RESTART_SECONDS;
	worker.bgw_main_arg = ObjectIdGetDatum(database);
	if (RegisterDynamicBackgroundWorker(&worker, NULL))
		return true;
	running_withdraw(database);
	return false;
}

/*
 * Others can see the items by now, and the transaction still has its lock: a
 * worker that runs will find them before it can leave.  After a PREPARE
 * TRANSACTION nobody may be there to notice the commit; the worker waits for it.
 */
static void
at_transaction_end(XactEvent event, void *unused)
{
	switch (event)
	{
		case XACT_EVENT_COMMIT:
		case XACT_EVENT_PREPARE:
			if (OidIsValid(filled) && !outbox_start_worker(MyDatabaseId, filled))
				ereport(WARNING,
						(errcode(ERRCODE_CONFIGURATION_LIMIT_EXCEEDED),
						 errmsg("no worker could be started for the Jira outbox"),
						 errdetail("What has been put into it waits for the next one."),
						 errhint("Raise \"max_worker_processes\", or call jira_outbox_start() later.")));
			/* FALLTHROUGH */
		case XACT_EVENT_ABORT:
			filled = InvalidOid;
			break;
		default:
			break;
	}
}

void
outbox_wake(void)
{
	static bool registered = false;
	LOCKTAG		tag;

	running_attach();
	if (!registered)
		RegisterXactCallback(at_transaction_end, NULL);
	registered = true;

	/* Each time: a subtransaction that was rolled back has released it. */
	filled = own_tables_relation("outbox");
	tag = lock_of(filled);
	(void) LockAcquire(&tag, ShareLock, false, false);
}

/*
 * What was left when the server stopped has no worker.  Nothing is read here,
 * which could wait or fail: the worker looks whether it is needed.
 */
static void
at_first_commit(XactEvent event, void *unused)
{
	static bool looked = false;

	if (looked || event != XACT_EVENT_COMMIT || RecoveryInProgress())
		return;
	looked = true;
	if (running_may_attach() && running_may_look(MyDatabaseId))
		(void) outbox_start_worker(MyDatabaseId, InvalidOid);
}

void
outbox_watch_first_use(void)
{
	if (MyBackendType == B_BACKEND)
		RegisterXactCallback(at_first_commit, NULL);
}
