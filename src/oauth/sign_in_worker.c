/*
 * sign_in_worker.c
 *	  The background worker that carries out one errand.
 */
#include "postgres.h"

#include "access/xact.h"
#include "fmgr.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "pgstat.h"
#include "postmaster/bgworker.h"
#include "postmaster/interrupt.h"
#include "storage/dsm.h"
#include "storage/ipc.h"
#include "tcop/tcopprot.h"
#include "utils/guc.h"
#include "utils/memutils.h"
#include "utils/timeout.h"

#include "auth/sign_in_request.h"
#include "oauth/token_renewal_private.h"

/*
 * Long enough for whoever just changes the connection, short enough for those
 * who wait for the worker: a deadlock with its sender is not detected.
 */
#define PATIENCE "5s"
#define LOCK_HINT "Another session signs in with this connection or changes it, or this transaction has changed it: end that one, or try again."

PGDLLEXPORT void jira_sign_in_worker_main(Datum handle);

static void
set_option(const char *name, const char *value)
{
	SetConfigOption(name, value, PGC_SUSET, PGC_S_OVERRIDE);
}

/* The database may have others, which must not stop a commit. */
static void
pin_settings(void)
{
	static const char *const pinned[][2] = {
		{"lock_timeout", PATIENCE},
		{"statement_timeout", "0"},
		{"transaction_timeout", "0"},
		{"synchronous_commit", "on"},
		{"default_transaction_read_only", "off"},
		{"default_transaction_isolation", "read committed"},
	};

	for (int i = 0; i < lengthof(pinned); i++)
		if (GetConfigOption(pinned[i][0], true, false) != NULL)
			set_option(pinned[i][0], pinned[i][1]);
}

/* The sender may have settings for its session alone. */
static void
take_settings(const SignInRequest * request)
{
	set_option("jira_spoke.allow_http", request->allow_http ? "on" : "off");
	set_option("jira_spoke.connect_timeout", psprintf("%d", request->connect_timeout));
	set_option("jira_spoke.timeout", psprintf("%d", request->timeout));
	set_option("jira_spoke.gateway_url", request->gateway_url);
}

static void
carry_out(const SignInRequest * request)
{
	switch (request->kind)
	{
		case RENEW_TOKENS:
			oauth_renew_tokens(request->alias, request->generation);
			break;
		case BLOCK_SIGN_IN:
			oauth_set_block(request->alias, true);
			break;
		case UNBLOCK_SIGN_IN:
			oauth_set_block(request->alias, false);
			break;
	}
}

static void
copy_text(char *target, const char *source, size_t size)
{
	if (source)
		strlcpy(target, source, pg_mbcliplen(source, strlen(source), size - 1) + 1);
}

/* The sender raises it, in its own transaction and for its own user. */
static void
tell(SignInProblem * problem, const ErrorData *error)
{
	problem->sqlstate = error->sqlerrcode;
	if (error->sqlerrcode == ERRCODE_LOCK_NOT_AVAILABLE)
		copy_text(problem->hint, LOCK_HINT, sizeof(problem->hint));
	copy_text(problem->message, error->message, sizeof(problem->message));
	copy_text(problem->detail, error->detail, sizeof(problem->detail));
	copy_text(problem->hint, error->hint, sizeof(problem->hint));
}

/* PostgreSQL sends the signal of a cancel to itself when a lock is not had in time. */
static void
cancel_lock_wait(SIGNAL_ARGS)
{
	if (get_timeout_indicator(LOCK_TIMEOUT, false))
		StatementCancelHandler(postgres_signal_arg);
}

/*
 * A shutdown has to wait until the reply is stored: what Jira answers to a
 * renewal cannot be asked for a second time.  The time-outs bound that.
 */
void
jira_sign_in_worker_main(Datum handle)
{
	dsm_segment *segment;
	SignInRequest *request;
	MemoryContext context;

	pqsignal(SIGTERM, SignalHandlerForShutdownRequest);
	pqsignal(SIGINT, cancel_lock_wait);
	BackgroundWorkerUnblockSignals();
	segment = dsm_attach(DatumGetUInt32(handle));
	if (segment == NULL)
		proc_exit(0);			/* the sender has left */
	dsm_pin_mapping(segment);
	request = dsm_segment_address(segment);
	BackgroundWorkerInitializeConnectionByOid(request->database, InvalidOid, 0);
	pgstat_report_activity(STATE_RUNNING, "renewing a sign-in to Jira");

	context = AllocSetContextCreate(TopMemoryContext, "Jira errand", ALLOCSET_DEFAULT_SIZES);
	MemoryContextSwitchTo(context);
	PG_TRY();
	{
		pin_settings();
		take_settings(request);
		carry_out(request);
		request->done = true;
	}
	PG_CATCH();
	{
		MemoryContextSwitchTo(context);
		tell(&request->problem, CopyErrorData());
		FlushErrorState();
		AbortOutOfAnyTransaction();
	}
	PG_END_TRY();
	proc_exit(0);
}
