/*
 * sign_in_request.h
 *	  Changes of a sign-in that must outlast a rollback of the session.
 *
 * A background worker carries out the request and commits it.  It completes even
 * if the session that sent the request is cancelled.
 */
#ifndef JIRA_AUTH_SIGN_IN_REQUEST_H
#define JIRA_AUTH_SIGN_IN_REQUEST_H

#include "utils/problem.h"

typedef enum SignInTask
{
	RENEW_TOKENS,				/* unless they are of another generation by
								 * now */
	BLOCK_SIGN_IN,				/* Jira demands a CAPTCHA */
	UNBLOCK_SIGN_IN
} SignInTask;

/*
 * Starts a worker for an alias and waits for its end; the wait can be cancelled,
 * and in a process that must not wait (utils/wait.h), it is postponed.
 * Returns the error of the worker, or of its start (25006: this server is a
 * standby; 53000: no worker slot is free), or NULL.
 */
extern Problem *sign_in_request_run(SignInTask kind, const char *alias, int64 generation);

/* The same without waiting for the end: returns NULL if a worker is started. */
extern Problem *sign_in_request_start(SignInTask kind, const char *alias, int64 generation);

/* The error of the worker, in memory shared with the session. */
typedef struct SignInProblem
{
	int			sqlstate;
	char		message[512];
	char		detail[1200];
	char		hint[512];
} SignInProblem;

/* The input of the worker, with the settings of the session, and its result. */
typedef struct SignInRequest
{
	Oid			database;
	SignInTask	kind;
	int64		generation;
	bool		allow_http;
	int			connect_timeout;
	int			timeout;
	int			max_response_size;
	char		gateway_url[256];
	bool		done;
	SignInProblem problem;
	char		alias[FLEXIBLE_ARRAY_MEMBER];
} SignInRequest;

#endif							/* JIRA_AUTH_SIGN_IN_REQUEST_H */
