/*
 * key_join_plan.c
 *	  Planning of joins of other rows with issues, by the keys of those rows.
 *
 * The server's own joins either read a search as a whole or begin it again for
 * each outer row.  A key join asks for the issues of many outer rows at once.
 */
#include "postgres.h"

#include "access/sysattr.h"
#include "catalog/pg_class.h"
#include "catalog/pg_operator_d.h"
#include "catalog/pg_proc.h"
#include "catalog/pg_statistic.h"
#include "catalog/pg_type.h"
#include "math.h"
#include "nodes/extensible.h"
#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "optimizer/clauses.h"
#include "optimizer/cost.h"
#include "optimizer/optimizer.h"
#include "optimizer/pathnode.h"
#include "optimizer/paths.h"
#include "optimizer/planmain.h"
#include "optimizer/restrictinfo.h"
#include "parser/parsetree.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/selfuncs.h"
#include "utils/syscache.h"

#include "scan/calls_ahead.h"
#include "scan/conditions.h"
#include "scan/field_use.h"
#include "scan/key_join_plan.h"
#include "scan/key_join_private.h"
#include "scan/key_source.h"
#include "scan/own_jql.h"
#include "scan/read_call.h"
#include "scan/scan_plan.h"
#include "utils/settings.h"

/* Keys of the first batch where the query may stop soon. */
#define FEW_KEYS 20

/* Of a search: the check of the keys is one, too. */
#define REQUESTS_PER_SEARCH 2

/* That have issues, where nothing is known of it: many keys are as dear as all issues then. */
#define USUAL_ACCOUNTS 10

/* A join that is to be planned. */
typedef struct KeyJoin
{
	RelOptInfo *inner;
	FuncExpr   *call;			/* NULL: a table */
	const Source *from;			/* what the inner rows are */
	List	   *source;			/* the same as a plan holds it */
	List	   *arguments;		/* of a table: without the user's own JQL */
	const Binding *binding;
	Oid			batches;		/* the function that takes many keys instead
								 * of one, or 0 */
	AttrNumber	column;			/* that is joined, or 0 */
	int			argument;		/* in which the calls for the rows differ, or
								 * -1 */
	Node	   *key;			/* of an outer row: a text, unless calls
								 * differ in it */
	JoinType	type;
	List	   *conditions;		/* of the join */
	List	   *filters;		/* of its rows */
	int			nulling;		/* see nulling_join() */
	double		values;			/* of the column, where many issues have the
								 * same; 0: few have */
} KeyJoin;

static set_join_pathlist_hook_type previous_hook = NULL;

static Plan *plan_join(PlannerInfo *root, RelOptInfo *rel, CustomPath *best_path,
					   List *tlist, List *clauses, List *custom_plans);

static const CustomPathMethods path_methods = {
	.CustomName = "JiraKeyJoin",
	.PlanCustomPath = plan_join,
};

/* --- Is it such a join? */

static bool
is_null_constant(Node *node)
{
	return IsA(node, Const) && ((Const *) node)->constisnull;
}

static bool
is_pseudoconstant_among(List *clauses)
{
	ListCell   *cell;

	foreach(cell, clauses)
		if (lfirst_node(RestrictInfo, cell)->pseudoconstant)
		return true;
	return false;
}

/* Where rows may be extended with nulls, those of the call must consist of columns. */
static bool
has_only_columns(RelOptInfo *rel)
{
	ListCell   *cell;

	foreach(cell, rel->reltarget->exprs)
		if (!IsA(lfirst(cell), Var))
		return false;
	return true;
}

static bool
is_outer_expression(PlannerInfo *root, Node *node, RelOptInfo *outer)
{
	Relids		relids = pull_varnos(root, node);

	return !bms_is_empty(relids) && bms_is_subset(relids, outer->relids) && !contain_volatile_functions(node) &&
		!contain_subplans(node);
}

/*
 * Is one side of the equality a column of the call, and the other one a key of the outer
 * rows?  "has_many": a column of which many issues have the same value.
 */
static bool
take_equality(PlannerInfo *root, KeyJoin *join, RelOptInfo *outer, Node *column, Node *key, bool has_many)
{
	Var		   *var = (Var *) column;

	if (!IsA(column, Var) || var->varno != join->inner->relid || var->varlevelsup != 0 || var->varattno <= 0 ||
		!key_source_has_column(join->binding, var->varattno) ||
		key_source_has_many(join->binding, var->varattno) != has_many ||
		!is_outer_expression(root, key, outer))
		return false;
	join->column = var->varattno;
	join->key = key;
	return true;
}

