/*
 * changed_ids.c
 *	  The ids of items that were changed in some time, whatever their issues are.
 *
 * Pages of ids are in the order of the changes.  Each of their items costs about as
 * much wherever it is, a search as much as it has issues: after the first page it is
 * known which one is worth it.
 */
#include "postgres.h"

#include "utils/hsearch.h"
#include "utils/memutils.h"

#include "client/identity.h"
#include "client/reply.h"
#include "engine/build_request.h"
#include "engine/changed_ids_private.h"
#include "engine/jql.h"
#include "engine/search_count.h"

/* Ids of a page, and items that Jira returns by id at once. */
#define PAGE_OF_IDS 1000

/* So many on the only page cost too little to ask what the search costs. */
#define FEW_IDS 500

/* Pages that are read before the first item, if all items are wanted. */
#define PAGES_AHEAD 200

/* A page of ids, its items, and two searches for their issues. */
#define REQUESTS_PER_PAGE 4

/* A search of which Jira does not tell how many issues it has. */
#define REQUESTS_UNKNOWN 10

/*
 * Jira tells of a change a minute later.  By then the clock in the header of a reply, of
 * another machine maybe, and those of the machines that note changes may differ.
 */
#define UNTOLD_MS (5 * 60 * 1000)

/* Databases may keep less of a time than Jira tells. */
#define ASIDE_MS 1000

struct ChangedIds
{
	MemoryContext context;
	Client	   *client;
	const Action *action;
	const Request *search;
	ChangedUse	use;
	Request    *request;
	Transfer   *asking;			/* for a page, or NULL */
	int64		since;			/* of the next page */
	int64		until;			/* later changes are not wanted */
	bool		finished;		/* no page is left, or none is to be read */
	bool		gave_up;
	int			pages;			/* that were read */
	int64		first;			/* time of the first change; -1: none yet */
	int64		clock;			/* of Jira at the first page; -1: not known */
	int64		search_requests;	/* what the search costs; -1: not known
									 * yet */
	HTAB	   *seen;			/* ids of all pages */
	int64	   *ids;			/* of pages that were read */
	int			room;
	int			count;
	int			taken;			/* those at the beginning that were returned */
	int			last_taken;		/* of them, at the call before */
};

ChangedIds *
changed_ids_begin(Client *client, const Action *action, const Request *search, const ChangedUse *use)
{
	ChangedIds *ids = palloc0(sizeof(ChangedIds));
	HASHCTL		control = {.keysize = sizeof(int64),.entrysize = sizeof(int64),.hcxt = CurrentMemoryContext};

	ids->context = CurrentMemoryContext;
	ids->client = client;
	ids->action = action;
	ids->search = search;
	ids->use = *use;
	ids->request = build_request_bare(action, action->items->changed_ids, client->connection);
	side_request_mark(ids->request, client->connection, action->items->side_of_ids);
	/* Whether a change at this time is one after it is not said. */
	ids->since = Max(use->wanted.since, 1) - 1;
	ids->until = Min(use->wanted.until, PG_INT64_MAX - ASIDE_MS) + ASIDE_MS;
	ids->first = ids->clock = ids->search_requests = -1;
	ids->seen = hash_create("Jira changed items", PAGE_OF_IDS, &control, HASH_ELEM | HASH_BLOBS | HASH_CONTEXT);
	return ids;
}

/* --- What it costs. */

/* The requests of the search. */
static int64
count_search(const ChangedIds *ids)
{
	const char *jql = json_string_value(json_object_get(request_parameters(ids->search), "jql"));
	char	   *clauses = jql ? pnstrdup(jql, jql_order_start(jql)) : pstrdup("");
	int64		count = search_count_take(search_count_start(ids->client, ids->action->name, clauses));

	return count < 0 ? REQUESTS_UNKNOWN : 1 + count / Max(ids->use.rows_per_request, 1);
}

/* How many pages there are, if changes are as frequent later as in those that were read. */
static double
expected_pages(const ChangedIds *ids)
{
	int64		end = Min(ids->until, ids->clock);

	if (ids->finished || ids->first < 0 || ids->since <= ids->first || end <= ids->since)
		return ids->pages;
	return ids->pages * (double) (end - ids->first) / (ids->since - ids->first);
}

/*
 * Are there many, and does the search cost less?  So it does if the pages that were
 * read cost more, or if those that are expected do by far.
 */
static bool
is_too_dear(ChangedIds *ids)
{
	if (ids->pages == 1 && (ids->use.may_stop || (ids->finished && ids->count <= FEW_IDS)))
		return false;
	if (ids->search_requests < 0)
		ids->search_requests = count_search(ids);
	return ids->pages * REQUESTS_PER_PAGE > ids->search_requests ||
		expected_pages(ids) * REQUESTS_PER_PAGE > 2 * ids->search_requests;
}

/* --- Pages. */

static void
complain(const ChangedIds *ids, const char *detail)
{
	problem_raise(reply_malformed(ids->request, pstrdup(detail)));
}

/* Forgets the ids from this one on: the search has their items, too. */
static void
forget_from(ChangedIds *ids, int first)
{
	for (int i = first; i < ids->count; i++)
		(void) hash_search(ids->seen, &ids->ids[i], HASH_REMOVE, NULL);
	ids->count = first;
	ids->taken = Min(ids->taken, first);
	ids->finished = ids->gave_up = true;
	if (ids->asking)
		transfer_end(ids->asking);
	ids->asking = NULL;
}

