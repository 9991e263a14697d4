/*
 * creation_parts.c
 *	  The rest of a search of Cloud in parts by the time of creation, which are
 *	  read side by side.
 *
 * Jira counts the issues of equal periods, which costs a point each, and as many
 * parts are made of them as are worth it.  The first part has no beginning and the
 * last one no end, so that no issue is left out.  The bounds are full seconds, since
 * Jira's index may keep no more of a time.
 *
 * A page of each part is asked for at a time, and the parts take turns: the order
 * of the rows is the same as long as the issues are.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "utils/memutils.h"
#include "utils/timestamp.h"

#include "client/reply.h"
#include "client/site.h"
#include "engine/creation_parts_private.h"
#include "engine/id_set_private.h"
#include "engine/jql.h"
#include "engine/jql_time.h"
#include "engine/page_token_private.h"
#include "engine/search_count.h"
#include "json/value.h"
#include "utils/settings.h"
#include "utils/wait.h"

/* Periods whose issues are counted. */
#define PERIODS 16

/* So many first pages are worth it: the first one is read again, and it is counted. */
#define LEAST_PAGES 40

/* The sum of the periods is so far from the whole that Jira has not understood. */
#define TOO_FAR 10

/* Parts for each request that may be under way: they are not equally large. */
#define PARTS_AT_ONCE 2

typedef struct Part
{
	Request    *request;
	Transfer   *transfer;		/* for its next page; NULL: not sent yet, or
								 * taken */
	PageToken	token;
	IdProgress	progress;
} Part;

struct CreationParts
{
	MemoryContext context;		/* owns everything here */
	MemoryContext scratch;		/* for one page, and for counting */
	Client	   *client;
	const Request *search;
	const char *jql;
	IdSet		first_rows;		/* those of the first page of rows */
	int64		total;			/* -1: not counted yet */
	TimestampTz *bounds;		/* between the parts, ascending */
	int			nbounds;
	int			begun;			/* number of parts */
	Part	   *active[MAX_PARALLEL_REQUESTS];	/* in the order of their turns */
	int			nactive;
	bool		alone;			/* one request at a time */
	bool		has_rows;		/* some of a part have come */
	bool		refused;
	int			peak;
};

static const char *
jql_of(const Request *search)
{
	const char *jql = json_string_value(json_object_get(request_parameters(search), "jql"));

	return jql && jql[jql_order_start(jql)] == '\0' ? jql : NULL;
}

CreationParts *
creation_parts_begin(Client *client, const Request *search, JsonRows *first)
{
	const char *jql = jql_of(search);
	MemoryContext context;
	MemoryContext before;
	int64	   *ids;
	CreationParts *parts;

	/* A page without issues does not tell how many the next ones have. */
	if (jql == NULL || json_rows_count(first) == 0)
		return NULL;
	context = AllocSetContextCreate(CurrentMemoryContext, "Jira creation parts", ALLOCSET_DEFAULT_SIZES);
	before = MemoryContextSwitchTo(context);
	ids = id_set_of_rows(first);
	parts = palloc0(sizeof(CreationParts));
	parts->context = context;
	parts->scratch = AllocSetContextCreate(context, "Jira creation parts page", ALLOCSET_DEFAULT_SIZES);
	parts->client = client;
	parts->search = search;
	parts->jql = pstrdup(jql);
	parts->total = -1;
	if (ids)
		parts->first_rows = id_set_make(context, ids, json_rows_count(first));
	MemoryContextSwitchTo(before);
	if (ids)
		return parts;
	MemoryContextDelete(context);
	return NULL;
}

void
creation_parts_end(CreationParts *parts)
{
	MemoryContextDelete(parts->context);
}

/* The search among the issues that were created then. */
static char *
jql_between(const CreationParts *parts, TimestampTz from, TimestampTz to)
{
	StringInfoData jql;

	initStringInfo(&jql);
	appendStringInfo(&jql, "(%s)", parts->jql);
	if (!TIMESTAMP_IS_NOBEGIN(from))
	{
		appendStringInfoString(&jql, " AND created >= ");
		jql_time_append(&jql, TimestampTzGetDatum(from), TIMESTAMPTZOID, NULL);
	}
	if (!TIMESTAMP_IS_NOEND(to))
	{
		appendStringInfoString(&jql, " AND created < ");
		jql_time_append(&jql, TimestampTzGetDatum(to), TIMESTAMPTZOID, NULL);
	}
	return jql.data;
}

static Transfer *
count_issues(const CreationParts *parts, const char *jql)
{
	return search_count_start(parts->client, parts->search->action, jql);
}

/* The document of a reply; NULL, from then on always, if there is none. */
static json_t *
take_document(CreationParts *parts, Transfer *transfer)
{
	json_t	   *document = NULL;

	if (client_try(transfer, &document) != NULL)
		parts->refused = true;
	return document;
}

static int64
take_count(CreationParts *parts, Transfer *transfer)
{
	int64		count = search_count_take(transfer);

	if (count < 0)
		parts->refused = true;
	return parts->refused ? 0 : count;
}

