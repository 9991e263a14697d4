/*
 * alias_row.c
 *	  Reading the rows of an alias, by a query of its own for each kind of reader.
 */
#include "postgres.h"

#include "access/xact.h"
#include "catalog/pg_class.h"
#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "miscadmin.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/guc.h"
#include "utils/snapmgr.h"
#include "utils/syscache.h"

#include "connection/alias_row.h"
#include "connection/options.h"
#include "utils/own_tables.h"

/*
 * A query, planned for one role: row level security is part of the plan.  For
 * another role it is planned again.
 */
typedef struct RoleQuery
{
	const char *text;
	Oid			types[2];
	Oid			role;
	SPIPlanPtr	plan;			/* NULL: none yet */
} RoleQuery;

/* $1 the alias, $2 the role whose right to use it is checked. */
#define ALIAS_QUERY \
"SELECT a.owner, c.parent, c.url, c.server_type, c.api_version," \
" c.auth, c.username, c.scoped, c.cloud_id, c.oauth_application, c.certificate_origin," \
" CASE WHEN c.options OPERATOR(pg_catalog.?) 'requests_per_second' THEN a.name END," \
" c.options," \
" pg_catalog.pg_has_role($2, a.owner, 'USAGE')" \
" OR EXISTS (SELECT FROM pg_catalog.unnest(a.granted) AS g (role)" \
" WHERE pg_catalog.pg_has_role($2, g.role, 'USAGE'))" \
" FROM jira_spoke.alias AS a" \
" JOIN jira_spoke.connection AS c ON c.alias OPERATOR(pg_catalog.=) a.name" \
" WHERE a.name OPERATOR(pg_catalog.=) $1"

static RoleQuery user_alias_query = {ALIAS_QUERY, {TEXTOID, OIDOID}};
static RoleQuery owner_alias_query = {ALIAS_QUERY, {TEXTOID, OIDOID}};

/*
 * The default alias of role $1, else those that were granted to it.  A role that
 * bypasses row level security ($2) sees all default aliases, but only its own
 * one counts.
 */
static RoleQuery default_query = {
	"SELECT name FROM jira_spoke.alias WHERE is_default"
	" AND (owner OPERATOR(pg_catalog.=) $1 OR NOT $2)"
	" ORDER BY owner OPERATOR(pg_catalog.=) $1 DESC"
	" FETCH FIRST ROW WITH TIES",
	{OIDOID, BOOLOID}
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
run_query(RoleQuery *query, Datum *values, long most)
{
	if (query->plan && query->role != GetUserId())
	{
		SPI_freeplan(query->plan);
		query->plan = NULL;
	}
	if (query->plan == NULL)
	{
		SPIPlanPtr	plan = SPI_prepare_cursor(query->text, lengthof(query->types), query->types, CURSOR_OPT_GENERIC_PLAN);

		if (plan == NULL || SPI_keepplan(plan) != 0)
			elog(ERROR, "could not prepare the query for an alias");
		query->plan = plan;
		query->role = GetUserId();
	}
	SPI_execute_plan(query->plan, values, NULL, true, most);
}

/* A column of the only row, copied out of SPI; NULL for a null. */
static char *
column_text(MemoryContext context, int column)
{
	char	   *text = SPI_getvalue(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, column);

	return text ? MemoryContextStrdup(context, text) : NULL;
}

static void
fill_row(MemoryContext context, AliasRow *row)
{
	char	  **texts[] = {&row->parent, &row->url, &row->server_type, &row->api_version,
		&row->auth, &row->username, &row->scoped, &row->cloud_id, &row->oauth_application,
	&row->certificate_origin, &row->paced_by};
	HeapTuple	tuple = SPI_tuptable->vals[0];
	TupleDesc	columns = SPI_tuptable->tupdesc;
	Datum		value;
	bool		isnull;

	value = SPI_getbinval(tuple, columns, 1, &isnull);
	row->owner = isnull ? InvalidOid : DatumGetObjectId(value);
	for (int i = 0; i < lengthof(texts); i++)
		*texts[i] = column_text(context, i + 2);
	row->options = options_parse(context, column_text(context, lengthof(texts) + 2));
	value = SPI_getbinval(tuple, columns, columns->natts, &isnull);
	row->usable = !isnull && DatumGetBool(value);
}

bool
alias_row_read(const char *name, Oid role, bool as_owner, AliasRow *row)
{
	MemoryContext context = CurrentMemoryContext;
	Datum		values[] = {CStringGetTextDatum(name), ObjectIdGetDatum(role)};
	int			level = own_tables_pin_settings();
	SavedUserId caller = {InvalidOid, 0};
	bool		found;

	if (as_owner)
		caller = own_tables_become_owner();
	push_latest_snapshot();
	SPI_connect();
	run_query(as_owner ? &owner_alias_query : &user_alias_query, values, 1);
	found = SPI_processed == 1;
	if (found)
		fill_row(context, row);
	SPI_finish();
	PopActiveSnapshot();
	if (as_owner)
		own_tables_restore_user(&caller);
	AtEOXact_GUC(true, level);
	return found;
}

char *
alias_row_default(void)
{
	MemoryContext context = CurrentMemoryContext;
	Datum		values[] = {ObjectIdGetDatum(GetUserId()),
	BoolGetDatum(has_bypassrls_privilege(GetUserId()))};
	int			level = own_tables_pin_settings();
	char	   *name = NULL;
	uint64		found;

	push_latest_snapshot();
	SPI_connect();
	run_query(&default_query, values, 2);
	found = SPI_processed;
	if (found > 0)
		name = column_text(context, 1);
	SPI_finish();
	PopActiveSnapshot();
	AtEOXact_GUC(true, level);

	if (found != 1)
		ereport(ERROR,
				(errcode(found ? ERRCODE_AMBIGUOUS_ALIAS : ERRCODE_UNDEFINED_OBJECT),
				 found ? errmsg("more than one default connection is available")
				 : errmsg("no connection is named and no default connection is available"),
				 errhint("Name one in the argument \"connection\" or in the setting jira_spoke.connection.")));
	return name;
}

void
alias_row_inherit(AliasRow *row, const AliasRow *parent)
{
	char	  **own[] = {&row->url, &row->server_type, &row->api_version, &row->auth,
		&row->username, &row->scoped, &row->oauth_application, &row->certificate_origin,
	&row->paced_by};
	char	   *const theirs[] = {parent->url, parent->server_type, parent->api_version,
		parent->auth, parent->username, parent->scoped, parent->oauth_application,
	parent->certificate_origin, parent->paced_by};

	if (row->url == NULL && row->cloud_id == NULL)
		row->cloud_id = parent->cloud_id;
	for (int i = 0; i < lengthof(own); i++)
		if (*own[i] == NULL)
			*own[i] = theirs[i];
	row->options = options_inherit(row->options, parent->options);
}
