/*
 * items.c
 *	  Rows that are items of the issues of a search.
 *
 * An issue that shows a part of its items only is completed: its whole list is asked
 * for, and what it shows is left aside, since nobody says which part that is.  Where
 * Jira has the lists of many issues at once, they are asked for like that.  Issues
 * are read ahead of the one whose items come next, so that several such requests are
 * under way; the items come in the order of the issues.
 */
#include "postgres.h"

#include "utils/builtins.h"
#include "utils/memutils.h"

#include "client/reply.h"
#include "engine/build_request.h"
#include "engine/changed_items_private.h"
#include "engine/field.h"
#include "engine/items_private.h"
#include "engine/nested_rows_private.h"
#include "engine/page_end_private.h"
#include "engine/page_token_private.h"
#include "engine/seen_rows_private.h"
#include "engine/window_private.h"
#include "utils/settings.h"

/* Issues that are kept while those before them are completed, and their bytes. */
#define MOST_KEPT 200
#define MOST_KEPT_BYTES (4 * 1024 * 1024)

/* Issues of the first request for many, and requests under way, of who may stop soon. */
#define FEW_ISSUES 50
#define FEW_REQUESTS 1

/* Items of a page, of lists of an issue and of many, and the bytes of one. */
#define PAGE_OF_ISSUE 5000
#define PAGE_OF_MANY 10000
#define LEAST_PAGE 100
#define ITEM_BYTES 2048
#define PAGE_BYTES (16 * 1024 * 1024)

/* Fields of which Jira takes the ids to look for changes. */
#define MOST_FIELDS 10

#define NO_PLACE (-1)

/* An issue that was read ahead. */
typedef struct KeptIssue
{
	KeptRow		row;
	int64		id;
	int64		place;			/* among those whose lists are asked for, or
								 * NO_PLACE */
} KeptIssue;

struct Items
{
	MemoryContext context;
	MemoryContext reply_context;	/* of the page of a list that is read */
	Client	   *client;
	const Action *action;
	const ItemList *list;
	const Endpoint *endpoint;	/* has lists of issues, or NULL */
	bool		fetches;		/* all lists come from there */
	ChangedItems *changed;		/* the items come from there, or NULL */
	ChangedItems *earlier;		/* those of before came from there, or NULL */
	json_t	   *unsent;			/* what items are to be like, or NULL */
	json_t	   *field_ids;		/* of changes that are asked for, or NULL */
	bool		may_refuse;		/* Jira may refuse to look for these */
	int64		asked_for_all;	/* place of the first issue of the last
								 * request that was made again without */
	Pages	   *pages;
	bool		may_stop;
	NestedRows *rows;
	JsonPlaces	id;				/* of an issue */
	JsonPlaces	shown;			/* its list */
	JsonPlaces	total;
	JsonPlaces	issue_id;		/* in an entry of a reply for many */
	JsonPlaces	item_id;		/* in an item that may have come earlier */

	KeptIssue  *kept;			/* issues in their order */
	int			count;
	int			room;
	int			used;			/* those at the beginning that are done */
	int64		bytes;			/* of the kept rows */
	bool		finished;		/* there are no further issues */

	Request    *request;
	const char *path;			/* of the request, with {id} */
	Window	   *window;			/* requests for lists, by the places of
								 * issues; NULL: none yet */
	int64		places;			/* of issues whose lists are asked for */
	int64		replies;
	int			batch;			/* issues to be asked for at once */
	int			page_rows;		/* items of a page */
	Transfer   *current;		/* has the list that is read */
	WindowBatch taken;			/* its issues */
	int64	   *ids;			/* of these, in order; and */
	KeptIssue **issues;			/* themselves */
	bool		goes_on;		/* the list has another page */
	PageToken	token;			/* of that */
	int64		token_of;		/* for the issues from this place on */
	size_t		page_items;		/* of the page that is read */
	SeenRows	seen;			/* of the lists that are read */
};

static void
complain(const Items *items, const char *detail)
{
	problem_raise(reply_malformed(items->request, pstrdup(detail)));
}

