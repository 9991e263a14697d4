/*
 * parents.h
 *	  The lists of which each member has a list below it.
 */
#ifndef JIRA_ACTIONS_PARENTS_H
#define JIRA_ACTIONS_PARENTS_H

#include "engine/action.h"

/* Does this status of a search for projects mean that none matches? */
extern bool parents_no_project(Client *client, const Request *request, int status);

extern const Parents parents_projects;
extern const Parents parents_roles; /* of projects */
extern const Parents parents_boards;	/* that have sprints */
extern const Parents parents_groups;
extern const Parents parents_fields;	/* that have options */
extern const Parents parents_contexts;	/* of these */

#endif							/* JIRA_ACTIONS_PARENTS_H */
