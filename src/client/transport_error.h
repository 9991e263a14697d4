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

/*
 * May a request that got no reply be sent again, with hope for one?  One that
 * writes may be if nothing of it was sent.
 */
extern bool transport_error_may_pass(HttpExchange *exchange, bool writes);

#endif							/* JIRA_CLIENT_TRANSPORT_ERROR_H */
