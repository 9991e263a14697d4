/*
 * raw_request.c
 *	  Any other endpoint of Jira, through a connection.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/formatting.h"
#include "utils/jsonb.h"
#include "utils/memutils.h"

#include "client/client.h"
#include "client/reply.h"
#include "engine/bind.h"
#include "json/value.h"
#include "utils/argument.h"
#include "utils/budget.h"
#include "utils/context.h"
#include "utils/foreign_text.h"
#include "utils/quoted.h"
#include "utils/redact.h"
#include "utils/sql_version.h"

/* The characters of the names of query parameters; Jira uses no others. */
#define PARAMETER_NAME_CHARACTERS "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-"

/* The arguments of jira_request, by position. */
enum
{
	METHOD,
	PATH,
	QUERY,
	BODY,
	CONNECTION
};

static const char *
check_method(const char *method)
{
	static const char *const methods[] = {"GET", "POST", "PUT", "DELETE", "PATCH"};

	for (int i = 0; i < lengthof(methods); i++)
		if (pg_strcasecmp(method, methods[i]) == 0)
			return methods[i];
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("method \"%s\" is not one of GET, POST, PUT, DELETE and PATCH", quoted(method))));
}

/*
 * Is there a segment that a server would take for "here" or "one up"?  Tomcat,
 * under Data Center, drops what follows a semicolon first.
 */
static bool
has_dot_segment(const char *path)
{
	while (*path)
	{
		size_t		length = strcspn(++path, "/;");

		if ((length == 1 || length == 2) && strncmp(path, "..", length) == 0)
			return true;
		path += strcspn(path, "/");
	}
	return false;
}

/* Is there a percent-encoded control character? */
static bool
has_encoded_control(const char *path)
{
	for (const char *c = strchr(path, '%'); c; c = strchr(c + 1, '%'))
		if (c[1] == '0' || c[1] == '1' || pg_strncasecmp(c + 1, "7f", 2) == 0)
			return true;
	return false;
}

/*
 * The path is appended to the base URL as it is, so it must not be able to
 * lead anywhere else, not after a server has decoded it either.
 */
static char *
check_path(char *path)
{
	const char *problem = NULL;

	for (const unsigned char *c = (const unsigned char *) path; *c; c++)
		if (*c <= ' ' || *c >= 0x7f)
			problem = "it must be percent-encoded";
	if (path[0] != '/' || path[1] == '/')
		problem = "it must begin with one slash";
	else if (strpbrk(path, "?#\\"))
		problem = "a query belongs in the argument \"query\"";
	else if (has_encoded_control(path))
		problem = "it must not contain control characters";
	else if (has_dot_segment(path) || strcasestr(path, "%2e") || strcasestr(path, "%2f") ||
			 strcasestr(path, "%5c") || strcasestr(path, "%3b") || strcasestr(path, "%25"))
		problem = "it must stay below the URL of the connection";
	if (problem)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("path \"%s\" cannot be requested: %s", quoted(path), problem)));
	return path;
}

static bool
is_plain(const json_t *value)
{
	return json_is_string(value) || json_is_number(value) || json_is_boolean(value);
}

/* A plain value, or a list of them, under a name that needs no encoding. */
static bool
is_parameter(const char *name, json_t *value)
{
	for (size_t i = 0; i < json_array_size(value); i++)
		if (!is_plain(json_array_get(value, i)))
			return false;
	return (json_is_array(value) || is_plain(value)) &&
		name[0] != '\0' && name[strspn(name, PARAMETER_NAME_CHARACTERS)] == '\0';
}

static json_t *
query_object(const char *action, Datum given, MemoryContext context)
{
	json_t	   *query = jira_json_own(context, value_to_json(given, JSONBOID));
	const char *name;
	json_t	   *value;

	if (!json_is_object(query))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("argument \"query\" of %s must be a JSON object", action)));
	json_object_foreach(query, name, value)
	{
		if (!is_parameter(name, value))
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("query parameter \"%s\" cannot be sent", quoted(name))));
	}
	return query;
}

/* From the values of the arguments, by position. */
static void
fill_request(Request *request, const Datum *values, const bool *nulls)
{
	MemoryContext before = MemoryContextSwitchTo(request->context);

	request->method = check_method(TextDatumGetCString(values[METHOD]));
	request->path = check_path(TextDatumGetCString(values[PATH]));
	request->subject = psprintf("%s %s", request->method, request->path);
	request->writes = !request_only_reads(request->method, request->path);
	if (!nulls[QUERY])
		request->query = query_object(request->action, values[QUERY], request->context);
	if (!nulls[BODY])
		request->body = jira_json_own(request->context, value_to_json(values[BODY], JSONBOID));
	MemoryContextSwitchTo(before);
}

