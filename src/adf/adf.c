/*
 * adf.c
 *	  Text as a document of the Atlassian Document Format.
 *
 * Jira refuses empty text nodes, and does not show a newline in a text node as a
 * line break.  So a line is one text node or none, with hard breaks between
 * lines; paragraphs may be empty.
 */
#include "postgres.h"

#include "adf/adf.h"

#define PARAGRAPH_END "\n\n"

/* Appends a new node to an array, which then owns it. */
static json_t *
append_node(json_t *nodes, json_t *node)
{
	if (json_array_append_new(nodes, jira_json_made(node)) < 0)
		jira_json_made(NULL);
	return node;
}

static void
append_line(json_t *nodes, const char *utf8, size_t length)
{
	json_t	   *text;

	if (length == 0)
		return;
	text = json_stringn(utf8, length);
	if (text == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_CHARACTER_NOT_IN_REPERTOIRE),
				 errmsg("text for Jira is not valid UTF-8")));
	append_node(nodes, json_pack("{s:s, s:o}", "type", "text", "text", text));
}

static void
append_paragraph(json_t *nodes, const char *utf8, size_t length)
{
	const char *end = utf8 + length;
	json_t	   *paragraph = append_node(nodes, json_pack("{s:s, s:[]}",
														 "type", "paragraph", "content"));
	json_t	   *lines = json_object_get(paragraph, "content");
	const char *newline;

	while ((newline = memchr(utf8, '\n', end - utf8)) != NULL)
	{
		append_line(lines, utf8, newline - utf8);
		append_node(lines, json_pack("{s:s}", "type", "hardBreak"));
		utf8 = newline + 1;
	}
	append_line(lines, utf8, end - utf8);
}

json_t *
adf_from_text(const char *utf8)
{
	/* Owned while it is built: text that cannot be sent raises an error. */
	json_t	   *document = jira_json_own(CurrentMemoryContext,
										 json_pack("{s:s, s:i, s:[]}", "type", "doc",
												   "version", 1, "content"));
	json_t	   *paragraphs = json_object_get(document, "content");
	const char *end;

	while ((end = strstr(utf8, PARAGRAPH_END)) != NULL)
	{
		append_paragraph(paragraphs, utf8, end - utf8);
		utf8 = end + strlen(PARAGRAPH_END);
	}
	if (*utf8 != '\0' || json_array_size(paragraphs) > 0)
		append_paragraph(paragraphs, utf8, strlen(utf8));
	return json_incref(document);
}
