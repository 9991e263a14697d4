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

#include "client/identity.h"
#include "client/reply.h"
#include "client/reply_warnings.h"
#include "engine/build_request.h"
#include "engine/completion_private.h"
#include "engine/creation_parts_private.h"
#include "engine/jql_request.h"
#include "engine/key_batches_private.h"
#include "engine/key_set_private.h"
#include "engine/page_end_private.h"
#include "engine/page_token_private.h"
#include "engine/pages.h"
#include "engine/search_count.h"
#include "engine/seen_rows_private.h"
#include "engine/sweep_private.h"
#include "engine/told_pages_private.h"
#include "engine/window_private.h"
#include "utils/settings.h"

/* Bytes that a page of more rows than the first one should not exceed. */
#define MOST_PAGE_BYTES (2 * 1024 * 1024)

/* The usual result window of Data Center. */
#define USUAL_WINDOW 10000

/* A search for assignable users examines at most so many users. */
#define STRIDE_END 1000

struct Pages
{
	Client	   *client;
	const Action *action;
	const Endpoint *endpoint;
	Request    *request;
	Request    *instead;		/* for endpoint->instead, NULL: none, or taken */
	Problem    *refused;		/* why it was taken */
	PageSizes	sizes;
	int64		row_bytes;		/* of a row of the last page, on average */
	int64		read;			/* number of replies read */
	int64		rows_read;		/* of all pages */
	json_t	   *warnings;		/* reported so far */
	SeenRows	seen;
	bool		missing_ok;		/* "not found" is no error */
	bool		loss_ok;		/* nor are rows that Jira leaves out */
	Narrowing  *narrowing;		/* of the JQL, or NULL */
	const char *own_jql;		/* of the call */

	Transfer   *current;		/* received the page and owns it */
	json_t	   *document;		/* the page without its list of rows */
	JsonRows   *rows;			/* NULL: the document is the only row */
	bool		shown;			/* the document was returned as a row */
	json_t	   *made;			/* rows that the action made of it, or NULL */
	size_t		made_shown;
	JsonPaths  *paths;			/* in rows */
	JsonPlaces	key;			/* of an issue */
	Completion	completion;		/* of rows */
	JsonRow		row;			/* that was read last */
	MemoryContext row_context;	/* owns it */
	bool		repeated;		/* all its rows came before */
	int			repeats;		/* such pages in a row that were let pass */
	bool		last;			/* no page follows this one */

	json_t	   *part;			/* of request->parts, or NULL */
	size_t		parts_begun;
	PartSource *source;			/* of other parts, or NULL */
	Transfer   *first;			/* the first page, or that of such a part, on
								 * its way */
	json_t	   *carried;		/* by its rows */
	int64		part_read;		/* number of its replies read */

	int64		offset;			/* BY_OFFSET: rows before the next page */
	int64		page_rows;		/* that pages under way are asked for */
	int64		last_place;		/* behind the last row to be asked for */
	KeySet	   *key_set;		/* of a search that may end at a window, or
								 * NULL */
	int64		result_window;	/* rows that Jira returns at most, or -1 */
	int64		total;			/* by the last reply, or -1 */
	json_t	   *searched;		/* JQL before the window that was passed last */
	int64		passed;			/* rows that came of it */
	int64		missing;		/* rows that did not; -1: the check was done */
	PageToken	token;			/* of the next page */
	ToldPages	told;			/* AS_TOLD */
	Sweep	   *sweep;			/* of what follows the first page, or NULL */
	CreationParts *creation;	/* the same for an app, or NULL */
	int64		first_rows;		/* of that page */

	KeyBatches *keys;			/* BY_KEYS; else NULL */
	Window	   *window;			/* requests for pages that are under way
								 * together, or NULL */
};

static void
put_parameter(Request *request, const char *name, json_t *value)
{
	if (json_object_set_new(request_parameters(request), name, jira_json_made(value)) < 0)
		jira_json_made(NULL);
}

