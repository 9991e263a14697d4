/*
 * build_request.c
 *	  The request of a call: each argument at the place that the table entry gives.
 */
#include "postgres.h"

#include "lib/stringinfo.h"

#include "engine/build_request.h"
#include "engine/field_value_private.h"
#include "http/url.h"
#include "utils/own.h"
#include "utils/quoted.h"

/* Requested when no field is needed; every deployment has it. */
#define KEY_FIELD "key"

/*
 * A longer query is sent in the body of a POST where Jira supports that: servers
 * and proxies refuse long URLs, commonly beyond 8 kB.
 */
#define MAX_QUERY_LENGTH 2000

/*
 * On Cloud longer JQL is, in characters.  The gateway takes longer URLs, and wants
 * other scopes for a POST, so that a token may be good for one of the two only.
 */
#define MAX_JQL_LENGTH 8000

char *
build_request_segment(const char *text)
{
	if (text[0] == '\0' || strpbrk(text, "/\\?#%;") || strspn(text, ".") == strlen(text))
		return NULL;
	return jira_own(CurrentMemoryContext, url_escape(text), free);
}

/* A key or an id may go into the path. */
static char *
path_segment(const Binding *binding, const BoundArgument *bound, const json_t *value)
{
	const char *text = json_is_string(value) ? json_string_value(value) : jira_json_text(value);
	char	   *segment = build_request_segment(text);

	if (segment == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("argument \"%s\" of %s is not a key or an id: \"%s\"",
						bound->name, binding->action->name,
						quoted(json_is_string(value) ? value_text(value) : text))));
	return segment;
}

void
build_request_replace(Request *request, const char *name, const char *with)
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

/*
 * An argument that a hook reads is not converted here: a file, for example, would
 * take several times its size as JSON.
 */
static bool
is_sent(const BoundArgument *bound, Deployment deployment, bool isnull)
{
	const Wire *wire = bound->argument ? &bound->argument->wire[deployment] : NULL;

	return wire && wire->place != AS_INPUT && (!isnull || wire->sends_null);
}

/* A null in a list names nothing: it is not sent. */
static void
drop_nulls(json_t *list)
{
	for (size_t i = json_array_size(list); i-- > 0;)
		if (json_is_null(json_array_get(list, i)))
			json_array_remove(list, i);
}

/*
 * The value to send: null where null has a meaning; NULL for an empty list in a
 * query, as if the argument were not given.
 */
static json_t *
wire_value(Request *request, const Connection *connection, const BoundArgument *bound,
		   Datum datum, bool isnull)
{
	const Codec *codec = bound->argument->codec;
	json_t	   *value;

	if (isnull)
		return json_null();
	value = jira_json_own(request->context, value_to_json(datum, bound->type));
	if (json_is_array(value) && bound->argument->wire[connection->deployment].place == IN_QUERY)
	{
		drop_nulls(value);
		if (json_array_size(value) == 0)
			return NULL;
	}
	if (codec && codec->encode)
		value = jira_json_own(request->context, codec->encode(value, connection));
	return value;
}

static void
put_argument(const Binding *binding, Request *request, Client *client,
			 const BoundArgument *bound, json_t *value)
{
	const Connection *connection = client->connection;
	const Argument *argument = bound->argument;
	const Wire *wire = &argument->wire[connection->deployment];
	const char *name = wire->name;

	if (value == NULL)
		return;
	if (wire->secret)
		request->secret = json_string_value(value);
	if (argument->codec && argument->codec->wire_name)
		name = argument->codec->wire_name(value, connection, name);

	switch (wire->place)
	{
		case IN_PATH:
			build_request_replace(request, argument->name, path_segment(binding, bound, value));
			if (request->subject == NULL)
				request->subject = MemoryContextStrdup(request->context,
													   json_is_string(value) ? value_text(value)
													   : jira_json_text(value));
			break;
		case IN_QUERY:
			json_object_set(request->query, name, value);
			break;
		case IN_BODY:
			put_in_body(binding, request, bound, name, value);
			break;
		case IN_FIELDS:
			put_in_body(binding, request, bound, name, field_value_fields(client, request, bound->name, value));
			break;
		case IN_UPDATE:
			put_in_body(binding, request, bound, name, field_value_updates(client, request, bound->name, value));
			break;
		default:
			break;				/* not sent, or by the code that reads the
								 * rows */
	}
}

static void
check_argument(const Binding *binding, const BoundArgument *bound, Deployment deployment,
			   bool isnull)
{
	const Wire *wire = bound->argument ? &bound->argument->wire[deployment] : NULL;

	if (isnull && (bound->required ? !(wire && wire->sends_null) : wire && wire->required))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("argument \"%s\" of %s must not be null",
						bound->name, binding->action->name)));
	if (!isnull && wire && wire->place == ABSENT)
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("%s has no argument \"%s\" on %s", binding->action->name,
						bound->name, connection_deployment_name(deployment))));
}

/* Does a request make something new, and not change an issue by that? */
static bool
creates(const Endpoint *endpoint)
{
	return strcmp(endpoint->method, POST) == 0 && !endpoint->reads && endpoint->result &&
		strstr(endpoint->path, "{issue}") == NULL;
}

