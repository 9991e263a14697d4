/*
 * client.c
 *	  Requests to Jira through a connection: signed in, repeated when Jira says
 *	  so, and every refusal turned into an error.
 */
#include "postgres.h"

#include "lib/stringinfo.h"
#include "miscadmin.h"
#include "portability/instr_time.h"
#include "utils/memutils.h"

#include "client/client.h"
#include "client/cloud_id.h"
#include "client/identity.h"
#include "client/pace.h"
#include "client/reply.h"
#include "client/retry.h"
#include "client/session_private.h"
#include "client/transport_error.h"
#include "utils/context.h"
#include "utils/own.h"
#include "utils/settings.h"
#include "utils/wait.h"

struct Transfer
{
	Client	   *client;
	const Request *request;
	char	   *url;			/* of the request when the transfer began; it */
	char	   *body;			/* may have been changed for the next since */
	MemoryContext context;
	MemoryContext attempt;		/* owns the exchange */
	HttpExchange *exchange;
	int			retries;
	int64		generation;		/* of the access token that was sent */
	bool		renewed;		/* once is enough */
	bool		settled;		/* we know whether it was carried out */
};

void
transfer_add_traffic(Traffic *sum, const Traffic *more)
{
	sum->requests += more->requests;
	sum->retries += more->retries;
	sum->bytes += more->bytes;
	sum->waited += more->waited;
}

static void
forget(void *authorization)
{
	authorization_forget(authorization);
}

Client *
client_make(Connection *connection, Authorization *authorization, const WaitHooks *hooks)
{
	Client	   *client = palloc0(sizeof(Client));

	client->connection = connection;
	client->authorization = jira_own(CurrentMemoryContext, authorization, forget);
	client->key = authorization_key(connection, authorization);
	client->session = session_borrow(CurrentMemoryContext, &client->key, connection);
	client->patient = true;
	client->wait_hooks = hooks;
	return client;
}

Client *
client_open(const char *alias, const WaitHooks *hooks)
{
	Connection *connection = connection_open(alias);
	Client	   *client;

	if (connection->base_url == NULL)
		connection_set_cloud_id(connection, cloud_id_of_site(connection, hooks));
	client = client_make(connection, authorization_open(connection), hooks);
	identity_take_block(client);
	return client;
}

static void
drop_exchange(void *exchange)
{
	http_drop(exchange);
}

static void
start_attempt(Transfer *transfer)
{
	Client	   *client = transfer->client;
	const Request *request = transfer->request;
	MemoryContext before = MemoryContextSwitchTo(transfer->attempt);
	const char *headers[] = {client->authorization->header,
		request->fetches_file ? "Accept: */*" : "Accept: application/json",
		"User-Agent: jira_spoke/1.0", "Expect:",
	request_content_header(request), NULL};
	HttpRequest http = {
		.method = request->method,
		.url = transfer->url,
		.headers = headers,
		.body = transfer->body,
		.length = transfer->body ? strlen(transfer->body) : 0,
		.file = request->file,
		.as_stored = request->fetches_file,
		.limits = options_limits(&client->connection->options),
	};

	if (request->fetches_file)
		http.limits.body = MAX_FILE_SIZE;
	if (!client->in_turn)
		pace_wait(&client->connection->options);
	transfer->generation = client->authorization->generation;
	transfer->settled = !request->writes;
	transfer->exchange = jira_own(transfer->attempt, http_start(client->session, &http), drop_exchange);
	client->traffic.requests++;
	MemoryContextSwitchTo(before);
}

