/*
 * url.h
 *	  Base URLs taken apart, and parts of URLs put together safely.
 */
#ifndef JIRA_HTTP_URL_H
#define JIRA_HTTP_URL_H

#include <stdbool.h>

struct sockaddr;

/*
 * The parts of a base URL that decide where requests and credentials go.
 * "origin" is scheme://host:port in lower case with the port written out.
 */
typedef struct Url
{
	char		origin[320];
	char		host[256];		/* in lower case; an IPv6 address in brackets */
	bool		https;
	bool		loopback;		/* localhost, 127.0.0.0/8 or [::1], by its
								 * name */
} Url;

/*
 * NULL, or what is wrong with the URL, as the end of a sentence.  A base URL
 * has a scheme (http or https), a host and perhaps a port and a path; it has
 * no user information, query or fragment.
 */
extern const char *url_parse(const char *url, Url *parts);

/*
 * Where a redirect leads: NULL and the whole URL (free() it) with its parts,
 * or what is wrong with it, as the end of a sentence.
 */
extern const char *url_follow(const char *base, const char *location, char **url, Url *parts);

/* Is this the address of the machine itself?  Sees through IPv4-mapped IPv6. */
extern bool url_is_loopback(const struct sockaddr *address);

/* The decoded value of a parameter of the query; free() it.  NULL: none. */
extern char *url_parameter(const char *url, const char *name);

/* Percent-encodes everything but unreserved characters; free() it. */
extern char *url_escape(const char *text);

#endif							/* JIRA_HTTP_URL_H */
