/*
 * scan_plan.c
 *	  Planning of reads in FROM as custom scans.
 *
 * The planner calls the support function of a read before the hook, and that
 * call loads this library: no preloading is needed for the first query of a
 * session.
 */
#include "postgres.h"

#include "foreign/fdwapi.h"
#include "nodes/extensible.h"
#include "nodes/makefuncs.h"
#include "optimizer/cost.h"
#include "optimizer/optimizer.h"
#include "optimizer/pathnode.h"
#include "optimizer/paths.h"
#include "optimizer/planmain.h"
#include "optimizer/restrictinfo.h"

#include "engine/bind.h"
#include "scan/conditions.h"
#include "scan/field_use.h"
#include "scan/own_jql.h"
#include "scan/own_parents.h"
#include "scan/read_call.h"
#include "scan/scan_exec_private.h"
#include "scan/scan_plan.h"
#include "scan/order.h"
#include "scan/recheck.h"
#include "scan/source.h"
#include "utils/settings.h"

static set_rel_pathlist_hook_type previous_hook = NULL;

static Plan *plan_scan(PlannerInfo *root, RelOptInfo *rel, CustomPath *best_path,
					   List *tlist, List *clauses, List *custom_plans);

static const CustomPathMethods path_methods = {
	.CustomName = "JiraScan",
	.PlanCustomPath = plan_scan,
};

/* Does an order of its rows spare the query a sort of all of them? */
static bool
is_ordered(PlannerInfo *root, List *pathkeys)
{
	return root->query_pathkeys == NIL || pathkeys != NIL;
}

/*
 * The rows of a table that fulfil these conditions.  Statistics do not tell what the
 * user's own JQL finds: it is expected to be what a call of a function would.
 */
static double
table_rows(PlannerInfo *root, RelOptInfo *rel, const Binding *binding, List *clauses)
{
	List	   *others = NIL;
	double		rows = rel->tuples;
	ListCell   *cell;

	foreach(cell, clauses)
		if (own_jql_of(rel, binding, (Node *) lfirst_node(RestrictInfo, cell)->clause))
		rows = Min(rows, SCAN_ROWS);
	else
		others = lappend(others, lfirst(cell));
	return rows * clauselist_selectivity(root, others, 0, JOIN_INNER, NULL);
}

/* Are all conditions on the relation asked of Jira? */
static bool
is_all_asked(RelOptInfo *rel, const Binding *binding, List *arguments)
{
	List	   *values;
	List	   *reasons;
	ListCell   *cell;

	(void) conditions_plan(rel, binding, arguments, rel->baserestrictinfo, &values, &reasons);
	if (list_length(reasons) < list_length(rel->baserestrictinfo))
		return false;
	foreach(cell, reasons)
		if (strVal(lfirst(cell))[0] != '\0')
		return false;
	return true;
}

/*
 * The LIMIT of the query, or -1.  It determines the size of the pages only if
 * every row of the scan becomes a row of the query and no sort is needed.
 */
static double
useful_limit(PlannerInfo *root, RelOptInfo *rel, const Binding *binding, List *arguments, List *pathkeys)
{
	if (rel->reloptkind != RELOPT_BASEREL ||
		bms_membership(root->all_baserels) != BMS_SINGLETON ||
		!is_ordered(root, pathkeys) || root->limit_tuples < 0 || !is_all_asked(rel, binding, arguments))
		return -1;
	return root->limit_tuples + (pathkeys ? ORDER_ROWS_AHEAD : 0);
}

bool
scan_is_probed(PlannerInfo *root, RelOptInfo *rel)
{
	ListCell   *cell;

	foreach(cell, root->join_info_list)
	{
		SpecialJoinInfo *join = lfirst_node(SpecialJoinInfo, cell);

		if ((join->jointype == JOIN_SEMI || join->jointype == JOIN_ANTI) &&
			bms_is_member(rel->relid, join->syn_righthand))
			return true;
	}
	return false;
}

