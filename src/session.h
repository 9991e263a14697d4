/*
 * session.h
 *	  HTTP sessions kept between calls, one per user, connection and secret.
 */
#ifndef JIRA_SESSION_H
#define JIRA_SESSION_H

#include "authorization.h"
#include "http.h"

/*
 * A session for this key, new or kept from an earlier call.  It is lent until
 * "context" is reset; the least recently used idle ones are closed.
 */
extern HttpSession *session_borrow(MemoryContext context, const ConnectionKey *key,
								   const Connection *connection);

#endif							/* JIRA_SESSION_H */
