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
#include "lib/stringinfo.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/syscache.h"

#include "bind.h"
#include "own.h"
#include "url.h"

/* A list that asks for nothing but the key is never longer than this. */
#define KEY_FIELD "key"

static void
report_mismatch(const Action *action, const char *kind, const char *name)
{
	ereport(ERROR,
			(errcode(ERRCODE_UNDEFINED_FUNCTION),
			 errmsg("the library of jira_spoke does not know %s \"%s\" of %s",
					kind, name, action->name),
			 errhint("The library is older than the extension's SQL: install it again and reconnect.")));
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

Binding *
bind_action(const Action *action, Oid function)
{
	Binding    *binding = palloc0(sizeof(Binding));
	HeapTuple	tuple = SearchSysCache1(PROCOID, ObjectIdGetDatum(function));
	TupleDesc	row;

	if (!HeapTupleIsValid(tuple))
		elog(ERROR, "cache lookup failed for function %u", function);
	binding->action = action;
	bind_arguments(binding, tuple);
	ReleaseSysCache(tuple);

	if (get_func_result_type(function, &binding->result, &row) == TYPEFUNC_COMPOSITE)
		bind_columns(binding, row);
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

/* A key or an id goes into the path; anything that could leave it does not. */
static char *
path_segment(const Binding *binding, const BoundArgument *bound, const json_t *value)
{
	const char *text = json_is_string(value) ? json_string_value(value) : jira_json_text(value);

	if (text[0] == '\0' || strpbrk(text, "/\\?#%;") || strspn(text, ".") == strlen(text))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("argument \"%s\" of %s is not a key or an id: \"%s\"",
						bound->name, binding->action->name, text)));
	return jira_own(CurrentMemoryContext, url_escape(text), free);
}

static void
replace_in_path(Request *request, const char *name, const char *with)
{
	char	   *mark = psprintf("{%s}", name);
	char	   *found = strstr(request->path, mark);
	StringInfoData path;

	if (found == NULL)
		return;
	initStringInfo(&path);
	appendBinaryStringInfo(&path, request->path, found - request->path);
	appendStringInfoString(&path, with);
	appendStringInfoString(&path, found + strlen(mark));
	request->path = MemoryContextStrdup(request->context, path.data);
	pfree(path.data);
}

static void
put_in_body(const Binding *binding, Request *request, const BoundArgument *bound,
			const char *path, json_t *value)
{
	if (path[0] == '\0' && request->body == NULL)
	{
		request->body = jira_json_own(request->context, json_incref(value));
		return;
	}
	if (request->body == NULL)
		request->body = jira_json_object(request->context);
	if (!jira_json_put(request->body, path, json_incref(value)))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("argument \"%s\" of %s contradicts another argument",
						bound->name, binding->action->name),
				 errhint("It must be a JSON object and must not set what another argument sets.")));
}

/* A null in a list names nothing. */
static void
drop_nulls(json_t *list)
{
	for (size_t i = json_array_size(list); i-- > 0;)
		if (json_is_null(json_array_get(list, i)))
			json_array_remove(list, i);
}

static void
put_argument(const Binding *binding, Request *request, const Connection *connection,
			 const BoundArgument *bound, Datum datum)
{
	const Argument *argument = bound->argument;
	const Wire *wire = &argument->wire[connection->deployment];
	json_t	   *value = jira_json_own(request->context, value_to_json(datum, bound->type));

	if (wire->place == IN_QUERY && json_is_array(value))
	{
		drop_nulls(value);
		if (json_array_size(value) == 0)
			return;				/* as if it were not given */
	}
	if (argument->codec && argument->codec->encode)
		value = jira_json_own(request->context, argument->codec->encode(value, connection));

	switch (wire->place)
	{
		case IN_PATH:
			replace_in_path(request, argument->name, path_segment(binding, bound, value));
			if (request->subject == NULL)
				request->subject = MemoryContextStrdup(request->context, value_text(value));
			break;
		case IN_QUERY:
			json_object_set(request->query, wire->name, value);
			break;
		case IN_BODY:
			put_in_body(binding, request, bound, wire->name, value);
			break;
		default:
			break;				/* not sent, or by whoever fetches the rows */
	}
}

static void
check_argument(const Binding *binding, const BoundArgument *bound, Deployment deployment,
			   bool isnull)
{
	if (isnull && bound->required)
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("argument \"%s\" of %s must not be null",
						bound->name, binding->action->name)));
	if (!isnull && bound->argument && bound->argument->wire[deployment].place == ABSENT)
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("%s has no argument \"%s\" on %s", binding->action->name,
						bound->name, deployment_name(deployment))));
}

Request *
bind_request(const Binding *binding, const Connection *connection,
			 const Datum *values, const bool *nulls)
{
	const Action *action = binding->action;
	const Endpoint *endpoint = &action->on[connection->deployment];
	Request    *request;

	if (endpoint->method == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("%s is not available on %s", action->name,
						deployment_name(connection->deployment))));

	request = request_make(action->name, endpoint->method);
	request->writes = strcmp(endpoint->method, GET) != 0 && !endpoint->reads;
	request->path = MemoryContextStrdup(request->context, endpoint->path);
	replace_in_path(request, "v", connection->api_version == 3 ? "3" : "2");
	for (int i = 0; i < binding->narguments; i++)
	{
		const BoundArgument *bound = &binding->arguments[i];

		check_argument(binding, bound, connection->deployment, nulls[i]);
		if (!nulls[i] && bound->argument)
			put_argument(binding, request, connection, bound, values[i]);
	}
	return request;
}

static void
add_field(json_t *fields, const char *name, size_t length)
{
	for (size_t i = 0; i < json_array_size(fields); i++)
	{
		const char *present = json_string_value(json_array_get(fields, i));

		if (strcmp(present, "*all") == 0 ||
			(strlen(present) == length && memcmp(present, name, length) == 0))
			return;
	}
	json_array_append_new(fields, jira_json_made(json_stringn(name, length)));
}

/* Where a column comes from, NULL if it is not wanted or not to be had. */
static const char *
wanted_path(const Binding *binding, Deployment deployment, const bool *wanted, int i)
{
	const Column *column = binding->columns[i].column;

	return column && wanted[i] ? column->path[deployment] : NULL;
}

/* Does the query use the column that keeps all of them? */
static bool
wants_all_fields(const Binding *binding, Deployment deployment, const bool *wanted)
{
	for (int i = 0; i < binding->row->natts; i++)
	{
		const char *path = wanted_path(binding, deployment, wanted, i);

		if (path && strcmp(path, "fields") == 0)
			return true;
	}
	return false;
}

json_t *
bind_fields(const Binding *binding, Deployment deployment, const bool *wanted,
			json_t *asked, MemoryContext context)
{
	static const char prefix[] = "fields.";
	json_t	   *fields = jira_json_own(context, asked ? json_copy(asked) : json_array());

	drop_nulls(fields);
	if (asked == NULL && wants_all_fields(binding, deployment, wanted))
		add_field(fields, binding->action->all_fields, strlen(binding->action->all_fields));
	for (int i = 0; i < binding->row->natts; i++)
	{
		const char *path = wanted_path(binding, deployment, wanted, i);

		if (path && strncmp(path, prefix, strlen(prefix)) == 0)
			add_field(fields, path + strlen(prefix), strcspn(path + strlen(prefix), ".["));
	}
	if (json_array_size(fields) == 0)
		add_field(fields, KEY_FIELD, strlen(KEY_FIELD));
	return fields;
}
