/*
 * retry.h
 *	  When to repeat a request.
 */
#ifndef JIRA_CLIENT_RETRY_H
#define JIRA_CLIENT_RETRY_H

#include "client/request.h"

#define HTTP_TOO_MANY_REQUESTS 429

/*
 * Milliseconds to wait before a request is sent again that has been repeated
 * "retries" times; -1: it must not be, or there is no sense in it.
 */
extern int64 retry_delay(HttpExchange *exchange, const Request *request, int retries);

/*
 * The same for any other request that would meet with the same refusal: -1 if
 * Jira asks for more than jira_spoke.max_wait.
 */
extern int64 retry_pause(HttpExchange *exchange, int retries);

/*
 * Milliseconds that a reply asks to wait, with Retry-After or with the end of the
 * rate limit that was reached; -1: it does not.
 */
extern int64 retry_asked(HttpExchange *exchange);

#endif							/* JIRA_CLIENT_RETRY_H */
