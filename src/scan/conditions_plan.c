/*
 * conditions_plan.c
 *	  Which conditions of a query Jira can look for.
 */
#include "postgres.h"

#include "access/stratnum.h"
#include "catalog/pg_opfamily.h"
#include "catalog/pg_operator.h"
#include "catalog/pg_type.h"
#include "nodes/nodeFuncs.h"
#include "optimizer/clauses.h"
#include "optimizer/optimizer.h"
#include "optimizer/restrictinfo.h"
#include "utils/lsyscache.h"
#include "utils/typcache.h"

#include "engine/call.h"
#include "scan/conditions.h"
#include "scan/conditions_private.h"
#include "scan/own_jql.h"
#include "utils/compat.h"
#include "utils/settings.h"

/* Why a condition is not asked of Jira, in a word. */
static const char *const because_of_column = "column";
static const char *const because_of_operator = "operator";
static const char *const because_of_value = "value";
static const char *const because_of_limit = "max_rows";
static const char *const because_of_security = "security";

/* The relation whose conditions are looked at, and what has been found. */
typedef struct Search
{
	const RelOptInfo *rel;
	const Binding *binding;
	List	   *values;
	bool		in_or;
	const char *reason;			/* of the condition that was looked at last */
} Search;

static List *plan_condition(Search *search, Node *clause);

static List *
give_up(Search *search, const char *reason)
{
	search->reason = reason;
	return NIL;
}

/* The number of the column that the expression is, or 0; sets *kind. */
static AttrNumber
find_column(const Search *search, Node *node, ConditionKind *kind)
{
	const ConditionColumn *column;
	const Var  *var;

	while (node && IsA(node, RelabelType))
		node = (Node *) ((RelabelType *) node)->arg;
	var = (const Var *) node;
	if (node == NULL || !IsA(node, Var) || var->varno != search->rel->relid || var->varlevelsup != 0 || var->varattno < 1 ||
		!bms_is_empty(jira_nulling_joins(var)))
		return 0;
	column = condition_column(search->binding, var->varattno);
	if (column == NULL || (search->in_or && condition_column_is_of_item(column)))
		return 0;
	*kind = column->kind;
	return var->varattno;
}

/*
 * A condition that compares a column with a value that is known before the first
 * row, as the keys of an index scan are.
 */
static List *
plan_comparison(Search *search, AttrNumber column, ConditionTest test, Node *value)
{
	if (contain_var_clause(value) || contain_volatile_functions(value) || contain_subplans(value))
		return give_up(search, because_of_value);
	search->values = lappend(search->values, value);
	return list_make3_int(column, test, list_length(search->values) - 1);
}

static bool
is_moment(Oid type)
{
	return type == DATEOID || type == TIMESTAMPOID || type == TIMESTAMPTZOID;
}

static bool
is_number(Oid type)
{
	return type == INT2OID || type == INT4OID || type == INT8OID || type == FLOAT4OID || type == FLOAT8OID ||
		type == NUMERICOID;
}

static bool
is_text(Oid type)
{
	return type == TEXTOID || type == VARCHAROID || type == NAMEOID;
}

/* The strategy of an operator, 0 if it has none; that of its negator is negative. */
static int
strategy_of(Oid operator, Oid family)
{
	int			strategy = get_op_opfamily_strategy(operator, family);
	Oid			negator = strategy ? InvalidOid : get_negator(operator);

	return OidIsValid(negator) ? -get_op_opfamily_strategy(negator, family) : strategy;
}

static Oid
family_of(Oid type)
{
	return lookup_type_cache(type, TYPECACHE_BTREE_OPFAMILY)->btree_opf;
}

