/*
 * probe.c
 *	  Does a connection work?
 */
#include "postgres.h"

#include "funcapi.h"
#include "portability/instr_time.h"
#include "utils/builtins.h"

#include "client.h"
#include "identity.h"
#include "refusal.h"
#include "stream.h"
#include "value.h"

PG_FUNCTION_INFO_V1(jira_test_connection);

/* The columns of jira_connection_test. */
enum
{
	OK,
	ACCOUNT,
	NAME,
	SERVER_URL,
	VERSION,
	MILLISECONDS,
	PROBLEM,
	COLUMNS_OF_TEST
};

typedef struct Answer
{
	Datum		values[COLUMNS_OF_TEST];
	bool		nulls[COLUMNS_OF_TEST];
} Answer;

static void
set_text(Answer *answer, int column, const char *text)
{
	answer->nulls[column] = text == NULL;
	if (text)
		answer->values[column] = CStringGetTextDatum(text);
}

static void
set_member(Answer *answer, int column, json_t *document, const char *member)
{
	json_t	   *value = json_object_get(document, member);

	set_text(answer, column, json_is_string(value) ? value_text(value) : NULL);
}

/* A GET whose failure is an answer. */
static json_t *
ask(Client *client, const char *resource, Problem **problem)
{
	Request    *request = request_make("jira_test_connection", "GET");
	json_t	   *document;

	request->path = psprintf("/rest/api/%d/%s", client->connection->api_version, resource);
	*problem = transfer_try(transfer_start(CurrentMemoryContext, client, request), &document);
	return document;
}

static char *
problem_text(const Problem *problem)
{
	StringInfoData text;

	initStringInfo(&text);
	appendStringInfo(&text, "%s.", problem->message);
	if (problem->detail)
		appendStringInfo(&text, " %s", problem->detail);
	if (problem->hint)
		appendStringInfo(&text, " %s", problem->hint);
	return text.data;
}

/*
 * /myself is never answered to anybody who is not signed in; serverInfo is,
 * and tells whether this is the kind of Jira that the connection says.
 */
static void
probe(Client *client, Answer *answer)
{
	Deployment	deployment = client->connection->deployment;
	Problem    *problem;
	json_t	   *myself = ask(client, "myself", &problem);
	json_t	   *server = problem ? NULL : ask(client, "serverInfo", &problem);
	const char *kind = json_string_value(json_object_get(server, "deploymentType"));

	set_member(answer, ACCOUNT, myself, deployment == CLOUD ? "accountId" : "name");
	set_member(answer, NAME, myself, "displayName");
	set_member(answer, SERVER_URL, server, "baseUrl");
	set_member(answer, VERSION, server, "version");
	if (!answer->nulls[ACCOUNT])
		identity_confirm(client);
	if (problem)
		set_text(answer, PROBLEM, problem_text(problem));
	else if (kind && (strcmp(kind, "Cloud") == 0) != (deployment == CLOUD))
		set_text(answer, PROBLEM, psprintf("This is a Jira of type \"%s\", but the connection's server_type is \"%s\".",
										   kind, deployment == CLOUD ? "cloud" : "server"));
	else if (answer->nulls[ACCOUNT])
		set_text(answer, PROBLEM, "What answered does not tell who is signed in: it may not be Jira.");
	answer->values[OK] = BoolGetDatum(answer->nulls[PROBLEM]);
}

Datum
jira_test_connection(PG_FUNCTION_ARGS)
{
	CallPlace	place = {"jira_test_connection", NULL};
	ErrorContextCallback callback = {error_context_stack, tell_place, &place};
	char	   *alias = PG_ARGISNULL(0) ? NULL : text_to_cstring(PG_GETARG_TEXT_PP(0));
	ReturnSetInfo *result = (ReturnSetInfo *) fcinfo->resultinfo;
	Client	   *client;
	Answer		answer;
	instr_time	start;
	instr_time	end;

	InitMaterializedSRF(fcinfo, 0);
	memset(answer.nulls, true, sizeof(answer.nulls));
	answer.nulls[OK] = answer.nulls[MILLISECONDS] = false;

	error_context_stack = &callback;
	client = client_open(connection_named(alias));
	client->patient = false;
	client->testing = true;
	place.connection = client->connection->alias;
	INSTR_TIME_SET_CURRENT(start);
	probe(client, &answer);
	INSTR_TIME_SET_CURRENT(end);
	INSTR_TIME_SUBTRACT(end, start);
	answer.values[MILLISECONDS] = Float8GetDatum(INSTR_TIME_GET_MILLISEC(end));
	tuplestore_putvalues(result->setResult, result->setDesc, answer.values, answer.nulls);
	error_context_stack = callback.previous;
	return (Datum) 0;
}