static void
begin_key_set(Pages *pages)
{
	json_t	   *jql = json_object_get(request_parameters(pages->request), "jql");

	if (pages->endpoint->has_window)
		pages->key_set = key_set_begin(json_string_value(jql), pages->endpoint->is_ordered);
}

Pages *
pages_begin(Client *client, const Action *action, const Endpoint *endpoint,
			Request *request, Request *instead, const PageSizes *sizes, json_t *keys)
{
	Pages	   *pages = palloc0(sizeof(Pages));

	pages->client = client;
	pages->action = action;
	pages->endpoint = endpoint;
	pages->request = request;
	pages->instead = instead;
	pages->sizes = *sizes;
	pages->warnings = jira_json_object(CurrentMemoryContext);
	pages->row_context = AllocSetContextCreate(CurrentMemoryContext, "Jira page row",
											   ALLOCSET_SMALL_SIZES);
	pages->missing = -1;
	pages->total = -1;
	begin_key_set(pages);
	pages->paths = json_row_paths();
	pages->key = json_row_add_paths(pages->paths, "key");
	completion_begin(&pages->completion, action, request, pages->paths);
	if (endpoint->pages == BY_KEYS)
		pages->keys = key_batches_begin(client, action, request, keys, sizes->batch);
	pages->last = request->parts != NULL;	/* there is none before the first
											 * part */
	return pages;
}

void
pages_allow_missing(Pages *pages)
{
	pages->missing_ok = true;
}

void
pages_allow_loss(Pages *pages)
{
	pages->loss_ok = true;
}

void
pages_of_parts(Pages *pages, PartSource *source)
{
	pages->source = source;
	pages->sizes.at_once = 1;	/* the parts are, already */
	pages->last = true;			/* there is none before the first part */
}

json_t *
pages_beside(const Pages *pages, const char *path)
{
	json_t	   *value = pages->document ? jira_json_get(pages->document, path) : NULL;

	return value ? value : pages->carried ? jira_json_get(pages->carried, path) : NULL;
}

void
pages_narrow(Pages *pages, Narrowing *narrowing, const char *own)
{
	pages->narrowing = narrowing;
	pages->own_jql = own;
}

JsonPaths *
pages_paths(Pages *pages)
{
	return pages->paths;
}

PagesCost
pages_cost(const Pages *pages)
{
	PagesCost	cost = {.pages = pages->read,.peak = pages->read > 0 ? 1 : 0};

	if (pages->keys)
	{
		cost.batches = key_batches_requests(pages->keys);
		cost.peak = Max(cost.peak, key_batches_peak(pages->keys));
	}
	if (pages->window)
		cost.peak = Max(cost.peak, window_peak(pages->window));
	if (pages->sweep)
	{
		cost.batches = sweep_batches(pages->sweep);
		cost.peak = Max(cost.peak, sweep_peak(pages->sweep));
	}
	if (pages->creation)
		cost.peak = Max(cost.peak, creation_parts_peak(pages->creation));
	if (pages->source)
		cost.peak = Max(cost.peak, pages->source->peak(pages->source));
	return cost;
}

void
pages_add_cost(PagesCost *sum, PagesCost more)
{
	sum->pages += more.pages;
	sum->batches += more.batches;
	sum->peak = Max(sum->peak, more.peak);
	sum->all_issues |= more.all_issues;
}