/* Jira is asked for what is at least, or at most, a value: bounds are widened. */
static List *
plan_order(Search *search, AttrNumber column, int strategy, Node *value)
{
	switch (strategy)
	{
		case BTLessStrategyNumber:
		case BTLessEqualStrategyNumber:
			return plan_comparison(search, column, IS_AT_MOST, value);
		case BTEqualStrategyNumber:
			return plan_comparison(search, column, IS, value);
		case BTGreaterEqualStrategyNumber:
		case BTGreaterStrategyNumber:
			return plan_comparison(search, column, IS_AT_LEAST, value);
		default:
			return give_up(search, because_of_operator);
	}
}

static List *
plan_moment(Search *search, AttrNumber column, Oid operator, Node *value)
{
	if (!is_moment(exprType(value)))
		return give_up(search, because_of_value);
	return plan_order(search, column, strategy_of(operator, family_of(TIMESTAMPTZOID)), value);
}

static int
strategy_of_number(const Search *search, AttrNumber column, Oid operator)
{
	return strategy_of(operator, family_of(TupleDescAttr(search->binding->row, column - 1)->atttypid));
}

static List *
plan_number(Search *search, AttrNumber column, Oid operator, Node *value)
{
	if (!is_number(exprType(value)))
		return give_up(search, because_of_value);
	return plan_order(search, column, strategy_of_number(search, column, operator), value);
}

static List *
plan_sprint(Search *search, AttrNumber column, Oid operator, Node *value)
{
	if (strategy_of_number(search, column, operator) != BTEqualStrategyNumber)
		return give_up(search, because_of_operator);
	return plan_number(search, column, operator, value);
}

/* number = ANY (array) */
static List *
plan_numbers(Search *search, AttrNumber column, ScalarArrayOpExpr *clause)
{
	Node	   *value = lsecond(clause->args);

	if (!clause->useOr || strategy_of_number(search, column, clause->opno) != BTEqualStrategyNumber)
		return give_up(search, because_of_operator);
	if (!is_number(get_element_type(exprType(value))))
		return give_up(search, because_of_value);
	return plan_comparison(search, column, IS_ANY, value);
}

/* Two texts are equal by this collation only if their bytes are. */
static bool
is_deterministic(Oid collation)
{
	return OidIsValid(collation) && get_collation_isdeterministic(collation);
}

static List *
plan_text(Search *search, AttrNumber column, ConditionKind kind, Oid operator, Oid collation, Node *value,
		  bool is_array, bool any)
{
	int			strategy = strategy_of(operator, TEXT_BTREE_FAM_OID);
	Oid			type = is_array ? get_element_type(exprType(value)) : exprType(value);
	bool		equal = strategy == BTEqualStrategyNumber && (!is_array || any);
	bool		unequal = strategy == -BTEqualStrategyNumber && (!is_array || !any) && kind == OF_CATEGORY;

	if ((!equal && !unequal) || !is_deterministic(collation))
		return give_up(search, because_of_operator);
	if (!is_text(type))
		return give_up(search, because_of_value);
	return plan_comparison(search, column, is_array ? (equal ? IS_ANY : IS_NONE) : (equal ? IS : IS_NOT), value);
}

static bool
is_list(ConditionKind kind)
{
	return kind == OF_LABELS || kind == OF_THINGS;
}

static List *
plan_operator(Search *search, OpExpr *clause)
{
	Oid			operator = clause->opno;
	ConditionKind kind;
	Node	   *value;
	AttrNumber	column;

	if (list_length(clause->args) != 2)
		return give_up(search, because_of_operator);
	column = find_column(search, linitial(clause->args), &kind);
	value = lsecond(clause->args);
	if (column == 0)
	{
		column = find_column(search, lsecond(clause->args), &kind);
		value = linitial(clause->args);
		operator = get_commutator(operator);
	}
	if (column == 0)
		return give_up(search, because_of_column);
	switch (kind)
	{
		case OF_MOMENT:
		case OF_DAY:
		case OF_CHANGE:
			return plan_moment(search, column, operator, value);
		case OF_NUMBER:
			return plan_number(search, column, operator, value);
		case OF_SPRINT:
			return plan_sprint(search, column, operator, value);
		case OF_LABELS:
		case OF_THINGS:
			if ((operator != OID_ARRAY_CONTAINS_OP && operator != OID_ARRAY_OVERLAP_OP) ||
				!is_deterministic(clause->inputcollid))
				return give_up(search, because_of_operator);
			return plan_comparison(search, column, operator == OID_ARRAY_CONTAINS_OP ? HAS_ALL : HAS_ANY, value);
		default:
			return plan_text(search, column, kind, operator, clause->inputcollid, value, false, true);
	}
}

