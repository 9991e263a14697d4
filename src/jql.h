/*
 * jql.h
 *	  Safe construction of JQL.
 */
#ifndef JIRA_JQL_H
#define JIRA_JQL_H

#include "lib/stringinfo.h"

/* Appends text as a string literal of JQL, which it cannot leave. */
extern void jql_append_string(StringInfo jql, const char *text);

#endif							/* JIRA_JQL_H */
