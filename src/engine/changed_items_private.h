/*
 * changed_items_private.h
 *	  Items that were changed since some time, and then their issues.
 *
 * Jira tells the ids of such items, whatever their issues are, and has many items
 * by id at once.  Which of their issues a search finds is asked afterwards.
 */
#ifndef JIRA_ENGINE_CHANGED_ITEMS_PRIVATE_H
#define JIRA_ENGINE_CHANGED_ITEMS_PRIVATE_H

#include "engine/action.h"
#include "engine/nested_rows_private.h"

typedef struct ChangedItems ChangedItems;

/*
 * Those since this time, in milliseconds since 1970, of the issues that "search" finds
 * with the JQL "own".  With "may_stop" the caller may stop before the last one.
 * They are read through "rows".  Nothing is sent yet.  In the current memory context.
 */
extern ChangedItems *changed_items_begin(Client *client, const Action *action, const Request *search,
										 const char *own, int64 since, bool may_stop, NestedRows *rows);

/* Begins with the next of them, as level 1, in the rows of their issues; false if there are none. */
extern bool changed_items_next(ChangedItems *changed);

#endif							/* JIRA_ENGINE_CHANGED_ITEMS_PRIVATE_H */
