/*
 * call.h
 *	  Actions called as functions.
 */
#ifndef JIRA_CALL_H
#define JIRA_CALL_H

#include "action.h"

/* The table entry behind a SQL function, NULL if it is not an action of ours. */
extern const Action *action_of(Oid function);

#endif							/* JIRA_CALL_H */
