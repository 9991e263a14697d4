/*
 * identity.c
 *	  Does Jira know whose credential a call carries?
 */
#include "postgres.h"

#include "utils/builtins.h"
#include "utils/timestamp.h"

#include "auth/sign_in_request.h"
#include "client/identity.h"
#include "client/reply.h"
#include "client/site.h"
#include "connection/sign_in.h"
#include "utils/quoted.h"
#include "utils/wait.h"

/*
 * Tells every session.  Where that cannot be (a standby, no worker), this one
 * knows at least.
 */
static void
identity_block(Client *client)
{
	Site	   *site = site_of(client);
	bool		known = site->locked_out != 0;

	site->locked_out = GetCurrentTimestamp();
	if (!known && client->connection->credential)
		site->shared_block = (wait_is_forbidden() ? sign_in_request_start : sign_in_request_run)
			(BLOCK_SIGN_IN, client->connection->credential, 0) == NULL;
}

void
identity_take_block(Client *client)
{
	Site	   *site = site_of(client);
	TimestampTz until;

	if (client->connection->credential == NULL)
		return;
	until = sign_in_read(client->connection->credential)->blocked_until;
	if (until > GetCurrentTimestamp())
		site->locked_out = TimestampTzPlusMilliseconds(until, -SIGN_IN_BLOCK_MS);
	else if (site->shared_block)
		site->locked_out = 0;
	site->shared_block = site->locked_out != 0;
}

bool
identity_is_known(Client *client)
{
	return site_of(client)->identified;
}

bool
identity_is_blocked(Client *client)
{
	TimestampTz since = site_of(client)->locked_out;

	return since != 0 && !TimestampDifferenceExceeds(since, GetCurrentTimestamp(), SIGN_IN_BLOCK_MS);
}

void
identity_check_block(Client *client)
{
	const char *alias = client->connection->alias;
	TimestampTz since = site_of(client)->locked_out;

	if (!identity_is_blocked(client))
		return;
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_AUTHORIZATION_SPECIFICATION),
			 errmsg("connection \"%s\" is not used, because Jira wants a CAPTCHA to be solved", quoted(alias)),
			 errdetail("Jira has said so at %s. It is left alone for %d minutes from then on, since every attempt keeps the account locked out.",
					   timestamptz_to_str(since), SIGN_IN_BLOCK_MS / 60000),
			 errhint("Log in to Jira with a browser as this account; when jira_test_connection(%s) succeeds then, the connection is used again.",
					 quote_literal_cstr(quoted(alias)))));
}

void
identity_confirm(Client *client)
{
	Site	   *site = site_of(client);

	site->identified = true;
	if (site->locked_out != 0 && client->connection->credential)
		(void) sign_in_request_run(UNBLOCK_SIGN_IN, client->connection->credential, 0);
	site->locked_out = 0;
}

void
identity_note(Client *client, HttpExchange *exchange)
{
	switch (reply_caller(exchange))
	{
		case CALLER_UNTOLD:
			break;
		case CALLER_KNOWN:
			site_of(client)->identified = true;
			break;
		case CALLER_LOCKED_OUT:
			identity_block(client);
			/* FALLTHROUGH */
		case CALLER_REJECTED:
			site_of(client)->identified = false;
			break;
	}
}

static const char *
rejection_hint(const Connection *connection)
{
	if (connection->deployment == SERVER || connection_uses_oauth(connection) || !connection_user_is_email(connection))
		return connection_sign_in_hint(connection);
	if (connection_has_scopes(connection))
		return "The API token may have expired or be mistyped; store a new one with jira_alter_connection.";
	return "The API token may have expired or be mistyped, or it is a token with scopes that was stored without scoped => true; see jira_alter_connection.";
}

static Problem *
anonymous_problem(const Connection *connection, const Request *request, const char *words)
{
	return problem_make(ERRCODE_INVALID_AUTHORIZATION_SPECIFICATION,
						psprintf("Jira answered %s as to an anonymous caller, because it did not accept the credential of connection \"%s\"",
								 request_name(request), quoted(connection->alias)),
						words ? psprintf("Asked who is signed in, it says: %s", words) : NULL,
						rejection_hint(connection));
}

/* GET /myself is never answered to anybody who is not signed in. */
static Transfer *
ask_who(Client *client, const Request *request)
{
	Request    *question = request_make(request->action, "GET");

	question->subject = request->subject;
	question->path = psprintf("/rest/api/%d/myself", client->connection->api_version);
	return transfer_start(CurrentMemoryContext, client, question);
}

static bool
is_rejection(Transfer *transfer, const Problem *problem)
{
	return problem && problem->sqlstate == ERRCODE_INVALID_AUTHORIZATION_SPECIFICATION &&
		!reply_lacks_scope(http_reply(transfer_exchange(transfer))->status, problem->detail);
}

/*
 * A rejection is not remembered: the account may be let in by the next time.
 * Whatever else is no answer would not be one the next time either.
 */
Problem *
identity_doubt(Client *client, const Request *request)
{
	Transfer   *transfer;
	Problem    *problem;
	json_t	   *myself;

	if (site_of(client)->identified)
		return NULL;
	transfer = ask_who(client, request);
	problem = transfer_try(transfer, &myself);

	site_of(client)->identified = !is_rejection(transfer, problem);
	if (site_of(client)->identified)
		problem = NULL;
	else if (reply_caller(transfer_exchange(transfer)) != CALLER_LOCKED_OUT &&
			 !reply_basic_is_off(transfer_exchange(transfer)))
		problem = anonymous_problem(client->connection, request, problem->detail);
	transfer_end(transfer);
	return problem;
}

void
identity_check(Client *client, const Request *request)
{
	Problem    *problem = identity_doubt(client, request);

	if (problem)
		problem_raise(problem);
}
