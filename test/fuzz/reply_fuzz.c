/*
 * reply_fuzz.c
 *	  Any bytes that a server may answer with give a bounded delay and a problem
 *	  that can be shown.
 *
 * libcurl reads them from a socket as ever; the server is this process, too, and
 * writes whenever it has been asked.
 */
#include "postgres.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "client/reply.h"
#include "client/request.h"
#include "client/retry.h"
#include "fuzz.h"
#include "utils/budget.h"
#include "utils/foreign_text.h"
#include "utils/own.h"
#include "utils/redact.h"
#include "utils/settings.h"

#define MAX_BODY 100000
#define MAX_DELAY_MS (INT64CONST(1000) * BUDGET_DELAY)

static HttpSession *session;
static char url[64];
static int	listener;
static int	peer = -1;				/* the connection that libcurl has made */

static int
check_call(int result, const char *what)
{
	if (result < 0)
		elog(FATAL, "%s: %m", what);
	return result;
}

static void
prepare(void)
{
	const HttpSessionOptions options = {.max_connections = 1, .loopback_only = true};
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
	socklen_t	length = sizeof(address);

	listener = check_call(socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0), "socket");
	check_call(bind(listener, (struct sockaddr *) &address, length), "bind");
	check_call(listen(listener, 16), "listen");
	check_call(getsockname(listener, (struct sockaddr *) &address, &length), "getsockname");
	snprintf(url, sizeof(url), "http://127.0.0.1:%d/rest", ntohs(address.sin_port));
	session = http_open(&options);
}

static void
drop_peer(void)
{
	if (peer >= 0)
		close(peer);
	peer = -1;
}

/* Lets libcurl do what it can do now, and waits a little if that is nothing. */
static void
drive(int wait_ms)
{
	HttpSocket	sockets[HTTP_MAX_SOCKETS];
	struct pollfd polled[HTTP_MAX_SOCKETS];
	int			count = http_sockets(session, sockets);

	for (int i = 0; i < count; i++)
	{
		polled[i].fd = sockets[i].fd;
		polled[i].events = (sockets[i].readable ? POLLIN : 0) | (sockets[i].writable ? POLLOUT : 0);
	}
	if (poll(polled, count, http_patience(session) == 0 ? 0 : wait_ms) <= 0)
		http_drive(session, NULL);
	for (int i = 0; i < count; i++)
	{
		sockets[i].readable = (polled[i].revents & (POLLIN | POLLERR | POLLHUP)) != 0;
		sockets[i].writable = (polled[i].revents & POLLOUT) != 0;
		if (sockets[i].readable || sockets[i].writable)
			http_drive(session, &sockets[i]);
	}
}

/* Has the request come?  A new connection takes the place of the old one. */
static bool
is_asked(void)
{
	char		request[4096];
	int			accepted = accept4(listener, NULL, NULL, SOCK_NONBLOCK);

	if (accepted >= 0)
	{
		drop_peer();
		peer = accepted;
	}
	return peer >= 0 && read(peer, request, sizeof(request)) > 0;
}

/*
 * A connection that goes on after the reply is used again; one that does not
 * know the end of the reply finds it where we close.  libcurl may ask again on
 * another connection when one that it used again is found closed.
 */
static void
exchange_bytes(HttpExchange *exchange, const char *bytes, size_t length)
{
	bool		asked = false;
	size_t		sent = 0;
	int			tries = 0;

	while (!http_reply(exchange))
	{
		ssize_t		written;

		if (is_asked())
		{
			asked = true;
			sent = 0;
		}
		if (asked && peer >= 0)
		{
			written = sent < length ? send(peer, bytes + sent, length - sent, MSG_NOSIGNAL) : 0;
			if (written > 0)
				sent += written;
			else if (written == 0 || errno != EAGAIN)
				drop_peer();
		}
		drive(asked && peer >= 0 ? 0 : 1);
		FUZZ_REQUIRE(++tries < 20000, "libcurl does not finish");
	}
}

