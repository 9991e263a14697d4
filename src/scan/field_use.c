/*
 * field_use.c
 *	  The fields of an issue that a query takes out of the column "fields".
 *
 * The column has all fields that Jira shows on issues, often fifty times what the
 * query takes out of it: a view with "fields ->> 'customfield_10016'" would pay
 * for all of them in every query.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "lib/stringinfo.h"
#include "nodes/nodeFuncs.h"
#include "nodes/primnodes.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"

#include "scan/field_use.h"

#define FIELDS "fields"
#define CUSTOM "customfield_"

/* What has been found of the uses of a column. */
typedef struct FieldUse
{
	const Binding *binding;
	Index		relid;
	AttrNumber	column;
	StringInfoData paths;
	bool		others;			/* it is used in another way */
} FieldUse;

/* The number of the column that has all fields, or 0. */
static AttrNumber
fields_column(const Binding *binding)
{
	for (int i = 0; i < binding->row->natts; i++)
	{
		const Column *column = binding->columns[i].column;

		if (column && column->path[CLOUD] && strcmp(column->path[CLOUD], FIELDS) == 0)
			return i + 1;
	}
	return 0;
}

static bool
is_column(const FieldUse *use, Node *node)
{
	return node && IsA(node, Var) && ((Var *) node)->varno == use->relid &&
		((Var *) node)->varlevelsup == 0 && ((Var *) node)->varattno == use->column;
}

/* The operand that the column is indexed with, or NULL. */
static Node *
index_of_column(const FieldUse *use, Node *node)
{
	if (IsA(node, OpExpr))
	{
		OpExpr	   *operation = (OpExpr *) node;

		set_opfuncid(operation);
		if ((operation->opfuncid == F_JSONB_OBJECT_FIELD || operation->opfuncid == F_JSONB_OBJECT_FIELD_TEXT) &&
			is_column(use, linitial(operation->args)))
			return lsecond(operation->args);
	}
	if (IsA(node, SubscriptingRef))
	{
		SubscriptingRef *subscript = (SubscriptingRef *) node;

		if (subscript->refassgnexpr == NULL && subscript->reflowerindexpr == NIL &&
			is_column(use, (Node *) subscript->refexpr))
			return linitial(subscript->refupperindexpr);
	}
	return NULL;
}

/* Does one of the paths "a|b" begin with the field? */
static bool
begins_path(const char *paths, const char *field)
{
	static const char prefix[] = FIELDS ".";
	size_t		length = strlen(field);

	while (paths)
	{
		const char *name = strncmp(paths, prefix, strlen(prefix)) == 0 ? paths + strlen(prefix) : NULL;

		if (name && strncmp(name, field, length) == 0 && strchr(".[|", name[length]))
			return true;
		paths = strchr(paths, '|');
		paths = paths ? paths + 1 : NULL;
	}
	return false;
}

/*
 * Is a field of this id among all fields?  Some of the system's are not, such as
 * "comment", and would be there if they were requested by name; so only those of
 * columns and custom ones are taken to be.
 */
static bool
is_shown(const FieldUse *use, const char *field)
{
	if (strncmp(field, CUSTOM, strlen(CUSTOM)) == 0)
	{
		const char *number = field + strlen(CUSTOM);

		return *number && number[strspn(number, "0123456789")] == '\0';
	}
	for (int i = 0; *field && i < use->binding->row->natts; i++)
	{
		const Column *column = use->binding->columns[i].column;

		if (column && column->path[CLOUD] && begins_path(column->path[CLOUD], field))
			return true;
	}
	return false;
}

static void
note_index(FieldUse *use, Node *index)
{
	Const	   *constant = (Const *) index;
	char	   *field;

	if (!IsA(index, Const) || constant->constisnull || constant->consttype != TEXTOID)
	{
		use->others = true;
		return;
	}
	field = TextDatumGetCString(constant->constvalue);
	if (is_shown(use, field))
		appendStringInfo(&use->paths, "%s" FIELDS ".%s", use->paths.len > 0 ? "|" : "", field);
	else
		use->others = true;
}

/* True ends the walk. */
static bool
collect_uses(Node *node, void *context)
{
	FieldUse   *use = context;
	Node	   *index;

	if (node == NULL)
		return false;
	if (IsA(node, RestrictInfo))
		return collect_uses((Node *) ((RestrictInfo *) node)->clause, context);
	index = index_of_column(use, node);
	if (index)
		note_index(use, index);
	else if (is_column(use, node))
		use->others = true;
	else
		return expression_tree_walker(node, collect_uses, context);
	return use->others;
}

/*
 * The query is looked through as a whole: the relation's target list has the column
 * only, not what is done with it above.  Sub-queries that take the column from
 * here, and members of a UNION ALL, are not looked into.
 */
char *
field_use(PlannerInfo *root, RelOptInfo *rel, const Binding *binding)
{
	FieldUse	use = {.binding = binding,.relid = rel->relid,.column = fields_column(binding)};

	if (use.column == 0 || rel->reloptkind != RELOPT_BASEREL || rel->lateral_referencers)
		return NULL;
	initStringInfo(&use.paths);
	if (query_tree_walker(root->parse, collect_uses, &use,
						  QTW_IGNORE_RT_SUBQUERIES | QTW_IGNORE_CTE_SUBQUERIES | QTW_IGNORE_JOINALIASES) ||
		collect_uses((Node *) root->processed_tlist, &use) ||
		collect_uses((Node *) rel->baserestrictinfo, &use) ||
		collect_uses((Node *) rel->joininfo, &use))
		return NULL;
	return use.paths.len > 0 ? use.paths.data : NULL;
}
