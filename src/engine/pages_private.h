/*
 * pages_private.h
 *	  The rows of a result, whatever way Jira cuts it into replies.
 */
#ifndef JIRA_ENGINE_PAGES_PRIVATE_H
#define JIRA_ENGINE_PAGES_PRIVATE_H

#include "engine/action.h"

typedef struct Pages Pages;

/*
 * Begins to read the rows of a request; nothing is sent before the first
 * pages_next().  "size" is what to ask for at once, "keys" (BY_KEYS only) what
 * to look up.  Lives in the current memory context.
 */
extern Pages *pages_begin(Client *client, const Action *action, const Endpoint *endpoint,
						  Request *request, int size, json_t *keys);

/*
 * The next row, borrowed until the next call; NULL after the last one.  "most"
 * is how many rows the caller still wants, so that no more are asked for.
 */
extern json_t *pages_next(Pages *pages, int64 most);

/* Replies read so far. */
extern int64 pages_read(const Pages *pages);

#endif							/* JIRA_ENGINE_PAGES_PRIVATE_H */
