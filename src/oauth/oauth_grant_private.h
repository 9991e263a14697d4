/*
 * oauth_grant_private.h
 *	  Requests tokens from an authorization server.
 */
#ifndef JIRA_OAUTH_GRANT_PRIVATE_H
#define JIRA_OAUTH_GRANT_PRIVATE_H

#include "connection/connection.h"
#include "connection/oauth_application.h"
#include "connection/sign_in.h"
#include "utils/problem.h"

/* What tokens are requested with: a code, a refresh token, or neither (service account). */
typedef struct Grant
{
	const char *code;			/* from the address of the redirected browser */
	const char *verifier;		/* of the code, or NULL */
	const char *refresh_token;
} Grant;

/*
 * Returns NULL and sets *tokens, or returns the error.  Sets *is_final if the
 * server will not accept the grant later either: a person must consent again.
 */
extern Problem *oauth_grant_tokens(const Connection *connection, const OAuthApplication *application,
								   const Grant *grant, Tokens *tokens, bool *is_final);

#endif							/* JIRA_OAUTH_GRANT_PRIVATE_H */
