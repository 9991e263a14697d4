/*
 * exchange.c
 *	  One request, its reply, and how it ended.
 *
 * libcurl calls back for request bodies, reply bodies, headers and sockets.
 * Every callback returns to libcurl; none may unwind the stack.
 */
#include "http/certificate.h"
#include "http/exchange.h"
#include "http/session_private.h"
#include "http/url.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

struct HttpShare
{
	size_t		most;
	size_t		held;
	int			users;			/* its exchanges, and who opened it */
};

struct HttpExchange
{
	HttpSession *session;
	HttpShare  *share;			/* or NULL */
	CURL	   *easy;
	struct curl_slist *headers;
	curl_mime  *form;			/* of an upload, or NULL */
	bool		ready;			/* connected: the request goes out now */
	bool		finished;
	bool		overflow;		/* a limit stopped the transfer */
	bool		crowded;		/* the limit of the share did */
	bool		forbidden;		/* the address was refused */
	const char *body;			/* of the request */
	size_t		length;
	size_t		offset;			/* how much of it libcurl has taken */
	HttpLimits	limits;
	size_t		capacity;		/* of reply.body */
	size_t		header_bytes;
	int			header_count;
	HttpReply	reply;
	char		problem[CURL_ERROR_SIZE];
	bool		is_looked_at;
};

/*
 * Idle connections older than this (seconds) are not used again: Jira and the
 * proxies before it close theirs after about a minute, and a request on a
 * connection that is just being closed fails.
 */
#define MAX_IDLE_SECONDS 30L

/*
 * The address that a name resolved to is judged here, where it is used, so
 * that no second resolution can differ.  Children of the server (COPY TO
 * PROGRAM) must not inherit the socket.
 */
