/*
 * cloud_id.c
 *	  Sites of Jira Cloud and their ids.
 */
#include "postgres.h"

#include "lib/stringinfo.h"
#include "utils/memutils.h"

#include "client/cloud_id.h"
#include "client/identity.h"
#include "client/transfer.h"
#include "json/value.h"
#include "utils/foreign_text.h"
#include "utils/quoted.h"
#include "utils/settings.h"

typedef struct KnownSite
{
	char	   *url;
	char	   *cloud_id;
	struct KnownSite *next;
} KnownSite;

/* Public, so there is nobody to keep it from. */
static KnownSite *known_sites = NULL;

static Problem *
ask(const Connection *connection, const char *base_url, Authorization *authorization,
	const char *path, Lookups *lookups, json_t **document)
{
	Client	   *client = client_make(connection_elsewhere(connection, base_url), authorization, lookups);
	Request    *request = request_make("finding the cloud id", "GET");

	client->noted = identity_note;
	request->path = pstrdup(path);
	return transfer_try(transfer_start(CurrentMemoryContext, client, request), document);
}

static Problem *
ask_for_cloud_id(const Connection *connection, Lookups *lookups, char **cloud_id)
{
	json_t	   *document;
	Problem    *problem = ask(connection, connection->site_url, authorization_none(""),
							  "/_edge/tenant_info", lookups, &document);
	json_t	   *id = problem ? NULL : json_object_get(document, "cloudId");

	if (problem)
		return problem;
	if (!json_is_string(id) || !connection_is_cloud_id(json_string_value(id)))
		return problem_make(ERRCODE_PROTOCOL_VIOLATION,
							psprintf("the site of connection \"%s\" does not tell its cloud id", quoted(connection->alias)),
							NULL, "Check the URL, or set cloud_id with jira_alter_connection.");
	*cloud_id = value_text(id);
	return NULL;
}

static void
remember(const char *url, const char *cloud_id)
{
	KnownSite  *site = MemoryContextAlloc(TopMemoryContext, sizeof(KnownSite));

	site->url = MemoryContextStrdup(TopMemoryContext, url);
	site->cloud_id = MemoryContextStrdup(TopMemoryContext, cloud_id);
	site->next = known_sites;
	known_sites = site;
}

Problem *
cloud_id_find(const Connection *connection, Lookups *lookups, char **cloud_id)
{
	KnownSite  *site = known_sites;
	Problem    *problem = NULL;

	while (site && strcmp(site->url, connection->site_url) != 0)
		site = site->next;
	if (site)
		*cloud_id = site->cloud_id;
	else
		problem = ask_for_cloud_id(connection, lookups, cloud_id);
	if (site == NULL && problem == NULL)
		remember(connection->site_url, *cloud_id);
	return problem;
}

char *
cloud_id_of_site(const Connection *connection, Lookups *lookups)
{
	char	   *cloud_id = NULL;
	Problem    *problem = cloud_id_find(connection, lookups, &cloud_id);

	if (problem)
		problem_raise(problem);
	return cloud_id;
}

/* The same host, or the id itself where the URL is that of the gateway. */
static bool
is_site(const Connection *connection, json_t *resource)
{
	const char *url = json_string_value(json_object_get(resource, "url"));
	const char *id = json_string_value(json_object_get(resource, "id"));
	const char *slash = strrchr(connection->site_url, '/');
	Url			ours;
	Url			theirs;

	if (id == NULL || url == NULL)
		return false;
	if (slash && strcmp(slash + 1, id) == 0)
		return true;
	return url_parse(connection->site_url, &ours) == NULL && url_parse(url, &theirs) == NULL &&
		strcmp(ours.origin, theirs.origin) == 0;
}

char *
cloud_id_granted(const Connection *connection, const char *access_token)
{
	json_t	   *resources;
	Problem    *problem = ask(connection, jira_gateway_url, authorization_bearer(access_token),
							  "/oauth/token/accessible-resources", NULL, &resources);
	StringInfoData urls;
	json_t	   *resource;
	size_t		i;

	if (problem)
		problem_raise(problem);
	initStringInfo(&urls);
	json_array_foreach(resources, i, resource)
	{
		json_t	   *url = json_object_get(resource, "url");

		if (is_site(connection, resource))
			return value_text(json_object_get(resource, "id"));
		if (json_is_string(url))
			appendStringInfo(&urls, "%s%s", urls.len ? ", " : "",
							 foreign_text(json_string_value(url), json_string_length(url), 200));
	}
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_AUTHORIZATION_SPECIFICATION),
			 errmsg("the consent is not for the site of connection \"%s\"", quoted(connection->alias)),
			 errdetail("It is for: %s.", urls.len ? quoted(urls.data) : "no site"),
			 errhint("Choose %s when Atlassian asks for the site, or correct the URL of the connection.",
					 connection->site_url)));
}
