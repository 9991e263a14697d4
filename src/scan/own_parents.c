/*
 * own_parents.c
 *	  Conditions on a table that say whose lists are wanted.
 *
 * The conditions stay in the plan: what Jira finds by a name may have another one.
 */
#include "postgres.h"

#include "access/stratnum.h"
#include "catalog/pg_opfamily.h"
#include "catalog/pg_type.h"
#include "nodes/nodeFuncs.h"
#include "optimizer/clauses.h"
#include "optimizer/optimizer.h"
#include "optimizer/paths.h"
#include "optimizer/restrictinfo.h"
#include "parser/parse_coerce.h"
#include "utils/lsyscache.h"

#include "engine/members.h"
#include "scan/own_parents.h"
#include "scan/read_call.h"
#include "utils/settings.h"

/* Is it the column that names parents? */
static bool
is_column(const RelOptInfo *rel, const Binding *binding, Node *node)
{
	const char *named_by = members_named_by(binding->action);
	const Column *column;
	const Var  *var;

	while (node && IsA(node, RelabelType))
		node = (Node *) ((RelabelType *) node)->arg;
	var = (const Var *) node;
	if (named_by == NULL || node == NULL || !IsA(node, Var) || var->varno != rel->relid || var->varlevelsup != 0 ||
		var->varattno < 1)
		return false;
	column = binding->columns[var->varattno - 1].column;
	return column && strcmp(column->name, named_by) == 0;
}

/* Texts must be equal to the letter, as names are compared here. */
static bool
is_equality(Oid operator, Oid collation)
{
	if (get_op_opfamily_strategy(operator, INTEGER_BTREE_FAM_OID) == BTEqualStrategyNumber)
		return true;
	return get_op_opfamily_strategy(operator, TEXT_BTREE_FAM_OID) == BTEqualStrategyNumber &&
		OidIsValid(collation) && get_collation_isdeterministic(collation);
}

static Expr *
as_texts(Node *value, bool is_array)
{
	Oid			type = is_array ? TEXTARRAYOID : TEXTOID;
	ArrayExpr  *array;
	Node	   *text = coerce_to_target_type(NULL, value, exprType(value), type, -1, COERCION_EXPLICIT,
											 COERCE_IMPLICIT_CAST, -1);

	if (text == NULL)
		return NULL;
	if (is_array)
		return (Expr *) eval_const_expressions(NULL, text);
	array = makeNode(ArrayExpr);
	array->array_typeid = TEXTARRAYOID;
	array->array_collid = exprCollation(text);
	array->element_typeid = TEXTOID;
	array->elements = list_make1(text);
	array->location = -1;
	return (Expr *) eval_const_expressions(NULL, (Node *) array);
}

/* The names that a condition allows, or NULL. */
static Expr *
names_of(const RelOptInfo *rel, const Binding *binding, Node *clause)
{
	if (IsA(clause, OpExpr) && list_length(((OpExpr *) clause)->args) == 2)
	{
		OpExpr	   *operation = (OpExpr *) clause;
		Node	   *left = linitial(operation->args);
		Node	   *right = lsecond(operation->args);

		if (!is_equality(operation->opno, operation->inputcollid))
			return NULL;
		if (is_column(rel, binding, left) && read_call_is_value(rel, right))
			return as_texts(right, false);
		if (is_column(rel, binding, right) && read_call_is_value(rel, left))
			return as_texts(left, false);
	}
	else if (IsA(clause, ScalarArrayOpExpr))
	{
		ScalarArrayOpExpr *operation = (ScalarArrayOpExpr *) clause;

		if (operation->useOr && is_equality(operation->opno, operation->inputcollid) &&
			is_column(rel, binding, linitial(operation->args)) && read_call_is_value(rel, lsecond(operation->args)))
			return as_texts(lsecond(operation->args), true);
	}
	return NULL;
}

Expr *
own_parents_find(const RelOptInfo *rel, const Binding *binding, List *clauses)
{
	ListCell   *cell;

	if (!jira_pushdown || members_named_by(binding->action) == NULL)
		return NULL;
	foreach(cell, clauses)
	{
		RestrictInfo *restriction = lfirst_node(RestrictInfo, cell);
		Expr	   *names;

		if (restriction->pseudoconstant || !restriction_is_securely_promotable(restriction, (RelOptInfo *) rel))
			continue;
		names = names_of(rel, binding, (Node *) restriction->clause);
		if (names)
			return names;
	}
	return NULL;
}

static bool
is_member_column(PlannerInfo *root, RelOptInfo *rel, EquivalenceClass *class, EquivalenceMember *member,
				 void *binding)
{
	return is_column(rel, binding, (Node *) member->em_expr);
}

List *
own_parents_outer_relations(PlannerInfo *root, RelOptInfo *rel, const Binding *binding)
{
	List	   *clauses = NIL;
	List	   *sets = NIL;
	ListCell   *cell;

	if (!jira_pushdown || members_named_by(binding->action) == NULL)
		return NIL;
	if (rel->has_eclass_joins)
		clauses = generate_implied_equalities_for_column(root, rel, is_member_column, (void *) binding,
														 rel->lateral_referencers);
	foreach(cell, list_concat(clauses, rel->joininfo))
	{
		RestrictInfo *restriction = lfirst_node(RestrictInfo, cell);

		if (names_of(rel, binding, (Node *) restriction->clause) && join_clause_is_movable_to(restriction, rel))
			sets = lappend(sets, bms_union(bms_difference(restriction->clause_relids, rel->relids), rel->lateral_relids));
	}
	return sets;
}
