/*
 * read_call.c
 *	  The call of a read in a plan.
 */
#include "postgres.h"

#include "access/sysattr.h"
#include "catalog/objectaccess.h"
#include "catalog/pg_proc.h"
#include "catalog/pg_type.h"
#include "miscadmin.h"
#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "nodes/supportnodes.h"
#include "optimizer/clauses.h"
#include "optimizer/optimizer.h"
#include "optimizer/restrictinfo.h"
#include "parser/parsetree.h"
#include "utils/acl.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/ruleutils.h"
#include "utils/syscache.h"

#include "engine/build_request.h"
#include "scan/read_call.h"

PG_FUNCTION_INFO_V1(jira_read_support);

/* --- Planning. */

bool
read_call_is_read(Oid function)
{
	Oid			support = get_func_support(function);
	FmgrInfo	flinfo;

	if (!OidIsValid(support))
		return false;
	fmgr_info(support, &flinfo);
	return flinfo.fn_addr == jira_read_support;
}

Const *
read_call_constant(FuncExpr *call, Place place)
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
	Const	   *limit = read_call_constant(call, AS_LIMIT);
	Const	   *keys = read_call_constant(call, AS_KEYS);

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

FuncExpr *
read_call_of(RangeTblEntry *rte)
{
	RangeTblFunction *function;
	FuncExpr   *call;

	if (rte->rtekind != RTE_FUNCTION || rte->funcordinality || list_length(rte->functions) != 1)
		return NULL;
	function = linitial_node(RangeTblFunction, rte->functions);
	call = (FuncExpr *) function->funcexpr;
	if (function->funccolnames != NIL || !IsA(call, FuncExpr) || !read_call_is_read(call->funcid) ||
		expression_returns_set((Node *) call->args) || changes_environment(call->funcid))
		return NULL;
	return call;
}

List *
read_call_columns(RelOptInfo *rel, List *others)
{
	Bitmapset  *used = NULL;
	List	   *columns = NIL;
	int			member = -1;

	pull_varattnos((Node *) rel->reltarget->exprs, rel->relid, &used);
	pull_varattnos((Node *) others, rel->relid, &used);
	while ((member = bms_next_member(used, member)) >= 0)
		columns = lappend_int(columns, member + FirstLowInvalidHeapAttributeNumber);
	return columns;
}

