/*
 * outcome.h
 *	  What an exchange can come to.
 */
#ifndef JIRA_HTTP_OUTCOME_H
#define JIRA_HTTP_OUTCOME_H

/* How an exchange ended, once it has. */
typedef enum HttpOutcome
{
	HTTP_ANSWERED,				/* a complete reply, whatever its status */
	HTTP_NOT_SET_UP,			/* libcurl refused an option, or lacks what it
								 * needs */
	HTTP_HELD_BACK,				/* it was never sent: see http_give_up() */
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
	HTTP_CROWDED_OUT,			/* the bodies of other exchanges of its share
								 * left no room for this one */
	HTTP_CUT,					/* the connection ended before the reply did */
	HTTP_ODD_ENCODING,			/* the body has a content encoding that there
								 * is none of; later exchanges of the session
								 * ask for none and take what comes */
	HTTP_MALFORMED				/* what came is not HTTP */
} HttpOutcome;

#endif							/* JIRA_HTTP_OUTCOME_H */
