/*
 * json_string.h
 *	  Strings in the bytes of a document.
 */
#ifndef JIRA_JSON_STRING_H
#define JIRA_JSON_STRING_H

#include "port/pg_bitutils.h"
#include "port/pg_bswap.h"

/* The bytes of a value in a document. */
typedef struct JsonSlice
{
	const char *start;
	const char *end;
} JsonSlice;

/* Bytes eight at a time: sets the highest bit of each that is less than n. */
#define JSON_EACH(byte) (UINT64CONST(0x0101010101010101) * (byte))
#define JSON_LESS(word, n) (((word) - JSON_EACH(n)) & ~(word) & JSON_EACH(0x80))

/* Sets a bit for the first byte that is not plain, and perhaps for later ones, but for no earlier one. */
static inline uint64
json_string_special(const char *text)
{
	uint64		word;

	memcpy(&word, text, sizeof(word));
#ifdef WORDS_BIGENDIAN
	word = pg_bswap64(word);
#endif
	return JSON_LESS(word, ' ') | JSON_LESS(word ^ JSON_EACH('"'), 1) | JSON_LESS(word ^ JSON_EACH('\\'), 1);
}

/* The next quotation mark, backslash or control character before "end", else "end". */
static inline const char *
json_string_plain(const char *text, const char *end)
{
	for (; (size_t) (end - text) >= sizeof(uint64); text += sizeof(uint64))
	{
		uint64		special = json_string_special(text);

		if (special)
			return text + pg_rightmost_one_pos64(special) / BITS_PER_BYTE;
	}
	while (text < end && *text != '"' && *text != '\\' && (unsigned char) *text >= ' ')
		text++;
	return text;
}

/* The end of the string that begins at "text", of any bytes; "end" if it is not closed. */
extern const char *json_string_end(const char *text, const char *end);

/*
 * The same, but NULL for a string that is not closed, or has a control character, an
 * escape that is malformed, or half of a surrogate pair.  A byte that belongs to no
 * string must stand at "end".
 */
extern const char *json_string_check(const char *text, const char *end);

/* For a string that was checked: has it escapes? */
extern bool json_string_is_escaped(JsonSlice string);

/*
 * Writes what it stands for, in UTF-8 and with U+FFFD for U+0000, which takes no
 * more bytes than the string.  Returns the end.
 */
extern char *json_string_unescape(char *target, JsonSlice string);

#endif							/* JIRA_JSON_STRING_H */