/* Asks for the first issue in an order. */
static Transfer *
find_first(const CreationParts *parts, const char *order)
{
	Request    *request = request_copy(parts->search);
	json_t	   *parameters = request_parameters(request);

	json_object_del(parameters, "nextPageToken");
	json_object_set_new(parameters, "fields", jira_json_made(json_pack("[s]", "created")));
	json_object_set_new(parameters, "maxResults", json_integer(1));
	json_object_set_new(parameters, "jql", jira_json_made(json_string(psprintf("(%s) ORDER BY %s", parts->jql, order))));
	return client_start(CurrentMemoryContext, parts->client, request);
}

/* The second in which the issue was created. */
static TimestampTz
take_creation(CreationParts *parts, Transfer *transfer)
{
	json_t	   *issue = json_array_get(json_object_get(take_document(parts, transfer), "issues"), 0);
	json_t	   *created = json_object_get(json_object_get(issue, "fields"), "created");
	ValueReader reader;
	TimestampTz moment;
	bool		isnull;

	value_reader(&reader, TIMESTAMPTZOID, -1);
	if (!json_is_string(created) || !value_exists(&reader, created))
		parts->refused = true;
	if (parts->refused)
		return 0;
	moment = DatumGetTimestampTz(value_from_json(&reader, created, &isnull));
	return moment - ((moment % USECS_PER_SEC) + USECS_PER_SEC) % USECS_PER_SEC;
}

/* The full second at this part of the time. */
static TimestampTz
moment_between(TimestampTz from, TimestampTz to, int64 part, int64 all)
{
	return from + (to - from) / USECS_PER_SEC * part / all * USECS_PER_SEC;
}

static void
add_bound(CreationParts *parts, TimestampTz bound)
{
	if (parts->nbounds == 0 || bound > parts->bounds[parts->nbounds - 1])
		parts->bounds[parts->nbounds++] = bound;
}

/* Makes parts of about "size" issues, as if those of a period were created evenly. */
static void
cut(CreationParts *parts, TimestampTz from, TimestampTz to, const int64 *counts, int64 size)
{
	double		filled = 0;

	for (int i = 0; i < PERIODS; i++)
	{
		int64		pieces = Max(counts[i] / size, 1);

		for (int64 j = 0; j < pieces; j++)
		{
			if (filled >= size)
			{
				add_bound(parts, moment_between(from, to, i * pieces + j, PERIODS * pieces));
				filled = 0;
			}
			filled += (double) counts[i] / pieces;
		}
	}
}

/* Counts the periods, and makes parts of them; the first and the last one are open. */
static void
divide_time(CreationParts *parts, TimestampTz from, TimestampTz to, int64 size)
{
	Transfer   *transfers[PERIODS];
	int64		counts[PERIODS];
	int64		sum = 0;

	for (int i = 0; i < PERIODS; i++)
		transfers[i] = count_issues(parts, jql_between(parts, i > 0 ? moment_between(from, to, i, PERIODS) : DT_NOBEGIN,
													   i + 1 < PERIODS ? moment_between(from, to, i + 1, PERIODS) : DT_NOEND));
	for (int i = 0; i < PERIODS; i++)
		sum += counts[i] = take_count(parts, transfers[i]);
	if (parts->refused)
		site_of(parts->client)->refuses_parts = true;
	else if (Max(sum, parts->total) - Min(sum, parts->total) > parts->total / TOO_FAR)
		parts->refused = true;
	if (parts->refused)
		return;
	parts->bounds = MemoryContextAlloc(parts->context, sizeof(TimestampTz) * (PERIODS + sum / size));
	cut(parts, from, to, counts, size);
}

/* Asks Jira how to divide the search; returns false if it is not worth it, or not to be had. */
static bool
divide(CreationParts *parts, int at_once)
{
	Transfer   *all = count_issues(parts, parts->jql);
	Transfer   *oldest = find_first(parts, "created ASC");
	Transfer   *newest = find_first(parts, "created DESC");
	int64		total = take_count(parts, all);
	TimestampTz from = take_creation(parts, oldest);
	TimestampTz to = take_creation(parts, newest) + USECS_PER_SEC;

	if (parts->refused)
		site_of(parts->client)->refuses_parts = true;
	if (parts->refused || total < LEAST_PAGES * (int64) parts->first_rows.count ||
		to - from < PERIODS * USECS_PER_SEC)
		return false;
	parts->total = total;
	divide_time(parts, from, to, Max((int64) parts->first_rows.count, total / (PARTS_AT_ONCE * at_once)));
	return !parts->refused;
}

static Part *
begin_part(CreationParts *parts)
{
	Part	   *part = palloc0(sizeof(Part));
	int			i = parts->begun++;
	char	   *jql = jql_between(parts, i > 0 ? parts->bounds[i - 1] : DT_NOBEGIN,
								  i < parts->nbounds ? parts->bounds[i] : DT_NOEND);

	part->request = request_copy(parts->search);
	json_object_del(request_parameters(part->request), "nextPageToken");
	json_object_set_new(request_parameters(part->request), "jql", jira_json_made(json_string(jql)));
	pfree(jql);
	return part;
}

