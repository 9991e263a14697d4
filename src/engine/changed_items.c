/*
 * changed_items.c
 *	  Items that were changed in some time, and then their issues.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "utils/memutils.h"
#include "utils/timestamp.h"

#include "client/reply.h"
#include "engine/build_request.h"
#include "engine/changed_items_private.h"
#include "engine/id_set_private.h"
#include "engine/jql.h"
#include "engine/jql_time.h"
#include "engine/key_list.h"
#include "engine/pages.h"

/* Issues that a search is asked for. */
#define MOST_ISSUES 500

/* A search for some issues. */
typedef struct IssueSearch
{
	Narrowing	narrowing;		/* must be first */
	const char *action;
	json_t	   *ids;
	bool		is_checked;		/* they exist */
} IssueSearch;

/* A search for issues that were changed since some time. */
typedef struct RecentSearch
{
	Narrowing	narrowing;		/* must be first */
	int64		since;
} RecentSearch;

struct ChangedItems
{
	MemoryContext context;
	MemoryContext scratch;		/* of the items that are read */
	Client	   *client;
	const Action *action;
	const Request *search;
	const char *own;
	bool		is_asked;		/* see ChangedUse */
	ChangedIds *ids;
	RecentSearch recent;

	Request    *request;		/* for items */
	Transfer   *current;		/* has the items that are read */
	IdSet		wanted;			/* the issues of these */
	KeptRow    *issues;			/* those that the search finds, by their
								 * places in "wanted"; others have no text */
	NestedRows *rows;
	JsonPlaces	issue_id;		/* in an item */
};

ChangedItems *
changed_items_begin(Client *client, const Action *action, const Request *search,
					const char *own, const ChangedUse *use, NestedRows *rows)
{
	ChangedItems *changed = palloc0(sizeof(ChangedItems));
	const ItemList *items = action->items;

	changed->context = CurrentMemoryContext;
	changed->scratch = AllocSetContextCreate(CurrentMemoryContext, "Jira changed items", ALLOCSET_DEFAULT_SIZES);
	changed->client = client;
	changed->action = action;
	changed->search = search;
	changed->own = own;
	changed->is_asked = use->is_asked;
	changed->ids = changed_ids_begin(client, action, search, use);
	changed->rows = rows;
	changed->issue_id = json_row_add_paths(nested_rows_paths(rows, 1), "issueId");
	changed->request = build_request_bare(action, items->changed, client->connection);
	changed->request->body = jira_json_object(changed->request->context);
	side_request_mark(changed->request, client->connection, items->side_of_changed);
	return changed;
}

/* --- Their issues. */

static NarrowingResult
with_ids(IssueSearch *search, const char *own, char **jql)
{
	*jql = jql_with_clause(own, key_list_clause("id", search->ids));
	return *jql ? NARROWED : AS_WRITTEN;
}

/*
 * The issues were there a moment ago, so that they are asked for as they are.  Where
 * Jira refuses that, or finds none of them, as some sites do if one is gone, those
 * that exist are.
 */
static NarrowingResult
next_search(Narrowing *narrowing, Client *client, NarrowingCause cause, const char *own, char **jql)
{
	IssueSearch *search = (IssueSearch *) narrowing;
	json_t	   *ids;

	if (cause == NOTHING_ASKED)
		return with_ids(search, own, jql);
	if (cause == SEARCH_EMPTY && (search->is_checked || client->connection->deployment == SERVER))
		return NO_ROWS;
	if (search->is_checked)
		return AS_WRITTEN;
	search->is_checked = true;
	ids = key_list_ids(client, search->action, search->ids);
	if (ids == NULL)
		return AS_WRITTEN;
	if (json_array_size(ids) == 0 ||
		(cause == SEARCH_EMPTY && json_array_size(ids) == json_array_size(search->ids)))
		return NO_ROWS;
	search->ids = ids;
	return with_ids(search, own, jql);
}

/* Prepares to read those of the issues that the call's search finds. */
static Pages *
begin_search(ChangedItems *changed, IssueSearch *search)
{
	const Endpoint *endpoint = &changed->action->on[changed->client->connection->deployment];
	PageSizes	sizes = page_sizes_fixed(MOST_ISSUES);
	Request    *request = request_copy(changed->search);
	Pages	   *pages;
	char	   *jql;

	search->narrowing.next = next_search;
	search->narrowing.result = next_search(&search->narrowing, changed->client, NOTHING_ASKED, changed->own, &jql);
	if (search->narrowing.result != NARROWED)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("the JQL of %s has quotes or parentheses that are not closed", changed->action->name)));
	json_object_set_new(request_parameters(request), "jql", jira_json_made(json_string(jql)));
	json_object_set_new(request_parameters(request), "fields", jira_json_made(json_pack("[s]", "key")));
	build_request_shorten(request, changed->client->connection, endpoint);
	pages = pages_begin(changed->client, changed->action, endpoint, request, NULL, &sizes, NULL);
	pages_narrow(pages, &search->narrowing, changed->own);
	return pages;
}

/* The place of an id among the issues that are wanted; -1: it is not one of them. */
static int64
place_of(const ChangedItems *changed, int64 id)
{
	const int64 *found = bsearch(&id, changed->wanted.ids, changed->wanted.count, sizeof(int64), id_set_compare);

	return found ? found - changed->wanted.ids : -1;
}

