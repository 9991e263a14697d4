/*
 * token_renewal.c
 *	  Changes of a sign-in, in transactions of their own.
 *
 * A refresh token is valid for one use: after the reply of the server, the old
 * token is invalid, and only this process has the new one until it is committed.
 * A crash in between loses nothing, because Atlassian's server accepts the old
 * token again for ten minutes.
 */
#include "postgres.h"

#include "access/xact.h"
#include "catalog/pg_type.h"
#include "miscadmin.h"
#include "postmaster/interrupt.h"
#include "tcop/tcopprot.h"
#include "utils/builtins.h"
#include "utils/guc.h"
#include "utils/timestamp.h"

#include "oauth/oauth_grant_private.h"
#include "oauth/token_renewal_private.h"
#include "utils/own_tables.h"
#include "utils/quoted.h"
#include "utils/worker_xact.h"

/* The lock timeout with new tokens, which would be lost: longer than that before the request. */
#define STORE_PATIENCE "1min"

/*
 * A commit may wait for a synchronous standby that is gone.  A shutdown waits for
 * the worker, but need not wait for the standby: the commit is on disk here.
 */
static void
commit_although_shut_down(void)
{
	HOLD_INTERRUPTS();
	pqsignal(SIGTERM, die);
	if (ShutdownRequestPending)
		die(SIGTERM);
	worker_xact_commit();
	pqsignal(SIGTERM, SignalHandlerForShutdownRequest);
	RESUME_INTERRUPTS();
}

/*
 * Locks the sign-in of an alias until the process ends, and returns its row,
 * which is inserted if the alias has none.  A row that is still there later shows that
 * the alias was not dropped and created again.
 */
static SignIn *
claim(const char *alias)
{
	static const char query[] =
	"SELECT FROM jira_spoke.alias WHERE name OPERATOR(pg_catalog.=) $1 FOR KEY SHARE";
	Oid			types[] = {TEXTOID};
	Datum		values[] = {CStringGetTextDatum(alias)};
	SignIn	   *row;

	sign_in_lock(alias, SIGN_IN_CHANGE, true);
	row = sign_in_read(alias);
	if (row->stored)
		return row;
	if (own_tables_execute(query, lengthof(types), types, values, NULL) == 0)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_OBJECT),
				 errmsg("connection \"%s\" does not exist", quoted(alias))));
	sign_in_write(row);
	return row;
}

static void
store(const SignIn *row)
{
	if (!sign_in_replace(row))
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("connection \"%s\" was changed or dropped while it signed in to Jira", quoted(row->alias))));
	ForceSyncCommit();
}

static void
settle(const Connection *connection, OAuthApplication *application,
	   const Problem *problem, const Tokens *tokens)
{
	SignIn	   *row;

	SetConfigOption("lock_timeout", STORE_PATIENCE, PGC_SUSET, PGC_S_OVERRIDE);
	worker_xact_start();
	row = sign_in_read(connection->alias);
	row->token_origin = application->token_place.origin;
	if (problem)
	{
		sign_in_seal(row, REFRESH_TOKEN, NULL);
		row->problem = problem->detail ? problem->detail : problem->message;
	}
	else
		sign_in_take(row, connection->url.origin, tokens);
	store(row);
	commit_although_shut_down();
}

/* The transaction has no snapshot during the request, so that it does not hold back vacuum. */
static Problem *
ask(const Connection *connection, const OAuthApplication *application,
	const Grant *grant, Tokens *tokens, bool *is_final)
{
	MemoryContext context = CurrentMemoryContext;
	Problem    *problem;

	StartTransactionCommand();
	MemoryContextSwitchTo(context);
	problem = oauth_grant_tokens(connection, application, grant, tokens, is_final);
	CommitTransactionCommand();
	MemoryContextSwitchTo(context);
	return problem;
}

void
oauth_renew_tokens(const char *alias, int64 generation)
{
	Connection *connection;
	OAuthApplication *application;
	SignIn	   *row;
	Grant		grant = {0};
	Tokens		tokens;
	Problem    *problem;
	bool		is_final;

	worker_xact_start();
	row = claim(alias);
	connection = connection_open(alias);
	application = oauth_application_open(connection->oauth_application, connection->credential_owner);
	if (application->has_consent)
		grant.refresh_token = sign_in_open(row, REFRESH_TOKEN);
	commit_although_shut_down();
	if (row->generation != generation || (application->has_consent && grant.refresh_token == NULL))
		return;					/* another session has renewed them */

	problem = ask(connection, application, &grant, &tokens, &is_final);
	if (problem && !(is_final && application->has_consent))
		problem_raise(problem);
	settle(connection, application, problem, &tokens);
}

void
oauth_set_block(const char *alias, bool blocked)
{
	SignIn	   *row;

	worker_xact_start();
	row = claim(alias);
	row->blocked_until = blocked
		? TimestampTzPlusMilliseconds(GetCurrentTimestamp(), SIGN_IN_BLOCK_MS) : 0;
	store(row);
	commit_although_shut_down();
}
