/*
 * conditions.h
 *	  Conditions of a query that Jira can look for, as JQL.
 *
 * The conditions stay in the plan, and PostgreSQL checks them on each row.  What
 * is asked of Jira may find more issues, but must not miss one.
 */
#ifndef JIRA_SCAN_CONDITIONS_H
#define JIRA_SCAN_CONDITIONS_H

#include "commands/explain.h"
#include "nodes/execnodes.h"
#include "nodes/pathnodes.h"

#include "engine/bind.h"
#include "engine/narrowing.h"
#include "utils/compat.h"

/* Is it a search by JQL, so that Jira can be asked for conditions? */
extern bool conditions_possible(const Binding *binding);

/* May a call be narrowed: is it a search by JQL of which all rows are wanted? */
extern bool conditions_allowed(const Binding *binding, List *arguments);

/*
 * Those of the restrictions of a relation that Jira can look for, as conditions_begin()
 * takes them; NIL if there are none.  Sets *values to the expressions of their values,
 * and *reasons to a word for each restriction why it is not asked of Jira, not as
 * a whole: "" if it is.
 */
extern List *conditions_plan(RelOptInfo *rel, const Binding *binding, List *arguments, List *clauses,
							 List **values, List **reasons);

/*
 * Adds to these conditions that columns have a value, which inner joins compare with those
 * of other relations.
 */
extern List *conditions_plan_joins(PlannerInfo *root, RelOptInfo *rel, const Binding *binding, List *arguments,
								   List *conditions);

typedef struct Conditions Conditions;

/* "values" are the expressions in the plan; in the current memory context. */
extern Conditions *conditions_begin(List *plan, List *values, const Binding *binding, PlanState *parent);

/*
 * Evaluates the values, for the next read.  After several reads of the same call all its
 * rows may be had for less: the JQL of the call is asked then.
 */
extern void conditions_evaluate(Conditions *conditions, ExprContext *econtext);

/* The next read is of another call. */
extern void conditions_change_call(Conditions *conditions);

/* Is the read one of all rows of the call, whatever the values are? */
extern bool conditions_read_all(const Conditions *conditions);

/* Asks for issues that fulfil the conditions, for one read. */
extern Narrowing *conditions_narrowing(Conditions *conditions);

/* Shows what is asked: values that are not known yet are expressions. */
extern void conditions_explain(const Conditions *conditions, List *ancestors, ExplainState *es);

/* How often Jira had to be asked again. */
extern int	conditions_asked_again(const Conditions *conditions);

#endif							/* JIRA_SCAN_CONDITIONS_H */