/* The clause that tells the keys: one that all rows of the join fulfil. */
static bool
find_equality(PlannerInfo *root, KeyJoin *join, RelOptInfo *joinrel, RelOptInfo *outer, List *clauses, bool has_many)
{
	ListCell   *cell;

	foreach(cell, clauses)
	{
		RestrictInfo *info = lfirst_node(RestrictInfo, cell);
		OpExpr	   *clause = (OpExpr *) info->clause;

		if (!is_opclause(clause) || clause->opno != TextEqualOperator ||
			!get_collation_isdeterministic(clause->inputcollid) ||
			(IS_OUTER_JOIN(join->type) && RINFO_IS_PUSHED_DOWN(info, joinrel->relids)))
			continue;
		if (take_equality(root, join, outer, linitial(clause->args), lsecond(clause->args), has_many) ||
			take_equality(root, join, outer, lsecond(clause->args), linitial(clause->args), has_many))
			return true;
	}
	return false;
}

/* The search must not depend on the outer rows. */
static bool
is_search(KeyJoin *join)
{
	return bms_is_empty(join->inner->lateral_relids) && conditions_allowed(join->binding, join->arguments);
}

/* The function of the same schema that takes many keys; the user may have no right to look into that. */
static Oid
find_batches(FuncExpr *call, const char *name)
{
	Oid			types[] = {TEXTARRAYOID, TEXTARRAYOID, TEXTOID};
	Oid			function = GetSysCacheOid3(PROCNAMEARGSNSP, Anum_pg_proc_oid, CStringGetDatum(name),
										   PointerGetDatum(buildoidvector(types, lengthof(types))),
										   ObjectIdGetDatum(get_func_namespace(call->funcid)));

	return OidIsValid(function) && action_of(function) && get_func_rettype(function) == get_func_rettype(call->funcid)
		? function : InvalidOid;
}

/* A call for one key of each outer row, which depends on nothing else in it. */
static bool
is_look_up(PlannerInfo *root, KeyJoin *join, RelOptInfo *outer)
{
	const Binding *binding = join->binding;
	int			key = bind_find(binding, IN_PATH);

	if (join->call == NULL || binding->action->batches == NULL || (join->type != JOIN_INNER && join->type != JOIN_LEFT))
		return false;
	for (int i = 0; i < binding->narguments; i++)
	{
		Node	   *argument = list_nth(join->arguments, i);
		const Argument *given = binding->arguments[i].argument;
		Place		place = given ? given->wire[CLOUD].place : ABSENT;

		if (i == key ? !is_outer_expression(root, argument, outer)
			: place == AS_FIELDS || place == IN_QUERY ? !is_null_constant(argument)
			: !bms_is_empty(pull_varnos(root, argument)))
			return false;
	}
	join->key = list_nth(join->arguments, key);
	join->batches = find_batches(join->call, binding->action->batches);
	return OidIsValid(join->batches);
}

/* A call for each outer row, of which several may be under way. */
static bool
is_called_ahead(PlannerInfo *root, KeyJoin *join, RelOptInfo *outer)
{
	if (join->call == NULL || jira_parallel_requests == 1 || (join->type != JOIN_INNER && join->type != JOIN_LEFT) ||
		(conditions_possible(join->binding) && join->inner->baserestrictinfo))
		return false;
	join->argument = calls_ahead_argument(root, join->binding, join->arguments);
	if (join->argument < 0)
		return false;
	join->key = list_nth(join->arguments, join->argument);
	return is_outer_expression(root, join->key, outer);
}

/* --- Which outer joins may have made columns null. */

/*
 * The number of this join if it makes columns of the call null, as seen from above
 * it; 0 if not.
 */
static int
nulling_join(RelOptInfo *joinrel, JoinType type, SpecialJoinInfo *info)
{
	int			number = jira_join_number(info);

	return IS_OUTER_JOIN(type) && number > 0 && bms_is_member(number, joinrel->relids) ? number : 0;
}

static Relids
as_set(int number)
{
	return number > 0 ? bms_make_singleton(number) : NULL;
}