/* Of the issues from this place on, as many as a search is asked for.  Jira may return others, too, if it takes no list. */
static void
find_issues(ChangedItems *changed, size_t first)
{
	IssueSearch search = {.action = changed->action->name,.ids = jira_json_array(changed->scratch)};
	Pages	   *pages;
	JsonPlaces	id;
	JsonRow    *row;

	for (size_t i = first; i < Min(first + MOST_ISSUES, changed->wanted.count); i++)
		json_array_append_new(search.ids, jira_json_made(json_string(psprintf(INT64_FORMAT, changed->wanted.ids[i]))));
	pages = begin_search(changed, &search);
	id = json_row_add_paths(pages_paths(pages), "id");
	while ((row = pages_next(pages, PG_INT64_MAX)) != NULL)
	{
		int64		place = place_of(changed, nested_rows_number(row, id));

		if (place >= 0 && changed->issues[place].text == NULL)
			changed->issues[place] = nested_rows_keep(row);
	}
}

/* Each id once. */
static IdSet
issues_of(ChangedItems *changed, JsonRows *rows)
{
	size_t		count = json_rows_count(rows);
	JsonRowPlace *places = palloc(sizeof(JsonRowPlace) * Max(count, 1));
	int64	   *ids = palloc(sizeof(int64) * Max(count, 1));
	IdSet		set;
	size_t		kept = 0;

	json_rows_places(rows, "issueId", places);
	for (size_t i = 0; i < count; i++)
	{
		ids[i] = places[i].number;
		if (ids[i] < 0)
			problem_raise(reply_malformed(changed->request, pstrdup("An item does not tell its issue.")));
	}
	set = id_set_make(CurrentMemoryContext, ids, count);
	for (size_t i = 0; i < set.count; i++)
		if (i == 0 || set.ids[i] != set.ids[i - 1])
			set.ids[kept++] = set.ids[i];
	set.count = kept;
	return set;
}

/* --- Items. */

/* The items of these ids, as a list; NULL if Jira refuses that, and the search has them, too. */
static JsonRows *
read_items(ChangedItems *changed, json_t *ids)
{
	JsonRows   *rows;
	json_t	   *document;
	Problem    *problem;

	json_object_set(changed->request->body, "ids", ids);
	changed->current = client_start(changed->context, changed->client, changed->request);
	problem = client_read(changed->current, "", &rows, &document);
	if (problem && !changed->is_asked && client_is_refused(changed->current))
		return NULL;
	if (problem)
		transfer_raise(changed->current, problem);
	if (rows == NULL)
		problem_raise(reply_malformed(changed->request, pstrdup("It is not a list.")));
	return rows;
}

/* An item of an issue that the search does not find is left out. */
static bool
enter_issue(void *source, JsonRow *item)
{
	ChangedItems *changed = source;
	int64		place = place_of(changed, nested_rows_number(item, changed->issue_id));

	if (place < 0 || changed->issues[place].text == NULL)
		return false;
	nested_rows_show(changed->rows, &changed->issues[place]);
	return true;
}

static void
begin_items(ChangedItems *changed, JsonRows *list)
{
	changed->wanted = issues_of(changed, list);
	changed->issues = palloc0(sizeof(KeptRow) * Max(changed->wanted.count, 1));
	for (size_t first = 0; first < changed->wanted.count; first += MOST_ISSUES)
		find_issues(changed, first);
	nested_rows_begin_list(changed->rows, list, enter_issue, changed);
}

static bool
next_items(ChangedItems *changed)
{
	json_t	   *ids = jira_json_array(changed->scratch);
	JsonRows   *list;

	if (!changed_ids_next(changed->ids, ids))
		return false;
	list = read_items(changed, ids);
	if (list)
		begin_items(changed, list);
	else
		changed_ids_give_up(changed->ids);
	return list != NULL;
}

bool
changed_items_next(ChangedItems *changed)
{
	MemoryContext before;
	bool		found;

	if (changed->current)
		transfer_end(changed->current);
	changed->current = NULL;
	MemoryContextReset(changed->scratch);
	before = MemoryContextSwitchTo(changed->scratch);
	found = next_items(changed);
	MemoryContextSwitchTo(before);
	return found;
}

/* --- The rest. */

static NarrowingResult
next_recent_search(Narrowing *narrowing, Client *client, NarrowingCause cause, const char *own, char **jql)
{
	RecentSearch *search = (RecentSearch *) narrowing;
	StringInfoData clause;

	if (cause != NOTHING_ASKED)
		return cause == SEARCH_EMPTY ? NO_ROWS : AS_WRITTEN;
	initStringInfo(&clause);
	appendStringInfoString(&clause, "updated >= ");
	jql_append_operand(&clause, TimestampTzGetDatum(jql_time_moment(search->since)), TIMESTAMPTZOID);
	*jql = jql_with_clause(own, clause.data);
	return *jql ? NARROWED : AS_WRITTEN;
}

bool
changed_items_narrow_rest(ChangedItems *changed, Pages *pages)
{
	ChangedRest rest = changed_ids_rest(changed->ids, &changed->recent.since);

	if (rest == RECENT_ITEMS)
	{
		changed->recent.narrowing.next = next_recent_search;
		pages_narrow_again(pages, &changed->recent.narrowing, changed->own);
	}
	return rest != NO_ITEM;
}

bool
changed_items_gave_up(const ChangedItems *changed)
{
	int64		since;

	return changed_ids_rest(changed->ids, &since) == ALL_ITEMS;
}

bool
changed_items_had(const ChangedItems *changed, int64 id)
{
	return changed_ids_had(changed->ids, id);
}
