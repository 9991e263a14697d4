/*
 * oauth_grant.c
 *	  Requests tokens from an authorization server.
 *
 * Atlassian's server accepts JSON, that of a Data Center a form as in RFC 6749;
 * both reply with JSON.
 */
#include "postgres.h"

#include "lib/stringinfo.h"

#include "client/identity.h"
#include "client/transfer.h"
#include "oauth/oauth_grant_private.h"
#include "utils/budget.h"

/* The lifetime of a token whose reply gives none, the usual one of both servers (seconds). */
#define USUAL_LIFETIME 3600

/* RFC 6749's name for an error that only a new consent can resolve. */
#define INVALID_GRANT "invalid_grant"

static void
add_member(json_t *body, const char *name, const char *value)
{
	if (value)
		json_object_set_new(body, name, jira_json_made(json_string(value)));
}

static json_t *
grant_body(MemoryContext context, const OAuthApplication *application, const char *secret,
		   const Grant *grant)
{
	json_t	   *body = jira_json_object(context);

	add_member(body, "grant_type", grant->code ? "authorization_code" :
			   grant->refresh_token ? "refresh_token" : "client_credentials");
	add_member(body, "client_id", application->client_id);
	add_member(body, "client_secret", secret[0] ? secret : NULL);
	add_member(body, "code", grant->code);
	add_member(body, "redirect_uri", grant->code ? application->redirect_url : NULL);
	add_member(body, "code_verifier", grant->verifier);
	add_member(body, "refresh_token", grant->refresh_token);
	return body;
}

static Client *
open_token_client(const Connection *connection, const char *url, const char *secret)
{
	return client_make(connection_elsewhere(connection, url), authorization_none(secret), NULL);
}

/* A refusal is JSON, too; one that is not has no error name. */
static bool
is_invalid_grant(Transfer *transfer)
{
	int			status = http_reply(transfer_exchange(transfer))->status;
	const char *error = NULL;

	if (status >= 400 && status <= 403)
		error = json_string_value(json_object_get(transfer_refusal(transfer), "error"));
	return error && strcmp(error, INVALID_GRANT) == 0;
}

static Problem *
no_tokens(void)
{
	Problem    *problem = palloc0(sizeof(Problem));

	problem->sqlstate = ERRCODE_PROTOCOL_VIOLATION;
	problem->message = pstrdup("what answered a request for tokens did not send any");
	problem->hint = pstrdup("Check the token_url of the OAuth 2.0 application.");
	return problem;
}

static Problem *
read_tokens(json_t *document, Tokens *tokens)
{
	json_t	   *lifetime = json_object_get(document, "expires_in");
	const char *access = json_string_value(json_object_get(document, "access_token"));
	const char *refresh = json_string_value(json_object_get(document, "refresh_token"));

	/* The token becomes the value of a header. */
	if (access == NULL || access[0] == '\0' || strpbrk(access, "\r\n") != NULL)
		return no_tokens();
	tokens->access_token = pstrdup(access);
	tokens->refresh_token = refresh ? pstrdup(refresh) : NULL;
	tokens->lifetime = json_is_number(lifetime) ? json_number_value(lifetime) : USUAL_LIFETIME;
	tokens->lifetime = Max(0, Min(tokens->lifetime, BUDGET_LIFETIME));
	return NULL;
}

Problem *
oauth_grant_tokens(const Connection *connection, const OAuthApplication *application,
				   const Grant *grant, Tokens *tokens, bool *is_final)
{
	char	   *secret = oauth_application_secret(application);
	Client	   *client = open_token_client(connection, grant->refresh_token ? application->refresh_url
										   : application->token_url, secret);
	Request    *request = request_make("signing in with OAuth 2.0", "POST");
	Transfer   *transfer;
	Problem    *problem;
	json_t	   *document;

	request->path = pstrdup("");
	request->body = grant_body(request->context, application, secret, grant);
	request->is_form = connection->deployment == SERVER;
	request->secret = grant->code ? grant->code : grant->refresh_token;
	client->retries = false;
	client->noted = identity_note;
	transfer = transfer_start(CurrentMemoryContext, client, request);
	problem = transfer_try(transfer, &document);
	*is_final = is_invalid_grant(transfer);
	if (problem == NULL)
		problem = read_tokens(document, tokens);
	else if (problem->sqlstate == ERRCODE_PROTOCOL_VIOLATION)
		problem = no_tokens();	/* the detail could quote a token */
	else if (problem->sqlstate == ERRCODE_INVALID_AUTHORIZATION_SPECIFICATION && !*is_final)
		problem->hint = pstrdup("Check the client id and the client secret of the OAuth 2.0 application.");
	explicit_bzero(secret, strlen(secret));
	return problem;
}
