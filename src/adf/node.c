/*
 * node.c
 *	  How each type of node is shown as text: the table at the end says it, and
 *	  the types that a line of it cannot describe have a function.
 */
#include "postgres.h"

#include <time.h>

#include "adf/node_private.h"

#define MAX_HEADING 6
#define MAX_MARKER 32			/* bytes of the longest list marker */
#define MAX_DATE 32
#define MILLISECONDS 1000
#define FIRST_YEAR 1900			/* of struct tm */

/* Fixed text in front of the content, or alone. */
static void
render_fixed(Lines *lines, const json_t *node, const AdfType *type)
{
	lines_put(lines, type->text);
	adf_render_content(lines, node, type);
}

static void
render_text(Lines *lines, const json_t *node, const AdfType *type)
{
	const json_t *text = json_object_get(node, "text");

	if (json_is_string(text))
		adf_put_string(lines, text);
	else
		adf_render_labelled(lines, node, type);
}

static void
render_heading(Lines *lines, const json_t *node, const AdfType *type)
{
	json_int_t	level = json_integer_value(adf_find(node, "attrs.level"));

	level = Min(Max(level, 1), MAX_HEADING);
	lines_put(lines, type->text + MAX_HEADING - level);
	adf_render_content(lines, node, type);
}

/* The fixed text in front of every line. */
static void
render_quote(Lines *lines, const json_t *node, const AdfType *type)
{
	int			outer = lines_enter(lines, type->text, type->text);

	adf_render_content(lines, node, type);
	lines_leave(lines, outer);
}

/* Between two fences. */
static void
render_code(Lines *lines, const json_t *node, const AdfType *type)
{
	lines_put(lines, type->text);
	adf_put_label(lines, node, type);
	lines_break(lines);
	if (adf_has_content(node))
	{
		adf_render_content(lines, node, type);
		lines_break(lines);
	}
	lines_put(lines, type->text);
}

/* Milliseconds since 1970, in a string; anything else is shown as it is. */
static void
render_date(Lines *lines, const json_t *node, const AdfType *type)
{
	const json_t *value = adf_find_string(node, "attrs.timestamp");
	const char *digits = value != NULL ? json_string_value(value) : "";
	char	   *end;
	long long	milliseconds = strtoll(digits, &end, 10);
	time_t		seconds = milliseconds / MILLISECONDS - (milliseconds % MILLISECONDS < 0);
	struct tm	date;
	char		text[MAX_DATE];

	if (end == digits || *end != '\0' || gmtime_r(&seconds, &date) == NULL)
	{
		adf_render_labelled(lines, node, type);
		return;
	}
	snprintf(text, sizeof(text), "%04d-%02d-%02d",
			 date.tm_year + FIRST_YEAR, date.tm_mon + 1, date.tm_mday);
	lines_put(lines, text);
}

static void
render_item(Lines *lines, const json_t *item, const char *marker)
{
	char		spaces[MAX_MARKER];
	int			outer;

	snprintf(spaces, sizeof(spaces), "%*s", (int) strlen(marker), "");
	outer = lines_enter(lines, marker, spaces);
	adf_render(lines, item);
	lines_leave(lines, outer);
}

/* The fixed text marks each item; without one they have numbers. */
static void
render_list(Lines *lines, const json_t *list, const AdfType *type)
{
	const json_t *order = adf_find(list, "attrs.order");
	uint64		number = json_is_integer(order) ? json_integer_value(order) : 1;
	const json_t *content = json_object_get(list, "content");
	size_t		i;
	const json_t *item;

	json_array_foreach(content, i, item)
	{
		const char *marker = type->text;
		char		numbered[MAX_MARKER];

		if (i > 0)
			lines_break(lines);
		if (adf_type_of(item)->render == render_list)
			marker = "  ";		/* a list of tasks below the task before it */
		else if (marker == NULL)
		{
			snprintf(numbered, sizeof(numbered), UINT64_FORMAT ". ", number++);
			marker = numbered;
		}
		render_item(lines, item, marker);
	}
}

static void
render_task(Lines *lines, const json_t *node, const AdfType *type)
{
	const json_t *state = adf_find_string(node, "attrs.state");
	bool		done = state != NULL && strcmp(json_string_value(state), "DONE") == 0;

	lines_put(lines, done ? "[x] " : "[ ] ");
	adf_render_content(lines, node, type);
}

/* A row is one line, whatever its cells hold. */
static void
render_cell(Lines *lines, const json_t *node, const AdfType *type)
{
	lines->joined++;
	adf_render_content(lines, node, type);
	lines->joined--;
}

/* Some have a text too, for readers that cannot run the extension. */
static void
render_extension(Lines *lines, const json_t *node, const AdfType *type)
{
	const json_t *text = adf_find_string(node, "attrs.text");

	adf_render_labelled(lines, node, type);
	if (text != NULL)
	{
		lines_put(lines, " ");
		adf_put_string(lines, text);
	}
}

