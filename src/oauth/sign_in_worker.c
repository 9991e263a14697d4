/*
 * sign_in_worker.c
 *	  The background worker that carries out one request about a sign-in.
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
#include "utils/budget.h"
#include "utils/settings.h"
#include "utils/worker_xact.h"

/*
 * The lock timeout: long enough for a session that changes the connection, short
 * enough for the sessions that wait for the worker.  A deadlock of the worker
 * with the session that started it is not detected.
 */
#define PATIENCE "5s"
#define LOCK_HINT "Another session signs in with this connection or changes it, or this transaction has changed it: end that one, or try again."

PGDLLEXPORT void jira_sign_in_worker_main(Datum handle);

/* The session may have set them for itself. */
static void
take_settings(const SignInRequest *request)
{
	settings_override("jira_spoke.allow_http", request->allow_http ? "on" : "off");
	settings_override("jira_spoke.connect_timeout", psprintf("%d", Min(request->connect_timeout, BUDGET_TOKEN_REQUEST)));
	settings_override("jira_spoke.timeout", psprintf("%d", Min(request->timeout, BUDGET_TOKEN_REQUEST)));
	settings_override("jira_spoke.max_response_size", psprintf("%d", request->max_response_size));
	settings_override("jira_spoke.gateway_url", request->gateway_url);
}

static void
carry_out(const SignInRequest *request)
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

/* The session raises the error, in its own transaction and for its own user. */
static void
store_problem(SignInProblem *stored, const Problem *problem)
{
	const char *hint = problem->sqlstate == ERRCODE_LOCK_NOT_AVAILABLE ? LOCK_HINT : problem->hint;

	stored->sqlstate = problem->sqlstate;
	copy_text(stored->message, problem->message, sizeof(stored->message));
	copy_text(stored->detail, problem->detail, sizeof(stored->detail));
	copy_text(stored->hint, hint, sizeof(stored->hint));
}

/* At a lock timeout, PostgreSQL sends itself the signal of a cancel. */
static void
cancel_lock_wait(SIGNAL_ARGS)
{
	if (get_timeout_indicator(LOCK_TIMEOUT, false))
		StatementCancelHandler(postgres_signal_arg);
}

/*
 * A shutdown waits until the reply is stored: the tokens in it cannot be
 * requested a second time.  The timeouts of the request bound the wait.
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
		proc_exit(0);			/* the session has ended */
	dsm_pin_mapping(segment);
	request = dsm_segment_address(segment);
	BackgroundWorkerInitializeConnectionByOid(request->database, InvalidOid, 0);
	pgstat_report_activity(STATE_RUNNING, "renewing a sign-in to Jira");

	context = AllocSetContextCreate(TopMemoryContext, "Jira sign-in", ALLOCSET_DEFAULT_SIZES);
	MemoryContextSwitchTo(context);
	PG_TRY();
	{
		worker_xact_pin_settings(PATIENCE);
		take_settings(request);
		carry_out(request);
		request->done = true;
	}
	PG_CATCH();
	{
		store_problem(&request->problem, problem_caught(context));
		worker_xact_abort();
	}
	PG_END_TRY();
	proc_exit(0);
}
