/*
 * token_renewal_private.h
 *	  Changes of a sign-in that last, in transactions of their own.
 *
 * For a process that has no transaction open.
 */
#ifndef JIRA_OAUTH_TOKEN_RENEWAL_PRIVATE_H
#define JIRA_OAUTH_TOKEN_RENEWAL_PRIVATE_H

/*
 * Renews the tokens of an alias if they still are those of this generation.
 * Raises what is in the way.
 */
extern void oauth_renew_tokens(const char *alias, int64 generation);

/* Leaves Jira alone for a while, or no longer, with this alias's credential. */
extern void oauth_set_block(const char *alias, bool blocked);

#endif							/* JIRA_OAUTH_TOKEN_RENEWAL_PRIVATE_H */
