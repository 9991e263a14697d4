/*
 * alias_row.c
 *	  Reading the rows of an alias, and which one is the default.
 */
#include "postgres.h"

#include "access/xact.h"
#include "catalog/pg_class.h"
#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/guc.h"
#include "utils/snapmgr.h"

#include "connection/alias_row.h"
#include "connection/options.h"
#include "utils/own_tables.h"

/* A query of the extension's tables, planned once. */
typedef struct AliasQuery
{
	const char *text;
	Oid			types[2];
	int			ntypes;
	SPIPlanPtr	plan;			/* NULL: none yet */
} AliasQuery;

/* $1 the alias, $2 the role whose right to use it is checked. */
static AliasQuery alias_query =
{
	"SELECT a.owner, c.parent, c.url, c.server_type, c.api_version,"
	" c.auth, c.username, c.scoped, c.cloud_id, c.oauth_application, c.certificate_origin,"
	" c.options,"
	" pg_catalog.pg_has_role($2, a.owner, 'USAGE'),"
	" EXISTS (SELECT FROM pg_catalog.unnest(a.writers) AS g (role)"
	" WHERE pg_catalog.pg_has_role($2, g.role, 'USAGE')),"
	" EXISTS (SELECT FROM pg_catalog.unnest(a.readers) AS g (role)"
	" WHERE pg_catalog.pg_has_role($2, g.role, 'USAGE'))"
	" FROM jira_spoke.alias AS a"
	" JOIN jira_spoke.connection AS c ON c.alias OPERATOR(pg_catalog.=) a.name"
	" WHERE a.name OPERATOR(pg_catalog.=) $1",
	{
		TEXTOID, OIDOID
	}, 2
};

/* The alias that role $1 has chosen, else its own default one. */
static AliasQuery default_query =
{
	"SELECT COALESCE((SELECT u.alias FROM jira_spoke.alias_in_use AS u"
	" WHERE u.role OPERATOR(pg_catalog.=) $1),"
	" (SELECT a.name FROM jira_spoke.alias AS a"
	" WHERE a.is_default AND a.owner OPERATOR(pg_catalog.=) $1))",
	{
		OIDOID
	}, 1
};

/*
 * A new snapshot at any isolation level: an alias that was revoked since cannot
 * be used in an old transaction.
 */
static void
push_latest_snapshot(void)
{
	PushActiveSnapshot(GetCatalogSnapshot(own_tables_relation("alias")));
}

static void
run_query(AliasQuery *query, Datum *values)
{
	if (query->plan == NULL)
	{
		SPIPlanPtr	plan = SPI_prepare_cursor(query->text, query->ntypes, query->types, CURSOR_OPT_GENERIC_PLAN);

		if (plan == NULL || SPI_keepplan(plan) != 0)
			elog(ERROR, "could not prepare the query for an alias");
		query->plan = plan;
	}
	SPI_execute_plan(query->plan, values, NULL, true, 1);
}

/* A column of the only row, copied out of SPI; NULL for a null. */
static char *
column_text(MemoryContext context, int column)
{
	char	   *text = SPI_getvalue(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, column);

	return text ? MemoryContextStrdup(context, text) : NULL;
}

static bool
column_boolean(int column)
{
	bool		isnull;
	Datum		value = SPI_getbinval(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, column, &isnull);

	return !isnull && DatumGetBool(value);
}

static void
fill_row(MemoryContext context, void *result)
{
	AliasRow   *row = result;
	char	  **texts[] = {&row->parent, &row->url, &row->server_type, &row->api_version,
		&row->auth, &row->username, &row->scoped, &row->cloud_id, &row->oauth_application,
	&row->certificate_origin};
	HeapTuple	tuple = SPI_tuptable->vals[0];
	TupleDesc	columns = SPI_tuptable->tupdesc;
	Datum		value;
	bool		isnull;

	value = SPI_getbinval(tuple, columns, 1, &isnull);
	row->owner = isnull ? InvalidOid : DatumGetObjectId(value);
	for (int i = 0; i < lengthof(texts); i++)
		*texts[i] = column_text(context, i + 2);
	row->options = options_parse(context, column_text(context, lengthof(texts) + 2));
	row->owned = column_boolean(columns->natts - 2);
	if (row->owned || column_boolean(columns->natts - 1))
		row->access = WRITE_ACCESS;
	else
		row->access = column_boolean(columns->natts) ? READ_ACCESS : NO_ACCESS;
}

/* Runs a query as the tables' owner, whoever calls, and "take" while its result is there. */
static bool
query_as_owner(AliasQuery *query, Datum *values, void (*take) (MemoryContext context, void *result), void *result)
{
	MemoryContext context = CurrentMemoryContext;
	int			level = own_tables_pin_settings();
	SavedUserId caller = own_tables_become_owner();
	bool		found;

	push_latest_snapshot();
	SPI_connect();
	run_query(query, values);
	found = SPI_processed == 1;
	if (found)
		take(context, result);
	SPI_finish();
	PopActiveSnapshot();
	own_tables_restore_user(&caller);
	AtEOXact_GUC(true, level);
	return found;
}

bool
alias_row_read(const char *name, Oid role, AliasRow *row)
{
	Datum		values[] = {CStringGetTextDatum(name), ObjectIdGetDatum(role)};

	return query_as_owner(&alias_query, values, fill_row, row);
}

static void
fill_name(MemoryContext context, void *name)
{
	*(char **) name = column_text(context, 1);
}

char *
alias_row_default(void)
{
	Datum		values[] = {ObjectIdGetDatum(GetUserId())};
	char	   *name = NULL;

	(void) query_as_owner(&default_query, values, fill_name, &name);
	if (name == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_OBJECT),
				 errmsg("no connection is named and no default connection is available"),
				 errhint("Name one in the argument \"connection\" or in the setting jira_spoke.connection, or choose one with jira_use_connection.")));
	return name;
}

void
alias_row_inherit(AliasRow *row, const AliasRow *parent)
{
	char	  **own[] = {&row->url, &row->server_type, &row->api_version, &row->auth,
		&row->username, &row->scoped, &row->oauth_application, &row->certificate_origin,
	};
	char	   *const theirs[] = {parent->url, parent->server_type, parent->api_version,
		parent->auth, parent->username, parent->scoped, parent->oauth_application,
	parent->certificate_origin};

	if (row->url == NULL && row->cloud_id == NULL)
		row->cloud_id = parent->cloud_id;
	for (int i = 0; i < lengthof(own); i++)
		if (*own[i] == NULL)
			*own[i] = theirs[i];
	row->options = options_inherit(row->options, parent->options);
}
