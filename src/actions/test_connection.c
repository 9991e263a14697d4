/*
 * test_connection.c
 *	  Does a connection work?
 */
#include "postgres.h"

#include "access/xact.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "portability/instr_time.h"
#include "utils/acl.h"
#include "utils/builtins.h"

#include "client/client.h"
#include "client/cloud_id.h"
#include "client/identity.h"
#include "client/reply.h"
#include "engine/stream.h"
#include "json/value.h"
#include "secret/key.h"
#include "utils/argument.h"
#include "utils/context.h"
#include "utils/foreign_text.h"
#include "utils/sql_version.h"

PG_FUNCTION_INFO_V1(jira_test_connection);

/* The classic scope that GET /myself needs on Cloud. */
#define USER_SCOPE "read:jira-user"

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

/* Sends a GET; its failure is returned in *problem, as a result of the test. */
static json_t *
ask(Client *client, const char *resource, Problem **problem)
{
	Request    *request = request_make("jira_test_connection", "GET");
	json_t	   *document;

	request->path = psprintf("/rest/api/%d/%s", client->connection->api_version, resource);
	request->classic_scopes = USER_SCOPE;
	*problem = transfer_try(transfer_start(CurrentMemoryContext, client, request), &document);
	return document;
}

static void
append_sentence(StringInfo text, const char *sentence)
{
	size_t		length = sentence ? strlen(sentence) : 0;

	if (length > 0)
		appendStringInfo(text, "%s%s%s", text->len ? " " : "", sentence,
						 strchr(".!?", sentence[length - 1]) ? "" : ".");
}

static char *
problem_text(const Problem *problem)
{
	StringInfoData text;

	initStringInfo(&text);
	append_sentence(&text, problem->message);
	append_sentence(&text, problem->detail);
	append_sentence(&text, problem->hint);
	return text.data;
}

/*
 * Does the gateway serve another site than the connection's?  The site is
 * asked for its id only when the URL of what answered ("server", or NULL) gives
 * reason to; it may be out of reach from here.
 */
static char *
find_other_site(const Connection *connection, json_t *server)
{
	const char *url = json_string_value(json_object_get(server, "baseUrl"));
	Url			ours;
	Url			theirs;
	char	   *id;

	if (connection->cloud_id == NULL ||
		(url && url_parse(url, &theirs) == NULL && url_parse(connection->site_url, &ours) == NULL &&
		 strcmp(ours.origin, theirs.origin) == 0))
		return NULL;
	if (cloud_id_find(connection, NULL, &id) != NULL || strcmp(id, connection->cloud_id) == 0)
		return NULL;
	return psprintf("The cloud id \"%s\" is not that of %s, which is \"%s\". Set cloud_id with jira_alter_connection.",
					connection->cloud_id, connection->site_url, id);
}

/* Returns the text of the problem in the replies, or NULL. */
static char *
find_fault(const Connection *connection, json_t *myself, json_t *server)
{
	char	   *fault = find_other_site(connection, server);
	const char *kind = json_string_value(json_object_get(server, "deploymentType"));

	if (fault)
		return fault;
	if (kind && (strcmp(kind, "Cloud") == 0) != (connection->deployment == CLOUD))
		return psprintf("This is a Jira of type \"%s\", but the connection's server_type is \"%s\". Set server_type with jira_alter_connection.",
						foreign_text(kind, strlen(kind), MAX_QUOTED), connection->deployment == CLOUD ? "cloud" : "server");
	if (myself == NULL || json_object_get(myself, "displayName") == NULL)
		return pstrdup("What answered does not tell who is signed in: it may not be Jira. Check the URL, with the context path if Jira has one.");
	return NULL;
}

/* Replaces the hint of a failure by one about signing in, the only thing that was requested. */
static void
explain(const Connection *connection, Problem *problem)
{
	bool		absent = problem->sqlstate == ERRCODE_NO_DATA_FOUND ||
	problem->sqlstate == ERRCODE_PROTOCOL_VIOLATION;

	if (absent && connection->cloud_id)
		problem->hint = pstrdup("Check the cloud id of this connection and the URL of its site.");
	else if (absent)
		problem->hint = pstrdup("There seems to be no Jira: check the URL, with the context path if Jira has one, and the server type of this connection.");
	else if (problem->sqlstate == ERRCODE_INVALID_AUTHORIZATION_SPECIFICATION &&
			 connection->deployment == CLOUD && !connection_has_scopes(connection))
		problem->hint = psprintf("%s An API token with scopes needs scoped => true.", problem->hint);
}

