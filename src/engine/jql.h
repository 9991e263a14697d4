/*
 * jql.h
 *	  Safe construction of JQL.
 */
#ifndef JIRA_ENGINE_JQL_H
#define JIRA_ENGINE_JQL_H

#include "lib/stringinfo.h"

/* Appends text as a string literal of JQL, which it cannot leave. */
extern void jql_append_string(StringInfo jql, const char *text);

/* The same for a thing by name, by key or, as bare digits, by id. */
extern void jql_append_reference(StringInfo jql, const char *text);

/* Where the ORDER BY clause of a query begins, or the query's length. */
extern size_t jql_order_start(const char *jql);

#endif							/* JIRA_ENGINE_JQL_H */
