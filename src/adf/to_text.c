/*
 * to_text.c
 *	  A document of the Atlassian Document Format as text to read.
 *
 * The table of types describes how each type of node is shown.  A type that an
 * entry of the table cannot describe has a function that renders it.
 */
#include "postgres.h"

#include "miscadmin.h"
#include "pgtime.h"

#include "adf/adf.h"
#include "adf/lines_private.h"

#define EMPTY_LINE "\n\n"
#define MAX_HEADING 6
#define MAX_MARKER 32			/* bytes of the longest list marker */
#define MAX_DATE 32
#define MILLISECONDS 1000
#define FIRST_YEAR 1900			/* of struct pg_tm */
#define MAX_LABELS 3

/* An attribute that is shown for a node, and the text around it. */
typedef struct AdfLabel
{
	const char *path;
	const char *before;
	const char *after;
} AdfLabel;

typedef struct AdfType AdfType;

typedef void (*AdfRenderer) (Lines *lines, const json_t *node, const AdfType *type);

struct AdfType
{
	const char *name;			/* NULL for the types we do not know */
	AdfRenderer render;
	bool		in_line;		/* it stands in a line of text */
	const char *text;			/* fixed text, for some renderers */
	const char *between;		/* its children; NULL: an empty line */
	AdfLabel	labels[MAX_LABELS]; /* the first that a node has is shown */
};

static const AdfType *type_of(const json_t *node);

static const char *
type_name(const json_t *node)
{
	return json_string_value(json_object_get(node, "type"));
}

static bool
has_type(const json_t *node, const char *name)
{
	const char *found = type_name(node);

	return found != NULL && strcmp(found, name) == 0;
}

static bool
has_content(const json_t *node)
{
	return json_array_size(json_object_get(node, "content")) > 0;
}

/* The value at a dotted path; not a new reference, unlike jira_json_get(). */
static const json_t *
find_value(const json_t *value, const char *path)
{
	while (value != NULL && *path != '\0')
	{
		size_t		length = strcspn(path, ".");

		value = json_object_getn(value, path, length);
		path += length + (path[length] == '.');
	}
	return value;
}

/* The string at a path, NULL when it is absent or empty. */
static const json_t *
find_string(const json_t *node, const char *path)
{
	const json_t *value = find_value(node, path);

	return json_string_length(value) > 0 ? value : NULL;
}

static const json_t *
find_link(const json_t *node)
{
	const json_t *marks = json_object_get(node, "marks");
	size_t		i;
	const json_t *mark;

	json_array_foreach(marks, i, mark)
	{
		if (has_type(mark, "link"))
			return find_string(mark, "attrs.href");
	}
	return NULL;
}

/* Strings of the document may hold U+0000. */
static void
put_string(Lines *lines, const json_t *string)
{
	lines_put_bytes(lines, json_string_value(string), json_string_length(string));
}

/* Puts the first of the type's labels that the node has, or returns false. */
static bool
put_label(Lines *lines, const json_t *node, const AdfType *type)
{
	for (int i = 0; i < MAX_LABELS && type->labels[i].path != NULL; i++)
	{
		const AdfLabel *label = &type->labels[i];
		const json_t *value = find_string(node, label->path);

		if (value != NULL)
		{
			lines_put(lines, label->before);
			put_string(lines, value);
			lines_put(lines, label->after);
			return true;
		}
	}
	return false;
}

static void
put_name(Lines *lines, const json_t *node)
{
	const char *name = type_name(node);

	lines_put(lines, "[");
	lines_put(lines, name != NULL ? name : "unknown");
	lines_put(lines, "]");
}

/*
 * A link often consists of several nodes, because a part of its text is bold: the
 * address follows the last of them, unless it is the text itself.
 */
static void
put_link(Lines *lines, const json_t *node, const json_t *next)
{
	const json_t *link = find_link(node);

	if (link == NULL || json_equal(link, find_link(next)) ||
		json_equal(link, json_object_get(node, "text")))
		return;
	lines_put(lines, " (");
	put_string(lines, link);
	lines_put(lines, ")");
}

/* An unknown type without content shows its name, which fits into a line. */
static bool
is_in_line(const json_t *node)
{
	const AdfType *type = type_of(node);

	return type->in_line || (type->name == NULL && !has_content(node));
}

static void
put_between(Lines *lines, const AdfType *parent, const json_t *left, const json_t *right)
{
	if (!is_in_line(left) || !is_in_line(right))
		lines_put(lines, parent->between != NULL ? parent->between : EMPTY_LINE);
}

