/*
 * column_name.c
 *	  Names of columns made of the names of fields.
 */
#include "postgres.h"

#include "lib/stringinfo.h"
#include "mb/pg_wchar.h"

#include "table/column_name.h"
#include "utils/fold.h"
#include "utils/foreign_text.h"

/* What is neither letter nor digit outside of ASCII, in the blocks that names are likely to have. */
static const pg_wchar others[][2] = {
	{0x80, 0xA9}, {0xAB, 0xB1}, {0xB4, 0xB4}, {0xB6, 0xB8}, {0xBB, 0xBB}, {0xBF, 0xBF},
	{0xD7, 0xD7}, {0xF7, 0xF7},
	{0x2000, 0x206F},			/* punctuation */
	{0x20A0, 0x20CF},			/* currencies */
	{0x2190, 0x2BFF},			/* arrows to symbols */
	{0x3000, 0x3004}, {0x3008, 0x3020}, {0x3030, 0x3030},
	{0xFE00, 0xFE6F},			/* variations, forms of punctuation */
	{0xFF01, 0xFF0F}, {0xFF1A, 0xFF20}, {0xFF3B, 0xFF40}, {0xFF5B, 0xFF65},
	{0xFFE0, 0xFFFF},
	{0x1F000, 0x1FAFF},			/* pictures */
};

static bool
is_part_of_name(const unsigned char *character)
{
	pg_wchar	code = utf8_to_unicode(character);

	if (code < 0x80)
		return (code >= 'a' && code <= 'z') || (code >= 'A' && code <= 'Z') || (code >= '0' && code <= '9');
	for (int i = 0; i < lengthof(others); i++)
		if (code >= others[i][0] && code <= others[i][1])
			return false;
	return true;
}

static void
append_underscore(StringInfo name)
{
	if (name->len == 0 || name->data[name->len - 1] != '_')
		appendStringInfoChar(name, '_');
}

/* In the encoding of the database; characters that it lacks are like those between words. */
static char *
in_server_encoding(const char *utf8)
{
	StringInfoData name;

	initStringInfo(&name);
	for (const char *at = foreign_text(utf8, strlen(utf8), strlen(utf8)); *at; at++)
		if (*at == '?')
			append_underscore(&name);
		else
			appendStringInfoChar(&name, *at);
	return name.data;
}

char *
column_name(const char *utf8, const char *suffix)
{
	StringInfoData name;
	char	   *text;
	int			length;

	initStringInfo(&name);
	for (const char *at = fold_utf8(utf8); *at; at += pg_utf_mblen((const unsigned char *) at))
		if (is_part_of_name((const unsigned char *) at))
			appendBinaryStringInfo(&name, at, pg_utf_mblen((const unsigned char *) at));
		else
			append_underscore(&name);
	text = in_server_encoding(name.data);
	length = pg_mbcliplen(text, strlen(text), NAMEDATALEN - 1 - strlen(suffix));
	return psprintf("%.*s%s", length, text, suffix);
}