/* May the query stop before the last row of the scan, as far as its form tells? */
static bool
may_stop(PlannerInfo *root, RelOptInfo *rel, List *pathkeys)
{
	const Query *query = root->parse;
	bool		takes_all = query->hasAggs || query->groupClause || query->groupingSets ||
	query->distinctClause || !is_ordered(root, pathkeys);

	return (root->tuple_fraction > 0 && !takes_all) || scan_is_probed(root, rel);
}

/*
 * How many rows Jira returns: those that the conditions leave that it is asked for,
 * where statistics tell how many these are.  Without them it is safer to expect all.
 */
static double
rows_to_read(PlannerInfo *root, RelOptInfo *rel, const Binding *binding, List *arguments)
{
	List	   *asked = NIL;
	List	   *values;
	List	   *reasons;
	ListCell   *cell;
	ListCell   *reason;

	if (rel->pages == 0)
		return rel->tuples;
	(void) conditions_plan(rel, binding, arguments, rel->baserestrictinfo, &values, &reasons);
	reason = list_head(reasons);
	foreach(cell, rel->baserestrictinfo)
	{
		RestrictInfo *restriction = lfirst_node(RestrictInfo, cell);

		if (restriction->pseudoconstant || reason == NULL)
			continue;
		if (strVal(lfirst(reason))[0] == '\0')
			asked = lappend(asked, restriction);
		reason = lnext(reasons, reason);
	}
	return clamp_row_est(table_rows(root, rel, binding, asked));
}

/*
 * With an order the rows cost a little more, so that it is asked for only where it
 * is of use.  custom_private: the source, the arguments, {limit, may stop}.
 */
static CustomPath *
make_path(PlannerInfo *root, RelOptInfo *rel, List *source, const Binding *binding, List *arguments,
		  List *pathkeys)
{
	CustomPath *path = makeNode(CustomPath);
	double		rows = clamp_row_est(rel->rows);

	path->path.pathtype = T_CustomScan;
	path->path.parent = rel;
	path->path.pathtarget = rel->reltarget;
	path->path.param_info = get_baserel_parampathinfo(root, rel, rel->lateral_relids);
	path->path.rows = rows;
	path->path.pathkeys = pathkeys;
	path->path.startup_cost = REQUEST_COST;
	path->path.total_cost = REQUEST_COST * (1 + rows_to_read(root, rel, binding, arguments) / ROWS_PER_REQUEST) +
		(pathkeys ? 2 : 1) * cpu_tuple_cost * rows;
	path->flags = CUSTOMPATH_SUPPORT_PROJECTION;
	path->custom_private = list_make3(source, arguments,
									  list_make2(makeFloat(psprintf("%.0f", useful_limit(root, rel, binding, arguments, pathkeys))),
												 makeInteger(may_stop(root, rel, pathkeys))));
	path->methods = &path_methods;
	return path;
}

/* A path in no order, and one in an order that the query wants, if there is one. */
static void
add_paths(PlannerInfo *root, RelOptInfo *rel, List *source, const Binding *binding, List *arguments)
{
	List	   *pathkeys = order_pathkeys(root, rel, binding, arguments);

	add_path(rel, (Path *) make_path(root, rel, source, binding, arguments, NIL));
	if (pathkeys)
		add_path(rel, (Path *) make_path(root, rel, source, binding, arguments, pathkeys));
}

/* For plan_scan(): a call has no use for the place where a table has its source. */
static void
note_recheck(PlannerInfo *root, RelOptInfo *rel)
{
	List	   *plan;
	RelOptInfo *scan = recheck_of_subquery(root, rel, &plan);

	if (scan && scan->rtekind == RTE_FUNCTION)
		scan->fdw_private = plan;
	else if (scan && scan_table_of(scan))
		((Source *) scan->fdw_private)->recheck = plan;
}

