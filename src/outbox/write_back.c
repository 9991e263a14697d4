/*
 * write_back.c
 *	  Role workers (role_worker.h), as the dispatcher starts and ends them.
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "miscadmin.h"
#include "storage/dsm.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/timestamp.h"

#include "outbox/item.h"
#include "outbox/outbox_xact.h"
#include "outbox/role_worker.h"
#include "outbox/write_back.h"
#include "utils/background_worker.h"
#include "utils/compat.h"
#include "utils/own_tables.h"
#include "utils/settings.h"
#include "utils/worker_xact.h"

/* A worker that has not ended its item so long after the time-out is terminated. */
#define GRACE_MS 2000

/* The pause of a role and table after a failure, doubled up to the longest. */
#define FIRST_PAUSE_MS 1000
#define LONGEST_PAUSE_MS (10 * 60 * 1000)

/* The longest time between two looks at what is to be written. */
#define LOOK_MS 1000

/* Without a free worker slot. */
#define LONGEST_START_PAUSE_MS (60 * 1000)

/* A role and a table, while a worker is running for them, or they pause or wait for their next turn. */
typedef struct Target
{
	Oid			role;
	Oid			source;
	char		table[NAMEDATALEN]; /* name of the source, for messages */
	BackgroundWorkerHandle *handle; /* NULL: no worker is running */
	dsm_segment *segment;
	RoleWork   *work;			/* in the segment */
	bool		is_terminated;
	bool		is_due;			/* at the last look */
	TimestampTz served;			/* when its last worker ended */
	long		pause;			/* milliseconds, 0 after a success */
	TimestampTz not_before;
} Target;

/* What is to be written, as the database tells. */
typedef struct Due
{
	Oid			role;
	Oid			source;
	bool		exists;			/* the role */
	bool		may_connect;
	int			number;			/* in the order of their first results */
	TimestampTz served;			/* of the target */
} Due;

/* $1: can a worker connect as a role that may not log in? */
static const char due_statement[] =
"SELECT d.role::oid, d.source::oid, a.oid IS NOT NULL,"
" ($1 OR a.rolcanlogin) AND has_database_privilege(a.oid, current_database(), 'CONNECT')"
" FROM (SELECT o.role, o.source, min(o.next_attempt) AS first FROM jira_spoke.outbox AS o"
"  WHERE o.state = 'writing_back' AND o.next_attempt <= clock_timestamp() GROUP BY 1, 2) AS d"
" LEFT JOIN pg_authid AS a ON a.oid = d.role ORDER BY d.first";

static List *targets = NIL;
static TimestampTz next_look = 0;	/* an earlier dispatcher may have left
									 * results */
static long start_pause = 0;	/* milliseconds, while no slot is free */

void
write_back_expect(void)
{
	if (start_pause == 0)
		next_look = 0;
}

static Target *
find_target(Oid role, Oid source)
{
	ListCell   *cell;

	foreach(cell, targets)
	{
		Target	   *target = lfirst(cell);

		if (target->role == role && target->source == source)
			return target;
	}
	return NULL;
}

static void
note_due(Due *due)
{
	Target	   *target = find_target(due->role, due->source);

	due->served = target ? target->served : 0;
	if (target)
		target->is_due = true;
}

static List *
find_due(void)
{
	MemoryContext context = CurrentMemoryContext;
	Oid			types[] = {BOOLOID};
	Datum		values[] = {BoolGetDatum(JIRA_BYPASS_LOGIN_CHECK != 0)};
	List	   *list = NIL;
	bool		isnull;

	SPI_connect();
	SPI_execute_plan(own_tables_plan(due_statement, lengthof(types), types), values, NULL, true, 0);
	for (uint64 i = 0; i < SPI_processed; i++)
	{
		HeapTuple	row = SPI_tuptable->vals[i];
		TupleDesc	columns = SPI_tuptable->tupdesc;
		Due		   *due = MemoryContextAlloc(context, sizeof(Due));
		Datum		may_connect;

		due->role = DatumGetObjectId(SPI_getbinval(row, columns, 1, &isnull));
		due->source = DatumGetObjectId(SPI_getbinval(row, columns, 2, &isnull));
		due->exists = DatumGetBool(SPI_getbinval(row, columns, 3, &isnull));
		may_connect = SPI_getbinval(row, columns, 4, &isnull);
		due->may_connect = !isnull && DatumGetBool(may_connect);
		due->number = i;
		note_due(due);
		MemoryContextSwitchTo(context);
		list = lappend(list, due);
	}
	SPI_finish();
	return list;
}

