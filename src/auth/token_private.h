/*
 * token_private.h
 *	  Access tokens of connections that sign in with OAuth 2.0.
 */
#ifndef JIRA_AUTH_TOKEN_PRIVATE_H
#define JIRA_AUTH_TOKEN_PRIVATE_H

#include "connection/connection.h"

/* No token has this generation: they are counted from 1. */
#define NO_GENERATION 0

typedef struct AccessToken
{
	char	   *text;			/* secret */
	int64		generation;
	int64		consent;		/* another one may be another account's */
} AccessToken;

/*
 * A token that is good for a while; one of the generation
 * "refused" is not good.  Has it renewed if need be: of any number of sessions
 * that need one at the same time, one does it and the others wait.  Raises
 * 28000 when somebody has to consent first.
 */
extern AccessToken token_get(const Connection *connection, int64 refused);

#endif							/* JIRA_AUTH_TOKEN_PRIVATE_H */
