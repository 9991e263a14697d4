/*
 * server_version.h
 *	  What kind of Jira a connection leads to, asked for once per session.
 */
#ifndef JIRA_CLIENT_SERVER_VERSION_H
#define JIRA_CLIENT_SERVER_VERSION_H

#include "client/client.h"

/*
 * The major version of a Server or Data Center.  Cloud has none that tells
 * what it can do: do not ask.
 */
extern int	server_version(Client *client);

#endif							/* JIRA_CLIENT_SERVER_VERSION_H */
