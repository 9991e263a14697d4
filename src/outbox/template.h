/*
 * template.h
 *	  Templates of arguments, filled in from a row.
 *
 * A template is JSON whose strings may refer to columns of the row: "{column}"
 * alone stands for its value, whatever its type, and among other text for its
 * text; "{{" and "}}" are braces.
 */
#ifndef JIRA_OUTBOX_TEMPLATE_H
#define JIRA_OUTBOX_TEMPLATE_H

#include "access/htup.h"
#include "utils/relcache.h"

#include "json/json.h"

/* The row that fired. */
typedef struct Row
{
	Relation	relation;
	TupleDesc	columns;
	HeapTuple	tuple;
} Row;

/* Text of the server's encoding in that of JSON. */
extern const char *template_utf8(const char *text);

/* The number of a column; raises 42703 if there is none. */
extern int	template_column(const Row *row, const char *name);

/* The columns of the primary key with their values; NULL if there is none. */
extern json_t *template_row_key(const Row *row);

/* A new reference. */
extern json_t *template_fill(json_t *template, const Row *row);

/* The same for a template that is a text and stays one. */
extern char *template_text(const char *template, const Row *row);

/*
 * What values look like as text must not depend on the session.  Returns a level
 * of settings, to be ended with AtEOXact_GUC(true, level).
 */
extern int	template_styles(void);

#endif							/* JIRA_OUTBOX_TEMPLATE_H */
