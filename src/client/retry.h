/*
 * retry.h
 *	  When to repeat a request.
 */
#ifndef JIRA_CLIENT_RETRY_H
#define JIRA_CLIENT_RETRY_H

#include "http/exchange.h"

/*
 * Milliseconds to wait before a request is sent again that has been repeated
 * "retries" times; -1: it must not be, or there is no sense in it.
 */
extern int64 retry_delay(HttpExchange *exchange, bool writes, int retries);

/* What Retry-After asks for in milliseconds, -1 if it is not there. */
extern int64 retry_after(HttpExchange *exchange);

#endif							/* JIRA_CLIENT_RETRY_H */
