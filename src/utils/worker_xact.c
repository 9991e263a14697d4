/*
 * worker_xact.c
 *	  Starting and ending transactions of a background worker.
 */
#include "postgres.h"

#include "access/xact.h"
#include "utils/guc.h"
#include "utils/snapmgr.h"

#include "utils/settings.h"
#include "utils/worker_xact.h"

void
worker_xact_pin_settings(const char *lock_timeout)
{
	static const char *const pinned[][2] = {
		{"statement_timeout", "0"},
		{"transaction_timeout", "0"},	/* 17 and later */
		{"idle_in_transaction_session_timeout", "0"},
		{"synchronous_commit", "on"},
		{"default_transaction_read_only", "off"},
		{"default_transaction_isolation", "read committed"},
	};

	settings_override("lock_timeout", lock_timeout);
	for (int i = 0; i < lengthof(pinned); i++)
		if (GetConfigOption(pinned[i][0], true, false) != NULL)
			settings_override(pinned[i][0], pinned[i][1]);
}

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
	MemoryContextSwitchTo(context);
}

Problem *
worker_xact_try(void (*run) (void *arg), void *arg)
{
	MemoryContext context = CurrentMemoryContext;
	Problem    *volatile problem = NULL;

	PG_TRY();
	{
		worker_xact_start();
		run(arg);
		worker_xact_commit();
	}
	PG_CATCH();
	{
		problem = problem_caught(context);
		worker_xact_abort();
	}
	PG_END_TRY();
	return problem;
}
