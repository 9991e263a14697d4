/*
 * sign_in_request.h
 *	  What has to last even if the transaction that needs it does not.
 *
 * An errand runs in a background worker of its own and commits there.  When the
 * one who sent it is cancelled, it is carried out all the same.
 */
#ifndef JIRA_AUTH_SIGN_IN_REQUEST_H
#define JIRA_AUTH_SIGN_IN_REQUEST_H

#include "utils/problem.h"

typedef enum SignInTask
{
	RENEW_TOKENS,				/* those of the generation given, if they
								 * still are the present ones */
	BLOCK_SIGN_IN,				/* Jira wants a CAPTCHA */
	UNBLOCK_SIGN_IN
} SignInTask;

/*
 * Sends one for an alias and waits for its end, which can be cancelled.
 * Returns what went wrong, there or here (25006: this is a standby, 53000: no
 * background worker is to be had), or NULL.
 */
extern Problem *sign_in_request_run(SignInTask kind, const char *alias, int64 generation);

/* What went wrong; the worker writes it into memory shared with the sender. */
typedef struct SignInProblem
{
	int			sqlstate;
	char		message[512];
	char		detail[1200];
	char		hint[512];
} SignInProblem;

/* What the worker is told, settings of the sender included. */
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