/* Where a node should be but only its text is, the text. */
static void
render_unknown(Lines *lines, const json_t *node, const AdfType *type)
{
	if (json_is_string(node))
		adf_put_string(lines, node);
	else
		adf_render_labelled(lines, node, type);
}

#define TEXT(path) {path, "", ""}
#define BRACKETS(path) {path, "[", "]"}
#define MEDIA(path) {path, "[media: ", "]"}
#define EXTENSION(path) {path, "[extension: ", "]"}

#define CARD_LABELS {TEXT("attrs.url"), TEXT("attrs.data.url"), TEXT("attrs.data.name")}
#define MEDIA_LABELS {MEDIA("attrs.alt"), MEDIA("attrs.id"), MEDIA("attrs.url")}
#define EXTENSION_LABELS {EXTENSION("attrs.extensionKey")}

/* The first ones are the most frequent. */
/* INDENT OFF */
static const AdfType types[] = {
	{.name = "text", .render = render_text, .in_line = true},
	{.name = "paragraph", .render = adf_render_content, .between = ""},
	{.name = "hardBreak", .render = render_fixed, .in_line = true, .text = "\n"},

	{.name = "doc", .render = adf_render_content},
	{.name = "heading", .render = render_heading, .text = "###### ", .between = ""},
	{.name = "rule", .render = render_fixed, .text = "----"},
	{.name = "blockquote", .render = render_quote, .text = "> "},
	{.name = "codeBlock", .render = render_code, .text = "```", .between = "",
		.labels = {TEXT("attrs.language")}},
	{.name = "panel", .render = adf_render_labelled, .labels = {BRACKETS("attrs.panelType")}},
	{.name = "expand", .render = adf_render_labelled, .labels = {TEXT("attrs.title")}},
	{.name = "nestedExpand", .render = adf_render_labelled, .labels = {TEXT("attrs.title")}},

	{.name = "bulletList", .render = render_list, .text = "- "},
	{.name = "orderedList", .render = render_list},
	{.name = "taskList", .render = render_list, .text = "- "},
	{.name = "decisionList", .render = render_list, .text = "- "},
	{.name = "listItem", .render = adf_render_content, .between = "\n"},
	{.name = "taskItem", .render = render_task, .between = "\n"},
	{.name = "blockTaskItem", .render = render_task, .between = "\n"},
	{.name = "decisionItem", .render = render_fixed, .text = "[decision] ", .between = "\n"},

	{.name = "table", .render = adf_render_content, .between = "\n"},
	{.name = "tableRow", .render = adf_render_content, .between = " | "},
	{.name = "tableHeader", .render = render_cell},
	{.name = "tableCell", .render = render_cell},

	{.name = "mention", .render = adf_render_labelled, .in_line = true,
		.labels = {TEXT("attrs.text"), {"attrs.id", "@", ""}}},
	{.name = "emoji", .render = adf_render_labelled, .in_line = true,
		.labels = {TEXT("attrs.text"), TEXT("attrs.shortName")}},
	{.name = "date", .render = render_date, .in_line = true, .labels = {TEXT("attrs.timestamp")}},
	{.name = "status", .render = adf_render_labelled, .in_line = true,
		.labels = {BRACKETS("attrs.text")}},
	{.name = "placeholder", .render = adf_render_labelled, .in_line = true,
		.labels = {BRACKETS("attrs.text")}},

	{.name = "inlineCard", .render = adf_render_labelled, .in_line = true, .labels = CARD_LABELS},
	{.name = "blockCard", .render = adf_render_labelled, .labels = CARD_LABELS},
	{.name = "embedCard", .render = adf_render_labelled, .labels = CARD_LABELS},

	{.name = "media", .render = adf_render_labelled, .labels = MEDIA_LABELS},
	{.name = "mediaInline", .render = adf_render_labelled, .in_line = true,
		.labels = MEDIA_LABELS},
	{.name = "mediaSingle", .render = adf_render_labelled, .between = "\n"},
	{.name = "mediaGroup", .render = adf_render_labelled, .between = "\n"},
	{.name = "caption", .render = adf_render_content, .between = ""},

	{.name = "extension", .render = render_extension, .labels = EXTENSION_LABELS},
	{.name = "bodiedExtension", .render = render_extension, .labels = EXTENSION_LABELS},
	{.name = "multiBodiedExtension", .render = render_extension, .labels = EXTENSION_LABELS},
	{.name = "inlineExtension", .render = render_extension, .in_line = true,
		.labels = EXTENSION_LABELS},

	{.name = NULL, .render = render_unknown}
};
/* INDENT ON */

const AdfType *
adf_type_of(const json_t *node)
{
	const char *name = adf_type_name(node);
	const AdfType *type = types;

	while (type->name != NULL && (name == NULL || strcmp(type->name, name) != 0))
		type++;
	return type;
}
