/*
 * oauth_grant_private.h
 *	  Asks an authorization server for tokens.
 */
#ifndef JIRA_OAUTH_GRANT_PRIVATE_H
#define JIRA_OAUTH_GRANT_PRIVATE_H

#include "connection/connection.h"
#include "connection/oauth_application.h"
#include "connection/sign_in.h"
#include "utils/problem.h"

/* What is given for tokens: a code, a refresh token, or neither. */
typedef struct Grant
{
	const char *code;			/* from the address that a browser ended on */
	const char *verifier;		/* that belongs to the code, or NULL */
	const char *refresh_token;
} Grant;

/*
 * NULL and the tokens, or what went wrong.  *is_final tells that the grant will
 * not be accepted another time either: somebody has to consent again.
 */
extern Problem *oauth_grant_tokens(const Connection *connection, const OAuthApplication *application,
								   const Grant *grant, Tokens *tokens, bool *is_final);

#endif							/* JIRA_OAUTH_GRANT_PRIVATE_H */
