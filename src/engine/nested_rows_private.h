/*
 * nested_rows_private.h
 *	  Rows that stand in lists of other rows.
 *
 * Level 0 is one row.  Level 1 has the elements of a list in it, level 2 those of
 * a list in each of these, and so on; the deepest ones are what is read.
 */
#ifndef JIRA_ENGINE_NESTED_ROWS_PRIVATE_H
#define JIRA_ENGINE_NESTED_ROWS_PRIVATE_H

#include "client/request.h"
#include "json/json_rows.h"

typedef struct NestedRows NestedRows;

/*
 * "lists" has the path of the list in a row of each level but the deepest, with
 * ">" between them; each may be several with "|".  "outermost" are the paths in rows of
 * level 0, and "request" is for messages.  In the current memory context.
 */
extern NestedRows *nested_rows_make(const Request *request, const char *lists, JsonPaths *outermost);

/* The number of the deepest level. */
extern int	nested_rows_depth(const NestedRows *nested);

/* The paths at which values of a level's rows are wanted. */
extern JsonPaths *nested_rows_paths(const NestedRows *nested, int level);

/* The row of a level that the last one read stands in, or is. */
extern JsonRow *nested_rows_row(NestedRows *nested, int level);

/* Begins with the lists in this row, which must live until they are read. */
extern void nested_rows_begin(NestedRows *nested, const JsonRow *row);

/* The rows of level 1 with which it has begun. */
extern size_t nested_rows_count(const NestedRows *nested);

/*
 * Begins with a list of level 1 that stands elsewhere; NULL: an empty one.  With "enter" (else NULL), it is
 * called for each of its elements, and leaves one out by returning false.
 */
typedef bool (*NestedRowsEnter) (void *source, JsonRow *row);
extern void nested_rows_begin_list(NestedRows *nested, JsonRows *list, NestedRowsEnter enter, void *source);

/* Reads the next row of the deepest level; false after the last one. */
extern bool nested_rows_next(NestedRows *nested);

/* The id at a place, as a number or a string of digits; -1 for anything else. */
extern int64 nested_rows_number(JsonRow *row, JsonPlaces places);

/* A row that outlives the page that it stands on. */
typedef struct KeptRow
{
	char	   *text;
	size_t		length;
	uint64		most;
} KeptRow;

/* In the current memory context. */
extern KeptRow nested_rows_keep(JsonRow *row);

/* Makes it the row of level 0; it must live as long as that. */
extern void nested_rows_show(NestedRows *nested, const KeptRow *kept);

/* The row of level 0 has been shown: begins with its lists. */
extern void nested_rows_begin_shown(NestedRows *nested);

#endif							/* JIRA_ENGINE_NESTED_ROWS_PRIVATE_H */