static void
render(Lines *lines, const json_t *node)
{
	const AdfType *type = type_of(node);

	check_stack_depth();
	type->render(lines, node, type);
}

static void
render_content(Lines *lines, const json_t *node, const AdfType *type)
{
	const json_t *content = json_object_get(node, "content");
	const json_t *previous = NULL;
	size_t		i;
	const json_t *child;

	json_array_foreach(content, i, child)
	{
		if (previous != NULL)
			put_between(lines, type, previous, child);
		render(lines, child);
		put_link(lines, child, json_array_get(content, i + 1));
		previous = child;
	}
}

/* The label and the content below it, or the name of a node that has neither. */
static void
render_labelled(Lines *lines, const json_t *node, const AdfType *type)
{
	bool		labelled = put_label(lines, node, type);

	if (labelled && has_content(node))
		lines_break(lines);
	if (has_content(node))
		render_content(lines, node, type);
	else if (!labelled)
		put_name(lines, node);
}

/* Fixed text in front of the content, or alone. */
static void
render_fixed(Lines *lines, const json_t *node, const AdfType *type)
{
	lines_put(lines, type->text);
	render_content(lines, node, type);
}

static void
render_text(Lines *lines, const json_t *node, const AdfType *type)
{
	const json_t *text = json_object_get(node, "text");

	if (json_is_string(text))
		put_string(lines, text);
	else
		render_labelled(lines, node, type);
}

static void
render_heading(Lines *lines, const json_t *node, const AdfType *type)
{
	json_int_t	level = json_integer_value(find_value(node, "attrs.level"));

	level = Min(Max(level, 1), MAX_HEADING);
	lines_put(lines, type->text + MAX_HEADING - level);
	render_content(lines, node, type);
}

/* The fixed text in front of every line. */
static void
render_quote(Lines *lines, const json_t *node, const AdfType *type)
{
	int			outer = lines_enter(lines, type->text, type->text);

	render_content(lines, node, type);
	lines_leave(lines, outer);
}

/* Between two fences. */
static void
render_code(Lines *lines, const json_t *node, const AdfType *type)
{
	lines_put(lines, type->text);
	put_label(lines, node, type);
	lines_break(lines);
	if (has_content(node))
	{
		render_content(lines, node, type);
		lines_break(lines);
	}
	lines_put(lines, type->text);
}

/* Milliseconds since 1970, in a string; anything else is shown as it is. */
static void
render_date(Lines *lines, const json_t *node, const AdfType *type)
{
	const json_t *value = find_string(node, "attrs.timestamp");
	const char *digits = value != NULL ? json_string_value(value) : "";
	char	   *end;
	long long	milliseconds = strtoll(digits, &end, 10);
	pg_time_t	seconds = milliseconds / MILLISECONDS - (milliseconds % MILLISECONDS < 0);
	const struct pg_tm *date = pg_gmtime(&seconds);
	char		text[MAX_DATE];

	if (end == digits || *end != '\0' || date == NULL)
	{
		render_labelled(lines, node, type);
		return;
	}
	snprintf(text, sizeof(text), "%04d-%02d-%02d",
			 date->tm_year + FIRST_YEAR, date->tm_mon + 1, date->tm_mday);
	lines_put(lines, text);
}

static void
render_item(Lines *lines, const json_t *item, const char *marker)
{
	char		spaces[MAX_MARKER];
	int			outer;

	snprintf(spaces, sizeof(spaces), "%*s", (int) strlen(marker), "");
	outer = lines_enter(lines, marker, spaces);
	render(lines, item);
	lines_leave(lines, outer);
}

/* The fixed text marks each item; without it, items are numbered. */
static void
render_list(Lines *lines, const json_t *list, const AdfType *type)
{
	const json_t *order = find_value(list, "attrs.order");
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
		if (type_of(item)->render == render_list)
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
	const json_t *state = find_string(node, "attrs.state");
	bool		done = state != NULL && strcmp(json_string_value(state), "DONE") == 0;

	lines_put(lines, done ? "[x] " : "[ ] ");
	render_content(lines, node, type);
}

/* A row is one line, whatever its cells hold. */
static void
render_cell(Lines *lines, const json_t *node, const AdfType *type)
{
	lines->joined++;
	render_content(lines, node, type);
	lines->joined--;
}

