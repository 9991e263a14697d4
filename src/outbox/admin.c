/*
 * admin.c
 *	  The SQL functions for people who look after the outbox.
 */
#include "postgres.h"

#include "access/xact.h"
#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "fmgr.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/snapmgr.h"
#include "utils/timestamp.h"

#include "outbox/enqueue.h"
#include "outbox/home.h"
#include "outbox/item.h"
#include "outbox/running.h"
#include "utils/argument.h"
#include "utils/own_tables.h"
#include "utils/wait.h"

/* The poll interval of jira_wait(). */
#define LOOK_MS 50

PG_FUNCTION_INFO_V1(jira_outbox_retry);
PG_FUNCTION_INFO_V1(jira_outbox_cancel);
PG_FUNCTION_INFO_V1(jira_outbox_purge);
PG_FUNCTION_INFO_V1(jira_outbox_start);
PG_FUNCTION_INFO_V1(jira_outbox_adopt);
PG_FUNCTION_INFO_V1(jira_outbox_worker_pid);
PG_FUNCTION_INFO_V1(jira_wait);

/* Only items of this outbox, and of roles that $1, the caller, has the privileges of. */
#define MINE " AND home OPERATOR(pg_catalog.=) " OUTBOX_HERE " AND pg_catalog.pg_has_role($1, role, 'USAGE')"

static uint64
change_item(FunctionCallInfo fcinfo, const char *statement)
{
	Oid			types[] = {OIDOID, INT8OID};
	Datum		values[] = {ObjectIdGetDatum(GetUserId()), PG_GETARG_DATUM(0)};

	argument_require(fcinfo, 0, "id");
	return own_tables_execute(statement, lengthof(types), types, values, NULL);
}

static void
refuse(FunctionCallInfo fcinfo, const char *states)
{
	ereport(ERROR,
			(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
			 errmsg("item " INT64_FORMAT " of the Jira outbox does not exist, is not yours, or is not %s",
					PG_GETARG_INT64(0), states)));
}

/* Whoever asks for it knows that what has failed on an older timeline is not there. */
Datum
jira_outbox_retry(PG_FUNCTION_ARGS)
{
	uint64		changed = change_item(fcinfo,
									  "WITH item AS (UPDATE jira_spoke.outbox SET state = 'pending', attempts = 0, crashes = 0,"
									  " next_attempt = pg_catalog.clock_timestamp(), finished_at = NULL, timeline = NULL,"
									  " doubtful_since = CASE WHEN marker IS NOT NULL OR state OPERATOR(pg_catalog.=) 'pending' THEN doubtful_since END"
									  " WHERE id OPERATOR(pg_catalog.=) $2"
									  " AND " OUTBOX_STATE_IN("'pending', 'failed', 'cancelled'") MINE
									  " RETURNING connection), resumed AS ("
									  "DELETE FROM jira_spoke.outbox_pause AS p USING item AS i"
									  " WHERE p.connection OPERATOR(pg_catalog.=) i.connection)"
									  " SELECT FROM item");

	if (changed == 0)
		refuse(fcinfo, "pending, failed or cancelled");
	outbox_wake();
	PG_RETURN_VOID();
}

Datum
jira_outbox_cancel(PG_FUNCTION_ARGS)
{
	uint64		changed = change_item(fcinfo,
									  "UPDATE jira_spoke.outbox SET state = 'cancelled',"
									  " finished_at = pg_catalog.clock_timestamp()"
									  " WHERE id OPERATOR(pg_catalog.=) $2"
									  " AND " OUTBOX_STATE_IN("'pending'") MINE);

	if (changed == 0)
		refuse(fcinfo, "pending");
	PG_RETURN_VOID();
}

Datum
jira_outbox_purge(PG_FUNCTION_ARGS)
{
	static const char statement[] =
	"DELETE FROM jira_spoke.outbox"
	" WHERE state OPERATOR(pg_catalog.=) ANY (ARRAY['done', 'failed', 'cancelled'])"
	" AND finished_at OPERATOR(pg_catalog.<) (pg_catalog.clock_timestamp() OPERATOR(pg_catalog.-) $2)" MINE;
	Oid			types[] = {OIDOID, INTERVALOID};
	Datum		values[] = {ObjectIdGetDatum(GetUserId()), PG_GETARG_DATUM(0)};

	argument_require(fcinfo, 0, "older_than");
	PG_RETURN_INT64(own_tables_execute(statement, lengthof(types), types, values, NULL));
}

