/*
 * transfer.c
 *	  One signed request to Jira and its reply: sent, repeated, read.
 */
#include "postgres.h"

#include "lib/stringinfo.h"
#include "miscadmin.h"
#include "utils/memutils.h"

#include "client/pace.h"
#include "client/quota.h"
#include "client/request_log.h"
#include "client/reply.h"
#include "client/retry.h"
#include "client/session_private.h"
#include "client/statistics.h"
#include "client/transfer.h"
#include "client/transport_error.h"
#include "client/under_way.h"
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

typedef enum TransferState
{
	WAITING,					/* for the time at which it may be sent */
	SENT,
	ENDED						/* with a reply, or without one for good */
} TransferState;

struct Transfer
{
	UnderWay	under_way;		/* the first member */
	TransferState state;
	Client	   *client;
	const Request *request;
	char	   *url;			/* of the request when the transfer began; it */
	char	   *body;			/* may have been changed for the next since */
	MemoryContext context;
	MemoryContext attempt;		/* owns the exchange */
	HttpExchange *exchange;
	BucketId	bucket;
	int64		waits_since;	/* of bucket_now(), as the next two */
	int64		not_before;
	int64		sent;
	int			retries;		/* because Jira turned it away for now */
	int64		generation;		/* of the access token that was sent */
	bool		renewed;		/* a new access token was asked for */
	bool		settled;		/* we know whether it was carried out */
	bool		is_new;			/* nobody has looked at the reply before */
	RequestCost cost;			/* of all attempts */
};

/* See transfer_writes(). */
static uint64 writes = 0;

uint64
transfer_writes(void)
{
	return writes;
}