/* The path of what says how many items the list has: beside the list. */
static char *
total_of(const char *list)
{
	char	   *path = pnstrdup(list, strcspn(list, "|>"));
	char	   *dot = strrchr(path, '.');

	return dot ? psprintf("%.*s.total", (int) (dot - path), path) : NULL;
}

/* Begins with the items that were changed in the time that the caller wants, if it is bounded. */
static void
begin_changed(Items *items, const Request *search, const char *own, const WantedItems *wanted, int rows_per_request)
{
	json_t	   *since = json_object_get(search->unsent, "since");
	ChangedUse	use = {
		.wanted = {PG_INT64_MIN, PG_INT64_MAX},
		.is_asked = json_is_integer(since),
		.may_stop = items->may_stop,
		.rows_per_request = rows_per_request
	};

	if (wanted)
		use.wanted = *wanted;
	if (use.is_asked)
		use.wanted.since = Max(use.wanted.since, json_integer_value(since));
	if (items->list->changed_ids == NULL || (use.wanted.since == PG_INT64_MIN && use.wanted.until == PG_INT64_MAX))
		return;
	items->item_id = json_row_add_paths(nested_rows_paths(items->rows, nested_rows_depth(items->rows)), "id");
	items->changed = changed_items_begin(items->client, items->action, search, own, &use, items->rows);
}

/*
 * The fields whose changes are asked for: as the call says, or as the caller wants them.
 * Jira takes a few, and whether it has changes of a field that it does not know, or what
 * it makes of its id, is not known.
 */
static json_t *
fields_to_ask(Client *client, json_t *unsent, const WantedItems *wanted)
{
	json_t	   *asked = unsent ? json_object_get(unsent, "field_ids") : wanted ? wanted->field_ids : NULL;
	json_t	   *ids = jira_json_distinct(asked, CurrentMemoryContext);

	if (json_array_size(ids) == 0 || json_array_size(ids) > MOST_FIELDS)
		return NULL;
	for (size_t i = 0; unsent == NULL && i < json_array_size(ids); i++)
	{
		const char *id = json_string_value(json_array_get(ids, i));

		if (field_system(id) == NULL && (!field_learn(client) || field_found(client, id) == NULL))
			return NULL;
	}
	return ids;
}

Items *
items_begin(Client *client, const Action *action, const Request *search, const char *own,
			Pages *pages, const char *list, const StreamUse *use, int rows_per_request)
{
	Items	   *items = palloc0(sizeof(Items));
	Deployment	deployment = client->connection->deployment;
	JsonPaths  *paths = pages_paths(pages);
	const WantedItems *wanted = use->narrowing ? use->narrowing->items : NULL;
	bool		may_stop = use->limit >= 0 || use->may_stop;

	items->context = CurrentMemoryContext;
	items->reply_context = AllocSetContextCreate(CurrentMemoryContext, "Jira items", ALLOCSET_DEFAULT_SIZES);
	items->client = client;
	items->action = action;
	items->list = action->items;
	items->fetches = action->items->fetched[deployment] != NULL;
	items->endpoint = items->fetches ? action->items->fetched[deployment] : action->items->rest[deployment];
	items->unsent = action->items->keeps ? search->unsent : NULL;
	items->pages = pages;
	items->may_stop = may_stop;
	items->request = build_request_bare(action, items->endpoint ? items->endpoint : &action->on[deployment],
										client->connection);
	if (items->endpoint)
		side_request_mark(items->request, client->connection, action->items->side);
	items->path = pstrdup(items->request->path);
	if (items->fetches)
		items->request->body = jira_json_object(items->request->context);
	items->field_ids = items->fetches ? fields_to_ask(client, items->unsent, wanted) : NULL;
	items->may_refuse = items->field_ids && items->unsent == NULL;
	items->asked_for_all = NO_PLACE;
	items->id = json_row_add_paths(paths, "id");
	items->rows = nested_rows_make(items->request, list, paths);
	if (items->fetches)
		items->issue_id = json_row_add_paths(nested_rows_paths(items->rows, 1), "issueId");
	else
		items->shown = json_row_add_paths(paths, pnstrdup(list, strcspn(list, ">")));
	items->total = json_row_add_paths(paths, items->endpoint && !items->fetches ? total_of(list) : NULL);
	items->batch = items->fetches ? (may_stop ? FEW_ISSUES : items->endpoint->most_rows) : 1;
	items->page_rows = (int) (page_sizes_bytes(client, PAGE_BYTES) / ITEM_BYTES);
	items->page_rows = Min(items->page_rows, items->fetches ? PAGE_OF_MANY : PAGE_OF_ISSUE);
	items->page_rows = jira_page_size > 0 && !items->fetches ? jira_page_size : Max(items->page_rows, LEAST_PAGE);
	begin_changed(items, search, own, wanted, rows_per_request);
	return items;
}

