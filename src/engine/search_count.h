/*
 * search_count.h
 *	  How many issues a search finds.
 */
#ifndef JIRA_ENGINE_SEARCH_COUNT_H
#define JIRA_ENGINE_SEARCH_COUNT_H

#include "client/client.h"

/* Begins to count what JQL without ORDER BY finds, in the current memory context; "action" is for messages. */
extern Transfer *search_count_start(Client *client, const char *action, const char *jql);

/* Ends the transfer.  The number, which Cloud estimates; -1 if Jira does not tell. */
extern int64 search_count_take(Transfer *transfer);

/*
 * How many issues the request of a search on Data Center finds by now with other JQL,
 * NULL for none.  The request has its own JQL again afterwards.
 */
extern int64 search_count_again(Client *client, Request *request, json_t *jql);

#endif							/* JIRA_ENGINE_SEARCH_COUNT_H */
