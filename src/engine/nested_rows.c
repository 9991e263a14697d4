/*
 * nested_rows.c
 *	  Rows that stand in lists of other rows.
 */
#include "postgres.h"

#include "utils/memutils.h"

#include "client/reply.h"
#include "engine/key_list.h"
#include "engine/nested_rows_private.h"
#include "utils/foreign_text.h"

#define MOST_LEVELS 4

/* How much of the key of an issue is shown. */
#define MOST_SHOWN 60

typedef struct Level
{
	JsonPaths  *paths;			/* in its rows */
	const char *list_name;		/* of the next level, or NULL */
	JsonPlaces	list;
	MemoryContext context;		/* owns "rows" */
	MemoryContext row_context;	/* owns the trees of the row */
	JsonRows   *rows;			/* NULL: none */
	JsonRow		row;			/* that was read last */
} Level;

struct NestedRows
{
	const Request *request;
	Level		levels[MOST_LEVELS];
	int			deepest;
	int			current;		/* the level to be read next; 0: no row is
								 * left */
	NestedRowsEnter enter;
	void	   *source;
};

NestedRows *
nested_rows_make(const Request *request, const char *lists, JsonPaths *outermost)
{
	NestedRows *nested = palloc0(sizeof(NestedRows));

	nested->request = request;
	for (Level *level = nested->levels;; level++)
	{
		size_t		length = lists ? strcspn(lists, ">") : 0;

		level->paths = level == nested->levels ? outermost : json_row_paths();
		level->context = AllocSetContextCreate(CurrentMemoryContext, "Jira nested list", ALLOCSET_SMALL_SIZES);
		level->row_context = AllocSetContextCreate(CurrentMemoryContext, "Jira nested row", ALLOCSET_SMALL_SIZES);
		if (lists == NULL)
			return nested;
		Assert(nested->deepest < MOST_LEVELS - 1);
		nested->deepest++;
		level->list_name = pnstrdup(lists, length);
		level->list = json_row_add_paths(level->paths, level->list_name);
		lists = lists[length] ? lists + length + 1 : NULL;
	}
}

int
nested_rows_depth(const NestedRows *nested)
{
	return nested->deepest;
}

JsonPaths *
nested_rows_paths(const NestedRows *nested, int level)
{
	return nested->levels[level].paths;
}

JsonRow *
nested_rows_row(NestedRows *nested, int level)
{
	return &nested->levels[level].row;
}

/* " of issue "OPS-1"", if the outermost row is one. */
static char *
words_of_issue(NestedRows *nested)
{
	JsonRow    *row = &nested->levels[0].row;
	json_t	   *issue = row->text.start || row->tree ? json_row_tree(row) : NULL;
	const char *key = json_string_value(json_object_get(issue, "key"));

	return key ? psprintf(" of issue \"%s\"", foreign_text(key, strlen(key), MOST_SHOWN)) : "";
}

/* Opens the list in these bytes; raises an error if they are not a list. */
static JsonRows *
open_list(NestedRows *nested, const Level *outer, const char *text, size_t length)
{
	JsonProblem problem = {NULL, NULL};
	json_t	   *rest;
	JsonRows   *rows = json_rows_open(text, length, "", outer->row.most, &rest, &problem);

	if (rows == NULL && problem.detail)
		problem_raise(reply_unreadable(nested->request, &problem));
	if (rows == NULL)
		problem_raise(reply_malformed(nested->request, psprintf("\"%s\"%s is not a list.", outer->list_name,
																words_of_issue(nested))));
	return rows;
}

/* Opens the list in the row of the level before. */
static void
open_level(NestedRows *nested, int number)
{
	Level	   *outer = &nested->levels[number - 1];
	Level	   *level = &nested->levels[number];
	int			place = json_row_first(&outer->row, outer->list);
	MemoryContext before;
	JsonSlice	slice;

	MemoryContextReset(level->context);
	nested->current = number;
	level->rows = NULL;
	if (place < 0)
		return;
	before = MemoryContextSwitchTo(level->context);
	if (json_row_slice(&outer->row, place, &slice))
		level->rows = open_list(nested, outer, slice.start, slice.end - slice.start);
	else
	{
		char	   *text = jira_json_text(jira_json_own(level->context, json_row_get(&outer->row, place)));

		level->rows = open_list(nested, outer, text, strlen(text));
	}
	MemoryContextSwitchTo(before);
}

void
nested_rows_begin(NestedRows *nested, const JsonRow *row)
{
	nested->levels[0].row = *row;
	nested_rows_begin_shown(nested);
}

void
nested_rows_begin_shown(NestedRows *nested)
{
	nested->enter = NULL;
	open_level(nested, 1);
}

size_t
nested_rows_count(const NestedRows *nested)
{
	return nested->levels[1].rows ? json_rows_count(nested->levels[1].rows) : 0;
}

void
nested_rows_begin_list(NestedRows *nested, JsonRows *list, NestedRowsEnter enter, void *source)
{
	MemoryContextReset(nested->levels[1].context);
	nested->levels[1].rows = list;
	nested->enter = enter;
	nested->source = source;
	nested->current = 1;
}

static bool
read_row(NestedRows *nested, Level *level)
{
	JsonProblem problem;
	bool		found;

	if (level->rows == NULL)
		return false;
	MemoryContextReset(level->row_context);
	found = json_rows_next(level->rows, level->paths, level->row_context, &level->row, &problem);
	if (problem.detail)
		problem_raise(reply_unreadable(nested->request, &problem));
	return found;
}

static bool
is_null(const JsonRow *row)
{
	return row->text.start ? *row->text.start == 'n' : json_is_null(row->tree);
}

bool
nested_rows_next(NestedRows *nested)
{
	while (nested->current > 0)
	{
		Level	   *level = &nested->levels[nested->current];

		if (!read_row(nested, level))
			nested->current--;
		else if (is_null(&level->row) ||
				 (nested->current == 1 && nested->enter && !nested->enter(nested->source, &level->row)))
			continue;
		else if (nested->current == nested->deepest)
			return true;
		else
			open_level(nested, nested->current + 1);
	}
	return false;
}

KeptRow
nested_rows_keep(JsonRow *row)
{
	KeptRow		kept = {.most = row->most};

	/* A list of it alone, so that it can be read again. */
	if (row->text.start)
		kept.text = psprintf("[%.*s]", (int) (row->text.end - row->text.start), row->text.start);
	else
		kept.text = psprintf("[%s]", jira_json_text(json_row_tree(row)));
	kept.length = strlen(kept.text);
	return kept;
}

void
nested_rows_show(NestedRows *nested, const KeptRow *kept)
{
	Level	   *level = &nested->levels[0];
	MemoryContext before;

	MemoryContextReset(level->context);
	before = MemoryContextSwitchTo(level->context);
	level->row.most = kept->most + kept->most / 2;	/* a list's rows have a
													 * part of its memory */
	level->rows = open_list(nested, level, kept->text, kept->length);
	MemoryContextSwitchTo(before);
	(void) read_row(nested, level);
}

int64
nested_rows_number(JsonRow *row, JsonPlaces places)
{
	int			place = json_row_first(row, places);
	json_t	   *value = place < 0 ? NULL : json_row_get(row, place);
	const char *text = json_string_value(value);
	int64		number = -1;

	if (json_is_integer(value))
		number = json_integer_value(value);
	else if (text && key_list_has_id_form(text))
		number = strtoll(text, NULL, 10);
	json_decref(value);
	return number;
}
