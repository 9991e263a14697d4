/*
 * sweep.c
 *	  The rest of a search of Cloud: the ids first, then the issues, several
 *	  requests at a time.
 *
 * The ids of a page are asked for while the issues of the one before are fetched,
 * and no further ahead.  What is held is bounded: eight bytes for each id that is
 * waiting, and the replies under way.
 *
 * An issue that is gone when it is fetched gives no row, and one of the first page
 * does not come again.
 */
#include "postgres.h"

#include "utils/builtins.h"
#include "utils/memutils.h"

#include "client/reply.h"
#include "client/reply_warnings.h"
#include "client/site.h"
#include "engine/id_set_private.h"
#include "engine/page_token_private.h"
#include "engine/side_request.h"
#include "engine/sweep_private.h"
#include "engine/window_private.h"
#include "utils/quoted.h"
#include "utils/settings.h"

/* Ids of a page; the first one is smaller if not all may be needed. */
#define FIRST_IDS 1000
#define MOST_IDS 5000

/* Bytes of a reply for one of them. */
#define ID_BYTES 64

/* Of this part of a large batch, or less, nothing is said if it is missing. */
#define USUALLY_MISSING 10

struct Sweep
{
	MemoryContext context;		/* owns everything here */
	MemoryContext scratch;		/* for one page or batch */
	Client	   *client;
	PageSizes	sizes;
	IdSet		first_rows;		/* those of the first page of rows */

	Request    *search;			/* for ids */
	Transfer   *searching;		/* NULL: no page of ids is under way */
	PageToken	token;
	bool		all_found;		/* there are no further ids */
	bool		alone;			/* ids are not asked for beside issues */
	IdProgress	progress;		/* of the pages of ids */

	int64	   *ids;			/* from the place "base" on */
	int64		base;
	int64		end;			/* the place behind the last one */
	int64		room;

	Window	   *window;			/* requests for issues, by their places */
	int			batch;			/* issues to be asked for at once */
	int64		pages_used;		/* those of rows that the caller has used */
	bool		has_rows;		/* some were fetched by id */
	bool		refused;
	int			peak;
};

/* The same search, but for ids. */
static Request *
search_for_ids(const Request *search)
{
	Request    *copy = request_copy(search);

	json_object_set_new(request_parameters(copy), "fields", jira_json_made(json_pack("[s]", "id")));
	json_object_del(request_parameters(copy), "nextPageToken");
	return copy;
}

static Request *
fetch_by_id(Client *client, const Request *search)
{
	Request    *fetch = request_make(search->action, POST);

	fetch->path = MemoryContextStrdup(fetch->context, psprintf("/rest/api/%d/issue/bulkfetch",
															   client->connection->api_version));
	fetch->body = jira_json_object(fetch->context);
	json_object_set(fetch->body, "fields", json_object_get(request_parameters(search), "fields"));
	side_request_mark(fetch, client->connection, &side_request_issues);
	return fetch;
}

static void
ask_for_issues(void *source, Request *request, const WindowBatch *batch)
{
	const Sweep *sweep = source;
	json_t	   *ids = jira_json_made(json_array());

	json_object_set_new(request->body, "issueIdsOrKeys", ids);
	for (int i = 0; i < batch->count; i++)
	{
		char		id[32];

		pg_lltoa(sweep->ids[batch->first - sweep->base + i], id);
		json_array_append_new(ids, jira_json_made(json_string(id)));
	}
}

Sweep *
sweep_begin(Client *client, const Request *search, const PageSizes *sizes, JsonRows *first)
{
	MemoryContext context = AllocSetContextCreate(CurrentMemoryContext, "Jira sweep",
												  ALLOCSET_DEFAULT_SIZES);
	MemoryContext before = MemoryContextSwitchTo(context);
	int64	   *first_ids = id_set_of_rows(first);
	Sweep	   *sweep = NULL;

	if (first_ids)
	{
		sweep = palloc0(sizeof(Sweep));
		sweep->context = context;
		sweep->scratch = AllocSetContextCreate(context, "Jira sweep page", ALLOCSET_DEFAULT_SIZES);
		sweep->client = client;
		sweep->sizes = *sizes;
		sweep->batch = sizes->batch;
		sweep->first_rows = id_set_make(context, first_ids, json_rows_count(first));
		sweep->search = search_for_ids(search);
		sweep->window = window_begin(client, fetch_by_id(client, search), ask_for_issues, sweep);
	}
	MemoryContextSwitchTo(before);
	if (sweep == NULL)
		MemoryContextDelete(context);
	return sweep;
}

void
sweep_end(Sweep *sweep)
{
	MemoryContextDelete(sweep->context);
}

static void
complain(const Request *request, const char *detail)
{
	problem_raise(reply_malformed(request, pstrdup(detail)));
}

/*
 * Some pages of a search have come, so that the account may search: what Jira
 * refuses is this way to do it.
 */