Var *
read_call_column(PlannerInfo *root, RelOptInfo *rel, const Binding *binding, AttrNumber number)
{
	Form_pg_attribute attribute;

	if (number == 0)
		return makeWholeRowVar(planner_rt_fetch(rel->relid, root), rel->relid, 0, false);
	if (number == TableOidAttributeNumber)
		return makeVar(rel->relid, number, OIDOID, -1, InvalidOid, 0);
	attribute = TupleDescAttr(binding->row, number - 1);
	return makeVar(rel->relid, number, attribute->atttypid,
				   attribute->atttypmod, attribute->attcollation, 0);
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

bool
read_call_is_value(const RelOptInfo *rel, Node *node)
{
	Bitmapset  *columns = NULL;

	pull_varattnos(node, rel->relid, &columns);
	return columns == NULL && !contain_volatile_functions(node) && !contain_subplans(node);
}

bool
read_call_keeps_row(PlannerInfo *root, RelOptInfo *rel)
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

/* --- Execution. */

void
read_call_check(Oid function)
{
	AclResult	result = jira_proc_aclcheck(function, GetUserId());

	if (result != ACLCHECK_OK)
		aclcheck_error(result, OBJECT_FUNCTION, get_func_name(function));
	InvokeFunctionExecuteHook(function);
}

void
read_call_check_columns(const Binding *binding, List *columns, TupleDesc planned, int first)
{
	ListCell   *cell;

	foreach(cell, columns)
	{
		Oid			type = TupleDescAttr(planned, first + foreach_current_index(cell))->atttypid;

		if (lfirst_int(cell) > 0 && TupleDescAttr(binding->row, lfirst_int(cell) - 1)->atttypid != type)
			ereport(ERROR,
					(errcode(ERRCODE_DATATYPE_MISMATCH),
					 errmsg("the columns of %s have changed since the query was planned",
							binding->action->name)));
	}
}

bool *
read_call_wanted(const Binding *binding, List *columns)
{
	int			natts = binding->row->natts;
	bool	   *wanted = palloc0(sizeof(bool) * natts);
	ListCell   *cell;

	foreach(cell, columns)
		for (int i = 0; i < natts; i++)
		wanted[i] |= lfirst_int(cell) == 0 || lfirst_int(cell) == i + 1;
	return wanted;
}

bool
read_call_parameters(Node *node, Bitmapset **parameters)
{
	if (node == NULL)
		return false;
	if (IsA(node, Param) && ((Param *) node)->paramkind == PARAM_EXEC)
		*parameters = bms_add_member(*parameters, ((Param *) node)->paramid);

	/* True ends the walk: the plan of a SubPlan may depend on any parameter. */
	return IsA(node, SubPlan) || expression_tree_walker(node, read_call_parameters, parameters);
}

/* --- EXPLAIN. */

char *
read_call_argument_text(Node *node, Plan *plan, List *ancestors, ExplainState *es)
{
	if (IsA(node, Const))
	{
		Const	   *constant = (Const *) node;
		Oid			output;
		bool		varlena;

		if (constant->constisnull)
			return NULL;
		getTypeOutputInfo(constant->consttype, &output, &varlena);
		return OidOutputFunctionCall(output, constant->constvalue);
	}
	return deparse_expression(node,
							  set_deparse_context_plan(es->deparse_cxt, plan, ancestors),
							  false, false);
}

static void
explain_arguments(const Binding *binding, Plan *plan, List *arguments, List *ancestors, ExplainState *es)
{
	const char *connection = connection_named(NULL);

	for (int i = 0; i < binding->narguments; i++)
	{
		BoundArgument *bound = &binding->arguments[i];
		char	   *text = read_call_argument_text(list_nth(arguments, i), plan, ancestors, es);

		if (bound->argument == NULL)
			connection = text ? text : connection;
		else if (strcmp(bound->name, "fields") != 0 && text)
			ExplainPropertyText(strcmp(bound->name, "jql") == 0 ? "JQL"
								: psprintf("Argument %s", bound->name), text, es);
	}
	ExplainPropertyText("Connection", connection ? connection : "the default one", es);
}

/*
 * The fields that are known without a request: names are not looked up, and
 * columns of a story whose fields differ between sites are left out.
 */
void
read_call_explain_fields(const Binding *binding, List *arguments, const bool *wanted, const char *fields_of_all,
						 ExplainState *es)
{
	int			argument = bind_find(binding, AS_FIELDS);
	Const	   *asked = argument < 0 ? NULL : list_nth(arguments, argument);
	json_t	   *list = NULL;
	json_t	   *fields;
	List	   *names = NIL;

	if (binding->action->all_fields == NULL)
		return;
	if (asked && IsA(asked, Const) && !asked->constisnull)
		list = jira_json_own(CurrentMemoryContext,
							 value_to_json(asked->constvalue, asked->consttype));
	fields = build_request_fields(binding, build_request_paths(binding, CLOUD, wanted),
								  list, fields_of_all, CurrentMemoryContext);
	for (size_t i = 0; i < json_array_size(fields); i++)
		names = lappend(names, (char *) json_string_value(json_array_get(fields, i)));
	ExplainPropertyList("Fields", names, es);
}

void
read_call_explain(const Binding *binding, Plan *plan, List *arguments, List *ancestors, ExplainState *es)
{
	ExplainPropertyText("Function", binding->action->name, es);
	explain_arguments(binding, plan, arguments, ancestors, es);
}

void
read_call_explain_traffic(const Traffic *traffic, const PagesCost *cost, ExplainState *es)
{
	if (cost->all_issues)
		ExplainPropertyBool("All Issues Read", true, es);
	ExplainPropertyInteger("Requests", NULL, traffic->requests, es);
	ExplainPropertyInteger("Pages", NULL, cost->pages, es);
	if (cost->batches > 0)
		ExplainPropertyInteger("Batches", NULL, cost->batches, es);
	if (cost->batches > 0 || cost->peak > 1)
		ExplainPropertyInteger("Most Requests at a Time", NULL, cost->peak, es);
	ExplainPropertyInteger("Retries", NULL, traffic->retries, es);
	ExplainPropertyInteger("Received", "bytes", traffic->bytes, es);
	if (es->timing)
		ExplainPropertyFloat("Waited", "ms", traffic->waited, 3, es);
	if (es->timing && (traffic->throttled > 0 || es->format != EXPLAIN_FORMAT_TEXT))
		ExplainPropertyFloat("Throttled", "ms", traffic->throttled, 3, es);
}
