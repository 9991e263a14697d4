/*
 * members.h
 *	  The lists below each member of another list.
 */
#ifndef JIRA_ENGINE_MEMBERS_H
#define JIRA_ENGINE_MEMBERS_H

#include "engine/bind.h"
#include "engine/pages.h"

/*
 * The lists of an action with parents, as the parts of the rows of "pages"; NULL if the
 * call says whose list it wants.  "request" asks for one list, with {argument} in its
 * path, and "sizes" are those of its pages.  Sends no request but for the version of
 * Jira.  Raises 0A000 if this Jira does not list parents, and none are named.
 */
extern PartSource *members_begin(Client *client, const Binding *binding, const Endpoint *endpoint,
								 const Request *request, const PageSizes *sizes, Pages *pages,
								 const Datum *values, const bool *nulls);

/*
 * The endpoint that has the members of the action's own list which the call names, each
 * by a request; NULL if the action's own has the rows, as there are no names or many.
 */
extern const Endpoint *members_endpoint(const Binding *binding, Deployment deployment, const Datum *values,
										const bool *nulls);

/* The column of the action's rows that names the parents, or the members; NULL if it has none. */
extern const char *members_named_by(const Action *action);

/* Has each of them a list of rows? */
extern bool members_have_lists(const Action *action);

#endif							/* JIRA_ENGINE_MEMBERS_H */
