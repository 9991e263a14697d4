/*
 * own_jql.c
 *	  The column "jql" of a table: a condition on it is the user's own JQL.
 */
#include "postgres.h"

#include "access/sysattr.h"
#include "catalog/pg_operator.h"
#include "optimizer/optimizer.h"
#include "optimizer/paths.h"
#include "optimizer/restrictinfo.h"

#include "scan/own_jql.h"
#include "scan/read_call.h"

static bool
is_column(const RelOptInfo *rel, const Binding *binding, Node *node)
{
	const Var  *var = (const Var *) node;

	return binding->jql_column > 0 && node && IsA(node, Var) && var->varno == rel->relid &&
		var->varlevelsup == 0 && var->varattno == binding->jql_column;
}

static bool
uses_column(const RelOptInfo *rel, const Binding *binding, Node *clause)
{
	Bitmapset  *columns = NULL;

	pull_varattnos(clause, rel->relid, &columns);
	return binding->jql_column > 0 &&
		bms_is_member(binding->jql_column - FirstLowInvalidHeapAttributeNumber, columns);
}

Expr *
own_jql_of(const RelOptInfo *rel, const Binding *binding, Node *clause)
{
	OpExpr	   *operation = (OpExpr *) clause;

	if (!IsA(clause, OpExpr) || operation->opno != TextEqualOperator)
		return NULL;
	if (is_column(rel, binding, linitial(operation->args)) && read_call_is_value(rel, lsecond(operation->args)))
		return lsecond(operation->args);
	if (is_column(rel, binding, lsecond(operation->args)) && read_call_is_value(rel, linitial(operation->args)))
		return linitial(operation->args);
	return NULL;
}

static void
refuse_condition(void)
{
	ereport(ERROR,
			(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
			 errmsg("column \"jql\" can only be used in one condition, of the form jql = value"),
			 errdetail("Its value is the JQL that Jira is asked for.")));
}

static bool
is_member_column(PlannerInfo *root, RelOptInfo *rel, EquivalenceClass *class, EquivalenceMember *member,
				 void *binding)
{
	return is_column(rel, binding, (Node *) member->em_expr);
}

/* The conditions on the column that are not the relation's alone. */
static List *
join_clauses(PlannerInfo *root, RelOptInfo *rel, const Binding *binding)
{
	List	   *clauses = NIL;
	ListCell   *cell;

	if (binding->jql_column == 0)
		return NIL;
	if (rel->has_eclass_joins)
		clauses = generate_implied_equalities_for_column(root, rel, is_member_column, (void *) binding,
														 rel->lateral_referencers);
	foreach(cell, rel->joininfo)
		if (uses_column(rel, binding, (Node *) lfirst_node(RestrictInfo, cell)->clause))
		clauses = lappend(clauses, lfirst(cell));
	return clauses;
}

Expr *
own_jql_find(PlannerInfo *root, RelOptInfo *rel, const Binding *binding, List *clauses)
{
	Expr	   *found = NULL;
	ListCell   *cell;

	foreach(cell, clauses)
	{
		Node	   *clause = (Node *) lfirst_node(RestrictInfo, cell)->clause;
		Expr	   *own = own_jql_of(rel, binding, clause);

		if (own == NULL && !uses_column(rel, binding, clause))
			continue;
		if (own == NULL || (found && !equal(found, own)))
			refuse_condition();
		found = own;
	}
	if (found == NULL && join_clauses(root, rel, binding) != NIL)
		refuse_condition();
	return found;
}

bool
own_jql_is_joined(PlannerInfo *root, RelOptInfo *rel, const Binding *binding)
{
	return join_clauses(root, rel, binding) != NIL;
}

List *
own_jql_outer_relations(PlannerInfo *root, RelOptInfo *rel, const Binding *binding)
{
	List	   *sets = NIL;
	ListCell   *cell;

	foreach(cell, join_clauses(root, rel, binding))
	{
		RestrictInfo *restriction = lfirst_node(RestrictInfo, cell);

		if (own_jql_of(rel, binding, (Node *) restriction->clause) && join_clause_is_movable_to(restriction, rel))
			sets = lappend(sets, bms_union(bms_difference(restriction->clause_relids, rel->relids), rel->lateral_relids));
	}
	return sets;
}
