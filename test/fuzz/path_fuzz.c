/*
 * path_fuzz.c
 *	  The URL of a request with any arguments: its path is that of the endpoint
 *	  with the arguments escaped, and each parameter of its query is one.
 */
#include "postgres.h"

#include <curl/curl.h>

#include "catalog/namespace.h"
#include "catalog/pg_type.h"
#include "lib/stringinfo.h"
#include "nodes/pg_list.h"
#include "nodes/value.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"

#include "engine/build_request.h"
#include "fuzz.h"
#include "utils/own.h"
#include "utils/problem.h"

#define HOST "https://jira.example.com"
#define BASE "/jira"
#define UNRESERVED "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~"

extern Datum jira_request(PG_FUNCTION_ARGS);

/* An endpoint with arguments in its path, and the values of the others. */
typedef struct Candidate
{
	Binding    *binding;
	const Endpoint *endpoint;
	Deployment	deployment;
	Datum	   *values;
	bool	   *nulls;
} Candidate;

static List *candidates = NIL;

static const Wire *
wire_of(const Candidate *candidate, int i)
{
	const Argument *argument = candidate->binding->arguments[i].argument;

	return argument ? &argument->wire[candidate->deployment] : NULL;
}

static Datum
read_value(Oid type, const char *text)
{
	Oid			input;
	Oid			ioparam;

	getTypeInputInfo(type, &input, &ioparam);
	return OidInputFunctionCall(input, pstrdup(text), ioparam, -1);
}

/* Something that a required argument may be. */
static const char *
sample_of(Oid type)
{
	switch (type)
	{
		case JSONBOID:
			return "{}";
		case TEXTARRAYOID:
			return "{x}";
		case TIMESTAMPTZOID:
			return "2024-05-31 14:00:00+00";
		case BOOLOID:
			return "true";
		default:
			return "1";
	}
}

/* Returns false for an endpoint without arguments in its path, or that asks Jira. */
static bool
fill_candidate(Candidate *candidate)
{
	Binding    *binding = candidate->binding;
	bool		usable = false;

	candidate->values = palloc0(sizeof(Datum) * binding->narguments);
	candidate->nulls = palloc(sizeof(bool) * binding->narguments);
	for (int i = 0; i < binding->narguments; i++)
	{
		const BoundArgument *bound = &binding->arguments[i];
		const Wire *wire = wire_of(candidate, i);

		candidate->nulls[i] = !(bound->required || (wire && wire->required));
		if (!candidate->nulls[i])
			candidate->values[i] = read_value(bound->type, sample_of(bound->type));
		if (!candidate->nulls[i] && wire &&
			(wire->place == IN_FIELDS || wire->place == IN_UPDATE || wire->place == ABSENT))
			return false;
		usable |= wire && wire->place == IN_PATH;
	}
	return usable;
}

static void
add_candidates(Binding *binding, Deployment deployment)
{
	for (const Endpoint *endpoint = &binding->action->on[deployment];
		 endpoint && endpoint->method; endpoint = endpoint->otherwise)
	{
		Candidate  *candidate = palloc0(sizeof(Candidate));

		candidate->binding = binding;
		candidate->endpoint = endpoint;
		candidate->deployment = deployment;
		if (endpoint->prepare == NULL && binding->action->prepare == NULL &&
			fill_candidate(candidate))
			candidates = lappend(candidates, candidate);
	}
}

static void
prepare(void)
{
	ListCell   *cell;

	foreach(cell, action_functions())
	{
		const Action *action = action_of(lfirst_oid(cell));

		if (action->arguments == NULL)
			continue;
		for (int i = 0; i < DEPLOYMENTS; i++)
			add_candidates(bind_action(action, lfirst_oid(cell)), i);
	}
	if (list_length(candidates) < 20)
		elog(ERROR, "only %d endpoints have arguments in their paths", list_length(candidates));
}

static void
append_escaped(StringInfo out, const char *text)
{
	for (; *text; text++)
		if (strchr(UNRESERVED, *text))
			appendStringInfoChar(out, *text);
		else
			appendStringInfo(out, "%%%02X", (unsigned char) *text);
}

/* What stands for {name} in a path. */
static void
append_argument(StringInfo out, const Candidate *candidate, const Datum *values,
				const Connection *connection, const char *name)
{
	if (strcmp(name, "v") == 0)
		appendStringInfo(out, "%d", connection->api_version);
	for (int i = 0; i < candidate->binding->narguments; i++)
	{
		const BoundArgument *bound = &candidate->binding->arguments[i];
		Oid			output;
		bool		varlena;
		char	   *text;

		if (strcmp(bound->name, name) != 0)
			continue;
		getTypeOutputInfo(bound->type, &output, &varlena);
		text = OidOutputFunctionCall(output, values[i]);
		FUZZ_REQUIRE(text[0] && strcmp(text, ".") != 0 && strcmp(text, "..") != 0, text);
		FUZZ_REQUIRE(strpbrk(text, "/\\?#%;") == NULL, text);
		append_escaped(out, text);
	}
}

static char *
expected_path(const Candidate *candidate, const Datum *values, const Connection *connection)
{
	StringInfoData path;

	initStringInfo(&path);
	for (const char *c = candidate->endpoint->path; *c; c++)
	{
		size_t		length = strcspn(c, "}");

		if (*c == '{')
		{
			append_argument(&path, candidate, values, connection, pnstrdup(c + 1, length - 1));
			c += length;
		}
		else
			appendStringInfoChar(&path, *c);
	}
	return path.data;
}

