/*
 * background_worker.h
 *	  Background workers of the extension.
 */
#ifndef JIRA_UTILS_BACKGROUND_WORKER_H
#define JIRA_UTILS_BACKGROUND_WORKER_H

#include "postmaster/bgworker.h"

/*
 * A worker to be registered: "jira_spoke", and what it is for, in
 * pg_stat_activity.  It runs a function of the module, can connect to a
 * database, is not started on a standby and not restarted after a failure.
 * Nothing is allocated.
 */
extern BackgroundWorker background_worker(const char *purpose, const char *function);

#endif							/* JIRA_UTILS_BACKGROUND_WORKER_H */
