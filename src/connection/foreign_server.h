/*
 * foreign_server.h
 *	  Servers of foreign tables, which read through a connection.
 */
#ifndef JIRA_CONNECTION_FOREIGN_SERVER_H
#define JIRA_CONNECTION_FOREIGN_SERVER_H

#include "foreign/foreign.h"
#include "nodes/pg_list.h"

/* The option of a server that has the alias. */
#define OPTION_CONNECTION "connection"

/* Is it a server of our foreign-data wrapper? */
extern bool foreign_server_is_ours(const ForeignServer *server);

/* The names of the servers of this database that have the alias. */
extern List *foreign_server_names(const char *alias);

#endif							/* JIRA_CONNECTION_FOREIGN_SERVER_H */
