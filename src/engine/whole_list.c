/*
 * whole_list.c
 *	  All rows of a small list at once.
 */
#include "postgres.h"

#include "engine/pages.h"
#include "engine/whole_list.h"

json_t *
whole_list_read(Client *client, Request *request, const char *list, int size)
{
	const Action action = {.name = request->action};
	const Endpoint endpoint = {.result = list,.pages = BY_OFFSET};
	PageSizes	sizes = page_sizes_fixed(size);
	Pages	   *pages = pages_begin(client, &action, &endpoint, request, NULL, &sizes, NULL);
	json_t	   *rows = jira_json_array(CurrentMemoryContext);
	JsonRow    *row;

	while ((row = pages_next(pages, PG_INT64_MAX)) != NULL)
		json_array_append(rows, json_row_tree(row));
	return rows;
}
