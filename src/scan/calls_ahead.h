/*
 * calls_ahead.h
 *	  Which calls for outer rows can be made before the rows are reached.
 */
#ifndef JIRA_SCAN_CALLS_AHEAD_H
#define JIRA_SCAN_CALLS_AHEAD_H

#include "nodes/pathnodes.h"

#include "engine/bind.h"

/*
 * The index of the only argument in which the calls of a read differ; -1 if it is not the
 * only one, or if anything might come of a call but its rows, were it made too early.
 */
extern int	calls_ahead_argument(PlannerInfo *root, const Binding *binding, List *arguments);

/* The value of an argument as a text. */
extern Node *calls_ahead_text(Node *value);

#endif							/* JIRA_SCAN_CALLS_AHEAD_H */
