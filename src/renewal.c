/*
 * renewal.c
 *	  Changes of a sign-in that last, in transactions of their own.
 *
 * A refresh token is good for one use: when the server has answered, the old
 * one is dead, and the new one is in this process and nowhere else until it is
 * committed.  A crash in between is survived because Atlassian's server takes
 * the old one again for ten minutes.
 */
#include "postgres.h"

#include "access/xact.h"
#include "catalog/pg_type.h"
#include "libpq/pqsignal.h"
#include "miscadmin.h"
#include "tcop/tcopprot.h"
#include "utils/builtins.h"
#include "utils/snapmgr.h"
#include "utils/timestamp.h"

#include "alias_row.h"
#include "grant.h"
#include "renewal.h"

static void
begin_work(void)
{
	MemoryContext context = CurrentMemoryContext;

	SetCurrentStatementStartTimestamp();
	StartTransactionCommand();
	PushActiveSnapshot(GetTransactionSnapshot());
	MemoryContextSwitchTo(context);
}

static void
commit_work(void)
{
	MemoryContext context = CurrentMemoryContext;

	PopActiveSnapshot();
	CommitTransactionCommand();
	MemoryContextSwitchTo(context);
}

/* The alias must not go, and come back as somebody else's, in between. */
static void
keep_alias(const char *alias)
{
	static const char query[] =
	"SELECT FROM jira_spoke.alias WHERE name OPERATOR(pg_catalog.=) $1 FOR KEY SHARE";
	Oid			types[] = {TEXTOID};
	Datum		values[] = {CStringGetTextDatum(alias)};

	if (spoke_execute(query, lengthof(types), types, values, NULL) == 0)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_OBJECT),
				 errmsg("connection \"%s\" does not exist", alias)));
}

static void
settle(const Connection *connection, SignIn *row, const Problem *problem, const Tokens *tokens)
{
	begin_work();
	keep_alias(row->alias);
	if (problem)
	{
		sign_in_seal(row, REFRESH_TOKEN, NULL);
		row->problem = problem->detail ? problem->detail : problem->message;
	}
	else
		sign_in_take(row, connection->url.origin, tokens);
	sign_in_write(row);
	ForceSyncCommit();
	commit_work();
}

void
renew_tokens(const char *alias, int64 generation)
{
	Connection *connection;
	OAuthApplication *application;
	SignIn	   *row;
	Grant		grant = {0};
	Tokens		tokens;
	Problem    *problem;
	bool		is_final;

	begin_work();
	sign_in_lock(alias, SIGN_IN_CHANGE, true);
	connection = connection_open(alias);
	application = application_open(connection->oauth_application, connection->credential_owner);
	row = sign_in_read(alias);
	if (application->has_consent)
		grant.refresh_token = sign_in_open(row, REFRESH_TOKEN);
	row->token_origin = application->token_place.origin;
	commit_work();
	if (row->generation != generation || (application->has_consent && grant.refresh_token == NULL))
		return;					/* somebody was faster */

	/* Nor may a cancel come in between; lock_timeout needs this signal, too. */
	pqsignal(SIGINT, SIG_IGN);
	problem = grant_tokens(connection, application, &grant, &tokens, &is_final);
	pqsignal(SIGINT, StatementCancelHandler);
	if (problem == NULL || is_final)
		settle(connection, row, problem, &tokens);
	if (problem)
		problem_raise(problem);
}

void
set_block(const char *alias, bool blocked)
{
	SignIn	   *row;

	begin_work();
	sign_in_lock(alias, SIGN_IN_CHANGE, true);
	keep_alias(alias);
	row = sign_in_read(alias);
	row->blocked_until = blocked
		? TimestampTzPlusMilliseconds(GetCurrentTimestamp(), SIGN_IN_BLOCK_MS) : 0;
	sign_in_write(row);
	commit_work();
}
