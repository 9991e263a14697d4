/*
 * json_rows.h
 *	  The rows of a document: an array in it, parsed one element at a time.
 *
 * A parsed document takes several times the memory of its text, and of a page
 * of rows only one is needed at a time.
 */
#ifndef JIRA_JSON_ROWS_H
#define JIRA_JSON_ROWS_H

#include "json/json.h"

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
 * Sets one number for each element that was not read yet, the same for elements
 * of the same text.
 */
extern void json_rows_digests(const JsonRows *rows, uint64 *digests);

/*
 * Returns the next element, owned by "context".  Returns NULL after the last
 * one, with problem->detail NULL, and for one that is malformed or beyond the
 * limits.
 */
extern json_t *json_rows_next(JsonRows *rows, MemoryContext context, JsonProblem *problem);

#endif							/* JIRA_JSON_ROWS_H */
