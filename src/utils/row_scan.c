/*
 * row_scan.c
 *	  Rows of the extension's own tables, found by a key without a query.
 */
#include "postgres.h"

#include "access/heaptoast.h"
#include "access/htup_details.h"
#include "access/table.h"
#include "catalog/index.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"

#include "utils/own_tables.h"
#include "utils/row_scan.h"

#define KEY_COLUMN 1

/*
 * Without a snapshot of its caller the scan takes a new one.  Without an index it
 * reads the whole table.
 */
static RowScan
begin(Relation relation, Oid index, int keys, ScanKey condition)
{
	RowScan		scan = {relation};

	scan.scan = systable_beginscan(relation, index, OidIsValid(index), NULL, keys, condition);
	row_scan_next(&scan);
	return scan;
}

RowScan
row_scan_of_key(const char *table, const char *key, LOCKMODE lock)
{
	Relation	relation = table_open(own_tables_relation(table), lock);
	ScanKeyData condition;

	ScanKeyInit(&condition, KEY_COLUMN, BTEqualStrategyNumber, F_TEXTEQ, CStringGetTextDatum(key));
	condition.sk_collation = TupleDescAttr(RelationGetDescr(relation), KEY_COLUMN - 1)->attcollation;

	/* Which dropping the constraint takes away. */
	list_free(RelationGetIndexList(relation));	/* sets rd_pkindex */
	return begin(relation, relation->rd_pkindex, 1, &condition);
}

/* The index of this name, unless it is one of another table. */
static Oid
find_index(Relation relation, const char *name)
{
	Oid			index = get_relname_relid(name, RelationGetNamespace(relation));

	return OidIsValid(index) && IndexGetRelation(index, true) == RelationGetRelid(relation) ? index : InvalidOid;
}

RowScan
row_scan_of_role(const char *table, const char *index, int column, Oid role)
{
	Relation	relation = table_open(own_tables_relation(table), AccessShareLock);
	ScanKeyData condition;

	ScanKeyInit(&condition, column, BTEqualStrategyNumber, F_OIDEQ, ObjectIdGetDatum(role));
	return begin(relation, find_index(relation, index), 1, &condition);
}

RowScan
row_scan_of_all(const char *table, LOCKMODE lock)
{
	return begin(table_open(own_tables_relation(table), lock), InvalidOid, 0, NULL);
}

void
row_scan_next(RowScan *scan)
{
	scan->tuple = systable_getnext(scan->scan);
}

/* Large values are fetched while the scan still protects them. */
void
row_scan_values(const RowScan *scan, Datum *values, bool *nulls)
{
	TupleDesc	columns = RelationGetDescr(scan->relation);

	heap_deform_tuple(toast_flatten_tuple(scan->tuple, columns), columns, values, nulls);
}

void
row_scan_end(RowScan *scan)
{
	systable_endscan(scan->scan);
	table_close(scan->relation, NoLock);
}
