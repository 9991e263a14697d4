/*
 * enqueue.c
 *	  Puts writes to Jira into the outbox.
 */
#include "postgres.h"

#include "access/table.h"
#include "access/xact.h"
#include "catalog/pg_type.h"
#include "commands/sequence.h"
#include "commands/trigger.h"
#include "executor/executor.h"
#include "fmgr.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"
#include "utils/jsonb.h"
#include "utils/rel.h"
#include "utils/timestamp.h"
#include "utils/uuid.h"

#include "connection/admin.h"
#include "outbox/enqueue.h"
#include "outbox/home.h"
#include "utils/argument.h"
#include "utils/compat.h"
#include "utils/own_tables.h"
#include "utils/settings.h"

PG_FUNCTION_INFO_V1(jira_enqueue);

/* The latest time that an item can be put off to. */
#define MOST_DELAY_DAYS 366
#define MOST_DELAY_MS (MOST_DELAY_DAYS * INT64CONST(86400000))

/* Columns of the table, in their order; a later version may have added some. */
enum
{
	ID,
	CONNECTION,
	ACTION,
	ARGUMENTS,
	STATE,
	ATTEMPTS,
	NEXT_ATTEMPT,
	RESULT,
	ERROR_TEXT,
	ROLE,
	CREATED_AT,
	FINISHED_AT,
	GROUP_KEY,
	MARKER,
	DOUBTFUL_SINCE,
	SOURCE,
	SOURCE_KEY,
	KEY_COLUMN,
	HOME,
	TIMELINE,
	CRASHES,
	WRITE_BACKS
};

bool		outbox_delivering = false;

/* The alias that the last name in this transaction was resolved to. */
static struct
{
	TimestampTz transaction;	/* its start; an alias may go in between */
	Oid			user;
	char		named[NAMEDATALEN * 2];
	char		alias[NAMEDATALEN * 2];
}			last_alias;

/* The alias that the worker will use; the caller must be allowed to write through it now. */
static const char *
resolve_alias(const char *named)
{
	const char *key = named ? named : "";

	if (last_alias.transaction != GetCurrentTransactionStartTimestamp() ||
		last_alias.user != GetUserId() || strcmp(last_alias.named, key) != 0)
	{
		Connection *connection = connection_open(named);
		char	   *alias = connection->alias;

		connection_check_write(connection);
		if (strlen(key) >= sizeof(last_alias.named) || strlen(alias) >= sizeof(last_alias.alias))
			return alias;		/* too long to remember */
		last_alias.transaction = GetCurrentTransactionStartTimestamp();
		last_alias.user = GetUserId();
		strcpy(last_alias.named, key);
		strcpy(last_alias.alias, alias);
	}
	return last_alias.alias;
}

/* Refuses a write that could not be carried out later. */
static void
check_rights(const Write *write)
{
	PreventCommandIfReadOnly(write->binding->action->name);
	if (InSecurityRestrictedOperation())
		ereport(ERROR,
				(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
				 errmsg("cannot execute %s within security-restricted operation",
						write->binding->action->name)));
	if (jira_proc_aclcheck(write->function, GetUserId()) != ACLCHECK_OK)
		aclcheck_error(ACLCHECK_NO_PRIV, OBJECT_FUNCTION, write->binding->action->name);
}

Jsonb *
outbox_jsonb(json_t *document)
{
	char	   *utf8 = jira_json_text(document);
	char	   *text;

	if (strlen(utf8) / 1024 >= jira_outbox_max_arguments)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("this is too large for the Jira outbox"),
				 errdetail("It has %zu bytes as JSON; jira_spoke.outbox_max_arguments allows %d kB.",
						   strlen(utf8), jira_outbox_max_arguments)));
	text = pg_any_to_server(utf8, strlen(utf8), PG_UTF8);

	return DatumGetJsonbP(DirectFunctionCall1(jsonb_in, CStringGetDatum(text)));
}

static void
set(TupleTableSlot *row, int column, Datum value)
{
	row->tts_values[column] = value;
	row->tts_isnull[column] = false;
}

static void
set_text(TupleTableSlot *row, int column, const char *text)
{
	if (text)
		set(row, column, CStringGetTextDatum(text));
}

static void
set_document(TupleTableSlot *row, int column, json_t *document)
{
	if (document)
		set(row, column, JsonbPGetDatum(outbox_jsonb(document)));
}

