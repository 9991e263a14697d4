/*
 * server_info.h
 *	  What a Jira tells of itself, asked for once per session.
 */
#ifndef JIRA_CLIENT_SERVER_INFO_H
#define JIRA_CLIENT_SERVER_INFO_H

#include "client/client.h"

/*
 * The major version of a Server or Data Center.  Cloud has none that tells
 * what it can do: do not ask.
 */
extern int	server_info_version(Client *client);

/* Is it this version or a later one?  Neither for Cloud. */
extern bool server_info_reaches(Client *client, int major, int minor);

/*
 * Does Jira say that this (Url.origin) is its own address?  Behind a proxy, users
 * know it by another one than the connection has.
 */
extern bool server_info_has_origin(Client *client, const char *origin);

#endif							/* JIRA_CLIENT_SERVER_INFO_H */
