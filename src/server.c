/*
 * server.c
 *	  What kind of Jira a connection leads to, asked for once per session.
 */
#include "postgres.h"

#include "utils/memutils.h"

#include "server.h"

/* Its action, for messages. */
#define LOOKUP_SERVER "jira_lookup_server"

typedef struct Server
{
	char	   *alias;
	char	   *base_url;
	int			version;
	struct Server *next;
} Server;

static Server *servers = NULL;

static Server *
find_server(const Connection *connection)
{
	Server	   *each = servers;

	while (each && (strcmp(each->alias, connection->alias) != 0 ||
					strcmp(each->base_url, connection->base_url) != 0))
		each = each->next;
	return each;
}

static int
ask_for_version(Client *client)
{
	json_t	   *info = client_get(client, LOOKUP_SERVER, NULL, "/rest/api/2/serverInfo");
	json_t	   *major = json_array_get(json_object_get(info, "versionNumbers"), 0);

	if (!json_is_integer(major))
		ereport(ERROR,
				(errcode(ERRCODE_PROTOCOL_VIOLATION),
				 errmsg("Jira does not tell its version"),
				 errhint("Check that the URL and the server type of this connection are those of a Jira.")));
	return (int) json_integer_value(major);
}

int
server_version(Client *client)
{
	const Connection *connection = client->connection;
	Server	   *known = find_server(connection);
	int			version;

	if (known)
		return known->version;

	version = ask_for_version(client);
	known = MemoryContextAllocZero(TopMemoryContext, sizeof(Server));
	known->alias = MemoryContextStrdup(TopMemoryContext, connection->alias);
	known->base_url = MemoryContextStrdup(TopMemoryContext, connection->base_url);
	known->version = version;
	known->next = servers;
	servers = known;
	return version;
}
