/*
 * pages.h
 *	  The rows of a result, in whatever style Jira divides it into pages.
 */
#ifndef JIRA_ENGINE_PAGES_H
#define JIRA_ENGINE_PAGES_H

#include "engine/action.h"

typedef struct Pages Pages;

/*
 * Prepares to read the rows of a request; the first pages_next() sends it.
 * "instead" is the request for endpoint->instead, or NULL.  "size" is the number
 * of rows of a page, "keys" (BY_KEYS only) are the keys to look up.  The result is
 * allocated in the current memory context.
 */
extern Pages *pages_begin(Client *client, const Action *action, const Endpoint *endpoint,
						  Request *request, Request *instead, int size, json_t *keys);

/* From here on there are no rows, instead of an error, if Jira says "not found". */
extern void pages_allow_missing(Pages *pages);

/*
 * Returns the next row, valid until the next call, or NULL after the last one.
 * "most" is the number of rows that the caller still needs; no more are requested.
 */
extern json_t *pages_next(Pages *pages, int64 most);

/* Replies read so far. */
extern int64 pages_read(const Pages *pages);

/*
 * All rows of a list that is paged by offset, as an array in the current memory
 * context; for a list that is small.
 */
extern json_t *pages_read_all(Client *client, Request *request, const char *list, int size);

#endif							/* JIRA_ENGINE_PAGES_H */
