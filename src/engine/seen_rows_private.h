/*
 * seen_rows_private.h
 *	  Recognizes a page of rows that came before: a result that does not advance.
 */
#ifndef JIRA_ENGINE_SEEN_ROWS_PRIVATE_H
#define JIRA_ENGINE_SEEN_ROWS_PRIVATE_H

#include "json/json_rows.h"

/* Rows that may come again because a result changes while it is read. */
#define FEW_ROWS 5

/* The rows of a page, as their digests. */
typedef struct SeenPage
{
	uint64	   *digests;		/* NULL: there is no such page */
	size_t		count;
	size_t		room;
} SeenPage;

typedef struct SeenRows
{
	SeenPage	first;
	SeenPage	previous;		/* after the first one */
	SeenPage	current;
} SeenRows;

/*
 * Begins a page.  Returns whether each of its rows was in the first page or in the
 * one before.
 */
extern bool seen_rows_repeat(SeenRows *seen, const JsonRows *rows);

/* Forgets all pages: another list begins. */
extern void seen_rows_forget(SeenRows *seen);

/* Remembers all rows of the page, in "context", before they are read. */
extern void seen_rows_note_page(SeenRows *seen, MemoryContext context, const JsonRows *rows);

/* Remembers the row that was read last, as one of the page, in "context". */
extern void seen_rows_note(SeenRows *seen, MemoryContext context, const JsonRows *rows);

#endif							/* JIRA_ENGINE_SEEN_ROWS_PRIVATE_H */