void
changed_ids_give_up(ChangedIds *ids)
{
	forget_from(ids, ids->last_taken);
}

static void
ask(ChangedIds *ids)
{
	json_object_set_new(ids->request->query, "since", json_integer(ids->since));
	ids->asking = client_start(ids->context, ids->client, ids->request);
}

/*
 * The next page begins with the time of the last change of this one: just before it,
 * as above.  If all of a page have the same time, there is no telling what the next one
 * lacks.
 */
static void
go_on(ChangedIds *ids, json_t *document, size_t count)
{
	json_t	   *until = json_object_get(document, "until");
	json_t	   *last = json_object_get(document, "lastPage");

	ids->finished = json_is_boolean(last) ? json_is_true(last)
		: !json_is_string(json_object_get(document, "nextPage")) && count < PAGE_OF_IDS;
	if (ids->finished)
		return;
	if (!json_is_integer(until) || json_integer_value(until) < ids->since)
		problem_raise(reply_contradictory(ids->request, pstrdup("It is not the last page, and the next one would be the same.")));
	if (json_integer_value(until) > ids->until)
		ids->finished = true;
	else if (json_integer_value(until) - 1 <= ids->since)
		forget_from(ids, ids->taken);
	else
		ids->since = json_integer_value(until) - 1;
}

/* Adds those that did not come on an earlier page, and are wanted. */
static void
add(ChangedIds *ids, JsonRows *rows)
{
	size_t		count = json_rows_count(rows);
	JsonRowPlace *places = palloc(sizeof(JsonRowPlace) * Max(count, 1));
	JsonRowPlace *times = palloc(sizeof(JsonRowPlace) * Max(count, 1));

	if (ids->count + count > ids->room)
	{
		ids->room = Max(ids->count + count, 2 * ids->room);
		ids->ids = ids->ids ? repalloc_huge(ids->ids, sizeof(int64) * ids->room)
			: MemoryContextAlloc(ids->context, sizeof(int64) * ids->room);
	}
	json_rows_places(rows, ids->action->items->id_member, places);
	json_rows_places(rows, "updatedTime", times);
	for (size_t i = 0; i < count; i++)
	{
		bool		came;

		if (places[i].number < 0)
			complain(ids, "An item has no id.");
		if (ids->first < 0)
			ids->first = times[i].number;
		if (times[i].number > ids->until)
			continue;
		(void) hash_search(ids->seen, &places[i].number, HASH_ENTER, &came);
		if (!came)
			ids->ids[ids->count++] = places[i].number;
	}
	pfree(places);
	pfree(times);
}

/* Reads the page that was asked for. */
static void
take_page(ChangedIds *ids)
{
	JsonRows   *rows;
	json_t	   *document;
	Problem    *problem = client_read(ids->asking, "values", &rows, &document);
	size_t		count;

	if (problem && !ids->use.is_asked && client_is_refused(ids->asking))
	{
		forget_from(ids, ids->taken);
		return;
	}
	if (problem)
		transfer_raise(ids->asking, problem);
	if (rows == NULL)
		complain(ids, "It has no list \"values\".");
	if (ids->pages++ == 0)
		ids->clock = reply_time(transfer_exchange(ids->asking));
	count = json_rows_count(rows);
	add(ids, rows);
	if (count == 0 && hash_get_num_entries(ids->seen) == 0)
		identity_check(ids->client, ids->request);
	go_on(ids, document, count);
	if (ids->asking)
		transfer_end(ids->asking);
	ids->asking = NULL;
}

static void
read_page(ChangedIds *ids)
{
	ids->asking = transfer_unless_overdue(ids->asking);
	if (ids->asking == NULL)
		ask(ids);
	take_page(ids);
	if (!ids->gave_up && (ids->clock < 0 || is_too_dear(ids)))
		forget_from(ids, ids->taken);
	if (!ids->finished && !ids->use.may_stop)
		ask(ids);
}

/* Which way is worth it is better known if no item has been read yet. */
static bool
reads_ahead(const ChangedIds *ids)
{
	return !ids->use.may_stop && ids->pages < PAGES_AHEAD;
}

bool
changed_ids_next(ChangedIds *ids, json_t *list)
{
	int			last;

	if (ids->taken == ids->count)
		ids->taken = ids->count = 0;
	while (!ids->finished && (ids->taken == ids->count || reads_ahead(ids)))
		read_page(ids);
	ids->last_taken = ids->taken;
	last = Min(ids->taken + PAGE_OF_IDS, ids->count);
	while (ids->taken < last)
		json_array_append_new(list, json_integer(ids->ids[ids->taken++]));
	return json_array_size(list) > 0;
}

ChangedRest
changed_ids_rest(const ChangedIds *ids, int64 *since)
{
	*since = ids->clock - UNTOLD_MS;
	if (ids->gave_up || ids->clock < 0)
		return ALL_ITEMS;
	return ids->until < *since ? NO_ITEM : RECENT_ITEMS;
}

bool
changed_ids_had(const ChangedIds *ids, int64 id)
{
	return hash_search(ids->seen, &id, HASH_FIND, NULL) != NULL;
}
