/*
 * write.c
 *	  Actions and their arguments as the outbox keeps them.
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "catalog/pg_collation.h"
#include "catalog/pg_proc.h"
#include "catalog/pg_type.h"
#include "nodes/primnodes.h"
#include "optimizer/optimizer.h"
#include "utils/builtins.h"
#include "utils/formatting.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/syscache.h"

#include "outbox/write.h"

/* The writes that this session has used, in TopMemoryContext. */
static List *writes = NIL;

/* The POSTs that can be repeated; others make something new each time. */
static const char *const idempotent_posts[] = {
	"jira_add_watcher", "jira_add_user_to_group"
};

static const char *const issue_creators[] = {
	"jira_create_issue", "jira_create_story"
};

static bool
is_one_of(const char *name, const char *const *names, int count)
{
	for (int i = 0; i < count; i++)
		if (strcmp(name, names[i]) == 0)
			return true;
	return false;
}

static bool
is_write(const Action *action)
{
	for (int i = 0; i < DEPLOYMENTS; i++)
	{
		const Endpoint *endpoint = &action->on[i];

		if (endpoint->method && endpoint->method[0] && strcmp(endpoint->method, GET) != 0 &&
			!endpoint->reads)
			return true;
	}
	return false;
}

/* The function is the extension's, or it would not have an entry. */
static Oid
find_function(const char *name)
{
	ListCell   *cell;

	foreach(cell, action_functions())
	{
		char	   *each = get_func_name(lfirst_oid(cell));

		if (each && strcmp(each, name) == 0)
			return lfirst_oid(cell);
	}
	return InvalidOid;
}

static bool
repeats_harmlessly(const Action *action)
{
	const Endpoint *endpoint = &action->on[CLOUD];

	if (endpoint->method == NULL)
		endpoint = &action->on[SERVER];
	return strcmp(endpoint->method, POST) != 0 ||
		is_one_of(action->name, idempotent_posts, lengthof(idempotent_posts));
}

/* Does the action follow itself? */
static bool
renews(const Action *action)
{
	for (const Endpoint *endpoint = &action->on[CLOUD]; endpoint; endpoint = endpoint->otherwise)
		if (endpoint->followed_by && strcmp(endpoint->followed_by, action->name) == 0)
			return true;
	return false;
}

static int
find_target(const Binding *binding)
{
	for (int i = 0; i < binding->narguments; i++)
		if (strcmp(binding->arguments[i].name, "issue") == 0)
			return i;
	return -1;
}

/* The defaults of the SQL function, as constants; NULL where there is none. */
static List *
default_constants(HeapTuple function)
{
	bool		isnull;
	Datum		stored = SysCacheGetAttr(PROCOID, function, Anum_pg_proc_proargdefaults, &isnull);

	return isnull ? NIL : (List *) eval_const_expressions(NULL, stringToNode(TextDatumGetCString(stored)));
}

static void
set_defaults(Write *write, HeapTuple function)
{
	List	   *constants = default_constants(function);
	int			count = write->binding->narguments;
	int			first = count - list_length(constants);

	write->defaults = palloc0(count * sizeof(Datum));
	write->default_nulls = palloc(count * sizeof(bool));
	for (int i = 0; i < count; i++)
	{
		Const	   *constant = i >= first ? list_nth(constants, i - first) : NULL;

		write->default_nulls[i] = constant == NULL || !IsA(constant, Const) || constant->constisnull;
		if (!write->default_nulls[i])
			write->defaults[i] = constant->constvalue;
	}
}

static Write *
make_write(Oid function)
{
	MemoryContext before = MemoryContextSwitchTo(TopMemoryContext);
	Write	   *made = palloc0(sizeof(Write));
	const Action *action = action_of(function);
	HeapTuple	tuple = SearchSysCache1(PROCOID, ObjectIdGetDatum(function));

	if (!HeapTupleIsValid(tuple))
		elog(ERROR, "cache lookup failed for function %u", function);
	made->function = function;
	made->xmin = HeapTupleHeaderGetRawXmin(tuple->t_data);
	made->tid = tuple->t_self;
	made->binding = bind_action(action, function);
	set_defaults(made, tuple);
	made->readers = palloc(made->binding->narguments * sizeof(ValueReader));
	for (int i = 0; i < made->binding->narguments; i++)
		value_reader(&made->readers[i], made->binding->arguments[i].type, -1);
	ReleaseSysCache(tuple);
	made->target = find_target(made->binding);
	made->is_create = is_one_of(action->name, issue_creators, lengthof(issue_creators));
	made->is_idempotent = repeats_harmlessly(action);
	made->is_renewal = renews(action);
	made->update = bind_find(made->binding, IN_UPDATE);
	writes = lappend(writes, made);
	MemoryContextSwitchTo(before);
	return made;
}

