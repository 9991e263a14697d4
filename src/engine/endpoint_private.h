/*
 * endpoint_private.h
 *	  Chooses the endpoint for the calls of an action, or raises why no endpoint fits.
 */
#ifndef JIRA_ENGINE_ENDPOINT_PRIVATE_H
#define JIRA_ENGINE_ENDPOINT_PRIVATE_H

#include "engine/action.h"

/*
 * Returns the endpoint of an action for this client.  Raises 0A000 if the
 * deployment or the sign-in does not support the action; no request is sent
 * before, except for the version of Jira.
 */
extern const Endpoint *endpoint_choose(const Action *action, Client *client);

/*
 * The deployments that support the action, for the catalogue: "cloud", "server",
 * "server<=9".
 */
extern char *endpoint_deployments(const Action *action);

#endif							/* JIRA_ENGINE_ENDPOINT_PRIVATE_H */
