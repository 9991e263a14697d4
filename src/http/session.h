/*
 * session.h
 *	  Sessions and their exchanges: HTTP requests, several at a time, without
 *	  ever waiting.
 *
 * The caller asks for the sockets and the timer of a session, waits for them in
 * its own way and reports what became ready with http_drive().
 */
#ifndef JIRA_HTTP_SESSION_H
#define JIRA_HTTP_SESSION_H

#include <stdbool.h>
#include <stddef.h>

typedef struct HttpSession HttpSession;
typedef struct HttpExchange HttpExchange;

/* What an exchange came to, when it is finished. */
typedef enum HttpOutcome
{
	HTTP_ANSWERED,				/* a complete reply, whatever its status */
	HTTP_NOT_SET_UP,			/* libcurl refused an option, or lacks what it
								 * needs */
	HTTP_UNRESOLVED,			/* the name of the host has no address */
	HTTP_UNREACHABLE,			/* no connection to its address and port */
	HTTP_PROXY_UNRESOLVED,
	HTTP_PROXY_UNREACHABLE,
	HTTP_PROXY_TLS_FAILED,		/* or its certificate is not trusted */
	HTTP_PROXY_REFUSED,			/* it does not lead on to the host */
	HTTP_FORBIDDEN,				/* the address is not one we may connect to */
	HTTP_NOT_TLS,				/* what answers does not speak it */
	HTTP_TLS_FAILED,			/* no agreement on protocol or ciphers */
	HTTP_WRONG_NAME,			/* the certificate is for another host */
	HTTP_NOT_VALID_NOW,			/* the certificate has expired, or will be
								 * valid */
	HTTP_UNTRUSTED,				/* the certificate is of no known authority */
	HTTP_CLIENT_REFUSED,		/* no client certificate, or not the right one */
	HTTP_BAD_CA_FILE,			/* the files below cannot be read (any more) */
	HTTP_BAD_CLIENT_FILES,
	HTTP_CONNECT_TIMEOUT,		/* no connection in time */
	HTTP_TIMEOUT,				/* no complete reply in time */
	HTTP_TOO_LARGE,				/* body or headers beyond their limits */
	HTTP_CUT,					/* the connection ended before the reply did */
	HTTP_MALFORMED				/* what came is not HTTP */
} HttpOutcome;

typedef struct HttpLimits
{
	long		connect_timeout;	/* milliseconds */
	long		timeout;		/* milliseconds for the whole exchange */
	size_t		body;			/* bytes of a reply, after decompression */
} HttpLimits;

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

/* A socket to wait for. */
typedef struct HttpSocket
{
	int			fd;
	bool		readable;		/* wanted or, for http_drive(), found */
	bool		writable;
} HttpSocket;

#define HTTP_MAX_SOCKETS 64

/* Is the libcurl that is loaded new enough?  Its version in any case. */
extern bool http_check_libcurl(const char **version);

/* Once per process, before anything else; false when libcurl refuses to start. */
extern bool http_init(void);

/* How a session connects; NULL: as usual. */
typedef struct HttpSessionOptions
{
	int			max_connections;
	bool		loopback_only;	/* connections to anything but this machine
								 * are refused, whatever a name resolves to */
	const char *proxy;			/* URL: http, https or socks5h */
	const char *ca_file;		/* PEM: trusted instead of the system's */
	const char *client_certificate; /* PEM */
	const char *client_key;		/* PEM */
} HttpSessionOptions;

/*
 * A session keeps connections open between exchanges.  Two credentials must
 * never share one.  The texts are copied.  NULL: out of memory.
 */
extern HttpSession *http_open(const HttpSessionOptions *options);
extern void http_close(HttpSession *session);

/*
 * Starts an exchange; NULL: out of memory.  If libcurl refuses an option of the
 * session or of the request, the exchange is finished when this returns.
 * http_drop() also breaks one off.
 */
extern HttpExchange *http_start(HttpSession *session, const HttpRequest *request);
extern void http_drop(HttpExchange *exchange);

/* Fills "sockets" (room for HTTP_MAX_SOCKETS), returns their number. */
extern int	http_sockets(HttpSession *session, HttpSocket *sockets);

/* Milliseconds until http_drive() must be called even if no socket is ready. */
extern long http_patience(HttpSession *session);

/* Lets libcurl work: on a socket that is ready, or, with NULL, on its timer. */
extern void http_drive(HttpSession *session, const HttpSocket *ready);

/* The reply of a finished exchange, valid until http_drop(); else NULL. */
extern HttpReply *http_reply(HttpExchange *exchange);

/* Has at least a part of the request left us? */
extern bool http_sent(HttpExchange *exchange);

/* The last header of this name, NULL if there is none. */
extern const char *http_header(HttpExchange *exchange, const char *name);

/* Visits every header of the reply, in the order of arrival. */
extern void http_each_header(HttpExchange *exchange,
							 void (*visit) (const char *name, const char *value, void *state),
							 void *state);

/* A Retry-After date as seconds since 1970, -1 if it is none. */
extern long long http_date(const char *text);

#endif							/* JIRA_HTTP_SESSION_H */
