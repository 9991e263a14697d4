/*
 * wait.h
 *	  The only place that sleeps.
 *
 * Every wait ends at once on cancel, statement_timeout and terminate (with
 * PostgreSQL's own error) and when the postmaster dies, and takes part in the
 * cluster's barriers, so that a DROP DATABASE elsewhere need not wait for it.
 */
#ifndef JIRA_UTILS_WAIT_H
#define JIRA_UTILS_WAIT_H

#include "http/exchange.h"

/* What a process does before and after it waits for an exchange. */
typedef struct WaitHooks
{
	void		(*before) (void);
	void		(*after) (void);
} WaitHooks;

/*
 * Lets every exchange of the session go on until this one is finished.  "hooks"
 * (NULL: none) are called around a wait, but not if there is nothing to wait for.
 */
extern void wait_for_exchange(HttpSession *session, HttpExchange *exchange, const WaitHooks *hooks);

/*
 * Lets the exchanges of several sessions go on until something has happened to
 * one of them, at most for so many milliseconds.
 */
extern void wait_for_any(HttpSession *const *sessions, int nsessions, long milliseconds);

/* Sleeps until there is something to read, or its end. */
extern void wait_for_input(int fd);

/* Sleeps for so many milliseconds, however often the process is woken. */
extern void wait_for_time(long milliseconds);

#endif							/* JIRA_UTILS_WAIT_H */
