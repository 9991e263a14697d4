/*
 * argument.h
 *	  Arguments of SQL functions, read by position.
 */
#ifndef JIRA_UTILS_ARGUMENT_H
#define JIRA_UTILS_ARGUMENT_H

#include "fmgr.h"

/* The text of an argument, NULL for a null. */
extern char *argument_text(FunctionCallInfo fcinfo, int argument);

/* Raises 22004 if the argument is null; "name" is for the message. */
extern void argument_require(FunctionCallInfo fcinfo, int argument, const char *name);

/* The text of an argument; raises 22004 if it is null or empty. */
extern char *argument_required_text(FunctionCallInfo fcinfo, int argument, const char *name);

#endif							/* JIRA_UTILS_ARGUMENT_H */