static void
consider_scan(PlannerInfo *root, RelOptInfo *rel, Index rti, RangeTblEntry *rte)
{
	FuncExpr   *call;

	if (previous_hook)
		previous_hook(root, rel, rti, rte);
	if (!jira_enable_scan || IS_DUMMY_REL(rel))
		return;
	if (rte->rtekind == RTE_SUBQUERY)
		note_recheck(root, rel);
	call = read_call_of(rte);
	if (call == NULL)
		return;

	/* Replaced, not outbid: which rows are fetched must not depend on costs. */
	rel->pathlist = NIL;
	rel->partial_pathlist = NIL;
	add_paths(root, rel, source_plan(call->funcid, InvalidOid, InvalidOid),
			  bind_action(action_of(call->funcid), call->funcid), call->args);
}

/* The cost of what must not be done. */
#define FORBIDDEN_COST 1.0e10

/*
 * A path for each set of relations that the user's own JQL can come from.  The
 * planner needs one that needs none, too, where it joins in another order;
 * plan_scan() refuses that.
 */
static void
add_paths_with_own_jql(PlannerInfo *root, RelOptInfo *rel, List *plan, const Source *source, List *sets)
{
	List	   *arguments = source_table_arguments(source, NULL);
	CustomPath *path = make_path(root, rel, plan, source->binding, arguments, NIL);
	ListCell   *cell;

	path->path.total_cost += FORBIDDEN_COST;
	add_path(rel, (Path *) path);
	foreach(cell, sets)
	{
		path = make_path(root, rel, plan, source->binding, arguments, NIL);
		path->path.param_info = get_baserel_parampathinfo(root, rel, lfirst(cell));
		path->path.rows = path->path.param_info->ppi_rows;
		add_path(rel, (Path *) path);
	}
}

/* Paths that read the lists of parents which other relations name, of one at a time. */
static void
add_paths_of_named_parents(PlannerInfo *root, RelOptInfo *rel, List *plan, const Source *source)
{
	ListCell   *cell;

	foreach(cell, own_parents_outer_relations(root, rel, source->binding))
	{
		CustomPath *path = make_path(root, rel, plan, source->binding, source_table_arguments(source, NULL), NIL);

		path->path.param_info = get_baserel_parampathinfo(root, rel, lfirst(cell));
		path->path.rows = path->path.param_info->ppi_rows;
		path->path.total_cost = REQUEST_COST + cpu_tuple_cost * path->path.rows;
		add_path(rel, (Path *) path);
	}
}

void
scan_estimate_table(PlannerInfo *root, RelOptInfo *rel, Oid relation)
{
	Source	   *source = source_make(source_plan(InvalidOid, relation, rel->userid));

	rel->fdw_private = source;
	if (rel->tuples < 0)
		rel->tuples = SCAN_ROWS;
	set_baserel_size_estimates(root, rel);
	rel->rows = clamp_row_est(table_rows(root, rel, source->binding, rel->baserestrictinfo));
}

void
scan_add_table_paths(PlannerInfo *root, RelOptInfo *rel, Oid relation)
{
	List	   *plan = source_plan(InvalidOid, relation, rel->userid);
	Source	   *source = rel->fdw_private;
	List	   *sets = own_jql_outer_relations(root, rel, source->binding);

	if (sets)
		add_paths_with_own_jql(root, rel, plan, source, sets);
	else
		add_paths(root, rel, plan, source->binding, source_table_arguments(source, NULL));
	add_paths_of_named_parents(root, rel, plan, source);
}

const Source *
scan_table_of(const RelOptInfo *rel)
{
	return rel->fdwroutine && rel->fdwroutine->GetForeignPaths == scan_add_table_paths ? rel->fdw_private : NULL;
}

/*
 * custom_scan_tlist.  It has every column that is used, not only those of the
 * plan's target list, which may be replaced after the plan has been made.
 */
static List *
scan_targets(PlannerInfo *root, RelOptInfo *rel, const Binding *binding, List *numbers)
{
	List	   *columns = NIL;
	ListCell   *cell;

	foreach(cell, numbers)
	{
		Var		   *var = read_call_column(root, rel, binding, lfirst_int(cell));

		columns = lappend(columns, makeTargetEntry((Expr *) var, list_length(columns) + 1,
												   NULL, false));
	}
	return columns;
}

