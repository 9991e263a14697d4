/*
 * alias_row.c
 *	  Reading the rows of an alias, named or the default one.
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "catalog/pg_type.h"
#include "utils/acl.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/jsonb.h"
#include "utils/rel.h"

#include "connection/alias_row.h"
#include "connection/options.h"
#include "utils/row_scan.h"

/* The tables' columns, in their order; a later version may have added some. */
enum
{
	NAME,
	OWNER,
	WRITERS,
	READERS,
	IS_DEFAULT,
	ALIAS_COLUMNS
};

enum
{
	ALIAS,
	PARENT,
	URL,
	SERVER_TYPE,
	API_VERSION,
	AUTH,
	USERNAME,
	SCOPED,
	CLOUD_ID,
	OAUTH_APPLICATION,
	OPTIONS,
	CERTIFICATE_ORIGIN,
	CONNECTION_COLUMNS
};

enum
{
	USED_BY,
	USED_ALIAS,
	IN_USE_COLUMNS
};

/* The values of a row. */
typedef struct Values
{
	Datum	   *values;
	bool	   *nulls;
} Values;

static void
read_values(const RowScan *scan, int columns, Values *row)
{
	int			count = RelationGetNumberOfAttributes(scan->relation);

	if (count < columns)
		elog(ERROR, "table jira_spoke.%s has %d columns only", RelationGetRelationName(scan->relation), count);
	row->values = palloc(count * sizeof(Datum));
	row->nulls = palloc(count * sizeof(bool));
	row_scan_values(scan, row->values, row->nulls);
}

/* Reads the row that the scan has found, and ends the scan; returns false if it has found none. */
static bool
take_row(RowScan *scan, int columns, Values *row)
{
	bool		found = HeapTupleIsValid(scan->tuple);

	if (found)
		read_values(scan, columns, row);
	row_scan_end(scan);
	return found;
}

static bool
read_row(const char *table, const char *key, int columns, Values *row)
{
	RowScan		scan = row_scan_of_key(table, key, AccessShareLock);

	return take_row(&scan, columns, row);
}

static char *
column_text(const Values *row, int column)
{
	return row->nulls[column] ? NULL : TextDatumGetCString(row->values[column]);
}

/* The default alias among those that the role owns. */
static bool
read_own_default(Oid role, Values *row)
{
	RowScan		scan = row_scan_of_role("alias", "alias_one_default", OWNER + 1, role);
	bool		isnull;

	while (HeapTupleIsValid(scan.tuple) &&
		   !DatumGetBool(heap_getattr(scan.tuple, IS_DEFAULT + 1, RelationGetDescr(scan.relation), &isnull)))
		row_scan_next(&scan);
	return take_row(&scan, ALIAS_COLUMNS, row);
}

/* The alias that the role uses when it names none. */
static bool
read_default(Oid role, Values *row)
{
	RowScan		scan = row_scan_of_role("alias_in_use", "alias_in_use_role", USED_BY + 1, role);
	Values		chosen;

	if (take_row(&scan, IN_USE_COLUMNS, &chosen))
		return read_row("alias", column_text(&chosen, USED_ALIAS), ALIAS_COLUMNS, row);
	return read_own_default(role, row);
}

/* Has the role the rights of one of those that the column lists? */
static bool
is_any_of(Oid role, const Values *row, int listed)
{
	ArrayType  *roles = DatumGetArrayTypeP(row->values[listed]);
	Datum	   *elements;
	bool	   *nulls;
	int			count;

	/* Their type is a domain, whose OID each database has of its own. */
	deconstruct_array(roles, ARR_ELEMTYPE(roles), sizeof(Oid), true, TYPALIGN_INT, &elements, &nulls, &count);
	for (int i = 0; i < count; i++)
		if (!nulls[i] && has_privs_of_role(role, DatumGetObjectId(elements[i])))
			return true;
	return false;
}

static void
fill_rights(const Values *alias, Oid role, AliasRow *row)
{
	row->owner = DatumGetObjectId(alias->values[OWNER]);
	row->owned = has_privs_of_role(role, row->owner);
	if (row->owned || is_any_of(role, alias, WRITERS))
		row->access = WRITE_ACCESS;
	else
		row->access = is_any_of(role, alias, READERS) ? READ_ACCESS : NO_ACCESS;
}

static void
fill_row(const Values *connection, AliasRow *row)
{
	row->parent = column_text(connection, PARENT);
	row->url = column_text(connection, URL);
	row->server_type = column_text(connection, SERVER_TYPE);
	row->api_version = connection->nulls[API_VERSION] ? NULL
		: psprintf("%d", DatumGetInt32(connection->values[API_VERSION]));
	row->auth = column_text(connection, AUTH);
	row->username = column_text(connection, USERNAME);
	row->scoped = connection->nulls[SCOPED] ? NULL
		: pstrdup(DatumGetBool(connection->values[SCOPED]) ? "t" : "f");
	row->cloud_id = column_text(connection, CLOUD_ID);
	row->oauth_application = column_text(connection, OAUTH_APPLICATION);
	row->certificate_origin = column_text(connection, CERTIFICATE_ORIGIN);
	row->options = connection->nulls[OPTIONS] ? NULL : options_parse(DatumGetJsonbP(connection->values[OPTIONS]));
}

bool
alias_row_read(const char *name, Oid role, AliasRow *row)
{
	Values		alias;
	Values		connection;

	if (!(name ? read_row("alias", name, ALIAS_COLUMNS, &alias) : read_default(role, &alias)))
		return false;
	row->name = column_text(&alias, NAME);
	if (!read_row("connection", row->name, CONNECTION_COLUMNS, &connection))
		return false;
	fill_rights(&alias, role, row);
	fill_row(&connection, row);
	return true;
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