/* column = ANY (array), or value = ANY (column) */
static List *
plan_array_operator(Search *search, ScalarArrayOpExpr *clause)
{
	ConditionKind kind;
	ConditionKind array_kind;
	AttrNumber	column = find_column(search, linitial(clause->args), &kind);
	AttrNumber	array = find_column(search, lsecond(clause->args), &array_kind);

	if (array > 0 && is_list(array_kind) && clause->useOr &&
		strategy_of(clause->opno, TEXT_BTREE_FAM_OID) == BTEqualStrategyNumber &&
		is_deterministic(clause->inputcollid) && is_text(exprType(linitial(clause->args))))
		return plan_comparison(search, array, HAS, linitial(clause->args));
	if (column == 0)
		return give_up(search, because_of_column);
	if (is_list(kind) || is_moment(exprType(linitial(clause->args))))
		return give_up(search, because_of_operator);
	if (kind == OF_NUMBER || kind == OF_SPRINT)
		return plan_numbers(search, column, clause);
	return plan_text(search, column, kind, clause->opno, clause->inputcollid, lsecond(clause->args), true,
					 clause->useOr);
}

static List *
plan_null_test(Search *search, NullTest *test)
{
	ConditionKind kind;
	AttrNumber	column = find_column(search, (Node *) test->arg, &kind);

	if (column == 0)
		return give_up(search, because_of_column);
	if (test->nulltesttype != IS_NOT_NULL || !condition_column(search->binding, column)->is_optional)
		return give_up(search, because_of_operator);
	return list_make3_int(column, EXISTS, -1);
}

/* The parts of a group that can be asked for; NIL if there are none, or an OR lacks one. */
static List *
plan_parts(Search *search, BoolExpr *clause)
{
	List	   *values = list_copy(search->values);
	List	   *group;
	ListCell   *cell;

	group = list_make1(makeInteger(clause->boolop == OR_EXPR ? ONE_OF : ALL_OF));
	foreach(cell, clause->args)
	{
		List	   *part = plan_condition(search, lfirst(cell));

		if (part)
			group = lappend(group, part);
		else if (clause->boolop == OR_EXPR)
		{
			search->values = values;
			return NIL;
		}
	}
	return list_length(group) > 1 ? group : NIL;
}

/* Of an OR all parts are asked for, or nothing; of an AND those that can be. */
static List *
plan_group(Search *search, BoolExpr *clause)
{
	bool		in_or = search->in_or;
	List	   *group;

	if (clause->boolop == NOT_EXPR)
		return give_up(search, because_of_operator);
	search->in_or |= clause->boolop == OR_EXPR;
	group = plan_parts(search, clause);
	search->in_or = in_or;
	return group;
}

static List *
plan_condition(Search *search, Node *clause)
{
	switch (nodeTag(clause))
	{
		case T_RestrictInfo:
			return plan_condition(search, (Node *) ((RestrictInfo *) clause)->clause);
		case T_OpExpr:
			return plan_operator(search, (OpExpr *) clause);
		case T_ScalarArrayOpExpr:
			return plan_array_operator(search, (ScalarArrayOpExpr *) clause);
		case T_NullTest:
			return plan_null_test(search, (NullTest *) clause);
		case T_BoolExpr:
			return plan_group(search, (BoolExpr *) clause);
		default:
			return give_up(search, because_of_operator);
	}
}

