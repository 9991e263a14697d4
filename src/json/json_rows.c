/*
 * json_rows.c
 *	  The rows of a document: an array in it, parsed one element at a time.
 *
 * The functions here only find where values begin and end.  jansson checks them
 * when it parses each element, and the rest as a whole.
 */
#include "postgres.h"

#include "common/hashfn.h"
#include "lib/stringinfo.h"

#include "json/json_rows.h"

/* What is not a row has this part of the memory, and each row has the rest of it. */
#define REST_PART 4

struct JsonRows
{
	const char *next;			/* first byte not read yet */
	const char *end;			/* the closing bracket */
	size_t		count;
	size_t		read;
	uint64		most;			/* bytes of memory for one element */
};

static const char *
skip_space(const char *text, const char *end)
{
	while (text < end && strchr(" \t\r\n", *text) != NULL && *text != '\0')
		text++;
	return text;
}

static const char *
skip_string(const char *text, const char *end)
{
	for (text++; text < end && *text != '"'; text++)
		if (*text == '\\')
			text++;
	return text < end ? text + 1 : end;
}

/* The end of the value that begins at "text"; "end" if it is not closed. */
static const char *
skip_value(const char *text, const char *end)
{
	int			depth = 0;

	while (text < end)
	{
		char		c = *text;

		if (depth == 0 && (c == ',' || c == '}' || c == ']'))
			return text;		/* these belong to the surrounding value */
		if (c == '{' || c == '[')
			depth++;
		else if (c == '}' || c == ']')
			depth--;
		text = c == '"' ? skip_string(text, end) : text + 1;
		if (depth == 0 && (c == '"' || c == '}' || c == ']'))
			return text;
	}
	return end;
}

/* The value of a member of the object at "text"; NULL if it has no such member. */
static const char *
find_member(const char *text, const char *end, const char *name, size_t length)
{
	text = skip_space(text, end);
	if (text == end || *text != '{')
		return NULL;
	do
	{
		const char *key = skip_space(text + 1, end);

		if (key == end || *key != '"')
			return NULL;
		text = skip_space(skip_string(key, end), end);
		if (text == end || *text != ':')
			return NULL;
		text = skip_space(text + 1, end);
		if ((size_t) (end - key) > length + 2 && memcmp(key + 1, name, length) == 0 &&
			key[length + 1] == '"')
			return text;
		text = skip_space(skip_value(text, end), end);
	} while (text < end && *text == ',');
	return NULL;
}

static json_t *
parse_without(const char *text, const char *array, const char *array_end, const char *end,
			  uint64 most, JsonProblem *problem)
{
	StringInfoData rest;
	json_t	   *document;

	initStringInfo(&rest);
	appendBinaryStringInfo(&rest, text, array - text);
	appendStringInfoString(&rest, "[]");
	appendBinaryStringInfo(&rest, array_end, end - array_end);
	document = jira_json_read(CurrentMemoryContext, rest.data, rest.len, most, problem);
	pfree(rest.data);
	return document;
}

/*
 * The next element: after a comma, unless it is the first one.  Returns "end" if
 * there is none, and "text" (without spaces) if the comma is missing.
 */
static const char *
find_element(const char *text, const char *end, bool first)
{
	text = skip_space(text, end);
	if (first || text == end)
		return text;
	return *text == ',' ? skip_space(text + 1, end) : text;
}

static size_t
count_elements(const char *text, const char *end)
{
	size_t		count = 0;

	text = skip_space(text, end);
	while (text < end)
	{
		count++;
		text = find_element(skip_value(text, end), end, false);
	}
	return count;
}

static const char *
find_value(const char *text, const char *end, const char *path)
{
	while (text && *path)
	{
		size_t		length = strcspn(path, ".");

		text = find_member(text, end, path, length);
		path += length + (path[length] == '.');
	}
	return text ? skip_space(text, end) : NULL;
}

JsonRows *
json_rows_open(const char *text, size_t length, const char *path, uint64 most,
			   json_t **rest, JsonProblem *problem)
{
	const char *end = text + length;
	const char *array = find_value(text, end, path);
	const char *array_end = array ? skip_value(array, end) : NULL;
	JsonRows   *rows;

	if (array == NULL || array == end || *array != '[' || array_end[-1] != ']')
	{
		*rest = jira_json_read(CurrentMemoryContext, text, length, most, problem);
		return NULL;
	}
	*rest = parse_without(text, array, array_end, end, most / REST_PART, problem);
	if (*rest == NULL)
		return NULL;
	rows = palloc(sizeof(JsonRows));
	rows->next = array + 1;
	rows->end = array_end - 1;
	rows->count = count_elements(rows->next, rows->end);
	rows->read = 0;
	rows->most = most - most / REST_PART;
	return rows;
}

size_t
json_rows_count(const JsonRows *rows)
{
	return rows->count;
}

void
json_rows_digests(const JsonRows *rows, uint64 *digests)
{
	const char *element = skip_space(rows->next, rows->end);

	while (element < rows->end)
	{
		const char *after = skip_value(element, rows->end);

		*digests++ = hash_bytes_extended((const unsigned char *) element, after - element, 0);
		element = find_element(after, rows->end, false);
	}
}

json_t *
json_rows_next(JsonRows *rows, MemoryContext context, JsonProblem *problem)
{
	const char *before = skip_space(rows->next, rows->end);
	const char *element = find_element(before, rows->end, rows->read == 0);

	problem->detail = NULL;
	problem->hint = NULL;
	if (before == rows->end)
		return NULL;
	if (rows->read > 0 && element == before)
	{
		problem->detail = pstrdup("A comma is missing in a list.");
		return NULL;
	}
	rows->read++;
	rows->next = skip_value(element, rows->end);
	return jira_json_read(context, element, rows->next - element, rows->most, problem);
}
