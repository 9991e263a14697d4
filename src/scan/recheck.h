/*
 * recheck.h
 *	  The row of a scan when EvalPlanQual evaluates a query again.
 */
#ifndef JIRA_SCAN_RECHECK_H
#define JIRA_SCAN_RECHECK_H

#include "nodes/execnodes.h"
#include "nodes/pathnodes.h"

typedef struct Recheck Recheck;

/*
 * How recheck_begin() finds the row of a scan with these conditions; a plan may hold
 * this list.  "noted" is what recheck_of_subquery() has found, or NIL.  NIL for a table
 * whose row the server finds.
 */
extern List *recheck_plan(PlannerInfo *root, RelOptInfo *rel, List *noted, List *conditions);

/* The expressions over the scan that recheck_begin() wants from the plan. */
extern List *recheck_expressions(List *plan);

/*
 * The only scan of a sub-query that has been planned, if its rows are those of the
 * sub-query, and what recheck_plan() cannot know of it; otherwise NULL.
 */
extern RelOptInfo *recheck_of_subquery(PlannerInfo *root, RelOptInfo *rel, List **plan);

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
