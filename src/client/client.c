/*
 * client.c
 *	  Requests to Jira for a user.
 */
#include "postgres.h"

#include "utils/memutils.h"

#include "client/client.h"
#include "client/cloud_id.h"
#include "client/identity.h"
#include "client/reply.h"

Client *
client_open(const char *alias, Lookups *lookups)
{
	Connection *connection = connection_open(alias);
	Client	   *client;

	if (connection->base_url == NULL)
		connection_set_cloud_id(connection, cloud_id_of_site(connection, lookups));
	client = client_make(connection, authorization_open(connection), lookups);
	client->noted = identity_note;
	identity_take_block(client);
	return client;
}

Transfer *
client_start(MemoryContext context, Client *client, const Request *request)
{
	request_check(request, client->connection);
	identity_check_block(client);
	return transfer_start(context, client, request);
}

/*
 * An anonymous caller is told that a project is not found (404) or is not a
 * valid value (400).
 */
static Problem *
doubt_problem(Transfer *transfer, Problem *problem)
{
	Problem    *doubt = NULL;

	if (problem && (problem->sqlstate == ERRCODE_NO_DATA_FOUND ||
					problem->sqlstate == ERRCODE_INVALID_PARAMETER_VALUE))
		doubt = identity_doubt(transfer_client(transfer), transfer_request(transfer));
	return doubt ? doubt : problem;
}

Problem *
client_problem(Transfer *transfer)
{
	return doubt_problem(transfer, transfer_problem(transfer));
}

Problem *
client_try(Transfer *transfer, json_t **document)
{
	return doubt_problem(transfer, transfer_try(transfer, document));
}

Problem *
client_read(Transfer *transfer, const char *name, JsonRows **list, json_t **document)
{
	(void) transfer_wait(transfer);
	return doubt_problem(transfer, transfer_read(transfer, name, list, document));
}

bool
client_is_refusal(int status)
{
	return status >= 400 && status < 500 && status != 429;
}

bool
client_is_refused(Transfer *transfer)
{
	return client_is_refusal(http_reply(transfer_exchange(transfer))->status);
}

bool
client_is_refused_by_jira(const Transfer *transfer)
{
	return json_is_array(json_object_get(transfer_refusal(transfer), "errorMessages"));
}

json_t *
client_list(Transfer *transfer, const char *name, JsonRows **list)
{
	json_t	   *document;
	Problem    *problem = client_read(transfer, name, list, &document);

	if (problem)
		transfer_raise(transfer, problem);
	return document;
}

json_t *
client_document(Transfer *transfer)
{
	json_t	   *document = client_list(transfer, NULL, NULL);

	transfer_drop_reply(transfer);
	return document;
}

json_t *
client_fetch(Client *client, const Request *request)
{
	json_t	   *document = client_document(client_start(CurrentMemoryContext, client, request));

	if (document == NULL)
		problem_raise(reply_malformed(request, pstrdup("It is empty.")));
	return document;
}

json_t *
client_get(Client *client, const char *action, const char *subject, const char *path)
{
	Request    *request = request_make(action, "GET");

	request->subject = subject;
	request->path = MemoryContextStrdup(request->context, path);
	return client_fetch(client, request);
}
