/*
 * table_options.h
 *	  The options of servers, tables and columns.
 */
#ifndef JIRA_TABLE_OPTIONS_H
#define JIRA_TABLE_OPTIONS_H

#include "connection/foreign_server.h"

#define OPTION_JQL "jql"
#define OPTION_OBJECT "object"
#define OPTION_FIELD "field"

/* The value of an option, or NULL; "" counts as none. */
extern const char *table_options_get(List *options, const char *name);

/* Raises 22023 unless rows can be restricted by this JQL. */
extern void table_options_check_jql(const char *jql);

/* What the object's rows fulfil, with the JQL of these options. */
extern char *table_options_jql(const char *object_jql, List *server, List *table);

#endif							/* JIRA_TABLE_OPTIONS_H */
