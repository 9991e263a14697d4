/*
 * page.c
 *	  The rows of a result, whatever way Jira cuts it into replies.
 */
#include "postgres.h"

#include "utils/memutils.h"

#include "client/identity.h"
#include "client/reply.h"
#include "engine/page_style_private.h"
#include "utils/settings.h"

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
	/* Nobody looks after those under way while the next waits for its turn. */
	pages->window_size = client->connection->options.paced_by ? 1 : jira_parallel_requests;
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

void
page_complain(Pages *pages, char *detail)
{
	problem_raise(reply_malformed(pages->request, detail));
}

/* Is there what the endpoint says: a list, or an object that is the only row? */
static void
check_page(Pages *pages)
{
	const char *path = pages->endpoint->result;

	if (pages->document == NULL)
		page_complain(pages, pstrdup("It is empty."));
	if (pages->action->rows)
		return;					/* which knows what to look for */
	if (path == NULL && !json_is_object(pages->document))
		page_complain(pages, pstrdup("It is not an object."));
	if (path && pages->rows == NULL)
		page_complain(pages, path[0] ? psprintf("It has no list \"%s\".", path)
					  : pstrdup("It is not a list."));
}

static void
make_rows(Pages *pages)
{
	pages->made = pages->action->rows(pages->document);
	if (pages->made == NULL)
		page_complain(pages, pstrdup("It does not have what was asked for."));
	jira_json_own(pages->row_context, pages->made);
}

static bool
is_empty(const Pages *pages)
{
	if (pages->made)
		return json_array_size(pages->made) == 0;
	return pages->rows ? json_rows_count(pages->rows) == 0 : pages->document == NULL;
}

void
page_take(Pages *pages, Transfer *transfer)
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

static void
fetch_page(Pages *pages, int64 most)
{
	if (pages->current)
		transfer_end(pages->current);
	pages->current = NULL;
	pages->rows = NULL;
	pages->document = NULL;
	page_fetch(pages, most);
}

/* The next row of the page that is here. */
static json_t *
row_here(Pages *pages)
{
	char	   *problem;
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
	if (problem)
		page_complain(pages, problem);
	return row;
}

/* Turns to the next part of a result in parts; false after the last one. */
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

/* Tells a row which part it is of. */
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
