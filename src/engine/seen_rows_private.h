/*
 * seen_rows_private.h
 *	  Recognizes a page of rows that came before: a result that does not advance.
 */
#ifndef JIRA_ENGINE_SEEN_ROWS_PRIVATE_H
#define JIRA_ENGINE_SEEN_ROWS_PRIVATE_H

#include "json/json_rows.h"

/* Two pages that came before, as sorted digests of their rows. */
typedef struct SeenRows
{
	uint64	   *first;
	size_t		first_count;
	uint64	   *previous;		/* may be the first page */
	size_t		previous_count;
} SeenRows;

/*
 * Remembers a page before its rows are read; forgets the page before it, but for
 * the first one.  Returns whether each of its rows was in one of the two pages.
 * Allocates in "context".
 */
extern bool seen_rows_repeat(SeenRows *seen, MemoryContext context, const JsonRows *rows);

#endif							/* JIRA_ENGINE_SEEN_ROWS_PRIVATE_H */