int64
pages_expected(const Pages *pages, bool *all)
{
	*all = true;
	if (pages->keys)
		return key_batches_keys(pages->keys);
	if (pages->sweep)
		return pages->first_rows + sweep_found(pages->sweep, all);
	if (pages->creation)
		return creation_parts_total(pages->creation);
	if (pages->source)
		return -1;
	return pages->total >= 0 ? pages->passed + pages->total : -1;
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

/* Asks for the rows after those that came, by a search that begins anew. */
static void
pass_window(Pages *pages, const Problem *refusal)
{
	char	   *jql = key_set_continue(pages->key_set);

	if (jql == NULL || pages->total < 0)
		page_end_raise_window(pages->request, pages->offset, pages->total, refusal ? refusal->detail : NULL);
	pages->missing = pages->total - pages->offset;
	pages->passed = pages->offset;
	pages->searched = jira_json_own(GetMemoryChunkContext(pages),
									json_incref(json_object_get(request_parameters(pages->request), "jql")));
	put_parameter(pages->request, "jql", json_string(jql));
	build_request_shorten(pages->request, pages->client->connection, pages->endpoint);
	pages->offset = 0;
}

/* Data Center refuses a page beyond the window, or fails there. */
static bool
is_beyond_window(const Pages *pages, int status)
{
	return status == 400 || (status == 500 && pages->offset + pages->sizes.further > USUAL_WINDOW);
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

	if (pages->sweep)
		return sweep_refuse(pages->sweep, problem, status);
	if (pages->creation)
		return creation_parts_refuse(pages->creation, status);
	if (pages->keys && key_batches_refuse(pages->keys, status))
		return true;
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
	if ((pages->part_read == 0 && client_is_refused_by_jira(transfer) &&
		 ((pages->missing_ok && status == 404) ||
		  (endpoint->no_rows && endpoint->no_rows(pages->client, pages->request, status)))) ||
		(pages->source && client_is_refused_by_jira(transfer) && pages->source->refuse(pages->source, pages->request, problem, status)))
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
 * Before the first row: asks for another search, if there is one.  Returns false if
 * the reply to the one that was asked is the result.
 */
static bool
search_again(Pages *pages, NarrowingCause cause)
{
	if (pages->narrowing == NULL || pages->read > 0 ||
		!narrowing_ask_again(pages->narrowing, pages->client, cause, pages->own_jql, pages->request))
		return false;
	begin_key_set(pages);
	return true;
}

void
pages_narrow_again(Pages *pages, Narrowing *narrowing, const char *own)
{
	MemoryContext before = MemoryContextSwitchTo(GetMemoryChunkContext(pages));

	pages_narrow(pages, narrowing, own);
	narrowing->result = NARROWED;
	(void) search_again(pages, NOTHING_ASKED);
	MemoryContextSwitchTo(before);
}

/* After a refusal: false if it is one of the JQL of the call. */
static bool
refused_search_ends(Pages *pages)
{
	bool		again = search_again(pages, SEARCH_REFUSED);

	pages->last = !again && pages->narrowing && pages->read == 0 && pages->narrowing->result == NO_ROWS;
	return again || pages->last;
}

/* Could the rows of a page come again on a further one? */
static bool
may_repeat(const Pages *pages)
{
	return pages->endpoint->pages != ONE_REPLY && pages->endpoint->pages != BY_KEYS;
}

/* Is what follows the first page read page by page? */
static bool
is_by_page(const Pages *pages)
{
	return pages->sweep == NULL && pages->creation == NULL;
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
		if (http_reply(transfer_exchange(transfer))->status == 400 && refused_search_ends(pages))
			return false;
		if (settle_refusal(pages, transfer, problem))
			return false;
		transfer_raise(transfer, problem);
	}
	if (path == NULL)
		transfer_drop_reply(transfer);
	if (pages->document || !pages->endpoint->may_be_empty)
		check_page(pages);
	if ((reply_warnings_exist(pages->document) && search_again(pages, SEARCH_WARNED)) ||
		(is_empty(pages) && search_again(pages, SEARCH_EMPTY)) ||
		(pages->sweep && !sweep_take(pages->sweep, pages->rows, pages->document)) ||
		(pages->keys && !key_batches_take(pages->keys, pages->rows, pages->document)))
	{
		pages->rows = NULL;
		pages->document = NULL;
		return false;
	}
	if (pages->creation)
		creation_parts_take(pages->creation, pages->rows, pages->document);
	if (!pages->loss_ok)
		reply_warnings_report(pages->request, pages->document,
							  pages->endpoint->pages == BY_KEYS ? NULL : pages->warnings);
	if (pages->action->rows)
		make_rows(pages);
	if (pages->read == 0 && is_empty(pages))
		identity_check(pages->client, pages->request);
	pages->repeated = pages->rows && is_by_page(pages) && may_repeat(pages) &&
		seen_rows_repeat(&pages->seen, pages->rows);
	pages->read++;
	pages->part_read++;
	if (!pages->repeated)
		pages->rows_read += pages->rows ? json_rows_count(pages->rows) : 1;
	if (pages->rows && json_rows_count(pages->rows) > 0)
		pages->row_bytes = http_reply(transfer_exchange(transfer))->length / json_rows_count(pages->rows);
	pages->shown = pages->document == NULL;
	completion_look(&pages->completion, pages->document);
	return true;
}

static bool
fetch_one(Pages *pages)
{
	MemoryContext context = GetMemoryChunkContext(pages);
	Transfer   *first = transfer_unless_overdue(pages->first);

	pages->first = NULL;
	if (first)
		return take_page(pages, first);
	return take_page(pages, pages->read == 0 ? jql_request_start(context, pages->client, pages->request)
					 : client_start(context, pages->client, pages->request));
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
		problem_raise(reply_repeated(pages->request, "rows"));
}

/* After the last page: warns where Jira may have left rows out. */
static void
check_whole(Pages *pages)
{
	const char *path = pages->endpoint->counted;
	json_t	   *counted = path && pages->document
	? jira_json_own(pages->row_context, jira_json_get_or_null(pages->document, path)) : NULL;

	if (counted && json_is_integer(counted) && json_integer_value(counted) > pages->rows_read)
		page_end_warn(pages->request, page_end_count(json_integer_value(counted), pages->rows_read), NULL);
	if (pages->endpoint->ends_early && pages->endpoint->ends_early(pages->client, pages->request))
		page_end_warn(pages->request, psprintf("Jira examines the first %d users, and there seem to be more.", STRIDE_END), NULL);
	page_end_check_cut(pages->request, pages->endpoint->cuts, pages->rows_read,
					   pages->repeated && pages->rows_read == pages->sizes.first);
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
		pages->total = search_count_again(pages->client, pages->request, pages->searched);
		if (total < pages->total - pages->passed)
			page_end_raise_window(pages->request, pages->passed, pages->total, NULL);
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
				pages->last = page_end_is_said(pages->document, pages->total, pages->offset);
			else if (pages->key_set && pages->total > pages->offset)
				pass_window(pages, NULL);
			else
			{
				page_end_check(pages->request, pages->document, pages->total, pages->offset);
				pages->last = true;
			}
	}
}

