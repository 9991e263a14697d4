/*
 * authorization.c
 *	  How a request proves who sends it.
 */
#include "postgres.h"

#include "common/base64.h"
#include "miscadmin.h"

#include "auth/authorization.h"
#include "auth/token_private.h"
#include "connection/credential.h"
#include "utils/own.h"
#include "utils/quoted.h"
#include "utils/redact.h"

#define HEADER "Authorization:"

/* A token that is shorter than this may be a word. */
#define LONGEST_WORD 16

static Authorization *
make_authorization(const char *scheme, char *sent, char *secret)
{
	Authorization *authorization = palloc0(sizeof(Authorization));

	authorization->header = psprintf(HEADER " %s%s", scheme, sent);
	authorization->sent = sent;
	authorization->secret = secret;
	authorization->identity = digest_of(authorization->header);
	return authorization;
}

Authorization *
authorization_none(const char *secret)
{
	Authorization *authorization = palloc0(sizeof(Authorization));

	authorization->header = pstrdup(HEADER);
	authorization->sent = pstrdup("");
	authorization->secret = pstrdup(secret);
	return authorization;
}

Authorization *
authorization_bearer(const char *token)
{
	return make_authorization("Bearer ", pstrdup(token), pstrdup(token));
}

static Authorization *
authorize_basic(const char *username, char *secret)
{
	Authorization *authorization;
	char	   *pair = psprintf("%s:%s", username, secret);
	int			size = pg_b64_enc_len(strlen(pair)) + 1;
	char	   *encoded = palloc0(size);

	if (pg_b64_encode((const void *) pair, strlen(pair), encoded, size) < 0)
		elog(ERROR, "could not encode a credential");
	authorization = make_authorization("Basic ", encoded, secret);
	authorization->pair = pair;
	return authorization;
}

/* A renewed token belongs to the same account: the identity is that of the consent. */
static Authorization *
authorize_with_token(const Connection *connection, int64 refused)
{
	AccessToken token = token_get(connection, refused);
	Authorization *authorization = authorization_bearer(token.text);

	authorization->generation = token.generation;
	authorization->identity = digest_of(psprintf("%s " INT64_FORMAT, connection->credential, token.consent));
	explicit_bzero(token.text, strlen(token.text));
	return authorization;
}

Authorization *
authorization_open(const Connection *connection)
{
	char	   *secret = NULL;

	if (strcmp(connection->auth, "oauth2") == 0)
		return authorize_with_token(connection, NO_GENERATION);
	if (connection->stored)
		secret = credential_open(connection->stored, connection->url.origin, connection->alias);
	if (secret == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_AUTHORIZATION_SPECIFICATION),
				 errmsg("connection \"%s\" has no secret", quoted(connection->alias)),
				 errhint("Store one with the command jira_spoke_secret or through the view jira_spoke.secret_entry.")));
	if (strcmp(connection->auth, "bearer") == 0)
		return make_authorization("Bearer ", pstrdup(secret), secret);
	return authorize_basic(connection->username ? connection->username : "", secret);
}

Authorization *
authorization_renew(const Connection *connection, const Authorization *refused)
{
	if (refused->generation == NO_GENERATION)
		return NULL;
	return authorize_with_token(connection, refused->generation);
}

static void
forget(void *forgotten)
{
	Authorization *authorization = forgotten;

	if (authorization->pair)
		explicit_bzero(authorization->pair, strlen(authorization->pair));
	explicit_bzero(authorization->header, strlen(authorization->header));
	explicit_bzero(authorization->sent, strlen(authorization->sent));
	explicit_bzero(authorization->secret, strlen(authorization->secret));
}

/* What follows the name of the header; empty if it is not sent. */
static const char *
header_value(const Authorization *authorization)
{
	return authorization->header + strspn(authorization->header + strlen(HEADER), " ") + strlen(HEADER);
}

void
authorization_own(MemoryContext context, Authorization *authorization)
{
	jira_own(context, authorization, forget);
	redact_secret(context, authorization->secret);
	redact_derived(context, header_value(authorization));
	if (strcmp(authorization->sent, authorization->secret) != 0)
		redact_derived(context, authorization->sent);

	/* Without a user it would be the secret alone. */
	if (authorization->pair && authorization->pair[0] != ':')
		redact_derived(context, authorization->pair);
}

void
authorization_redact(const Authorization *authorization, char *text, size_t size)
{
	redact_copies(text, size, header_value(authorization));
	if (strlen(authorization->sent) >= LONGEST_WORD)
		redact_copies(text, size, authorization->sent);
}

AuthorizationKey
authorization_key(const Connection *connection, const Authorization *authorization)
{
	char	   *place = psprintf("%s %s", connection->base_url, connection->alias);
	AuthorizationKey key = {GetUserId(), authorization->identity, digest_of(place)};

	pfree(place);
	return key;
}

bool
authorization_key_equal(const AuthorizationKey *a, const AuthorizationKey *b)
{
	return a->user == b->user && digest_equal(&a->identity, &b->identity) &&
		digest_equal(&a->place, &b->place);
}
