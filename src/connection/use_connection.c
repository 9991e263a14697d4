/*
 * use_connection.c
 *	  A role chooses its default connection.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "fmgr.h"
#include "miscadmin.h"
#include "utils/builtins.h"

#include "connection/connection.h"
#include "utils/argument.h"
#include "utils/own_tables.h"

PG_FUNCTION_INFO_V1(jira_use_connection);

static void
choose(const char *alias)
{
	static const char statement[] =
	"INSERT INTO jira_spoke.alias_in_use (role, alias) VALUES ($1, $2)"
	" ON CONFLICT (role) WHERE role OPERATOR(pg_catalog.<>) '0'::pg_catalog.oid"
	" DO UPDATE SET alias = excluded.alias";
	Oid			types[] = {OIDOID, TEXTOID};
	Datum		values[] = {ObjectIdGetDatum(GetUserId()), CStringGetTextDatum(alias)};

	own_tables_execute(statement, lengthof(types), types, values, NULL);
}

static void
choose_none(void)
{
	static const char statement[] =
	"DELETE FROM jira_spoke.alias_in_use WHERE role OPERATOR(pg_catalog.=) $1";
	Oid			types[] = {OIDOID};
	Datum		values[] = {ObjectIdGetDatum(GetUserId())};

	own_tables_execute(statement, lengthof(types), types, values, NULL);
}

Datum
jira_use_connection(PG_FUNCTION_ARGS)
{
	const char *alias = argument_text(fcinfo, 0);

	PreventCommandIfReadOnly("jira_use_connection()");
	if (alias)
		choose(connection_open(alias)->alias);	/* raises if the user may not */
	else
		choose_none();
	PG_RETURN_VOID();
}
