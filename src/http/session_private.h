/*
 * session_private.h
 *	  What an exchange sees of its session.
 */
#ifndef JIRA_HTTP_SESSION_PRIVATE_H
#define JIRA_HTTP_SESSION_PRIVATE_H

#include <curl/curl.h>

#include "http/session.h"

struct HttpSession
{
	CURLM	   *multi;
	HttpSessionOptions options; /* with texts of its own */
	int			nsockets;
	HttpSocket	sockets[HTTP_MAX_SOCKETS];
	long long	deadline;		/* of libcurl's timer, monotonic ms; -1: none */
	bool		is_plain;		/* content encodings are neither asked for nor
								 * undone */
	bool		is_http1;		/* the site does not speak HTTP/2 */
	const char *refused;		/* the option that libcurl refused, or NULL */
	const char *why;			/* in libcurl's words */

	/* Called when libcurl is through with an exchange: its CURLOPT_PRIVATE. */
	void		(*finish) (void *exchange, CURLcode code);
};

#endif							/* JIRA_HTTP_SESSION_PRIVATE_H */