static bool
is_same(Node *left, Node *right)
{
	if (IsA(left, Var) && IsA(right, Var))
		return ((Var *) left)->varno == ((Var *) right)->varno && ((Var *) left)->varattno == ((Var *) right)->varattno;
	return IsA(left, PlaceHolderVar) && IsA(right, PlaceHolderVar) &&
		((PlaceHolderVar *) left)->phid == ((PlaceHolderVar *) right)->phid;
}

/* The same column, or placeholder, of the outer rows; NULL if there is none. */
static Node *
find_outer(RelOptInfo *outer, Node *node)
{
	ListCell   *cell;

	foreach(cell, outer->reltarget->exprs)
		if (is_same(lfirst(cell), node))
		return lfirst(cell);
	return NULL;
}

static Relids
nulling_joins_of(Node *node)
{
	return IsA(node, Var) ? jira_nulling_joins((Var *) node)
		: jira_placeholder_nulling_joins((PlaceHolderVar *) node);
}

/*
 * Will the columns in expressions be those of custom_scan_tlist?  Where outer joins
 * have changed places they may have been made null by others, and the server
 * raises an error when it finishes such a plan.
 */
static bool
has_planned_columns(List *expressions, RelOptInfo *outer, RelOptInfo *inner, int nulling)
{
	ListCell   *cell;

	foreach(cell, pull_var_clause((Node *) expressions, PVC_RECURSE_AGGREGATES | PVC_RECURSE_WINDOWFUNCS |
								  PVC_INCLUDE_PLACEHOLDERS))
	{
		Node	   *column = lfirst(cell);
		Node	   *same = find_outer(outer, column);
		bool		is_inner = IsA(column, Var) && ((Var *) column)->varno == inner->relid;

		if (is_inner ? !bms_equal(nulling_joins_of(column), as_set(nulling))
			: same && !bms_equal(nulling_joins_of(column), nulling_joins_of(same)))
			return false;
	}
	return true;
}

static bool
takes_join_type(JoinType type)
{
	return type == JOIN_INNER || type == JOIN_LEFT || type == JOIN_SEMI || type == JOIN_ANTI ||
		type == JOIN_UNIQUE_OUTER;
}

/* Finds what the inner rows are; false if they are none that Jira can be asked for by key. */
static bool
find_source(PlannerInfo *root, KeyJoin *join)
{
	RelOptInfo *inner = join->inner;
	RangeTblEntry *entry = planner_rt_fetch(inner->relid, root);

	join->from = scan_table_of(inner);
	join->call = join->from ? NULL : read_call_of(entry);
	if (join->from)
	{
		join->source = source_plan(InvalidOid, entry->relid, inner->userid);
		join->arguments = source_table_arguments(join->from, NULL);
		join->binding = join->from->binding;
		return !own_jql_is_joined(root, inner, join->binding);
	}
	if (join->call == NULL || contain_volatile_functions((Node *) join->call->args))
		return false;
	join->source = source_plan(join->call->funcid, InvalidOid, InvalidOid);
	join->arguments = join->call->args;
	join->binding = bind_action(action_of(join->call->funcid), join->call->funcid);
	return true;
}

/* Of the system columns a row of a join has the OID of the table. */
static bool
takes_columns(RelOptInfo *inner, List *clauses)
{
	ListCell   *cell;

	foreach(cell, read_call_columns(inner, clauses))
		if (lfirst_int(cell) < 0 && lfirst_int(cell) != TableOidAttributeNumber)
		return false;
	return true;
}

static bool
find_join(PlannerInfo *root, RelOptInfo *joinrel, RelOptInfo *outer, KeyJoin *join, List *clauses)
{
	RelOptInfo *inner = join->inner;

	if (inner->reloptkind != RELOPT_BASEREL || IS_DUMMY_REL(inner) || !bms_is_empty(joinrel->lateral_relids) ||
		is_pseudoconstant_among(clauses) ||
		is_pseudoconstant_among(inner->baserestrictinfo) ||
		(IS_OUTER_JOIN(join->type) && !has_only_columns(inner)) ||
		!find_source(root, join))
		return false;
	if (is_search(join))
		return find_equality(root, join, joinrel, outer, clauses, false) ||
			find_equality(root, join, joinrel, outer, clauses, true);
	return is_look_up(root, join, outer) || is_called_ahead(root, join, outer);
}

