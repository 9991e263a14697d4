/*
 * page_sizes.c
 *	  How many rows a read asks for at once.
 *
 * A first page is small, so that the first row comes soon and a query that needs
 * few rows costs no more than those.  Who reads on wants many: Jira returns fewer
 * than asked for where it does not like so many.
 */
#include "postgres.h"

#include "client/site.h"
#include "engine/field.h"
#include "engine/page_sizes.h"
#include "utils/settings.h"

/* Rows per request, unless jira_spoke.page_size is set. */
#define PAGE_SIZE 100

/* Rows of a page after the first one, where they are small or Jira is Data Center. */
#define LARGE_PAGE_SIZE 1000

/* The most keys that Cloud returns on a page. */
#define KEY_PAGE_SIZE 5000

/* The most small issues that Cloud returns by id, and the most fields of those. */
#define LARGE_BATCH 1000
#define SMALL_ISSUE_FIELDS 100

/* Bytes of a reply for one key. */
#define KEY_BYTES 256

/* Bytes of a batch of more than SMALL_BATCH issues, and of all replies under way. */
#define BATCH_BYTES (2 * 1024 * 1024)
#define WINDOW_BYTES (10 * 1024 * 1024)

int64
page_sizes_bytes(const Client *client, int64 most)
{
	return Min(most, (int64) (options_limits(&client->connection->options).body / 4));
}

int
page_sizes_batch(const Client *client, int most, int64 row_bytes)
{
	int64		bytes = page_sizes_bytes(client, BATCH_BYTES);

	return row_bytes > 0 ? (int) Min(most, Max(SMALL_BATCH, bytes / row_bytes)) : most;
}

int
page_sizes_batches(int batch, int64 row_bytes)
{
	int			most = batch > SMALL_BATCH ? Max(jira_parallel_requests / 2, 1) : jira_parallel_requests;

	return row_bytes > 0 ? (int) Min(most, Max(WINDOW_BYTES / (batch * row_bytes), 2)) : most;
}

static bool
has_key_alone(json_t *fields)
{
	return json_array_size(fields) == 1 &&
		strcmp(json_string_value(json_array_get(fields, 0)), "key") == 0;
}

static bool
expands(const Request *request)
{
	return json_object_get(request->query, "expand") || json_object_get(request->body, "expand");
}

/* Is nothing added to the fields, is each of them named, and has it one value? */
static bool
are_small(Client *client, const Request *request, json_t *fields)
{
	if (expands(request))
		return false;
	for (size_t i = 0; i < json_array_size(fields); i++)
		if (!field_has_one_value(client, json_string_value(json_array_get(fields, i))))
			return false;
	return true;
}

PageSizes
page_sizes_fixed(int size)
{
	PageSizes	sizes = {.first = size,.further = size,.least = size,.at_once = 1,.limit = -1};

	return sizes;
}

static PageSizes
usual_sizes(Client *client, const Endpoint *endpoint, const Request *request, json_t *fields,
			const StreamUse *use)
{
	PageSizes	sizes = page_sizes_fixed(endpoint->usual_rows > 0 ? endpoint->usual_rows : PAGE_SIZE);
	bool		is_server = client->connection->deployment == SERVER;

	if (has_key_alone(fields) && !(is_server && expands(request)))
	{
		int64		most = !is_server && endpoint->has_large_pages ? KEY_PAGE_SIZE : LARGE_PAGE_SIZE;

		most = Max(page_sizes_bytes(client, most * KEY_BYTES) / KEY_BYTES, PAGE_SIZE);
		sizes.further = (int) most;
		sizes.first = use->may_stop ? Min(sizes.further, LARGE_PAGE_SIZE) : sizes.further;
	}
	else if (endpoint->has_large_pages && (is_server || are_small(client, request, fields)))
		sizes.further = LARGE_PAGE_SIZE;
	return sizes;
}

/*
 * A search costs Data Center much, so that fewer are sent at a time than Cloud is
 * asked for issues by id.
 */
static int
pages_at_once(const Client *client, const Endpoint *endpoint)
{
	bool		has_places = endpoint->has_places || (endpoint->instead && endpoint->instead->has_places);

	if (!has_places || jira_page_size > 0 || client->connection->options.paces)
		return 1;
	return Max(jira_parallel_requests / 4, 1);
}

/* Jira may return more issues by id or key at once, if they are small. */
static int
most_in_batch(Client *client, const Request *request, json_t *fields)
{
	if (client->connection->deployment == SERVER || json_array_size(fields) > SMALL_ISSUE_FIELDS ||
		site_has_small_batches(client) || !are_small(client, request, fields))
		return SMALL_BATCH;
	return LARGE_BATCH;
}

/*
 * May what follows the first page be asked for several requests at a time?  Not by
 * who must not send one request before another was answered.
 */
static bool
may_read_on_at_once(const Client *client, const Endpoint *endpoint, const Request *request, json_t *fields)
{
	return endpoint->pages == BY_TOKEN && endpoint->has_large_pages &&
		strcmp(request->method, endpoint->method) == 0 && !has_key_alone(fields) && !expands(request) &&
		jira_page_size == 0 && jira_parallel_requests > 1 && client->connection->options.paces == NIL;
}

/* Ids first is not for an app, which pays for each issue that Jira mentions. */
static int
batch_size(Client *client, const Endpoint *endpoint, const Request *request, json_t *fields)
{
	if (endpoint->pages == BY_KEYS)
		return most_in_batch(client, request, fields);
	if (!may_read_on_at_once(client, endpoint, request, fields) ||
		connection_uses_oauth(client->connection) || site_of(client)->refuses_batches)
		return 0;
	return most_in_batch(client, request, fields);
}

/* Whoever does not use all rows would pay for some that were asked for early. */
static bool
may_divide(const Client *client, const Endpoint *endpoint, const Request *request, json_t *fields,
		   const StreamUse *use)
{
	const Site *site = site_of(client);

	return connection_uses_oauth(client->connection) && may_read_on_at_once(client, endpoint, request, fields) &&
		use->limit < 0 && !use->may_stop && !site->refuses_parts && !site->refuses_milliseconds;
}

PageSizes
page_sizes_choose(Client *client, const Endpoint *endpoint, const Request *request, json_t *fields,
				  const StreamUse *use)
{
	PageSizes	sizes = jira_page_size > 0 ? page_sizes_fixed(jira_page_size)
	: usual_sizes(client, endpoint, request, fields, use);

	if (endpoint->most_rows > 0)
	{
		sizes.first = Min(sizes.first, endpoint->most_rows);
		sizes.further = Min(sizes.further, endpoint->most_rows);
	}
	sizes.batch = batch_size(client, endpoint, request, fields);
	sizes.may_divide = may_divide(client, endpoint, request, fields, use);
	sizes.at_once = pages_at_once(client, endpoint);
	sizes.limit = use->limit;
	sizes.may_stop = use->may_stop && use->limit < 0;
	if (use->limit >= 0 && use->limit < sizes.first)
		sizes.first = Max((int) use->limit, 1);
	return sizes;
}
