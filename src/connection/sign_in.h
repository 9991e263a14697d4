/*
 * sign_in.h
 *	  What signing in has come to, per alias: its tokens, and what is in the way.
 */
#ifndef JIRA_CONNECTION_SIGN_IN_H
#define JIRA_CONNECTION_SIGN_IN_H

#include "datatype/timestamp.h"

/* How long an account is left alone that has to solve a CAPTCHA. */
#define SIGN_IN_BLOCK_MS (10 * 60 * 1000)

/* What is sealed in a row. */
typedef enum SignInSecret
{
	ACCESS_TOKEN,
	REFRESH_TOKEN,
	CONSENT,					/* state and code verifier of one asked for */
	SIGN_IN_SECRETS
} SignInSecret;

/* A row of jira_spoke.sign_in.  Times are 0 and texts NULL where there is none. */
typedef struct SignIn
{
	char	   *alias;
	bool		stored;			/* is there such a row? */
	struct varlena *sealed[SIGN_IN_SECRETS];
	char	   *origin;			/* the only one the access token is sent to */
	char	   *token_origin;	/* the same for the other two */
	int64		generation;		/* how often the tokens were replaced */
	TimestampTz obtained;
	TimestampTz expires;		/* of the access token */
	TimestampTz asked;			/* when consent was asked for */
	char	   *problem;		/* why only a new consent will help, or NULL */
	TimestampTz blocked_until;	/* Jira wants a CAPTCHA */
} SignIn;

/* What an authorization server gives. */
typedef struct Tokens
{
	char	   *access_token;
	char	   *refresh_token;	/* NULL: the one there was stays */
	double		lifetime;		/* of the access token, in seconds */
} Tokens;

/* The row of an alias; an empty one if there is none. */
extern SignIn *sign_in_read(const char *alias);

/* The same in order to change it; waits for those who seal it anew. */
extern SignIn *sign_in_read_to_change(const char *alias);

/* Stores all of it; the caller keeps others from doing the same. */
extern void sign_in_write(const SignIn *sign_in);

/* The same for a row that is still there; false if it is not. */
extern bool sign_in_replace(const SignIn *sign_in);

/*
 * Forgets all of it: what was signed in under other circumstances counts no
 * more, nor does what the outbox met with then.
 */
extern void sign_in_forget(const char *alias);

/* NULL: there is none. */
extern char *sign_in_open(const SignIn *sign_in, SignInSecret which);

/* Seals one for the origin that the row has; NULL removes it. */
extern void sign_in_seal(SignIn *sign_in, SignInSecret which, const char *secret);

/* Takes new tokens, the access token for this origin, into the row. */
extern void sign_in_take(SignIn *sign_in, const char *origin, const Tokens *tokens);

/* Seals all of them anew with the present key; returns how many. */
extern uint64 sign_in_reseal(void);

/* Classes of advisory locks; SQL can take 1 and 2. */
typedef enum SignInLock
{
	SIGN_IN_CHANGE = 102,		/* the row is read in order to change it */
	SIGN_IN_RENEWAL = 103		/* the tokens are having themselves renewed */
} SignInLock;

/*
 * Nobody else has this lock for the alias until the transaction ends, or with
 * "session" the process.  Can be cancelled.
 */
extern void sign_in_lock(const char *alias, SignInLock what, bool session);
extern void sign_in_unlock(const char *alias, SignInLock what);

#endif							/* JIRA_CONNECTION_SIGN_IN_H */