/* The argument that is the JQL of a search for issues, or NULL. */
static const BoundArgument *
jql_argument(const Binding *binding)
{
	for (int i = 0; binding->action->all_fields && i < binding->narguments; i++)
	{
		const Argument *argument = binding->arguments[i].argument;

		if (argument && argument->wire[CLOUD].place == IN_QUERY && strcmp(argument->wire[CLOUD].name, "jql") == 0)
			return &binding->arguments[i];
	}
	return NULL;
}

/* Of so many rows it matters which ones they are. */
static bool
has_limit(const Binding *binding, List *arguments)
{
	int			limit = bind_find(binding, AS_LIMIT);
	Node	   *given = limit < 0 ? NULL : list_nth(arguments, limit);

	return given && !(IsA(given, Const) && ((Const *) given)->constisnull);
}

bool
conditions_possible(const Binding *binding)
{
	return jql_argument(binding) != NULL;
}

bool
conditions_allowed(const Binding *binding, List *arguments)
{
	return jira_pushdown && jql_argument(binding) && !has_limit(binding, arguments);
}

List *
conditions_plan(RelOptInfo *rel, const Binding *binding, List *arguments, List *clauses,
				List **values, List **reasons)
{
	Search		search = {.rel = rel,.binding = binding};
	List	   *all = list_make1(makeInteger(ALL_OF));
	bool		allowed = conditions_allowed(binding, arguments);
	ListCell   *cell;

	*values = *reasons = NIL;
	if (!jira_pushdown || jql_argument(binding) == NULL)
		return NIL;
	foreach(cell, clauses)
	{
		RestrictInfo *restriction = lfirst_node(RestrictInfo, cell);
		List	   *condition = NIL;

		if (restriction->pseudoconstant)
			continue;
		search.reason = "";
		if (own_jql_of(rel, binding, (Node *) restriction->clause))
			search.reason = ""; /* it is the query itself */
		else if (!allowed)
			search.reason = because_of_limit;
		else if (!restriction_is_securely_promotable(restriction, rel))
			search.reason = because_of_security;
		else
			condition = plan_condition(&search, (Node *) restriction->clause);
		if (condition)
			all = lappend(all, condition);
		*reasons = lappend(*reasons, makeString((char *) search.reason));
	}
	*values = search.values;
	return list_length(all) > 1 ? all : NIL;
}

/*
 * Returns the column in an equivalence class that has members of other relations, or 0.
 * All members of a class are equal in each row of an inner join, and none of them is null.
 */
static AttrNumber
joined_column(const Search *search, const EquivalenceClass *class)
{
	AttrNumber	column = 0;
	bool		is_joined = false;
	ListCell   *cell;

	foreach(cell, class->ec_members)
	{
		const EquivalenceMember *member = lfirst(cell);
		ConditionKind kind;

		if (member->em_is_child || bms_is_empty(member->em_relids))
			continue;
		if (!bms_overlap(member->em_relids, search->rel->relids))
			is_joined = true;
		else if (column == 0)
			column = find_column(search, (Node *) member->em_expr, &kind);
	}
	return is_joined && !class->ec_has_volatile ? column : 0;
}

List *
conditions_plan_joins(PlannerInfo *root, RelOptInfo *rel, const Binding *binding, List *arguments, List *conditions)
{
	Search		search = {.rel = rel,.binding = binding};
	ListCell   *cell;

	if (!conditions_allowed(binding, arguments))
		return conditions;
	foreach(cell, root->eq_classes)
	{
		AttrNumber	column = joined_column(&search, lfirst(cell));

		if (column == 0 || !condition_column(binding, column)->is_optional)
			continue;
		if (conditions == NIL)
			conditions = list_make1(makeInteger(ALL_OF));
		conditions = lappend(conditions, list_make3_int(column, EXISTS, -1));
	}
	return conditions;
}