static void
give_up(Sweep *sweep, const Problem *problem)
{
	const Connection *connection = sweep->client->connection;

	sweep->refused = true;
	if (site_of(sweep->client)->refuses_batches)
		return;
	site_of(sweep->client)->refuses_batches = true;
	ereport(NOTICE,
			(errmsg("issues are read page by page through connection \"%s\", which takes longer",
					quoted(connection->alias)),
			 errdetail_internal("%s%s%s", problem->message, problem->detail ? ": " : "",
								problem->detail ? problem->detail : ""),
			 connection_has_scopes(connection)
			 ? errhint("See jira_required_scopes(ARRAY['%s']) for the scopes that the token needs.",
					   sweep->search->action) : 0));
}

/* Ids before the first place that is still needed are given up for new ones. */
static void
make_room(Sweep *sweep, size_t count)
{
	int64		first = window_first(sweep->window);
	int64		kept = sweep->end - first;

	if (first > sweep->base)
		memmove(sweep->ids, sweep->ids + (first - sweep->base), sizeof(int64) * kept);
	sweep->base = first;
	if (kept + (int64) count <= sweep->room)
		return;
	sweep->room = kept + count;
	if (sweep->ids)
		sweep->ids = repalloc_huge(sweep->ids, sizeof(int64) * sweep->room);
	else
		sweep->ids = MemoryContextAllocHuge(sweep->context, sizeof(int64) * sweep->room);
}

static void
add_ids(Sweep *sweep, const int64 *ids, size_t count)
{
	make_room(sweep, count);
	for (size_t i = 0; i < count; i++)
		if (!id_set_has(&sweep->first_rows, ids[i]))
			sweep->ids[sweep->end++ - sweep->base] = ids[i];
}

static void
take_ids(Sweep *sweep, JsonRows *rows, json_t *document, json_t *warnings)
{
	int64	   *ids;

	if (rows == NULL)
		complain(sweep->search, "It has no list \"issues\".");
	reply_warnings_report(sweep->search, document, warnings);
	ids = id_set_of_rows(rows);
	if (ids == NULL)
		complain(sweep->search, "An issue has no id.");
	if (!id_set_note_page(&sweep->progress, sweep->context, ids, json_rows_count(rows)))
		problem_raise(reply_repeated(sweep->search, "rows"));
	add_ids(sweep, ids, json_rows_count(rows));
	sweep->all_found = !page_token_take(&sweep->token, sweep->context, page_token_style(BY_TOKEN),
										sweep->search, document, json_rows_count(rows), sweep->scratch);
}

static void
end_search(Sweep *sweep)
{
	transfer_end(sweep->searching);
	sweep->searching = NULL;
}

/* Reads the page of ids that is under way; waits for it. */
static void
receive_ids(Sweep *sweep, json_t *warnings)
{
	MemoryContext before = MemoryContextSwitchTo(sweep->scratch);
	JsonRows   *rows;
	json_t	   *document;
	Problem    *problem;

	/* The replies with issues left no room for it. */
	if (!sweep->alone && transfer_crowded_out(sweep->searching))
	{
		sweep->alone = true;
		end_search(sweep);
		MemoryContextSwitchTo(before);
		return;
	}
	problem = client_read(sweep->searching, "issues", &rows, &document);

	if (problem == NULL)
		take_ids(sweep, rows, document, warnings);
	else if (!sweep->has_rows && client_is_refused(sweep->searching))
		give_up(sweep, problem);
	else
		transfer_raise(sweep->searching, problem);
	end_search(sweep);
	MemoryContextSwitchTo(before);
	MemoryContextReset(sweep->scratch);
}

/* The place behind the last id that is needed for so many rows. */
static int64
needed_end(const Sweep *sweep, int64 needed)
{
	int64		first = window_first(sweep->window);

	return first + Min(needed, PG_INT64_MAX / 2);
}

/* Asks for the next page of ids if so many of them could be used soon. */
static void
search_on(Sweep *sweep, int64 end, int64 usable)
{
	Request    *search = sweep->search;
	bool		is_first = sweep->token.token == NULL;
	int64		ids = is_first && sweep->sizes.may_stop ? FIRST_IDS : MOST_IDS;

	if (sweep->searching || sweep->all_found || sweep->end >= end ||
		sweep->end - window_next(sweep->window) >= usable ||
		(sweep->alone && window_under_way(sweep->window) > 0))
		return;
	ids = Max(page_sizes_bytes(sweep->client, ids * ID_BYTES) / ID_BYTES, SMALL_BATCH);
	ids = Min(ids, end - sweep->end + (is_first ? (int64) sweep->first_rows.count : 0));
	json_object_set_new(request_parameters(search), "maxResults", json_integer(ids));
	if (!is_first)
		json_object_set_new(request_parameters(search), "nextPageToken", jira_json_made(json_string(sweep->token.token)));
	sweep->searching = client_start(sweep->context, sweep->client, search);
}

