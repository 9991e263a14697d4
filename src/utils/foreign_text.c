/*
 * foreign_text.c
 *	  Cleaning and converting text from the network.
 */
#include "postgres.h"

#include "catalog/namespace.h"
#include "lib/stringinfo.h"
#include "mb/pg_wchar.h"

#include "utils/foreign_text.h"
#include "utils/redact.h"

char *
foreign_text_utf8(const char *bytes, size_t length)
{
	StringInfoData text;
	size_t		i = 0;

	initStringInfo(&text);
	while (i < length)
	{
		int			step = pg_utf_mblen((const unsigned char *) bytes + i);

		if (step > length - i ||
			!pg_utf8_islegal((const unsigned char *) bytes + i, step))
		{
			appendStringInfoChar(&text, '?');
			i++;
			continue;
		}
		if (step == 1 && (bytes[i] == 0x7f || (unsigned char) bytes[i] < ' '))
			appendStringInfoChar(&text, ' ');
		else
			appendBinaryStringInfo(&text, bytes + i, step);
		i += step;
	}
	return text.data;
}

/* Converts up to the first character that the encoding lacks; returns the bytes read. */
static int
append_converted(StringInfo out, char *text, Oid conversion, int encoding)
{
	int			size = strlen(text);
	int			room = size * MAX_CONVERSION_GROWTH + 1;
	char	   *converted = palloc0(room);
	int			done = pg_do_encoding_conversion_buf(conversion, PG_UTF8, encoding,
													 (unsigned char *) text, size,
													 (unsigned char *) converted, room, true);

	appendStringInfoString(out, converted);
	pfree(converted);
	return done;
}

/* Up to "limit" bytes, redacted before they are cut, so that no part of a secret is left. */
static char *
redacted(const char *bytes, size_t length, size_t limit)
{
	size_t		longest = redact_longest();
	size_t		taken = Min(length, limit + longest);
	char	   *copy;
	char	   *text;

	if (longest == 0)
		return foreign_text_utf8(bytes, Min(length, limit));
	copy = palloc(taken + 1);
	memcpy(copy, bytes, taken);
	(void) redact_text(copy, taken);
	text = foreign_text_utf8(copy, Min(taken, limit));
	pfree(copy);
	return text;
}

char *
foreign_text(const char *bytes, size_t length, size_t limit)
{
	char	   *text = redacted(bytes, length, limit);
	int			encoding = GetDatabaseEncoding();
	Oid			conversion;
	StringInfoData converted;

	if (encoding == PG_UTF8 || encoding == PG_SQL_ASCII)
		return text;

	conversion = FindDefaultConversionProc(PG_UTF8, encoding);
	initStringInfo(&converted);
	while (*text)
	{
		if (OidIsValid(conversion))
			text += append_converted(&converted, text, conversion, encoding);
		if (*text == '\0')
			break;
		appendStringInfoChar(&converted, '?');
		text += pg_utf_mblen((unsigned char *) text);
	}
	return converted.data;
}
