/*
 * request_log.h
 *	  Slow requests in the server's log.
 */
#ifndef JIRA_CLIENT_REQUEST_LOG_H
#define JIRA_CLIENT_REQUEST_LOG_H

#include "client/request.h"

/* What a request has cost, with its retries and the waits before them. */
typedef struct RequestCost
{
	double		milliseconds;
	int64		bytes;			/* received, as they travelled */
	int			retries;
} RequestCost;

/*
 * Logs the request if it took jira_spoke.log_min_duration or longer.  "path" is
 * the one of its URL, without query and without secrets.
 */
extern void request_log(const Request *request, const char *alias, const char *path,
						const HttpReply *reply, const RequestCost *cost);

#endif							/* JIRA_CLIENT_REQUEST_LOG_H */