static void
drop_exchange(void *exchange)
{
	http_drop(exchange);
}

/* A text that a message shows: of what Jira said no more than a few quotes. */
static void
check_message(const char *text)
{
	if (text)
		FUZZ_REQUIRE(fuzz_is_message(text, 6 * MAX_QUOTED), text);
}

static void
check_problem(const Problem *problem)
{
	if (problem == NULL)
		return;
	FUZZ_REQUIRE(problem->message && problem->message[0], "no message");
	FUZZ_REQUIRE(ERRCODE_TO_CATEGORY(problem->sqlstate) != ERRCODE_INTERNAL_ERROR &&
				 problem->sqlstate != 0, problem->message);
	check_message(problem->message);
	check_message(problem->detail);
	check_message(problem->hint);
}

static void
check_delay(HttpExchange *exchange)
{
	int64		asked = retry_asked(exchange);

	FUZZ_REQUIRE(asked >= -1 && asked <= MAX_DELAY_MS, http_header(exchange, "Retry-After"));
	for (int retries = 0; retries < 70; retries += 7)
	{
		Request		request = {.writes = retries % 2};
		int64		delay = retry_delay(exchange, &request, retries);

		FUZZ_REQUIRE(delay >= -1 && delay <= jira_max_wait, "the delay is too long");
		FUZZ_REQUIRE(delay < 0 || retries < jira_max_retries, "too many retries");
	}
}

/* Nothing of a secret is left, however it is escaped. */
static void
check_redacted(const HttpReply *reply, const char *secret)
{
	char	   *copy = memcpy(palloc(reply->length + 1), reply->body, reply->length + 1);
	char	   *decoded;

	(void) redact_text(copy, reply->length);
	FUZZ_REQUIRE(memmem(copy, reply->length, secret, strlen(secret)) == NULL, secret);
	decoded = fuzz_percent_decoded(copy, reply->length);
	FUZZ_REQUIRE(strstr(decoded, secret) == NULL, secret);
}

static void
run(FuzzInput *input)
{
	static const char *const headers[] = {"Accept: application/json", NULL};
	HttpRequest http = {.method = "GET", .url = url, .headers = headers};
	Request    *request = request_make("jira_lookup_issue", "GET");
	Connection	connection = {
		.alias = "work",
		.site_url = url,
		.base_url = url,
		.auth = "basic",
		.username = "demo@example.com",
		.deployment = fuzz_choice(input, 2) ? SERVER : CLOUD
	};
	HttpExchange *exchange;
	HttpReply  *reply;

	request->classic_scopes = fuzz_choice(input, 2) ? "read:jira-work write:jira-work" : NULL;
	request->subject = "OPS-1";
	http.limits.connect_timeout = 10000;
	http.limits.timeout = 10000;
	http.limits.body = MAX_BODY;
	http.limits.refusal = MAX_BODY;
	http.limits.header_bytes = BUDGET_HEADER_BYTES;
	http.limits.headers = BUDGET_HEADERS;

	exchange = jira_own(CurrentMemoryContext, http_start(session, &http), drop_exchange);
	exchange_bytes(exchange, input->next, input->end - input->next);
	reply = http_reply(exchange);
	FUZZ_REQUIRE(reply->length <= MAX_BODY, "the body is too large");
	check_delay(exchange);
	if (reply->outcome != HTTP_ANSWERED)
		return;
	FUZZ_REQUIRE(reply->body[reply->length] == '\0', "the body has no end");
	(void) reply_caller(exchange);
	check_problem(reply_problem(request, &connection, exchange, budget_document(MAX_BODY, reply->length)));
	redact_secret(CurrentMemoryContext, "secret-of-mine");
	check_redacted(reply, "secret-of-mine");
}

const FuzzTarget reply_target = {"reply", prepare, run};
