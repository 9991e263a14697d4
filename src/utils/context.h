/*
 * context.h
 *	  The error context of a call: the CONTEXT lines of its errors.
 */
#ifndef JIRA_UTILS_CONTEXT_H
#define JIRA_UTILS_CONTEXT_H

#include "utils/elog.h"

/*
 * From here to context_pop(), describe(arg) is called for every error; it calls
 * errcontext(), for example.  An error that leaves the caller pops it by itself.
 * "callback" lives as long as the caller.
 */
extern void context_push(ErrorContextCallback *callback, void (*describe) (void *arg), void *arg);
extern void context_pop(const ErrorContextCallback *callback);

/* An action under way, for context_push_action(). */
typedef struct ActionContext
{
	const char *action;
	const char *connection;		/* NULL: not known yet */
} ActionContext;

/* Errors say "Jira action ... through connection ...". */
extern void context_push_action(ErrorContextCallback *callback, ActionContext *action);

#endif							/* JIRA_UTILS_CONTEXT_H */