/*
 * /myself is never answered to anybody who is not signed in; serverInfo is,
 * and tells whether this is the kind of Jira that the connection says.
 */
static void
probe(Client *client, Answer *answer)
{
	Problem    *problem;
	json_t	   *myself = ask(client, "myself", &problem);
	json_t	   *server = problem ? NULL : ask(client, "serverInfo", &problem);
	char	   *fault = problem ? find_other_site(client->connection, NULL)
	: find_fault(client->connection, myself, server);

	set_member(answer, ACCOUNT, myself, client->connection->deployment == CLOUD ? "accountId" : "name");
	set_member(answer, NAME, myself, "displayName");
	set_member(answer, SERVER_URL, server, "baseUrl");
	set_member(answer, VERSION, server, "version");
	if (!answer->nulls[ACCOUNT])
		identity_confirm(client);
	if (problem && fault == NULL)
	{
		explain(client->connection, problem);
		fault = problem_text(problem);
	}
	set_text(answer, PROBLEM, fault);
}

/* A test under way. */
typedef struct ConnectionTest
{
	const char *alias;
	Answer	   *answer;
	ActionContext context;
} ConnectionTest;

static void
open_and_probe(void *arg)
{
	ConnectionTest *test = arg;
	Client	   *client = client_open(test->alias, NULL);

	client->retries = false;
	test->context.connection = client->connection->alias;
	probe(client, test->answer);
}

/*
 * The test returns an error as its result, unless the caller named a connection
 * that it may not use, or the query was cancelled.
 */
static bool
is_answer(int sqlstate)
{
	return sqlstate != ERRCODE_UNDEFINED_OBJECT &&
		ERRCODE_TO_CATEGORY(sqlstate) != ERRCODE_OPERATOR_INTERVENTION;
}

static void
run_test(ConnectionTest *test)
{
	Problem    *problem = NULL;

	if (IsInParallelMode())
		open_and_probe(test);	/* a parallel worker has no subtransactions */
	else
		problem = problem_in_subtransaction(open_and_probe, test, is_answer);
	if (problem)
		set_text(test->answer, PROBLEM, problem_text(problem));
}

/* Once in a session, to those who can do something about it. */
static void
notice_key_at_risk(void)
{
	static bool told = false;

	if (told || !key_is_in_data_directory() ||
		!has_privs_of_role(GetUserId(), get_role_oid("jira_spoke_admin", true)))
		return;
	told = true;
	ereport(NOTICE,
			(errmsg("%s", key_in_data_directory_words), errhint("%s", key_in_data_directory_hint)));
}

Datum
jira_test_connection(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *result = (ReturnSetInfo *) fcinfo->resultinfo;
	ErrorContextCallback callback;
	Answer		answer;
	ConnectionTest test = {connection_named(argument_text(fcinfo, 0)), &answer, {"jira_test_connection", NULL}};
	instr_time	start;
	instr_time	end;

	sql_version_begin_rows(fcinfo, COLUMNS_OF_TEST);
	memset(answer.nulls, true, sizeof(answer.nulls));
	answer.nulls[OK] = answer.nulls[MILLISECONDS] = false;

	notice_key_at_risk();
	context_push_action(&callback, &test.context);
	INSTR_TIME_SET_CURRENT(start);
	run_test(&test);
	INSTR_TIME_SET_CURRENT(end);
	INSTR_TIME_SUBTRACT(end, start);
	answer.values[MILLISECONDS] = Float8GetDatum(INSTR_TIME_GET_MILLISEC(end));
	answer.values[OK] = BoolGetDatum(answer.nulls[PROBLEM]);
	tuplestore_putvalues(result->setResult, result->setDesc, answer.values, answer.nulls);
	context_pop(&callback);
	return (Datum) 0;
}