Request *
build_request_bare(const Action *action, const Endpoint *endpoint, const Connection *connection)
{
	Request    *request = request_make(action->name, endpoint->method);

	request->writes = strcmp(endpoint->method, GET) != 0 && !endpoint->reads;
	request->creates = creates(endpoint);
	request->path = MemoryContextStrdup(request->context, endpoint->path);
	request->at_origin = endpoint->at_origin;
	build_request_replace(request, "v", connection->api_version == 3 ? "3" : "2");
	if (connection->deployment == CLOUD && connection_has_scopes(connection))
	{
		request->classic_scopes = action->classic_scopes;
		request->granular_scopes = action->granular_scopes;
	}
	return request;
}

Request *
build_request(const Binding *binding, Client *client, const Endpoint *endpoint,
			  const Datum *values, const bool *nulls)
{
	const Connection *connection = client->connection;
	const Action *action = binding->action;
	Request    *request = build_request_bare(action, endpoint, connection);
	Invocation	invocation = {client, request, binding, values, nulls};

	for (int i = 0; i < binding->narguments; i++)
	{
		const BoundArgument *bound = &binding->arguments[i];

		check_argument(binding, bound, connection->deployment, nulls[i]);
		if (is_sent(bound, connection->deployment, nulls[i]))
			put_argument(binding, request, client, bound,
						 wire_value(request, connection, bound, values[i], nulls[i]));
	}
	if (endpoint->prepare)
		endpoint->prepare(&invocation);
	if (action->prepare)
		action->prepare(&invocation);

	/* Jira requires an object, also if nothing is changed. */
	if (strcmp(endpoint->method, PUT) == 0 && request->body == NULL)
		request->body = jira_json_object(request->context);
	return request;
}

/* In characters; JQL is UTF-8 here. */
static size_t
jql_length(const char *jql)
{
	size_t		length = 0;

	for (; *jql; jql++)
		length += (*jql & 0xC0) != 0x80;
	return length;
}

bool
build_request_is_long(const char *jql)
{
	return jql_length(jql) > MAX_JQL_LENGTH;
}

static bool
is_too_long(const Request *request, Deployment deployment)
{
	const char *jql = json_string_value(json_object_get(request->query, "jql"));

	if (deployment == CLOUD)
		return jql && build_request_is_long(jql);
	return strlen(jira_json_text(request->query)) > MAX_QUERY_LENGTH;
}

void
build_request_shorten(Request *request, const Connection *connection, const Endpoint *endpoint)
{
	if (!endpoint->posts_long || !is_too_long(request, connection->deployment))
		return;
	side_request_mark(request, connection, &side_request_long_search);
	request->method = POST;
	request->body = request->query;
	request->query = jira_json_object(request->context);
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

const char **
build_request_paths(const Binding *binding, Deployment deployment, const bool *wanted)
{
	int			columns = binding->row->natts;
	const char **paths = palloc0(sizeof(char *) * (columns + 1));
	const ItemList *items = binding->action->items;

	for (int i = 0; i < binding->row->natts; i++)
	{
		const Column *column = binding->columns[i].column;

		if (column && wanted[i])
			paths[i] = column->path[deployment];
	}
	if (items && items->fetched[deployment] == NULL)
		paths[columns] = items->path[deployment];
	return paths;
}

/* The fields in which paths begin: a and c for "fields.a.b|fields.c". */
static void
add_fields_of_path(json_t *fields, const char *path)
{
	static const char prefix[] = "fields.";

	while (path)
	{
		if (strncmp(path, prefix, strlen(prefix)) == 0)
			add_field(fields, path + strlen(prefix), strcspn(path + strlen(prefix), ".[|>"));
		path = strchr(path, '|');
		if (path)
			path++;
	}
}

/* The fields that the user requests, without nulls. */
static json_t *
copy_strings(json_t *asked, MemoryContext context)
{
	json_t	   *fields = jira_json_array(context);

	for (size_t i = 0; i < json_array_size(asked); i++)
		if (json_is_string(json_array_get(asked, i)))
			json_array_append(fields, json_array_get(asked, i));
	return fields;
}

/* "-comment" excludes a field from those requested otherwise. */
static bool
only_leaves_out(json_t *fields)
{
	for (size_t i = 0; i < json_array_size(fields); i++)
		if (json_string_value(json_array_get(fields, i))[0] != '-')
			return false;
	return json_array_size(fields) > 0;
}

json_t *
build_request_fields(const Binding *binding, const char *const *paths, json_t *asked,
					 const char *taken, MemoryContext context)
{
	const char *all = binding->action->all_fields;
	json_t	   *fields = copy_strings(asked, context);
	bool		everything = asked == NULL || only_leaves_out(fields);

	for (int i = 0; i < binding->row->natts; i++)
		if (everything && paths[i] && strcmp(paths[i], "fields") == 0)
		{
			/* With fields left out, one of them may be what is taken. */
			if (taken && asked == NULL)
				add_fields_of_path(fields, taken);
			else
				add_field(fields, all, strlen(all));
		}
	for (int i = 0; i <= binding->row->natts; i++)
		add_fields_of_path(fields, paths[i]);
	if (json_array_size(fields) == 0)
		add_field(fields, KEY_FIELD, strlen(KEY_FIELD));
	return fields;
}
