/*
 * read_call.h
 *	  The call of a read in a plan.
 *
 * The plan has the arguments of the call as expressions, in the order of the
 * function's, and attribute numbers for the columns, 0 for the whole row.
 */
#ifndef JIRA_SCAN_READ_CALL_H
#define JIRA_SCAN_READ_CALL_H

#include "commands/explain.h"
#include "nodes/pathnodes.h"

#include "engine/bind.h"
#include "engine/stream.h"
#include "utils/compat.h"

/*
 * In pages of a table.  A request takes longer than that, but a higher cost would
 * reach jit_above_cost, and compiling the query does not make a wait shorter.
 */
#define REQUEST_COST 100.0

/* For the cost only; the real page size is chosen when the scan runs. */
#define ROWS_PER_REQUEST 100.0

/* Is the function a read? */
extern bool read_call_is_read(Oid function);

/* The call if the range table entry consists of nothing else, or NULL. */
extern FuncExpr *read_call_of(RangeTblEntry *rte);

/* The argument at this place if it is a constant and not null, else NULL. */
extern Const *read_call_constant(FuncExpr *call, Place place);

/* The numbers of the columns that the query takes, for its target and other expressions. */
extern List *read_call_columns(RelOptInfo *rel, List *others);

/* Such a column, as an expression. */
extern Var *read_call_column(PlannerInfo *root, RelOptInfo *rel, const Binding *binding, AttrNumber number);

/* Can an argument of the read of a relation have the value of this expression, before the first row? */
extern bool read_call_is_value(const RelOptInfo *rel, Node *node);

/* Is the whole row used by nothing but EvalPlanQual, which needs no more of it than the query does? */
extern bool read_call_keeps_row(PlannerInfo *root, RelOptInfo *rel);

/* The checks that a function scan makes before it calls the function. */
extern void read_call_check(Oid function);

/*
 * Raises an error if the row type was altered since the plan was made with these
 * columns, the types of which begin at the first-th attribute of "planned".
 */
extern void read_call_check_columns(const Binding *binding, List *columns, TupleDesc planned, int first);

/* A flag for each attribute of the row: is it one of the columns? */
extern bool *read_call_wanted(const Binding *binding, List *columns);

/* Adds the parameters in expressions; returns whether there may be others, too. */
extern bool read_call_parameters(Node *expressions, Bitmapset **parameters);

/* The text of a constant (NULL if it is null), or of another expression. */
extern char *read_call_argument_text(Node *argument, Plan *plan, List *ancestors, ExplainState *es);

/* Shows the call. */
extern void read_call_explain(const Binding *binding, Plan *plan, List *arguments, List *ancestors, ExplainState *es);

/* Shows the fields that are requested; "fields_of_all" is as StreamUse has it. */
extern void read_call_explain_fields(const Binding *binding, List *arguments, const bool *wanted,
									 const char *fields_of_all, ExplainState *es);

/* Shows the requests that were made. */
extern void read_call_explain_traffic(const Traffic *traffic, const PagesCost *cost, ExplainState *es);

#endif							/* JIRA_SCAN_READ_CALL_H */
