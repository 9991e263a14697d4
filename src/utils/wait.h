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

#include "datatype/timestamp.h"

#include "http/exchange.h"

/*
 * A process that serves many must not wait for one of them.  After
 * wait_forbid(), a function that would have to wait raises an error, and
 * wait_take_postponement() tells for what it would have waited: the caller
 * calls the function again from its beginning when that has come.
 */
typedef struct Postponement
{
	HttpExchange *exchange;		/* is to be finished; NULL: there is none */
	TimestampTz until;			/* a time to call again in any case */
} Postponement;

extern void wait_forbid(void);
extern bool wait_is_forbidden(void);

/* Raises the error, and does not return: to be called again after so many milliseconds. */
extern void wait_postpone(long milliseconds);

/* After an error was caught: was it raised instead of a wait? */
extern bool wait_is_postponed(void);

/* The same, once for each error; then fills *postponement. */
extern bool wait_take_postponement(Postponement *postponement);

/* Drives every exchange of its session until this one is finished. */
extern void wait_for_exchange(HttpExchange *exchange);

/*
 * Drives the exchanges of several sessions until there is activity on one of
 * them, at most for so many milliseconds.
 */
extern void wait_for_any(HttpSession *const *sessions, int nsessions, long milliseconds);

/*
 * The same for the exchanges of one session, while what the caller waits for is
 * an exchange that has yet to be sent.
 */
extern void wait_for_start(HttpSession *session, long milliseconds);

/* Sleeps until the file has bytes to read, or is at its end. */
extern void wait_for_input(int fd);

/* Sleeps for so many milliseconds, however often the process is woken. */
extern void wait_for_time(long milliseconds);

#endif							/* JIRA_UTILS_WAIT_H */
