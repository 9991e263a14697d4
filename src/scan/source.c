/*
 * source.c
 *	  What a scan reads: the call of a read in FROM, or a foreign table.
 *
 * The read of a table has the arguments that the table gives: the alias of the
 * connection, and the user's own JQL where it is a search.
 */
#include "postgres.h"

#include "catalog/pg_collation.h"
#include "catalog/pg_type.h"
#include "nodes/makefuncs.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"

#include "engine/jql.h"
#include "engine/members.h"
#include "scan/read_call.h"
#include "scan/source.h"

SourceOfTable source_of_table = NULL;

List *
source_plan(Oid function, Oid relation, Oid role)
{
	return list_make3_oid(function, relation, role);
}

Source *
source_make(List *plan)
{
	Source	   *source = palloc0(sizeof(Source));

	source->function = linitial_oid(plan);
	source->relation = lsecond_oid(plan);
	source->role = lthird_oid(plan);
	if (OidIsValid(source->function))
		source->binding = bind_action(action_of(source->function), source->function);
	else
	{
		source->table = source_of_table(source->relation);
		source->binding = source->table->binding;
	}
	return source;
}

static Expr *
text_constant(const char *text)
{
	return (Expr *) makeConst(TEXTOID, -1, DEFAULT_COLLATION_OID, -1,
							  text ? CStringGetTextDatum(text) : (Datum) 0, text == NULL, false);
}

List *
source_table_arguments(const Source *source, Expr *own)
{
	List	   *arguments = NIL;

	for (int i = 0; i < source->binding->narguments; i++)
	{
		const BoundArgument *bound = &source->binding->arguments[i];

		if (bound->argument == NULL)
			arguments = lappend(arguments, text_constant(source->table->connection));
		else
			arguments = lappend(arguments, own ? own : (Expr *) makeNullConst(bound->type, -1, get_typcollation(bound->type)));
	}
	return arguments;
}

char *
source_table_jql(const Source *source, const char *own)
{
	char	   *jql = own ? jql_with_clause(own, source->table->jql) : pstrdup(source->table->jql);

	if (jql == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("the JQL of a condition on column \"jql\" has quotes or parentheses that are not closed")));
	return jql;
}

void
source_check(const Source *source)
{
	if (OidIsValid(source->function))
		read_call_check(source->function);
}

/* The user's own JQL is an expression if its value is not known yet. */
static void
explain_jql(const Source *source, Node *own, Plan *plan, List *ancestors, ExplainState *es)
{
	char	   *text = read_call_argument_text(own, plan, ancestors, es);

	if (text == NULL || IsA(own, Const))
		text = source_table_jql(source, text);
	else
		text = psprintf("%s AND (%s)", source->table->jql, text);
	ExplainPropertyText("JQL", text, es);
}

/* Whose lists are read, or which members of a list. */
static void
explain_parents(const Source *source, Node *own, Plan *plan, List *ancestors, ExplainState *es)
{
	const char *column = members_named_by(source->binding->action);
	char	   *text = read_call_argument_text(own, plan, ancestors, es);

	if (!members_have_lists(source->binding->action))
	{
		if (text)
			ExplainPropertyText("Asked for One by One", psprintf("%s is in %s", column, text), es);
		return;
	}
	ExplainPropertyText("Lists", text ? psprintf("where %s is in %s", column, text) : psprintf("of each %s", column), es);
}

void
source_explain(const Source *source, Plan *plan, List *arguments, List *ancestors, ExplainState *es)
{
	if (source->table == NULL)
	{
		read_call_explain(source->binding, plan, arguments, ancestors, es);
		return;
	}
	if (source->table->jql)
		explain_jql(source, linitial(arguments), plan, ancestors, es);
	if (members_named_by(source->binding->action))
		explain_parents(source, linitial(arguments), plan, ancestors, es);
	ExplainPropertyText("Connection", source->table->connection, es);
}
