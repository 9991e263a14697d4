/*
 * check_actions.c
 *	  Do the C tables of actions and the SQL declarations agree?
 *
 * Binding reports what SQL declares and the tables lack.  The other direction,
 * an entry that no argument or column uses, is only looked for here: a library
 * that knows more than an older installation is no error.
 */
#include "postgres.h"

#include "funcapi.h"
#include "utils/builtins.h"

#include "engine/bind.h"
#include "engine/call.h"
#include "utils/sql_version.h"

PG_FUNCTION_INFO_V1(jira_check_actions);

#define COLUMNS_OF_CHECK 2

static void
report(ReturnSetInfo *result, Oid function, char *problem)
{
	Datum		values[COLUMNS_OF_CHECK] = {ObjectIdGetDatum(function), CStringGetTextDatum(problem)};
	bool		nulls[COLUMNS_OF_CHECK] = {false, false};

	tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
}

static bool
has_argument(const Binding *binding, const Argument *argument)
{
	for (int i = 0; i < binding->narguments; i++)
		if (binding->arguments[i].argument == argument)
			return true;
	return false;
}

static bool
has_column(const Binding *binding, const Column *column)
{
	for (int i = 0; binding->row && i < binding->row->natts; i++)
		if (binding->columns[i].column == column)
			return true;
	return false;
}

static bool
is_located(const Column *column)
{
	for (int i = 0; i < DEPLOYMENTS; i++)
		if (column->path[i] && strcmp(column->path[i], LOCATED) == 0)
			return true;
	return false;
}

static bool
has_connection(const Binding *binding)
{
	int			last = binding->narguments - 1;

	return last >= 0 && bind_find(binding, ABSENT) == last && !binding->arguments[last].required;
}

static void
check_action(ReturnSetInfo *result, const Action *action, Oid function)
{
	Binding    *binding = bind_action(action, function);

	for (const Argument *argument = action->arguments; argument->name; argument++)
		if (!has_argument(binding, argument))
			report(result, function, psprintf("no argument \"%s\"", argument->name));
	for (const Column *column = action->columns; column && column->name; column++)
		if (!has_column(binding, column))
			report(result, function, psprintf("no column \"%s\"", column->name));
		else if (action->locate == NULL && is_located(column))
			report(result, function, psprintf("nothing locates column \"%s\"", column->name));
	if (!has_connection(binding))
		report(result, function, "the last argument is not an optional \"connection\"");
	for (int i = 0; i < DEPLOYMENTS; i++)
		if (action->on[i].pages == BY_KEYS && action->ask_for_keys == NULL)
			report(result, function, "it has no way to ask for keys");
}

Datum
jira_check_actions(PG_FUNCTION_ARGS)
{
	List	   *functions = action_functions();
	ListCell   *cell;

	sql_version_begin_rows(fcinfo, COLUMNS_OF_CHECK);
	foreach(cell, functions)
	{
		const Action *action = action_of(lfirst_oid(cell));

		if (action->arguments)
			check_action((ReturnSetInfo *) fcinfo->resultinfo, action, lfirst_oid(cell));
	}
	return (Datum) 0;
}
