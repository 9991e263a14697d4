/*
 * json_rows.h
 *	  A long list inside a document, read one element at a time.
 *
 * A parsed document takes several times the memory of its text.  Of a page of
 * rows only one is needed at a time.
 */
#ifndef JIRA_JSON_ROWS_H
#define JIRA_JSON_ROWS_H

#include "json/json.h"

typedef struct JsonRows JsonRows;

/*
 * Finds the list at a dotted path ("values", "groups.items"); "" is the whole
 * document.  *rest becomes the document with that list emptied, owned by the
 * current memory context.  NULL if there is no such list; *rest is then the
 * document as it is, or NULL, with *problem saying why it cannot be read.
 * "text" must outlive the list.
 */
extern JsonRows *json_rows_open(const char *text, size_t length, const char *path,
								json_t **rest, char **problem);

extern size_t json_rows_count(const JsonRows *list);

/*
 * The next element, owned by "context"; NULL after the last one, and when it
 * cannot be read, which *problem (else NULL) then says.
 */
extern json_t *json_rows_next(JsonRows *list, MemoryContext context, char **problem);

#endif							/* JIRA_JSON_ROWS_H */
