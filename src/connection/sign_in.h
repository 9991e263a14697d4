/*
 * sign_in.h
 *	  The state of signing in with an alias: tokens, consent, obstacles.
 */
#ifndef JIRA_CONNECTION_SIGN_IN_H
#define JIRA_CONNECTION_SIGN_IN_H

#include "datatype/timestamp.h"

#include "secret/secret_table.h"

/* How long no request is sent for an account that has to solve a CAPTCHA. */
#define SIGN_IN_BLOCK_MS (10 * 60 * 1000)

/* The sealed values of a row. */
typedef enum SignInSecret
{
	ACCESS_TOKEN,
	REFRESH_TOKEN,
	CONSENT,					/* state and code verifier of a requested one */
	SIGN_IN_SECRETS
} SignInSecret;

/* A row of jira_spoke.sign_in.  Times are 0 and texts NULL where there is none. */
typedef struct SignIn
{
	char	   *alias;
	bool		stored;			/* false: there is no such row yet */
	struct varlena *sealed[SIGN_IN_SECRETS];
	char	   *origin;			/* the only one the access token is sent to */
	char	   *token_origin;	/* the same for the other two */
	int64		generation;		/* how often the tokens were replaced */
	TimestampTz obtained;
	TimestampTz expires;		/* of the access token */
	TimestampTz asked;			/* when consent was requested */
	char	   *problem;		/* why a new consent is needed, or NULL */
	TimestampTz blocked_until;	/* Jira requires a CAPTCHA */
} SignIn;

/* The reply of an authorization server. */
typedef struct Tokens
{
	char	   *access_token;
	char	   *refresh_token;	/* NULL: the stored one remains valid */
	double		lifetime;		/* of the access token, in seconds */
} Tokens;

/* The row of an alias; an empty one if there is none. */
extern SignIn *sign_in_read(const char *alias);

/* Stores the whole row; the caller must keep other sessions from doing so. */
extern void sign_in_write(const SignIn *sign_in);

/* The same, but returns false if the row was deleted since. */
extern bool sign_in_replace(const SignIn *sign_in);

/*
 * Deletes the row, and the outbox's pause of this connection: both are the
 * result of settings that were changed.
 */
extern void sign_in_forget(const char *alias);

/* Returns the secret, NULL if the row has none. */
extern char *sign_in_open(const SignIn *sign_in, SignInSecret which);

/* Seals a secret for the origin that the row has; NULL removes it. */
extern void sign_in_seal(SignIn *sign_in, SignInSecret which, const char *secret);

/* Puts new tokens into the row, the access token for this origin. */
extern void sign_in_take(SignIn *sign_in, const char *origin, const Tokens *tokens);

/* Seals all of them again with the first key. */
extern void sign_in_reseal(ChangeCount *count);

/* Classes of advisory locks; SQL can take 1 and 2. */
typedef enum SignInLock
{
	SIGN_IN_CHANGE = 102,		/* the row is read in order to change it */
	SIGN_IN_RENEWAL = 103		/* the tokens are being renewed */
} SignInLock;

/*
 * Takes an exclusive lock on the alias until the transaction ends or, with
 * "session", the process.  Can be cancelled.  sign_in_unlock() releases one of
 * the transaction before its end.
 */
extern void sign_in_lock(const char *alias, SignInLock what, bool session);
extern void sign_in_unlock(const char *alias, SignInLock what);

#endif							/* JIRA_CONNECTION_SIGN_IN_H */
