/*
 * session_private.h
 *	  HTTP sessions kept between calls, one per user, connection and secret.
 */
#ifndef JIRA_CLIENT_SESSION_PRIVATE_H
#define JIRA_CLIENT_SESSION_PRIVATE_H

#include "auth/authorization.h"
#include "http/session.h"

/*
 * A session for this key, new or kept from an earlier call.  It is lent until
 * "context" is reset; the least recently used idle ones are closed.
 */
extern HttpSession *session_borrow(MemoryContext context, const AuthorizationKey *key,
								   const Connection *connection);

#endif							/* JIRA_CLIENT_SESSION_PRIVATE_H */