/* Some extensions have a text, too, for programs that cannot run the extension. */
static void
render_extension(Lines *lines, const json_t *node, const AdfType *type)
{
	const json_t *text = find_string(node, "attrs.text");

	render_labelled(lines, node, type);
	if (text != NULL)
	{
		lines_put(lines, " ");
		put_string(lines, text);
	}
}

/* A string in place of a node is shown as text. */
static void
render_unknown(Lines *lines, const json_t *node, const AdfType *type)
{
	if (json_is_string(node))
		put_string(lines, node);
	else
		render_labelled(lines, node, type);
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
	{.name = "paragraph", .render = render_content, .between = ""},
	{.name = "hardBreak", .render = render_fixed, .in_line = true, .text = "\n"},

	{.name = "doc", .render = render_content},
	{.name = "heading", .render = render_heading, .text = "###### ", .between = ""},
	{.name = "rule", .render = render_fixed, .text = "----"},
	{.name = "blockquote", .render = render_quote, .text = "> "},
	{.name = "codeBlock", .render = render_code, .text = "```", .between = "",
		.labels = {TEXT("attrs.language")}},
	{.name = "panel", .render = render_labelled, .labels = {BRACKETS("attrs.panelType")}},
	{.name = "expand", .render = render_labelled, .labels = {TEXT("attrs.title")}},
	{.name = "nestedExpand", .render = render_labelled, .labels = {TEXT("attrs.title")}},

	{.name = "bulletList", .render = render_list, .text = "- "},
	{.name = "orderedList", .render = render_list},
	{.name = "taskList", .render = render_list, .text = "- "},
	{.name = "decisionList", .render = render_list, .text = "- "},
	{.name = "listItem", .render = render_content, .between = "\n"},
	{.name = "taskItem", .render = render_task, .between = "\n"},
	{.name = "blockTaskItem", .render = render_task, .between = "\n"},
	{.name = "decisionItem", .render = render_fixed, .text = "[decision] ", .between = "\n"},

	{.name = "table", .render = render_content, .between = "\n"},
	{.name = "tableRow", .render = render_content, .between = " | "},
	{.name = "tableHeader", .render = render_cell},
	{.name = "tableCell", .render = render_cell},

	{.name = "mention", .render = render_labelled, .in_line = true,
		.labels = {TEXT("attrs.text"), {"attrs.id", "@", ""}}},
	{.name = "emoji", .render = render_labelled, .in_line = true,
		.labels = {TEXT("attrs.text"), TEXT("attrs.shortName")}},
	{.name = "date", .render = render_date, .in_line = true, .labels = {TEXT("attrs.timestamp")}},
	{.name = "status", .render = render_labelled, .in_line = true,
		.labels = {BRACKETS("attrs.text")}},
	{.name = "placeholder", .render = render_labelled, .in_line = true,
		.labels = {BRACKETS("attrs.text")}},

	{.name = "inlineCard", .render = render_labelled, .in_line = true, .labels = CARD_LABELS},
	{.name = "blockCard", .render = render_labelled, .labels = CARD_LABELS},
	{.name = "embedCard", .render = render_labelled, .labels = CARD_LABELS},

	{.name = "media", .render = render_labelled, .labels = MEDIA_LABELS},
	{.name = "mediaInline", .render = render_labelled, .in_line = true,
		.labels = MEDIA_LABELS},
	{.name = "mediaSingle", .render = render_labelled, .between = "\n"},
	{.name = "mediaGroup", .render = render_labelled, .between = "\n"},
	{.name = "caption", .render = render_content, .between = ""},

	{.name = "extension", .render = render_extension, .labels = EXTENSION_LABELS},
	{.name = "bodiedExtension", .render = render_extension, .labels = EXTENSION_LABELS},
	{.name = "multiBodiedExtension", .render = render_extension, .labels = EXTENSION_LABELS},
	{.name = "inlineExtension", .render = render_extension, .in_line = true,
		.labels = EXTENSION_LABELS},

	{.name = NULL, .render = render_unknown}
};
/* INDENT ON */

/* The entry of a node in the table of types; never NULL. */
static const AdfType *
type_of(const json_t *node)
{
	const char *name = type_name(node);
	const AdfType *type = types;

	while (type->name != NULL && (name == NULL || strcmp(type->name, name) != 0))
		type++;
	return type;
}

json_t *
adf_to_text(json_t *document)
{
	Lines		lines;
	json_t	   *text;

	if (!has_type(document, "doc"))
		return json_incref(document);
	lines_begin(&lines);
	render(&lines, document);
	text = jira_json_made(json_stringn(lines.text.data, lines.text.len));
	lines_end(&lines);
	return text;
}
