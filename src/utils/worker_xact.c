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
begin_work(void)
{
	MemoryContext context = CurrentMemoryContext;

	SetCurrentStatementStartTimestamp();
	StartTransactionCommand();
	PushActiveSnapshot(GetTransactionSnapshot());
	MemoryContextSwitchTo(context);
}

void
commit_work(void)
{
	MemoryContext context = CurrentMemoryContext;

	PopActiveSnapshot();
	CommitTransactionCommand();
	MemoryContextSwitchTo(context);
}

void
abort_work(void)
{
	MemoryContext context = CurrentMemoryContext;

	AbortOutOfAnyTransaction();
	interrupted = false;
	MemoryContextSwitchTo(context);
}

/* Not where a trigger of a user's table waits: its transaction must go on. */
void
leave_work(void)
{
	interrupted = IsTransactionState() && !InSecurityRestrictedOperation();
	if (!interrupted)
		return;
	GetUserIdAndSecContext(&user, &security);
	SetUserIdAndSecContext(GetSessionUserId(), 0);
	commit_work();
}

void
reenter_work(void)
{
	if (!interrupted)
		return;
	interrupted = false;
	begin_work();
	SetUserIdAndSecContext(user, security);
}
