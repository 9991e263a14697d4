/*
 * error.h
 *	  What went wrong, as a value first and as an error of PostgreSQL then.
 *
 * Problems are values so that a caller may repeat the request, tell about it
 * (jira_test_connection) or raise it.
 */
#ifndef JIRA_UTILS_ERROR_H
#define JIRA_UTILS_ERROR_H

#include "utils/elog.h"

/* Texts are in the server's encoding; detail and hint may be NULL. */
typedef struct Problem
{
	int			sqlstate;
	char	   *message;
	char	   *detail;
	char	   *hint;
} Problem;

/* As much of a reply's text as a person reads in a log. */
#define MAX_QUOTED 1000

/* A detail that is empty is none; "hint" is copied. */
extern Problem *problem_make(int sqlstate, char *message, char *detail, const char *hint);

/* Raises it; does not return. */
extern void problem_raise(const Problem *problem);

/* SQLSTATE and hint (or NULL) for an HTTP status that refuses a request. */
extern void reply_status_meaning(int status, int *sqlstate, const char **hint);

/*
 * Text from the network as text of the server: bytes that are not UTF-8, or
 * that the server's encoding lacks, become "?", and control characters become
 * spaces, since it goes into messages and logs.  At most "limit" bytes are
 * taken.  The result is palloc'd.
 */
extern char *foreign_text(const char *bytes, size_t length, size_t limit);

/* The same in UTF-8, whatever the server's encoding: for JSON. */
extern char *foreign_text_utf8(const char *bytes, size_t length);

#endif							/* JIRA_UTILS_ERROR_H */
