/*
 * pages.c
 *	  The rows of a result, and the styles in which Jira divides it into pages.
 *
 * Jira may return fewer rows than requested on any page, so every style continues
 * after the rows that were returned.  A result that does not advance is an error,
 * not an endless loop.
 */
#include "postgres.h"

#include "utils/memutils.h"
#include "utils/timestamp.h"

#include "client/identity.h"
#include "client/reply.h"
#include "engine/pages_private.h"
#include "utils/settings.h"

/* Jira's limit of one bulkfetch. */
#define KEYS_PER_BATCH 100

/* A search for assignable users examines at most so many users. */
#define STRIDE_END 1000

/* The request for a batch of keys. */
typedef struct Batch
{
	Transfer   *transfer;
	json_t	   *keys;
	int64		offset;			/* rows of it that came before */
	TimestampTz sent;
} Batch;

struct Pages
{
	Client	   *client;
	const Action *action;
	const Endpoint *endpoint;
	Request    *request;
	int			size;
	int64		read;			/* number of replies read */

	Transfer   *current;		/* received the page and owns it */
	json_t	   *document;		/* the page without its list of rows */
	JsonRows   *rows;			/* NULL: the document is the only row */
	bool		shown;			/* the document was returned as a row */
	json_t	   *made;			/* rows that the action made of it, or NULL */
	size_t		made_shown;
	MemoryContext row_context;	/* owns the row that was read last */
	bool		last;			/* no page follows this one */

	json_t	   *part;			/* of request->parts, or NULL */
	size_t		parts_begun;

	int64		offset;			/* BY_OFFSET: rows before the next page */
	char	   *token;			/* BY_TOKEN, BY_CURSOR: of the next page */
	char	   *marked_token;	/* an earlier one, to detect a cycle */
	int64		next_mark;

	json_t	   *keys;			/* BY_KEYS */
	size_t		keys_sent;
	Batch	   *window;			/* under way, in the order they were sent */
	int			window_size;
	int			under_way;
};

Pages *
pages_begin(Client *client, const Action *action, const Endpoint *endpoint,
			Request *request, int size, json_t *keys)
{
	Pages	   *pages = palloc0(sizeof(Pages));

	pages->client = client;
	pages->action = action;
	pages->endpoint = endpoint;
	pages->request = request;
	pages->size = size;
	pages->row_context = AllocSetContextCreate(CurrentMemoryContext, "Jira page row",
											   ALLOCSET_SMALL_SIZES);
	pages->keys = keys;
	/* No request is served while the next one waits for the rate limit. */
	pages->window_size = client->connection->options.paces ? 1 : jira_parallel_requests;
	pages->window = palloc0(sizeof(Batch) * pages->window_size);
	pages->next_mark = 1;
	pages->last = request->parts != NULL;	/* there is none before the first
											 * part */
	return pages;
}

int64
pages_read(const Pages *pages)
{
	return pages->read;
}

/* Raises an error for a reply of another form than expected. */
static void
complain(Pages *pages, char *detail)
{
	problem_raise(reply_malformed(pages->request, detail));
}

/* Does the reply have the form of the endpoint: a list, or an object that is the only row? */
static void
check_page(Pages *pages)
{
	const char *path = pages->endpoint->result;

	if (pages->document == NULL)
		complain(pages, pstrdup("It is empty."));
	if (pages->action->rows)
		return;					/* which knows what to look for */
	if (path == NULL && !json_is_object(pages->document))
		complain(pages, pstrdup("It is not an object."));
	if (path && pages->rows == NULL)
		complain(pages, path[0] ? psprintf("It has no list \"%s\".", path)
				 : pstrdup("It is not a list."));
}

static void
make_rows(Pages *pages)
{
	pages->made = pages->action->rows(pages->document);
	if (pages->made == NULL)
		complain(pages, pstrdup("It does not have what was asked for."));
	jira_json_own(pages->row_context, pages->made);
}

static bool
is_empty(const Pages *pages)
{
	if (pages->made)
		return json_array_size(pages->made) == 0;
	return pages->rows ? json_rows_count(pages->rows) == 0 : pages->document == NULL;
}

/* Waits for the reply that is the next page. */
static void
take_page(Pages *pages, Transfer *transfer)
{
	const char *path = pages->endpoint->result;

	pages->current = transfer;
	if (pages->action->rows || path == NULL)
		pages->document = client_document(transfer);
	else
		pages->document = client_list(transfer, path, &pages->rows);
	if (pages->document || !pages->endpoint->may_be_empty)
		check_page(pages);
	if (pages->action->rows)
		make_rows(pages);
	if (pages->read == 0 && is_empty(pages))
		identity_check(pages->client, pages->request);
	pages->read++;
	pages->shown = pages->document == NULL;
}

