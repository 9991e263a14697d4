/*
 * items_private.h
 *	  Rows that are items of the issues of a search.
 */
#ifndef JIRA_ENGINE_ITEMS_PRIVATE_H
#define JIRA_ENGINE_ITEMS_PRIVATE_H

#include "engine/pages.h"

typedef struct Items Items;

/*
 * The items of the issues that "pages" has for a search by the JQL "own".  "list" is the path of their list: see
 * ItemList.  "rows_per_request" is the number of issues that a request of the search
 * returns.  In the current memory context.
 */
extern Items *items_begin(Client *client, const Action *action, const Request *search, const char *own,
						  Pages *pages, const char *list, const StreamUse *use, int rows_per_request);

/*
 * The paths in rows for a column's path, and to the number of "^" that it begins with:
 * see ItemList.
 */
extern JsonPaths *items_paths(const Items *items, const char **path, int *outward);

/* Reads the next item; false after the last one. */
extern bool items_next(Items *items);

/* The item, or what it stands in: the row that columns with so many "^" are of. */
extern JsonRow *items_row(Items *items, int outward);

/* The issue of the item. */
extern JsonRow *items_issue(Items *items);

/* What requests for the items of issues have cost, beside those of the pages. */
extern void items_add_cost(const Items *items, PagesCost *cost);

#endif							/* JIRA_ENGINE_ITEMS_PRIVATE_H */
