/*
 * build_request.h
 *	  The request of a call: each argument goes where the table entry says.
 */
#ifndef JIRA_ENGINE_BUILD_REQUEST_H
#define JIRA_ENGINE_BUILD_REQUEST_H

#include "engine/bind.h"

/*
 * The request of a call, in a context below the current one.  Raises 22004 for
 * a required argument that is null, 22023 for one that cannot be sent, 0A000
 * for one that the deployment lacks.
 */
extern Request *build_request(const Binding *binding, Client *client, const Endpoint *endpoint,
							  const Datum *values, const bool *nulls);

/*
 * Where the columns stand in a row, as the table entry says: one path for each,
 * NULL if it is not wanted or not to be had.
 */
extern const char **build_request_paths(const Binding *binding, Deployment deployment,
										const bool *wanted);

/*
 * The fields to ask Jira for, so that the columns with these paths can be
 * filled: a list owned by "context".  "asked" are those of the user, or NULL.
 */
extern json_t *build_request_fields(const Binding *binding, const char *const *paths, json_t *asked,
									MemoryContext context);

#endif							/* JIRA_ENGINE_BUILD_REQUEST_H */
