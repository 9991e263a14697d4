/*
 * token.c
 *	  Access tokens of connections that sign in with OAuth 2.0.
 */
#include "postgres.h"

#include "access/xlog.h"
#include "utils/timestamp.h"

#include "auth/sign_in_request.h"
#include "auth/token_private.h"
#include "connection/oauth_application.h"
#include "connection/sign_in.h"
#include "utils/quoted.h"

/*
 * A token is renewed one minute before it expires, so that a call can end with
 * the token that it began with, but not before nine tenths of its lifetime.  A
 * standby server cannot renew a token and uses it until it expires.
 */
#define LONGEST_MARGIN_MS (60 * 1000)
#define MARGIN_PARTS 10

static bool
is_good(const SignIn *row, int64 refused)
{
	long		life = TimestampDifferenceMilliseconds(row->obtained, row->expires);
	long		left = TimestampDifferenceMilliseconds(GetCurrentTimestamp(), row->expires);
	long		margin = RecoveryInProgress() ? 0 : Min(LONGEST_MARGIN_MS, life / MARGIN_PARTS);

	return row->sealed[ACCESS_TOKEN] && row->generation != refused && left > margin;
}

static void
check_consent(const Connection *connection, const SignIn *row)
{
	const OAuthApplication *application;

	if (row->problem == NULL && row->sealed[REFRESH_TOKEN])
		return;
	application = oauth_application_open(connection->oauth_application, connection->credential_owner);
	if (application->has_consent)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_AUTHORIZATION_SPECIFICATION),
				 row->sealed[ACCESS_TOKEN] || row->problem
				 ? errmsg("connection \"%s\" needs a new consent to sign in to Jira", quoted(connection->alias))
				 : errmsg("nobody has consented yet that connection \"%s\" signs in to Jira", quoted(connection->alias)),
				 row->problem ? errdetail("%s", row->problem) : 0,
				 errhint("Open the address that jira_oauth_authorize_url('%s') returns in a browser, then call jira_oauth_complete with the address it ends on.",
						 connection->credential)));
}

/* One session at a time renews the token of an alias; others wait for the lock, then read the token. */
static SignIn *
renew(const Connection *connection, int64 refused)
{
	const char *alias = connection->credential;
	SignIn	   *row;
	Problem    *problem;

	sign_in_lock(alias, SIGN_IN_RENEWAL, false);
	row = sign_in_read(alias);
	if (!is_good(row, refused))
	{
		check_consent(connection, row);
		problem = sign_in_request_run(RENEW_TOKENS, alias, row->generation);
		if (problem)
			problem_raise(problem);
		row = sign_in_read(alias);
	}
	sign_in_unlock(alias, SIGN_IN_RENEWAL);
	return row;
}

AccessToken
token_get(const Connection *connection, int64 refused)
{
	AccessToken token;
	SignIn	   *row;

	row = sign_in_read(connection->credential);
	if (!is_good(row, refused))
	{
		check_consent(connection, row);
		row = renew(connection, refused);
		check_consent(connection, row);
	}
	if (row->origin == NULL || strcmp(row->origin, connection->url.origin) != 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_AUTHORIZATION_SPECIFICATION),
				 errmsg("connection \"%s\" was signed in at another host", quoted(connection->alias)),
				 errhint("Let somebody consent again: see jira_oauth_authorize_url.")));
	token.text = sign_in_open(row, ACCESS_TOKEN);
	token.generation = row->generation;
	token.consent = row->asked;
	return token;
}
