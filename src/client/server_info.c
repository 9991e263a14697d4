/*
 * server_version.c
 *	  What kind of Jira a connection leads to, asked for once per session.
 */
#include "postgres.h"

#include "client/server_version.h"
#include "client/site.h"

/* Its action, for messages. */
#define LOOKUP_SERVER "jira_lookup_server"

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
	Site	   *site = site_of(client);

	if (site->server_version == 0)
		site->server_version = ask_for_version(client);
	return site->server_version;
}
