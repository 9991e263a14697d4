/*
 * transfer.c
 *	  One signed request to Jira and its reply: sent, repeated, read.
 */
#include "postgres.h"

#include "lib/stringinfo.h"
#include "miscadmin.h"
#include "portability/instr_time.h"
#include "utils/memutils.h"

#include "client/pace.h"
#include "client/reply.h"
#include "client/retry.h"
#include "client/session_private.h"
#include "client/transfer.h"
#include "client/transport_error.h"
#include "utils/context.h"
#include "utils/own.h"
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
	bool		renewed;		/* a new access token was asked for */
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
drop_authorization(void *authorization)
{
	authorization_forget(authorization);
}

Client *
client_make(Connection *connection, Authorization *authorization, const WaitHooks *hooks)
{
	Client	   *client = palloc0(sizeof(Client));

	client->connection = connection;
	client->authorization = jira_own(CurrentMemoryContext, authorization, drop_authorization);
	client->key = authorization_key(connection, authorization);
	client->session = session_borrow(CurrentMemoryContext, &client->key, connection);
	client->retries = true;
	client->wait_hooks = hooks;
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
	if (!client->paced_by_caller)
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

	request_check(request, client->connection);
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

static void
unknown_outcome_context(void *arg)
{
	Transfer   *transfer = arg;

	if (!transfer->settled && transfer->exchange && http_sent(transfer->exchange))
		errcontext("The request may have been carried out: look in Jira before you repeat it.");
}

/*
 * Has Jira refused an access token before its time?  A token that lacks a scope
 * lacks it after its renewal, too.
 */
static bool
is_token_refused(const Transfer *transfer, const HttpReply *reply)
{
	return !transfer->renewed && reply->outcome == HTTP_ANSWERED && reply->status == 401 &&
		!reply_lacks_scope(reply->status, reply->body);
}

/* Is there a newer access token than the one that was sent? */
static bool
renew_authorization(Transfer *transfer)
{
	Client	   *client = transfer->client;
	Authorization *newer;
	MemoryContext before;

	if (transfer->generation != client->authorization->generation)
		return true;			/* another transfer of this client was faster */
	before = MemoryContextSwitchTo(GetMemoryChunkContext(client));
	newer = authorization_renew(client->connection, client->authorization);
	if (newer)
		client->authorization = jira_own(CurrentMemoryContext, newer, drop_authorization);
	MemoryContextSwitchTo(before);
	return newer != NULL;
}

/*
 * Waits for the end of an attempt and begins another one while there is a
 * reason to.  Returns the reply of the last one, which may be a failure.
 */
static HttpReply *
wait_for_reply(Transfer *transfer)
{
	Client	   *client = transfer->client;
	const Request *request = transfer->request;
	HttpReply  *reply;
	instr_time	start;
	instr_time	end;

	INSTR_TIME_SET_CURRENT(start);
	for (;;)
	{
		int64		delay = -1;

		wait_for_exchange(client->session, transfer->exchange, client->wait_hooks);
		reply = http_reply(transfer->exchange);
		client->traffic.bytes += reply->received;

		if (client->retries)
			delay = retry_delay(transfer->exchange, request->writes, transfer->retries);
		if (delay >= 0)
			transfer->retries++;
		else if (is_token_refused(transfer, reply))
		{
			transfer->renewed = true;
			transfer->settled = true;	/* even if the renewal fails */
			if (!renew_authorization(transfer))
				break;
			delay = 0;
		}
		else
			break;

		/* A request that was turned away was certainly not carried out. */
		transfer->settled = true;
		transfer->exchange = NULL;
		MemoryContextReset(transfer->attempt);
		wait_for_time(delay);
		client->traffic.retries++;
		start_attempt(transfer);
	}
	INSTR_TIME_SET_CURRENT(end);
	INSTR_TIME_SUBTRACT(end, start);
	client->traffic.waited += INSTR_TIME_GET_MILLISEC(end);

	if (reply->outcome == HTTP_ANSWERED && client->noted)
		client->noted(client, transfer->exchange);
	if (reply->outcome == HTTP_CLIENT_REFUSED ||
		(reply->outcome == HTTP_ANSWERED && reply->status >= 300 && reply->status < 500))
		transfer->settled = true;
	if (request->fetches_file && reply->status == 200)
		return reply;			/* a file stays as it is */
	reply_redact(client->authorization, reply->body, reply->length);
	if (request->secret)
		reply_redact_text(reply->body, reply->length, request->secret);
	return reply;
}

void
transfer_raise(Transfer *transfer, Problem *problem)
{
	ErrorContextCallback callback;

	context_push(&callback, unknown_outcome_context, transfer);
	problem_raise(problem);
}

HttpReply *
transfer_wait(Transfer *transfer)
{
	ErrorContextCallback callback;
	HttpReply  *reply;

	context_push(&callback, unknown_outcome_context, transfer);
	reply = wait_for_reply(transfer);
	context_pop(&callback);
	if (reply->outcome != HTTP_ANSWERED)
		transfer_raise(transfer, transport_error(transfer->request, reply));
	return reply;
}

Problem *
transfer_problem(Transfer *transfer)
{
	Problem    *problem = reply_problem(transfer->request, transfer->exchange);

	/* It may quote a header, or JSON whose escapes hid the secret so far. */
	if (problem && problem->detail)
		reply_redact(transfer->client->authorization, problem->detail, strlen(problem->detail));
	return problem;
}

Problem *
transfer_read(Transfer *transfer, const char *name, JsonRows **list, json_t **document)
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
	HttpReply  *reply = wait_for_reply(transfer);

	*document = NULL;
	if (reply->outcome != HTTP_ANSWERED)
		return transport_error(transfer->request, reply);
	return transfer_read(transfer, NULL, NULL, document);
}

Client *
transfer_client(const Transfer *transfer)
{
	return transfer->client;
}

const Request *
transfer_request(const Transfer *transfer)
{
	return transfer->request;
}

HttpExchange *
transfer_exchange(Transfer *transfer)
{
	return transfer->exchange;
}

void
transfer_drop_reply(Transfer *transfer)
{
	transfer->exchange = NULL;
	MemoryContextReset(transfer->attempt);
}

void
transfer_end(Transfer *transfer)
{
	MemoryContextDelete(transfer->context);
	pfree(transfer);
}
