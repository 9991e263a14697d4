/*
 * refusal_private.h
 *	  What a field would take of which Jira has refused the value.
 */
#ifndef JIRA_ENGINE_REFUSAL_PRIVATE_H
#define JIRA_ENGINE_REFUSAL_PRIVATE_H

#include "client/client.h"

/*
 * A hint about the fields of a request that "errors" (of a refusal: an object by
 * the ids of fields) complains about: the values that Jira allows, asked for in
 * its metadata, or where an account is found.  NULL if there is nothing to say.
 * The names of the fields are noted in the request.
 */
extern char *refusal_hint(Client *client, Request *request, json_t *errors);

#endif							/* JIRA_ENGINE_REFUSAL_PRIVATE_H */
