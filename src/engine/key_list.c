/*
 * key_list.c
 *	  Lists of issues by key or id.
 */
#include "postgres.h"

#include "lib/stringinfo.h"
#include "utils/memutils.h"

#include "client/identity.h"
#include "client/reply.h"
#include "client/reply_warnings.h"
#include "engine/jql.h"
#include "engine/key_list.h"
#include "engine/page_sizes.h"
#include "engine/side_request.h"
#include "engine/window_private.h"

/* The longest key that a column of Jira's database has room for. */
#define MOST_KEY_BYTES 255

/* Numbers of so many digits fit 64 bits. */
#define MOST_DIGITS 18

bool
key_list_has_id_form(const char *text)
{
	size_t		digits = strspn(text, "0123456789");

	return text[digits] == '\0' && digits > 0 && digits <= MOST_DIGITS;
}

/* Administrators decide what the key of a project looks like. */
bool
key_list_has_key_form(const char *text)
{
	const char *dash = strrchr(text, '-');

	if (dash == NULL || dash == text || !key_list_has_id_form(dash + 1) || strlen(text) > MOST_KEY_BYTES)
		return false;
	for (; text < dash; text++)
		if ((unsigned char) *text <= ' ' || *text == 0x7f || strchr("\"'\\,()", *text))
			return false;
	return true;
}

char *
key_list_clause(const char *field, json_t *keys)
{
	StringInfoData jql;

	initStringInfo(&jql);
	appendStringInfo(&jql, "%s in (", field);
	for (size_t i = 0; i < json_array_size(keys); i++)
	{
		if (i > 0)
			appendStringInfoString(&jql, ", ");
		jql_append_reference(&jql, json_string_value(json_array_get(keys, i)));
	}
	appendStringInfoChar(&jql, ')');
	return jql.data;
}

/*
 * Cloud fetches by key; Server has only the search, which has to be told not
 * to mind keys that do not exist.
 */
void
key_list_ask(Request *request, const Connection *connection, json_t *keys, int64 offset)
{
	if (connection->deployment == CLOUD)
	{
		json_object_set(request->body, "issueIdsOrKeys", keys);
		return;
	}
	json_object_set_new(request->body, "jql", jira_json_made(json_string(key_list_clause("key", keys))));
	json_object_set_new(request->body, "startAt", json_integer(offset));
	json_object_set_new(request->body, "maxResults", json_integer(json_array_size(keys)));
	json_object_set_new(request->body, "validateQuery", json_false());
}

static Request *
request_for_ids(Client *client, const char *action)
{
	const Connection *connection = client->connection;
	Request    *request = request_make(action, POST);

	request->path = MemoryContextStrdup(request->context,
										psprintf("/rest/api/%d/%s", connection->api_version == 3 ? 3 : 2,
												 connection->deployment == CLOUD ? "issue/bulkfetch" : "search"));
	request->body = jira_json_object(request->context);
	json_object_set_new(request->body, "fields", jira_json_made(json_pack("[s]", "id")));
	side_request_mark(request, connection, &side_request_issues);
	return request;
}

/* Adds the ids of the issues to a set. */
static void
add_ids(json_t *ids, const Request *request, JsonRows *rows)
{
	size_t		count = json_rows_count(rows);
	JsonRowPlace *places = palloc(sizeof(JsonRowPlace) * Max(count, 1));

	json_rows_places(rows, "id", places);
	for (size_t i = 0; i < count; i++)
	{
		if (places[i].number < 0)
			problem_raise(reply_malformed(request, pstrdup("An issue has no id.")));
		json_object_set_new(ids, psprintf(INT64_FORMAT, places[i].number), json_true());
	}
}

/*
 * One reply: adds its ids.  Returns the number of its rows, and how many there are
 * by what Jira says (-1: nothing); -1 if there is no answer.
 */
static int64
read_ids(Client *client, Request *request, json_t *ids, int64 *total)
{
	Transfer   *transfer = client_start(CurrentMemoryContext, client, request);
	JsonRows   *rows;
	json_t	   *document;
	Problem    *problem = client_read(transfer, "issues", &rows, &document);
	json_t	   *counted;
	int64		count;

	if (problem && client_is_refused(transfer))
		return -1;
	if (problem)
		transfer_raise(transfer, problem);
	if (rows == NULL)
		problem_raise(reply_malformed(request, pstrdup("It has no list \"issues\".")));
	if (reply_warnings_tell_of_loss(document) || window_failed_issue(document))
		return -1;
	count = json_rows_count(rows);
	add_ids(ids, request, rows);
	counted = json_object_get(document, "total");
	*total = json_is_integer(counted) ? json_integer_value(counted) : -1;
	transfer_end(transfer);
	return count;
}

/* Data Center may return a part of them at a time. */
static bool
read_batch(Client *client, Request *request, json_t *keys, json_t *ids)
{
	int64		offset = 0;
	int64		total = 0;
	int64		count;

	do
	{
		key_list_ask(request, client->connection, keys, offset);
		count = read_ids(client, request, ids, &total);
		offset += count;
	} while (count > 0 && offset < total);
	return count >= 0;
}

static json_t *
part_of(json_t *keys, size_t first)
{
	json_t	   *part = jira_json_array(CurrentMemoryContext);

	for (size_t i = first; i < Min(first + SMALL_BATCH, json_array_size(keys)); i++)
		json_array_append(part, json_array_get(keys, i));
	return part;
}

static bool
read_all(Client *client, Request *request, json_t *keys, json_t *ids)
{
	for (size_t i = 0; i < json_array_size(keys); i += SMALL_BATCH)
		if (!read_batch(client, request, part_of(keys, i), ids))
			return false;
	if (json_array_size(keys) > 0 && json_object_size(ids) == 0)
		identity_check(client, request);
	return true;
}

json_t *
key_list_ids(Client *client, const char *action, json_t *keys)
{
	MemoryContext scratch = AllocSetContextCreate(CurrentMemoryContext, "Jira key list", ALLOCSET_DEFAULT_SIZES);
	MemoryContext before = MemoryContextSwitchTo(scratch);
	json_t	   *ids = jira_json_object(scratch);
	json_t	   *list = NULL;
	const char *id;
	json_t	   *unused;

	if (read_all(client, request_for_ids(client, action), keys, ids))
	{
		list = jira_json_array(before);
		json_object_foreach(ids, id, unused)
		{
			json_array_append_new(list, jira_json_made(json_string(id)));
		}
	}
	MemoryContextSwitchTo(before);
	MemoryContextDelete(scratch);
	return list;
}
