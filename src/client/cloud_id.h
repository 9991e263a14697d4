/*
 * cloud_id.h
 *	  Sites of Jira Cloud and their ids.
 *
 * A site is known to Atlassian's gateway by its cloud id only.
 */
#ifndef JIRA_CLIENT_CLOUD_ID_H
#define JIRA_CLIENT_CLOUD_ID_H

#include "auth/authorization.h"
#include "client/lookups.h"
#include "utils/problem.h"

/*
 * What the site itself tells anybody, asked for once in a session; returns what
 * is in the way, or NULL.
 */
extern Problem *cloud_id_find(const Connection *connection, Lookups *lookups, char **cloud_id);

/* The same, raising it. */
extern char *cloud_id_of_site(const Connection *connection, Lookups *lookups);

/*
 * Of the sites that an access token is good for, the one of the connection.
 * Raises 28000, with the sites that it is good for, if there is none.
 */
extern char *cloud_id_granted(const Connection *connection, const char *access_token);

#endif							/* JIRA_CLIENT_CLOUD_ID_H */
