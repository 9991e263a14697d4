/*
 * jql_request.h
 *	  Requests with JQL, whose times Jira takes in one form or in another.
 */
#ifndef JIRA_ENGINE_JQL_REQUEST_H
#define JIRA_ENGINE_JQL_REQUEST_H

#include "client/client.h"

/*
 * client_start().  If the request only reads, has the parameter "jql", and Jira
 * refuses it (400), it is sent again with bounds in milliseconds written as
 * minutes in the time zone of the account; the JQL of the request is changed
 * then.  The first reply is waited for.
 */
extern Transfer *jql_request_start(MemoryContext context, Client *client, Request *request);

/* May it have to be sent again like that? */
extern bool jql_request_may_repeat(const Request *request);

#endif							/* JIRA_ENGINE_JQL_REQUEST_H */
