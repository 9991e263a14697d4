/*
 * recheck.h
 *	  The row of a scan when EvalPlanQual evaluates a query again.
 */
#ifndef JIRA_SCAN_RECHECK_H
#define JIRA_SCAN_RECHECK_H

#include "nodes/execnodes.h"
#include "nodes/pathnodes.h"

typedef struct Recheck Recheck;

/* How recheck_begin() finds the row of a scan; a plan may hold this list. */
extern List *recheck_plan(PlannerInfo *root, RelOptInfo *rel);

/* The expressions over the scan that recheck_begin() wants from the plan. */
extern List *recheck_expressions(List *plan);

/*
 * To be called for each sub-query of a query, when it has been planned, so that
 * a scan in it can be found by recheck_plan().
 */
extern void recheck_note_subquery(PlannerInfo *root, RelOptInfo *rel);

/* For a scan whose rows are of this type. */
extern Recheck *recheck_begin(CustomScanState *node, List *plan, List *expressions, TupleDesc row);

/* The others are to be called during EvalPlanQual only. */

typedef enum RecheckMethod
{
	READ_AGAIN,					/* nothing was kept: return all rows */
	SEARCH,						/* return the rows that recheck_is_row() */
	FETCH						/* return the row of recheck_fetch(), if it is */
} RecheckMethod;

extern RecheckMethod recheck_method(const Recheck *recheck);

/* Does the row in the slot give the columns that were kept? */
extern bool recheck_is_row(Recheck *recheck, TupleTableSlot *slot);

/*
 * Fills the values of the row that was kept; false if there is none, or if it
 * has been fetched since the last rescan.  Columns that the query does not use
 * are null.
 */
extern bool recheck_fetch(Recheck *recheck, Datum *values, bool *nulls);

#endif							/* JIRA_SCAN_RECHECK_H */