/* The rows that the caller will use beside those that came, as far as is known. */
static int64
rows_needed(const Pages *pages, int64 most)
{
	if (pages->sizes.limit > pages->rows_read)
		return Min(most, pages->sizes.limit - pages->rows_read);
	return most;
}

/*
 * The rows that the next page is asked for: as many as needed, unless some of those
 * will be left out.
 */
static int64
rows_to_ask(const Pages *pages, int64 most)
{
	int64		rows = pages->sizes.first;

	if (pages->endpoint->keeps)
		return rows;
	if (pages->read > 0)
	{
		rows = pages->sizes.further;
		if (pages->row_bytes > 0)
			rows = Min(rows, Max(page_sizes_bytes(pages->client, MOST_PAGE_BYTES) / pages->row_bytes, pages->sizes.least));
	}
	return Min(rows, rows_needed(pages, most));
}

/* The last page may turn out to have more rows than Jira has counted so far. */
static void
ask_for_rows(void *source, Request *request, const WindowBatch *batch)
{
	const Pages *pages = source;

	put_parameter(request, "startAt", json_integer(batch->first));
	put_parameter(request, "maxResults", json_integer(Min(pages->page_rows, pages->last_place - batch->first)));
}

/* The place behind the last row that is needed, and not beyond a window. */
static int64
last_place(const Pages *pages, int64 most)
{
	int64		window = pages->result_window > 0 ? pages->result_window : USUAL_WINDOW;
	int64		needed = rows_needed(pages, most);
	int64		last = needed < PG_INT64_MAX - pages->offset ? pages->offset + needed : PG_INT64_MAX;

	/* If Jira returns a page beyond the usual window, it has none. */
	return pages->key_set && pages->offset < window ? Min(last, window) : last;
}

