/*
 * changed_ids_private.h
 *	  The ids of items that were changed in some time, whatever their issues are.
 *
 * Jira leaves out what was changed during the last minute, and may have more of such
 * items than a search has issues.  So what follows the ids has to be read, too.
 */
#ifndef JIRA_ENGINE_CHANGED_IDS_PRIVATE_H
#define JIRA_ENGINE_CHANGED_IDS_PRIVATE_H

#include "engine/action.h"
#include "engine/narrowing.h"

typedef struct ChangedIds ChangedIds;

/* How the items are asked for. */
typedef struct ChangedUse
{
	WantedItems wanted;
	bool		is_asked;		/* the caller says since when: a refusal is an
								 * error */
	bool		may_stop;		/* the caller may stop before the last item */
	int			rows_per_request;	/* that a search returns */
} ChangedUse;

/* Of items of the issues that "search" finds.  Nothing is sent yet.  In the current memory context. */
extern ChangedIds *changed_ids_begin(Client *client, const Action *action, const Request *search,
									 const ChangedUse *use);

/* Adds the next ones to a list, as many as can be asked for at once; false if there are none. */
extern bool changed_ids_next(ChangedIds *ids, json_t *list);

/* The items of the ids that were returned last are not to be had: the rest is everything else. */
extern void changed_ids_give_up(ChangedIds *ids);

/* After the last one: the items that have yet to be read. */
typedef enum ChangedRest
{
	NO_ITEM,
	RECENT_ITEMS,				/* of issues that were changed since *since,
								 * in milliseconds since 1970 */
	ALL_ITEMS
} ChangedRest;

extern ChangedRest changed_ids_rest(const ChangedIds *ids, int64 *since);

/* Was this id among those that were returned? */
extern bool changed_ids_had(const ChangedIds *ids, int64 id);

#endif							/* JIRA_ENGINE_CHANGED_IDS_PRIVATE_H */
