/*
 * custom_field.h
 *	  Custom fields as columns of a table.
 */
#ifndef JIRA_TABLE_CUSTOM_FIELD_H
#define JIRA_TABLE_CUSTOM_FIELD_H

#include "nodes/pg_list.h"

#include "json/json.h"

typedef struct CustomColumn
{
	char	   *name;
	Oid			type;
	char	   *field;			/* the option "field" */
} CustomColumn;

/* The columns that a table has at most: some of the server's limit are left for others. */
#define MOST_COLUMNS 1500

/*
 * The fields that the option "custom_fields" chooses: "all", "none", or names and ids
 * between commas.  False for none; *chosen is NIL for all.
 */
extern bool custom_field_choice(const char *option, List **chosen);

/*
 * The columns for the custom fields of "catalogue" (see field_catalogue()), by their
 * numbers, without those that have one of the "present" options "field".  "chosen"
 * is as above; fields that columns of every Jira stand for have no column of their
 * own.  A column has none of the "taken" names.  Raises 42703 for a chosen field that
 * there is not.  All lists are of Strings.
 */
extern List *custom_field_columns(json_t *catalogue, List *chosen, List *taken, List *present);

/* The text at a path of a field, in UTF-8; "" if there is none. */
extern const char *custom_field_text(json_t *field, const char *path);

/* The first of these columns, as many as the table has room for, with a NOTICE if that is not all. */
extern List *custom_field_truncate(List *columns, int present, const char *table);

/*
 * The type of the column for a field of the catalogue; InvalidOid if "field", an option
 * of a column, names none of them.
 */
extern Oid	custom_field_type(json_t *catalogue, const char *field);

#endif							/* JIRA_TABLE_CUSTOM_FIELD_H */
