/*
 * secret_table.c
 *	  Access to the tables of secrets by the functions for system catalogs.
 *
 * Those do not wait for a row that another transaction changes, and fail: a row
 * is locked by a query before it is changed.
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "access/xact.h"
#include "catalog/indexing.h"
#include "catalog/pg_type.h"
#include "fmgr.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"

#include "secret/secret_table.h"
#include "utils/compat.h"
#include "utils/own_tables.h"
#include "utils/row_scan.h"

#define KEY_COLUMN 1

/* For callers with arrays of as many values as the table should have columns; NULL for the key: all rows. */
static RowScan
begin_scan_of_values(const SecretTable *table, const char *key, LOCKMODE lock)
{
	RowScan		scan = key ? row_scan_of_key(table->name, key, lock) : row_scan_of_all(table->name, lock);
	int			columns = RelationGetNumberOfAttributes(scan.relation);

	if (columns != table->columns)
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("table jira_spoke.%s has %d columns, but this session's library jira_spoke knows %d",
						table->name, columns, table->columns),
				 errhint("Start a new session if the extension was updated; otherwise install its library of the same version.")));
	return scan;
}

bool
secret_table_read(const SecretTable *table, const char *key, Datum *values, bool *nulls)
{
	RowScan		scan = begin_scan_of_values(table, key, AccessShareLock);
	bool		found = HeapTupleIsValid(scan.tuple);

	if (found)
		row_scan_values(&scan, values, nulls);
	row_scan_end(&scan);
	return found;
}

Datum
secret_table_value(const SecretTable *table, const Datum *values, const bool *nulls, int column)
{
	if (nulls[column])
		ereport(ERROR,
				(errcode(ERRCODE_DATA_CORRUPTED),
				 errmsg("unexpected null in column %d of jira_spoke.%s", column + 1, table->name)));
	return values[column];
}

/*
 * Locks the row with this key until the transaction ends.  Without "wait" false
 * is returned when another transaction has it locked, or has changed it.
 */
static bool
lock_row(const char *table, const char *key, bool wait)
{
	Oid			relation = own_tables_relation(table);
	Oid			types[] = {TEXTOID};
	Datum		values[] = {CStringGetTextDatum(key)};
	char	   *query = psprintf("SELECT FROM jira_spoke.%s WHERE %s OPERATOR(pg_catalog.=) $1 FOR UPDATE%s",
								 quote_identifier(table),
								 quote_identifier(get_attname(relation, KEY_COLUMN, false)),
								 wait ? "" : " SKIP LOCKED");

	return own_tables_execute(query, lengthof(types), types, values, NULL) == 1;
}

/* Returns whether the row was there. */
static bool
put_row(const SecretTable *table, Datum *values, bool *nulls, bool insert)
{
	char	   *key = TextDatumGetCString(secret_table_value(table, values, nulls, KEY_COLUMN - 1));
	RowScan		scan;
	HeapTuple	tuple;
	bool		found;

	(void) lock_row(table->name, key, true);
	scan = begin_scan_of_values(table, key, RowExclusiveLock);
	tuple = heap_form_tuple(RelationGetDescr(scan.relation), values, nulls);
	found = HeapTupleIsValid(scan.tuple);
	if (found)
		CatalogTupleUpdate(scan.relation, &scan.tuple->t_self, tuple);
	else if (insert)
		CatalogTupleInsert(scan.relation, tuple);
	row_scan_end(&scan);
	CommandCounterIncrement();
	return found;
}

void
secret_table_write(const SecretTable *table, Datum *values, bool *nulls)
{
	(void) put_row(table, values, nulls, true);
}

bool
secret_table_replace(const SecretTable *table, Datum *values, bool *nulls)
{
	return put_row(table, values, nulls, false);
}

void
secret_table_delete(const char *table, const char *key)
{
	RowScan		scan;

	(void) lock_row(table, key, true);
	scan = row_scan_of_key(table, key, RowExclusiveLock);
	if (HeapTupleIsValid(scan.tuple))
		CatalogTupleDelete(scan.relation, &scan.tuple->t_self);
	row_scan_end(&scan);
	CommandCounterIncrement();
}

/* The keys of all rows. */
static List *
all_keys(const SecretTable *table)
{
	RowScan		scan = begin_scan_of_values(table, NULL, AccessShareLock);
	TupleDesc	columns = RelationGetDescr(scan.relation);
	List	   *keys = NIL;

	for (; HeapTupleIsValid(scan.tuple); row_scan_next(&scan))
	{
		bool		isnull;
		Datum		key = heap_getattr(scan.tuple, KEY_COLUMN, columns, &isnull);

		if (!isnull)
			keys = lappend(keys, TextDatumGetCString(key));
	}
	row_scan_end(&scan);
	return keys;
}

void
secret_table_change(const SecretTable *table, const RowChange *change, ChangeCount *count)
{
	Datum	   *values = palloc(table->columns * sizeof(Datum));
	bool	   *nulls = palloc(table->columns * sizeof(bool));
	List	   *keys = all_keys(table);
	ListCell   *cell;

	foreach(cell, keys)
	{
		const char *key = lfirst(cell);
		int			here = 0;

		if (secret_table_read(table, key, values, nulls))
			here = change->visit(values, nulls);
		count->found += here;
		if (here == 0)
			continue;
		if ((change->claim && !change->claim(key)) || !lock_row(table->name, key, false))
			count->left += here;
		else if (secret_table_read(table, key, values, nulls) && change->visit(values, nulls) > 0)
			(void) secret_table_replace(table, values, nulls);
	}
}
