/*
 * authorization.c
 *	  How a request proves who sends it.
 */
#include "postgres.h"

#include "common/base64.h"

#include "authorization.h"
#include "credential.h"
#include "token.h"

static Authorization *
make_authorization(const char *scheme, char *sent, char *secret)
{
	Authorization *authorization = palloc0(sizeof(Authorization));

	authorization->header = psprintf("Authorization: %s%s", scheme, sent);
	authorization->sent = sent;
	authorization->secret = secret;
	return authorization;
}

Authorization *
authorize_nobody(const char *secret)
{
	Authorization *authorization = palloc0(sizeof(Authorization));

	authorization->header = pstrdup("Authorization:");
	authorization->sent = pstrdup("");
	authorization->secret = pstrdup(secret);
	return authorization;
}

Authorization *
authorize_bearer(const char *token)
{
	return make_authorization("Bearer ", pstrdup(token), pstrdup(token));
}

static Authorization *
authorize_basic(const char *username, char *secret)
{
	char	   *pair = psprintf("%s:%s", username, secret);
	int			size = pg_b64_enc_len(strlen(pair)) + 1;
	char	   *encoded = palloc0(size);

	if (pg_b64_encode((const void *) pair, strlen(pair), encoded, size) < 0)
		elog(ERROR, "could not encode a credential");
	explicit_bzero(pair, strlen(pair));
	return make_authorization("Basic ", encoded, secret);
}

static Authorization *
authorize_with_token(const Connection *connection, int64 refused)
{
	int64		generation;
	char	   *token = access_token(connection, refused, &generation);
	Authorization *authorization = authorize_bearer(token);

	authorization->generation = generation;
	explicit_bzero(token, strlen(token));
	return authorization;
}

static bool
has_tokens(const Connection *connection)
{
	return strcmp(connection->auth, "oauth2") == 0;
}

Authorization *
connection_authorize(const Connection *connection)
{
	char	   *secret = NULL;

	if (has_tokens(connection))
		return authorize_with_token(connection, NO_GENERATION);
	if (connection->credential)
		secret = credential_open(connection->credential, connection->url.origin, connection->alias);
	if (secret == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_AUTHORIZATION_SPECIFICATION),
				 errmsg("connection \"%s\" has no secret", connection->alias),
				 errhint("Store one with jira_alter_connection.")));
	if (strcmp(connection->auth, "bearer") == 0)
		return make_authorization("Bearer ", pstrdup(secret), secret);
	return authorize_basic(connection->username ? connection->username : "", secret);
}

Authorization *
connection_reauthorize(const Connection *connection, const Authorization *refused)
{
	return has_tokens(connection) ? authorize_with_token(connection, refused->generation) : NULL;
}

void
authorization_forget(Authorization *authorization)
{
	explicit_bzero(authorization->header, strlen(authorization->header));
	explicit_bzero(authorization->sent, strlen(authorization->sent));
	explicit_bzero(authorization->secret, strlen(authorization->secret));
}
