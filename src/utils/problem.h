/*
 * problem.h
 *	  An error as a value.
 *
 * A caller that has the problem as a value may retry, store or show it
 * (jira_test_connection) instead of raising it.
 */
#ifndef JIRA_UTILS_PROBLEM_H
#define JIRA_UTILS_PROBLEM_H

#include "utils/elog.h"
#include "utils/palloc.h"

/* Texts are in the server's encoding; detail, hint and column may be NULL. */
typedef struct Problem
{
	int			sqlstate;
	char	   *message;
	char	   *detail;
	char	   *hint;
	char	   *column;			/* that an error names (err_generic_string()),
								 * or NULL */
} Problem;

/* An empty detail counts as none; "hint" is copied. */
extern Problem *problem_make(int sqlstate, char *message, char *detail, const char *hint);

/* Raises the problem; does not return. */
extern void problem_raise(const Problem *problem);

/*
 * For PG_CATCH: takes the error out of the error state, as a value in
 * "context", which becomes the current memory context.  The caller then ends
 * the transaction that the error has broken.
 */
extern Problem *problem_caught(MemoryContext context);

/*
 * Calls run(arg) in a subtransaction.  Returns NULL or, after it was rolled
 * back, the error.  An error whose SQLSTATE catches() rejects is raised again;
 * with NULL, all are caught.
 */
extern Problem *problem_in_subtransaction(void (*run) (void *arg), void *arg,
										  bool (*catches) (int sqlstate));

#endif							/* JIRA_UTILS_PROBLEM_H */