/* --- The path. */

/*
 * Divides the clauses of the join, and those of the call's rows, into conditions
 * and filters.  Conditions that leak nothing of a row come before others.
 */
static void
divide_clauses(PlannerInfo *root, KeyJoin *join, RelOptInfo *joinrel, List *clauses)
{
	List	   *all = list_concat_copy(join->inner->baserestrictinfo, clauses);
	ListCell   *cell;

	for (Index level = 0; level <= root->qual_security_level; level++)
		foreach(cell, all)
	{
		RestrictInfo *info = lfirst_node(RestrictInfo, cell);
		bool		is_filter = IS_OUTER_JOIN(join->type) && RINFO_IS_PUSHED_DOWN(info, joinrel->relids) &&
		list_member_ptr(clauses, info);

		if (info->security_level != level)
			continue;
		if (is_filter)
			join->filters = lappend(join->filters, info->clause);
		else
			join->conditions = lappend(join->conditions, info->clause);
	}
}

/* The part of the outer rows whose key is null, as far as statistics tell. */
static double
null_fraction(PlannerInfo *root, Node *key)
{
	VariableStatData variable;
	double		fraction = 0;

	examine_variable(root, key, 0, &variable);
	if (HeapTupleIsValid(variable.statsTuple))
		fraction = ((Form_pg_statistic) GETSTRUCT(variable.statsTuple))->stanullfrac;
	ReleaseVariableStats(variable);
	return fraction;
}

/*
 * Is nothing known of the key because it is one of other issues?  Those are different
 * ones, while the server takes many rows of a table to have the same.
 */
static bool
is_unknown(PlannerInfo *root, Node *key)
{
	VariableStatData variable;
	RangeTblEntry *entry;
	bool		has_statistics;

	if (!IsA(key, Var))
		return false;
	entry = planner_rt_fetch(((Var *) key)->varno, root);
	if (entry->rtekind == RTE_RELATION && entry->relkind != RELKIND_FOREIGN_TABLE)
		return false;
	examine_variable(root, key, 0, &variable);
	has_statistics = HeapTupleIsValid(variable.statsTuple);
	ReleaseVariableStats(variable);
	return !has_statistics;
}

static double
estimate_keys(PlannerInfo *root, KeyJoin *join, double rows)
{
	double		keys = rows * (1 - null_fraction(root, join->key));

	if (!is_unknown(root, join->key))
		keys = Min(keys, estimate_num_groups(root, list_make1(join->key), rows, NULL, NULL));
	return clamp_row_est(keys);
}

/* How many values a column has of which many issues have the same; 0: it is another one. */
static double
estimate_values(PlannerInfo *root, const KeyJoin *join)
{
	VariableStatData variable;
	double		values = USUAL_ACCOUNTS;
	bool		is_default;

	if (join->column == 0 || !key_source_has_many(join->binding, join->column))
		return 0;
	examine_variable(root, (Node *) read_call_column(root, join->inner, join->binding, join->column), 0, &variable);
	if (HeapTupleIsValid(variable.statsTuple))
		values = get_variable_numdistinct(&variable, &is_default);
	ReleaseVariableStats(variable);
	return Max(values, 1);
}

/* The requests that a search for so many keys is about, beside the first one. */
static double
further_pages(const KeyJoin *join, double keys)
{
	return join->values > 0 ? Min(keys / join->values, 1) * join->inner->tuples / ROWS_PER_REQUEST : 0;
}

/* Requests one after another: those under way at the same time count as one. */
static double
estimate_requests(PlannerInfo *root, KeyJoin *join, double keys)
{
	if (join->argument >= 0)
		return ceil(keys / jira_parallel_requests) * (1 + join->inner->tuples / ROWS_PER_REQUEST);
	return ceil(keys / MOST_KEYS) * (OidIsValid(join->batches) ? 1 : REQUESTS_PER_SEARCH) + further_pages(join, keys);
}

/* May the query stop before the last row of a join in this order? */
static bool
may_stop(PlannerInfo *root, List *pathkeys)
{
	const Query *query = root->parse;

	return root->tuple_fraction > 0 && !query->hasAggs && !query->groupClause && !query->groupingSets &&
		!query->distinctClause && !query->hasWindowFuncs && pathkeys_contained_in(root->query_pathkeys, pathkeys);
}

