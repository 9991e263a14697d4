/*
 * json_rows.h
 *	  The rows of a document: an array in it, read one element at a time.
 *
 * A parsed document takes several times the memory of its text, and of a page
 * of rows only one is needed at a time.
 */
#ifndef JIRA_JSON_ROWS_H
#define JIRA_JSON_ROWS_H

#include "json/json_row.h"

typedef struct JsonRows JsonRows;

/*
 * Finds the array at a dotted path ("values", "groups.items"); "" is the whole
 * document.  Sets *rest to the document with that array emptied, owned by the
 * current memory context.  Returns NULL if the document has no such array:
 * *rest is then the whole document, or NULL with *problem as jira_json_read()
 * has it.  A part of "most" bounds the memory of the rest, the other
 * part that of each element.  "text" must outlive the result.
 */
extern JsonRows *json_rows_open(const char *text, size_t length, const char *path, uint64 most,
								json_t **rest, JsonProblem *problem);

extern size_t json_rows_count(const JsonRows *rows);

/*
 * Reads the next element, of which the values at the paths are wanted.  Its trees
 * are owned by "context".  Returns false after the last one, with problem->detail
 * NULL, and for one that is malformed or beyond the limits.
 */
extern bool json_rows_next(JsonRows *rows, JsonPaths *paths, MemoryContext context,
						   JsonRow *row, JsonProblem *problem);

/* A number that is the same for elements of the same text: of the one that was read last. */
extern uint64 json_rows_digest(const JsonRows *rows);

/* An element that was not read yet, and the number that one of its members is. */
typedef struct JsonRowPlace
{
	int64		number;			/* as a number or as a string of digits; -1:
								 * it is none */
	const char *element;
} JsonRowPlace;

/* Sets the places of all elements, in their order. */
extern void json_rows_places(const JsonRows *rows, const char *member, JsonRowPlace *places);

/* From here on these are the elements, in this order: each of "count" may stand there twice. */
extern void json_rows_arrange(JsonRows *rows, const JsonRowPlace *places, size_t count);

/*
 * The same for one that was not read yet: the next one, if "after" is NULL, or that
 * which comes after an earlier result.  Returns NULL if there is none.
 */
extern const char *json_rows_look_ahead(const JsonRows *rows, const char *after, uint64 *digest);

#endif							/* JIRA_JSON_ROWS_H */
