/*
 * call.h
 *	  Actions called as functions.
 */
#ifndef JIRA_CALL_H
#define JIRA_CALL_H

#include "nodes/pg_list.h"

#include "action.h"

/* The table entry behind a SQL function, NULL if it is not an action of ours. */
extern const Action *action_of(Oid function);

/* The functions of the extension that have one, in no order. */
extern List *action_functions(void);

#endif							/* JIRA_CALL_H */
