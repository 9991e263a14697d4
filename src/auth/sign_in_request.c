/*
 * sign_in_request.c
 *	  Starts a background worker that changes a sign-in, and waits for its end.
 */
#include "postgres.h"

#include "access/xlog.h"
#include "miscadmin.h"
#include "storage/dsm.h"
#include "storage/ipc.h"

#include "auth/sign_in_request.h"
#include "utils/background_worker.h"
#include "utils/settings.h"

static SignInRequest *
write_request(dsm_segment *segment, SignInTask kind, const char *alias, int64 generation)
{
	SignInRequest *request = dsm_segment_address(segment);

	memset(request, 0, sizeof(SignInRequest));
	request->database = MyDatabaseId;
	request->kind = kind;
	request->generation = generation;
	request->allow_http = jira_allow_http;
	request->connect_timeout = jira_connect_timeout;
	request->timeout = jira_timeout;
	request->max_response_size = jira_max_response_size;
	if (strlcpy(request->gateway_url, jira_gateway_url, sizeof(request->gateway_url)) >=
		sizeof(request->gateway_url))
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("jira_spoke.gateway_url is too long")));
	strcpy(request->alias, alias);
	return request;
}

/* A cancel ends the wait, but not the worker. */
static bool
send_worker(dsm_segment *segment)
{
	BackgroundWorker worker = background_worker("sign-in", "jira_sign_in_worker_main");
	BackgroundWorkerHandle *handle;

	worker.bgw_main_arg = UInt32GetDatum(dsm_segment_handle(segment));
	worker.bgw_notify_pid = MyProcPid;
	if (!RegisterDynamicBackgroundWorker(&worker, &handle))
		return false;
	if (WaitForBackgroundWorkerShutdown(handle) == BGWH_POSTMASTER_DIED)
		proc_exit(1);
	return true;
}

static Problem *
read_problem(const SignInRequest *request)
{
	const SignInProblem *theirs = &request->problem;

	if (theirs->sqlstate != 0)
		return problem_make(theirs->sqlstate, pstrdup(theirs->message), pstrdup(theirs->detail),
							theirs->hint[0] ? theirs->hint : NULL);
	if (!request->done)
		return problem_make(ERRCODE_CONNECTION_FAILURE,
							pstrdup("the background worker that renews a sign-in to Jira ended early"), NULL,
							"The server's log tells why.  Try again.");
	return NULL;
}

Problem *
sign_in_request_run(SignInTask kind, const char *alias, int64 generation)
{
	dsm_segment *segment;
	SignInRequest *request;
	Problem    *problem;

	if (RecoveryInProgress())
		return problem_make(ERRCODE_READ_ONLY_SQL_TRANSACTION,
							psprintf("the sign-in of connection \"%s\" cannot be renewed on a standby server", alias),
							NULL,
							"Use the connection on the primary server; its new access token is then replicated to here.");
	segment = dsm_create(offsetof(SignInRequest, alias) + strlen(alias) + 1, 0);
	request = write_request(segment, kind, alias, generation);
	if (send_worker(segment))
		problem = read_problem(request);
	else
		problem = problem_make(ERRCODE_INSUFFICIENT_RESOURCES,
							   pstrdup("there is no background worker to renew a sign-in to Jira"), NULL,
							   "Raise max_worker_processes.");
	dsm_detach(segment);
	return problem;
}