void
transfer_add_traffic(Traffic *sum, const Traffic *more)
{
	sum->requests += more->requests;
	sum->retries += more->retries;
	sum->bytes += more->bytes;
	sum->waited += more->waited;
	sum->throttled += more->throttled;
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

#define HEADERS 6

/* The request as it travels, with these headers. */
static HttpRequest
http_request(const Transfer *transfer, const char *headers[HEADERS])
{
	const Client *client = transfer->client;
	const Request *request = transfer->request;
	const char *const ours[HEADERS] = {client->authorization->header,
		request->fetches_file ? "Accept: */*" : "Accept: application/json",
		USER_AGENT, "Expect:",
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

	memcpy(headers, ours, sizeof(ours));
	if (request->fetches_file)
		http.limits.body = MAX_FILE_SIZE;
	if (client->lookups)
		bound_limits(&http.limits);
	return http;
}

static void
note_sent(Transfer *transfer)
{
	transfer->state = SENT;
	transfer->sent = bucket_now();
	transfer->settled = !transfer->request->writes;
	writes += transfer->request->writes ? 1 : 0;
}

static void
count_start(const Transfer *transfer)
{
	transfer->client->traffic.requests++;
	statistics_started(transfer->client->connection->alias, transfer->cost.retries > 0);
}

/*
 * In a process that must not wait a write has had its turn, and a request that
 * only reads is not started before.
 */
static void
start_at_once(Transfer *transfer, const HttpRequest *http)
{
	Client	   *client = transfer->client;
	bool		is_new = true;

	if (transfer->request->writes)
		transfer->exchange = jira_own(transfer->attempt, http_start(client->session, http), drop_exchange);
	else
		transfer->exchange = lookups_exchange(client->lookups, client->connection, &client->key, transfer->generation,
											  transfer->bucket, http, &is_new);
	note_sent(transfer);
	if (is_new)
		count_start(transfer);
}

/* Not to be sent before "delay" milliseconds have passed. */
static void
begin_attempt(Transfer *transfer, int64 delay)
{
	Client	   *client = transfer->client;
	MemoryContext before = MemoryContextSwitchTo(transfer->attempt);
	const char *headers[HEADERS];
	HttpRequest http = http_request(transfer, headers);

	transfer->generation = client->authorization->generation;
	if (client->lookups)
		start_at_once(transfer, &http);
	else
	{
		transfer->exchange = jira_own(transfer->attempt, http_prepare(client->session, &http), drop_exchange);
		transfer->waits_since = bucket_now();
		transfer->not_before = transfer->waits_since + delay * 1000;
		transfer->state = WAITING;
		under_way_add(&transfer->under_way);
	}
	MemoryContextSwitchTo(before);
}

static void
send_attempt(Transfer *transfer)
{
	pace_wait(&transfer->client->connection->options);
	note_sent(transfer);
	if (transfer->cost.retries > 0)
		transfer->cost.milliseconds += (transfer->sent - transfer->waits_since) / 1000.0;
	http_send(transfer->exchange);
	count_start(transfer);
}

static void
end_transfer(Transfer *transfer)
{
	transfer->state = ENDED;
	under_way_remove(&transfer->under_way);
}

/* Other requests to the endpoint were told to stay away for longer than anybody is to wait. */
static void
hold_back(Transfer *transfer, int64 asked)
{
	char	   *why = psprintf("Jira has turned away a request like this one, and asks to wait %lld more seconds.",
							   (long long) (asked / USECS_PER_SEC + 1));

	http_give_up(transfer->exchange, HTTP_HELD_BACK, why);
	pfree(why);
	end_transfer(transfer);
}

/* How long it is until the request may be sent; 0: it has to be sent now. */
static int64
time_until_start(const Transfer *transfer, int64 now)
{
	if (transfer->not_before > now)
		return transfer->not_before - now;
	return bucket_take(transfer->bucket, now);
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

/* Lets other requests to the endpoint wait, too, if this reply is about all of them. */
static void
note_limit(const Transfer *transfer, int64 delay)
{
	HttpExchange *exchange = transfer->exchange;
	const HttpReply *reply = http_reply(exchange);
	int64		pause;

	if (reply->outcome != HTTP_ANSWERED)
		return;
	if (reply->status != HTTP_TOO_MANY_REQUESTS)
	{
		if (quota_is_near(exchange))
			bucket_near_limit(transfer->bucket, transfer->sent, bucket_now());
		return;
	}
	pause = delay >= 0 ? delay : retry_pause(exchange, transfer->retries);
	if (pause >= 0 && !quota_is_of_issue(quota_reason(exchange)))
		bucket_refused(transfer->bucket, transfer->sent, bucket_now(), pause * 1000,
					   Max(retry_asked(exchange), 0) * 1000);
}

/*
 * A request that was turned away was certainly not carried out.  The reply is
 * freed when all is there for the next attempt, so that the transfer always has
 * an exchange.
 */
static void
repeat_attempt(Transfer *transfer, int64 delay)
{
	MemoryContext last = transfer->attempt;

	transfer->settled = true;
	transfer->attempt = AllocSetContextCreate(transfer->context, "Jira attempt", ALLOCSET_SMALL_SIZES);
	transfer->client->traffic.retries++;
	transfer->cost.retries++;
	begin_attempt(transfer, delay);
	MemoryContextDelete(last);
}

/* There is a reply, or there will be none: counts the attempt, and begins another one if that may help. */
static void
end_attempt(Transfer *transfer)
{
	HttpExchange *exchange = transfer->exchange;
	int64		delay = -1;

	if (transfer->client->retries)
		delay = retry_delay(exchange, transfer->request, transfer->retries);
	transfer->is_new = http_is_first_look(exchange);
	if (transfer->is_new)
	{
		count_attempt(transfer, http_reply(exchange));
		note_limit(transfer, delay);
	}
	if (delay < 0)
	{
		end_transfer(transfer);
		return;
	}
	transfer->retries++;
	repeat_attempt(transfer, delay);
}

/* See under_way.h. */
static int64
advance(UnderWay *one, int64 now)
{
	Transfer   *transfer = (Transfer *) one;
	int64		asked;
	int64		left;

	if (transfer->state == SENT && http_reply(transfer->exchange))
		end_attempt(transfer);
	if (transfer->state != WAITING)
		return UNDER_WAY_NO_TIME;
	asked = bucket_asked(transfer->bucket);
	if (asked > jira_max_wait * INT64CONST(1000))
	{
		hold_back(transfer, asked);
		return UNDER_WAY_NO_TIME;
	}
	left = time_until_start(transfer, now);
	if (left > 0)
		return left;
	send_attempt(transfer);
	return http_reply(transfer->exchange) ? 0 : UNDER_WAY_NO_TIME;
}

static void
advance_once(Transfer *transfer)
{
	(void) under_way_advance(transfer->client->session);
}

/* After an error nobody waits for the transfer: if it writes, it must not be sent later. */
static void
go_on(Transfer *transfer, void (*step) (Transfer *transfer))
{
	PG_TRY();
	{
		step(transfer);
	}
	PG_CATCH();
	{
		under_way_remove(&transfer->under_way);
		PG_RE_THROW();
	}
	PG_END_TRY();
}

static void
leave(void *transfer)
{
	under_way_remove(&((Transfer *) transfer)->under_way);
}

Transfer *
transfer_start(MemoryContext context, Client *client, const Request *request)
{
	Transfer   *transfer = MemoryContextAllocZero(context, sizeof(Transfer));
	MemoryContext before;

	request_check(request, client->connection);
	transfer->under_way.session = client->session;
	transfer->under_way.advance = advance;
	transfer->client = client;
	transfer->context = AllocSetContextCreate(context, "Jira transfer", ALLOCSET_DEFAULT_SIZES);
	transfer->attempt = AllocSetContextCreate(transfer->context, "Jira attempt",
											  ALLOCSET_SMALL_SIZES);
	(void) jira_own(transfer->context, transfer, leave);
	transfer->request = request;
	if (request->secret)
		redact_secret(transfer->context, request->secret);
	before = MemoryContextSwitchTo(transfer->context);
	transfer->url = request_url(request, request->at_origin ? client->connection->url.origin
								: client->connection->base_url);
	transfer->body = request_body(request);
	MemoryContextSwitchTo(before);
	transfer->bucket = bucket_of(client->connection->alias, request->method, request->path);
	begin_attempt(transfer, 0);
	go_on(transfer, advance_once);
	return transfer;
}

long
transfer_turn(const Client *client, const Request *request)
{
	return pace_turn(&client->connection->options,
					 bucket_of(client->connection->alias, request->method, request->path));
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

/* Waits once for what the transfer and the others of its session need to go on. */
static void
wait_to_advance(Transfer *transfer, long milliseconds)
{
	Client	   *client = transfer->client;
	int64		start = bucket_now();

	if (transfer->state != WAITING)
	{
		wait_for_any(&client->session, 1, milliseconds);
		return;
	}
	wait_for_start(client->session, milliseconds);
	client->traffic.throttled += (bucket_now() - start) / 1000.0;
}

static void
advance_to_end(Transfer *transfer)
{
	if (transfer->client->lookups && transfer->state == SENT)
	{
		wait_for_exchange(transfer->exchange);
		end_attempt(transfer);
	}
	while (transfer->state != ENDED)
	{
		long		milliseconds;

		under_way_add(&transfer->under_way);
		milliseconds = under_way_advance(transfer->client->session);
		if (transfer->state != ENDED)
			wait_to_advance(transfer, milliseconds);
	}
}

static void
wait_for_end(Transfer *transfer)
{
	go_on(transfer, advance_to_end);
}

/* Did replies that nobody waits for yet leave no room for this one?  They are given up. */
static bool
has_room_now(const Transfer *transfer, const HttpReply *reply)
{
	const Client *client = transfer->client;

	return reply->outcome == HTTP_CROWDED_OUT && !transfer->request->writes && client->make_room &&
		client->make_room(client->holder);
}

/* Waits for the last reply, which may be a failure. */
static HttpReply *
last_reply(Transfer *transfer)
{
	int64		start = bucket_now();
	HttpReply  *reply;

	for (;;)
	{
		bool		has_newer;

		wait_for_end(transfer);
		reply = http_reply(transfer->exchange);
		if (has_room_now(transfer, reply))
		{
			repeat_attempt(transfer, 0);
			continue;
		}
		if (!is_token_refused(transfer, reply))
			break;
		transfer->settled = true;	/* even if the renewal fails */
		has_newer = renew_authorization(transfer);
		if (has_newer)
			repeat_attempt(transfer, 0);
		transfer->renewed = true;
		if (!has_newer)
			break;
	}
	transfer->client->traffic.waited += (bucket_now() - start) / 1000.0;
	return reply;
}

static HttpReply *
wait_for_reply(Transfer *transfer)
{
	Client	   *client = transfer->client;
	const Request *request = transfer->request;
	HttpReply  *reply = last_reply(transfer);

	if (transfer->is_new && jira_log_min_duration >= 0)
		log_request(transfer, reply);
	transfer->is_new = false;

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
	return last_reply(transfer)->outcome == HTTP_CROWDED_OUT;
}

bool
transfer_is_overdue(Transfer *transfer)
{
	const HttpReply *reply = http_reply(transfer->exchange);
	HttpLimits	limits = options_limits(&transfer->client->connection->options);

	return transfer->state != WAITING && (reply == NULL || reply->outcome == HTTP_TIMEOUT) &&
		bucket_now() - transfer->sent > limits.timeout * INT64CONST(1000);
}

uint64
transfer_budget(const Transfer *transfer)
{
	const Client *client = transfer->client;

	return budget_document(most_of_bodies(client->connection, client->lookups), http_share_held(client->share));
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

/* Makes room for what a document takes, if it would fit but for other replies. */
static void
make_room_to_read(const Transfer *transfer, const char *text, size_t length)
{
	const Client *client = transfer->client;
	uint64		budget = transfer_budget(transfer);
	BudgetExcess excess;

	if (client->make_room && !budget_allows_any(length, budget) && !budget_allows(text, length, budget, &excess))
		(void) client->make_room(client->holder);
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
	make_room_to_read(transfer, text, length);
	if (name)
		*list = json_rows_open(text, length, name, transfer_budget(transfer),
							   document, &unreadable);
	else
		*document = jira_json_read(transfer->context, text, length,
								   transfer_budget(transfer), &unreadable);
	MemoryContextSwitchTo(before);
	return *document ? NULL : reply_unreadable(transfer->request, &unreadable);
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

Transfer *
transfer_unless_overdue(Transfer *transfer)
{
	if (transfer == NULL || !transfer_is_overdue(transfer))
		return transfer;
	transfer_end(transfer);
	return NULL;
}