static curl_socket_t
open_socket(void *user, curlsocktype purpose, struct curl_sockaddr *address)
{
	HttpExchange *exchange = user;

	if (exchange->session->options.loopback_only && !url_is_loopback(&address->addr))
	{
		exchange->forbidden = true;
		return CURL_SOCKET_BAD;
	}
	return socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

static int
note_ready(void *user, char *remote, char *local, int remote_port, int local_port)
{
	((HttpExchange *) user)->ready = true;
	return CURL_PREREQFUNC_OK;
}

static size_t
give_body(char *buffer, size_t size, size_t count, void *user)
{
	HttpExchange *exchange = user;
	size_t		room = size * count;
	size_t		rest = exchange->length - exchange->offset;
	size_t		take = rest < room ? rest : room;

	memcpy(buffer, exchange->body + exchange->offset, take);
	exchange->offset += take;
	return take;
}

/*
 * libcurl would send a body again by itself when a kept-alive connection
 * closes without an answer; but Jira may have acted on the first.
 */
static int
refuse_rewind(void *user, curl_off_t offset, int origin)
{
	return CURL_SEEKFUNC_FAIL;
}

static size_t
take_header(char *line, size_t size, size_t count, void *user)
{
	HttpExchange *exchange = user;

	exchange->header_bytes += size * count;
	exchange->header_count++;
	exchange->overflow = exchange->header_bytes > exchange->limits.header_bytes ||
		exchange->header_count > exchange->limits.headers;
	return exchange->overflow ? 0 : size * count;
}

/* The bytes that the body may have. */
static size_t
max_body(HttpExchange *exchange)
{
	long		status = 0;

	curl_easy_getinfo(exchange->easy, CURLINFO_RESPONSE_CODE, &status);
	return status >= 200 && status < 300 ? exchange->limits.body : exchange->limits.refusal;
}

/* Takes bytes from the share of the exchange; false if it has not so many. */
static bool
take_share(HttpExchange *exchange, size_t length)
{
	HttpShare  *share = exchange->share;

	if (share == NULL)
		return true;
	exchange->crowded = length > share->most - share->held;
	if (exchange->crowded)
		return false;
	share->held += length;
	return true;
}

/* Room to begin with: what the reply says that it needs, if that is allowed. */
static size_t
first_capacity(HttpExchange *exchange)
{
	curl_off_t	announced = -1;

	curl_easy_getinfo(exchange->easy, CURLINFO_CONTENT_LENGTH_DOWNLOAD_T, &announced);
	if (announced < 16 * 1024 || announced > (curl_off_t) max_body(exchange))
		return 16 * 1024;
	return (size_t) announced + 1;
}

static bool
reserve(HttpExchange *exchange, size_t needed)
{
	size_t		capacity = exchange->capacity ? exchange->capacity : first_capacity(exchange);
	char	   *grown;

	while (capacity < needed)
		capacity *= 2;
	if (capacity == exchange->capacity)
		return true;
	grown = realloc(exchange->reply.body, capacity);
	if (grown == NULL)
		return false;
	exchange->reply.body = grown;
	exchange->capacity = capacity;
	return true;
}

static size_t
take_body(char *bytes, size_t size, size_t count, void *user)
{
	HttpExchange *exchange = user;
	HttpReply  *reply = &exchange->reply;
	size_t		length = size * count;

	/*
	 * The bytes are counted here, decompressed: a small reply may hide a
	 * large one.
	 */
	exchange->overflow = reply->length + length > max_body(exchange) ||
		!reserve(exchange, reply->length + length + 1) || !take_share(exchange, length);
	if (exchange->overflow)
		return 0;
	memcpy(reply->body + reply->length, bytes, length);
	reply->length += length;
	reply->body[reply->length] = '\0';
	return length;
}

void
http_give_up(HttpExchange *exchange, HttpOutcome outcome, const char *why)
{
	snprintf(exchange->problem, sizeof(exchange->problem), "%s", why);
	exchange->reply.outcome = outcome;
	exchange->reply.problem = exchange->problem;
	exchange->finished = true;
}

/* The exchange is finished before it has begun; "what" is an option or a function. */
static void
refuse(HttpExchange *exchange, const char *what, const char *why)
{
	char		problem[CURL_ERROR_SIZE];

	snprintf(problem, sizeof(problem), "libcurl refused %s: %s", what, why);
	http_give_up(exchange, HTTP_NOT_SET_UP, problem);
}

/* Without memory the exchange is not finished: http_start() returns none. */
static bool
accept_code(HttpExchange *exchange, CURLcode code, const char *what)
{
	if (code != CURLE_OK && code != CURLE_OUT_OF_MEMORY)
		refuse(exchange, what, curl_easy_strerror(code));
	return code == CURLE_OK;
}

/* Sets an option, or returns false from the function that it is used in. */
#define CHECK_SETOPT(exchange, option, value) \
	do { \
		if (!accept_code(exchange, curl_easy_setopt((exchange)->easy, option, value), #option)) \
			return false; \
	} while (0)

/* The same for a part of a form. */
#define CHECK_MIME(exchange, function, ...) \
	do { \
		if (!accept_code(exchange, function(__VA_ARGS__), #function)) \
			return false; \
	} while (0)

/* Nothing but the connection's own settings decides where a request goes. */
static bool
set_safety(HttpExchange *exchange)
{
	CHECK_SETOPT(exchange, CURLOPT_NOSIGNAL, 1L);

	/* Or breaking off would wait for the thread that resolves the name. */
	CHECK_SETOPT(exchange, CURLOPT_QUICK_EXIT, 1L);
	CHECK_SETOPT(exchange, CURLOPT_FOLLOWLOCATION, 0L);
	CHECK_SETOPT(exchange, CURLOPT_NETRC, (long) CURL_NETRC_IGNORED);
	CHECK_SETOPT(exchange, CURLOPT_SSL_VERIFYPEER, 1L);
	CHECK_SETOPT(exchange, CURLOPT_SSL_VERIFYHOST, 2L);
	CHECK_SETOPT(exchange, CURLOPT_MAXAGE_CONN, MAX_IDLE_SECONDS);
	CHECK_SETOPT(exchange, CURLOPT_OPENSOCKETFUNCTION, open_socket);
	CHECK_SETOPT(exchange, CURLOPT_OPENSOCKETDATA, exchange);
	CHECK_SETOPT(exchange, CURLOPT_PREREQFUNCTION, note_ready);
	CHECK_SETOPT(exchange, CURLOPT_PREREQDATA, exchange);
	CHECK_SETOPT(exchange, CURLOPT_PROTOCOLS_STR, "http,https");
	return true;
}

/*
 * A proxy only makes the way free: what is sent on it is for Jira alone, so a
 * client certificate and the headers of the request never are for the proxy.
 */
static bool
set_proxy(HttpExchange *exchange)
{
	const char *proxy = exchange->session->options.proxy;

	CHECK_SETOPT(exchange, CURLOPT_PROXY, proxy ? proxy : "");
	CHECK_SETOPT(exchange, CURLOPT_NOPROXY, "");
	CHECK_SETOPT(exchange, CURLOPT_HTTPPROXYTUNNEL, 1L);
	CHECK_SETOPT(exchange, CURLOPT_HEADEROPT, (long) CURLHEADER_SEPARATE);
	CHECK_SETOPT(exchange, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
	CHECK_SETOPT(exchange, CURLOPT_PROXY_SSL_VERIFYPEER, 1L);
	CHECK_SETOPT(exchange, CURLOPT_PROXY_SSL_VERIFYHOST, 2L);
	return true;
}

static bool
set_certificates(HttpExchange *exchange)
{
	const HttpSessionOptions *options = &exchange->session->options;

	if (options->ca_file)
	{
		CHECK_SETOPT(exchange, CURLOPT_CAINFO, options->ca_file);
		CHECK_SETOPT(exchange, CURLOPT_CAPATH, NULL);
		CHECK_SETOPT(exchange, CURLOPT_PROXY_CAINFO, options->ca_file);
		CHECK_SETOPT(exchange, CURLOPT_PROXY_CAPATH, NULL);
	}
	if (options->client_certificate)
	{
		CHECK_SETOPT(exchange, CURLOPT_SSLCERT, options->client_certificate);
		CHECK_SETOPT(exchange, CURLOPT_SSLKEY, options->client_key);

		/* Without a passphrase of ours, OpenSSL would ask at the terminal. */
		CHECK_SETOPT(exchange, CURLOPT_KEYPASSWD, "");
	}
	return true;
}

static bool
set_body(HttpExchange *exchange, const HttpRequest *request)
{
	exchange->body = request->body;
	exchange->length = request->body ? request->length : 0;
	CHECK_SETOPT(exchange, CURLOPT_POST, 1L);
	CHECK_SETOPT(exchange, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t) exchange->length);
	CHECK_SETOPT(exchange, CURLOPT_READFUNCTION, give_body);
	CHECK_SETOPT(exchange, CURLOPT_READDATA, exchange);
	CHECK_SETOPT(exchange, CURLOPT_SEEKFUNCTION, refuse_rewind);

	/* No body, no rewind to refuse: only a new connection is never retried. */
	if (exchange->length == 0)
		CHECK_SETOPT(exchange, CURLOPT_FRESH_CONNECT, 1L);
	return true;
}

/* The file is read from where it is, never copied. */
static bool
set_form(HttpExchange *exchange, const HttpFile *file)
{
	curl_mimepart *part;

	exchange->body = file->bytes;
	exchange->length = file->length;
	exchange->form = curl_mime_init(exchange->easy);
	part = exchange->form ? curl_mime_addpart(exchange->form) : NULL;
	if (part == NULL)
		return false;
	CHECK_MIME(exchange, curl_mime_name, part, "file");
	CHECK_MIME(exchange, curl_mime_filename, part, file->name);
	CHECK_MIME(exchange, curl_mime_type, part, file->content_type);
	CHECK_MIME(exchange, curl_mime_data_cb, part, (curl_off_t) file->length,
			   give_body, refuse_rewind, NULL, exchange);
	CHECK_SETOPT(exchange, CURLOPT_MIMEPOST, exchange->form);
	return true;
}

/*
 * With HTTP/2 one connection carries all exchanges of a session: the others wait
 * for the handshake of the first, which tells whether the site speaks it.  In
 * plain text that would be known after the first reply only.  Some versions of
 * libcurl, 8.14 for one, wait for that reply if the site does not speak it, so
 * that nothing is to wait once this is known.
 */
static bool
set_sharing(HttpExchange *exchange, const char *url)
{
	bool		is_tls = strncmp(url, "https:", strlen("https:")) == 0;

	CHECK_SETOPT(exchange, CURLOPT_PIPEWAIT, is_tls && !exchange->session->is_http1 ? 1L : 0L);
	return true;
}

static bool
set_headers(HttpExchange *exchange, const char *const *headers)
{
	for (; *headers; headers++)
	{
		struct curl_slist *list = curl_slist_append(exchange->headers, *headers);

		if (list == NULL)
			return false;
		exchange->headers = list;
	}
	CHECK_SETOPT(exchange, CURLOPT_HTTPHEADER, exchange->headers);
	return true;
}

static bool
set_request(HttpExchange *exchange, const HttpRequest *request)
{
	if (!set_headers(exchange, request->headers) || !set_safety(exchange) ||
		!set_proxy(exchange) || !set_certificates(exchange) || !set_sharing(exchange, request->url))
		return false;
	CHECK_SETOPT(exchange, CURLOPT_URL, request->url);
	if (request->file)
	{
		if (!set_form(exchange, request->file))
			return false;
	}
	else if (strcmp(request->method, "GET") != 0 && !set_body(exchange, request))
		return false;
	CHECK_SETOPT(exchange, CURLOPT_CUSTOMREQUEST, request->method);
	CHECK_SETOPT(exchange, CURLOPT_ACCEPT_ENCODING,
				 exchange->session->is_plain ? NULL : request->as_stored ? "identity" : "");
	CHECK_SETOPT(exchange, CURLOPT_CONNECTTIMEOUT_MS, request->limits.connect_timeout);
	CHECK_SETOPT(exchange, CURLOPT_TIMEOUT_MS, request->limits.timeout);
	exchange->limits = request->limits;
	CHECK_SETOPT(exchange, CURLOPT_WRITEFUNCTION, take_body);
	CHECK_SETOPT(exchange, CURLOPT_WRITEDATA, exchange);
	CHECK_SETOPT(exchange, CURLOPT_HEADERFUNCTION, take_header);
	CHECK_SETOPT(exchange, CURLOPT_HEADERDATA, exchange);
	CHECK_SETOPT(exchange, CURLOPT_ERRORBUFFER, exchange->problem);
	CHECK_SETOPT(exchange, CURLOPT_PRIVATE, exchange);
	return true;
}

/* What a proxy was sent counts as bytes, too. */
bool
http_is_first_look(HttpExchange *exchange)
{
	bool		is_first = !exchange->is_looked_at;

	exchange->is_looked_at = true;
	return is_first;
}

HttpSession *
http_session(HttpExchange *exchange)
{
	return exchange->session;
}

bool
http_sent(HttpExchange *exchange)
{
	long		bytes = 0;

	curl_easy_getinfo(exchange->easy, CURLINFO_REQUEST_SIZE, &bytes);
	return exchange->ready && bytes > 0;
}

/* What libcurl's codes come to; the functions below know more about some. */
static const struct
{
	CURLcode	code;
	HttpOutcome outcome;
}			outcomes[] = {
	{CURLE_OK, HTTP_ANSWERED},
	{CURLE_NOT_BUILT_IN, HTTP_NOT_SET_UP},
	{CURLE_COULDNT_RESOLVE_HOST, HTTP_UNRESOLVED},
	{CURLE_COULDNT_RESOLVE_PROXY, HTTP_PROXY_UNRESOLVED},
	{CURLE_COULDNT_CONNECT, HTTP_UNREACHABLE},
	{CURLE_PROXY, HTTP_PROXY_REFUSED},
	{CURLE_SSL_CONNECT_ERROR, HTTP_TLS_FAILED},
	{CURLE_SSL_CIPHER, HTTP_TLS_FAILED},
	{CURLE_SSL_ISSUER_ERROR, HTTP_UNTRUSTED},
	{CURLE_SSL_CLIENTCERT, HTTP_CLIENT_REFUSED},
	{CURLE_SSL_CERTPROBLEM, HTTP_BAD_CLIENT_FILES},
	{CURLE_SSL_CACERT_BADFILE, HTTP_BAD_CA_FILE},
	{CURLE_UNSUPPORTED_PROTOCOL, HTTP_MALFORMED},
	{CURLE_WEIRD_SERVER_REPLY, HTTP_MALFORMED},
};

static HttpOutcome
table_outcome(CURLcode code)
{
	for (size_t i = 0; i < sizeof(outcomes) / sizeof(outcomes[0]); i++)
		if (outcomes[i].code == code)
			return outcomes[i].outcome;
	return HTTP_CUT;
}

/* libcurl says the same when the server finds that ours has expired. */
static HttpOutcome
verification_outcome(HttpExchange *exchange)
{
	long		result = 0;

	if (strcmp(exchange->problem, "SSL certificate verification failed") == 0)
		return HTTP_CLIENT_REFUSED;
	curl_easy_getinfo(exchange->easy, CURLINFO_SSL_VERIFYRESULT, &result);
	return certificate_verdict(result);
}

/* "UTF-8" is no content encoding, for example; else the body is not what its encoding says. */
static HttpOutcome
encoding_outcome(HttpExchange *exchange)
{
	static const char *const encodings[] = {"gzip", "x-gzip", "deflate", "br", "zstd", "compress"};
	const char *encoding = http_header(exchange, "Content-Encoding");

	if (encoding == NULL || exchange->session->is_plain)
		return HTTP_MALFORMED;	/* libcurl means the transfer encoding */
	for (size_t i = 0; i < sizeof(encodings) / sizeof(encodings[0]); i++)
		if (strcasestr(encoding, encodings[i]))
			return HTTP_MALFORMED;
	return HTTP_ODD_ENCODING;
}

static HttpOutcome
direct_outcome(HttpExchange *exchange, CURLcode code)
{
	switch (code)
	{
		case CURLE_BAD_CONTENT_ENCODING:
			return encoding_outcome(exchange);
		case CURLE_OPERATION_TIMEDOUT:
			return http_sent(exchange) ? HTTP_TIMEOUT : HTTP_CONNECT_TIMEOUT;
		case CURLE_PEER_FAILED_VERIFICATION:
			return verification_outcome(exchange);
		case CURLE_BAD_FUNCTION_ARGUMENT:
			/* What libcurl 8.15 and later call a key that cannot be read. */
			return exchange->session->options.client_key ? HTTP_BAD_CLIENT_FILES : table_outcome(code);
		case CURLE_SSL_CONNECT_ERROR:
		case CURLE_SEND_ERROR:
		case CURLE_RECV_ERROR:
			/* A server may look at our certificate after the handshake only. */
			return certificate_tls_outcome(exchange->problem, table_outcome(code));
		default:
			return table_outcome(code);
	}
}

/* Before the proxy has made the way free, whatever fails is about the proxy. */
static HttpOutcome
proxy_outcome(HttpExchange *exchange, HttpOutcome outcome)
{
	long		status = 0;

	curl_easy_getinfo(exchange->easy, CURLINFO_HTTP_CONNECTCODE, &status);
	if (status >= 200 && status < 300)
		return outcome;
	if (status != 0)
		return HTTP_PROXY_REFUSED;
	switch (outcome)
	{
		case HTTP_UNREACHABLE:
			return HTTP_PROXY_UNREACHABLE;
		case HTTP_WRONG_NAME:
		case HTTP_NOT_VALID_NOW:
		case HTTP_UNTRUSTED:
		case HTTP_NOT_TLS:
		case HTTP_CLIENT_REFUSED:
		case HTTP_TLS_FAILED:
			return HTTP_PROXY_TLS_FAILED;
		case HTTP_CUT:
		case HTTP_MALFORMED:
			return HTTP_PROXY_REFUSED;
		default:
			return outcome;
	}
}

/* A SOCKS proxy has no status; its refusals have a code of libcurl's own. */
static bool
speaks_http(const char *proxy)
{
	return strncmp(proxy, "http", strlen("http")) == 0;
}

/* How the exchange ended, by libcurl's code and what else is known. */
static HttpOutcome
exchange_outcome(HttpExchange *exchange, CURLcode code)
{
	const char *proxy = exchange->session->options.proxy;
	HttpOutcome outcome = direct_outcome(exchange, code);

	if (exchange->crowded)
		return HTTP_CROWDED_OUT;
	if (exchange->overflow)
		return HTTP_TOO_LARGE;
	if (exchange->forbidden)
		return HTTP_FORBIDDEN;
	if (proxy == NULL || exchange->ready)
		return outcome;
	if (speaks_http(proxy))
		return proxy_outcome(exchange, outcome);
	return outcome == HTTP_UNREACHABLE ? HTTP_PROXY_UNREACHABLE : outcome;
}

static void
finish(void *finished, CURLcode code)
{
	HttpExchange *exchange = finished;
	HttpReply  *reply = &exchange->reply;
	CURL	   *easy = exchange->easy;
	long		status = 0;
	long		version = CURL_HTTP_VERSION_NONE;
	long		header_bytes = 0;
	curl_off_t	body_bytes = 0;

	curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
	curl_easy_getinfo(easy, CURLINFO_HTTP_VERSION, &version);
	curl_easy_getinfo(easy, CURLINFO_HEADER_SIZE, &header_bytes);
	curl_easy_getinfo(easy, CURLINFO_SIZE_DOWNLOAD_T, &body_bytes);
	reply->outcome = exchange_outcome(exchange, code);
	if (reply->outcome == HTTP_ODD_ENCODING)
		exchange->session->is_plain = true;
	if (version == CURL_HTTP_VERSION_1_0 || version == CURL_HTTP_VERSION_1_1)
		exchange->session->is_http1 = true;
	reply->problem = exchange->problem[0] ? exchange->problem : curl_easy_strerror(code);

	/* That we refuse to send again is not what went wrong. */
	if (code == CURLE_SEND_FAIL_REWIND)
		reply->problem = "Empty reply from server";
	reply->status = (int) status;
	reply->received = header_bytes + (long) body_bytes;
	if (reply->outcome == HTTP_ANSWERED && reply->body == NULL && !reserve(exchange, 1))
		reply->outcome = HTTP_TOO_LARGE;
	if (reply->body != NULL)
		reply->body[reply->length] = '\0';
	exchange->finished = true;
}

HttpExchange *
http_prepare(HttpSession *session, const HttpRequest *request)
{
	HttpExchange *exchange = calloc(1, sizeof(HttpExchange));

	if (exchange == NULL)
		return NULL;
	exchange->session = session;
	exchange->share = request->share;
	if (exchange->share)
		exchange->share->users++;
	exchange->easy = curl_easy_init();
	if (exchange->easy && session->refused)
		refuse(exchange, session->refused, session->why);
	else if (exchange->easy == NULL || (!set_request(exchange, request) && !exchange->finished))
	{
		http_drop(exchange);
		return NULL;
	}
	return exchange;
}

void
http_send(HttpExchange *exchange)
{
	HttpSession *session = exchange->session;
	CURLMcode	code;

	if (exchange->finished)
		return;
	session->finish = finish;
	code = curl_multi_add_handle(session->multi, exchange->easy);
	if (code != CURLM_OK)
		refuse(exchange, "curl_multi_add_handle", curl_multi_strerror(code));
}

HttpExchange *
http_start(HttpSession *session, const HttpRequest *request)
{
	HttpExchange *exchange = http_prepare(session, request);

	if (exchange)
		http_send(exchange);
	return exchange;
}

HttpShare *
http_share_open(size_t most)
{
	HttpShare  *share = calloc(1, sizeof(HttpShare));

	if (share)
	{
		share->most = most;
		share->users = 1;
	}
	return share;
}

void
http_share_close(HttpShare *share)
{
	if (--share->users == 0)
		free(share);
}

void
http_share_raise(HttpShare *share, size_t most)
{
	if (share->most < most)
		share->most = most;
}

size_t
http_share_held(const HttpShare *share)
{
	return share->held;
}

void
http_drop(HttpExchange *exchange)
{
	if (exchange->easy)
	{
		/* Harmless when the exchange never joined the session or has left it. */
		curl_multi_remove_handle(exchange->session->multi, exchange->easy);
		curl_easy_cleanup(exchange->easy);
	}
	curl_mime_free(exchange->form);
	curl_slist_free_all(exchange->headers);
	free(exchange->reply.body);
	if (exchange->share)
	{
		exchange->share->held -= exchange->reply.length;
		http_share_close(exchange->share);
	}
	free(exchange);
}

HttpReply *
http_reply(HttpExchange *exchange)
{
	return exchange->finished ? &exchange->reply : NULL;
}

double
http_milliseconds(HttpExchange *exchange)
{
	curl_off_t	microseconds = 0;

	curl_easy_getinfo(exchange->easy, CURLINFO_TOTAL_TIME_T, &microseconds);
	return microseconds / 1000.0;
}

const char *
http_header(HttpExchange *exchange, const char *name)
{
	struct curl_header *header;

	if (curl_easy_header(exchange->easy, name, 0, CURLH_HEADER, -1, &header) != CURLHE_OK)
		return NULL;

	/* Index 0 is the first of several; the last one is what a server meant. */
	if (header->amount > 1)
		curl_easy_header(exchange->easy, name, header->amount - 1, CURLH_HEADER, -1, &header);
	return header->value;
}

void
http_each_header(HttpExchange *exchange,
				 void (*visit) (const char *name, const char *value, void *state),
				 void *state)
{
	struct curl_header *header = NULL;

	while ((header = curl_easy_nextheader(exchange->easy, CURLH_HEADER, -1, header)) != NULL)
		visit(header->name, header->value, state);
}
