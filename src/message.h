/*
 * message.h
 *	  A request to Jira before it is sent.
 */
#ifndef JIRA_MESSAGE_H
#define JIRA_MESSAGE_H

#include "json.h"

/* One request, independent of the connection's base URL. */
typedef struct Request
{
	MemoryContext context;		/* owns the rest */
	const char *action;			/* SQL function, for messages */
	const char *subject;		/* what it is about, for messages, or NULL */
	const char *method;
	char	   *path;			/* percent-encoded, below the base URL */
	json_t	   *query;			/* object; arrays travel as comma lists */
	json_t	   *body;			/* NULL: none */
	bool		writes;			/* changes something in Jira */
} Request;

/* An empty request in a context of its own below the current one. */
extern Request *request_make(const char *action, const char *method);

/*
 * Raises 25006 for a write in a read-only transaction and 42501 for one in a
 * security-restricted operation: neither may change anything in Jira.
 */
extern void request_check(const Request *request);

/* The whole URL, in the current memory context. */
extern char *request_url(const Request *request, const char *base_url);

/*
 * The Content-Type header, for libcurl: without a value it sends none.  Jira
 * wants that of a POST or PUT even when it is empty.
 */
extern const char *request_content_type(const Request *request);

#endif							/* JIRA_MESSAGE_H */
