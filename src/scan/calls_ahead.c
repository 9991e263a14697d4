/*
 * calls_ahead.c
 *	  Which calls for outer rows can be made before the rows are reached.
 *
 * Making such a call must not raise an error, nor may the query notice when it is made.
 */
#include "postgres.h"

#include "catalog/pg_collation.h"
#include "catalog/pg_proc.h"
#include "catalog/pg_type.h"
#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "optimizer/clauses.h"
#include "optimizer/optimizer.h"
#include "utils/lsyscache.h"

#include "scan/calls_ahead.h"
#include "scan/read_call.h"

/* --- The action. */

/* A request that is made of the arguments alone. */
static bool
is_plain_endpoint(const Endpoint *endpoint)
{
	for (; endpoint; endpoint = endpoint->otherwise)
	{
		bool		reads = endpoint->method && (endpoint->reads || strcmp(endpoint->method, GET) == 0);

		if (endpoint->method && (!reads || endpoint->prepare || endpoint->pages == BY_KEYS))
			return false;
		if (endpoint->instead && !is_plain_endpoint(endpoint->instead))
			return false;
	}
	return true;
}

static bool
is_plain_action(const Binding *binding)
{
	const Action *action = binding->action;

	for (int i = 0; i < DEPLOYMENTS; i++)
		if (!is_plain_endpoint(&action->on[i]))
			return false;
	return action->prepare == NULL && action->as_called == NULL && action->locate == NULL && action->items == NULL &&
		bind_find(binding, AS_PARENTS) < 0;
}

/* Does the argument travel as it is, where it travels at all? */
static bool
is_plain_argument(const Argument *argument)
{
	if (argument == NULL || (argument->codec && argument->codec->encode))
		return false;
	for (int i = 0; i < DEPLOYMENTS; i++)
	{
		Place		place = argument->wire[i].place;

		if (place != ABSENT && place != IN_PATH && place != IN_QUERY)
			return false;
	}
	return true;
}

/* --- The statement. */

/* Can the function change something that a read shows, or show what happened before it?  Reads cannot. */
static bool
is_volatile_function(Oid function, void *context)
{
	return func_volatile(function) == PROVOLATILE_VOLATILE && !read_call_is_read(function);
}

/*
 * A row that is changed has triggers, which may be anything, and one that is locked
 * should be one that the query needs.
 */
static bool
is_more_than_reading(Node *node, void *context)
{
	if (node == NULL)
		return false;
	if (IsA(node, NextValueExpr) || check_functions_in_node(node, is_volatile_function, NULL))
		return true;
	if (!IsA(node, Query))
		return expression_tree_walker(node, is_more_than_reading, context);
	return ((Query *) node)->commandType != CMD_SELECT || ((Query *) node)->rowMarks != NIL ||
		query_tree_walker((Query *) node, is_more_than_reading, context, 0);
}

/* Does the statement nothing but read?  All of its queries count, since each may be at any row between two calls. */
static bool
is_read_only(PlannerInfo *root)
{
	ListCell   *cell;

	foreach(cell, root->glob->subroots)
		if (is_more_than_reading((Node *) lfirst_node(PlannerInfo, cell)->parse, NULL))
		return false;
	for (; root; root = root->parent_root)
		if (is_more_than_reading((Node *) root->parse, NULL))
			return false;
	return true;
}

int
calls_ahead_argument(PlannerInfo *root, const Binding *binding, List *arguments)
{
	int			found = -1;
	ListCell   *cell;

	if (!is_plain_action(binding))
		return -1;
	foreach(cell, arguments)
	{
		int			i = foreach_current_index(cell);

		if (bms_is_empty(pull_varnos(root, lfirst(cell))))
			continue;
		if (found >= 0 || !is_plain_argument(binding->arguments[i].argument))
			return -1;
		found = i;
	}

	/* The value for a row that is never reached must not raise an error. */
	if (found < 0 || (root->tuple_fraction > 0 && contain_leaked_vars(list_nth(arguments, found))) ||
		!is_read_only(root))
		return -1;
	return found;
}

Node *
calls_ahead_text(Node *value)
{
	CoerceViaIO *text;

	if (exprType(value) == TEXTOID)
		return value;
	text = makeNode(CoerceViaIO);
	text->arg = (Expr *) value;
	text->resulttype = TEXTOID;
	text->resultcollid = DEFAULT_COLLATION_OID;
	text->coerceformat = COERCE_EXPLICIT_CAST;
	text->location = -1;
	return (Node *) text;
}
