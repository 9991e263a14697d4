/*
 * json_row.c
 *	  One row of a list: its bytes, the values at some paths in them, and a tree
 *	  where one is needed.
 */
#include "postgres.h"

#include "lib/stringinfo.h"

#include "json/json_row.h"
#include "json/json_scan_private.h"

typedef struct JsonPlace
{
	const char *path;
	int			node;			/* NO_NODE: only a tree has it */
	JsonPaths  *each;			/* what follows "[]", in an element; or NULL */
} JsonPlace;

struct JsonPaths
{
	JsonNode   *nodes;			/* the root is the row itself */
	int			node_count;
	JsonPlace  *places;
	int			count;
};

static int
add_node(JsonPaths *paths, const char *name, size_t length)
{
	JsonNode	node = {.name = name,.length = length,.child = NO_NODE,.sibling = NO_NODE};

	paths->nodes = repalloc(paths->nodes, sizeof(JsonNode) * (paths->node_count + 1));
	paths->nodes[paths->node_count] = node;
	return paths->node_count++;
}

JsonPaths *
json_row_paths(void)
{
	JsonPaths  *paths = palloc0(sizeof(JsonPaths));

	paths->nodes = palloc(sizeof(JsonNode));
	paths->places = palloc(sizeof(JsonPlace));
	(void) add_node(paths, "", 0);
	return paths;
}

static int
enter_child(JsonPaths *paths, int node, const char *name, size_t length)
{
	int			child = json_scan_child(paths->nodes, node, name, length);

	if (child == NO_NODE)
	{
		child = add_node(paths, name, length);
		paths->nodes[child].sibling = paths->nodes[node].child;
		paths->nodes[node].child = child;
	}
	return child;
}

static JsonPlace
make_place(JsonPaths *paths, const char *path)
{
	JsonPlace	made = {.path = path,.node = ROOT_NODE};

	while (*path && made.each == NULL && made.node != NO_NODE)
	{
		size_t		length = strcspn(path, ".");
		bool		each = length > 2 && path[length - 1] == ']';
		const char *rest = path + length + (path[length] == '.');

		if (strspn(path, "0123456789") == length)
			made.node = NO_NODE;	/* of an array, or of an object */
		else
			made.node = enter_child(paths, made.node, path, each ? length - 2 : length);
		if (each)
		{
			made.each = json_row_paths();
			(void) json_row_add_paths(made.each, rest);
			if (made.each->places[0].node == NO_NODE)
				made.node = NO_NODE;
		}
		path = rest;
	}
	return made;
}

JsonPlaces
json_row_add_paths(JsonPaths *paths, const char *names)
{
	JsonPlaces	places = {.first = paths->count};

	while (names)
	{
		size_t		length = strcspn(names, "|");

		paths->places = repalloc(paths->places, sizeof(JsonPlace) * (paths->count + 1));
		paths->places[paths->count++] = make_place(paths, pnstrdup(names, length));
		names = names[length] ? names + length + 1 : NULL;
	}
	places.count = paths->count - places.first;
	return places;
}

const char *
json_row_read(JsonPaths *paths, const char *text, const char *end)
{
	return json_scan(paths->nodes, paths->node_count, text, end);
}

/* A slice has been checked, so that it can be parsed. */
static json_t *
parse(JsonRow *row, JsonSlice slice)
{
	JsonProblem problem;
	json_t	   *tree = jira_json_read(row->context, slice.start, slice.end - slice.start, row->most, &problem);

	if (tree == NULL)
		elog(ERROR, "a row that was checked cannot be parsed: %s", problem.detail);
	return tree;
}

/* Several columns may be of one value. */
static json_t *
parse_once(JsonRow *row, JsonSlice slice)
{
	if (row->parsed != slice.start)
	{
		row->value = parse(row, slice);
		row->parsed = slice.start;
	}
	return row->value;
}

