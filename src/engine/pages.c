/*
 * pages.c
 *	  The rows of a result, and the styles in which Jira divides it into pages.
 *
 * Jira may return fewer rows than requested on any page, so every style continues
 * after the rows that were returned.
 *
 * A result is complete or says that it is not.  What Jira says about the end
 * (total, isLast, the next page) is believed only where nothing speaks against it;
 * else the next page is asked for, and an empty one that is not the end is an
 * error.  So is a result that does not advance.
 */
#include "postgres.h"

#include "utils/memutils.h"
#include "utils/timestamp.h"

#include "client/identity.h"
#include "client/reply.h"
#include "client/reply_warnings.h"
#include "engine/build_request.h"
#include "engine/jql_request.h"
#include "engine/key_set_private.h"
#include "engine/pages.h"
#include "engine/seen_rows_private.h"
#include "utils/settings.h"

/* Jira's limit of one bulkfetch. */
#define KEYS_PER_BATCH 100

/* The usual result window of Data Center. */
#define USUAL_WINDOW 10000

/* Rows that may come again because a result changes while it is read. */
#define FEW_ROWS 5

/* A search for assignable users examines at most so many users. */
#define STRIDE_END 1000

/* The parameters and members of a style that goes on with a token. */
typedef struct TokenStyle
{
	const char *size;			/* parameter */
	const char *token;			/* parameter */
	const char *next;			/* path of the token of the next page */
	const char *last;			/* path that tells whether it is the last */
	bool		token_decides;	/* a token is followed even from a last page */
} TokenStyle;

static const TokenStyle token_styles[] = {
	[BY_TOKEN] = {"maxResults", "nextPageToken", "nextPageToken", "isLast",.token_decides = true},
	[BY_NEXT_CURSOR] = {"maxResults", "cursor", "nextCursor", "isLast"},
	[BY_CURSOR] = {"limit", "pageCursor", "pagingInfo.nextPageCursor", "pagingInfo.lastPage"},
};

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
	Request    *instead;		/* for endpoint->instead, NULL: none, or taken */
	Problem    *refused;		/* why it was taken */
	int			size;
	int64		read;			/* number of replies read */
	int64		rows_read;		/* of all pages */
	json_t	   *warnings;		/* reported so far */
	SeenRows	seen;
	bool		missing_ok;		/* "not found" is no error */

	Transfer   *current;		/* received the page and owns it */
	json_t	   *document;		/* the page without its list of rows */
	JsonRows   *rows;			/* NULL: the document is the only row */
	bool		shown;			/* the document was returned as a row */
	json_t	   *made;			/* rows that the action made of it, or NULL */
	size_t		made_shown;
	MemoryContext row_context;	/* owns the row that was read last */
	bool		repeated;		/* all its rows came before */
	int			repeats;		/* such pages in a row that were let pass */
	bool		last;			/* no page follows this one */

	json_t	   *part;			/* of request->parts, or NULL */
	size_t		parts_begun;

	int64		offset;			/* BY_OFFSET: rows before the next page */
	KeySet	   *key_set;		/* of a search that may end at a window, or
								 * NULL */
	int64		result_window;	/* rows that Jira returns at most, or -1 */
	int64		total;			/* by the last reply, or -1 */
	json_t	   *searched;		/* JQL before the window that was passed last */
	int64		passed;			/* rows that came of it */
	int64		missing;		/* rows that did not; -1: the check was done */
	char	   *token;			/* of the next page */
	char	   *marked_token;	/* an earlier one, to detect a cycle */
	int64		next_mark;

	json_t	   *keys;			/* BY_KEYS */
	size_t		keys_sent;
	Batch	   *batches;		/* under way, in the order they were sent */
	int			most_batches;
	int			under_way;
};

/* The parameters are in the query or the body, wherever the search is. */
static json_t *
parameters(Request *request)
{
	return strcmp(request->method, GET) == 0 ? request->query : request->body;
}

static void
put_parameter(Request *request, const char *name, json_t *value)
{
	if (json_object_set_new(parameters(request), name, jira_json_made(value)) < 0)
		jira_json_made(NULL);
}

