/*
 * oauth_consent.c
 *	  Consent of a person, in a browser, to sign-ins through a connection.
 *
 * The state binds the address to which the browser is redirected to the request
 * for consent; the code verifier (PKCE, on Data Center) binds the code to it.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "common/base64.h"
#include "fmgr.h"
#include "utils/builtins.h"
#include "utils/timestamp.h"

#include "client/client.h"
#include "client/cloud_id.h"
#include "connection/admin.h"
#include "connection/sign_in.h"
#include "oauth/oauth_grant_private.h"
#include "utils/argument.h"
#include "utils/digest.h"
#include "utils/foreign_text.h"
#include "utils/own.h"
#include "utils/own_tables.h"
#include "utils/quoted.h"

/* Long enough to send the address to another person, who consents. */
#define CONSENT_MINUTES 60

/* Of the state and of the code verifier: 256 bits. */
#define RANDOM_BYTES 32

PG_FUNCTION_INFO_V1(jira_oauth_authorize_url);
PG_FUNCTION_INFO_V1(jira_oauth_complete);

/* As base64url without padding (RFC 7636). */
static char *
url_base64(const unsigned char *bytes, int length)
{
	int			size = pg_b64_enc_len(length) + 1;
	char	   *text = palloc0(size);

	if (pg_b64_encode((const void *) bytes, length, text, size) < 0)
		elog(ERROR, "could not encode random bytes");
	for (char *c = text; *c; c++)
		*c = *c == '+' ? '-' : *c == '/' ? '_' : *c;
	text[strcspn(text, "=")] = '\0';
	return text;
}

static char *
random_text(void)
{
	unsigned char bytes[RANDOM_BYTES];

	if (!pg_strong_random(bytes, sizeof(bytes)))
		elog(ERROR, "could not make random bytes");
	return url_base64(bytes, sizeof(bytes));
}

static char *
code_challenge(const char *verifier)
{
	Digest		digest = digest_of(verifier);

	return url_base64(digest.bytes, sizeof(digest.bytes));
}

/* The connection that an argument names; an error unless the caller may change it. */
static Connection *
own_connection(FunctionCallInfo fcinfo, int argument, OAuthApplication **application)
{
	Connection *connection = connection_open(connection_named(argument_text(fcinfo, argument)));

	if (strcmp(connection->auth, "oauth2") != 0)
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("connection \"%s\" does not sign in with OAuth 2.0", quoted(connection->alias)),
				 errhint("Set auth to \"oauth2\" and oauth_application with jira_alter_connection.")));
	admin_lock_alias(connection->credential);
	*application = oauth_application_open(connection->oauth_application, connection->credential_owner);
	if (!(*application)->has_consent)
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("connection \"%s\" signs in as a service account and needs no consent",
						connection->alias)));
	return connection;
}

static void
set_parameter(Request *request, const char *name, const char *value)
{
	json_object_set_new(request->query, name, jira_json_made(json_string(value)));
}

static char *
authorize_url(const Connection *connection, const OAuthApplication *application,
			  const char *state, const char *verifier)
{
	Request    *request = request_make("jira_oauth_authorize_url", "GET");

	request->path = pstrdup("");
	if (connection->deployment == CLOUD)
		set_parameter(request, "audience", "api.atlassian.com");
	set_parameter(request, "client_id", application->client_id);
	set_parameter(request, "scope", application->scopes);
	set_parameter(request, "redirect_uri", application->redirect_url);
	set_parameter(request, "state", state);
	set_parameter(request, "response_type", "code");
	if (connection->deployment == CLOUD)
		set_parameter(request, "prompt", "consent");
	else
	{
		set_parameter(request, "code_challenge", code_challenge(verifier));
		set_parameter(request, "code_challenge_method", "S256");
	}
	return request_url(request, application->authorize_url);
}