static Target *
find_or_add_target(const Due *due)
{
	Target	   *target = find_target(due->role, due->source);
	const char *name = get_rel_name(due->source);
	MemoryContext before;

	if (target)
		return target;
	before = MemoryContextSwitchTo(TopMemoryContext);
	target = palloc0(sizeof(Target));
	target->role = due->role;
	target->source = due->source;
	strlcpy(target->table, name ? name : "", NAMEDATALEN);
	targets = lappend(targets, target);
	MemoryContextSwitchTo(before);
	return target;
}

static void
fill_work(RoleWork *work, const Due *due)
{
	work->database = MyDatabaseId;
	work->outbox = outbox_table;
	work->role = due->role;
	work->source = due->source;
	work->may_connect = due->may_connect;
	pg_atomic_init_u64(&work->begun, 0);
	pg_atomic_init_u32(&work->was_late, 0);
	pg_atomic_init_u32(&work->makes_room, 0);
	pg_atomic_init_u32(&work->has_ended, 0);
}

/* The next dispatcher knows nothing of the worker. */
static void
make_room_at_end(dsm_segment *segment, Datum unused)
{
	pg_atomic_write_u32(&((RoleWork *) dsm_segment_address(segment))->makes_room, 1);
}

/* In a transaction.  Returns false if no slot of the server is free. */
static bool
start_role_worker(Target *target, const Due *due)
{
	BackgroundWorker worker = background_worker("outbox role worker", "jira_outbox_role_main");
	MemoryContext before = MemoryContextSwitchTo(TopMemoryContext);
	bool		started;

	target->segment = dsm_create(sizeof(RoleWork), 0);
	dsm_pin_mapping(target->segment);
	target->work = dsm_segment_address(target->segment);
	fill_work(target->work, due);
	on_dsm_detach(target->segment, make_room_at_end, (Datum) 0);
	worker.bgw_main_arg = UInt32GetDatum(dsm_segment_handle(target->segment));
	worker.bgw_notify_pid = MyProcPid;
	started = RegisterDynamicBackgroundWorker(&worker, &target->handle);
	if (!started)
	{
		dsm_detach(target->segment);
		target->handle = NULL;
	}
	target->is_terminated = false;
	MemoryContextSwitchTo(before);
	return started;
}

static void
pause_target(Target *target)
{
	target->pause = target->pause ? Min(2 * target->pause, LONGEST_PAUSE_MS) : FIRST_PAUSE_MS;
	target->not_before = TimestampTzPlusMilliseconds(GetCurrentTimestamp(), target->pause);
}

/* A worker that did not end by itself was killed, crashed, or could not begin. */
static void
note_end(Target *target)
{
	if (!pg_atomic_read_u32(&target->work->has_ended) || pg_atomic_read_u32(&target->work->was_late))
		pause_target(target);
	else
		target->pause = 0;
	target->served = GetCurrentTimestamp();
	dsm_detach(target->segment);
	pfree(target->handle);
	target->handle = NULL;
	next_look = 0;
}

/* When the worker of a target is to be terminated, DT_NOEND if it is not. */
static TimestampTz
time_to_terminate(const Target *target)
{
	TimestampTz begun = target->handle ? pg_atomic_read_u64(&target->work->begun) : 0;

	if (begun == 0 || target->is_terminated)
		return DT_NOEND;
	return TimestampTzPlusMilliseconds(begun, (int64) jira_write_back_timeout + GRACE_MS);
}

static void
terminate_if_late(Target *target, pid_t pid)
{
	if (time_to_terminate(target) > GetCurrentTimestamp())
		return;
	TerminateBackgroundWorker(target->handle);
	target->is_terminated = true;
	ereport(LOG,
			(errmsg("terminated the role worker with PID %d of the Jira outbox: it writes into a row of \"%s\" for more than %d ms",
					(int) pid, target->table, jira_write_back_timeout),
			 errhint("Look at the triggers of the table. One that cannot be ended keeps its process.")));
}

/* Ends those that are late, and forgets those that have ended. */
static void
watch_role_workers(void)
{
	ListCell   *cell;

	foreach(cell, targets)
	{
		Target	   *target = lfirst(cell);
		pid_t		pid;

		if (target->handle == NULL)
			continue;
		if (GetBackgroundWorkerPid(target->handle, &pid) == BGWH_STOPPED)
			note_end(target);
		else
			terminate_if_late(target, pid);
	}
}

/*
 * May the role have another worker?  No role has all of them, and one whose
 * worker does not let itself be ended has no other.
 */
