/*
 * jql_request.c
 *	  Requests with JQL, whose times Jira takes in one form or in another.
 */
#include "postgres.h"

#include "client/account_zone.h"
#include "client/site.h"
#include "engine/jql_request.h"
#include "engine/jql_time.h"

static bool told = false;

/* The query or the body, wherever the JQL is; NULL if there is none. */
static json_t *
parameters_with_jql(const Request *request)
{
	if (json_is_string(json_object_get(request->query, "jql")))
		return request->query;
	return json_is_string(json_object_get(request->body, "jql")) ? request->body : NULL;
}

static void
put_minutes(Client *client, json_t *parameters, const char *jql)
{
	char	   *minutes = jql_time_in_minutes(jql, account_zone(client));

	json_object_set_new(parameters, "jql", jira_json_made(json_string(minutes)));
}

/* Once per session. */
static void
tell(pg_tz *zone)
{
	if (told)
		return;
	told = true;
	ereport(NOTICE,
			(errmsg("Jira refuses times in JQL as milliseconds since 1970, so they are sent as minutes"),
			 zone ? errdetail("A search may find issues of up to a minute more at each end, and of two hours more close to a change of daylight saving time in %s, the time zone of the Jira account.",
							  pg_get_timezone_name(zone))
			 : errdetail("The time zone of the Jira account is not known, so a search may find issues of up to a day more at each end.")));
}

bool
jql_request_may_repeat(const Request *request)
{
	json_t	   *jql = request->writes ? NULL : json_object_get(parameters_with_jql(request), "jql");

	return jql && jql_time_has_milliseconds(json_string_value(jql));
}

Transfer *
jql_request_start(MemoryContext context, Client *client, Request *request)
{
	json_t	   *parameters = parameters_with_jql(request);
	json_t	   *jql = json_object_get(parameters, "jql");
	Transfer   *first;
	Transfer   *second;

	if (!jql_request_may_repeat(request))
		return client_start(context, client, request);
	jql = jira_json_own(CurrentMemoryContext, json_incref(jql));
	if (site_of(client)->refuses_milliseconds)
	{
		put_minutes(client, parameters, json_string_value(jql));
		return client_start(context, client, request);
	}

	first = client_start(context, client, request);
	if (transfer_wait(first)->status != 400)
		return first;
	put_minutes(client, parameters, json_string_value(jql));
	second = client_start(context, client, request);
	transfer_end(first);
	/* A second refusal is for something else, and has the words for that. */
	if (transfer_wait(second)->status != 400)
	{
		site_of(client)->refuses_milliseconds = true;
		tell(account_zone(client));
	}
	return second;
}