/* "^" leads outward by one level. */
JsonPaths *
items_paths(const Items *items, const char **path, int *outward)
{
	*outward = strspn(*path, "^");
	*path += *outward;
	return nested_rows_paths(items->rows, nested_rows_depth(items->rows) - *outward);
}

JsonRow *
items_row(Items *items, int outward)
{
	return nested_rows_row(items->rows, nested_rows_depth(items->rows) - outward);
}

JsonRow *
items_issue(Items *items)
{
	return nested_rows_row(items->rows, 0);
}

void
items_add_cost(const Items *items, PagesCost *cost)
{
	cost->all_issues |= items->earlier && changed_items_gave_up(items->earlier);
	if (items->window == NULL)
		return;
	cost->batches += window_requests(items->window);
	cost->peak = Max(cost->peak, window_peak(items->window));
}

/* --- Requests for lists. */

static KeptIssue *
issue_at(const Items *items, int64 place)
{
	for (int i = 0; i < items->count; i++)
		if (items->kept[i].place == place)
			return &items->kept[i];
	elog(ERROR, "no issue was kept at place " INT64_FORMAT, place);
}

static void
put(Request *request, const char *name, json_t *value)
{
	json_object_set_new(request_parameters(request), name, jira_json_made(value));
}

static void
ask_for_many(const Items *items, Request *request, const WindowBatch *batch)
{
	KeptIssue  *first = issue_at(items, batch->first);
	json_t	   *ids = jira_json_made(json_array());

	for (int i = 0; i < batch->count; i++)
	{
		char		id[32];

		pg_lltoa(first[i].id, id);
		json_array_append_new(ids, jira_json_made(json_string(id)));
	}
	if (items->field_ids)
		put(request, "fieldIds", json_incref(items->field_ids));
	else
		json_object_del(request->body, "fieldIds");
	put(request, "issueIdsOrKeys", ids);
	put(request, "maxResults", json_integer(items->page_rows));
	if (items->token.token && items->token_of == batch->first)
		put(request, "nextPageToken", json_string(items->token.token));
	else
		json_object_del(request->body, "nextPageToken");
}

static void
ask_for_one(const Items *items, Request *request, const WindowBatch *batch)
{
	const char *mark = strstr(items->path, "{id}");
	char	   *path = psprintf("%.*s" INT64_FORMAT "%s", (int) (mark - items->path), items->path,
								issue_at(items, batch->first)->id, mark + strlen("{id}"));

	pfree(request->path);
	request->path = MemoryContextStrdup(request->context, path);
	if (items->endpoint->pages == ONE_REPLY)
		return;
	put(request, "startAt", json_integer(batch->offset));
	put(request, "maxResults", json_integer(items->page_rows));
}

static void
ask_for_lists(void *source, Request *request, const WindowBatch *batch)
{
	const Items *items = source;

	if (items->fetches)
		ask_for_many(items, request, batch);
	else
		ask_for_one(items, request, batch);
}

/* How many requests may be under way. */
static int
most_requests(const Items *items)
{
	int64		most = items->fetches ? Max(jira_parallel_requests / 2, 1) : jira_parallel_requests;

	if (items->client->connection->options.paces)
		return 1;				/* no request is served while the next one
								 * waits for the rate limit */
	return (int) (items->may_stop ? Min(most, FEW_REQUESTS + items->replies) : most);
}