/* Paging parameters go to the query or the body, wherever the search is. */
static void
put_parameter(Request *request, const char *name, json_t *value)
{
	json_t	   *parameters = strcmp(request->method, GET) == 0 ? request->query : request->body;

	if (json_object_set_new(parameters, name, jira_json_made(value)) < 0)
		jira_json_made(NULL);
}

static void
fetch_one(Pages *pages)
{
	take_page(pages, client_start(GetMemoryChunkContext(pages), pages->client, pages->request));
}

static int64
integer_member(json_t *document, const char *name)
{
	json_t	   *value = json_object_get(document, name);

	return json_is_integer(value) ? json_integer_value(value) : -1;
}

/* Another page than the requested one would return rows twice, or without end. */
static void
check_start(Pages *pages, const char *name, int64 asked)
{
	int64		start = integer_member(pages->document, name);

	if (start >= 0 && start != asked)
		complain(pages, psprintf("Rows from " INT64_FORMAT " on were asked for, rows from "
								 INT64_FORMAT " on came.", asked, start));
}

/* Is this page, of "count" rows, the last one? */
static bool
is_last_page(Pages *pages, size_t count, int64 asked)
{
	int64		total = integer_member(pages->document, "total");
	int64		limit = integer_member(pages->document, "limit");

	switch (pages->endpoint->pages)
	{
		case BY_STRIDE:
			return pages->offset >= STRIDE_END;
		case BY_RECORDS:
			return count < (limit > 0 ? limit : asked);
		default:
			return count == 0 ||
				json_is_true(json_object_get(pages->document, "isLast")) ||
				(total >= 0 && pages->offset >= total);
	}
}

static void
fetch_offset(Pages *pages, int64 most)
{
	bool		records = pages->endpoint->pages == BY_RECORDS;
	const char *start_name = records ? "offset" : "startAt";
	int64		asked = Min(pages->size, most);
	size_t		count;

	put_parameter(pages->request, start_name, json_integer(pages->offset));
	put_parameter(pages->request, records ? "limit" : "maxResults", json_integer(asked));
	fetch_one(pages);

	check_start(pages, start_name, pages->offset);
	count = json_rows_count(pages->rows);
	pages->offset += pages->endpoint->pages == BY_STRIDE ? asked : count;
	pages->last = is_last_page(pages, count, asked);
}

/*
 * Brent's algorithm detects a cycle: the token is compared with an earlier one,
 * which is replaced after 1, 2, 4, 8, ... pages.
 */
static void
check_progress(Pages *pages)
{
	if (pages->marked_token && strcmp(pages->token, pages->marked_token) == 0)
		complain(pages, pstrdup("The same page was announced twice."));
	if (pages->read >= pages->next_mark)
	{
		pages->marked_token = pages->token;
		pages->next_mark *= 2;
	}
}

/* Continues with the token, unless this is the last page. */
static void
take_token(Pages *pages, json_t *token, bool last)
{
	pages->last = last || !json_is_string(token) || json_string_length(token) == 0;
	if (pages->last)
		return;
	if (pages->token && pages->token != pages->marked_token)
		pfree(pages->token);
	pages->token = MemoryContextStrdup(GetMemoryChunkContext(pages), json_string_value(token));
	check_progress(pages);
}

static void
fetch_token(Pages *pages, int64 most)
{
	put_parameter(pages->request, "maxResults", json_integer(Min(pages->size, most)));
	if (pages->token)
		put_parameter(pages->request, "nextPageToken", json_string(pages->token));
	fetch_one(pages);
	take_token(pages, json_object_get(pages->document, "nextPageToken"),
			   json_is_true(json_object_get(pages->document, "isLast")));
}

/* The next cursor has been documented as a string and as {"cursor": string}. */
static void
fetch_cursor(Pages *pages, int64 most)
{
	json_t	   *info;
	json_t	   *cursor;

	put_parameter(pages->request, "limit", json_integer(Min(pages->size, most)));
	if (pages->token)
		put_parameter(pages->request, "pageCursor", json_string(pages->token));
	fetch_one(pages);
	info = json_object_get(pages->document, "pagingInfo");
	cursor = json_object_get(info, "nextPageCursor");
	if (json_is_object(cursor))
		cursor = json_object_get(cursor, "cursor");
	take_token(pages, cursor, json_is_true(json_object_get(info, "lastPage")));
}

static void
send_batch(Pages *pages, Batch *batch)
{
	Client	   *client = pages->client;

	pages->action->ask_for_keys(pages->request, client->connection, batch->keys, batch->offset);
	batch->transfer = client_start(GetMemoryChunkContext(pages), client, pages->request);
	batch->sent = GetCurrentTimestamp();
}

/*
 * The requests for further batches are not served while the caller uses the rows
 * of an earlier one.  A request that timed out meanwhile is sent again.
 */
static void
renew_batch(Pages *pages, Batch *batch)
{
	const HttpReply *reply = http_reply(transfer_exchange(batch->transfer));
	HttpLimits	limits = options_limits(&pages->client->connection->options);

	if ((reply && reply->outcome != HTTP_TIMEOUT) ||
		!TimestampDifferenceExceeds(batch->sent, GetCurrentTimestamp(), (int) limits.timeout))
		return;
	transfer_end(batch->transfer);
	send_batch(pages, batch);
}

