/*
 * reply.h
 *	  From what came back for a request to the problem that SQL sees.
 */
#ifndef JIRA_CLIENT_REPLY_H
#define JIRA_CLIENT_REPLY_H

#include "client/request.h"
#include "http/exchange.h"
#include "utils/problem.h"

/* What the headers of a reply tell of the caller. */
typedef enum Caller
{
	CALLER_UNTOLD,
	CALLER_KNOWN,
	CALLER_REJECTED,			/* whatever the status is */
	CALLER_LOCKED_OUT			/* until a CAPTCHA is solved */
} Caller;

extern Caller reply_caller(HttpExchange *exchange);

/*
 * What is wrong with a reply, NULL if nothing is: its status, a sign-in that
 * Jira did not accept but answered all the same, a content type that is not
 * JSON where there is a body.  A document in which Jira says why may take "most"
 * bytes of memory.
 */
extern Problem *reply_problem(const Request *request, const Connection *connection,
							  HttpExchange *exchange, uint64 most);

/*
 * The body of a reply in UTF-8, without a byte order mark, as long as the
 * exchange and the current memory context live.  Proxies label bodies: only one
 * that is no UTF-8 is taken for what its content type says.
 */
extern const char *reply_text(HttpExchange *exchange, size_t *length);

/* When the reply was made by the clock of the server, in milliseconds since 1970; -1: it does not say so. */
extern int64 reply_time(HttpExchange *exchange);

/* SQLSTATE and hint (or NULL) for the HTTP status of a refusal. */
extern void reply_status_meaning(int status, int *sqlstate, const char **hint);

/*
 * Does Jira say with these words that the credential is right, but lacks a
 * scope?  The status alone would mean that it is wrong.
 */
extern bool reply_lacks_scope(int status, const char *words);

/* Does a refusal say that Jira takes no names with passwords? */
extern bool reply_basic_is_off(HttpExchange *exchange);

/*
 * Jira's words in an error of its usual form; palloc'd.  "names" are those of
 * fields, by id, or NULL.
 */
extern char *reply_error_text(json_t *document, json_t *names);

/* A reply that is not what Jira's contract says; "detail" is palloc'd. */
extern Problem *reply_malformed(const Request *request, char *detail);

/* A reply that contradicts itself or those before it about what a list has. */
extern Problem *reply_contradictory(const Request *request, char *detail);

/* A reply with the "rows", as they are called, of one before it. */
extern Problem *reply_repeated(const Request *request, const char *rows);

/* A reply of which a part cannot be read. */
extern Problem *reply_unreadable(const Request *request, const JsonProblem *problem);

#endif							/* JIRA_CLIENT_REPLY_H */