/* The keys of the first batch: few, if few rows may be enough. */
static int
first_keys(PlannerInfo *root, const KeyJoin *join, List *pathkeys)
{
	double		each = join->values > 0 ? join->inner->tuples / join->values : 1;

	if (!may_stop(root, pathkeys))
		return MOST_KEYS;
	if (each > 1)
		return (int) Max(1, Min(MOST_KEYS, (root->limit_tuples > 0 ? root->limit_tuples : FEW_KEYS) / each));
	if (root->limit_tuples > 0 && root->limit_tuples < MOST_KEYS / 2)
		return 2 * (int) root->limit_tuples;
	return root->limit_tuples > 0 ? MOST_KEYS : FEW_KEYS;
}

static CustomPath *
make_path(PlannerInfo *root, RelOptInfo *joinrel, KeyJoin *join, Path *outer)
{
	CustomPath *path = makeNode(CustomPath);
	double		keys = estimate_keys(root, join, outer->rows);
	int			first = first_keys(root, join, outer->pathkeys);
	List	   *numbers = list_make5_int(join->inner->relid, join->batches, join->column, join->type, first);

	path->path.pathtype = T_CustomScan;
	path->path.parent = joinrel;
	path->path.pathtarget = joinrel->reltarget;
	path->path.rows = joinrel->rows;
	path->path.startup_cost = outer->startup_cost + REQUEST_COST * (1 + further_pages(join, Min(keys, first)));
	path->path.total_cost = outer->total_cost + REQUEST_COST * estimate_requests(root, join, keys) +
		cpu_tuple_cost * (outer->rows + joinrel->rows);
	path->path.pathkeys = outer->pathkeys;
	path->flags = CUSTOMPATH_SUPPORT_PROJECTION;
	path->custom_paths = list_make1(outer);
	numbers = lappend_int(lappend_int(numbers, join->nulling), join->argument);
	numbers = lappend_int(numbers, may_stop(root, outer->pathkeys) || scan_is_probed(root, join->inner));
	path->custom_private = list_make5(join->source, join->key, join->conditions, join->filters, numbers);
	path->custom_private = lappend(path->custom_private, join->arguments);
	path->methods = &path_methods;
	return path;
}

static void
add_paths(PlannerInfo *root, RelOptInfo *joinrel, RelOptInfo *outer, KeyJoin *join)
{
	ListCell   *cell;

	foreach(cell, outer->pathlist)
	{
		Path	   *path = lfirst(cell);

		if (path->param_info == NULL)
			add_path(joinrel, (Path *) make_path(root, joinrel, join, path));
	}
}

/* IN (SELECT ...): the outer rows are made different first, and then joined. */
static void
add_unique_path(PlannerInfo *root, RelOptInfo *joinrel, RelOptInfo *outer, KeyJoin *join, SpecialJoinInfo *info)
{
	Path	   *cheapest = outer->cheapest_total_path;
	Path	   *unique = cheapest->param_info ? NULL : (Path *) create_unique_path(root, outer, cheapest, info);

	join->type = JOIN_INNER;
	if (unique)
		add_path(joinrel, (Path *) make_path(root, joinrel, join, unique));
}

static void
consider_key_join(PlannerInfo *root, RelOptInfo *joinrel, RelOptInfo *outer, RelOptInfo *inner,
				  JoinType type, JoinPathExtraData *extra)
{
	KeyJoin		join = {.inner = inner,.type = type,.argument = -1};

	if (previous_hook)
		previous_hook(root, joinrel, outer, inner, type, extra);
	if (!jira_enable_scan || !jira_pushdown || !takes_join_type(type) ||
		!find_join(root, joinrel, outer, &join, extra->restrictlist))
		return;
	divide_clauses(root, &join, joinrel, extra->restrictlist);
	if (!takes_columns(inner, list_concat_copy(join.conditions, join.filters)))
		return;
	join.nulling = nulling_join(joinrel, type, extra->sjinfo);
	join.values = estimate_values(root, &join);
	if (!has_planned_columns(list_make2(joinrel->reltarget->exprs, join.filters), outer, inner, join.nulling) ||
		!has_planned_columns(list_make2(join.conditions, join.key), outer, inner, 0))
		return;
	if (type == JOIN_UNIQUE_OUTER)
		add_unique_path(root, joinrel, outer, &join, extra->sjinfo);
	else
		add_paths(root, joinrel, outer, &join);
}

