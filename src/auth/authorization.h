/*
 * authorization.h
 *	  How a request proves who sends it.
 */
#ifndef JIRA_AUTH_AUTHORIZATION_H
#define JIRA_AUTH_AUTHORIZATION_H

#include "connection/connection.h"

/* The texts are secret. */
typedef struct Authorization
{
	char	   *header;			/* "Authorization: ..."; without a value, none
								 * is sent */
	char	   *sent;			/* the part of it that is secret */
	char	   *secret;			/* as it was stored */
	int64		generation;		/* of an access token that can be renewed,
								 * else NO_GENERATION */
	uint64		identity;		/* hash of who signs in with what: the same as
								 * long as Jira sees the same account */
} Authorization;

/*
 * Who uses a connection, and with which credential.  Nothing that is kept
 * (socket, TLS session, what Jira has told) is shared between two keys.
 */
typedef struct AuthorizationKey
{
	Oid			user;			/* when the connection was opened */
	uint64		identity;		/* of the Authorization */
	uint64		place;			/* hash of alias and base URL */
} AuthorizationKey;

/* The key of the current user. */
extern AuthorizationKey authorization_key(const Connection *connection,
										  const Authorization *authorization);

extern bool authorization_key_equal(const AuthorizationKey *a, const AuthorizationKey *b);

/*
 * For a connection that connection_open() has allowed; renews its access token
 * if that is about to expire.  Raises 28000 if there is no secret, it was
 * stored for another host, or somebody has to consent first.
 */
extern Authorization *authorization_open(const Connection *connection);

/*
 * After Jira refused an access token that seemed good: a newer one.  NULL if
 * what was refused is no token that can be renewed.
 */
extern Authorization *authorization_renew(const Connection *connection,
										  const Authorization *refused);

/* For requests that nobody signs; "secret" is in their body, never to be shown. */
extern Authorization *authorization_none(const char *secret);

extern Authorization *authorization_bearer(const char *token);

extern uint64 authorization_hash(const char *text);

/* Overwrites the texts. */
extern void authorization_forget(Authorization *authorization);

#endif							/* JIRA_AUTH_AUTHORIZATION_H */
