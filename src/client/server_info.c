/*
 * server_info.c
 *	  What a Jira tells of itself, asked for once per session.
 */
#include "postgres.h"

#include "client/server_info.h"
#include "client/site.h"

/* Its action, for messages. */
#define LOOKUP_SERVER "jira_lookup_server"

/* Major, minor and so on. */
static json_t *
version_number(json_t *info, int i)
{
	return json_array_get(json_object_get(info, "versionNumbers"), i);
}

/* Kept for the session, if the reply has a version number as that of a Jira has. */
static json_t *
server_info(Client *client)
{
	Site	   *site = site_of(client);
	json_t	   *info = site->server_info;

	if (info)
		return info;
	info = client_get(client, LOOKUP_SERVER, NULL, "/rest/api/2/serverInfo");
	site = site_of(client);
	if (json_is_integer(version_number(info, 0)))
		site->server_info = jira_json_own(site->context, json_incref(info));
	return info;
}

int
server_info_version(Client *client)
{
	json_t	   *major = version_number(server_info(client), 0);

	if (!json_is_integer(major))
		ereport(ERROR,
				(errcode(ERRCODE_PROTOCOL_VIOLATION),
				 errmsg("Jira does not tell its version"),
				 errhint("Check that the URL and the server type of this connection are those of a Jira.")));
	return (int) json_integer_value(major);
}

bool
server_info_reaches(Client *client, int major, int minor)
{
	int			version = server_info_version(client);

	return version > major ||
		(version == major && json_integer_value(version_number(server_info(client), 1)) >= minor);
}

bool
server_info_has_origin(Client *client, const char *origin)
{
	static const char *const members[] = {"baseUrl", "displayUrl"};

	for (int i = 0; i < lengthof(members); i++)
	{
		const char *url = json_string_value(json_object_get(server_info(client), members[i]));
		Url			parts;

		if (url && url_parse(url, &parts) == NULL && strcmp(parts.origin, origin) == 0)
			return true;
	}
	return false;
}
