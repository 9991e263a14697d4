/*
 * bind.c
 *	  An action joined by name with the SQL function that declares it.
 *
 * What the catalogue knows is not repeated in the table: types, which
 * arguments have defaults, the columns of the result.
 */
#include "postgres.h"

#include "catalog/pg_proc.h"
#include "catalog/pg_type.h"
#include "funcapi.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/syscache.h"

#include "engine/bind.h"
#include "utils/sql_version.h"

static void
report_mismatch(const Action *action, const char *kind, const char *name)
{
	ereport(ERROR,
			(errcode(ERRCODE_UNDEFINED_FUNCTION),
			 errmsg("the library of jira_spoke does not know %s \"%s\" of %s",
					kind, name, action->name),
			 errhint("The function was declared by another version of the extension: see jira_spoke.library_version().")));
}

static const Argument *
find_argument(const Action *action, const char *name)
{
	const Argument *argument = action->arguments;

	while (argument->name && strcmp(argument->name, name) != 0)
		argument++;
	if (argument->name == NULL)
		report_mismatch(action, "argument", name);
	return argument;
}

static const Column *
find_column(const Action *action, const char *name)
{
	const Column *column = action->columns;

	while (column && column->name && strcmp(column->name, name) != 0)
		column++;
	if (column == NULL || column->name == NULL)
		report_mismatch(action, "column", name);
	return column;
}

static void
bind_arguments(Binding *binding, HeapTuple tuple)
{
	Form_pg_proc proc = (Form_pg_proc) GETSTRUCT(tuple);
	Oid		   *types;
	char	  **names;
	char	   *modes;

	(void) get_func_arg_info(tuple, &types, &names, &modes);
	binding->narguments = proc->pronargs;
	binding->arguments = palloc0(sizeof(BoundArgument) * Max(proc->pronargs, 1));
	for (int i = 0; i < proc->pronargs; i++)
	{
		BoundArgument *bound = &binding->arguments[i];

		bound->name = names[i];
		bound->type = types[i];
		bound->required = i < proc->pronargs - proc->pronargdefaults;
		if (strcmp(names[i], "connection") != 0)
			bound->argument = find_argument(binding->action, names[i]);
	}
}

static void
bind_columns(Binding *binding, TupleDesc row)
{
	binding->row = BlessTupleDesc(row);
	binding->columns = palloc0(sizeof(BoundColumn) * row->natts);
	for (int i = 0; i < row->natts; i++)
	{
		Form_pg_attribute attribute = TupleDescAttr(row, i);

		if (attribute->attisdropped)
			continue;
		binding->columns[i].column = find_column(binding->action, NameStr(attribute->attname));
		value_reader(&binding->columns[i].reader, attribute->atttypid, attribute->atttypmod);
	}
}

/* A set of scalars has one column, which is called as the action calls it. */
static TupleDesc
row_of_scalar(const Action *action, Oid type)
{
	TupleDesc	row = CreateTemplateTupleDesc(1);

	TupleDescInitEntry(row, 1, action->columns->name, type, -1, 0);
	return row;
}

Binding *
bind_action(const Action *action, Oid function)
{
	Binding    *binding = palloc0(sizeof(Binding));
	HeapTuple	tuple = SearchSysCache1(PROCOID, ObjectIdGetDatum(function));
	TupleDesc	row;

	if (!HeapTupleIsValid(tuple))
		elog(ERROR, "cache lookup failed for function %u", function);
	sql_version_check();
	binding->action = action;
	bind_arguments(binding, tuple);
	ReleaseSysCache(tuple);

	if (get_func_result_type(function, &binding->result, &row) == TYPEFUNC_COMPOSITE)
		bind_columns(binding, row);
	else if (get_func_retset(function))
		bind_columns(binding, row_of_scalar(action, binding->result));
	else if (binding->result != VOIDOID)
		value_reader(&binding->reader, binding->result, -1);
	return binding;
}

/* Places are the same kind on all deployments, so any of them tells. */
int
bind_find(const Binding *binding, Place place)
{
	for (int i = 0; i < binding->narguments; i++)
	{
		const Argument *argument = binding->arguments[i].argument;

		if (argument == NULL ? place == ABSENT : place != ABSENT &&
			(argument->wire[CLOUD].place == place || argument->wire[SERVER].place == place))
			return i;
	}
	return -1;
}

AttrNumber
bind_column(const Binding *binding, const char *name)
{
	for (int i = 0; i < binding->row->natts; i++)
		if (binding->columns[i].column && strcmp(binding->columns[i].column->name, name) == 0)
			return i + 1;
	elog(ERROR, "%s has no column \"%s\"", binding->action->name, name);
}

const char *
bind_issue_column(const Binding *binding, AttrNumber number)
{
	const Column *column = binding->columns[number - 1].column;

	if (column == NULL)
		return NULL;
	return binding->action->items ? column->of_issue : column->name;
}

int
bind_named(const Binding *binding, const char *name)
{
	int			i = 0;

	while (i < binding->narguments && strcmp(binding->arguments[i].name, name) != 0)
		i++;
	if (i == binding->narguments)
		elog(ERROR, "%s has no argument \"%s\"", binding->action->name, name);
	return i;
}

char *
bind_text(const Binding *binding, int argument, const Datum *values, const bool *nulls)
{
	if (argument < 0 || nulls[argument])
		return NULL;
	return TextDatumGetCString(values[argument]);
}

json_t *
bind_json(const Binding *binding, int argument, MemoryContext context,
		  const Datum *values, const bool *nulls)
{
	if (argument < 0 || nulls[argument])
		return NULL;
	return jira_json_own(context, value_to_json(values[argument], binding->arguments[argument].type));
}
