/*
 * transport_error.h
 *	  From why there is no reply to the problem that SQL sees.
 */
#ifndef JIRA_CLIENT_TRANSPORT_ERROR_H
#define JIRA_CLIENT_TRANSPORT_ERROR_H

#include "client/request.h"
#include "utils/problem.h"

/* For any outcome but HTTP_ANSWERED. */
extern Problem *transport_error(const Request *request, const HttpReply *reply);

/* Was the request not sent for want of a connection, which may be there later? */
extern bool transport_error_may_pass(const HttpReply *reply);

#endif							/* JIRA_CLIENT_TRANSPORT_ERROR_H */
