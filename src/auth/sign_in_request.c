/*
 * sign_in_request.c
 *	  Starts a background worker that changes a sign-in, and waits for its end.
 */
#include "postgres.h"

#include "access/xlog.h"
#include "miscadmin.h"
#include "storage/dsm.h"
#include "storage/ipc.h"
#include "utils/memutils.h"

#include "auth/sign_in_request.h"
#include "utils/background_worker.h"
#include "utils/settings.h"
#include "utils/wait.h"

/* The interval between two looks of a process that must not wait for a worker. */
#define LOOK_AGAIN_MS 50

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

/* A request to a worker. */
typedef struct Sent
{
	BackgroundWorkerHandle *handle;
	dsm_segment *segment;
	SignInRequest *request;		/* in the segment */
} Sent;

/* Those of a process that must not wait for them, in TopMemoryContext. */
static List *under_way = NIL;

static void
end_request(Sent *sent)
{
	dsm_detach(sent->segment);
	pfree(sent->handle);
	pfree(sent);
}

/* Frees requests whose result nobody has asked for. */
static void
end_finished_requests(void)
{
	ListCell   *cell;
	pid_t		pid;

	foreach(cell, under_way)
	{
		Sent	   *sent = lfirst(cell);

		if (GetBackgroundWorkerPid(sent->handle, &pid) != BGWH_STOPPED)
			continue;
		under_way = foreach_delete_current(under_way, cell);
		end_request(sent);
	}
}

static Sent *
find_request(SignInTask kind, const char *alias, int64 generation)
{
	ListCell   *cell;

	foreach(cell, under_way)
	{
		Sent	   *sent = lfirst(cell);

		if (sent->request->kind == kind && sent->request->generation == generation &&
			strcmp(sent->request->alias, alias) == 0)
			return sent;
	}
	return NULL;
}

/* In the current memory context; returns NULL if there is no room for a worker. */
static Sent *
send_request(SignInTask kind, const char *alias, int64 generation)
{
	BackgroundWorker worker = background_worker("sign-in", "jira_sign_in_worker_main");
	Sent	   *sent = palloc(sizeof(Sent));

	sent->segment = dsm_create(offsetof(SignInRequest, alias) + strlen(alias) + 1, 0);
	sent->request = write_request(sent->segment, kind, alias, generation);
	worker.bgw_main_arg = UInt32GetDatum(dsm_segment_handle(sent->segment));
	worker.bgw_notify_pid = MyProcPid;
	if (!RegisterDynamicBackgroundWorker(&worker, &sent->handle))
	{
		dsm_detach(sent->segment);
		pfree(sent);
		return NULL;
	}
	return sent;
}

static Problem *
no_worker(void)
{
	return problem_make(ERRCODE_INSUFFICIENT_RESOURCES,
						pstrdup("there is no background worker to renew a sign-in to Jira"), NULL,
						"Raise max_worker_processes.");
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

/* A cancel ends the wait, but not the worker. */
static Problem *
run_and_wait(SignInTask kind, const char *alias, int64 generation)
{
	Sent	   *sent = send_request(kind, alias, generation);
	Problem    *problem;

	if (sent == NULL)
		return no_worker();
	if (WaitForBackgroundWorkerShutdown(sent->handle) == BGWH_POSTMASTER_DIED)
		proc_exit(1);
	problem = read_problem(sent->request);
	end_request(sent);
	return problem;
}

Problem *
sign_in_request_start(SignInTask kind, const char *alias, int64 generation)
{
	MemoryContext before = MemoryContextSwitchTo(TopMemoryContext);
	Sent	   *sent;

	end_finished_requests();
	sent = send_request(kind, alias, generation);
	if (sent)
	{
		dsm_pin_mapping(sent->segment);
		under_way = lappend(under_way, sent);
	}
	MemoryContextSwitchTo(before);
	return sent ? NULL : no_worker();
}

static Problem *
run_without_wait(SignInTask kind, const char *alias, int64 generation)
{
	Sent	   *sent = find_request(kind, alias, generation);
	Problem    *problem;
	pid_t		pid;

	if (sent == NULL)
	{
		problem = sign_in_request_start(kind, alias, generation);
		if (problem)
			return problem;
		sent = find_request(kind, alias, generation);
	}
	if (GetBackgroundWorkerPid(sent->handle, &pid) != BGWH_STOPPED)
		wait_postpone(LOOK_AGAIN_MS);
	problem = read_problem(sent->request);
	under_way = list_delete_ptr(under_way, sent);
	end_request(sent);
	return problem;
}

Problem *
sign_in_request_run(SignInTask kind, const char *alias, int64 generation)
{
	if (RecoveryInProgress())
		return problem_make(ERRCODE_READ_ONLY_SQL_TRANSACTION,
							psprintf("the sign-in of connection \"%s\" cannot be renewed on a standby server", alias),
							NULL,
							"Use the connection on the primary server; its new access token is then replicated to here.");
	if (wait_is_forbidden())
		return run_without_wait(kind, alias, generation);
	return run_and_wait(kind, alias, generation);
}
