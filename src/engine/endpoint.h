/*
 * endpoint.h
 *	  Which deployments and versions of Jira support an action.
 */
#ifndef JIRA_ENGINE_ENDPOINT_H
#define JIRA_ENGINE_ENDPOINT_H

#include "engine/action.h"

/* Does the Jira of this client support the action?  The version of Jira may be asked for. */
extern bool endpoint_exists(const Action *action, Client *client);

#endif							/* JIRA_ENGINE_ENDPOINT_H */