/* A page that is short though there are more rows: what should further ones be asked for? */
static void
note_size(Pages *pages, int64 count, int64 asked)
{
	int64		most = jira_json_integer(pages->document, "maxResults");

	if (count >= asked || pages->offset >= pages->total)
		return;
	if ((count > 0 && most == count) || (most >= pages->sizes.least && most < asked))
		pages->sizes.least = pages->sizes.further = (int) most;
	else
		pages->sizes.at_once = 1;	/* no telling where the next one begins */
	if (pages->window)
		window_seek(pages->window, pages->offset);
}

/*
 * Fetches the page, and asks for those after it at the same time where their places
 * are known.  If fewer rows came than a page was asked for, those after it begin
 * elsewhere.
 */
static bool
fetch_together(Pages *pages, int64 asked, int64 most)
{
	int64		at_once = pages->sizes.at_once;
	int64		end = pages->missing >= 0 ? pages->missing : pages->total;

	if (end <= pages->offset || (pages->key_set && pages->result_window <= 0 && pages->offset == USUAL_WINDOW))
		end = pages->offset + asked;
	if (pages->sizes.may_stop)
		at_once = Min(at_once, 2 * pages->read);
	if (pages->window == NULL)
		pages->window = window_begin(pages->client, pages->request, ask_for_rows, pages);
	if (window_first(pages->window) != pages->offset)
		window_seek(pages->window, pages->offset);
	pages->page_rows = asked;
	pages->last_place = last_place(pages, most);
	window_fill(pages->window, Min(end, pages->last_place), (int) asked, (int) at_once);
	return take_page(pages, window_take(pages->window));
}

/* Has the request ask for so many rows from the next place on; returns the name of the parameter for that. */
static const char *
ask_from_offset(Pages *pages, int64 rows)
{
	bool		records = pages->endpoint->pages == BY_RECORDS;
	const char *start_name = records ? "offset" : "startAt";

	put_parameter(pages->request, start_name, json_integer(pages->offset));
	put_parameter(pages->request, records ? "limit" : "maxResults", json_integer(rows));
	return start_name;
}

static void
fetch_offset(Pages *pages, int64 most)
{
	const char *start_name = "startAt";
	int64		asked = rows_to_ask(pages, most);
	size_t		count;
	bool		together = pages->read > 0 && pages->sizes.at_once > 1;
	bool		came;

	if (pages->key_set)
	{
		int64		window = pages->result_window > 0 ? pages->result_window : USUAL_WINDOW;

		if (pages->result_window > 0 && pages->offset >= window)
			pass_window(pages, NULL);
		if (pages->offset < window)
			asked = Min(asked, window - pages->offset);
	}
	if (together)
		came = fetch_together(pages, asked, most);
	else
	{
		start_name = ask_from_offset(pages, asked);
		came = fetch_one(pages);
	}
	if (!came)
		return;

	page_end_check_start(pages->request, pages->document, start_name, pages->offset);
	check_rows(pages, jira_json_integer(pages->document, start_name) >= 0);
	pages->total = jira_json_integer(pages->document, "total");
	pages->result_window = jira_json_integer(pages->document, "maxResultWindow");
	check_rest(pages);
	count = pages->repeated ? 0 : json_rows_count(pages->rows);
	pages->offset += pages->endpoint->pages == BY_STRIDE ? asked : count;
	if (together)
		window_done(pages->window);
	if (pages->sizes.at_once > 1)
		note_size(pages, count, asked);
	set_last(pages, count, asked);
}

/* Fetches the next rows by id.  Leaves that to the token of the first page if Jira refuses. */
static void
fetch_swept(Pages *pages, int64 most)
{
	Transfer   *transfer;

	switch (sweep_next(pages->sweep, rows_needed(pages, most), pages->row_bytes, pages->warnings, &transfer))
	{
		case SWEEP_BATCH:
			(void) take_page(pages, transfer);
			break;
		case SWEEP_END:
			pages->last = true;
			break;
		case SWEEP_REFUSED:
			sweep_end(pages->sweep);
			pages->sweep = NULL;
			break;
	}
}

