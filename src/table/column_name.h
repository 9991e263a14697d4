/*
 * column_name.h
 *	  Names of columns made of the names of fields.
 */
#ifndef JIRA_TABLE_COLUMN_NAME_H
#define JIRA_TABLE_COLUMN_NAME_H

#include "nodes/pg_list.h"

/*
 * A name, in UTF-8, in lower case: letters and digits of any script, and one
 * underscore for what is between them.  With "suffix" at its end it has at most
 * NAMEDATALEN - 1 bytes.
 */
extern char *column_name(const char *utf8, const char *suffix);

#endif							/* JIRA_TABLE_COLUMN_NAME_H */
