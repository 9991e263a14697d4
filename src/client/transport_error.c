/*
 * transport_error.c
 *	  From why there is no reply to the problem that SQL sees.
 */
#include "postgres.h"

#include "client/transport_error.h"
#include "utils/foreign_text.h"

#define NOT_REACHED ERRCODE_SQLCLIENT_UNABLE_TO_ESTABLISH_SQLCONNECTION
#define UNTRUSTED "could not establish trust in Jira's TLS certificate: "

/* Whether the same request may get a reply later. */
typedef enum Passing
{
	LASTS,
	UNSENT,						/* there was no connection to send it on */
	BROKEN						/* the connection broke off with it */
} Passing;

/* What a failure means in SQL; libcurl's words become the detail. */
/* clang-format off */
static const struct
{
	HttpOutcome outcome;
	Passing		passing;
	int			sqlstate;
	const char *message;
	const char *hint;
}			failures[] = {
	{HTTP_NOT_SET_UP, LASTS, ERRCODE_FEATURE_NOT_SUPPORTED,
	 "could not set up libcurl for the request",
	 "Check the version and the features of libcurl on the database server, and the options of this connection."},
	{HTTP_HELD_BACK, LASTS, ERRCODE_CONFIGURATION_LIMIT_EXCEEDED,
	 "Jira wants to be asked less often",
	 "Ask less often, or raise jira_spoke.max_wait."},
	{HTTP_UNRESOLVED, UNSENT, NOT_REACHED,
	 "could not reach Jira: the name of its host cannot be resolved",
	 "Check the host in the URL of this connection, and the name servers of the database server."},
	{HTTP_UNREACHABLE, UNSENT, NOT_REACHED,
	 "could not reach Jira",
	 "Check the URL of this connection, its port too, and the network of the database server; where that needs a proxy, set the option proxy of the connection."},
	{HTTP_PROXY_UNRESOLVED, UNSENT, NOT_REACHED,
	 "could not reach the proxy: the name of its host cannot be resolved",
	 "Check the host in the option proxy of this connection, and the name servers of the database server."},
	{HTTP_PROXY_UNREACHABLE, UNSENT, NOT_REACHED,
	 "could not reach the proxy",
	 "Check the host and the port in the option proxy of this connection, and the network of the database server."},
	{HTTP_PROXY_TLS_FAILED, LASTS, NOT_REACHED,
	 "could not establish trust in the proxy's TLS certificate",
	 "Check the option proxy of this connection: one that begins with http:// is for a proxy without TLS. Its authority must be one that the database server or the option ca_file trusts."},
	{HTTP_PROXY_REFUSED, LASTS, NOT_REACHED,
	 "the proxy did not let the request through to Jira",
	 "The proxy must allow the database server to connect to the host and port of Jira without a user name and a password."},
	{HTTP_FORBIDDEN, LASTS, NOT_REACHED,
	 "plain http is allowed to loopback addresses only",
	 "Use a URL that begins with https://."},
	{HTTP_NOT_TLS, LASTS, NOT_REACHED,
	 "could not agree with Jira on TLS: what answers does not speak it",
	 "Check the port in the URL of this connection."},
	{HTTP_TLS_FAILED, LASTS, NOT_REACHED,
	 "could not agree with Jira on TLS",
	 "Check the port in the URL of this connection, and the TLS versions that Jira accepts; if it demands a client certificate, set the options client_certificate and client_key of the connection."},
	{HTTP_WRONG_NAME, LASTS, NOT_REACHED,
	 UNTRUSTED "it is for another host",
	 "The host in the URL of this connection must be one that the certificate names."},
	{HTTP_NOT_VALID_NOW, LASTS, NOT_REACHED,
	 UNTRUSTED "it has expired or is not valid yet",
	 "Jira needs a new certificate, unless the clock of the database server is wrong."},
	{HTTP_UNTRUSTED, LASTS, NOT_REACHED,
	 UNTRUSTED "its authority is unknown",
	 "Set the option ca_file of the connection to the file of its authority's certificates, or add them to the certificates that the database server trusts."},
	{HTTP_CLIENT_REFUSED, LASTS, NOT_REACHED,
	 "Jira demands a client certificate, or does not accept the one it got",
	 "Set the options client_certificate and client_key of the connection to a certificate that Jira trusts, and its key."},
	{HTTP_BAD_CA_FILE, LASTS, NOT_REACHED,
	 "could not read the certificates to trust",
	 "Check the file that the option ca_file of the connection names, or the certificates that the database server trusts."},
	{HTTP_BAD_CLIENT_FILES, LASTS, NOT_REACHED,
	 "could not use the client certificate",
	 "Check the files that the options client_certificate and client_key of the connection name."},
	{HTTP_CONNECT_TIMEOUT, LASTS, NOT_REACHED,
	 "could not reach Jira in time",
	 "Check the network, or raise jira_spoke.connect_timeout or the option connect_timeout of the connection."},
	{HTTP_TIMEOUT, LASTS, ERRCODE_QUERY_CANCELED,
	 "Jira did not answer in time",
	 "Ask for less at a time, or raise jira_spoke.timeout or the option timeout of the connection."},
	{HTTP_TOO_LARGE, LASTS, ERRCODE_PROGRAM_LIMIT_EXCEEDED,
	 "the reply of Jira is too large",
	 "Ask for less at a time, or raise jira_spoke.max_response_size or the option max_response_size of the connection; jira_spoke.max_response_size_limit is the most that they may allow."},
	{HTTP_CROWDED_OUT, LASTS, ERRCODE_PROGRAM_LIMIT_EXCEEDED,
	 "the replies of Jira together are too large",
	 "Ask for less at a time, or raise jira_spoke.max_response_size or the option max_response_size of the connection; jira_spoke.max_response_size_limit is the most that they may allow."},
	{HTTP_CUT, BROKEN, ERRCODE_CONNECTION_FAILURE,
	 "the connection to Jira broke off", NULL},
	{HTTP_ODD_ENCODING, LASTS, ERRCODE_PROTOCOL_VIOLATION,
	 "the reply of Jira has a header Content-Encoding that says nothing of an encoding",
	 "Mend the server or proxy that adds the header. Further requests of this session do without encodings."},
	{HTTP_MALFORMED, LASTS, ERRCODE_PROTOCOL_VIOLATION,
	 "what answered does not speak HTTP as Jira does", "Check the URL of this connection."},
};
/* clang-format on */

static int
failure_of(const HttpReply *reply)
{
	int			i = 0;

	while (i < lengthof(failures) - 1 && failures[i].outcome != reply->outcome)
		i++;
	return i;
}

Problem *
transport_error(const Request *request, const HttpReply *reply)
{
	int			failure = failure_of(reply);
	const char *hint = failures[failure].hint;

	if (request->fetches_file && reply->outcome == HTTP_TOO_LARGE)
		hint = "A value of type bytea holds 1 GB at most.";
	return problem_make(failures[failure].sqlstate,
						psprintf("%s failed: %s", request_name(request), failures[failure].message),
						foreign_text(reply->problem, strlen(reply->problem), MAX_QUOTED),
						hint);
}

bool
transport_error_may_pass(HttpExchange *exchange, bool writes)
{
	const HttpReply *reply = http_reply(exchange);

	if (reply->outcome == HTTP_ANSWERED)
		return false;
	switch (failures[failure_of(reply)].passing)
	{
		case UNSENT:
			return !http_sent(exchange);
		case BROKEN:
			return !writes;
		default:
			return false;
	}
}