static Request *
make_request(FunctionCallInfo fcinfo)
{
	Request    *request = request_make("jira_request", GET);
	Datum		values[CONNECTION];
	bool		nulls[CONNECTION];

	argument_require(fcinfo, METHOD, "method");
	argument_require(fcinfo, PATH, "path");
	for (int i = 0; i < CONNECTION; i++)
	{
		values[i] = fcinfo->args[i].value;
		nulls[i] = fcinfo->args[i].isnull;
	}
	fill_request(request, values, nulls);
	return request;
}

static void
prepare_write(Invocation *call)
{
	fill_request(call->request, call->values, call->nulls);
}

/* What would not be sent later is refused when it is stored. */
static void
check_write(const Datum *values, const bool *nulls)
{
	Request    *request = request_make("jira_request", GET);

	fill_request(request, values, nulls);
	if (!request->writes)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("%s only reads", request->subject),
				 errhint("Call jira_request itself.")));
	MemoryContextDelete(request->context);
}

/* PUT and DELETE can, but for verbs that add something each time. */
static bool
repeats(const Datum *values, const bool *nulls)
{
	Request    *request = request_make("jira_request", GET);
	bool		can;

	fill_request(request, values, nulls);
	can = (strcmp(request->method, PUT) == 0 || strcmp(request->method, DELETE) == 0) &&
		json_object_get(request->body, "update") == NULL;
	MemoryContextDelete(request->context);
	return can;
}

/* A header may quote the credential, as a body may. */
static void
add_header(const char *name, const char *value, void *object)
{
	char	   *shown_name = foreign_text_utf8(name, strlen(name));
	char	   *text = foreign_text_utf8(value, strlen(value));

	(void) redact_text(shown_name, strlen(shown_name));
	(void) redact_text(text, strlen(text));
	json_object_set_new(object, asc_tolower(shown_name, strlen(shown_name)), json_string(text));
}

static Datum
headers_datum(HttpExchange *exchange, ValueReader *reader, bool *isnull)
{
	json_t	   *headers = jira_json_object(CurrentMemoryContext);

	http_each_header(exchange, add_header, headers);
	return value_from_json(reader, headers, isnull);
}

/* A body that is no JSON, as a string. */
static json_t *
text_document(Transfer *transfer, const char *body, size_t length, bool refused)
{
	BudgetExcess excess;
	JsonProblem problem;
	char	   *text;
	json_t	   *document;

	if (!budget_allows_text(length, transfer_budget(transfer), &excess))
	{
		problem.detail = excess.detail;
		problem.hint = excess.hint;
		transfer_raise(transfer, reply_unreadable(transfer_request(transfer), &problem));
	}
	text = foreign_text_utf8(body, length);
	if (refused)
		(void) redact_text(text, strlen(text));
	document = jira_json_own(CurrentMemoryContext, json_string(text));
	pfree(text);
	return document;
}

/* What a server may have repeated of the credential is masked with its escapes undone. */
static json_t *
redacted_document(Transfer *transfer, json_t *document)
{
	char	   *text = jira_json_text(document);
	JsonProblem problem;

	if (redact_text(text, strlen(text)))
	{
		document = jira_json_read(CurrentMemoryContext, text, strlen(text),
								  transfer_budget(transfer), &problem);
		if (document == NULL)
			document = jira_json_own(CurrentMemoryContext, json_string(text));
	}
	pfree(text);
	return document;
}

/* In the current memory context. */
static json_t *
body_document(Transfer *transfer)
{
	const HttpReply *reply = http_reply(transfer_exchange(transfer));
	bool		refused = reply->status < 200 || reply->status > 299;
	JsonProblem problem;
	json_t	   *document;
	const char *body;
	size_t		length;

	if (reply->length == 0)
		return NULL;
	body = reply_text(transfer_exchange(transfer), &length);
	document = jira_json_read(CurrentMemoryContext, body, length, transfer_budget(transfer), &problem);
	if (document)
		return refused ? redacted_document(transfer, document) : document;
	if (problem.hint)
		transfer_raise(transfer, reply_unreadable(transfer_request(transfer), &problem));
	return text_document(transfer, body, length, refused);
}

