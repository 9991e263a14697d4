/*
 * background_worker.c
 *	  Background workers of the extension.
 */
#include "postgres.h"

#include "utils/background_worker.h"

BackgroundWorker
background_worker(const char *purpose, const char *function)
{
	BackgroundWorker worker = {
		.bgw_flags = BGWORKER_SHMEM_ACCESS | BGWORKER_BACKEND_DATABASE_CONNECTION,
		.bgw_start_time = BgWorkerStart_RecoveryFinished,
		.bgw_restart_time = BGW_NEVER_RESTART,
		.bgw_library_name = "jira_spoke",
	};

	snprintf(worker.bgw_name, BGW_MAXLEN, "jira_spoke %s", purpose);
	strlcpy(worker.bgw_type, worker.bgw_name, BGW_MAXLEN);
	strlcpy(worker.bgw_function_name, function, BGW_MAXLEN);
	return worker;
}
