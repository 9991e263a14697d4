/*
 * token_private.h
 *	  Access tokens of connections that sign in with OAuth 2.0.
 */
#ifndef JIRA_AUTH_TOKEN_PRIVATE_H
#define JIRA_AUTH_TOKEN_PRIVATE_H

#include "connection/connection.h"

/* No token has this generation: the first one is 1. */
#define NO_GENERATION 0

typedef struct AccessToken
{
	char	   *text;			/* secret */
	int64		generation;
	int64		consent;		/* tokens of another consent may be of another
								 * account */
} AccessToken;

/*
 * Returns a token that does not expire soon and is not of the generation
 * "refused".  If a renewal is necessary, one of the sessions that need the token
 * has it renewed, and the others wait.  Raises 28000 if a person must consent
 * first.
 */
extern AccessToken token_get(const Connection *connection, int64 refused);

#endif							/* JIRA_AUTH_TOKEN_PRIVATE_H */