Datum
jira_oauth_authorize_url(PG_FUNCTION_ARGS)
{
	ErrorContextCallback callback;
	OAuthApplication *application;
	Connection *connection;
	SignIn	   *row;
	char	   *state = random_text();
	char	   *verifier = random_text();

	admin_begin(&callback, "jira_oauth_authorize_url");
	connection = own_connection(fcinfo, 0, &application);
	sign_in_lock(connection->credential, SIGN_IN_CHANGE, false);
	row = sign_in_read(connection->credential);
	if (row->token_origin && strcmp(row->token_origin, application->token_place.origin) != 0)
		sign_in_seal(row, REFRESH_TOKEN, NULL);
	row->token_origin = application->token_place.origin;
	sign_in_seal(row, CONSENT, psprintf("%s %s", state, verifier));
	row->asked = GetCurrentTimestamp();
	sign_in_write(row);
	admin_end(&callback);
	PG_RETURN_TEXT_P(cstring_to_text(authorize_url(connection, application, state, verifier)));
}

static void
refuse_address(const char *problem, const char *detail)
{
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("the address that the browser ended on %s", problem),
			 detail ? errdetail("%s", detail) : 0,
			 errhint("Begin anew with jira_oauth_authorize_url.")));
}

static char *
parameter_of(const char *url, const char *name)
{
	char	   *value = url_parameter(url, name);

	return value ? jira_own(CurrentMemoryContext, value, free) : NULL;
}

/* Returns the code in the address, if its state is that of the request for consent. */
static char *
check_address(const char *url, const SignIn *row, char **verifier)
{
	char	   *expected = sign_in_open(row, CONSENT);
	char	   *state = parameter_of(url, "state");
	char	   *code = parameter_of(url, "code");
	char	   *refusal = parameter_of(url, "error");
	char	   *reason = parameter_of(url, "error_description");

	if (expected == NULL ||
		TimestampDifferenceExceeds(row->asked, GetCurrentTimestamp(), CONSENT_MINUTES * 60 * 1000))
		refuse_address("comes too late, or nothing was asked for", NULL);
	*verifier = strchr(expected, ' ');
	*(*verifier)++ = '\0';
	if (state == NULL || strlen(state) != strlen(expected) ||
		timingsafe_bcmp(state, expected, strlen(expected)) != 0)
		refuse_address("does not belong to what was asked for last", "Its state is another one.");
	if (refusal)
		refuse_address("says that there is no consent",
					   foreign_text(reason ? reason : refusal, strlen(reason ? reason : refusal), 1000));
	if (code == NULL || code[0] == '\0')
		refuse_address("has no code", NULL);
	return code;
}

/* On Cloud the tokens are valid for the sites that the person chose. */
static void
find_site(Connection *connection, const char *access_token)
{
	static const char statement[] =
	"UPDATE jira_spoke.connection SET cloud_id = $2 WHERE alias OPERATOR(pg_catalog.=) $1";
	Oid			types[] = {TEXTOID, TEXTOID};
	Datum		values[2];

	if (connection->deployment != CLOUD)
		return;
	connection_set_cloud_id(connection, cloud_id_granted(connection, access_token));
	values[0] = CStringGetTextDatum(connection->credential);
	values[1] = CStringGetTextDatum(connection->cloud_id);
	own_tables_execute(statement, lengthof(types), types, values, NULL);
}

Datum
jira_oauth_complete(PG_FUNCTION_ARGS)
{
	ErrorContextCallback callback;
	OAuthApplication *application;
	Connection *connection;
	SignIn	   *row;
	Grant		grant = {0};
	Tokens		tokens;
	Problem    *problem;
	char	   *url;
	char	   *verifier;
	bool		is_final;

	admin_begin(&callback, "jira_oauth_complete");
	url = argument_required_text(fcinfo, 0, "redirected_url");
	connection = own_connection(fcinfo, 1, &application);
	sign_in_lock(connection->credential, SIGN_IN_CHANGE, false);
	row = sign_in_read(connection->credential);
	grant.code = check_address(url, row, &verifier);
	grant.verifier = connection->deployment == SERVER ? verifier : NULL;
	problem = oauth_grant_tokens(connection, application, &grant, &tokens, &is_final);
	if (problem)
		problem_raise(problem);
	sign_in_seal(row, CONSENT, NULL);
	sign_in_seal(row, REFRESH_TOKEN, NULL);
	sign_in_take(row, connection->url.origin, &tokens);
	sign_in_write(row);
	find_site(connection, tokens.access_token);
	admin_end(&callback);
	PG_RETURN_VOID();
}