/* A label that no other issue has.  Random bytes cost less when many are asked for at once. */
static char *
new_marker(void)
{
	static pg_uuid_t uuids[64];
	static int	used = lengthof(uuids);
	pg_uuid_t  *uuid;

	if (used == lengthof(uuids))
	{
		if (!pg_strong_random(uuids, sizeof(uuids)))
			ereport(ERROR,
					(errcode(ERRCODE_INTERNAL_ERROR),
					 errmsg("could not generate random values")));
		used = 0;
	}
	uuid = &uuids[used++];
	uuid->data[6] = (uuid->data[6] & 0x0f) | 0x40;	/* as RFC 4122 wants them */
	uuid->data[8] = (uuid->data[8] & 0x3f) | 0x80;
	return psprintf("jira_spoke-%s", DatumGetCString(DirectFunctionCall1(uuid_out, UUIDPGetDatum(uuid))));
}

static void
fill_row(TupleTableSlot *row, int64 id, const NewItem *item, const char *group_key)
{
	const Write *write = item->write;

	set(row, ID, Int64GetDatum(id));
	set_text(row, CONNECTION, resolve_alias(item->connection));
	set_text(row, ACTION, write->binding->action->name);
	set_document(row, ARGUMENTS, item->arguments);
	set_text(row, STATE, "pending");
	set(row, ATTEMPTS, Int32GetDatum(0));
	set(row, WRITE_BACKS, Int32GetDatum(0));
	set(row, NEXT_ATTEMPT, TimestampTzGetDatum(item->not_before ? item->not_before : GetCurrentTimestamp()));
	set(row, ROLE, ObjectIdGetDatum(GetUserId()));
	set(row, CREATED_AT, TimestampTzGetDatum(GetCurrentTransactionStartTimestamp()));
	set_text(row, GROUP_KEY, group_key);
	if (write->is_create && jira_outbox_marker == OUTBOX_LABEL)
		set_text(row, MARKER, new_marker());
	if (OidIsValid(item->source))
		set(row, SOURCE, ObjectIdGetDatum(item->source));
	set_document(row, SOURCE_KEY, item->source_key);
	if (item->key_column)
		set(row, KEY_COLUMN, DirectFunctionCall1(namein, CStringGetDatum(item->key_column)));
	set(row, HOME, Int64GetDatum(outbox_home_id()));
	set(row, TIMELINE, Int64GetDatum(home_timeline()));
	set(row, CRASHES, Int32GetDatum(0));
}

/* The executor wants to know the table in which it inserts, as if by a query. */
static EState *
begin_insert(Relation outbox)
{
	EState	   *estate = CreateExecutorState();
	RangeTblEntry *entry = makeNode(RangeTblEntry);

	entry->rtekind = RTE_RELATION;
	entry->relid = RelationGetRelid(outbox);
	entry->relkind = outbox->rd_rel->relkind;
	entry->rellockmode = RowExclusiveLock;
	jira_init_range_table(estate, entry);
	estate->es_output_cid = GetCurrentCommandId(true);
	AfterTriggerBeginQuery();
	return estate;
}

/*
 * Without a statement, which would be started and ended for each row of a table
 * with a trigger.  The right to do so is not asked for: see check_rights().
 */
static void
insert_row(Relation outbox, TupleTableSlot *row)
{
	EState	   *estate = begin_insert(outbox);
	ResultRelInfo *target = makeNode(ResultRelInfo);

	InitResultRelInfo(target, outbox, 1, NULL, 0);
	ExecOpenIndices(target, false);
	ExecStoreVirtualTuple(row);
	ExecSimpleRelationInsert(target, estate, row);
	ExecCloseIndices(target);
	AfterTriggerEndQuery(estate);
	ExecResetTupleTable(estate->es_tupleTable, false);
	FreeExecutorState(estate);
	CommandCounterIncrement();
}

