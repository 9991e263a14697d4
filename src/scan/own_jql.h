/*
 * own_jql.h
 *	  The column "jql" of a table: a condition on it is the user's own JQL.
 *
 * A row shows the JQL that it was found with.  So "jql = value" is the only
 * condition that has a meaning; any other one is refused.
 */
#ifndef JIRA_SCAN_OWN_JQL_H
#define JIRA_SCAN_OWN_JQL_H

#include "nodes/pathnodes.h"

#include "engine/bind.h"

/* The value if the clause is such a condition, which may have columns of other relations, or NULL. */
extern Expr *own_jql_of(const RelOptInfo *rel, const Binding *binding, Node *clause);

/*
 * The value in the clauses of a scan, or NULL.  Raises 0A000 for another condition
 * on the column, and for one that only a join could check.
 */
extern Expr *own_jql_find(PlannerInfo *root, RelOptInfo *rel, const Binding *binding, List *clauses);

/* Is a condition on the column one of a join? */
extern bool own_jql_is_joined(PlannerInfo *root, RelOptInfo *rel, const Binding *binding);

/*
 * The sets of relations that a value can come from, if the conditions on the column
 * are those of joins.
 */
extern List *own_jql_outer_relations(PlannerInfo *root, RelOptInfo *rel, const Binding *binding);

#endif							/* JIRA_SCAN_OWN_JQL_H */
