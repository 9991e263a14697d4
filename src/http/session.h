/*
 * session.h
 *	  Sessions: kept-alive connections for several exchanges, without ever
 *	  waiting.
 *
 * The caller asks for the sockets and the timer of a session, waits for them in
 * its own way and reports what became ready with http_drive().
 */
#ifndef JIRA_HTTP_SESSION_H
#define JIRA_HTTP_SESSION_H

#include <stdbool.h>
#include <stddef.h>

typedef struct HttpSession HttpSession;

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

/* Fills "sockets" (room for HTTP_MAX_SOCKETS), returns their number. */
extern int	http_sockets(HttpSession *session, HttpSocket *sockets);

/* Milliseconds until http_drive() must be called even if no socket is ready. */
extern long http_patience(HttpSession *session);

/* Lets libcurl work: on a socket that is ready, or, with NULL, on its timer. */
extern void http_drive(HttpSession *session, const HttpSocket *ready);

/*
 * Returns the date in the text of a header in seconds since 1970; -1 if the text is no
 * date, or a date after 2037 where time_t has 32 bits.
 */
extern long long http_date(const char *text);

#endif							/* JIRA_HTTP_SESSION_H */
