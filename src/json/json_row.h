/*
 * json_row.h
 *	  One row of a list: its bytes, the values at some paths in them, and a tree
 *	  where one is needed.
 *
 * A tree takes more time than all else that is done with a row, so that values
 * are read from the bytes as far as possible.  A row that is unusual in any way is
 * a tree from the beginning.
 */
#ifndef JIRA_JSON_ROW_H
#define JIRA_JSON_ROW_H

#include "json/json.h"
#include "json/json_string.h"

/* Paths, and where they lead in the row that was read last. */
typedef struct JsonPaths JsonPaths;

/* None yet; in the current memory context. */
extern JsonPaths *json_row_paths(void);

/* Paths that were added together: their numbers. */
typedef struct JsonPlaces
{
	int			first;
	int			count;
} JsonPlaces;

/*
 * Adds paths as jira_json_get() takes them, with "|" between them; NULL adds none.
 */
extern JsonPlaces json_row_add_paths(JsonPaths *paths, const char *names);

/* Valid until the next row is read. */
typedef struct JsonRow
{
	JsonPaths  *paths;
	JsonSlice	text;			/* start is NULL: there is only a tree */
	json_t	   *tree;			/* NULL: not made yet */
	const char *parsed;			/* the start of a value that was parsed, */
	json_t	   *value;			/* and its tree; NULL: none was */
	uint64		most;			/* bytes of memory for trees */
	MemoryContext context;		/* owns the trees */
} JsonRow;

/*
 * Reads the row that begins at "text", before "end", where a closing bracket
 * stands.  Returns its end, or NULL if it is unusual, or no JSON.
 */
extern const char *json_row_read(JsonPaths *paths, const char *text, const char *end);

/* The whole row, borrowed. */
extern json_t *json_row_tree(JsonRow *row);

/* The same to be changed: all values are read from it afterwards. */
extern json_t *json_row_change(JsonRow *row);

/* The first of the paths at which the row has a value other than null; -1 if it has no such value. */
extern int	json_row_first(JsonRow *row, JsonPlaces places);

/* Has a row of bytes a value, which may be null, at any of the paths? */
extern bool json_row_has_any(const JsonRow *row, JsonPlaces places);

/*
 * The bytes of the value at this path, which may be allocated in the current memory
 * context; false if the value is null or missing, or can only be read from the tree.
 * They were checked: JSON in UTF-8, in which no name of a member has an escape, no
 * string half of a surrogate pair, and every number is one that jansson takes.
 */
extern bool json_row_slice(const JsonRow *row, int path, JsonSlice *slice);

/* The value that json_row_first() has found: a new reference. */
extern json_t *json_row_get(JsonRow *row, int path);

/* The string at this path in UTF-8, palloc'd; NULL if there is none. */
extern char *json_row_string(JsonRow *row, int path);

#endif							/* JIRA_JSON_ROW_H */
