/*
 * epic.h
 *	  Which issues are epics.
 */
#ifndef JIRA_ACTIONS_EPIC_H
#define JIRA_ACTIONS_EPIC_H

#include "engine/action.h"

/* Restricts a search by the parameter "jql" to epics; asks Jira for its issue types. */
extern void epic_search(Invocation *call);

#endif							/* JIRA_ACTIONS_EPIC_H */
