/*
 * source_row.h
 *	  The columns of one row of what a scan reads, in a slot.
 */
#ifndef JIRA_SCAN_SOURCE_ROW_H
#define JIRA_SCAN_SOURCE_ROW_H

#include "executor/tuptable.h"

#include "scan/source.h"

typedef struct SourceRow
{
	const Source *from;
	List	   *columns;		/* attribute numbers; 0 is the whole row, and
								 * a negative one the OID of the table */
	Datum	   *values;			/* the whole row */
	bool	   *nulls;
	TupleTableSlot *slot;		/* has the columns in their order */
} SourceRow;

/* In the current memory context; "type" is that of the slot. */
extern SourceRow *source_row_make(const Source *from, List *columns, TupleDesc type);

/* Puts the columns into the slot, where they live as long as the values, and a whole row in the current memory context. */
extern TupleTableSlot *source_row_show(SourceRow *row);

/* The same of a whole row. */
extern TupleTableSlot *source_row_show_whole(SourceRow *row, TupleTableSlot *whole);

extern void source_row_end(SourceRow *row);

#endif							/* JIRA_SCAN_SOURCE_ROW_H */
