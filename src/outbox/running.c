/*
 * running.c
 *	  Which outboxes have a worker, in shared memory.
 *
 * Many transactions may commit before the first worker has begun.  None of them
 * may register another one, which would take a slot from other extensions, and
 * a session cannot hold a lock after its transaction until the worker has it.
 *
 * The memory is so small that it needs not be reserved by a preloaded library.
 */
#include "postgres.h"

#include "miscadmin.h"
#include "storage/ipc.h"
#include "storage/lwlock.h"
#include "storage/shmem.h"
#include "storage/spin.h"

#include "outbox/running.h"

/* Without room, workers are registered that are not needed, or fail and are restarted. */
#define MOST_WORKERS 128

/* The worker of an outbox; InvalidOid: one that is announced for the database. */
typedef struct Worker
{
	Oid			database;
	Oid			outbox;
} Worker;

typedef struct Workers
{
	slock_t		mutex;
	int			count;
	Worker		workers[MOST_WORKERS];
} Workers;

static Workers *shared = NULL;

/* In a worker: what it withdraws when it ends, and what it leaves. */
static Worker announced;
static Worker entered;

void
running_attach(void)
{
	bool		found;

	if (shared)
		return;
	LWLockAcquire(AddinShmemInitLock, LW_EXCLUSIVE);
	shared = ShmemInitStruct("jira_spoke outbox workers", sizeof(Workers), &found);
	if (!found)
	{
		SpinLockInit(&shared->mutex);
		shared->count = 0;
	}
	LWLockRelease(AddinShmemInitLock);
}

/* With the mutex held; returns -1 if this worker is not listed. */
static int
find(const Worker *worker)
{
	for (int i = 0; i < shared->count; i++)
		if (shared->workers[i].database == worker->database && shared->workers[i].outbox == worker->outbox)
			return i;
	return -1;
}

/* With the mutex held; returns false if there is no room. */
static bool
add(const Worker *worker)
{
	if (shared->count == MOST_WORKERS)
		return false;
	shared->workers[shared->count++] = *worker;
	return true;
}

static void
take_away(const Worker *worker)
{
	int			i;

	SpinLockAcquire(&shared->mutex);
	i = find(worker);
	if (i >= 0)
		shared->workers[i] = shared->workers[--shared->count];
	SpinLockRelease(&shared->mutex);
}

bool
running_announce(Oid database, Oid outbox)
{
	Worker		of_outbox = {database, outbox};
	Worker		of_database = {database, InvalidOid};
	bool		is_needed;

	SpinLockAcquire(&shared->mutex);
	is_needed = find(&of_outbox) < 0 && find(&of_database) < 0;
	if (is_needed)
		(void) add(&of_database);
	SpinLockRelease(&shared->mutex);
	return is_needed;
}

void
running_withdraw(Oid database)
{
	Worker		worker = {database, InvalidOid};

	take_away(&worker);
	announced.database = InvalidOid;
}

void
running_leave(void)
{
	take_away(&entered);
	entered.database = InvalidOid;
}

/* Both may have happened. */
static void
withdraw_and_leave(int code, Datum unused)
{
	take_away(&announced);
	take_away(&entered);
}

void
running_begin(Oid database)
{
	running_attach();
	announced.database = database;
	on_shmem_exit(withdraw_and_leave, 0);
}

bool
running_enter(Oid outbox)
{
	Worker		worker = {MyDatabaseId, outbox};
	bool		is_free;
	bool		is_added;

	SpinLockAcquire(&shared->mutex);
	is_free = find(&worker) < 0;
	is_added = is_free && add(&worker);
	SpinLockRelease(&shared->mutex);
	if (is_free && !is_added)
		ereport(ERROR,
				(errcode(ERRCODE_CONFIGURATION_LIMIT_EXCEEDED),
				 errmsg("more than %d databases have a worker of the Jira outbox", MOST_WORKERS)));
	if (is_added)
		entered = worker;
	return is_added;
}