/* Drops the reply as early as possible: it may be large. */
static Datum
body_datum(Transfer *transfer, ValueReader *reader, bool *isnull)
{
	MemoryContext own = AllocSetContextCreate(CurrentMemoryContext, "Jira reply",
											  ALLOCSET_DEFAULT_SIZES);
	MemoryContext before = MemoryContextSwitchTo(own);
	json_t	   *document = body_document(transfer);
	Datum		datum;

	transfer_drop_reply(transfer);
	MemoryContextSwitchTo(before);
	datum = value_from_json(reader, document, isnull);
	MemoryContextDelete(own);
	return datum;
}

/*
 * The entry is for the outbox, which stores a request and sends it later; what a
 * call in SQL returns is made below.
 */
/* INDENT OFF */
JIRA_ENTRY(jira_request,
	.on = BOTH({POST, "", .prepare = prepare_write}),
	.check_write = check_write,
	.repeats = repeats,
	.arguments = ARGUMENTS(
		{"method", BOTH({AS_INPUT})},
		{"path", BOTH({AS_INPUT})},
		{"query", BOTH({AS_INPUT})},
		{"body", BOTH({AS_INPUT})}),
	.columns = COLUMNS(
		{"status", BOTH(NULL)},
		{"headers", BOTH(NULL)},
		{"body", BOTH(NULL)}));
/* INDENT ON */

PG_FUNCTION_INFO_V1(jira_request);

Datum
jira_request(PG_FUNCTION_ARGS)
{
	ActionContext action_context = {"jira_request", NULL};
	ErrorContextCallback callback;
	char	   *alias = argument_text(fcinfo, CONNECTION);
	Request    *request = make_request(fcinfo);
	Transfer   *transfer;
	Client	   *client;
	HttpReply  *reply;
	ValueReader reader;
	Datum		values[3];
	bool		nulls[3] = {false};

	sql_version_begin_rows(fcinfo, lengthof(values));
	context_push_action(&callback, &action_context);
	client = client_open(connection_named(alias), NULL);
	action_context.connection = client->connection->alias;
	transfer = client_start(CurrentMemoryContext, client, request);
	reply = transfer_wait(transfer);

	value_reader(&reader, JSONBOID, -1);
	values[0] = Int32GetDatum(reply->status);
	values[1] = headers_datum(transfer_exchange(transfer), &reader, &nulls[1]);
	values[2] = body_datum(transfer, &reader, &nulls[2]);
	tuplestore_putvalues(((ReturnSetInfo *) fcinfo->resultinfo)->setResult,
						 ((ReturnSetInfo *) fcinfo->resultinfo)->setDesc, values, nulls);
	context_pop(&callback);
	return (Datum) 0;
}

/* --- A list of any endpoint. */

/* As jira_request() has the arguments. */
static void
prepare_read(Invocation *call)
{
	static const char *const names[] = {[METHOD] = "method",[PATH] = "path",[QUERY] = "query",[BODY] = "body"};
	Request    *request = call->request;
	Datum		values[CONNECTION];
	bool		nulls[CONNECTION];

	for (int i = 0; i < CONNECTION; i++)
	{
		int			argument = bind_named(call->binding, names[i]);

		values[i] = call->values[argument];
		nulls[i] = call->nulls[argument];
	}
	if (nulls[METHOD])
		values[METHOD] = CStringGetTextDatum(GET);
	fill_request(request, values, nulls);
	if (request->writes)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("%s does not only read", request->subject),
				 errhint("Call jira_request.")));
}

/* Where the rows stand in the reply. */
static const Endpoint *
list_as_called(const Invocation *call, const Endpoint *endpoint)
{
	Endpoint   *own = palloc(sizeof(Endpoint));
	char	   *rows = bind_text(call->binding, bind_named(call->binding, "rows"), call->values, call->nulls);

	*own = *endpoint;
	if (rows)
		own->result = rows;
	return own;
}

/* INDENT OFF */
JIRA_ACTION(jira_request_stream,
	.on = BOTH({GET, "", "values", AS_TOLD}),
	.arguments = ARGUMENTS(
		{"path", BOTH({AS_INPUT})},
		{"query", BOTH({AS_INPUT})},
		{"rows", BOTH({AS_INPUT})},
		{"method", BOTH({AS_INPUT})},
		{"body", BOTH({AS_INPUT})}),
	.columns = COLUMNS(
		{"row", BOTH("")}),
	.prepare = prepare_read,
	.as_called = list_as_called);
/* INDENT ON */
