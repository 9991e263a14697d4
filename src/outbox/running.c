/*
 * running.c
 *	  Which outboxes have a worker, in shared memory.
 *
 * Many transactions may commit before the first worker has begun.  None of them
 * may register another one, which would take a slot from other extensions, and
 * a session cannot hold a lock after its transaction until the worker has it.
 *
 * The memory is so small that the server has room for it where nobody has
 * reserved any.
 */
#include "postgres.h"

#include "miscadmin.h"
#include "storage/ipc.h"
#include "storage/spin.h"
#include "utils/timestamp.h"

#include "outbox/running.h"
#include "utils/shared_memory.h"

/* Without room, workers are registered that are not needed, or fail and are restarted. */
#define MOST_WORKERS 128

/* As many databases are remembered as looked at. */
#define MOST_LOOKS 128

/* A worker that is not needed is started this often. */
#define LOOK_INTERVAL_MS (60 * 1000)

/* The worker of an outbox; InvalidOid: one that is announced for the database. */
typedef struct Worker
{
	Oid			database;
	Oid			outbox;
	int			pid;			/* 0 while it is announced only */
} Worker;

/* When a session last saw to it that a database has a worker if it needs one. */
typedef struct Look
{
	Oid			database;
	TimestampTz time;
} Look;

typedef struct Workers
{
	slock_t		mutex;
	int			count;
	Worker		workers[MOST_WORKERS];
	Look		looks[MOST_LOOKS];
	TimestampTz since;			/* when this memory was made */
	int			launcher_pid;	/* 0: none */
} Workers;

static Workers *shared = NULL;

/* In a worker: what it withdraws when it ends, and what it leaves. */
static Worker announced;
static Worker entered;

static void
init_workers(void *memory)
{
	Workers    *workers = memory;

	memset(workers, 0, sizeof(Workers));
	SpinLockInit(&workers->mutex);
	workers->since = GetCurrentTimestamp();
}

void
running_reserve(void)
{
	shared_memory_reserve_main(sizeof(Workers));
}

bool
running_may_attach(void)
{
	if (shared == NULL)
		shared = shared_memory_find_main("jira_spoke outbox workers", sizeof(Workers), init_workers);
	return shared != NULL;
}

void
running_attach(void)
{
	if (!running_may_attach())
		ereport(ERROR,
				(errcode(ERRCODE_OUT_OF_MEMORY),
				 errmsg("no shared memory is left for the workers of the Jira outbox"),
				 errhint("Add jira_spoke to shared_preload_libraries, and restart the server.")));
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

/* With the mutex held; of any outbox. */
static bool
has_worker(Oid database)
{
	for (int i = 0; i < shared->count; i++)
		if (shared->workers[i].database == database)
			return true;
	return false;
}

bool
running_announce(Oid database, Oid outbox)
{
	Worker		of_outbox = {database, outbox};
	Worker		of_database = {database, InvalidOid};
	bool		is_needed;

	SpinLockAcquire(&shared->mutex);
	is_needed = OidIsValid(outbox) ? find(&of_outbox) < 0 && find(&of_database) < 0 : !has_worker(database);
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
	Worker		worker = {MyDatabaseId, outbox, MyProcPid};
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

/* With the mutex held: the place of a database, or of the one that was looked at first. */
static Look *
find_look(Oid database)
{
	Look	   *oldest = &shared->looks[0];

	for (int i = 0; i < MOST_LOOKS; i++)
	{
		if (shared->looks[i].database == database)
			return &shared->looks[i];
		if (shared->looks[i].time < oldest->time)
			oldest = &shared->looks[i];
	}
	return oldest;
}

bool
running_may_look(Oid database)
{
	TimestampTz now = GetCurrentTimestamp();
	Look	   *look;
	bool		may;

	SpinLockAcquire(&shared->mutex);
	look = find_look(database);
	may = shared->launcher_pid == 0 &&
		(look->database != database || now - look->time > LOOK_INTERVAL_MS * INT64CONST(1000));
	if (may)
	{
		look->database = database;
		look->time = now;
	}
	SpinLockRelease(&shared->mutex);
	return may;
}

bool
running_is_announced(Oid database)
{
	Worker		worker = {database, InvalidOid};
	bool		is_announced;

	SpinLockAcquire(&shared->mutex);
	is_announced = find(&worker) >= 0;
	SpinLockRelease(&shared->mutex);
	return is_announced;
}

int
running_pid(Oid outbox)
{
	Worker		worker = {MyDatabaseId, outbox};
	int			i;
	int			pid;

	SpinLockAcquire(&shared->mutex);
	i = find(&worker);
	pid = i < 0 ? 0 : shared->workers[i].pid;
	SpinLockRelease(&shared->mutex);
	return pid;
}

TimestampTz
running_memory_since(void)
{
	running_attach();
	return shared->since;
}

static void
end_launcher(int code, Datum unused)
{
	shared->launcher_pid = 0;
}

void
running_begin_launcher(void)
{
	running_attach();
	shared->launcher_pid = MyProcPid;
	on_shmem_exit(end_launcher, 0);
}

bool
running_has_launcher(void)
{
	return shared->launcher_pid != 0;
}
