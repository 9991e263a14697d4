/*
 * token.h
 *	  Access tokens of connections that sign in with OAuth 2.0.
 */
#ifndef JIRA_TOKEN_H
#define JIRA_TOKEN_H

#include "connection.h"

/* No token has this generation. */
#define NO_GENERATION (-1)

/*
 * A token that is good for a while, and its generation; one of the generation
 * "refused" is not good.  Has it renewed if need be: of any number of sessions
 * that need one at the same time, one does it and the others wait.  Raises
 * 28000 when somebody has to consent first.
 */
extern char *access_token(const Connection *connection, int64 refused, int64 *generation);

#endif							/* JIRA_TOKEN_H */
