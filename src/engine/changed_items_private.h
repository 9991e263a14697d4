/*
 * changed_items_private.h
 *	  Items that were changed in some time, and then their issues.
 *
 * Jira tells the ids of such items, whatever their issues are, and has many items
 * by id at once.  Which of their issues a search finds is asked afterwards.  What it
 * does not tell, or at too high a price, comes with the issues of the search.
 */
#ifndef JIRA_ENGINE_CHANGED_ITEMS_PRIVATE_H
#define JIRA_ENGINE_CHANGED_ITEMS_PRIVATE_H

#include "engine/changed_ids_private.h"
#include "engine/nested_rows_private.h"
#include "engine/pages.h"

typedef struct ChangedItems ChangedItems;

/*
 * Those of the issues that "search" finds with the JQL "own".  They are read through
 * "rows".  Nothing is sent yet.  In the current memory context.
 */
extern ChangedItems *changed_items_begin(Client *client, const Action *action, const Request *search,
										 const char *own, const ChangedUse *use, NestedRows *rows);

/* Begins with the next of them, as level 1, in the rows of their issues; false if there are none. */
extern bool changed_items_next(ChangedItems *changed);

/*
 * After the last of them: has the pages of the search, which have not been read yet, find
 * the issues of the rest; false if there is none.
 */
extern bool changed_items_narrow_rest(ChangedItems *changed, Pages *pages);

/* Are the issues of the rest all of the search? */
extern bool changed_items_gave_up(const ChangedItems *changed);

/* Was the item with this id among them?  The issues of the rest have it, too. */
extern bool changed_items_had(const ChangedItems *changed, int64 id);

#endif							/* JIRA_ENGINE_CHANGED_ITEMS_PRIVATE_H */
