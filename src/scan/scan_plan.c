/*
 * scan_plan.c
 *	  Planning of reads in FROM as custom scans.
 *
 * The planner calls the support function of a read before the hook, and that
 * call loads this library: no preloading is needed for the first query of a
 * session.
 */
#include "postgres.h"

#include "access/sysattr.h"
#include "catalog/pg_proc.h"
#include "nodes/extensible.h"
#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "nodes/supportnodes.h"
#include "optimizer/cost.h"
#include "optimizer/optimizer.h"
#include "optimizer/pathnode.h"
#include "optimizer/paths.h"
#include "optimizer/planmain.h"
#include "optimizer/restrictinfo.h"
#include "parser/parsetree.h"
#include "utils/array.h"
#include "utils/fmgroids.h"
#include "utils/lsyscache.h"
#include "utils/syscache.h"

#include "engine/bind.h"
#include "engine/call.h"
#include "scan/scan_exec_private.h"
#include "scan/scan_plan.h"
#include "scan/recheck.h"
#include "utils/settings.h"

/*
 * In pages of a table.  A request takes longer than that, but a higher cost would
 * reach jit_above_cost, and compiling the query does not make a wait shorter.
 */
#define REQUEST_COST 100.0

/* For the cost only; the real page size is chosen when the scan runs. */
#define ROWS_PER_REQUEST 100.0

PG_FUNCTION_INFO_V1(jira_read_support);

static set_rel_pathlist_hook_type previous_hook = NULL;

static Plan *plan_scan(PlannerInfo *root, RelOptInfo *rel, CustomPath *best_path,
					   List *tlist, List *clauses, List *custom_plans);

static const CustomPathMethods path_methods = {
	.CustomName = "JiraScan",
	.PlanCustomPath = plan_scan,
};

static bool
is_read(Oid function)
{
	Oid			support = get_func_support(function);
	FmgrInfo	flinfo;

	if (!OidIsValid(support))
		return false;
	fmgr_info(support, &flinfo);
	return flinfo.fn_addr == jira_read_support;
}

/* The argument at this place if it is a constant and not null, else NULL. */
static Const *
constant_argument(FuncExpr *call, Place place)
{
	Binding    *binding = bind_action(action_of(call->funcid), call->funcid);
	int			argument = bind_find(binding, place);
	Node	   *node = argument < 0 ? NULL : list_nth(call->args, argument);

	if (node == NULL || !IsA(node, Const) || ((Const *) node)->constisnull)
		return NULL;
	return (Const *) node;
}

/* The largest number of rows by the arguments of the call; -1 if not bounded. */
static double
bounded_rows(FuncExpr *call)
{
	Const	   *limit = constant_argument(call, AS_LIMIT);
	Const	   *keys = constant_argument(call, AS_KEYS);

	if (limit)
		return (double) DatumGetInt64(limit->constvalue);
	if (keys)
	{
		ArrayType  *array = DatumGetArrayTypeP(keys->constvalue);

		return ArrayGetNItems(ARR_NDIM(array), ARR_DIMS(array));
	}
	return -1;
}

Datum
jira_read_support(PG_FUNCTION_ARGS)
{
	Node	   *request = (Node *) PG_GETARG_POINTER(0);
	double		rows;

	if (!IsA(request, SupportRequestRows) ||
		!is_funcclause(((SupportRequestRows *) request)->node))
		PG_RETURN_POINTER(NULL);
	rows = bounded_rows((FuncExpr *) ((SupportRequestRows *) request)->node);
	if (rows < 0)
		PG_RETURN_POINTER(NULL);
	((SupportRequestRows *) request)->rows = clamp_row_est(rows);
	PG_RETURN_POINTER(request);
}

/* A function that changes user or settings must be called to do so. */
static bool
changes_environment(Oid function)
{
	HeapTuple	tuple = SearchSysCache1(PROCOID, ObjectIdGetDatum(function));
	bool		changes;
	bool		isnull;

	if (!HeapTupleIsValid(tuple))
		elog(ERROR, "cache lookup failed for function %u", function);
	(void) SysCacheGetAttr(PROCOID, tuple, Anum_pg_proc_proconfig, &isnull);
	changes = ((Form_pg_proc) GETSTRUCT(tuple))->prosecdef || !isnull;
	ReleaseSysCache(tuple);
	return changes;
}