static void
begin_key_set(Pages *pages)
{
	json_t	   *jql = json_object_get(parameters(pages->request), "jql");

	if (pages->endpoint->has_window)
		pages->key_set = key_set_begin(json_string_value(jql), pages->endpoint->is_ordered);
}

Pages *
pages_begin(Client *client, const Action *action, const Endpoint *endpoint,
			Request *request, Request *instead, int size, json_t *keys)
{
	Pages	   *pages = palloc0(sizeof(Pages));

	pages->client = client;
	pages->action = action;
	pages->endpoint = endpoint;
	pages->request = request;
	pages->instead = instead;
	pages->size = size;
	pages->warnings = jira_json_object(CurrentMemoryContext);
	pages->row_context = AllocSetContextCreate(CurrentMemoryContext, "Jira page row",
											   ALLOCSET_SMALL_SIZES);
	pages->missing = -1;
	begin_key_set(pages);
	pages->keys = keys;
	/* No request is served while the next one waits for the rate limit. */
	pages->most_batches = client->connection->options.paces ? 1 : jira_parallel_requests;
	pages->batches = palloc0(sizeof(Batch) * pages->most_batches);
	pages->next_mark = 1;
	pages->last = request->parts != NULL;	/* there is none before the first
											 * part */
	return pages;
}