static bool
has_room(Oid role)
{
	int			running = 0;
	int			of_role = 0;
	ListCell   *cell;

	foreach(cell, targets)
	{
		const Target *target = lfirst(cell);

		if (target->handle == NULL)
			continue;
		if (target->is_terminated && target->role == role)
			return false;
		running += target->is_terminated ? 0 : 1;
		of_role += target->role == role ? 1 : 0;
	}
	return running < jira_outbox_write_back_workers && of_role < Max(1, jira_outbox_write_back_workers - 1);
}

static void
make_room(void)
{
	ListCell   *cell;

	foreach(cell, targets)
	{
		const Target *target = lfirst(cell);

		if (target->handle)
			pg_atomic_write_u32(&target->work->makes_room, 1);
	}
}

/* Nobody is left who could have the right to update the rows. */
static void
give_up(const Due *due)
{
	ListCell   *cell;

	foreach(cell, item_take_to_write_back(due->role, due->source, MOST_AT_ONCE))
	{
		item_written_back(lfirst(cell), "It was carried out, but the result could not be put into its row: the role that enqueued this does not exist any more.");
	}
}

/* In a transaction. */
static void
note_no_slot(const Due *due)
{
	Oid			types[] = {OIDOID, OIDOID};
	Datum		values[] = {ObjectIdGetDatum(due->role), ObjectIdGetDatum(due->source)};

	if (start_pause == 0)
		ereport(LOG,
				(errmsg("no worker could be started to write results of the Jira outbox into rows"),
				 errhint("Raise \"max_worker_processes\".")));
	start_pause = start_pause ? Min(2 * start_pause, LONGEST_START_PAUSE_MS) : FIRST_PAUSE_MS;
	next_look = TimestampTzPlusMilliseconds(GetCurrentTimestamp(), start_pause);
	(void) own_tables_execute("UPDATE jira_spoke.outbox SET error = 'It was carried out; the result waits until max_worker_processes leaves room for a worker that puts it into its row.'"
							  " WHERE state = 'writing_back' AND role = $1 AND source = $2 AND error IS NULL",
							  lengthof(types), types, values, NULL);
}

/* In a transaction.  Returns false if no more can be started now. */
static bool
start_for(const Due *due)
{
	Target	   *target = find_target(due->role, due->source);

	if (!due->exists)
		give_up(due);
	if (!due->exists || (target && (target->handle || target->not_before > GetCurrentTimestamp())))
		return true;
	if (!has_room(due->role))
	{
		make_room();
		return true;
	}
	if (start_role_worker(find_or_add_target(due), due))
	{
		start_pause = 0;
		return true;
	}
	note_no_slot(due);
	return false;
}

/* Forgets targets that need not be remembered. */
static void
forget_targets(void)
{
	ListCell   *cell;

	foreach(cell, targets)
	{
		Target	   *target = lfirst(cell);

		if (target->handle || target->pause || target->is_due)
			continue;
		targets = foreach_delete_current(targets, cell);
		pfree(target);
	}
}

/* Who has waited longest is first, or others could take turns for ever. */
static int
compare_due(const ListCell *a, const ListCell *b)
{
	const Due  *first = lfirst(a);
	const Due  *second = lfirst(b);

	if (first->served != second->served)
		return first->served < second->served ? -1 : 1;
	return first->number - second->number;
}

static List *
due_in_turn(void)
{
	List	   *due;
	ListCell   *cell;

	foreach(cell, targets)
	{
		((Target *) lfirst(cell))->is_due = false;
	}
	due = find_due();
	list_sort(due, compare_due);
	return due;
}

static void
start_role_workers(void)
{
	MemoryContext context = AllocSetContextCreate(CurrentMemoryContext, "Jira results", ALLOCSET_SMALL_SIZES);
	MemoryContext before = MemoryContextSwitchTo(context);
	ListCell   *cell;

	next_look = TimestampTzPlusMilliseconds(GetCurrentTimestamp(), LOOK_MS);
	outbox_xact_start();
	foreach(cell, due_in_turn())
	{
		if (!start_for(lfirst(cell)))
			break;
	}
	worker_xact_commit();
	forget_targets();
	MemoryContextSwitchTo(before);
	MemoryContextDelete(context);
}

void
write_back_run(void)
{
	watch_role_workers();
	if (GetCurrentTimestamp() >= next_look)
		start_role_workers();
}

long
write_back_next(void)
{
	TimestampTz next = next_look;
	ListCell   *cell;

	foreach(cell, targets)
	{
		next = Min(next, time_to_terminate(lfirst(cell)));
	}
	return TimestampDifferenceMilliseconds(GetCurrentTimestamp(), next);
}

bool
write_back_is_idle(void)
{
	ListCell   *cell;

	foreach(cell, targets)
	{
		if (((Target *) lfirst(cell))->handle)
			return false;
	}
	return true;
}