Datum
jira_outbox_start(PG_FUNCTION_ARGS)
{
	PreventCommandDuringRecovery("jira_outbox_start");
	outbox_wake();
	PG_RETURN_VOID();
}

Datum
jira_outbox_adopt(PG_FUNCTION_ARGS)
{
	uint64		count;

	PreventCommandIfReadOnly("jira_outbox_adopt()");
	if (!superuser())
		ereport(ERROR,
				(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
				 errmsg("only a superuser may say where the Jira outbox is at home")));
	count = home_adopt();
	outbox_wake();
	PG_RETURN_INT64((int64) count);
}

Datum
jira_outbox_worker_pid(PG_FUNCTION_ARGS)
{
	int			pid;

	running_attach();
	pid = running_pid(own_tables_relation("outbox"));
	if (pid == 0)
		PG_RETURN_NULL();
	PG_RETURN_INT32(pid);
}

/*
 * As the current user sees it, in a snapshot of now; NULL if not at all.  *is_ours
 * is set if this transaction has enqueued or changed the item: nobody else can
 * see that before it commits.
 */
static char *
read_state(int64 id, bool *is_ours)
{
	Oid			types[] = {INT8OID};
	Datum		values[] = {Int64GetDatum(id)};
	MemoryContext context = CurrentMemoryContext;
	char	   *state = NULL;
	bool		isnull;

	PushActiveSnapshot(GetLatestSnapshot());
	SPI_connect();
	SPI_execute_with_args("SELECT state, xmin FROM jira_spoke.outbox WHERE id OPERATOR(pg_catalog.=) $1"
						  " AND home OPERATOR(pg_catalog.=) " OUTBOX_HERE,
						  lengthof(types), types, values, NULL, true, 1);
	if (SPI_processed == 1)
	{
		HeapTuple	item = SPI_tuptable->vals[0];
		TransactionId writer = DatumGetTransactionId(SPI_getbinval(item, SPI_tuptable->tupdesc, 2, &isnull));

		state = MemoryContextStrdup(context, SPI_getvalue(item, SPI_tuptable->tupdesc, 1));
		*is_ours = TransactionIdIsCurrentTransactionId(writer);
	}
	SPI_finish();
	PopActiveSnapshot();
	return state;
}

static bool
is_final(const char *state)
{
	return strcmp(state, "done") == 0 || strcmp(state, "failed") == 0 || strcmp(state, "cancelled") == 0;
}

static void
check_may_wait(int64 id, const char *state, bool is_ours)
{
	if (state == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_NO_DATA_FOUND),
				 errmsg("item " INT64_FORMAT " of the Jira outbox does not exist or is not yours", id)));
	if (is_ours)
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("cannot wait for item " INT64_FORMAT " of the Jira outbox in the transaction that has enqueued or changed it", id),
				 errhint("The worker carries it out after the transaction: commit first.")));
}

Datum
jira_wait(PG_FUNCTION_ARGS)
{
	TimestampTz end;

	argument_require(fcinfo, 0, "id");
	argument_require(fcinfo, 1, "timeout");
	end = DatumGetTimestampTz(DirectFunctionCall2(timestamptz_pl_interval,
												  TimestampTzGetDatum(GetCurrentTimestamp()), PG_GETARG_DATUM(1)));
	for (;;)
	{
		bool		is_ours = false;
		char	   *state = read_state(PG_GETARG_INT64(0), &is_ours);
		bool		has_ended = state && is_final(state);

		if (!has_ended)
			check_may_wait(PG_GETARG_INT64(0), state, is_ours);
		if (has_ended || GetCurrentTimestamp() >= end)
			PG_RETURN_TEXT_P(cstring_to_text(state));
		wait_for_time(LOOK_MS);
	}
}
