/*
 * to_text.c
 *	  A document of the Atlassian Document Format as text to read.
 */
#include "postgres.h"

#include "miscadmin.h"

#include "adf/adf.h"
#include "adf/node_private.h"

#define EMPTY_LINE "\n\n"

const char *
adf_type_name(const json_t *node)
{
	return json_string_value(json_object_get(node, "type"));
}

static bool
has_type(const json_t *node, const char *name)
{
	const char *found = adf_type_name(node);

	return found != NULL && strcmp(found, name) == 0;
}

bool
adf_has_content(const json_t *node)
{
	return json_array_size(json_object_get(node, "content")) > 0;
}

const json_t *
adf_find(const json_t *value, const char *path)
{
	while (value != NULL && *path != '\0')
	{
		size_t		length = strcspn(path, ".");

		value = json_object_getn(value, path, length);
		path += length + (path[length] == '.');
	}
	return value;
}

const json_t *
adf_find_string(const json_t *node, const char *path)
{
	const json_t *value = adf_find(node, path);

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
			return adf_find_string(mark, "attrs.href");
	}
	return NULL;
}

/* Strings of the document may hold U+0000. */
void
adf_put_string(Lines *lines, const json_t *string)
{
	lines_put_bytes(lines, json_string_value(string), json_string_length(string));
}

bool
adf_put_label(Lines *lines, const json_t *node, const AdfType *type)
{
	for (int i = 0; i < ADF_MAX_LABELS && type->labels[i].path != NULL; i++)
	{
		const AdfLabel *label = &type->labels[i];
		const json_t *value = adf_find_string(node, label->path);

		if (value != NULL)
		{
			lines_put(lines, label->before);
			adf_put_string(lines, value);
			lines_put(lines, label->after);
			return true;
		}
	}
	return false;
}

static void
put_name(Lines *lines, const json_t *node)
{
	const char *name = adf_type_name(node);

	lines_put(lines, "[");
	lines_put(lines, name != NULL ? name : "unknown");
	lines_put(lines, "]");
}

/*
 * One link is often several nodes, because a part of its text is bold: the
 * address follows the last of them, and only where the text is another.
 */
static void
put_link(Lines *lines, const json_t *node, const json_t *next)
{
	const json_t *link = find_link(node);

	if (link == NULL || json_equal(link, find_link(next)) ||
		json_equal(link, json_object_get(node, "text")))
		return;
	lines_put(lines, " (");
	adf_put_string(lines, link);
	lines_put(lines, ")");
}

/* An unknown type without content shows its name, which fits into a line. */
static bool
is_in_line(const json_t *node)
{
	const AdfType *type = adf_type_of(node);

	return type->in_line || (type->name == NULL && !adf_has_content(node));
}

static void
put_between(Lines *lines, const AdfType *parent, const json_t *left, const json_t *right)
{
	if (!is_in_line(left) || !is_in_line(right))
		lines_put(lines, parent->between != NULL ? parent->between : EMPTY_LINE);
}

void
adf_render(Lines *lines, const json_t *node)
{
	const AdfType *type = adf_type_of(node);

	check_stack_depth();
	type->render(lines, node, type);
}

void
adf_render_content(Lines *lines, const json_t *node, const AdfType *type)
{
	const json_t *content = json_object_get(node, "content");
	const json_t *previous = NULL;
	size_t		i;
	const json_t *child;

	json_array_foreach(content, i, child)
	{
		if (previous != NULL)
			put_between(lines, type, previous, child);
		adf_render(lines, child);
		put_link(lines, child, json_array_get(content, i + 1));
		previous = child;
	}
}

void
adf_render_labelled(Lines *lines, const json_t *node, const AdfType *type)
{
	bool		labelled = adf_put_label(lines, node, type);

	if (labelled && adf_has_content(node))
		lines_break(lines);
	if (adf_has_content(node))
		adf_render_content(lines, node, type);
	else if (!labelled)
		put_name(lines, node);
}

json_t *
adf_to_text(json_t *document)
{
	Lines		lines;
	json_t	   *text;

	if (!has_type(document, "doc"))
		return json_incref(document);
	lines_begin(&lines);
	adf_render(&lines, document);
	text = jira_json_made(json_stringn(lines.text.data, lines.text.len));
	lines_end(&lines);
	return text;
}
