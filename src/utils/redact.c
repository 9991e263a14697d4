/*
 * redact.c
 *	  Finding and masking secrets in what a server says.
 */
#include "postgres.h"

#include "lib/ilist.h"
#include "mb/pg_wchar.h"

#include "utils/redact.h"

/* A shorter secret may stand in a text by chance. */
#define SHORTEST 8

/* So may one of letters alone that is shorter than this. */
#define LONGEST_WORD 16

/* The most bytes that one character of a secret fills: two escapes of JSON. */
#define LONGEST_ESCAPE 12

typedef struct Secret
{
	dlist_node	node;
	MemoryContextCallback end;
	size_t		length;
	char		text[FLEXIBLE_ARRAY_MEMBER];
} Secret;

/* Of all connections in use. */
static dlist_head secrets = DLIST_STATIC_INIT(secrets);

static void
forget(void *arg)
{
	Secret	   *secret = arg;

	dlist_delete(&secret->node);
	explicit_bzero(secret->text, secret->length);
}

void
redact_derived(MemoryContext context, const char *text)
{
	size_t		length = strlen(text);
	Secret	   *secret;

	/* Base64 may come without its padding. */
	while (length > 0 && text[length - 1] == '=')
		length--;
	if (length == 0)
		return;
	secret = MemoryContextAllocZero(context, offsetof(Secret, text) + length + 1);
	secret->length = length;
	memcpy(secret->text, text, length);
	secret->end.func = forget;
	secret->end.arg = secret;
	dlist_push_head(&secrets, &secret->node);
	MemoryContextRegisterResetCallback(context, &secret->end);
}

static bool
may_be_word(const char *text)
{
	size_t		length = strlen(text);

	if (length >= LONGEST_WORD)
		return false;
	for (const char *c = text; *c; c++)
		if (!IS_HIGHBIT_SET(*c) && !isalpha((unsigned char) *c))
			return length < SHORTEST;
	return true;
}

void
redact_secret(MemoryContext context, const char *secret)
{
	if (!may_be_word(secret))
		redact_derived(context, secret);
}

size_t
redact_longest(void)
{
	size_t		longest = 0;
	dlist_iter	each;

	dlist_foreach(each, &secrets)
	{
		longest = Max(longest, dlist_container(Secret, node, each.cur)->length);
	}
	return longest * LONGEST_ESCAPE;
}

/* The number of so many digits, -1 if there are not so many. */
static int32
read_digits(const char *text, const char *end, int base, int count)
{
	int32		number = 0;

	if (end - text < count)
		return -1;
	for (int i = 0; i < count; i++)
	{
		char		c = text[i];
		int			digit = c >= '0' && c <= '9' ? c - '0' : pg_tolower((unsigned char) c) - 'a' + 10;

		if (digit < 0 || digit >= base)
			return -1;
		number = number * base + digit;
	}
	return number;
}

/* One character that is escaped, and what it stands for. */
typedef struct Escape
{
	size_t		length;			/* in the text; 0: there is none */
	unsigned char bytes[MAX_MULTIBYTE_CHAR_LEN + 1];
	int			count;
} Escape;

static void
stands_for(Escape *escape, size_t length, int32 character)
{
	if (character < 0 || character > 0x10FFFF)
		return;
	unicode_to_utf8((pg_wchar) character, escape->bytes);
	escape->count = pg_utf_mblen(escape->bytes);
	escape->length = length;
}

/* \uXXXX, two of them for a character beyond the first 65,536, \" and the like. */
static void
read_json_escape(Escape *escape, const char *text, const char *end)
{
	static const char letters[] = "\"\\/bfnrt";
	static const char meanings[] = "\"\\/\b\f\n\r\t";
	const char *letter = end - text > 1 && text[1] != '\0' ? strchr(letters, text[1]) : NULL;
	int32		first = end - text > 1 && text[1] == 'u' ? read_digits(text + 2, end, 16, 4) : -1;
	int32		second = -1;

	if (letter)
		stands_for(escape, 2, meanings[letter - letters]);
	else if (first >= 0xD800 && first <= 0xDBFF && end - text > 7 && text[6] == '\\' && text[7] == 'u')
		second = read_digits(text + 8, end, 16, 4);
	if (second >= 0xDC00 && second <= 0xDFFF)
		stands_for(escape, 12, 0x10000 + ((first - 0xD800) << 10) + (second - 0xDC00));
	else if (first >= 0)
		stands_for(escape, 6, first);
}

