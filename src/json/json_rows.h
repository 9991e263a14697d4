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
 * *rest is then the whole document, or NULL if it is malformed, which *problem
 * describes.  "text" must outlive the result.
 */
extern JsonRows *json_rows_open(const char *text, size_t length, const char *path,
								json_t **rest, char **problem);

extern size_t json_rows_count(const JsonRows *rows);

/*
 * Returns the next element, owned by "context".  Returns NULL after the last
 * one, with *problem NULL, and for a malformed one, which *problem describes.
 */
extern json_t *json_rows_next(JsonRows *rows, MemoryContext context, char **problem);

#endif							/* JIRA_JSON_ROWS_H */
