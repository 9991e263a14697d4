/*
 * token_renewal_private.h
 *	  Changes of a sign-in, in transactions of their own.
 *
 * The process must have no transaction open.
 */
#ifndef JIRA_OAUTH_TOKEN_RENEWAL_PRIVATE_H
#define JIRA_OAUTH_TOKEN_RENEWAL_PRIVATE_H

/*
 * Renews the tokens of an alias, unless they are of another generation by now.
 * Raises an error on failure.
 */
extern void oauth_renew_tokens(const char *alias, int64 generation);

/* Blocks sign-ins with the credential of this alias for a time, or ends the block. */
extern void oauth_set_block(const char *alias, bool blocked);

#endif							/* JIRA_OAUTH_TOKEN_RENEWAL_PRIVATE_H */