json_t *
json_row_tree(JsonRow *row)
{
	if (row->tree == NULL)
		row->tree = parse(row, row->text);
	return row->tree;
}

json_t *
json_row_change(JsonRow *row)
{
	json_t	   *tree = json_row_tree(row);

	row->text.start = NULL;
	return tree;
}

/* Where the path leads: to the value, or to the array of which it is made.  NULL: only a tree has it. */
static const JsonSlice *
slice_of(const JsonRow *row, int path)
{
	int			node = row->paths->places[path].node;

	return row->text.start && node != NO_NODE ? &row->paths->nodes[node].value : NULL;
}

static bool
is_value(const JsonPlace *place, JsonSlice slice)
{
	return slice.start && *slice.start != 'n' && (place->each == NULL || *slice.start == '[');
}

/* The value at the path: of an array, it is one of what each element has, or null. */
static JsonSlice
value_of(const JsonPlace *place, JsonSlice slice)
{
	const char *text = slice.start + 1;
	StringInfoData made;

	if (place->each == NULL)
		return slice;
	initStringInfo(&made);
	while (*(text = json_scan_space(text)) != ']')
	{
		const JsonPlace *inner = &place->each->places[0];
		const char *after = json_row_read(place->each, text, slice.end - 1);
		JsonSlice	value = place->each->nodes[inner->node].value;

		appendStringInfoChar(&made, made.len > 0 ? ',' : '[');
		if (is_value(inner, value))
		{
			value = value_of(inner, value);
			appendBinaryStringInfo(&made, value.start, value.end - value.start);
		}
		else
			appendStringInfoString(&made, "null");
		text = json_scan_space(after);
		text += *text == ',';
	}
	appendStringInfoString(&made, made.len > 0 ? "]" : "[]");
	slice.start = made.data;
	slice.end = made.data + made.len;
	return slice;
}

static bool
has_value(JsonRow *row, int path)
{
	const JsonPlace *of = &row->paths->places[path];
	const JsonSlice *slice = slice_of(row, path);
	json_t	   *value;
	bool		has;

	if (slice)
		return is_value(of, *slice);
	value = jira_json_get(json_row_tree(row), of->path);
	has = value && !json_is_null(value);
	json_decref(value);
	return has;
}

int
json_row_first(JsonRow *row, JsonPlaces places)
{
	for (int i = 0; i < places.count; i++)
		if (has_value(row, places.first + i))
			return places.first + i;
	return -1;
}

bool
json_row_has_any(const JsonRow *row, JsonPlaces places)
{
	for (int i = 0; i < places.count; i++)
	{
		const JsonSlice *slice = slice_of(row, places.first + i);

		if (slice && slice->start)
			return true;
	}
	return false;
}

bool
json_row_slice(const JsonRow *row, int path, JsonSlice *slice)
{
	const JsonPlace *of = &row->paths->places[path];
	const JsonSlice *found = slice_of(row, path);

	if (found == NULL || !is_value(of, *found))
		return false;
	*slice = value_of(of, *found);
	return true;
}

json_t *
json_row_get(JsonRow *row, int path)
{
	const JsonPlace *of = &row->paths->places[path];
	const JsonSlice *slice = slice_of(row, path);

	if (slice == NULL)
		return jira_json_get(json_row_tree(row), of->path);
	return json_incref(parse_once(row, value_of(of, *slice)));
}

char *
json_row_string(JsonRow *row, int path)
{
	const JsonSlice *slice = slice_of(row, path);
	json_t	   *value;
	char	   *string = NULL;

	if (slice && slice->start && *slice->start == '"' && row->paths->places[path].each == NULL)
	{
		string = palloc(slice->end - slice->start);
		*json_string_unescape(string, *slice) = '\0';
	}
	if (slice)
		return string;
	value = jira_json_own(CurrentMemoryContext,
						  jira_json_get_or_null(json_row_tree(row), row->paths->places[path].path));
	return json_is_string(value) ? pstrdup(json_string_value(value)) : NULL;
}