/* The call of a read if the range table entry consists of nothing else. */
static FuncExpr *
read_in(RangeTblEntry *rte)
{
	RangeTblFunction *function;
	FuncExpr   *call;

	if (rte->rtekind != RTE_FUNCTION || rte->funcordinality || list_length(rte->functions) != 1)
		return NULL;
	function = linitial_node(RangeTblFunction, rte->functions);
	call = (FuncExpr *) function->funcexpr;
	if (function->funccolnames != NIL || !IsA(call, FuncExpr) || !is_read(call->funcid) ||
		expression_returns_set((Node *) call->args) || changes_environment(call->funcid))
		return NULL;
	return call;
}

/*
 * The columns that the query takes from the scan, as pull_varattnos() has them,
 * for its target and other expressions.
 */
static Bitmapset *
columns_used(RelOptInfo *rel, List *others)
{
	Bitmapset  *columns = NULL;

	pull_varattnos((Node *) rel->reltarget->exprs, rel->relid, &columns);
	pull_varattnos((Node *) others, rel->relid, &columns);
	return columns;
}

static bool
has_whole_row(const void *expression, Index relid)
{
	Bitmapset  *columns = NULL;

	pull_varattnos((Node *) expression, relid, &columns);
	return bms_is_member(0 - FirstLowInvalidHeapAttributeNumber, columns);
}

/*
 * The column in which the query keeps a whole row for EvalPlanQual.  Its name
 * ends with a number, unlike that of the row that an INSTEAD OF trigger gets.
 */
static bool
is_kept_row(TargetEntry *entry)
{
	size_t		prefix = strlen("wholerow");

	return entry->resjunk && entry->resname && IsA(entry->expr, Var) &&
		strncmp(entry->resname, "wholerow", prefix) == 0 && entry->resname[prefix] != '\0';
}

/*
 * Is the whole row used by nothing but EvalPlanQual?  That needs no more of it
 * than the columns that the query uses.
 */
static bool
whole_row_is_only_kept(PlannerInfo *root, RelOptInfo *rel)
{
	ListCell   *cell;

	if (rel->reloptkind != RELOPT_BASEREL || root->rowMarks == NIL)
		return false;

	/* 0 stands for the target list of the query; joins have their relations. */
	if (!bms_equal(rel->attr_needed[0 - rel->min_attr], bms_make_singleton(0)))
		return false;
	foreach(cell, root->processed_tlist)
		if (!is_kept_row(lfirst(cell)) && has_whole_row(lfirst(cell), rel->relid))
		return false;
	return !has_whole_row(root->parse->returningList, rel->relid) &&
		!has_whole_row(root->parse->mergeActionList, rel->relid) &&
		!has_whole_row(get_actual_clauses(rel->baserestrictinfo), rel->relid);
}

/*
 * The LIMIT of the query, or -1.  It determines the size of the pages only if
 * every row of the scan becomes a row of the query and no sort is needed.
 */
static double
useful_limit(PlannerInfo *root, RelOptInfo *rel)
{
	if (rel->reloptkind != RELOPT_BASEREL ||
		bms_membership(root->all_baserels) != BMS_SINGLETON ||
		rel->baserestrictinfo != NIL || root->query_pathkeys != NIL)
		return -1;
	return root->limit_tuples;
}

