/*
 * alias_row.c
 *	  Reading the rows of an alias, named or the default one.
 */
#include "postgres.h"

#include "access/xact.h"
#include "catalog/pg_class.h"
#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "utils/acl.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/guc.h"
#include "utils/snapmgr.h"

#include "connection/alias_row.h"
#include "connection/options.h"
#include "utils/own_tables.h"

/* $1 the alias, NULL: the one that role $2 has chosen, else its own default one. */
static const char alias_query[] =
"SELECT a.name, c.parent, c.url, c.server_type, c.api_version,"
" c.auth, c.username, c.scoped, c.cloud_id, c.oauth_application, c.certificate_origin,"
" c.options, a.owner::oid, a.writers::oid[], a.readers::oid[]"
" FROM jira_spoke.alias AS a"
" JOIN jira_spoke.connection AS c ON c.alias OPERATOR(pg_catalog.=) a.name"
" WHERE a.name OPERATOR(pg_catalog.=) COALESCE($1,"
" (SELECT u.alias FROM jira_spoke.alias_in_use AS u WHERE u.role OPERATOR(pg_catalog.=) $2),"
" (SELECT d.name FROM jira_spoke.alias AS d WHERE d.is_default AND d.owner OPERATOR(pg_catalog.=) $2))";

/* Its columns; the texts come first. */
enum
{
	TEXT_COLUMNS = 11,
	OPTIONS = 12,
	OWNER,
	WRITERS,
	READERS
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

/* A column of the only row, copied out of SPI; NULL for a null. */
static char *
column_text(MemoryContext context, int column)
{
	char	   *text = SPI_getvalue(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, column);

	return text ? MemoryContextStrdup(context, text) : NULL;
}

static Datum
column(int column)
{
	bool		isnull;
	Datum		value = SPI_getbinval(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, column, &isnull);

	return isnull ? 0 : value;
}

/* Has the role the rights of one of those that the column lists? */
static bool
is_any_of(Oid role, int listed)
{
	Datum	   *elements;
	bool	   *nulls;
	int			count;

	deconstruct_array(DatumGetArrayTypeP(column(listed)), OIDOID, sizeof(Oid), true, TYPALIGN_INT,
					  &elements, &nulls, &count);
	for (int i = 0; i < count; i++)
		if (!nulls[i] && has_privs_of_role(role, DatumGetObjectId(elements[i])))
			return true;
	return false;
}

static void
fill_row(MemoryContext context, Oid role, AliasRow *row)
{
	char	  **texts[TEXT_COLUMNS] = {&row->name, &row->parent, &row->url, &row->server_type, &row->api_version,
		&row->auth, &row->username, &row->scoped, &row->cloud_id, &row->oauth_application,
	&row->certificate_origin};

	for (int i = 0; i < TEXT_COLUMNS; i++)
		*texts[i] = column_text(context, i + 1);
	row->options = options_parse(context, column_text(context, OPTIONS));
	row->owner = DatumGetObjectId(column(OWNER));
	row->owned = has_privs_of_role(role, row->owner);
	if (row->owned || is_any_of(role, WRITERS))
		row->access = WRITE_ACCESS;
	else
		row->access = is_any_of(role, READERS) ? READ_ACCESS : NO_ACCESS;
}

/* As the tables' owner, whoever calls. */
bool
alias_row_read(const char *name, Oid role, AliasRow *row)
{
	MemoryContext context = CurrentMemoryContext;
	Oid			types[] = {TEXTOID, OIDOID};
	Datum		values[] = {name ? CStringGetTextDatum(name) : 0, ObjectIdGetDatum(role)};
	const char	nulls[] = {name ? ' ' : 'n', ' '};
	int			level = own_tables_pin_settings();
	SavedUserId caller = own_tables_become_owner();
	bool		found;

	push_latest_snapshot();
	SPI_connect();
	SPI_execute_plan(own_tables_plan(alias_query, lengthof(types), types), values, nulls, true, 1);
	found = SPI_processed == 1;
	if (found)
		fill_row(context, role, row);
	SPI_finish();
	PopActiveSnapshot();
	own_tables_restore_user(&caller);
	AtEOXact_GUC(true, level);
	return found;
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
