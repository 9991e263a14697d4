/*
 * exchange_private.h
 *	  What session.c and exchange.c know of each other.
 */
#ifndef JIRA_HTTP_EXCHANGE_PRIVATE_H
#define JIRA_HTTP_EXCHANGE_PRIVATE_H

#include <curl/curl.h>

#include "http/session.h"

struct HttpSession
{
	CURLM	   *multi;
	HttpSessionOptions options; /* with texts of its own */
	int			nsockets;
	HttpSocket	sockets[HTTP_MAX_SOCKETS];
	long long	deadline;		/* of libcurl's timer, monotonic ms; -1: none */
	const char *refused;		/* the option that libcurl refused, or NULL */
	const char *why;			/* in libcurl's words */
};

struct HttpExchange
{
	HttpSession *session;
	CURL	   *easy;
	struct curl_slist *headers;
	curl_mime  *form;			/* of an upload, or NULL */
	bool		ready;			/* connected: the request goes out now */
	bool		finished;
	bool		overflow;		/* a limit stopped the transfer */
	bool		forbidden;		/* the address was refused */
	const char *body;			/* of the request */
	size_t		length;
	size_t		offset;			/* how much of it libcurl has taken */
	size_t		max_body;
	size_t		capacity;		/* of reply.body */
	size_t		header_bytes;
	HttpReply	reply;
	char		problem[CURL_ERROR_SIZE];
};

/* Called when libcurl is through with the exchange. */
extern void http_finish(HttpExchange *exchange, CURLcode code);

#endif							/* JIRA_HTTP_EXCHANGE_PRIVATE_H */
