/*
 * json_rows.c
 *	  The rows of a document: an array in it, read one element at a time.
 *
 * The functions here only find where values begin and end.  Each element is
 * checked when it is read, and jansson checks the rest as a whole.
 */
#include "postgres.h"

#include "common/hashfn.h"
#include "lib/stringinfo.h"
#include "utils/memutils.h"

#include "json/json_rows.h"
#include "utils/budget.h"

/* What is not a row has this part of the memory, and each row has the rest of it. */
#define REST_PART 4

/* Of an id: a number of so many digits fits an int64. */
#define MOST_DIGITS 18

struct JsonRows
{
	const char *element;		/* that was read last */
	const char *next;			/* first byte not read yet */
	const char **order;			/* the elements as they are to be read, NULL:
								 * as they stand */
	const char *end;			/* the closing bracket */
	size_t		count;
	size_t		read;
	uint64		most;			/* bytes of memory for one element */
};

static const char *
skip_space(const char *text, const char *end)
{
	while (text < end && (*text == ' ' || *text == '\t' || *text == '\r' || *text == '\n'))
		text++;
	return text;
}

/* The end of the value that begins at "text"; "end" if it is not closed. */
static const char *
skip_value(const char *text, const char *end)
{
	int			depth = 0;

	while (text < end)
	{
		switch (*text)
		{
			case '"':
				text = json_string_end(text, end);
				if (depth == 0)
					return text;
				break;
			case '{':
			case '[':
				depth++;
				text++;
				break;
			case '}':
			case ']':
				if (depth == 0)
					return text;	/* of the surrounding value, as is a comma */
				text++;
				if (--depth == 0)
					return text;
				break;
			case ',':
				if (depth == 0)
					return text;
				text++;
				break;
			default:
				text++;
		}
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
		text = skip_space(json_string_end(key, end), end);
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

/* Counts the elements of the array at "text"; returns its closing bracket, NULL if there is none. */
static const char *
count_elements(const char *text, const char *end, size_t *count)
{
	*count = 0;
	text = skip_space(text + 1, end);
	while (text < end && *text != ']' && *text != '}')
	{
		(*count)++;
		text = find_element(skip_value(text, end), end, false);
	}
	return text < end && *text == ']' ? text : NULL;
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
	const char *array_end = NULL;
	size_t		count;
	JsonRows   *rows;

	if (array && array < end && *array == '[')
		array_end = count_elements(array, end, &count);
	if (array_end == NULL)
	{
		*rest = jira_json_read(CurrentMemoryContext, text, length, most, problem);
		return NULL;
	}
	*rest = parse_without(text, array, array_end + 1, end, most / REST_PART, problem);
	if (*rest == NULL)
		return NULL;
	rows = palloc(sizeof(JsonRows));
	rows->order = NULL;
	rows->element = rows->next = array + 1;
	rows->end = array_end;
	rows->count = count;
	rows->read = 0;
	rows->most = most - most / REST_PART;
	return rows;
}

size_t
json_rows_count(const JsonRows *rows)
{
	return rows->count;
}

/* Of the bytes of an element, eight at a time, without spaces behind it. */
static uint64
digest_of(const char *text, const char *end)
{
	uint64		result = 0;
	uint64		word;

	while (end > text && (unsigned char) end[-1] <= ' ')
		end--;
	for (; (size_t) (end - text) >= sizeof(word); text += sizeof(word))
	{
		memcpy(&word, text, sizeof(word));
		result = hash_combine64(result, word);
	}
	word = 0;
	memcpy(&word, text, end - text);
	return hash_combine64(result, word);
}

uint64
json_rows_digest(const JsonRows *rows)
{
	return digest_of(rows->element, rows->next);
}

const char *
json_rows_look_ahead(const JsonRows *rows, const char *after, uint64 *digest)
{
	const char *element = find_element(after ? after : rows->next, rows->end, after == NULL && rows->read == 0);

	if (element == rows->end)
		return NULL;
	after = skip_value(element, rows->end);
	*digest = digest_of(element, after);
	return after;
}

/* The end of the element, NULL if only its tree can be read. */
static const char *
read_element(JsonRows *rows, JsonPaths *paths, const char *element)
{
	const char *after = json_row_read(paths, element, rows->end);
	const char *next = after ? skip_space(after, rows->end) : NULL;
	BudgetExcess unused;

	if (next == NULL || (next < rows->end && *next != ','))
		return NULL;
	return budget_allows_any(after - element, rows->most) ||
		budget_allows(element, after - element, rows->most, &unused) ? after : NULL;
}

/* The number at "text", alone or as a string; -1 for anything else. */
static int64
number_at(const char *text, const char *end)
{
	bool		quoted = text && text < end && *text == '"';
	const char *digits = quoted ? text + 1 : text;
	const char *after = digits;
	int64		number = 0;

	while (after && after < end && *after >= '0' && *after <= '9' && after - digits < MOST_DIGITS)
		number = number * 10 + (*after++ - '0');
	if (after == digits || after == end || (quoted ? *after != '"' : strchr(",} \t\r\n", *after) == NULL))
		return -1;
	return number;
}

void
json_rows_places(const JsonRows *rows, const char *member, JsonRowPlace *places)
{
	const char *element = skip_space(rows->next, rows->end);

	while (element < rows->end)
	{
		places->element = element;
		places->number = number_at(find_member(element, rows->end, member, strlen(member)), rows->end);
		places++;
		element = find_element(skip_value(element, rows->end), rows->end, false);
	}
}

void
json_rows_arrange(JsonRows *rows, const JsonRowPlace *places, size_t count)
{
	rows->order = MemoryContextAllocHuge(GetMemoryChunkContext(rows), sizeof(char *) * Max(count, 1));
	for (size_t i = 0; i < count; i++)
		rows->order[i] = places[i].element;
	rows->count = count;
}

/* Goes to the next element where they were arranged; false after the last one. */
static bool
next_in_order(JsonRows *rows)
{
	if (rows->read == rows->count)
		return false;
	rows->next = rows->order[rows->read];
	return true;
}

bool
json_rows_next(JsonRows *rows, JsonPaths *paths, MemoryContext context, JsonRow *row, JsonProblem *problem)
{
	bool		begins = rows->order || rows->read == 0;
	const char *before;
	const char *element;
	const char *after;

	problem->detail = NULL;
	problem->hint = NULL;
	if (rows->order && !next_in_order(rows))
		return false;
	before = skip_space(rows->next, rows->end);
	element = find_element(before, rows->end, begins);
	if (before == rows->end)
		return false;
	if (!begins && element == before)
	{
		problem->detail = pstrdup("A comma is missing in a list.");
		return false;
	}
	rows->read++;
	rows->element = element;
	memset(row, 0, sizeof(JsonRow));
	row->paths = paths;
	row->most = rows->most;
	row->context = context;
	after = read_element(rows, paths, element);
	rows->next = after ? after : skip_value(element, rows->end);
	row->text.start = after ? element : NULL;
	row->text.end = after;
	if (after == NULL)
		row->tree = jira_json_read(context, element, rows->next - element, rows->most, problem);
	return after || row->tree;
}