/* Sends requests for the issues that were kept: for fewer than a batch if "all" is true. */
static void
send_on(Items *items, bool all)
{
	int64		waiting;

	if (items->places == 0)
		return;
	if (items->window == NULL)
	{
		MemoryContext before = MemoryContextSwitchTo(items->context);

		items->window = window_begin(items->client, items->request, ask_for_lists, items);
		MemoryContextSwitchTo(before);
	}
	waiting = items->places - window_next(items->window);
	if (!all)
		waiting -= waiting % items->batch;
	window_fill(items->window, window_next(items->window) + waiting, items->batch, most_requests(items));
}

/* --- Issues that were read ahead. */

static int64
id_of(Items *items, JsonRow *row)
{
	int64		id = nested_rows_number(row, items->id);

	if (id < 0)
		complain(items, "An issue has no id.");
	return id;
}

static void
keep(Items *items, JsonRow *row, bool asks)
{
	KeptIssue	issue;
	MemoryContext before = MemoryContextSwitchTo(items->context);

	issue.row = nested_rows_keep(row);
	issue.id = asks ? id_of(items, row) : 0;
	issue.place = asks ? items->places++ : NO_PLACE;
	if (items->count == items->room)
	{
		items->room = Max(items->room * 2, MOST_KEPT);
		items->kept = items->kept ? repalloc_huge(items->kept, sizeof(KeptIssue) * items->room)
			: palloc(sizeof(KeptIssue) * items->room);
	}
	items->kept[items->count++] = issue;
	items->bytes += issue.row.length;
	MemoryContextSwitchTo(before);
}

/* Forgets the issues whose items have been read. */
static void
forget_used(Items *items)
{
	if (items->used == 0)
		return;
	for (int i = 0; i < items->used; i++)
	{
		items->bytes -= items->kept[i].row.length;
		pfree(items->kept[i].row.text);
	}
	items->count -= items->used;
	memmove(items->kept, items->kept + items->used, sizeof(KeptIssue) * items->count);
	items->used = 0;
}

/* Begins with the items that the issue shows.  Returns false if they are only a part of its items. */
static bool
begin_shown(Items *items, JsonRow *row)
{
	int64		total = nested_rows_number(row, items->total);
	int64		count;

	if (json_row_first(row, items->shown) < 0 && items->list->is_certain[items->client->connection->deployment])
		complain(items, "An issue lacks the list that was asked for.");
	nested_rows_begin(items->rows, row);
	count = nested_rows_count(items->rows);
	if (items->endpoint == NULL)
		return true;
	if (total >= 0)
		return total <= count;
	return items->list->most_shown == 0 || count < items->list->most_shown;
}

/* The next issue of the search, or NULL. */
static JsonRow *
next_issue(Items *items)
{
	MemoryContext before = MemoryContextSwitchTo(items->context);
	JsonRow    *row = items->finished ? NULL : pages_next(items->pages, PG_INT64_MAX);

	items->finished = row == NULL;
	MemoryContextSwitchTo(before);
	return row;
}

/* Are there requests to be made for issues that were not read yet? */
static bool
reads_ahead(const Items *items)
{
	int64		under_way = items->places - (items->window ? window_first(items->window) : 0);
	int64		most = (int64) items->batch * most_requests(items);

	if (items->finished || items->bytes >= MOST_KEPT_BYTES)
		return false;
	return under_way < most && (items->fetches || (items->count < MOST_KEPT && !items->may_stop));
}

static void
read_ahead(Items *items)
{
	while (reads_ahead(items))
	{
		JsonRow    *row = next_issue(items);

		if (row)
			keep(items, row, items->fetches || !begin_shown(items, row));
		send_on(items, false);
	}
	send_on(items, items->finished || items->window == NULL || window_under_way(items->window) == 0);
}

/* --- Lists that came. */

/* Does the list of an issue go on after a page? */
static bool
list_goes_on(Items *items, JsonRows *rows, json_t *document)
{
	int64		count = json_rows_count(rows);
	int64		total = jira_json_integer(document, "total");
	int64		came = items->taken.offset + count;

	if (items->endpoint->pages == ONE_REPLY)
	{
		page_end_check_only(items->request, document, total, count);
		return false;
	}
	page_end_check_start(items->request, document, "startAt", items->taken.offset);
	if (count == 0)
		page_end_check(items->request, document, total, came);
	return count > 0 && !page_end_is_said(document, total, came);
}

