/*
 * exchange.h
 *	  Exchanges: a request and its reply, several at a time in a session.
 */
#ifndef JIRA_HTTP_EXCHANGE_H
#define JIRA_HTTP_EXCHANGE_H

#include "http/outcome.h"
#include "http/session.h"

typedef struct HttpExchange HttpExchange;

typedef struct HttpLimits
{
	long		connect_timeout;	/* milliseconds */
	long		timeout;		/* milliseconds for the whole exchange */
	size_t		body;			/* bytes of a reply with status 2xx, after
								 * decompression */
	size_t		refusal;		/* of one with another status */
	size_t		header_bytes;	/* of all its headers */
	int			headers;		/* their number */
} HttpLimits;

/* Exchanges whose bodies have a limit together. */
typedef struct HttpShare HttpShare;

/* A file to upload, as the part "file" of a form. */
typedef struct HttpFile
{
	const char *name;			/* UTF-8; any character is harmless */
	const char *content_type;
	const char *bytes;			/* must outlive the exchange */
	size_t		length;
} HttpFile;

typedef struct HttpRequest
{
	const char *method;
	const char *url;
	const char *const *headers; /* "Name: value", ends with NULL */
	const char *body;			/* NULL: none; must outlive the exchange */
	size_t		length;			/* of the body, bytes */
	const HttpFile *file;		/* instead of a body, or NULL */
	bool		as_stored;		/* asks for the reply without compression */
	HttpShare  *share;			/* or NULL */
	HttpLimits	limits;
} HttpRequest;

typedef struct HttpReply
{
	HttpOutcome outcome;
	const char *problem;		/* libcurl's words unless HTTP_ANSWERED */
	int			status;
	char	   *body;			/* ends with a NUL that length leaves out */
	size_t		length;			/* of the body, bytes after decompression */
	long		received;		/* bytes that travelled */
} HttpReply;

/*
 * Opens a share for bodies of so many bytes together; NULL: out of memory.  Once
 * closed, it is freed with its last exchange.
 */
extern HttpShare *http_share_open(size_t most);
extern void http_share_close(HttpShare *share);

/* Allows so many bytes at least. */
extern void http_share_raise(HttpShare *share, size_t most);

/* The bytes that the bodies of a share hold until http_drop(). */
extern size_t http_share_held(const HttpShare *share);

/*
 * Makes an exchange that is sent when http_send() is called; NULL: out of memory.
 * If libcurl refuses an option of the session or of the request, the exchange is
 * finished at once, with HTTP_NOT_SET_UP.  http_drop() also breaks one off.
 */
extern HttpExchange *http_prepare(HttpSession *session, const HttpRequest *request);
extern void http_send(HttpExchange *exchange);

/* Instead of http_send(): finishes the exchange, for this reason. */
extern void http_give_up(HttpExchange *exchange, HttpOutcome outcome, const char *why);

/* http_prepare() and http_send() together. */
extern HttpExchange *http_start(HttpSession *session, const HttpRequest *request);
extern void http_drop(HttpExchange *exchange);

/* The reply of a finished exchange, valid until http_drop(); else NULL. */
extern HttpReply *http_reply(HttpExchange *exchange);

/* Is this the first call for the exchange?  A reply may be read again, and is counted once. */
extern bool http_is_first_look(HttpExchange *exchange);

/* The session that drives the exchange. */
extern HttpSession *http_session(HttpExchange *exchange);

/* Has at least a part of the request left us? */
extern bool http_sent(HttpExchange *exchange);

/* How long the exchange has taken so far, in milliseconds. */
extern double http_milliseconds(HttpExchange *exchange);

/* The last header of this name, NULL if there is none. */
extern const char *http_header(HttpExchange *exchange, const char *name);

/* Visits every header of the reply, in the order of arrival. */
extern void http_each_header(HttpExchange *exchange,
							 void (*visit) (const char *name, const char *value, void *state),
							 void *state);

#endif							/* JIRA_HTTP_EXCHANGE_H */