/* Sends what may be sent now. */
static void
send_on(Sweep *sweep, int64 needed, int64 row_bytes)
{
	int			batch = page_sizes_batch(sweep->client, sweep->batch, row_bytes);
	int64		most = page_sizes_batches(batch, row_bytes);
	int64		end = needed_end(sweep, needed);

	if (sweep->sizes.may_stop)
		most = Min(most, 2 * sweep->pages_used);
	window_fill(sweep->window, Min(end, sweep->end), batch, (int) most);
	search_on(sweep, end, batch * most);
	sweep->peak = Max(sweep->peak, window_under_way(sweep->window) + (sweep->searching != NULL));
}

static bool
has_come(Transfer *transfer)
{
	return http_reply(transfer_exchange(transfer)) != NULL;
}

/* Fetches what was not read yet in batches of this size, from now on. */
static void
fetch_less(Sweep *sweep, int batch)
{
	sweep->batch = batch;
	sweep->pages_used--;
	window_rewind(sweep->window);
}

/* The oldest batch, NULL if it has to be asked for again in smaller ones. */
static Transfer *
take_batch(Sweep *sweep)
{
	Transfer   *transfer = window_take(sweep->window);
	int			count = window_taken(sweep->window)->count;

	if (count == 1 || !window_is_too_large(transfer))
		return transfer;
	transfer_end(transfer);
	fetch_less(sweep, Max(count / 4, 1));
	sweep->pages_used++;
	return NULL;
}

SweepStep
sweep_next(Sweep *sweep, int64 needed, int64 row_bytes, json_t *warnings, Transfer **transfer)
{
	sweep->pages_used++;
	if (sweep->searching && transfer_is_overdue(sweep->searching))
	{
		transfer_end(sweep->searching);
		sweep->searching = client_start(sweep->context, sweep->client, sweep->search);
	}
	while (!sweep->refused)
	{
		if (sweep->searching && has_come(sweep->searching))
			receive_ids(sweep, warnings);
		send_on(sweep, needed, row_bytes);
		if (window_under_way(sweep->window) > 0)
		{
			*transfer = take_batch(sweep);
			if (*transfer)
				return SWEEP_BATCH;
		}
		else if (sweep->searching)
			receive_ids(sweep, warnings);
		else
			return sweep->refused ? SWEEP_REFUSED : SWEEP_END;
	}
	return SWEEP_REFUSED;
}

bool
sweep_refuse(Sweep *sweep, const Problem *problem, int status)
{
	int			count = window_taken(sweep->window)->count;

	if (status == 400 && count > SMALL_BATCH)
	{
		site_note_small_batches(sweep->client);
		fetch_less(sweep, SMALL_BATCH);
	}
	else if (status == 413 && count > 1)
		fetch_less(sweep, Max(count / 4, 1));
	else if (!sweep->has_rows && client_is_refusal(status) && status != 400)
		give_up(sweep, problem);
	else
		return false;
	return true;
}

static int
compare_places(const void *left, const void *right)
{
	return id_set_compare(&((const JsonRowPlace *) left)->number, &((const JsonRowPlace *) right)->number);
}

/* Puts the rows in the order of the ids; returns how many of those there are. */
static int
arrange(const Sweep *sweep, JsonRows *rows)
{
	const WindowBatch *batch = window_taken(sweep->window);
	size_t		count = json_rows_count(rows);
	JsonRowPlace *places = palloc(sizeof(JsonRowPlace) * Max(count, 1));
	JsonRowPlace *arranged = palloc(sizeof(JsonRowPlace) * batch->count);
	int			found = 0;

	json_rows_places(rows, "id", places);
	qsort(places, count, sizeof(JsonRowPlace), compare_places);
	for (int i = 0; i < batch->count; i++)
	{
		JsonRowPlace wanted = {.number = sweep->ids[batch->first - sweep->base + i]};
		JsonRowPlace *place = bsearch(&wanted, places, count, sizeof(JsonRowPlace), compare_places);

		if (place)
			arranged[found++] = *place;
	}
	json_rows_arrange(rows, arranged, found);
	return found;
}

bool
sweep_take(Sweep *sweep, JsonRows *rows, json_t *document)
{
	int			count = window_taken(sweep->window)->count;
	int			smaller = window_smaller(sweep->window, document);
	MemoryContext before;
	int			missing;

	if (smaller > 0)
	{
		fetch_less(sweep, smaller);
		return false;
	}
	before = MemoryContextSwitchTo(sweep->scratch);
	missing = count - arrange(sweep, rows);
	MemoryContextSwitchTo(before);
	MemoryContextReset(sweep->scratch);
	if (count > SMALL_BATCH && missing > count / USUALLY_MISSING)
	{
		/* Or so many issues were deleted: no reason to tell other sessions. */
		site_suspect_small_batches(sweep->client);
		fetch_less(sweep, SMALL_BATCH);
		return false;
	}
	window_done(sweep->window);
	sweep->has_rows = true;
	return true;
}

int64
sweep_found(const Sweep *sweep, bool *all)
{
	*all = sweep->all_found;
	return sweep->end;
}

int64
sweep_batches(const Sweep *sweep)
{
	return window_requests(sweep->window);
}

int
sweep_peak(const Sweep *sweep)
{
	return sweep->peak;
}