/* A number, or one of the names that no page can do without. */
static void
read_html_escape(Escape *escape, const char *text, const char *end)
{
	static const struct
	{
		const char *name;
		char		character;
	}			names[] = {
		{"&amp;", '&'}, {"&quot;", '"'}, {"&lt;", '<'}, {"&gt;", '>'}, {"&apos;", '\''}
	};
	bool		hex = end - text > 2 && pg_tolower((unsigned char) text[2]) == 'x';
	const char *digits = text + (hex ? 3 : 2);

	for (int i = 0; i < lengthof(names); i++)
		if (end - text >= strlen(names[i].name) &&
			memcmp(text, names[i].name, strlen(names[i].name)) == 0)
			stands_for(escape, strlen(names[i].name), names[i].character);
	if (end - text < 3 || text[1] != '#')
		return;
	for (int count = 1; digits + count < end && count <= 7; count++)
		if (digits[count] == ';')
			stands_for(escape, digits + count + 1 - text, read_digits(digits, end, hex ? 16 : 10, count));
}

static Escape
read_escape(const char *text, const char *end)
{
	Escape		escape = {0};
	int32		byte;

	switch (*text)
	{
		case '\\':
			read_json_escape(&escape, text, end);
			break;
		case '&':
			read_html_escape(&escape, text, end);
			break;
		case '%':
			byte = read_digits(text + 1, end, 16, 2);
			if (byte >= 0)
			{
				escape.length = 3;
				escape.bytes[0] = (unsigned char) byte;
				escape.count = 1;
			}
			break;
		case '+':				/* a space in a form */
			stands_for(&escape, 1, ' ');
			break;
		default:
			break;
	}
	return escape;
}

/* "%" that is itself escaped, before two digits: as a URL in JSON has it. */
static void
read_second_escape(Escape *escape, const char *text, const char *end, char expected)
{
	int32		byte;

	if (escape->length < 2 || escape->count != 1 || escape->bytes[0] != '%')
		return;
	byte = read_digits(text + escape->length, end, 16, 2);
	if (byte < 0 || (char) byte != expected)
		return;
	escape->bytes[0] = (unsigned char) byte;
	escape->length += 2;
}

/*
 * The bytes that the secret fills at the beginning of a text, 0 if it is not
 * there.  A character that begins an escape may also stand for itself: "literal"
 * is which reading comes first.
 */
static size_t
match(const Secret *secret, const char *text, const char *end, bool literal)
{
	const char *start = text;
	size_t		i = 0;

	while (i < secret->length)
	{
		bool		same = text < end && *text == secret->text[i];
		Escape		escape = {0};

		if (text < end && !(same && literal))
		{
			escape = read_escape(text, end);
			read_second_escape(&escape, text, end, secret->text[i]);
		}
		if (escape.length > 0 && escape.count <= secret->length - i &&
			memcmp(escape.bytes, secret->text + i, escape.count) == 0)
		{
			text += escape.length;
			i += escape.count;
		}
		else if (same)
		{
			text++;
			i++;
		}
		else
			return 0;
	}
	return text - start;
}

static bool
redact_one(const Secret *secret, char *text, size_t size)
{
	const char *end = text + size;
	bool		found = false;

	while (text < end)
	{
		size_t		length = 0;

		if (*text == secret->text[0] || strchr("\\%&+", *text) != NULL)
		{
			length = match(secret, text, end, false);
			if (length == 0)
				length = match(secret, text, end, true);
		}
		while (length > 0 && text + length < end && text[length] == '=')
			length++;
		memset(text, '*', length);
		found = found || length > 0;
		text += Max(length, 1);
	}
	return found;
}

bool
redact_text(char *text, size_t size)
{
	dlist_iter	each;
	bool		found = false;

	dlist_foreach(each, &secrets)
	{
		found = redact_one(dlist_container(Secret, node, each.cur), text, size) || found;
	}
	return found;
}

void
redact_copies(char *text, size_t size, const char *secret)
{
	size_t		length = strlen(secret);
	char	   *found = text;

	if (length == 0)
		return;
	while ((found = memmem(found, size - (found - text), secret, length)) != NULL)
	{
		memset(found, '*', length);
		found += length;
	}
}