void
pages_allow_missing(Pages *pages)
{
	pages->missing_ok = true;
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
	pages->made = pages->action->rows(pages->client, pages->request, pages->document);
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

/*
 * Does Jira say that there is no such thing?  A server that is no Jira says 404,
 * too, but not in its words.
 */
static bool
is_missing(Transfer *transfer, const Problem *problem)
{
	return problem->sqlstate == ERRCODE_NO_DATA_FOUND &&
		json_is_array(json_object_get(transfer_refusal(transfer), "errorMessages"));
}

/* Warns that the result, as far as Jira sends it, may lack rows. */
static void
warn_of_loss(Pages *pages, char *detail, const char *hint)
{
	ereport(WARNING,
			(errmsg("the result of %s may be incomplete", request_name(pages->request)),
			 errdetail_internal("%s", detail),
			 hint ? errhint("%s", hint) : 0));
}

/*
 * Data Center does not return the rest of this search.  "refusal" has Jira's words,
 * or is NULL.
 */
static void
raise_window(Pages *pages, const Problem *refusal)
{
	const char *words = refusal && refusal->detail ? refusal->detail : "";

	ereport(ERROR,
			(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
			 errmsg("Jira returns only the first " INT64_FORMAT " rows of %s",
					pages->offset, request_name(pages->request)),
			 pages->total >= 0
			 ? errdetail("It says that there are " INT64_FORMAT ".%s%s", pages->total, words[0] ? " " : "", words)
			 : 0,
			 errhint("Let the JQL end with ORDER BY key, so that the other rows can be asked for by key, or divide the search.")));
}

/* Asks for the rows after those that came, by a search that begins anew. */
static void
pass_window(Pages *pages, const Problem *refusal)
{
	char	   *jql = key_set_continue(pages->key_set);

	if (jql == NULL || pages->total < 0)
		raise_window(pages, refusal);
	pages->missing = pages->total - pages->offset;
	pages->passed = pages->offset;
	pages->searched = jira_json_own(GetMemoryChunkContext(pages),
									json_incref(json_object_get(parameters(pages->request), "jql")));
	put_parameter(pages->request, "jql", json_string(jql));
	build_request_shorten(pages->request, pages->client->connection, pages->endpoint);
	pages->offset = 0;
}

/* Data Center refuses a page beyond the window, or fails there. */
static bool
is_beyond_window(const Pages *pages, int status)
{
	return status == 400 || (status == 500 && pages->offset + pages->size > USUAL_WINDOW);
}

/*
 * A refusal that is not the end of the read, or that means that there are no rows.
 * Returns false for all others.
 */
static bool
settle_refusal(Pages *pages, Transfer *transfer, Problem *problem)
{
	const Endpoint *endpoint = pages->endpoint;
	int			status = http_reply(transfer_exchange(transfer))->status;
	bool		absent = status == 404 || status == 410;

	if (problem->sqlstate == ERRCODE_INVALID_AUTHORIZATION_SPECIFICATION)
		return false;
	if (pages->read == 0 && pages->instead && absent)
	{
		pages->refused = problem;
		pages->endpoint = endpoint->instead;
		pages->request = pages->instead;
		pages->instead = NULL;
		begin_key_set(pages);
		return true;
	}
	if (pages->read == 0 && pages->refused && absent)
		problem_raise(pages->refused);
	if (pages->read == 0 &&
		((pages->missing_ok && status == 404 && is_missing(transfer, problem)) ||
		 (endpoint->no_rows && endpoint->no_rows(pages->client, pages->request, status))))
	{
		pages->last = true;
		return true;
	}
	if (pages->key_set && pages->offset > 0 && is_beyond_window(pages, status))
	{
		pass_window(pages, problem);
		return true;
	}
	return false;
}

/*
 * Waits for the reply that is the next page.  Returns false if it is a refusal
 * after which the read goes on, or has ended.
 */
static bool
take_page(Pages *pages, Transfer *transfer)
{
	const char *path = pages->action->rows ? NULL : pages->endpoint->result;
	Problem    *problem;

	pages->current = transfer;
	problem = client_read(transfer, path, path ? &pages->rows : NULL, &pages->document);
	if (problem)
	{
		pages->document = NULL;
		if (settle_refusal(pages, transfer, problem))
			return false;
		transfer_raise(transfer, problem);
	}
	if (path == NULL)
		transfer_drop_reply(transfer);
	if (pages->document || !pages->endpoint->may_be_empty)
		check_page(pages);
	reply_warnings_report(pages->request, pages->document,
						  pages->endpoint->pages == BY_KEYS ? NULL : pages->warnings);
	if (pages->action->rows)
		make_rows(pages);
	if (pages->read == 0 && is_empty(pages))
		identity_check(pages->client, pages->request);
	pages->repeated = pages->rows && pages->endpoint->pages != ONE_REPLY && pages->endpoint->pages != BY_KEYS &&
		seen_rows_repeat(&pages->seen, GetMemoryChunkContext(pages), pages->rows);
	pages->read++;
	if (!pages->repeated)
		pages->rows_read += pages->rows ? json_rows_count(pages->rows) : 1;
	pages->shown = pages->document == NULL;
	return true;
}

static bool
fetch_one(Pages *pages)
{
	MemoryContext context = GetMemoryChunkContext(pages);

	return take_page(pages, pages->read == 0 ? jql_request_start(context, pages->client, pages->request)
					 : client_start(context, pages->client, pages->request));
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

/*
 * A page whose rows all came before is no progress, and a list that Jira cuts off
 * ends there.  A few rows may come again because the result has changed, but not
 * page after page, and only if Jira has heard where the page is to begin.
 */
static void
check_rows(Pages *pages, bool heard)
{
	if (pages->endpoint->cuts)
		return;
	if (!pages->repeated)
		pages->repeats = 0;
	else if (heard && json_rows_count(pages->rows) <= FEW_ROWS && pages->repeats++ == 0)
		pages->repeated = false;
	else
		complain(pages, pstrdup("The same rows came again when further ones were asked for."));
}

/* Jira's number of all rows, and the rows that came. */
static char *
count_detail(int64 total, int64 came)
{
	return psprintf("Jira counts " INT64_FORMAT " rows, but returned " INT64_FORMAT ".", total, came);
}

/* After an empty page: is it the end? */
static void
check_end(Pages *pages)
{
	json_t	   *last = json_object_get(pages->document, "isLast");

	if (pages->total > pages->offset && json_is_true(last))
		warn_of_loss(pages, count_detail(pages->total, pages->offset), NULL);
	else if (pages->total > pages->offset)
		complain(pages, count_detail(pages->total, pages->offset));
	else if (json_is_false(last) && pages->total != pages->offset)
		complain(pages, pstrdup("A page without rows is said not to be the last one."));
}

/* Does Jira say that this page is the last one, and nothing else? */
static bool
is_said_to_be_last(const Pages *pages)
{
	json_t	   *last = json_object_get(pages->document, "isLast");
	json_t	   *next = json_object_get(pages->document, "nextPage");
	bool		more = pages->total > pages->offset || json_is_false(last) || json_is_string(next);

	return !more && (json_is_true(last) || pages->total == pages->offset);
}

/* As many rows as the list is cut off at, or a full page that came twice: there may be more. */
static void
check_cut(Pages *pages)
{
	for (const int *cut = pages->endpoint->cuts; cut && *cut; cut++)
		if (pages->rows_read == *cut)
		{
			warn_of_loss(pages, psprintf("Jira returns no more than %d rows of this list.", *cut),
						 "Narrow the query, so that there are fewer.");
			return;
		}
	if (pages->repeated && pages->rows_read == pages->size)
		warn_of_loss(pages, psprintf("Jira returns the first " INT64_FORMAT " rows of this list again and again.",
									 pages->rows_read),
					 "Raise jira_spoke.page_size, or narrow the query.");
}

/* After the last page: warns where Jira may have left rows out. */
static void
check_whole(Pages *pages)
{
	const char *path = pages->endpoint->counted;
	json_t	   *counted = path && pages->document
	? jira_json_own(pages->row_context, jira_json_get_or_null(pages->document, path)) : NULL;

	if (counted && json_is_integer(counted) && json_integer_value(counted) > pages->rows_read)
		warn_of_loss(pages, count_detail(json_integer_value(counted), pages->rows_read), NULL);
	if (pages->endpoint->ends_early && pages->endpoint->ends_early(pages->client, pages->request))
		warn_of_loss(pages, psprintf("Jira examines the first %d users, and there seem to be more.", STRIDE_END), NULL);
	check_cut(pages);
}

/* How many rows the search before the window finds by now. */
static int64
count_again(Pages *pages)
{
	Request    *request = pages->request;
	json_t	   *rest = json_incref(json_object_get(parameters(request), "jql"));
	json_t	   *document;

	if (pages->searched)
		put_parameter(request, "jql", json_incref(pages->searched));
	else
		json_object_del(parameters(request), "jql");
	put_parameter(request, "maxResults", json_integer(0));
	document = client_document(client_start(CurrentMemoryContext, pages->client, request));
	put_parameter(request, "jql", rest);
	return integer_member(document, "total");
}

/*
 * The search after the window must find the rows that were missing before it.  It
 * may find fewer because the result has changed since: then they are counted
 * again.
 */
static void
check_rest(Pages *pages)
{
	int64		total = pages->total;

	if (pages->missing < 0)
		return;
	if (total < pages->missing)
	{
		pages->total = count_again(pages);
		if (total < pages->total - pages->passed)
		{
			pages->offset = pages->passed;
			raise_window(pages, NULL);
		}
		pages->total = total;
	}
	pages->missing = -1;
}

static void
set_last(Pages *pages, size_t count, int64 asked)
{
	switch (pages->endpoint->pages)
	{
		case BY_STRIDE:
			pages->last = pages->offset >= STRIDE_END;
			break;
		case BY_RECORDS:
			pages->last = count == 0 || (count < asked && pages->offset == pages->total);
			break;
		default:
			if (count > 0)
				pages->last = is_said_to_be_last(pages);
			else if (pages->key_set && pages->total > pages->offset)
				pass_window(pages, NULL);
			else
			{
				check_end(pages);
				pages->last = true;
			}
	}
}

/* Rows that the next page is asked for: as many as needed, unless some of those will be left out. */
static int64
rows_to_ask(const Pages *pages, int64 most)
{
	return pages->endpoint->keeps ? pages->size : Min(pages->size, most);
}

static void
fetch_offset(Pages *pages, int64 most)
{
	bool		records = pages->endpoint->pages == BY_RECORDS;
	const char *start_name = records ? "offset" : "startAt";
	int64		asked = rows_to_ask(pages, most);
	size_t		count;

	if (pages->key_set && pages->result_window > 0)
	{
		if (pages->offset >= pages->result_window)
			pass_window(pages, NULL);
		asked = Min(asked, pages->result_window - pages->offset);
	}
	put_parameter(pages->request, start_name, json_integer(pages->offset));
	put_parameter(pages->request, records ? "limit" : "maxResults", json_integer(asked));
	if (!fetch_one(pages))
		return;

	check_start(pages, start_name, pages->offset);
	check_rows(pages, integer_member(pages->document, start_name) >= 0);
	pages->total = integer_member(pages->document, "total");
	pages->result_window = integer_member(pages->document, "maxResultWindow");
	check_rest(pages);
	count = pages->repeated ? 0 : json_rows_count(pages->rows);
	pages->offset += pages->endpoint->pages == BY_STRIDE ? asked : count;
	set_last(pages, count, asked);
}

/* A list in one reply says nothing of a page, or that this one is the last. */
static void
check_only_page(Pages *pages)
{
	int64		came = pages->rows ? json_rows_count(pages->rows) : 0;
	int64		total = integer_member(pages->document, "total");

	if (pages->rows && total > came)
		complain(pages, count_detail(total, came));
	if (pages->rows && json_is_false(json_object_get(pages->document, "isLast")))
		complain(pages, pstrdup("It is said not to be the last page, though no page was asked for."));
}

/*
 * Brent's algorithm detects a cycle: the token is compared with an earlier one,
 * which is replaced after 1, 2, 4, 8, ... pages.
 */
static void
take_token(Pages *pages, const char *token)
{
	if (pages->token && pages->token != pages->marked_token)
		pfree(pages->token);
	pages->token = MemoryContextStrdup(GetMemoryChunkContext(pages), token);
	if (pages->marked_token && strcmp(pages->token, pages->marked_token) == 0)
		complain(pages, pstrdup("The same page was announced twice."));
	if (pages->read >= pages->next_mark)
	{
		pages->marked_token = pages->token;
		pages->next_mark *= 2;
	}
}

/*
 * The token of the next page, NULL if there is none.  It has been documented as a
 * string, as a number and as {"cursor": string}.
 */
static const char *
next_token(Pages *pages, const TokenStyle *style)
{
	json_t	   *token = jira_json_own(pages->row_context, jira_json_get_or_null(pages->document, style->next));

	if (json_is_object(token))
		token = json_object_get(token, "cursor");
	if (json_is_integer(token))
		return jira_json_text(token);
	return json_string_length(token) > 0 ? json_string_value(token) : NULL;
}

static void
fetch_token(Pages *pages, int64 most)
{
	const TokenStyle *style = &token_styles[pages->endpoint->pages];
	const char *token;
	json_t	   *last;

	put_parameter(pages->request, style->size, json_integer(rows_to_ask(pages, most)));
	if (pages->token)
		put_parameter(pages->request, style->token, json_string(pages->token));
	if (!fetch_one(pages))
		return;

	token = next_token(pages, style);
	last = jira_json_own(pages->row_context, jira_json_get_or_null(pages->document, style->last));
	if (token == NULL && json_is_false(last))
		complain(pages, pstrdup("It is said not to be the last page, but does not tell how to go on."));
	pages->last = token == NULL || (json_is_true(last) && !style->token_decides);
	if (!pages->last)
		take_token(pages, token);
	check_rows(pages, true);
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
	Batch	   *batch = &pages->batches[pages->under_way++];
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
		Batch	   *batch = &pages->batches[pages->under_way - 1];

		transfer_end(batch->transfer);
		if (pages->under_way > 1)
			pages->keys_sent -= json_array_size(batch->keys);
	}
	pages->most_batches = 1;
	pages->under_way = 1;
	send_batch(pages, &pages->batches[0]);
}

/*
 * Sends as many requests as allowed, and returns the oldest batch.  If Jira
 * returns only a part of a batch, the rest is requested before other batches.
 */
static void
fetch_batch(Pages *pages)
{
	Batch	   *oldest = &pages->batches[0];
	size_t		count;
	int64		total;

	for (int i = 0; i < pages->under_way; i++)
		renew_batch(pages, &pages->batches[i]);
	while (pages->under_way < pages->most_batches &&
		   pages->keys_sent < json_array_size(pages->keys))
		send_next_batch(pages);
	if (pages->under_way == 0)
	{
		pages->last = true;
		return;
	}

	if (transfer_crowded_out(oldest->transfer))
		send_alone(pages);
	if (!take_page(pages, oldest->transfer))
		return;
	check_start(pages, "startAt", oldest->offset);
	count = json_rows_count(pages->rows);
	oldest->offset += count;
	total = integer_member(pages->document, "total");
	if (count == 0 && total > oldest->offset)
		complain(pages, count_detail(total, oldest->offset));
	if (total > oldest->offset)
		send_batch(pages, oldest);
	else
	{
		json_array_clear(oldest->keys);
		pages->under_way--;
		memmove(pages->batches, pages->batches + 1, sizeof(Batch) * pages->under_way);
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
	pages->repeated = false;
	switch (pages->endpoint->pages)
	{
		case ONE_REPLY:
			if (fetch_one(pages))
			{
				check_only_page(pages);
				pages->last = true;
			}
			break;
		case BY_OFFSET:
		case BY_STRIDE:
		case BY_RECORDS:
			fetch_offset(pages, most);
			break;
		case BY_CURSOR:
		case BY_NEXT_CURSOR:
		case BY_TOKEN:
			fetch_token(pages, most);
			break;
		case BY_KEYS:
			fetch_batch(pages);
			break;
	}
	if (pages->last)
		check_whole(pages);
}

/* The next row of the current page. */
static json_t *
row_here(Pages *pages)
{
	JsonProblem problem;
	json_t	   *row;

	if (pages->repeated)
		return NULL;
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
	memset(&pages->seen, 0, sizeof(SeenRows));
	pages->request->path = (char *) json_string_value(json_object_get(part, "path"));
	pages->offset = 0;
	pages->last = false;
	return true;
}

/* Adds what belongs to a row but stands elsewhere: its part, and what was expanded. */
static void
complete_row(Pages *pages, json_t *row)
{
	json_t	   *fields = json_object_get(row, "fields");

	if (pages->part)
		json_object_set(row, json_string_value(json_object_get(pages->part, "member")),
						json_object_get(pages->part, "value"));
	for (const char *const *name = pages->action->expansions; name && *name; name++)
	{
		json_t	   *value = json_object_get(row, *name);

		if (value == NULL && pages->document != row)
			value = json_object_get(pages->document, *name);
		if (value == NULL)
			continue;
		if (fields == NULL)
		{
			fields = jira_json_object(pages->row_context);
			json_object_set(row, "fields", fields);
		}
		json_object_set(fields, *name, value);
	}
}

static bool
is_kept(Pages *pages, json_t *row)
{
	MemoryContext before;
	bool		kept;

	if (pages->endpoint->keeps == NULL)
		return true;
	before = MemoryContextSwitchTo(pages->row_context);
	kept = pages->endpoint->keeps(pages->request, row);
	MemoryContextSwitchTo(before);
	return kept;
}

json_t *
pages_next(Pages *pages, int64 most)
{
	for (;;)
	{
		json_t	   *row = pages->read > 0 ? row_here(pages) : NULL;

		if (row && !is_kept(pages, row))
			continue;
		if (row)
		{
			if (pages->key_set)
				key_set_note(pages->key_set, row);
			complete_row(pages, row);
			return row;
		}
		if (most <= 0 || (pages->last && !begin_part(pages)))
			return NULL;
		fetch_page(pages, most);
	}
}

json_t *
pages_read_all(Client *client, Request *request, const char *list, int size)
{
	const Action action = {.name = request->action};
	const Endpoint endpoint = {.result = list,.pages = BY_OFFSET};
	Pages	   *pages = pages_begin(client, &action, &endpoint, request, NULL, size, NULL);
	json_t	   *rows = jira_json_array(CurrentMemoryContext);
	json_t	   *row;

	while ((row = pages_next(pages, PG_INT64_MAX)) != NULL)
		json_array_append(rows, row);
	return rows;
}