int64
outbox_put(const NewItem *item)
{
	const Write *write = item->write;
	Datum		arguments[FUNC_MAX_ARGS];
	bool		argument_nulls[FUNC_MAX_ARGS];
	const char *group_key;
	int64		id;
	Relation	outbox;
	TupleTableSlot *row;

	check_rights(write);
	write_arguments(write, item->arguments, arguments, argument_nulls);
	write_check(write, arguments, argument_nulls);
	group_key = item->group_key ? item->group_key : write_target(write, arguments, argument_nulls);

	outbox = table_open(own_tables_relation("outbox"), RowExclusiveLock);
	id = nextval_internal(own_tables_relation("outbox_id_seq"), false);
	if (RelationGetDescr(outbox)->natts <= WRITE_BACKS)
		elog(ERROR, "table jira_spoke.outbox has %d columns only", RelationGetDescr(outbox)->natts);
	row = MakeSingleTupleTableSlot(RelationGetDescr(outbox), &TTSOpsVirtual);
	memset(row->tts_isnull, true, RelationGetDescr(outbox)->natts * sizeof(bool));
	fill_row(row, id, item, group_key);
	outbox_wake();
	insert_row(outbox, row);
	ExecDropSingleTupleTableSlot(row);
	table_close(outbox, NoLock);
	return id;
}

/* Something to be put into the outbox later. */
typedef struct FollowUp
{
	const Endpoint *endpoint;
	const char *alias;
} FollowUp;

static bool
is_pending(const FollowUp *follow_up)
{
	static const char query[] =
	"SELECT FROM jira_spoke.outbox WHERE home = " OUTBOX_HERE " AND role::pg_catalog.oid OPERATOR(pg_catalog.=) $1"
	" AND connection OPERATOR(pg_catalog.=) $2 AND action OPERATOR(pg_catalog.=) $3 AND state OPERATOR(pg_catalog.=) 'pending'";
	Oid			types[] = {OIDOID, TEXTOID, TEXTOID};
	Datum		values[3];

	values[0] = ObjectIdGetDatum(GetUserId());
	values[1] = CStringGetTextDatum(follow_up->alias);
	values[2] = CStringGetTextDatum(follow_up->endpoint->followed_by);
	return own_tables_execute(query, lengthof(types), types, values, NULL) > 0;
}

static void
put_follow_up(void *arg)
{
	const FollowUp *follow_up = arg;
	NewItem		item = {.connection = follow_up->alias};

	if (is_pending(follow_up))
		return;
	item.write = write_open(follow_up->endpoint->followed_by);
	item.arguments = jira_json_object(CurrentMemoryContext);
	item.not_before = TimestampTzPlusMilliseconds(GetCurrentTimestamp(),
												  follow_up->endpoint->followed_after * INT64CONST(86400000));
	(void) outbox_put(&item);
}

static bool
is_no_cancel(int sqlstate)
{
	return ERRCODE_TO_CATEGORY(sqlstate) != ERRCODE_OPERATOR_INTERVENTION;
}

/* What was done in Jira is done: a failure to follow it up must not undo it here. */
void
outbox_follow_up(const Endpoint *endpoint, const char *alias)
{
	FollowUp	follow_up = {endpoint, alias};
	Problem    *problem;

	if (!jira_outbox_enabled)
		return;
	problem = problem_in_subtransaction(put_follow_up, &follow_up, is_no_cancel);
	if (problem)
		ereport(WARNING,
				(errcode(problem->sqlstate),
				 errmsg("%s could not be put into the Jira outbox: %s", endpoint->followed_by, problem->message),
				 errhint("Call it within %d days.", endpoint->followed_after)));
}

static json_t *
json_argument(FunctionCallInfo fcinfo, int argument)
{
	if (PG_ARGISNULL(argument))
		return jira_json_object(CurrentMemoryContext);
	return jira_json_own(CurrentMemoryContext, value_to_json(PG_GETARG_DATUM(argument), JSONBOID));
}

/* 0: not given.  An item that is never due would keep its group for ever. */
static TimestampTz
not_before_argument(FunctionCallInfo fcinfo)
{
	TimestampTz not_before = PG_ARGISNULL(3) ? 0 : PG_GETARG_TIMESTAMPTZ(3);

	if (TIMESTAMP_NOT_FINITE(not_before) ||
		not_before > TimestampTzPlusMilliseconds(GetCurrentTimestamp(), MOST_DELAY_MS))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("argument \"not_before\" must be within %d days from now", MOST_DELAY_DAYS)));
	return not_before;
}

Datum
jira_enqueue(PG_FUNCTION_ARGS)
{
	NewItem		item = {
		.write = write_open(argument_required_text(fcinfo, 0, "action")),
		.arguments = json_argument(fcinfo, 1),
		.connection = connection_named(argument_text(fcinfo, 2)),
		.not_before = not_before_argument(fcinfo),
		.group_key = argument_text(fcinfo, 4),
	};

	PG_RETURN_INT64(outbox_put(&item));
}