/* The columns of the scan slot: all of a table, else those that are used. */
static List *
slot_columns(const Source *source, List *used)
{
	List	   *columns = NIL;

	if (source->table == NULL)
		return used;
	for (int i = 1; i <= source->binding->row->natts; i++)
		columns = lappend_int(columns, i);
	return columns;
}

/* The columns to request.  System columns of a table are known. */
static List *
wanted_columns(PlannerInfo *root, RelOptInfo *rel, List *used)
{
	bool		keeps_row = read_call_keeps_row(root, rel);
	List	   *wanted = NIL;
	ListCell   *cell;

	foreach(cell, used)
		if (lfirst_int(cell) > 0 || (lfirst_int(cell) == 0 && !keeps_row))
		wanted = lappend_int(wanted, lfirst_int(cell));
	return wanted;
}

/*
 * custom_private: the source, {limit, may stop, fields}, the attribute numbers of
 * the scan slot, whose Vars change when the plan is finished, those that
 * are requested from Jira, what recheck_begin() takes, what order_begin() takes, and
 * {what conditions_begin() takes, the number of its values, why others stay}.
 * custom_exprs: the arguments of the call, those values, and what the recheck wants.
 */
static Plan *
plan_scan(PlannerInfo *root, RelOptInfo *rel, CustomPath *best_path,
		  List *tlist, List *clauses, List *custom_plans)
{
	CustomScan *scan = makeNode(CustomScan);
	const Source *source = scan_table_of(rel) ? scan_table_of(rel) : source_make(linitial(best_path->custom_private));
	const Binding *binding = source->binding;
	List	   *arguments = lsecond(best_path->custom_private);
	List	   *used;
	List	   *recheck;
	List	   *conditions;
	List	   *values;
	List	   *reasons;
	List	   *use;
	List	   *wanted;
	char	   *fields = NULL;

	if (source->table)
	{
		Expr	   *jql = own_jql_find(root, rel, binding, clauses);

		arguments = source_table_arguments(source, jql ? jql : own_parents_find(rel, binding, clauses));
	}
	conditions = conditions_plan(rel, binding, arguments, clauses, &values, &reasons);
	conditions = conditions_plan_joins(root, rel, binding, arguments, conditions);
	clauses = extract_actual_clauses(clauses, false);
	recheck = recheck_plan(root, rel, source->table ? source->recheck : rel->fdw_private, clauses);
	scan->scan.plan.targetlist = tlist;
	scan->scan.plan.qual = clauses;
	scan->scan.scanrelid = source->table ? rel->relid : 0;
	scan->flags = best_path->flags;
	scan->custom_exprs = copyObject(list_concat(list_concat_copy(arguments, values), recheck_expressions(recheck)));
	used = read_call_columns(rel, list_concat_copy(clauses, recheck_expressions(recheck)));
	scan->custom_scan_tlist = source->table ? NIL : scan_targets(root, rel, binding, used);
	wanted = wanted_columns(root, rel, used);
	if (!list_member_int(wanted, 0))
		fields = field_use(root, rel, binding);
	use = lappend(list_copy(lthird(best_path->custom_private)), makeString(fields ? fields : ""));
	scan->custom_private = list_make5(linitial(best_path->custom_private), use, slot_columns(source, used), wanted,
									  copyObject(recheck));
	scan->custom_private = lappend(scan->custom_private, order_plan(rel, binding, best_path->path.pathkeys));
	scan->custom_private = lappend(scan->custom_private,
								   list_make3(conditions, makeInteger(list_length(values)), reasons));
	scan->methods = &jira_scan_methods;

	/*
	 * The plan has no call of the function in it, but depends on the
	 * function.
	 */
	if (OidIsValid(source->function))
		record_plan_function_dependency(root, source->function);
	return &scan->scan.plan;
}

void
scan_install(void)
{
	RegisterCustomScanMethods(&jira_scan_methods);
	previous_hook = set_rel_pathlist_hook;
	set_rel_pathlist_hook = consider_scan;
}
