/*
 * endpoint.c
 *	  Chooses the endpoint for the calls of an action, or raises why no endpoint fits.
 *
 * The deployment, the version of a Server and the sign-in determine the endpoint,
 * so that no request is sent only to find out whether Jira supports it.
 */
#include "postgres.h"

#include "lib/stringinfo.h"

#include "client/server_info.h"
#include "engine/endpoint.h"
#include "engine/endpoint_private.h"

static bool
fits(const Endpoint *endpoint, Client *client)
{
	bool		oauth = connection_uses_oauth(client->connection);

	if (endpoint->sign_in != ANY_SIGN_IN && (endpoint->sign_in == WITH_OAUTH) != oauth)
		return false;
	if (endpoint->first_version && !endpoint->tried_earlier &&
		!server_info_reaches(client, endpoint->first_version, endpoint->first_minor))
		return false;
	return endpoint->last_version == 0 || server_info_version(client) <= endpoint->last_version;
}

static void
append_need(StringInfo needs, const Endpoint *endpoint, Deployment deployment)
{
	if (needs->len > 0)
		appendStringInfoString(needs, " or ");
	appendStringInfoString(needs, connection_deployment_name(deployment));
	if (endpoint->first_version)
		appendStringInfo(needs, endpoint->first_minor ? " from version %d.%d on" : " from version %d on",
						 endpoint->first_version, endpoint->first_minor);
	if (endpoint->last_version)
		appendStringInfo(needs, " up to version %d", endpoint->last_version);
	if (endpoint->sign_in == WITH_OAUTH)
		appendStringInfoString(needs, " with OAuth 2.0");
}

/* Every version and sign-in of a deployment needs one of these; one without conditions fits all. */
static void
append_needs(StringInfo needs, const Endpoint *first, Deployment deployment)
{
	const Endpoint *last = first;

	while (last->otherwise)
		last = last->otherwise;
	if (last->sign_in == ANY_SIGN_IN && last->first_version == 0 && last->last_version == 0)
		first = last;
	for (const Endpoint *each = first; each && each->method; each = each->otherwise)
		append_need(needs, each, deployment);
}

/* Names the deployment of the connection, and those that support the action. */
static void
refuse(const Action *action, Client *client)
{
	Deployment	deployment = client->connection->deployment;
	const Endpoint *here = &action->on[deployment];
	StringInfoData place;
	StringInfoData needs;

	initStringInfo(&place);
	appendStringInfoString(&place, connection_deployment_name(deployment));
	if (here->first_version || here->last_version)
		appendStringInfo(&place, " %d", server_info_version(client));
	if (here->sign_in == WITH_OAUTH)
		appendStringInfoString(&place, " without OAuth 2.0");

	initStringInfo(&needs);
	for (int i = 0; i < DEPLOYMENTS; i++)
		append_needs(&needs, &action->on[i], i);
	ereport(ERROR,
			(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
			 errmsg("%s is not available on %s", action->name, place.data),
			 errhint("It needs %s.", needs.data)));
}

static void
check_limits(const Action *action, const Connection *connection)
{
	if (action->limits & NOT_SCOPED && connection->scoped)
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("%s is not possible with a scoped token", action->name),
				 errhint("Use a connection with an API token that has no scopes.")));
	if (action->limits & NOT_OAUTH && connection_uses_oauth(connection))
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("%s is not possible with OAuth 2.0", action->name),
				 connection->deployment == CLOUD
				 ? errhint("Use a connection that signs in with an e-mail address and an API token.")
				 : errhint("Use a connection that signs in with a password or a personal access token.")));
}

/* NULL if none fits. */
static const Endpoint *
find_endpoint(const Action *action, Client *client)
{
	const Endpoint *endpoint = &action->on[client->connection->deployment];

	while (endpoint && endpoint->method && !fits(endpoint, client))
		endpoint = endpoint->otherwise;
	return endpoint && endpoint->method ? endpoint : NULL;
}

bool
endpoint_exists(const Action *action, Client *client)
{
	return find_endpoint(action, client) != NULL;
}

const Endpoint *
endpoint_choose(const Action *action, Client *client)
{
	const Endpoint *endpoint;

	check_limits(action, client->connection);
	endpoint = find_endpoint(action, client);
	if (endpoint == NULL)
		refuse(action, client);
	return endpoint;
}

/* With another endpoint for the other versions, all versions are supported. */
char *
endpoint_deployments(const Action *action)
{
	static const char *const names[DEPLOYMENTS] = {[CLOUD] = "cloud",[SERVER] = "server"};
	StringInfoData words;

	initStringInfo(&words);
	for (int i = 0; i < DEPLOYMENTS; i++)
	{
		const Endpoint *endpoint = &action->on[i];

		if (endpoint->method == NULL)
			continue;
		appendStringInfo(&words, "%s%s", words.len > 0 ? " " : "", names[i]);
		if (endpoint->otherwise == NULL && endpoint->first_version)
			appendStringInfo(&words, endpoint->first_minor ? ">=%d.%d" : ">=%d", endpoint->first_version, endpoint->first_minor);
		if (endpoint->otherwise == NULL && endpoint->last_version)
			appendStringInfo(&words, "<=%d", endpoint->last_version);
	}
	return words.data;
}