static bool
many_go_on(Items *items, JsonRows *rows, json_t *document)
{
	if (items->token_of != items->taken.first)
		memset(&items->token, 0, sizeof(PageToken));
	items->token_of = items->taken.first;
	return page_token_take(&items->token, items->context, page_token_style(BY_TOKEN), items->request, document,
						   json_rows_count(rows), items->reply_context);
}

/* Raises an error for a page that has what came before, unless it is the rest of a list that has grown. */
static void
check_advance(Items *items, JsonRows *rows)
{
	if (items->taken.offset == 0)
		seen_rows_forget(&items->seen);
	if (seen_rows_repeat(&items->seen, rows) && (items->goes_on || json_rows_count(rows) > FEW_ROWS))
		problem_raise(reply_repeated(items->request, "items"));
	if (items->goes_on)
		seen_rows_note_page(&items->seen, items->context, rows);
}

static int
compare_ids(const void *left, const void *right)
{
	int64		a = (*(KeptIssue *const *) left)->id;
	int64		b = (*(KeptIssue *const *) right)->id;

	return a < b ? -1 : a > b;
}

/* The issues of the batch, by id. */
static void
sort_issues(Items *items)
{
	KeptIssue  *first = issue_at(items, items->taken.first);

	items->issues = palloc(sizeof(KeptIssue *) * items->taken.count);
	for (int i = 0; i < items->taken.count; i++)
		items->issues[i] = first + i;
	qsort(items->issues, items->taken.count, sizeof(KeptIssue *), compare_ids);
}

/* Shows the issue whose items are in an entry of a reply for many. */
static bool
enter_issue(void *source, JsonRow *entry)
{
	Items	   *items = source;
	KeptIssue	wanted = {.id = nested_rows_number(entry, items->issue_id)};
	KeptIssue  *key = &wanted;
	KeptIssue **found = bsearch(&key, items->issues, items->taken.count, sizeof(KeptIssue *), compare_ids);

	if (found == NULL)
		complain(items, "It has items of an issue that was not asked for.");
	nested_rows_show(items->rows, &(*found)->row);
	return true;
}

/* Does Jira say that there is no list?  Not where it has the lists of many issues. */
static bool
is_missing(const Items *items)
{
	return !items->fetches && http_reply(transfer_exchange(items->current))->status == 404;
}

/*
 * The issue was deleted since the search: it has no items.  Or this Jira shows a part of
 * them, and does not have the endpoint for the rest.
 */
static void
begin_missing(Items *items, const Problem *problem)
{
	if (items->list->is_certain[items->client->connection->deployment])
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("Jira shows only a part of what %s asks of issue " INT64_FORMAT, items->action->name,
						issue_at(items, items->taken.first)->id),
				 errdetail_internal("%s%s%s", problem->message, problem->detail ? ": " : "",
									problem->detail ? problem->detail : ""),
				 errhint("Leave the issue out by JQL: \"id != " INT64_FORMAT "\".",
						 issue_at(items, items->taken.first)->id)));
	items->goes_on = false;
	nested_rows_begin_list(items->rows, NULL, NULL, NULL);
	window_done(items->window);
}

/* Begins with a page of lists. */
static void
begin_page(Items *items, JsonRows *rows, json_t *document)
{
	if (rows == NULL)
		complain(items, psprintf("It has no list \"%s\".", items->endpoint->result));
	items->goes_on = items->fetches ? many_go_on(items, rows, document) : list_goes_on(items, rows, document);
	check_advance(items, rows);
	if (items->fetches)
		sort_issues(items);
	else
		nested_rows_show(items->rows, &issue_at(items, items->taken.first)->row);
	nested_rows_begin_list(items->rows, rows, items->fetches ? enter_issue : NULL, items);
	items->page_items = json_rows_count(rows);
	if (!items->goes_on)
		window_done(items->window);
	else if (!items->may_stop)
		window_ask_rest(items->window, items->page_items);
}