static void
end_part(Part *part)
{
	if (part->transfer)
		transfer_end(part->transfer);
	MemoryContextDelete(part->request->context);
	pfree(part);
}

/* Sends what may be sent now, and again what was not read in time. */
static void
send_on(CreationParts *parts, int size, int at_once)
{
	int			sent = 0;

	at_once = parts->alone ? 1 : Min(at_once, MAX_PARALLEL_REQUESTS);
	while (parts->nactive < at_once && parts->begun <= parts->nbounds)
		parts->active[parts->nactive++] = begin_part(parts);
	for (int i = 0; i < Min(parts->nactive, at_once); i++)
	{
		Part	   *part = parts->active[i];

		part->transfer = transfer_unless_overdue(part->transfer);
		if (part->transfer == NULL)
		{
			json_object_set_new(request_parameters(part->request), "maxResults", json_integer(size));
			part->transfer = client_start(parts->context, parts->client, part->request);
		}
		sent++;
	}
	parts->peak = Max(parts->peak, sent);
}

/* The replies together are too large to be held: from here on there is one request at a time. */
static void
send_alone(CreationParts *parts)
{
	for (int i = 0; i < parts->nactive; i++)
	{
		if (parts->active[i]->transfer)
			transfer_end(parts->active[i]->transfer);
		parts->active[i]->transfer = NULL;
	}
	parts->alone = true;
}

/* The page of the part whose turn it is, which is the caller's. */
static Transfer *
take_transfer(CreationParts *parts, int size)
{
	Part	   *part = parts->active[0];
	Transfer   *transfer;

	/* Lets those go out that were started last, though the reply is there. */
	wait_for_any(&parts->client->session, 1, 0);
	if (transfer_crowded_out(part->transfer))
	{
		send_alone(parts);
		send_on(parts, size, 1);
	}
	transfer = part->transfer;
	part->transfer = NULL;
	return transfer;
}

PartsStep
creation_parts_next(CreationParts *parts, int size, int64 row_bytes, Transfer **transfer)
{
	MemoryContext before = MemoryContextSwitchTo(parts->scratch);
	int			at_once = page_sizes_batches(size, row_bytes);
	PartsStep	step = PARTS_REFUSED;

	if (parts->begun == 0 && !parts->refused)
	{
		parts->refused = !divide(parts, at_once);
		MemoryContextReset(parts->scratch);
	}
	MemoryContextSwitchTo(parts->context);
	if (!parts->refused)
	{
		send_on(parts, size, at_once);
		step = parts->nactive > 0 ? PARTS_PAGE : PARTS_END;
	}
	if (step == PARTS_PAGE)
		*transfer = take_transfer(parts, size);
	MemoryContextSwitchTo(before);
	return step;
}

/* Leaves out the rows of the first page; notes that the part advances. */
static void
take_rows(CreationParts *parts, Part *part, JsonRows *rows)
{
	size_t		count = json_rows_count(rows);
	JsonRowPlace *places = MemoryContextAllocHuge(CurrentMemoryContext, sizeof(JsonRowPlace) * Max(count, 1));
	int64	   *ids = id_set_of_rows(rows);
	size_t		kept = 0;

	if (ids == NULL)
		problem_raise(reply_malformed(part->request, pstrdup("An issue has no id.")));
	if (!id_set_note_page(&part->progress, part->request->context, ids, count))
		problem_raise(reply_repeated(part->request, "rows"));
	json_rows_places(rows, "id", places);
	for (size_t i = 0; i < count; i++)
		if (!id_set_has(&parts->first_rows, ids[i]))
			places[kept++] = places[i];
	if (kept < count)
		json_rows_arrange(rows, places, kept);
}

/* The next part's turn comes. */
static void
take_turns(CreationParts *parts, Part *part, bool goes_on)
{
	memmove(parts->active, parts->active + 1, sizeof(Part *) * --parts->nactive);
	if (goes_on)
		parts->active[parts->nactive++] = part;
	else
		end_part(part);
}

void
creation_parts_take(CreationParts *parts, JsonRows *rows, json_t *document)
{
	MemoryContext before = MemoryContextSwitchTo(parts->scratch);
	Part	   *part = parts->active[0];
	size_t		count = json_rows_count(rows);
	bool		goes_on;

	take_rows(parts, part, rows);
	goes_on = page_token_take(&part->token, part->request->context, page_token_style(BY_TOKEN),
							  part->request, document, count, parts->scratch);
	if (goes_on)
		json_object_set_new(request_parameters(part->request), "nextPageToken",
							jira_json_made(json_string(part->token.token)));
	take_turns(parts, part, goes_on);
	parts->has_rows = true;
	MemoryContextSwitchTo(before);
	MemoryContextReset(parts->scratch);
}

bool
creation_parts_refuse(CreationParts *parts, int status)
{
	if (parts->has_rows || status < 400 || status >= 500 || status == 429)
		return false;
	site_of(parts->client)->refuses_parts = true;
	parts->refused = true;
	return true;
}

int64
creation_parts_total(const CreationParts *parts)
{
	return parts->total;
}

int
creation_parts_peak(const CreationParts *parts)
{
	return parts->peak;
}
