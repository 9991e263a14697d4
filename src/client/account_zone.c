/*
 * account_zone.c
 *	  The time zone of the profile of the account that a connection signs in as.
 */
#include "postgres.h"

#include "utils/memutils.h"

#include "client/account_zone.h"
#include "client/site.h"

/* Its action, for messages. */
#define LOOKUP_ACCOUNT "jira_lookup_authenticated_user"

/* "" if Jira does not tell: a token may lack the scope. */
static const char *
ask_for_zone(Client *client)
{
	Request    *request = request_make(LOOKUP_ACCOUNT, "GET");
	json_t	   *myself;
	const char *zone = NULL;

	request->path = psprintf("/rest/api/%d/myself", client->connection->api_version);
	if (client_try(client_start(CurrentMemoryContext, client, request), &myself) == NULL)
		zone = json_string_value(json_object_get(myself, "timeZone"));
	return zone ? zone : "";
}

pg_tz *
account_zone(Client *client)
{
	const char *zone = site_of(client)->time_zone;

	if (zone == NULL)
	{
		const char *told = ask_for_zone(client);
		Site	   *site = site_of(client);

		zone = site->time_zone = MemoryContextStrdup(site->context, told);
	}
	/* "GMT+5" is west of Greenwich for the server and east of it for Java. */
	if (zone[0] == '\0' || (strpbrk(zone, "+-") && strchr(zone, '/') == NULL))
		return NULL;
	return pg_tzset(zone);
}
