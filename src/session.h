/*
 * session.h
 *	  HTTP sessions kept between calls, one per user, connection and secret.
 */
#ifndef JIRA_SESSION_H
#define JIRA_SESSION_H

#include "authorization.h"
#include "http.h"

/*
 * A session for the current user, new or kept from an earlier call.  It is
 * lent until "context" is reset; the least recently used idle ones are closed.
 */
extern HttpSession *session_borrow(MemoryContext context, const Connection *connection,
								   const Authorization *authorization);

#endif							/* JIRA_SESSION_H */
