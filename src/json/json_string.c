/*
 * json_string.c
 *	  Strings in the bytes of a document.
 */
#include "postgres.h"

#include "mb/pg_wchar.h"

#include "json/json_string.h"

/* Of a character like \u00e4. */
#define ESCAPE_LENGTH 6

const char *
json_string_end(const char *text, const char *end)
{
	text = json_string_plain(text + 1, end);
	while (text < end && *text != '"')
		text = json_string_plain(Min(text + (*text == '\\' ? 2 : 1), end), end);
	return text < end ? text + 1 : end;
}

static int
hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* The number of an escape like \u00e4 that may begin here, else -1. */
static int
unicode_escape(const char *text)
{
	int			code = 0;

	if (text[0] != '\\' || text[1] != 'u')
		return -1;
	for (int i = 2; i < ESCAPE_LENGTH; i++)
	{
		int			digit = hex_digit(text[i]);

		if (digit < 0)
			return -1;
		code = code << 4 | digit;
	}
	return code;
}

/* The bytes of an escape; 0 for one that is malformed, or half of a pair. */
static size_t
escape_length(const char *text)
{
	int			code;

	if (text[1] != 'u')
		return text[1] != '\0' && strchr("\"\\/bfnrt", text[1]) ? 2 : 0;
	code = unicode_escape(text);
	if (code < 0 || is_utf16_surrogate_second(code))
		return 0;
	if (!is_utf16_surrogate_first(code))
		return ESCAPE_LENGTH;
	code = unicode_escape(text + ESCAPE_LENGTH);
	return code >= 0 && is_utf16_surrogate_second(code) ? 2 * ESCAPE_LENGTH : 0;
}

const char *
json_string_check(const char *text, const char *end)
{
	text = json_string_plain(text + 1, end);
	while (text < end && *text != '"')
	{
		size_t		length = *text == '\\' ? escape_length(text) : 0;

		if (length == 0)
			return NULL;
		text = json_string_plain(text + length, end);
	}
	return text < end ? text + 1 : NULL;
}

bool
json_string_is_escaped(JsonSlice string)
{
	return memchr(string.start, '\\', string.end - string.start) != NULL;
}

/* Writes what an escape stands for, and steps over it. */
static char *
unescape(char *target, const char **text)
{
	static const char plain[] = "bfnrt";
	static const char meant[] = "\b\f\n\r\t";
	const char *found = strchr(plain, (*text)[1]);
	pg_wchar	code = unicode_escape(*text);

	if ((*text)[1] != 'u')
	{
		*target = found ? meant[found - plain] : (*text)[1];
		*text += 2;
		return target + 1;
	}
	*text += ESCAPE_LENGTH;
	if (is_utf16_surrogate_first(code))
	{
		code = surrogate_pair_to_codepoint(code, unicode_escape(*text));
		*text += ESCAPE_LENGTH;
	}
	unicode_to_utf8(code == 0 ? 0xfffd : code, (unsigned char *) target);
	return target + pg_utf_mblen((unsigned char *) target);
}

char *
json_string_unescape(char *target, JsonSlice string)
{
	const char *text = string.start + 1;
	const char *end = string.end - 1;

	while (text < end)
	{
		const char *escape = memchr(text, '\\', end - text);
		size_t		length = (escape ? escape : end) - text;

		memcpy(target, text, length);
		target += length;
		text += length;
		if (escape)
			target = unescape(target, &text);
	}
	return target;
}
