/*
 * statistics_functions.c
 *	  The counters of connections in SQL: who may read them, and reset them.
 */
#include "postgres.h"

#include "catalog/pg_authid.h"
#include "commands/dbcommands.h"
#include "commands/trigger.h"
#include "fmgr.h"
#include "funcapi.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/rel.h"
#include "utils/timestamp.h"

#include "client/statistics_private.h"
#include "connection/admin.h"
#include "connection/alias_row.h"
#include "utils/argument.h"
#include "utils/foreign_text.h"
#include "utils/quoted.h"
#include "utils/sql_version.h"

PG_FUNCTION_INFO_V1(jira_stat_get_connections);
PG_FUNCTION_INFO_V1(jira_stat_reset);
PG_FUNCTION_INFO_V1(jira_stat_forget);

/* The columns of the view jira_spoke.stat_connection. */
enum
{
	DATABASE,
	CONNECTION,
	REQUESTS,
	RETRIES,
	ERRORS_4XX,
	ERRORS_5XX,
	THROTTLED,
	TIMEOUTS,
	BYTES_RECEIVED,
	MILLISECONDS,
	LAST_SUCCESS,
	LAST_ERROR,
	LAST_ERROR_AT,
	QUOTA_REMAINING,
	QUOTA_RESETS_AT,
	SCOPE,
	STATS_RESET,
	NCOLUMNS
};

typedef struct Row
{
	Datum		values[NCOLUMNS];
	bool		nulls[NCOLUMNS];
} Row;

/* May the current user use this alias of the current database? */
static bool
is_usable(const char *alias)
{
	AliasRow	row;

	return alias_row_read(alias, GetUserId(), &row) && row.access != NO_ACCESS;
}

/* In the encoding of this database; of another one only what is UTF-8 can be shown. */
static void
set_text(Row *row, int column, const ConnectionCounters *counters, const char *text)
{
	row->nulls[column] = text[0] == '\0';
	if (counters->encoding != GetDatabaseEncoding())
		text = foreign_text(text, strlen(text), strlen(text));
	row->values[column] = CStringGetTextDatum(text);
}

static void
set_moment(Row *row, int column, TimestampTz moment)
{
	row->nulls[column] = moment == 0;
	row->values[column] = TimestampTzGetDatum(moment);
}

static void
set_numbers(Row *row, const ConnectionCounters *counters)
{
	row->values[REQUESTS] = Int64GetDatum(counters->requests);
	row->values[RETRIES] = Int64GetDatum(counters->retries);
	row->values[ERRORS_4XX] = Int64GetDatum(counters->errors_4xx);
	row->values[ERRORS_5XX] = Int64GetDatum(counters->errors_5xx);
	row->values[THROTTLED] = Int64GetDatum(counters->throttled);
	row->values[TIMEOUTS] = Int64GetDatum(counters->timeouts);
	row->values[BYTES_RECEIVED] = Int64GetDatum(counters->bytes_received);
	row->values[MILLISECONDS] = Float8GetDatum(counters->milliseconds);
	row->values[QUOTA_REMAINING] = Int64GetDatum(counters->quota.remaining);
	row->nulls[QUOTA_REMAINING] = counters->quota.remaining < 0;
}

static void
put_row(ReturnSetInfo *result, const ConnectionCounters *counters, char *database)
{
	Row			row = {{0}};

	row.nulls[DATABASE] = database == NULL;
	if (database)
		row.values[DATABASE] = DirectFunctionCall1(namein, CStringGetDatum(database));
	set_text(&row, CONNECTION, counters, counters->alias);
	set_numbers(&row, counters);
	set_moment(&row, LAST_SUCCESS, counters->last_success);
	set_text(&row, LAST_ERROR, counters, counters->last_error);
	set_moment(&row, LAST_ERROR_AT, counters->last_error_at);
	set_moment(&row, QUOTA_RESETS_AT, counters->quota.resets_at);
	row.values[SCOPE] = CStringGetTextDatum(statistics_are_shared() ? "server" : "backend");
	set_moment(&row, STATS_RESET, counters->since);
	tuplestore_putvalues(result->setResult, result->setDesc, row.values, row.nulls);
}

/* What found no room of its own is of no database; it is told if there is any. */
static void
show_common(ReturnSetInfo *result, const ConnectionCounters *counters)
{
	if (counters->requests > 0 && has_privs_of_role(GetUserId(), ROLE_PG_READ_ALL_STATS))
		put_row(result, counters, NULL);
}

/* Counters of a database that was dropped make room for others. */
static void
show(ReturnSetInfo *result, const ConnectionCounters *counters)
{
	char	   *database = get_database_name(counters->database);

	if (database == NULL)
		statistics_remove(counters->database, counters->alias);
	else if (has_privs_of_role(GetUserId(), ROLE_PG_READ_ALL_STATS) ||
			 (counters->database == MyDatabaseId && is_usable(counters->alias)))
		put_row(result, counters, database);
}

Datum
jira_stat_get_connections(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *result = (ReturnSetInfo *) fcinfo->resultinfo;
	ConnectionCounters *all;
	int			count;

	sql_version_begin_rows(fcinfo, NCOLUMNS);
	statistics_attach();
	all = statistics_copy(&count);
	show_common(result, &all[0]);
	for (int i = 1; i < count; i++)
		show(result, &all[i]);
	return (Datum) 0;
}

/* Those of the whole server for a superuser, else of the aliases that the user may use. */
static void
reset_all(void)
{
	int			count;
	ConnectionCounters *all = statistics_copy(&count);

	for (int i = 0; i < count; i++)
		if (superuser() || (all[i].database == MyDatabaseId && is_usable(all[i].alias)))
			statistics_reset(all[i].database, all[i].alias);
}

Datum
jira_stat_reset(PG_FUNCTION_ARGS)
{
	const char *alias = argument_text(fcinfo, 0);
	ErrorContextCallback callback;

	admin_begin(&callback, "jira_stat_reset");
	statistics_attach();
	if (alias == NULL)
		reset_all();
	else if (superuser() || is_usable(alias))
		statistics_reset(MyDatabaseId, alias);
	else
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_OBJECT),
				 errmsg("connection \"%s\" does not exist or you may not use it", quoted(alias))));
	admin_end(&callback);
	PG_RETURN_VOID();
}

/*
 * Trigger of jira_spoke.alias: the history of an alias is not that of another one
 * of the same name, whose owner it may be kept from.
 */
Datum
jira_stat_forget(PG_FUNCTION_ARGS)
{
	TriggerData *trigger = (TriggerData *) fcinfo->context;
	Datum		name;
	bool		isnull;

	if (!CALLED_AS_TRIGGER(fcinfo) || !TRIGGER_FIRED_FOR_ROW(trigger->tg_event))
		ereport(ERROR,
				(errcode(ERRCODE_E_R_I_E_TRIGGER_PROTOCOL_VIOLATED),
				 errmsg("jira_stat_forget must be called as a trigger for each row")));
	name = heap_getattr(trigger->tg_trigtuple, 1, RelationGetDescr(trigger->tg_relation), &isnull);
	statistics_attach();
	if (!isnull)
		statistics_remove(MyDatabaseId, TextDatumGetCString(name));
	return PointerGetDatum(NULL);
}
