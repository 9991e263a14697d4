/*
 * json_rows.c
 *	  A long list inside a document, read one element at a time.
 *
 * Only where values begin and end is found out here; whether they are right is
 * for jansson, which reads the elements one by one and the rest as a whole.
 */
#include "postgres.h"

#include "lib/stringinfo.h"

#include "json/json_rows.h"

struct JsonRows
{
	const char *next;			/* what is not read yet */
	const char *end;			/* the closing bracket */
	size_t		count;
	size_t		read;
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

/* Where the value that begins here ends; "end" if it does not. */
static const char *
skip_value(const char *text, const char *end)
{
	int			depth = 0;

	while (text < end)
	{
		char		c = *text;

		if (depth == 0 && (c == ',' || c == '}' || c == ']'))
			return text;		/* of what the value stands in */
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

/* The value of a member of the object that begins here; NULL if it has none. */
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
parse_without(const char *text, const char *list, const char *list_end, const char *end,
			  char **problem)
{
	StringInfoData rest;

	initStringInfo(&rest);
	appendBinaryStringInfo(&rest, text, list - text);
	appendStringInfoString(&rest, "[]");
	appendBinaryStringInfo(&rest, list_end, end - list_end);
	return jira_json_parse(CurrentMemoryContext, rest.data, rest.len, problem);
}

/* The element after a comma or, at the list's begin, without one; "end": none. */
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

/* The value at a dotted path; NULL if there is none. */
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
json_rows_open(const char *text, size_t length, const char *path, json_t **rest, char **problem)
{
	const char *end = text + length;
	const char *list = find_value(text, end, path);
	const char *list_end = list ? skip_value(list, end) : NULL;
	JsonRows   *result;

	if (list == NULL || list == end || *list != '[' || list_end[-1] != ']')
	{
		*rest = jira_json_parse(CurrentMemoryContext, text, length, problem);
		return NULL;
	}
	*rest = parse_without(text, list, list_end, end, problem);
	if (*rest == NULL)
		return NULL;
	result = palloc(sizeof(JsonRows));
	result->next = list + 1;
	result->end = list_end - 1;
	result->count = count_elements(result->next, result->end);
	result->read = 0;
	return result;
}

size_t
json_rows_count(const JsonRows *list)
{
	return list->count;
}

json_t *
json_rows_next(JsonRows *list, MemoryContext context, char **problem)
{
	const char *before = skip_space(list->next, list->end);
	const char *element = find_element(before, list->end, list->read == 0);

	*problem = NULL;
	if (before == list->end)
		return NULL;
	if (list->read > 0 && element == before)
	{
		*problem = pstrdup("A comma is missing in a list.");
		return NULL;
	}
	list->read++;
	list->next = skip_value(element, list->end);
	return jira_json_parse(context, element, list->next - element, problem);
}
