/*
 * lines.c
 *	  Lines and their prefixes in two StringInfos.
 */
#include "postgres.h"

#include "adf/lines_private.h"
#include "utils/budget.h"

void
lines_begin(Lines *lines)
{
	initStringInfo(&lines->text);
	initStringInfo(&lines->prefix);
	lines->at_start = true;
	lines->joined = 0;
	lines->indentation = 0;
}

void
lines_end(Lines *lines)
{
	pfree(lines->text.data);
	pfree(lines->prefix.data);
}

/*
 * Writes so much of the prefix.  Deep lists in front of many lines would make a
 * small document a huge text: from some size on, lines have none.
 */
static void
put_prefix(Lines *lines, int width)
{
	if (lines->indentation + width > BUDGET_INDENTATION)
		return;
	lines->indentation += width;
	appendBinaryStringInfo(&lines->text, lines->prefix.data, width);
}

/* Bytes without a newline. */
static void
put_run(Lines *lines, const char *bytes, size_t length)
{
	if (length == 0)
		return;
	if (lines->at_start)
		put_prefix(lines, lines->prefix.len);
	lines->at_start = false;
	appendBinaryStringInfo(&lines->text, bytes, length);
}

/* A space in place of newlines; none at the start of a line. */
static void
put_space(Lines *lines)
{
	StringInfo	text = &lines->text;

	if (!lines->at_start && text->data[text->len - 1] != ' ')
		put_run(lines, " ", 1);
}

/* An empty line keeps its prefix, without the spaces at the end. */
static void
put_empty_prefix(Lines *lines)
{
	int			width = lines->prefix.len;

	while (width > 0 && lines->prefix.data[width - 1] == ' ')
		width--;
	put_prefix(lines, width);
}

void
lines_break(Lines *lines)
{
	if (lines->joined > 0)
	{
		put_space(lines);
		return;
	}
	if (lines->at_start)
		put_empty_prefix(lines);
	appendBinaryStringInfo(&lines->text, "\n", 1);
	lines->at_start = true;
}

void
lines_put_bytes(Lines *lines, const char *bytes, size_t length)
{
	const char *end = bytes + length;
	const char *newline;

	while ((newline = memchr(bytes, '\n', end - bytes)) != NULL)
	{
		put_run(lines, bytes, newline - bytes);
		lines_break(lines);
		bytes = newline + 1;
	}
	put_run(lines, bytes, end - bytes);
}

void
lines_put(Lines *lines, const char *text)
{
	lines_put_bytes(lines, text, strlen(text));
}

int
lines_enter(Lines *lines, const char *first, const char *rest)
{
	int			outer = lines->prefix.len;

	lines_put(lines, first);
	appendBinaryStringInfo(&lines->prefix, rest, strlen(rest));
	return outer;
}

void
lines_leave(Lines *lines, int outer)
{
	lines->prefix.len = outer;
}
