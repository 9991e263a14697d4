/*
 * endpoint_private.h
 *	  Which endpoint the calls of an action go to, or why there is none.
 */
#ifndef JIRA_ENGINE_ENDPOINT_PRIVATE_H
#define JIRA_ENGINE_ENDPOINT_PRIVATE_H

#include "engine/action.h"

/*
 * The endpoint of an action for this client.  Raises 0A000, before anything is
 * asked of Jira but its version, where the deployment or the sign-in does not
 * have the action.
 */
extern const Endpoint *endpoint_choose(const Action *action, Client *client);

/*
 * Who has the action, for the catalogue: words like "cloud", "server" and
 * "server<=9".
 */
extern char *endpoint_deployments(const Action *action);

#endif							/* JIRA_ENGINE_ENDPOINT_PRIVATE_H */
