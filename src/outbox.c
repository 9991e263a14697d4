/*
 * outbox.c
 *	  Puts writes to Jira into the outbox.
 */
#include "postgres.h"

#include "access/xact.h"
#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "fmgr.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/jsonb.h"
#include "utils/timestamp.h"

#include "admin.h"
#include "alias_row.h"
#include "compat.h"
#include "outbox.h"
#include "settings.h"

PG_FUNCTION_INFO_V1(jira_enqueue);

/* Parameters of the statement that inserts. */
enum
{
	CONNECTION,
	ACTION,
	ARGUMENTS,
	NEXT_ATTEMPT,
	ROLE,
	GROUP_KEY,
	HAS_MARKER,
	SOURCE,
	SOURCE_KEY,
	KEY_COLUMN,
	PARAMETERS
};

static const char insert_statement[] =
"INSERT INTO jira_spoke.outbox (connection, action, arguments, next_attempt, role, group_key,"
" marker, source, source_key, key_column)"
" VALUES ($1, $2, $3, COALESCE($4, pg_catalog.clock_timestamp()), $5, $6,"
" CASE WHEN $7 THEN pg_catalog.concat('jira_spoke-', pg_catalog.gen_random_uuid()) END, $8, $9, $10)"
" RETURNING id";

static Oid	parameter_types[PARAMETERS] = {
	TEXTOID, TEXTOID, JSONBOID, TIMESTAMPTZOID, REGROLEOID, TEXTOID, BOOLOID, REGCLASSOID, JSONBOID, NAMEOID
};

bool		outbox_delivering = false;
char	   *outbox_search_path = NULL;

static SPIPlanPtr insert_plan = NULL;

/* What the alias that was named last in this transaction came to. */
static struct
{
	TimestampTz transaction;	/* its start; an alias may go in between */
	Oid			user;
	char		named[NAMEDATALEN * 2];
	char		alias[NAMEDATALEN * 2];
}			last_alias;

/* The alias that the worker is to use: it must be usable now already. */
static const char *
resolve_alias(const char *named)
{
	const char *key = named ? named : "";

	if (last_alias.transaction != GetCurrentTransactionStartTimestamp() ||
		last_alias.user != GetUserId() || strcmp(last_alias.named, key) != 0)
	{
		char	   *alias = connection_open(named)->alias;

		if (strlen(key) >= sizeof(last_alias.named) || strlen(alias) >= sizeof(last_alias.alias))
			return alias;		/* too long to remember */
		last_alias.transaction = GetCurrentTransactionStartTimestamp();
		last_alias.user = GetUserId();
		strcpy(last_alias.named, key);
		strcpy(last_alias.alias, alias);
	}
	return last_alias.alias;
}

/* What cannot be carried out later is refused now. */
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
jsonb_of(json_t *document)
{
	char	   *utf8 = jira_json_text(document);
	char	   *text = pg_any_to_server(utf8, strlen(utf8), PG_UTF8);

	return DatumGetJsonbP(DirectFunctionCall1(jsonb_in, CStringGetDatum(text)));
}

static void
prepare_plan(void)
{
	SPIPlanPtr	plan;

	if (insert_plan)
		return;
	plan = SPI_prepare(insert_statement, PARAMETERS, parameter_types);
	if (plan == NULL || SPI_keepplan(plan) != 0)
		elog(ERROR, "could not prepare the statement that fills the outbox");
	insert_plan = plan;
}

static int64
insert_item(Datum *values, const char *nulls)
{
	Self		self = begin_as_owner();
	bool		isnull;
	int64		id;

	SPI_connect();
	prepare_plan();
	if (SPI_execute_plan(insert_plan, values, nulls, false, 0) != SPI_OK_INSERT_RETURNING)
		elog(ERROR, "could not fill the outbox");
	id = DatumGetInt64(SPI_getbinval(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 1, &isnull));
	SPI_finish();
	end_as_owner(&self);
	return id;
}

int64
outbox_put(const NewItem *item)
{
	const Write *write = item->write;
	Datum		arguments[FUNC_MAX_ARGS];
	bool		argument_nulls[FUNC_MAX_ARGS];
	const char *group_key;
	Datum		values[PARAMETERS];
	char		nulls[PARAMETERS];

	check_rights(write);
	write_arguments(write, item->arguments, arguments, argument_nulls);
	write_refuse_secrets(write, argument_nulls);
	group_key = item->group_key ? item->group_key : write_target(write, arguments, argument_nulls);

	memset(nulls, ' ', sizeof(nulls));
	values[CONNECTION] = CStringGetTextDatum(resolve_alias(item->connection));
	values[ACTION] = CStringGetTextDatum(write->binding->action->name);
	values[ARGUMENTS] = JsonbPGetDatum(jsonb_of(item->arguments));
	values[NEXT_ATTEMPT] = TimestampTzGetDatum(item->not_before);
	nulls[NEXT_ATTEMPT] = item->not_before ? ' ' : 'n';
	values[ROLE] = ObjectIdGetDatum(GetUserId());
	values[GROUP_KEY] = group_key ? CStringGetTextDatum(group_key) : 0;
	nulls[GROUP_KEY] = group_key ? ' ' : 'n';
	values[HAS_MARKER] = BoolGetDatum(write->is_create && jira_outbox_marker == OUTBOX_LABEL);
	values[SOURCE] = ObjectIdGetDatum(item->source);
	nulls[SOURCE] = OidIsValid(item->source) ? ' ' : 'n';
	values[SOURCE_KEY] = item->source_key ? JsonbPGetDatum(jsonb_of(item->source_key)) : 0;
	nulls[SOURCE_KEY] = item->source_key ? ' ' : 'n';
	values[KEY_COLUMN] = item->key_column
		? DirectFunctionCall1(namein, CStringGetDatum(item->key_column)) : 0;
	nulls[KEY_COLUMN] = item->key_column ? ' ' : 'n';
	outbox_wake();
	return insert_item(values, nulls);
}

static json_t *
json_argument(FunctionCallInfo fcinfo, int argument)
{
	if (PG_ARGISNULL(argument))
		return jira_json_object(CurrentMemoryContext);
	return jira_json_own(CurrentMemoryContext, value_to_json(PG_GETARG_DATUM(argument), JSONBOID));
}

Datum
jira_enqueue(PG_FUNCTION_ARGS)
{
	NewItem		item = {
		.write = write_open(required_argument(fcinfo, 0, "action")),
		.arguments = json_argument(fcinfo, 1),
		.connection = connection_named(text_argument(fcinfo, 2)),
		.not_before = PG_ARGISNULL(3) ? 0 : PG_GETARG_TIMESTAMPTZ(3),
		.group_key = text_argument(fcinfo, 4),
	};

	PG_RETURN_INT64(outbox_put(&item));
}
