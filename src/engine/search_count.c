/*
 * search_count.c
 *	  How many issues a search finds.
 */
#include "postgres.h"

#include "utils/memutils.h"

#include "engine/search_count.h"
#include "engine/side_request.h"

/* Jira counts in 32 bits: a larger number cannot be a count of issues. */
#define MOST_ISSUES PG_INT32_MAX

Transfer *
search_count_start(Client *client, const char *action, const char *jql)
{
	const Connection *connection = client->connection;
	bool		is_cloud = connection->deployment == CLOUD;
	Request    *request = request_make(action, "POST");

	request->path = MemoryContextStrdup(request->context,
										psprintf("/rest/api/%d/search%s", connection->api_version,
												 is_cloud ? "/approximate-count" : ""));
	request->body = jira_json_object(request->context);
	json_object_set_new(request->body, "jql", jira_json_made(json_string(jql)));
	if (!is_cloud)
		json_object_set_new(request->body, "maxResults", json_integer(0));
	side_request_mark(request, connection, &side_request_count);
	return client_start(CurrentMemoryContext, client, request);
}

int64
search_count_take(Transfer *transfer)
{
	json_t	   *document;
	json_t	   *count;

	if (client_try(transfer, &document))
		return -1;
	count = json_object_get(document, "count");
	if (count == NULL)
		count = json_object_get(document, "total");
	return json_is_integer(count) && json_integer_value(count) >= 0 && json_integer_value(count) <= MOST_ISSUES
		? json_integer_value(count) : -1;
}

int64
search_count_again(Client *client, Request *request, json_t *jql)
{
	json_t	   *parameters = request_parameters(request);
	json_t	   *now = json_incref(json_object_get(parameters, "jql"));
	json_t	   *document;

	if (jql)
		json_object_set(parameters, "jql", jql);
	else
		json_object_del(parameters, "jql");
	json_object_set_new(parameters, "maxResults", jira_json_made(json_integer(0)));
	document = client_document(client_start(CurrentMemoryContext, client, request));
	json_object_set_new(parameters, "jql", now);
	return jira_json_integer(document, "total");
}
