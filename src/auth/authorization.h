/*
 * authorization.h
 *	  How a request proves who sends it.
 */
#ifndef JIRA_AUTH_AUTHORIZATION_H
#define JIRA_AUTH_AUTHORIZATION_H

#include "connection/connection.h"
#include "utils/digest.h"

/* The texts are secret. */
typedef struct Authorization
{
	char	   *header;			/* "Authorization: ..."; without a value, the
								 * header is not sent */
	char	   *sent;			/* the secret part of the header */
	char	   *secret;			/* as it was stored */
	char	   *pair;			/* user and secret, as the header has them
								 * encoded; or NULL */
	int64		generation;		/* of a renewable access token, else
								 * NO_GENERATION */
	Digest		identity;		/* of account and credential; a renewed token
								 * does not change it */
} Authorization;

/*
 * The user of a connection, and the credential.  A session shares nothing that
 * it keeps (sockets, TLS sessions, Jira's fields and version) between two keys.
 */
typedef struct AuthorizationKey
{
	Oid			user;			/* the current user when the connection was
								 * opened */
	Digest		identity;		/* of the Authorization */
	Digest		place;			/* of alias and base URL */
} AuthorizationKey;

/* The key of the current user. */
extern AuthorizationKey authorization_key(const Connection *connection,
										  const Authorization *authorization);

extern bool authorization_key_equal(const AuthorizationKey *a, const AuthorizationKey *b);

/*
 * The caller has got the connection from connection_open(), which checks the
 * rights.  Renews an access token that is about to expire.  Raises 28000 if
 * there is no secret, if the secret was stored for another host, or if a person
 * must consent first.
 */
extern Authorization *authorization_open(const Connection *connection);

/*
 * Returns a newer access token after Jira refused one that had not expired.
 * Returns NULL if the refused credential cannot be renewed.
 */
extern Authorization *authorization_renew(const Connection *connection,
										  const Authorization *refused);

/* For requests without a header; "secret" is in their body, and masked in messages. */
extern Authorization *authorization_none(const char *secret);

extern Authorization *authorization_bearer(const char *token);

/*
 * Ties an authorization to "context": until that ends, it is redacted in what a
 * server says, and then it is overwritten.
 */
extern void authorization_own(MemoryContext context, Authorization *authorization);

/* Writes asterisks over copies of the header's value: in a reply with status 2xx, nothing else is. */
extern void authorization_redact(const Authorization *authorization, char *text, size_t size);

#endif							/* JIRA_AUTH_AUTHORIZATION_H */