static void
send_next_batch(Pages *pages)
{
	Batch	   *batch = &pages->window[pages->under_way++];
	size_t		end = Min(pages->keys_sent + KEYS_PER_BATCH, json_array_size(pages->keys));

	batch->keys = jira_json_array(GetMemoryChunkContext(pages));
	batch->offset = 0;
	for (; pages->keys_sent < end; pages->keys_sent++)
		json_array_append(batch->keys, json_array_get(pages->keys, pages->keys_sent));
	send_batch(pages, batch);
}

/*
 * The replies to all requests under way are too large to be held at the same
 * time: from here on there is one request at a time.
 */
static void
send_alone(Pages *pages)
{
	for (; pages->under_way > 0; pages->under_way--)
	{
		Batch	   *batch = &pages->window[pages->under_way - 1];

		transfer_end(batch->transfer);
		if (pages->under_way > 1)
			pages->keys_sent -= json_array_size(batch->keys);
	}
	pages->window_size = 1;
	pages->under_way = 1;
	send_batch(pages, &pages->window[0]);
}

/*
 * Sends as many requests as allowed, and returns the oldest batch.  If Jira
 * returns only a part of a batch, the rest is requested before other batches.
 */
static void
fetch_batch(Pages *pages)
{
	Batch	   *oldest = &pages->window[0];
	size_t		count;

	for (int i = 0; i < pages->under_way; i++)
		renew_batch(pages, &pages->window[i]);
	while (pages->under_way < pages->window_size &&
		   pages->keys_sent < json_array_size(pages->keys))
		send_next_batch(pages);
	if (pages->under_way == 0)
	{
		pages->last = true;
		return;
	}

	if (transfer_crowded_out(oldest->transfer))
		send_alone(pages);
	take_page(pages, oldest->transfer);
	check_start(pages, "startAt", oldest->offset);
	count = json_rows_count(pages->rows);
	oldest->offset += count;
	if (count > 0 && integer_member(pages->document, "total") > oldest->offset)
		send_batch(pages, oldest);
	else
	{
		json_array_clear(oldest->keys);
		pages->under_way--;
		memmove(pages->window, pages->window + 1, sizeof(Batch) * pages->under_way);
	}
	pages->last = pages->under_way == 0 && pages->keys_sent >= json_array_size(pages->keys);
}

/* Reads the next page in the style of the endpoint; sets pages->last. */
static void
fetch_page(Pages *pages, int64 most)
{
	if (pages->current)
		transfer_end(pages->current);
	pages->current = NULL;
	pages->rows = NULL;
	pages->document = NULL;
	switch (pages->endpoint->pages)
	{
		case ONE_REPLY:
			fetch_one(pages);
			pages->last = true;
			break;
		case BY_OFFSET:
		case BY_STRIDE:
		case BY_RECORDS:
			fetch_offset(pages, most);
			break;
		case BY_CURSOR:
			fetch_cursor(pages, most);
			break;
		case BY_TOKEN:
			fetch_token(pages, most);
			break;
		case BY_KEYS:
			fetch_batch(pages);
			break;
	}
}

/* The next row of the current page. */
static json_t *
row_here(Pages *pages)
{
	JsonProblem problem;
	json_t	   *row;

	if (pages->made)
		return json_array_get(pages->made, pages->made_shown++);
	if (pages->rows == NULL)
	{
		row = pages->shown ? NULL : pages->document;
		pages->shown = true;
		return row;
	}
	MemoryContextReset(pages->row_context);
	row = json_rows_next(pages->rows, pages->row_context, &problem);
	if (problem.detail)
		problem_raise(transfer_unreadable(pages->current, &problem));
	return row;
}

/* Continues with the next part of a result; returns false after the last one. */
static bool
begin_part(Pages *pages)
{
	json_t	   *part = json_array_get(pages->request->parts, pages->parts_begun);

	if (part == NULL)
		return false;
	pages->parts_begun++;
	pages->part = part;
	pages->request->path = (char *) json_string_value(json_object_get(part, "path"));
	pages->offset = 0;
	pages->last = false;
	return true;
}

/* Adds the part to which a row belongs. */
static json_t *
mark_row(Pages *pages, json_t *row)
{
	if (row && pages->part)
		json_object_set(row, json_string_value(json_object_get(pages->part, "member")),
						json_object_get(pages->part, "value"));
	return row;
}

json_t *
pages_next(Pages *pages, int64 most)
{
	for (;;)
	{
		json_t	   *row = pages->read > 0 ? row_here(pages) : NULL;

		if (row)
			return mark_row(pages, row);
		if (most <= 0 || (pages->last && !begin_part(pages)))
			return NULL;
		fetch_page(pages, most);
	}
}