/* Is the function still the one that the write was made for? */
static bool
is_valid(Write *write)
{
	HeapTuple	tuple = SearchSysCache1(PROCOID, ObjectIdGetDatum(write->function));
	bool		same = HeapTupleIsValid(tuple) &&
	HeapTupleHeaderGetRawXmin(tuple->t_data) == write->xmin && ItemPointerEquals(&tuple->t_self, &write->tid);

	if (HeapTupleIsValid(tuple))
		ReleaseSysCache(tuple);
	return same;
}

const Write *
write_open(const char *action)
{
	ListCell   *cell;
	Oid			function;

	foreach(cell, writes)
	{
		Write	   *write = lfirst(cell);

		if (strcmp(write->binding->action->name, action) == 0 && is_valid(write))
			return write;
	}
	function = find_function(action);
	if (!OidIsValid(function) || !is_write(action_of(function)))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("\"%s\" is not an action that writes to Jira", action),
				 errhint("Use the name of a function like jira_create_issue, jira_add_comment or jira_do_transition.")));
	return make_write(function);
}

static const BoundArgument *
find_argument(const Binding *binding, const char *name)
{
	for (int i = 0; i < binding->narguments; i++)
		if (binding->arguments[i].argument && strcmp(binding->arguments[i].name, name) == 0)
			return &binding->arguments[i];
	return NULL;
}

static void
check_names(const Binding *binding, json_t *arguments)
{
	const char *name;
	json_t	   *value;

	json_object_foreach(arguments, name, value)
	{
		if (find_argument(binding, name) == NULL)
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("%s has no argument \"%s\"", binding->action->name, name),
					 errhint("See \"\\df %s\".", binding->action->name)));
	}
}

void
write_arguments(const Write *write, json_t *arguments, Datum *values, bool *nulls)
{
	const Binding *binding = write->binding;

	if (!json_is_object(arguments))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("the arguments of %s must be a JSON object", binding->action->name)));
	check_names(binding, arguments);
	for (int i = 0; i < binding->narguments; i++)
	{
		const BoundArgument *bound = &binding->arguments[i];
		json_t	   *value = bound->argument ? json_object_get(arguments, bound->name) : NULL;

		nulls[i] = true;
		if (bound->argument == NULL)
			continue;
		if (value == NULL)
		{
			values[i] = write->defaults[i];
			nulls[i] = write->default_nulls[i];
		}
		else
			values[i] = value_from_json(&write->readers[i], value, &nulls[i]);
		if (nulls[i] && bound->required)
			ereport(ERROR,
					(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
					 errmsg("argument \"%s\" of %s must not be null", bound->name, binding->action->name)));
	}
}

void
write_check(const Write *write, const Datum *values, const bool *nulls)
{
	const Action *action = write->binding->action;

	if (action->check_write)
		action->check_write(values, nulls);
	for (int i = 0; i < write->binding->narguments; i++)
	{
		const BoundArgument *bound = &write->binding->arguments[i];

		if (!nulls[i] && bound->argument &&
			(bound->argument->wire[CLOUD].secret || bound->argument->wire[SERVER].secret))
			ereport(ERROR,
					(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
					 errmsg("argument \"%s\" of %s cannot be kept in the outbox", bound->name, action->name),
					 errdetail("It is a secret."),
					 errhint("Call the function itself.")));
	}
}

bool
write_repeats(const Write *write, json_t *arguments)
{
	json_t	   *update = write->update < 0 ? NULL
	: json_object_get(arguments, write->binding->arguments[write->update].name);
	Datum		values[FUNC_MAX_ARGS];
	bool		nulls[FUNC_MAX_ARGS];

	if (write->binding->action->repeats)
	{
		write_arguments(write, arguments, values, nulls);
		return write->binding->action->repeats(values, nulls);
	}
	return write->is_idempotent && (update == NULL || json_is_null(update));
}

char *
write_target(const Write *write, const Datum *values, const bool *nulls)
{
	char	   *issue = bind_text(write->binding, write->target, values, nulls);

	return issue ? str_toupper(issue, strlen(issue), DEFAULT_COLLATION_OID) : NULL;
}

/* What a request has made has a key or an id in the reply. */
static char *
named_in_reply(json_t *document)
{
	json_t	   *name = json_object_get(document, "key");

	if (!json_is_string(name))
		name = json_object_get(document, "id");
	if (json_is_integer(name))
		return jira_json_text(name);
	return json_is_string(name) ? value_text(name) : NULL;
}

char *
write_result(const Write *write, const Call *call, json_t *document)
{
	Oid			output;
	bool		varlena;
	bool		isnull;
	Datum		result;

	if (write->binding->row)
		return named_in_reply(document);
	result = call_result(call, document, &isnull);
	if (isnull || write->binding->result == VOIDOID)
		return NULL;
	getTypeOutputInfo(write->binding->result, &output, &varlena);
	return OidOutputFunctionCall(output, result);
}