static CustomPath *
make_path(PlannerInfo *root, RelOptInfo *rel, FuncExpr *call)
{
	CustomPath *path = makeNode(CustomPath);
	double		rows = clamp_row_est(rel->rows);

	path->path.pathtype = T_CustomScan;
	path->path.parent = rel;
	path->path.pathtarget = rel->reltarget;
	path->path.param_info = get_baserel_parampathinfo(root, rel, rel->lateral_relids);
	path->path.rows = rows;
	path->path.startup_cost = REQUEST_COST;
	path->path.total_cost = REQUEST_COST * (1 + rel->tuples / ROWS_PER_REQUEST) +
		cpu_tuple_cost * rows;
	path->flags = CUSTOMPATH_SUPPORT_PROJECTION;
	path->custom_private = list_make2(call, makeFloat(psprintf("%.0f", useful_limit(root, rel))));
	path->methods = &path_methods;
	return path;
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
		recheck_note_subquery(root, rel);
	call = read_in(rte);
	if (call == NULL)
		return;

	/* Replaced, not outbid: which rows are fetched must not depend on costs. */
	rel->pathlist = NIL;
	rel->partial_pathlist = NIL;
	add_path(rel, (Path *) make_path(root, rel, call));
}

static Var *
scan_column(PlannerInfo *root, RelOptInfo *rel, TupleDesc row, AttrNumber number)
{
	Form_pg_attribute attribute;

	if (number == 0)
		return makeWholeRowVar(planner_rt_fetch(rel->relid, root), rel->relid, 0, false);
	attribute = TupleDescAttr(row, number - 1);
	return makeVar(rel->relid, number, attribute->atttypid,
				   attribute->atttypmod, attribute->attcollation, 0);
}

/*
 * custom_scan_tlist.  It has every column that is used, not only those of the
 * plan's target list, which may be replaced after the plan has been made.
 */
static List *
scan_targets(PlannerInfo *root, RelOptInfo *rel, FuncExpr *call, List *others)
{
	Bitmapset  *used = columns_used(rel, others);
	TupleDesc	row = bind_action(action_of(call->funcid), call->funcid)->row;
	List	   *columns = NIL;
	int			member = -1;

	while ((member = bms_next_member(used, member)) >= 0)
	{
		Var		   *var = scan_column(root, rel, row, member + FirstLowInvalidHeapAttributeNumber);

		columns = lappend(columns, makeTargetEntry((Expr *) var, list_length(columns) + 1,
												   NULL, false));
	}
	return columns;
}

/*
 * custom_private: the function's OID, the limit, the attribute numbers of
 * custom_scan_tlist, whose Vars change when the plan is finished, those that
 * are requested from Jira, and what recheck_begin() takes.
 */
static Plan *
plan_scan(PlannerInfo *root, RelOptInfo *rel, CustomPath *best_path,
		  List *tlist, List *clauses, List *custom_plans)
{
	CustomScan *scan = makeNode(CustomScan);
	FuncExpr   *call = linitial_node(FuncExpr, best_path->custom_private);
	List	   *numbers = NIL;
	List	   *recheck = recheck_plan(root, rel);
	List	   *wanted;
	ListCell   *cell;

	clauses = extract_actual_clauses(clauses, false);
	scan->scan.plan.targetlist = tlist;
	scan->scan.plan.qual = clauses;
	scan->scan.scanrelid = 0;
	scan->flags = best_path->flags;
	scan->custom_exprs = copyObject(list_concat_copy(call->args, recheck_expressions(recheck)));
	scan->custom_scan_tlist = scan_targets(root, rel, call,
										   list_concat_copy(clauses, recheck_expressions(recheck)));
	foreach(cell, scan->custom_scan_tlist)
		numbers = lappend_int(numbers, ((Var *) lfirst_node(TargetEntry, cell)->expr)->varattno);
	wanted = list_copy(numbers);
	if (whole_row_is_only_kept(root, rel))
		wanted = list_delete_int(wanted, 0);
	scan->custom_private = list_make5(list_make1_oid(call->funcid), lsecond(best_path->custom_private),
									  numbers, wanted, copyObject(recheck));
	scan->methods = &jira_scan_methods;

	/*
	 * The plan has no call of the function in it, but depends on the
	 * function.
	 */
	record_plan_function_dependency(root, call->funcid);
	return &scan->scan.plan;
}

void
scan_install(void)
{
	RegisterCustomScanMethods(&jira_scan_methods);
	previous_hook = set_rel_pathlist_hook;
	set_rel_pathlist_hook = consider_scan;
}