Transfer *
transfer_start(MemoryContext context, Client *client, const Request *request)
{
	Transfer   *transfer = MemoryContextAllocZero(context, sizeof(Transfer));
	MemoryContext before;

	request_check(request);
	identity_check_block(client);
	transfer->client = client;
	transfer->context = AllocSetContextCreate(context, "Jira transfer", ALLOCSET_DEFAULT_SIZES);
	transfer->attempt = AllocSetContextCreate(transfer->context, "Jira attempt",
											  ALLOCSET_SMALL_SIZES);
	transfer->request = request;
	before = MemoryContextSwitchTo(transfer->context);
	transfer->url = request_url(request, request->at_origin ? client->connection->url.origin
								: client->connection->base_url);
	transfer->body = request_body(request);
	MemoryContextSwitchTo(before);
	start_attempt(transfer);
	return transfer;
}

/* Milliseconds to sleep before the next attempt, -1: there is none. */
static int64
delay_of(Transfer *transfer)
{
	if (!transfer->client->patient)
		return -1;
	return retry_delay(transfer->exchange, transfer->request->writes, transfer->retries);
}

static void
tell_doubt(void *arg)
{
	Transfer   *transfer = arg;

	if (!transfer->settled && transfer->exchange && http_sent(transfer->exchange))
		errcontext("The request may have been carried out: look in Jira before you repeat it.");
}

/*
 * Has Jira refused an access token before its time, and is there a newer one?
 * A token without the scope is as good as it gets.
 */
static bool
renew_authorization(Transfer *transfer)
{
	Client	   *client = transfer->client;
	const HttpReply *reply = http_reply(transfer->exchange);
	Authorization *newer = NULL;
	MemoryContext before;

	if (transfer->renewed || reply->outcome != HTTP_ANSWERED || reply->status != 401 ||
		reply_lacks_scope(reply->status, reply->body))
		return false;
	transfer->renewed = true;
	transfer->settled = true;	/* not carried out, whatever comes of this */
	if (transfer->generation != client->authorization->generation)
		return true;			/* another transfer of this client was faster */
	before = MemoryContextSwitchTo(GetMemoryChunkContext(client));
	newer = authorization_renew(client->connection, client->authorization);
	if (newer)
		client->authorization = jira_own(CurrentMemoryContext, newer, forget);
	MemoryContextSwitchTo(before);
	return newer != NULL;
}

/* What was turned away was certainly not carried out. */
static void
repeat_attempt(Transfer *transfer, int64 delay)
{
	transfer->settled = true;
	transfer->exchange = NULL;
	MemoryContextReset(transfer->attempt);
	wait_for_time(delay);
	transfer->client->traffic.retries++;
	start_attempt(transfer);
}

static void
wait_and_repeat(Transfer *transfer)
{
	for (;;)
	{
		int64		delay;

		wait_for_exchange(transfer->client->session, transfer->exchange, transfer->client->wait_hooks);
		transfer->client->traffic.bytes += http_reply(transfer->exchange)->received;
		delay = delay_of(transfer);
		if (delay >= 0)
			transfer->retries++;
		else if (renew_authorization(transfer))
			delay = 0;
		else
			return;
		repeat_attempt(transfer, delay);
	}
}

/* Waits for the last attempt's end; its reply may be a failure. */
static HttpReply *
wait_for_end(Transfer *transfer)
{
	HttpReply  *reply;
	instr_time	start;
	instr_time	end;

	INSTR_TIME_SET_CURRENT(start);
	wait_and_repeat(transfer);
	INSTR_TIME_SET_CURRENT(end);
	INSTR_TIME_SUBTRACT(end, start);
	transfer->client->traffic.waited += INSTR_TIME_GET_MILLISEC(end);

	reply = http_reply(transfer->exchange);
	if (reply->outcome == HTTP_ANSWERED)
		identity_note(transfer->client, transfer->exchange);
	if (reply->outcome == HTTP_ANSWERED && reply->status >= 300 && reply->status < 500)
		transfer->settled = true;
	if (reply->outcome == HTTP_CLIENT_REFUSED)
		transfer->settled = true;
	if (transfer->request->fetches_file && reply->status == 200)
		return reply;			/* a file stays as it is */
	reply_redact(transfer->client->authorization, reply->body, reply->length);
	if (transfer->request->secret)
		reply_redact_text(reply->body, reply->length, transfer->request->secret);
	return reply;
}

