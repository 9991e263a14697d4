/*
 * row_scan.h
 *	  Rows of the extension's own tables, found by a key without a query.
 *
 * Neither permissions nor policies are asked: callers decide first who may do
 * what.  A scan sees the newest committed rows and those of its own transaction,
 * at any isolation level and in a parallel query too: what was revoked a moment
 * ago is not used.
 */
#ifndef JIRA_UTILS_ROW_SCAN_H
#define JIRA_UTILS_ROW_SCAN_H

#include "access/genam.h"
#include "storage/lockdefs.h"
#include "utils/relcache.h"

typedef struct RowScan
{
	Relation	relation;
	SysScanDesc scan;
	HeapTuple	tuple;			/* NULL: there is no (other) row */
} RowScan;

/* The row whose primary key, the first column, is this text. */
extern RowScan row_scan_of_key(const char *table, const char *key, LOCKMODE lock);

/*
 * The rows with this role in a column, the first of the index.  An index that is
 * not there costs a scan of the whole table.
 */
extern RowScan row_scan_of_role(const char *table, const char *index, int column, Oid role);

extern RowScan row_scan_of_all(const char *table, LOCKMODE lock);

extern void row_scan_next(RowScan *scan);

/* Copies the values of the row, also large ones, into the current memory context. */
extern void row_scan_values(const RowScan *scan, Datum *values, bool *nulls);

/* The lock of the table is kept until the transaction ends. */
extern void row_scan_end(RowScan *scan);

#endif							/* JIRA_UTILS_ROW_SCAN_H */
