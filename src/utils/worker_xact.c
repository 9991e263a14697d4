/*
 * worker_xact.c
 *	  Transactions of a background worker.
 */
#include "postgres.h"

#include "access/xact.h"
#include "miscadmin.h"
#include "utils/snapmgr.h"

#include "utils/worker_xact.h"

/* As whom to go on after a wait. */
static bool interrupted = false;
static Oid	user;
static int	security;

void
worker_xact_start(void)
{
	MemoryContext context = CurrentMemoryContext;

	SetCurrentStatementStartTimestamp();
	StartTransactionCommand();
	PushActiveSnapshot(GetTransactionSnapshot());
	MemoryContextSwitchTo(context);
}

void
worker_xact_commit(void)
{
	MemoryContext context = CurrentMemoryContext;

	PopActiveSnapshot();
	CommitTransactionCommand();
	MemoryContextSwitchTo(context);
}

void
worker_xact_abort(void)
{
	MemoryContext context = CurrentMemoryContext;

	AbortOutOfAnyTransaction();
	interrupted = false;
	MemoryContextSwitchTo(context);
}

/* Not where a trigger of a user's table waits: its transaction must go on. */
void
worker_xact_suspend(void)
{
	interrupted = IsTransactionState() && !InSecurityRestrictedOperation();
	if (!interrupted)
		return;
	GetUserIdAndSecContext(&user, &security);
	SetUserIdAndSecContext(GetSessionUserId(), 0);
	worker_xact_commit();
}

void
worker_xact_resume(void)
{
	if (!interrupted)
		return;
	interrupted = false;
	worker_xact_start();
	SetUserIdAndSecContext(user, security);
}
