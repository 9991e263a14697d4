/*
 * key_set_private.h
 *	  Continues a search for issues after the issue that came last, by its key.
 *
 * Data Center does not return the rows of a search beyond its result window,
 * which begins anew for a search that asks for the rest only.
 */
#ifndef JIRA_ENGINE_KEY_SET_PRIVATE_H
#define JIRA_ENGINE_KEY_SET_PRIVATE_H

#include "client/request.h"

typedef struct KeySet KeySet;

/*
 * For a search with this JQL (NULL: all issues).  "ordered" says that Jira has an
 * order of its own for a query without ORDER BY, which the rows must keep.
 * Allocates in the current memory context.
 */
extern KeySet *key_set_begin(const char *jql, bool ordered);

/* To be called with the key of each issue, or NULL, in the order in which they came. */
extern void key_set_note(KeySet *set, const char *key);

/*
 * The JQL for the issues after those noted, in the current memory context; NULL
 * if the search has another order, or if no issue came since the last
 * continuation.  The order is believed: the caller checks that the rest has as
 * many rows as are missing.
 */
extern char *key_set_continue(KeySet *set);

#endif							/* JIRA_ENGINE_KEY_SET_PRIVATE_H */
