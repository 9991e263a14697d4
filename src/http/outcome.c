/*
 * outcome.c
 *	  What an exchange came to.
 */
#include "http/certificate.h"
#include "http/exchange_private.h"

#include <string.h>


/* What libcurl's codes come to; the functions below know more about some. */
static const struct
{
	CURLcode	code;
	HttpOutcome outcome;
}			outcomes[] = {
	{CURLE_OK, HTTP_ANSWERED},
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
	{CURLE_BAD_CONTENT_ENCODING, HTTP_MALFORMED},
	{CURLE_HTTP2, HTTP_MALFORMED},
	{CURLE_HTTP2_STREAM, HTTP_MALFORMED},
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

static HttpOutcome
direct_outcome(HttpExchange *exchange, CURLcode code)
{
	switch (code)
	{
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
			return tls_outcome(exchange->problem, table_outcome(code));
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

HttpOutcome
http_outcome(HttpExchange *exchange, CURLcode code)
{
	const char *proxy = exchange->session->options.proxy;
	HttpOutcome outcome = direct_outcome(exchange, code);

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
