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
#include "client/request_log.h"
#include "client/reply.h"
#include "client/retry.h"
#include "client/session_private.h"
#include "client/statistics.h"
#include "client/transfer.h"
#include "client/transport_error.h"
#include "utils/budget.h"
#include "utils/context.h"
#include "utils/own.h"
#include "utils/redact.h"
#include "utils/settings.h"
#include "utils/wait.h"

/* The limits where nobody may wait. */
#define MOST_CONNECT_MS 10000
#define MOST_MS 60000
#define MOST_BODY ((size_t) 8 * 1024 * 1024)

struct Transfer
{
	Client	   *client;
	const Request *request;
	char	   *url;			/* of the request when the transfer began; it */
	char	   *body;			/* may have been changed for the next since */
	MemoryContext context;
	MemoryContext attempt;		/* owns the exchange */
	HttpExchange *exchange;
	int			retries;		/* because Jira turned it away for now */
	int64		generation;		/* of the access token that was sent */
	bool		renewed;		/* a new access token was asked for */
	bool		settled;		/* we know whether it was carried out */
	RequestCost cost;			/* of all attempts */
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
close_share(void *share)
{
	http_share_close(share);
}

/* In a process that serves many, each has a share of its own, and a smaller one. */
static size_t
most_of_bodies(const Connection *connection, const Lookups *lookups)
{
	size_t		most = options_limits(&connection->options).body;

	return lookups ? Min(most, MOST_BODY) : most;
}

Client *
client_make(Connection *connection, Authorization *authorization, Lookups *lookups)
{
	Client	   *client = palloc0(sizeof(Client));

	client->connection = connection;
	client->authorization = authorization;
	authorization_own(CurrentMemoryContext, authorization);
	client->key = authorization_key(connection, authorization);
	client->share = jira_own(CurrentMemoryContext, http_share_open(most_of_bodies(connection, lookups)), close_share);
	client->session = session_borrow(CurrentMemoryContext, &client->key, connection);
	client->retries = lookups == NULL;
	client->lookups = lookups;
	statistics_attach();
	return client;
}

static void
drop_exchange(void *exchange)
{
	http_drop(exchange);
}

/* A request of a process that serves many must not hold much for long, whatever the connection allows. */
static void
bound_limits(HttpLimits *limits)
{
	limits->connect_timeout = Min(limits->connect_timeout, MOST_CONNECT_MS);
	limits->timeout = Min(limits->timeout, MOST_MS);
	limits->body = Min(limits->body, MOST_BODY);
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
		.share = request->fetches_file ? NULL : client->share,
		.limits = options_limits(&client->connection->options),
	};
	bool		is_new = true;

	if (request->fetches_file)
		http.limits.body = MAX_FILE_SIZE;
	if (client->lookups)
		bound_limits(&http.limits);
	else
		pace_wait(&client->connection->options);
	transfer->generation = client->authorization->generation;
	transfer->settled = !request->writes;
	if (client->lookups && !request->writes)
		transfer->exchange = lookups_exchange(client->lookups, client->connection, &client->key, transfer->generation, &http, &is_new);
	else
		transfer->exchange = jira_own(transfer->attempt, http_start(client->session, &http), drop_exchange);
	if (is_new)
	{
		client->traffic.requests++;
		statistics_started(client->connection->alias, transfer->cost.retries > 0);
	}
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
	if (request->secret)
		redact_secret(transfer->context, request->secret);
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
	{
		client->authorization = newer;
		authorization_own(CurrentMemoryContext, newer);
	}
	MemoryContextSwitchTo(before);
	return newer != NULL;
}

Problem *
transfer_problem_for_others(const Request *request, const Connection *connection,
							HttpExchange *exchange, uint64 budget)
{
	const HttpReply *reply = http_reply(exchange);
	Request		unnamed = *request;

	unnamed.subject = NULL;
	return reply->outcome == HTTP_ANSWERED ? reply_problem(&unnamed, connection, exchange, budget)
		: transport_error(&unnamed, reply);
}

/*
 * What is wrong with an attempt, for others to read, NULL if nothing is.  What is
 * no reply of Jira's is not quoted: it may be a page with tokens.
 */
static char *
attempt_error(const Transfer *transfer)
{
	const HttpReply *reply = http_reply(transfer->exchange);
	Problem    *problem = transfer_problem_for_others(transfer->request, transfer->client->connection,
													  transfer->exchange, transfer_budget(transfer));
	bool		leads_on = transfer->request->fetches_file && reply->status >= 300 && reply->status < 400;
	char	   *text;

	if (problem == NULL || leads_on)
		return NULL;
	if (problem->detail == NULL || problem->sqlstate == ERRCODE_PROTOCOL_VIOLATION)
		return problem->message;
	text = psprintf("%s: %s", problem->message, problem->detail);
	(void) redact_text(text, strlen(text));
	return text;
}

static void
count_attempt(Transfer *transfer, const HttpReply *reply)
{
	MemoryContext before = MemoryContextSwitchTo(transfer->attempt);

	transfer->client->traffic.bytes += reply->received;
	transfer->cost.bytes += reply->received;
	transfer->cost.milliseconds += http_milliseconds(transfer->exchange);
	statistics_ended(transfer->client->connection->alias, transfer->exchange, attempt_error(transfer));
	MemoryContextSwitchTo(before);
}

