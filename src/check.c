/*
 * check.c
 *	  Do the C tables of actions and the SQL declarations agree?
 *
 * Binding reports what SQL declares and the tables lack.  The other direction,
 * an entry that no argument or column uses, is only looked for here: a library
 * that knows more than an older installation is no error.
 */
#include "postgres.h"

#include "executor/spi.h"
#include "funcapi.h"
#include "utils/builtins.h"

#include "bind.h"
#include "call.h"

PG_FUNCTION_INFO_V1(jira_check_actions);

/* The C functions of the extension. */
static const char functions_query[] =
"SELECT p.oid FROM pg_catalog.pg_depend AS d"
" JOIN pg_catalog.pg_extension AS e ON e.oid OPERATOR(pg_catalog.=) d.refobjid"
" JOIN pg_catalog.pg_proc AS p ON p.oid OPERATOR(pg_catalog.=) d.objid"
" WHERE d.classid OPERATOR(pg_catalog.=) 'pg_catalog.pg_proc'::pg_catalog.regclass"
" AND d.deptype OPERATOR(pg_catalog.=) 'e' AND e.extname OPERATOR(pg_catalog.=) 'jira_spoke'"
" AND p.probin IS NOT NULL ORDER BY p.proname";

static void
report(ReturnSetInfo *result, Oid function, char *problem)
{
	Datum		values[] = {ObjectIdGetDatum(function), CStringGetTextDatum(problem)};
	bool		nulls[] = {false, false};

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
	if (!has_connection(binding))
		report(result, function, "the last argument is not an optional \"connection\"");
	for (int i = 0; i < DEPLOYMENTS; i++)
		if (action->on[i].pages == BY_KEYS && action->ask_for_keys == NULL)
			report(result, function, "it has no way to ask for keys");
}

Datum
jira_check_actions(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *result = (ReturnSetInfo *) fcinfo->resultinfo;

	InitMaterializedSRF(fcinfo, 0);
	SPI_connect();
	SPI_execute(functions_query, true, 0);
	for (uint64 i = 0; i < SPI_processed; i++)
	{
		bool		isnull;
		Oid			function = DatumGetObjectId(SPI_getbinval(SPI_tuptable->vals[i],
															  SPI_tuptable->tupdesc, 1, &isnull));
		const Action *action = action_of(function);

		if (action)
			check_action(result, action, function);
	}
	SPI_finish();
	return (Datum) 0;
}