static void
cleanup_url(void *handle)
{
	curl_url_cleanup(handle);
}

static void
free_part(void *part)
{
	curl_free(part);
}

/* As libcurl reads a URL when it sends a request to it. */
static void
check_read(const char *url, const char *path)
{
	CURLU	   *handle = jira_own(CurrentMemoryContext, curl_url(), cleanup_url);
	char	   *part;

	FUZZ_REQUIRE(curl_url_set(handle, CURLUPART_URL, url, 0) == CURLUE_OK, url);
	FUZZ_REQUIRE(curl_url_get(handle, CURLUPART_PATH, &part, 0) == CURLUE_OK, url);
	jira_own(CurrentMemoryContext, part, free_part);
	FUZZ_REQUIRE(strncmp(part, BASE, strlen(BASE)) == 0, url);
	FUZZ_REQUIRE(strncmp(part + strlen(BASE), path, strcspn(path, "?")) == 0, url);
	FUZZ_REQUIRE(strlen(part) == strlen(BASE) + strcspn(path, "?"), url);
	FUZZ_REQUIRE(curl_url_get(handle, CURLUPART_FRAGMENT, &part, 0) == CURLUE_NO_FRAGMENT, url);
	FUZZ_REQUIRE(curl_url_get(handle, CURLUPART_HOST, &part, 0) == CURLUE_OK, url);
	jira_own(CurrentMemoryContext, part, free_part);
	FUZZ_REQUIRE(strcmp(HOST, psprintf("https://%s", part)) == 0, url);
}

/* Does the query have this parameter, once? */
static bool
has_parameter(const char *url, const char *name, const char *text)
{
	StringInfoData wanted;
	const char *pair = strchr(url, '?');
	int			found = 0;
	int			named = 0;

	initStringInfo(&wanted);
	appendStringInfo(&wanted, "%s=", name);
	for (; pair && *pair; pair += strcspn(pair, "&"))
	{
		size_t		length = strcspn(++pair, "&");

		if (strncmp(pair, wanted.data, wanted.len) != 0)
			continue;
		named++;
		found += strcmp(fuzz_percent_decoded(pair + wanted.len, length - wanted.len), text) == 0;
	}
	return named == 1 && found == 1;
}

/* Puts the input into the path and the query, and looks at the request. */
static void
check_candidate(const Candidate *candidate, Client *client, FuzzInput *input)
{
	int			count = candidate->binding->narguments;
	Datum	   *values = memcpy(palloc(sizeof(Datum) * count), candidate->values, sizeof(Datum) * count);
	bool	   *nulls = memcpy(palloc(sizeof(bool) * count), candidate->nulls, sizeof(bool) * count);
	const char **parameters = palloc0(sizeof(char *) * count);
	const char *path;
	char	   *url;
	Request    *request;

	for (int i = 0; i < count; i++)
	{
		const BoundArgument *bound = &candidate->binding->arguments[i];
		const Wire *wire = wire_of(candidate, i);
		char	   *text;

		if (wire == NULL || (wire->place != IN_PATH &&
							 (wire->place != IN_QUERY || bound->type != TEXTOID || bound->argument->codec)))
			continue;
		text = fuzz_line(input);
		values[i] = read_value(bound->type, text);
		nulls[i] = false;
		if (wire->place == IN_QUERY)
			parameters[i] = text;
	}
	request = build_request(candidate->binding, client, candidate->endpoint, values, nulls);
	path = expected_path(candidate, values, client->connection);
	FUZZ_REQUIRE(strcmp(request->path, path) == 0, request->path);
	url = request_url(request, HOST BASE);
	check_read(url, path);
	for (int i = 0; i < count; i++)
		if (parameters[i])
			FUZZ_REQUIRE(has_parameter(url, wire_of(candidate, i)->name, parameters[i]), url);
}

/* Checks its arguments, then finds that it was not called as a table function. */
static void
call_request(void *path)
{
	LOCAL_FCINFO(fcinfo, 5);

	InitFunctionCallInfoData(*fcinfo, NULL, 5, InvalidOid, NULL, NULL);
	for (int i = 0; i < 5; i++)
		fcinfo->args[i].isnull = i > 1;
	fcinfo->args[0].value = CStringGetTextDatum("GET");
	fcinfo->args[1].value = CStringGetTextDatum(path);
	jira_request(fcinfo);
}

/* A path that jira_request() takes leads where it says. */
static void
check_raw_path(char *path)
{
	Problem    *problem = problem_in_subtransaction(call_request, path, NULL);

	FUZZ_REQUIRE(problem != NULL, path);
	if (problem->sqlstate == ERRCODE_INVALID_PARAMETER_VALUE)
		return;
	FUZZ_REQUIRE(problem->sqlstate == ERRCODE_FEATURE_NOT_SUPPORTED, problem->message);
	check_read(psprintf("%s%s", HOST BASE, path), path);
}

static void
run(FuzzInput *input)
{
	int			i = fuzz_choice(input, list_length(candidates));
	const Candidate *candidate = list_nth(candidates, i);
	Connection	connection = {.deployment = candidate->deployment, .auth = "basic",
	.site_url = HOST BASE};
	Client		client = {.connection = &connection};

	connection.api_version = connection.deployment == CLOUD ? 3 : 2;
	check_raw_path(fuzz_line(input));
	check_candidate(candidate, &client, input);
}

const FuzzTarget path_target = {"path", prepare, run};