/* Fetches the next rows of a part, likewise. */
static void
fetch_divided(Pages *pages, int64 most)
{
	Transfer   *transfer;
	PartsStep	step = creation_parts_next(pages->creation, rows_to_ask(pages, most), pages->row_bytes, &transfer);

	pages->last = step == PARTS_END;
	if (step == PARTS_PAGE)
		(void) take_page(pages, transfer);
	if (step == PARTS_REFUSED)
	{
		creation_parts_end(pages->creation);
		pages->creation = NULL;
	}
}

/* One more page has the rest if no more than that is needed. */
static void
begin_rest(Pages *pages, int64 most)
{
	pages->first_rows = pages->rows_read;
	if (pages->read != 1 || pages->last || pages->sizes.limit == pages->rows_read)
		return;
	if (pages->sizes.may_divide && most == PG_INT64_MAX)
		pages->creation = creation_parts_begin(pages->client, pages->request, pages->rows);
	else if (pages->sizes.batch > 0 && rows_needed(pages, most - pages->rows_read) > pages->sizes.first)
		pages->sweep = sweep_begin(pages->client, pages->request, &pages->sizes, pages->rows);
}

static const TokenStyle *
ask_by_token(Pages *pages, int64 most)
{
	const TokenStyle *style = page_token_style(pages->endpoint->pages);

	put_parameter(pages->request, style->size, json_integer(rows_to_ask(pages, most)));
	if (pages->token.token)
		put_parameter(pages->request, style->token, json_string(pages->token.token));
	return style;
}

static void
fetch_token(Pages *pages, int64 most)
{
	const TokenStyle *style = ask_by_token(pages, most);

	if (!fetch_one(pages))
		return;
	pages->last = !page_token_take(&pages->token, GetMemoryChunkContext(pages), style,
								   pages->request, pages->document, json_rows_count(pages->rows), pages->row_context);
	check_rows(pages, true);
	begin_rest(pages, most);
}

static void
fetch_keys(Pages *pages)
{
	Transfer   *transfer = key_batches_next(pages->keys, pages->row_bytes);
	int64		offset;
	size_t		count;
	int64		total;

	pages->last = transfer == NULL;
	if (transfer == NULL || !take_page(pages, transfer))
		return;
	offset = key_batches_offset(pages->keys);
	page_end_check_start(pages->request, pages->document, "startAt", offset);
	count = json_rows_count(pages->rows);
	total = jira_json_integer(pages->document, "total");
	if (count == 0 && total > offset)
		problem_raise(reply_contradictory(pages->request, page_end_count(total, offset)));
	pages->last = !key_batches_go_on(pages->keys, count, total);
}

