/*
 * own_parents.h
 *	  Conditions on a table that say whose lists are wanted.
 */
#ifndef JIRA_SCAN_OWN_PARENTS_H
#define JIRA_SCAN_OWN_PARENTS_H

#include "nodes/pathnodes.h"

#include "engine/bind.h"

/*
 * The names of parents, as an array of texts, that one of the conditions allows; NULL
 * if there is no such condition.
 */
extern Expr *own_parents_find(const RelOptInfo *rel, const Binding *binding, List *clauses);

/* Sets of the outer relations that such names can come from. */
extern List *own_parents_outer_relations(PlannerInfo *root, RelOptInfo *rel, const Binding *binding);

#endif							/* JIRA_SCAN_OWN_PARENTS_H */