/* A request that was turned away was certainly not carried out. */
static void
repeat_attempt(Transfer *transfer, int64 delay)
{
	instr_time	start;
	instr_time	end;

	transfer->settled = true;
	transfer->exchange = NULL;
	MemoryContextReset(transfer->attempt);
	INSTR_TIME_SET_CURRENT(start);
	wait_for_time(delay);
	transfer->client->traffic.retries++;
	transfer->cost.retries++;
	start_attempt(transfer);
	INSTR_TIME_SET_CURRENT(end);
	INSTR_TIME_SUBTRACT(end, start);
	transfer->cost.milliseconds += INSTR_TIME_GET_MILLISEC(end);
}

/* The path of its URL, below the host. */
static void
log_request(const Transfer *transfer, const HttpReply *reply)
{
	const char *host = strstr(transfer->url, "://") + strlen("://");
	char	   *path = pstrdup(host + strcspn(host, "/?#"));

	path[strcspn(path, "?#")] = '\0';
	(void) redact_text(path, strlen(path));
	request_log(transfer->request, transfer->client->connection->alias, path, reply, &transfer->cost);
	pfree(path);
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
	bool		is_first_look;
	instr_time	start;
	instr_time	end;

	INSTR_TIME_SET_CURRENT(start);
	for (;;)
	{
		int64		delay = -1;

		wait_for_exchange(transfer->exchange);
		reply = http_reply(transfer->exchange);
		is_first_look = http_is_first_look(transfer->exchange);
		if (is_first_look)
			count_attempt(transfer, reply);

		if (client->retries)
			delay = retry_delay(transfer->exchange, request->writes, transfer->retries);
		if (delay >= 0)
			transfer->retries++;
		else if (is_token_refused(transfer, reply))
		{
			bool		has_newer;

			transfer->settled = true;	/* even if the renewal fails */
			has_newer = renew_authorization(transfer);
			transfer->renewed = true;
			if (!has_newer)
				break;
			delay = 0;
		}
		else
			break;
		repeat_attempt(transfer, delay);
	}
	INSTR_TIME_SET_CURRENT(end);
	INSTR_TIME_SUBTRACT(end, start);
	client->traffic.waited += INSTR_TIME_GET_MILLISEC(end);
	if (is_first_look && jira_log_min_duration >= 0)
		log_request(transfer, reply);

	if (reply->outcome == HTTP_ANSWERED && client->noted)
		client->noted(client, transfer->exchange);
	if (reply->outcome == HTTP_CLIENT_REFUSED ||
		(reply->outcome == HTTP_ANSWERED && reply->status >= 300 && reply->status < 500))
		transfer->settled = true;

	/*
	 * What Jira has is returned as it is: a password may be a word.  Only the
	 * value of our header cannot be anything else.
	 */
	if (reply->body && !request->fetches_file)
		authorization_redact(client->authorization, reply->body, reply->length);
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
	return reply_problem(transfer->request, transfer->client->connection, transfer->exchange,
						 transfer_budget(transfer));
}

bool
transfer_crowded_out(Transfer *transfer)
{
	wait_for_exchange(transfer->exchange);
	return http_reply(transfer->exchange)->outcome == HTTP_CROWDED_OUT;
}

uint64
transfer_budget(const Transfer *transfer)
{
	const Client *client = transfer->client;

	return budget_document(most_of_bodies(client->connection, client->lookups), http_share_held(client->share));
}

Problem *
transfer_unreadable(const Transfer *transfer, const JsonProblem *problem)
{
	const Request *request = transfer->request;

	if (problem->hint == NULL)
		return reply_malformed(request, problem->detail);
	return problem_make(ERRCODE_PROGRAM_LIMIT_EXCEEDED,
						psprintf("%s failed: the reply of Jira is too large", request_name(request)),
						problem->detail, problem->hint);
}

json_t *
transfer_refusal(const Transfer *transfer)
{
	JsonProblem problem;
	const char *text;
	size_t		length;

	if (http_reply(transfer->exchange)->outcome != HTTP_ANSWERED)
		return NULL;
	text = reply_text(transfer->exchange, &length);
	return jira_json_read(CurrentMemoryContext, text, length, transfer_budget(transfer), &problem);
}

Problem *
transfer_read(Transfer *transfer, const char *name, JsonRows **list, json_t **document)
{
	HttpReply  *reply = http_reply(transfer->exchange);
	Problem    *problem = transfer_problem(transfer);
	MemoryContext before;
	JsonProblem unreadable;
	size_t		length;
	const char *text;

	*document = NULL;
	if (name)
		*list = NULL;
	if (problem || reply->length == 0)
		return problem;
	before = MemoryContextSwitchTo(transfer->context);
	text = reply_text(transfer->exchange, &length);
	if (name)
		*list = json_rows_open(text, length, name, transfer_budget(transfer),
							   document, &unreadable);
	else
		*document = jira_json_read(transfer->context, text, length,
								   transfer_budget(transfer), &unreadable);
	MemoryContextSwitchTo(before);
	return *document ? NULL : transfer_unreadable(transfer, &unreadable);
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
