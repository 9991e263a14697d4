/*
 * json_scan.c
 *	  Checks the bytes of a value, and notes where its wanted members are.
 *
 * The reader takes less than jansson does, and nothing that jansson does not take:
 * what it refuses jansson mends or complains of.
 */
#include "postgres.h"

#include "common/jsonapi.h"
#include "mb/pg_wchar.h"

#include "json/json.h"
#include "json/json_scan_private.h"
#include "utils/budget.h"

/* A value that is being read. */
typedef struct JsonScan
{
	JsonNode   *nodes;
	const char *end;
	int			depth;
} JsonScan;

static const char *scan_value(JsonScan *scan, int node, const char *text);

int
json_scan_child(const JsonNode *nodes, int node, const char *name, size_t length)
{
	int			child = nodes[node].child;

	while (child != NO_NODE &&
		   (nodes[child].length != length || memcmp(nodes[child].name, name, length) != 0))
		child = nodes[child].sibling;
	return child;
}

static const char *
scan_number(const char *text)
{
	size_t		length = strspn(text, "+-.eE0123456789");

	return IsValidJsonNumber(text, (int) length) && jira_json_holds(text, length) ? text + length : NULL;
}

static const char *
scan_word(const char *text, const char *word)
{
	size_t		length = strlen(word);

	return strncmp(text, word, length) == 0 ? text + length : NULL;
}

/* Forgets an earlier member of the same name. */
static void
forget(JsonNode *nodes, int node)
{
	nodes[node].value.start = NULL;
	for (int child = nodes[node].child; child != NO_NODE; child = nodes[child].sibling)
		forget(nodes, child);
}

static const char *
scan_member(JsonScan *scan, int node, const char *text)
{
	const char *name = text + 1;
	int			child = NO_NODE;

	if (*text != '"')
		return NULL;
	text = json_string_plain(name, scan->end);
	if (text == scan->end || *text != '"')
		return NULL;
	if (node != NO_NODE)
		child = json_scan_child(scan->nodes, node, name, text - name);
	if (child != NO_NODE && scan->nodes[child].value.start)
		forget(scan->nodes, child);
	text = json_scan_space(text + 1);
	return *text == ':' ? scan_value(scan, child, json_scan_space(text + 1)) : NULL;
}

/* What stands between brackets of either kind. */
static const char *
scan_list(JsonScan *scan, int node, const char *text)
{
	bool		is_object = *text == '{';
	char		closing = is_object ? '}' : ']';

	if (++scan->depth > BUDGET_DEPTH)
		return NULL;
	text = json_scan_space(text + 1);
	while (*text != closing)
	{
		text = is_object ? scan_member(scan, node, text) : scan_value(scan, NO_NODE, text);
		if (text == NULL)
			return NULL;
		text = json_scan_space(text);
		if (*text == closing)
			break;
		if (*text != ',')
			return NULL;
		text = json_scan_space(text + 1);
		if (*text == closing)
			return NULL;
	}
	scan->depth--;
	return text + 1;
}

static const char *
scan_value(JsonScan *scan, int node, const char *text)
{
	const char *start = text;

	switch (*text)
	{
		case '{':
		case '[':
			text = scan_list(scan, node, text);
			break;
		case '"':
			text = json_string_check(text, scan->end);
			break;
		case 't':
			text = scan_word(text, "true");
			break;
		case 'f':
			text = scan_word(text, "false");
			break;
		case 'n':
			text = scan_word(text, "null");
			break;
		default:
			text = scan_number(text);
	}
	if (node != NO_NODE)
	{
		scan->nodes[node].value.start = start;
		scan->nodes[node].value.end = text;
	}
	return text;
}

const char *
json_scan(JsonNode *nodes, int count, const char *text, const char *end)
{
	JsonScan	scan = {.nodes = nodes,.end = end};
	const char *after;

	for (int i = 0; i < count; i++)
		nodes[i].value.start = NULL;
	after = scan_value(&scan, ROOT_NODE, text);
	if (after == NULL || after > end || after - text > PG_INT32_MAX ||
		pg_encoding_verifymbstr(PG_UTF8, text, after - text) != after - text)
		return NULL;
	return after;
}
