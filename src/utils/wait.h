/*
 * wait.h
 *	  Waiting for sockets, files and time.
 *
 * No other file sleeps.  Every wait ends at once on cancel, statement_timeout
 * and terminate, with PostgreSQL's own error, and when the postmaster dies.  It
 * also answers ProcSignal barriers, so a DROP DATABASE in another session does
 * not have to wait for it.
 */
#ifndef JIRA_UTILS_WAIT_H
#define JIRA_UTILS_WAIT_H

#include "http/exchange.h"

/* Functions to call before and after a wait for an exchange. */
typedef struct WaitHooks
{
	void		(*before) (void);
	void		(*after) (void);
} WaitHooks;

/*
 * Drives every exchange of the session until this one is finished.  "hooks"
 * (NULL: none) are called around the wait, but not if it is finished already.
 */
extern void wait_for_exchange(HttpSession *session, HttpExchange *exchange, const WaitHooks *hooks);

/*
 * Drives the exchanges of several sessions until there is activity on one of
 * them, at most for so many milliseconds.
 */
extern void wait_for_any(HttpSession *const *sessions, int nsessions, long milliseconds);

/* Sleeps until the file has bytes to read, or is at its end. */
extern void wait_for_input(int fd);

/* Sleeps for so many milliseconds, however often the process is woken. */
extern void wait_for_time(long milliseconds);

#endif							/* JIRA_UTILS_WAIT_H */
