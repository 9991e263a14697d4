/*
 * compose.c
 *	  Requests for items of the outbox.
 */
#include "postgres.h"

#include "miscadmin.h"
#include "utils/acl.h"

#include "outbox/compose.h"
#include "utils/compat.h"
#include "utils/worker_xact.h"

/*
 * From here to become_worker() the rights are those of the role that enqueued
 * the item.  No code of a user's runs: requests are composed, nothing more.
 */
static void
become_role(const OutboxItem *item)
{
	SetUserIdAndSecContext(item_role(item), SECURITY_LOCAL_USERID_CHANGE);
}

static void
become_worker(void)
{
	SetUserIdAndSecContext(GetSessionUserId(), 0);
}

static void
check_right(const Write *write)
{
	if (jira_proc_aclcheck(write->function, GetUserId()) != ACLCHECK_OK)
		aclcheck_error(ACLCHECK_NO_PRIV, OBJECT_FUNCTION, write->binding->action->name);
}

/* The outbox has a longer breath, and does not wait for a single connection. */
static void
be_brief(Client *client)
{
	client->retries = false;
	client->paced_by_caller = true;
}

/* A label by which the issue is found again. */
static void
add_marker(const OutboxItem *item, Request *request)
{
	json_t	   *fields = json_object_get(request->body, "fields");
	json_t	   *labels = json_object_get(fields, "labels");

	if (item->marker == NULL || fields == NULL)
		return;
	if (!json_is_array(labels))
	{
		labels = jira_json_made(json_array());
		json_object_set_new(fields, "labels", labels);
	}
	json_array_append_new(labels, jira_json_made(json_string(item->marker)));
	request->assumed = "labels";
	request->assumed_hint = "Put the field Labels on the screen on which issues are created, or set jira_spoke.outbox_marker to \"none\".";
}

Call *
compose_item(const OutboxItem *item)
{
	const Write *write = write_open(item->action);
	Call	   *call = palloc0(sizeof(Call));
	Datum		values[FUNC_MAX_ARGS];
	bool		nulls[FUNC_MAX_ARGS];

	become_role(item);
	check_right(write);
	write_arguments(write, item->arguments, values, nulls);
	call_prepare(call, write->binding, item->connection, values, nulls, &worker_xact_wait_hooks);
	be_brief(call->client);
	become_worker();
	if (write->is_create)
		add_marker(item, call->request);
	return call;
}

Request *
bulk_request(const List *calls)
{
	const Call *first = linitial(calls);
	Request    *request = request_make(first->request->action, POST);
	json_t	   *updates = jira_json_made(json_array());
	ListCell   *cell;

	request->path = psprintf("%s/bulk", first->request->path);
	request->body = jira_json_object(request->context);
	request->writes = true;
	request->classic_scopes = first->request->classic_scopes;
	request->granular_scopes = first->request->granular_scopes;
	json_object_set_new(request->body, "issueUpdates", updates);
	foreach(cell, calls)
	{
		json_array_append(updates, ((Call *) lfirst(cell))->request->body);
	}
	return request;
}

Request *
search_request(const List *items, Client **client)
{
	const OutboxItem *first = linitial(items);
	Request    *request;
	StringInfoData jql;
	ListCell   *cell;

	become_role(first);
	*client = client_open(first->connection, &worker_xact_wait_hooks);
	become_worker();
	be_brief(*client);
	initStringInfo(&jql);
	foreach(cell, items)
	{
		appendStringInfo(&jql, "%s\"%s\"", jql.len ? ", " : "labels in (",
						 ((OutboxItem *) lfirst(cell))->marker);
	}
	appendStringInfoChar(&jql, ')');
	request = request_make(first->action, GET);
	request->path = psprintf("/rest/api/%d/%s", (*client)->connection->api_version,
							 (*client)->connection->deployment == CLOUD ? "search/jql" : "search");
	json_object_set_new(request->query, "jql", jira_json_made(json_string(jql.data)));
	json_object_set_new(request->query, "fields", jira_json_made(json_string("labels")));
	json_object_set_new(request->query, "maxResults", jira_json_made(json_integer(100)));
	return request;
}