HttpReply *
transfer_wait(Transfer *transfer)
{
	ErrorContextCallback callback;
	HttpReply  *reply;

	context_push(&callback, tell_doubt, transfer);
	reply = wait_for_end(transfer);
	if (reply->outcome != HTTP_ANSWERED)
		problem_raise(transport_error(transfer->request, reply));
	context_pop(&callback);
	return reply;
}

Problem *
transfer_problem(Transfer *transfer)
{
	Client	   *client = transfer->client;
	Problem    *problem = reply_problem(transfer->request, transfer->exchange);
	Problem    *doubt = NULL;

	/* It may quote a header, or JSON whose escapes hid the secret so far. */
	if (problem && problem->detail)
		reply_redact(client->authorization, problem->detail, strlen(problem->detail));

	/*
	 * To nobody, a project is not found (404) or no value that there is
	 * (400).
	 */
	if (problem && (problem->sqlstate == ERRCODE_NO_DATA_FOUND ||
					problem->sqlstate == ERRCODE_INVALID_PARAMETER_VALUE))
		doubt = identity_doubt(client, transfer->request);
	return doubt ? doubt : problem;
}

/*
 * The document of a complete reply (NULL if it is empty), or what is wrong with
 * it.  With "name", the list of that name is left out of it, in *list.
 */
static Problem *
read_document(Transfer *transfer, json_t **document, const char *name, JsonRows **list)
{
	HttpReply  *reply = http_reply(transfer->exchange);
	Problem    *problem = transfer_problem(transfer);
	MemoryContext before;
	char	   *detail;

	*document = NULL;
	if (name)
		*list = NULL;
	if (problem || reply->length == 0)
		return problem;
	before = MemoryContextSwitchTo(transfer->context);
	if (name)
		*list = json_rows_open(reply->body, reply->length, name, document, &detail);
	else
		*document = jira_json_parse(transfer->context, reply->body, reply->length, &detail);
	MemoryContextSwitchTo(before);
	return *document ? NULL : reply_malformed(transfer->request, detail);
}

Problem *
transfer_try(Transfer *transfer, json_t **document)
{
	HttpReply  *reply = wait_for_end(transfer);

	*document = NULL;
	if (reply->outcome != HTTP_ANSWERED)
		return transport_error(transfer->request, reply);
	return read_document(transfer, document, NULL, NULL);
}

json_t *
transfer_list(Transfer *transfer, const char *name, JsonRows **list)
{
	ErrorContextCallback callback;
	Problem    *problem;
	json_t	   *document;

	(void) transfer_wait(transfer);
	context_push(&callback, tell_doubt, transfer);
	problem = read_document(transfer, &document, name, list);
	if (problem)
		problem_raise(problem);
	context_pop(&callback);
	return document;
}

json_t *
transfer_document(Transfer *transfer)
{
	json_t	   *document = transfer_list(transfer, NULL, NULL);

	/* The tree is all that is needed from here on. */
	transfer->exchange = NULL;
	MemoryContextReset(transfer->attempt);
	return document;
}

HttpExchange *
transfer_exchange(Transfer *transfer)
{
	return transfer->exchange;
}

void
transfer_end(Transfer *transfer)
{
	MemoryContextDelete(transfer->context);
	pfree(transfer);
}

json_t *
client_get(Client *client, const char *action, const char *subject, const char *path)
{
	Request    *request = request_make(action, "GET");
	json_t	   *document;

	request->subject = subject;
	request->path = MemoryContextStrdup(request->context, path);
	document = transfer_document(transfer_start(CurrentMemoryContext, client, request));
	if (document == NULL)
		problem_raise(reply_malformed(request, pstrdup("It is empty.")));
	return document;
}
