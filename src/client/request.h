/*
 * request.h
 *	  A request to Jira before it is sent.
 */
#ifndef JIRA_CLIENT_REQUEST_H
#define JIRA_CLIENT_REQUEST_H

#include "connection/connection.h"
#include "http/exchange.h"
#include "json/json.h"
#include "utils/sql_version.h"

/* The header by which administrators of Jira recognize the extension. */
#define USER_AGENT "User-Agent: jira_spoke/" JIRA_VERSION

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
	json_t	   *unsent;			/* parameters that Jira does not take, NULL:
								 * none */
	bool		is_form;		/* the body travels like the query, not as
								 * JSON */
	const HttpFile *file;		/* to upload instead of a body, or NULL */
	json_t	   *parts;			/* NULL, or for a result from several paths
								 * after each other: {path, member, value};
								 * the value is put into its rows */
	bool		writes;			/* changes something in Jira */
	bool		creates;		/* makes something new there, with an id */
	bool		fetches_file;	/* the reply is of any type and as large as a
								 * file may be */
	bool		at_origin;		/* the path is below the host, not the base
								 * URL */
	const char *secret;			/* in the body, never to be shown; or NULL */
	bool		guesses;		/* takes numbers as they are, without having
								 * asked what their fields want */
	json_t	   *field_names;	/* of fields in the body, by id, for messages;
								 * NULL: none are known */
	const char *assumed;		/* what the user did not say, or NULL: if Jira
								 * complains about it, the hint is this */
	const char *assumed_hint;

	/* What the token must have, if it has scopes at all; else NULL. */
	const char *classic_scopes;
	const char *granular_scopes;
	const char *scopes_purpose; /* "to ..."; NULL: the action itself */
} Request;

/* An empty request in a context of its own below the current one. */
extern Request *request_make(const char *action, const char *method);

/* The same request with parameters of its own, in a context of its own below the current one. */
extern Request *request_copy(const Request *request);

/* The query of a GET, else the body, in which a search has its parameters; borrowed, NULL for no body. */
extern json_t *request_parameters(const Request *request);

/*
 * Whether a request reads, by its method and path ("/rest/api/..."): a GET, or a
 * POST to an endpoint that has its question in the body.
 */
extern bool request_only_reads(const char *method, const char *path);

/* "jira_lookup_issue of "OPS-1"", for messages. */
extern char *request_name(const Request *request);

/*
 * Called for each request before it is sent.  Raises 25006 for a write in a
 * read-only transaction, and 42501 for one in a security-restricted operation or
 * through a connection that may only be read: none may change anything in Jira.
 */
extern void request_check(const Request *request, const Connection *connection);

/*
 * From now on, request_check() raises 42501 for every write: this process
 * repeats what it does when that fails.
 */
extern void request_refuse_writes(void);

/* The whole URL, in the current memory context. */
extern char *request_url(const Request *request, const char *base_url);

/* The body as it travels, in the current memory context; NULL: none. */
extern char *request_body(const Request *request);

/*
 * The header that tells about the content, for libcurl: without a value it
 * sends none.  Jira wants the type of a POST or PUT even when it is empty.  A
 * form has its own type, and is taken for one that a browser was tricked into
 * sending unless it says otherwise.
 */
extern const char *request_content_header(const Request *request);

#endif							/* JIRA_CLIENT_REQUEST_H */
