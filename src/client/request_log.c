/*
 * request_log.c
 *	  Slow requests in the server's log.
 */
#include "postgres.h"

#include "client/request_log.h"
#include "utils/foreign_text.h"
#include "utils/quoted.h"
#include "utils/settings.h"

/* Neither the statement nor its context: they are the user's, and may hold anything. */
void
request_log(const Request *request, const char *alias, const char *path,
			const HttpReply *reply, const RequestCost *cost)
{
	if (jira_log_min_duration < 0 || cost->milliseconds < jira_log_min_duration)
		return;
	ereport(LOG,
			(errmsg("request to Jira took %.3f ms: %s %s, %s, connection \"%s\", retries: %d, bytes: " INT64_FORMAT,
					cost->milliseconds, request->method,
					foreign_text(path, strlen(path), MAX_QUOTED),
					reply->outcome == HTTP_ANSWERED ? psprintf("status %d", reply->status) : "no reply",
					quoted(alias), cost->retries, cost->bytes),
			 errhidestmt(true), errhidecontext(true)));
}
