/*
 * completion.c
 *	  Adds to a row what belongs to it but stands elsewhere.
 *
 * An expansion stands in the row, or once in the reply for all rows; SQL finds it
 * among the fields of each row.  The part of the request tells which of several
 * lists has the row.
 */
#include "postgres.h"

#include "lib/stringinfo.h"

#include "engine/completion_private.h"

/* Jira expands nothing that it was not asked for. */
void
completion_begin(Completion *completion, const Action *action, const Request *request, JsonPaths *paths)
{
	StringInfoData names;

	initStringInfo(&names);
	completion->names = json_object_get(request_parameters(request), "expand") ? action->expansions : NULL;
	for (const char *const *name = completion->names; name && *name; name++)
		appendStringInfo(&names, "%s%s", names.len > 0 ? "|" : "", *name);
	completion->places = json_row_add_paths(paths, names.len > 0 ? names.data : NULL);
	pfree(names.data);
}

void
completion_look(Completion *completion, json_t *document)
{
	completion->beside = false;
	for (const char *const *name = completion->names; name && *name; name++)
		if (json_object_get(document, *name))
			completion->beside = true;
}

static void
add_expansions(const Completion *completion, JsonRow *row, json_t *document)
{
	json_t	   *tree = json_row_change(row);
	json_t	   *fields = json_object_get(tree, "fields");

	for (const char *const *name = completion->names; name && *name; name++)
	{
		json_t	   *value = json_object_get(tree, *name);

		if (value == NULL && document != tree)
			value = json_object_get(document, *name);
		if (value == NULL)
			continue;
		if (fields == NULL)
		{
			fields = jira_json_object(row->context);
			json_object_set(tree, "fields", fields);
		}
		json_object_set(fields, *name, value);
	}
}

void
completion_add(const Completion *completion, JsonRow *row, json_t *document, json_t *part)
{
	if (part)
		json_object_set(json_row_change(row), json_string_value(json_object_get(part, "member")),
						json_object_get(part, "value"));
	if (row->text.start == NULL || completion->beside || json_row_has_any(row, completion->places))
		add_expansions(completion, row, document);
}
