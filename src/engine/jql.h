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

/*
 * Appends a value, which is not null, as the operand of what the query ends with,
 * as jira_jql() does.
 */
extern void jql_append_operand(StringInfo jql, Datum value, Oid type);

/*
 * The query for what a clause and a query both find, in the order of that; NULL
 * if the query may not be one that can be put into parentheses.
 */
extern char *jql_with_clause(const char *jql, const char *clause);

/* The query with this order ("created DESC") instead of its own. */
extern char *jql_with_order(const char *jql, const char *order);

/* Where the ORDER BY clause of a query begins, or the query's length. */
extern size_t jql_order_start(const char *jql);

#endif							/* JIRA_ENGINE_JQL_H */
