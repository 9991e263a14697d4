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
#include "engine/stream.h"
#include "json/value.h"
#include "utils/argument.h"
#include "utils/budget.h"
#include "utils/context.h"
#include "utils/foreign_text.h"
#include "utils/quoted.h"
#include "utils/redact.h"
#include "utils/sql_version.h"

PG_FUNCTION_INFO_V1(jira_request);

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
query_object(FunctionCallInfo fcinfo, MemoryContext context)
{
	json_t	   *query = jira_json_own(context, value_to_json(PG_GETARG_DATUM(QUERY), JSONBOID));
	const char *name;
	json_t	   *value;

	if (!json_is_object(query))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("argument \"query\" of jira_request must be a JSON object")));
	json_object_foreach(query, name, value)
	{
		if (!is_parameter(name, value))
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("query parameter \"%s\" cannot be sent", quoted(name))));
	}
	return query;
}

static Request *
make_request(FunctionCallInfo fcinfo)
{
	const char *method;
	Request    *request;

	argument_require(fcinfo, METHOD, "method");
	argument_require(fcinfo, PATH, "path");
	method = check_method(argument_text(fcinfo, METHOD));
	request = request_make("jira_request", method);
	request->path = check_path(argument_text(fcinfo, PATH));
	request->subject = psprintf("%s %s", method, request->path);
	request->writes = !request_only_reads(method, request->path);
	if (!PG_ARGISNULL(QUERY))
		request->query = query_object(fcinfo, request->context);
	if (!PG_ARGISNULL(BODY))
		request->body = jira_json_own(request->context,
									  value_to_json(PG_GETARG_DATUM(BODY), JSONBOID));
	return request;
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

/* A text that is no JSON, as a string. */
static json_t *
text_document(Transfer *transfer, bool refused)
{
	const HttpReply *reply = http_reply(transfer_exchange(transfer));
	BudgetExcess excess;
	JsonProblem problem;
	char	   *text;
	json_t	   *document;

	if (!budget_allows_text(reply->length, transfer_budget(transfer), &excess))
	{
		problem.detail = excess.detail;
		problem.hint = excess.hint;
		transfer_raise(transfer, transfer_unreadable(transfer, &problem));
	}
	text = foreign_text_utf8(reply->body, reply->length);
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

	if (reply->length == 0)
		return NULL;
	document = jira_json_read(CurrentMemoryContext, reply->body, reply->length,
							  transfer_budget(transfer), &problem);
	if (document)
		return refused ? redacted_document(transfer, document) : document;
	if (problem.hint)
		transfer_raise(transfer, transfer_unreadable(transfer, &problem));
	return text_document(transfer, refused);
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