/* A page that is too large is asked for again with fewer items. */
static bool
is_smaller_page_asked(Items *items)
{
	if (!window_is_too_large(items->current) || items->page_rows <= LEAST_PAGE || items->endpoint->pages == ONE_REPLY)
		return false;
	items->page_rows = Max(items->page_rows / 4, LEAST_PAGE);
	transfer_end(items->current);
	window_ask_rest(items->window, 0);
	return true;
}

/*
 * A request for changes of some fields that Jira refuses is made for those of all, unless
 * the call says which ones.
 */
static bool
is_asked_for_all(Items *items)
{
	const WindowBatch *batch = window_taken(items->window);

	if (!items->may_refuse || transfer_wait(items->current)->status != 400 || batch->offset > 0 ||
		batch->first == items->asked_for_all)
		return false;
	items->field_ids = NULL;
	items->asked_for_all = batch->first;
	transfer_end(items->current);
	window_ask_rest(items->window, 0);
	return true;
}

/* Waits for the oldest reply, and begins with its lists. */
static void
take_reply(Items *items)
{
	JsonRows   *rows;
	json_t	   *document;
	Problem    *problem;

	do
		items->current = window_take(items->window);
	while (is_smaller_page_asked(items) || is_asked_for_all(items));
	items->taken = *window_taken(items->window);
	items->replies++;
	problem = client_read(items->current, items->endpoint->result, &rows, &document);
	if (problem == NULL)
		begin_page(items, rows, document);
	else if (is_missing(items))
		begin_missing(items, problem);
	else
		transfer_raise(items->current, problem);
}

/* Gives back the reply whose items have been read, and the issues that it completes. */
static void
drop_reply(Items *items)
{
	if (items->current)
	{
		transfer_end(items->current);
		if (!items->goes_on)
			items->used = items->taken.count;
	}
	items->current = NULL;
	MemoryContextReset(items->reply_context);
}

/* --- Items. */

/* Who reads on uses the rest, too. */
static void
ask_for_more(Items *items)
{
	if (items->fetches && items->may_stop)
		items->batch = Min(items->batch * 2, items->endpoint->most_rows);
}

/* Begins with the next of the changed items; after them the issues of the rest come. */
static bool
next_changed(Items *items)
{
	if (changed_items_next(items->changed))
		return true;
	items->earlier = items->changed;
	items->changed = NULL;
	items->finished = !changed_items_narrow_rest(items->earlier, items->pages);
	return false;
}

/* Begins with the items of the next issue, or issues; false if there are none. */
static bool
next_list(Items *items)
{
	JsonRow    *row;

	drop_reply(items);
	if (items->changed && next_changed(items))
		return true;
	if (items->goes_on)
	{
		if (items->may_stop)
			window_ask_rest(items->window, items->page_items);
		send_on(items, false);
		take_reply(items);
		return true;
	}
	forget_used(items);
	if (items->count == 0 && !items->fetches)
	{
		row = next_issue(items);
		if (row == NULL)
			return false;
		if (begin_shown(items, row))
			return true;
		keep(items, row, true);
	}
	read_ahead(items);
	if (items->count == 0)
		return false;
	if (items->kept[0].place == NO_PLACE)
	{
		nested_rows_show(items->rows, &items->kept[0].row);
		nested_rows_begin_shown(items->rows);
		items->used = 1;
		return true;
	}
	take_reply(items);
	ask_for_more(items);
	return true;
}

/* Is the item one that the caller asked for, and that has not come with an earlier list? */
static bool
is_wanted(Items *items)
{
	JsonRow    *item = items_row(items, 0);

	return (items->unsent == NULL || items->list->keeps(items->unsent, json_row_tree(item))) &&
		(items->earlier == NULL || !changed_items_had(items->earlier, nested_rows_number(item, items->item_id)));
}

/* The next item of the lists that have come. */
static bool
next_wanted(Items *items)
{
	do
		if (!nested_rows_next(items->rows))
			return false;
	while (!is_wanted(items));
	return true;
}

bool
items_next(Items *items)
{
	MemoryContext before = MemoryContextSwitchTo(items->reply_context);
	bool		found;

	do
		found = next_wanted(items);
	while (!found && next_list(items));
	MemoryContextSwitchTo(before);
	return found;
}
