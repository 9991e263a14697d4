/*
 * option_store.c
 *	  Options of a connection, stored.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "utils/builtins.h"

#include "connection/connection.h"
#include "utils/own_tables.h"

/*
 * What leads an alias elsewhere (a URL, another parent) must not take along the
 * identity that a client certificate proves.
 */
static void
check_origin(const char *alias, const char *origin)
{
	static const char query[] =
	"SELECT FROM jira_spoke.connection WHERE alias OPERATOR(pg_catalog.=) $1"
	" AND certificate_origin OPERATOR(pg_catalog.<>) $2";
	Oid			types[] = {TEXTOID, TEXTOID};
	Datum		values[] = {CStringGetTextDatum(alias), CStringGetTextDatum(origin)};

	if (own_tables_execute(query, lengthof(types), types, values, NULL) > 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_AUTHORIZATION_SPECIFICATION),
				 errmsg("the client certificate of connection \"%s\" was stored for another host", alias),
				 errhint("Give the options client_certificate and client_key again, or null for both to remove them.")));
}

/* "options || $2" where a null removes, and nothing left is NULL. */
static void
merge(const char *alias, Jsonb *given, const char *origin)
{
	static const char statement[] =
	"UPDATE jira_spoke.connection AS c SET options = merged.options, certificate_origin ="
	" CASE WHEN NOT $2 OPERATOR(pg_catalog.?) 'client_certificate' THEN c.certificate_origin"
	" WHEN merged.options OPERATOR(pg_catalog.?) 'client_certificate' THEN $3 END"
	" FROM (SELECT o.alias, NULLIF(pg_catalog.jsonb_strip_nulls("
	"COALESCE(o.options, '{}') OPERATOR(pg_catalog.||) $2), '{}') AS options"
	" FROM jira_spoke.connection AS o) AS merged"
	" WHERE c.alias OPERATOR(pg_catalog.=) $1 AND merged.alias OPERATOR(pg_catalog.=) $1";
	Oid			types[] = {TEXTOID, JSONBOID, TEXTOID};
	Datum		values[] = {CStringGetTextDatum(alias), JsonbPGetDatum(given),
	CStringGetTextDatum(origin)};

	own_tables_execute(statement, lengthof(types), types, values, NULL);
}

void
options_store(const char *alias, Jsonb *given)
{
	Connection *connection = connection_open(alias);

	if (given)
	{
		options_check(given);
		merge(alias, given, connection->url.origin);
	}
	check_origin(alias, connection->url.origin);
}