/* --- The plan. */

/* custom_scan_tlist: the columns of the outer plan, then those of the call. */
static List *
join_targets(PlannerInfo *root, RelOptInfo *inner, const Binding *binding, Plan *outer, List *columns, int nulling)
{
	List	   *targets = NIL;
	ListCell   *cell;

	foreach(cell, outer->targetlist)
		targets = lappend(targets, makeTargetEntry(copyObject(lfirst_node(TargetEntry, cell)->expr),
												   list_length(targets) + 1, NULL, false));
	foreach(cell, columns)
	{
		Var		   *column = read_call_column(root, inner, binding, lfirst_int(cell));

		jira_set_nulling_joins(column, as_set(nulling));
		targets = lappend(targets, makeTargetEntry((Expr *) column, list_length(targets) + 1, NULL, false));
	}
	return targets;
}

/* The columns of the call that the query or the join needs. */
static List *
columns_of(RelOptInfo *inner, const Binding *binding, List *expressions, bool is_look_up)
{
	List	   *columns = read_call_columns(inner, expressions);

	if (!is_look_up)
		return columns;
	columns = list_append_unique_int(columns, bind_column(binding, "key"));
	return list_append_unique_int(columns, bind_column(binding, "id"));
}

static Plan *
plan_join(PlannerInfo *root, RelOptInfo *rel, CustomPath *best_path,
		  List *tlist, List *clauses, List *custom_plans)
{
	CustomScan *scan = makeNode(CustomScan);
	List	   *source = linitial(best_path->custom_private);
	List	   *conditions = lthird(best_path->custom_private);
	List	   *filters = lfourth(best_path->custom_private);
	List	   *numbers = list_nth(best_path->custom_private, 4);
	List	   *arguments = list_nth(best_path->custom_private, 5);
	RelOptInfo *inner = find_base_rel(root, linitial_int(numbers));
	const Source *from = scan_table_of(inner) ? scan_table_of(inner) : source_make(source);
	const Binding *binding = from->binding;
	Oid			batches = lsecond_int(numbers);
	List	   *columns = columns_of(inner, binding, list_make2(conditions, filters), OidIsValid(batches));
	List	   *wanted = list_copy(columns);
	int			nulling = list_nth_int(numbers, 5);
	int			argument = list_nth_int(numbers, 6);
	Node	   *key = lsecond(best_path->custom_private);
	char	   *fields = NULL;

	if (from->table)
		arguments = source_table_arguments(from, own_jql_find(root, inner, binding, inner->baserestrictinfo));
	if (read_call_keeps_row(root, inner))
		wanted = list_delete_int(wanted, 0);
	scan->scan.plan.targetlist = tlist;
	scan->scan.plan.qual = copyObject(filters);
	scan->scan.scanrelid = 0;
	scan->flags = best_path->flags;
	scan->custom_plans = custom_plans;
	scan->custom_scan_tlist = join_targets(root, inner, binding, linitial(custom_plans), columns, nulling);
	if (argument >= 0)
		key = calls_ahead_text(key);
	scan->custom_exprs = copyObject(list_make3(arguments, key,
											   jira_add_nulling_joins((Node *) conditions, inner->relids, as_set(nulling))));
	if (!list_member_int(wanted, 0))
		fields = field_use(root, inner, binding);
	scan->custom_private = list_make5(lappend_oid(list_copy(source), batches),
									  list_make5_int(lfourth_int(numbers), lthird_int(numbers), list_nth_int(numbers, 4),
													 argument, list_nth_int(numbers, 7)),
									  columns, wanted, makeString(fields ? fields : ""));
	scan->methods = &key_join_methods;

	/* The plan has no calls of the functions in it, but depends on them. */
	if (OidIsValid(from->function))
		record_plan_function_dependency(root, from->function);
	if (OidIsValid(batches))
		record_plan_function_dependency(root, batches);
	return &scan->scan.plan;
}

void
key_join_install(void)
{
	RegisterCustomScanMethods(&key_join_methods);
	previous_hook = set_join_pathlist_hook;
	set_join_pathlist_hook = consider_key_join;
}
