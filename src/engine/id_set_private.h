/*
 * id_set_private.h
 *	  Sets of ids of issues.
 */
#ifndef JIRA_ENGINE_ID_SET_PRIVATE_H
#define JIRA_ENGINE_ID_SET_PRIVATE_H

#include "json/json_rows.h"

/* In ascending order; all zero: empty. */
typedef struct IdSet
{
	int64	   *ids;
	size_t		count;
} IdSet;

extern int	id_set_compare(const void *left, const void *right);

extern IdSet id_set_make(MemoryContext context, const int64 *ids, size_t count);
extern bool id_set_has(const IdSet *set, int64 id);

/* The ids of the rows in their order, in the current memory context; NULL if one has none. */
extern int64 *id_set_of_rows(JsonRows *rows);

/* To see that the pages of a result advance; all zero before the first one. */
typedef struct IdProgress
{
	IdSet		first;			/* the first page that had any */
	IdSet		last;
	int			repeats;		/* pages in a row that were no progress */
} IdProgress;

/*
 * A page whose ids all came before is no progress, but a few may come again because
 * the result has changed.  Returns false if it does not advance.
 */
extern bool id_set_note_page(IdProgress *progress, MemoryContext context, const int64 *ids, size_t count);

#endif							/* JIRA_ENGINE_ID_SET_PRIVATE_H */