static void
fetched_as_told(Pages *pages)
{
	check_rows(pages, true);
	pages->last = !told_pages_take(&pages->told, GetMemoryChunkContext(pages), pages->request, pages->document,
								   pages->repeated ? 0 : json_rows_count(pages->rows), pages->row_context);
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
	pages->made = NULL;
	pages->made_shown = 0;
	pages->repeated = false;
	MemoryContextReset(pages->row_context);
	switch (pages->endpoint->pages)
	{
		case ONE_REPLY:
			if (fetch_one(pages))
			{
				if (pages->rows)
					page_end_check_only(pages->request, pages->document, jira_json_integer(pages->document, "total"),
										json_rows_count(pages->rows));
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
			if (pages->sweep)
				fetch_swept(pages, most);
			else if (pages->creation)
				fetch_divided(pages, most);
			else
				fetch_token(pages, most);
			break;
		case BY_KEYS:
			fetch_keys(pages);
			break;
		case AS_TOLD:
			if (fetch_one(pages))
				fetched_as_told(pages);
			break;
	}
	if (pages->last)
		check_whole(pages);
}

/* A row that is a tree, or NULL. */
static JsonRow *
row_of_tree(Pages *pages, json_t *tree)
{
	const JsonRow row = {.paths = pages->paths,.tree = tree,.context = pages->row_context};

	pages->row = row;
	return tree ? &pages->row : NULL;
}

/* The next row of the current page. */
static JsonRow *
row_here(Pages *pages)
{
	JsonProblem problem;
	json_t	   *only;
	bool		found;

	if (pages->repeated)
		return NULL;
	if (pages->made)
		return row_of_tree(pages, json_array_get(pages->made, pages->made_shown++));
	if (pages->rows == NULL)
	{
		only = pages->shown ? NULL : pages->document;
		pages->shown = true;
		return row_of_tree(pages, only);
	}
	MemoryContextReset(pages->row_context);
	found = json_rows_next(pages->rows, pages->paths, pages->row_context, &pages->row, &problem);
	if (problem.detail)
		problem_raise(reply_unreadable(pages->request, &problem));
	if (found && may_repeat(pages) && (is_by_page(pages) || pages->read == 1))
		seen_rows_note(&pages->seen, GetMemoryChunkContext(pages), pages->rows);
	return found ? &pages->row : NULL;
}

/* Continues with the next part of a result; returns false after the last one. */
static bool
begin_part(Pages *pages)
{
	json_t	   *part = json_array_get(pages->request->parts, pages->parts_begun);

	if (pages->source && !pages->source->next(pages->source, pages->request, &pages->first, &pages->carried))
		return false;
	if (pages->source == NULL && part == NULL)
		return false;
	if (part)
		pages->request->path = (char *) json_string_value(json_object_get(part, "path"));
	pages->parts_begun++;
	pages->part = part;
	seen_rows_forget(&pages->seen);
	pages->part_read = 0;
	pages->offset = 0;
	pages->last = false;
	return true;
}

static bool
is_kept(Pages *pages, JsonRow *row)
{
	MemoryContext before;
	bool		kept;

	if (pages->endpoint->keeps == NULL && pages->source == NULL)
		return true;
	before = MemoryContextSwitchTo(pages->row_context);
	kept = (pages->endpoint->keeps == NULL || pages->endpoint->keeps(pages->request, json_row_tree(row))) &&
		(pages->source == NULL || pages->source->keeps(pages->source, row));
	MemoryContextSwitchTo(before);
	return kept;
}

/* Notes the row, and adds to it what is missing. */
static void
finish_row(Pages *pages, JsonRow *row)
{
	MemoryContext before = MemoryContextSwitchTo(pages->row_context);

	if (pages->key_set)
		key_set_note(pages->key_set, json_row_string(row, pages->key.first));
	completion_add(&pages->completion, row, pages->document, pages->part);
	MemoryContextSwitchTo(before);
}

JsonRow *
pages_next(Pages *pages, int64 most)
{
	for (;;)
	{
		JsonRow    *row = pages->read > 0 ? row_here(pages) : NULL;

		if (row && !is_kept(pages, row))
			continue;
		if (row)
		{
			finish_row(pages, row);
			return row;
		}
		if (most <= 0 || (pages->last && !begin_part(pages)))
			return NULL;
		fetch_page(pages, most);
	}
}

/* Does the first request take no other one before it, nor several at a time? */
static bool
begins_alone(const Pages *pages)
{
	return pages->keys == NULL && pages->source == NULL && pages->narrowing == NULL &&
		!jql_request_may_repeat(pages->request);
}

void
pages_start(Pages *pages, int64 most)
{
	if (most <= 0 || !begins_alone(pages) || (pages->last && !begin_part(pages)))
		return;
	switch (pages->endpoint->pages)
	{
		case BY_OFFSET:
		case BY_STRIDE:
		case BY_RECORDS:
			(void) ask_from_offset(pages, rows_to_ask(pages, most));
			break;
		case BY_CURSOR:
		case BY_NEXT_CURSOR:
		case BY_TOKEN:
			(void) ask_by_token(pages, most);
			break;
		default:
			break;
	}
	pages->first = client_start(GetMemoryChunkContext(pages), pages->client, pages->request);
}
