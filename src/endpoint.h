/*
 * endpoint.h
 *	  Which endpoint the calls of an action go to, or why there is none.
 */
#ifndef JIRA_ENDPOINT_H
#define JIRA_ENDPOINT_H

#include "action.h"

/*
 * The endpoint of an action for this client.  Raises 0A000, before anything is
 * asked of Jira but its version, where the deployment or the sign-in does not
 * have the action.
 */
extern const Endpoint *action_endpoint(const Action *action, Client *client);

/*
 * Who has the action, for the catalogue: words like "cloud", "server" and
 * "server<=9".
 */
extern char *action_deployments(const Action *action);

#endif							/* JIRA_ENDPOINT_H */
