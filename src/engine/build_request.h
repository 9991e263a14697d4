/*
 * build_request.h
 *	  The request of a call: each argument at the place that the table entry gives.
 */
#ifndef JIRA_ENGINE_BUILD_REQUEST_H
#define JIRA_ENGINE_BUILD_REQUEST_H

#include "engine/bind.h"

/*
 * Builds the request of a call, in a context below the current one.  Raises 22004
 * for a required argument that is null, 22023 for one that cannot be sent, 0A000
 * for one that the deployment does not support.
 */
extern Request *build_request(const Binding *binding, Client *client, const Endpoint *endpoint,
							  const Datum *values, const bool *nulls);

/* The request to an endpoint without any argument. */
extern Request *build_request_bare(const Action *action, const Endpoint *endpoint, const Connection *connection);

/* A key or an id, in UTF-8, as a segment of a path; NULL for a text that could change the path. */
extern char *build_request_segment(const char *text);

/* Replaces {name} in the path, if it is there. */
extern void build_request_replace(Request *request, const char *name, const char *with);

/* Would a query with this JQL be a long one on Cloud? */
extern bool build_request_is_long(const char *jql);

/* Sends a long query in the body, if the endpoint supports that. */
extern void build_request_shorten(Request *request, const Connection *connection, const Endpoint *endpoint);

/*
 * The path of each column in a row, as the table entry gives it; NULL if the
 * column is not wanted or this Jira does not have it.  Behind the columns' stands the
 * path of the list in an issue that rows are items of, or NULL.
 */
extern const char **build_request_paths(const Binding *binding, Deployment deployment,
										const bool *wanted);

/*
 * The fields to request from Jira for the columns with these paths: a list owned
 * by "context".  "asked" are the fields that the user requests, or NULL.  "taken"
 * are paths of all that is used of the column of all fields; NULL: all of it.
 */
extern json_t *build_request_fields(const Binding *binding, const char *const *paths, json_t *asked,
									const char *taken, MemoryContext context);

#endif							/* JIRA_ENGINE_BUILD_REQUEST_H */
