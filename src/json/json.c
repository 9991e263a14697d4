/*
 * json.c
 *	  Parsing, reading and changing JSON documents.
 */
#include "postgres.h"

#include "common/jsonapi.h"
#include "lib/stringinfo.h"

#include "json/json.h"
#include "utils/budget.h"
#include "utils/foreign_text.h"
#include "utils/own.h"
#include "utils/redact.h"

/* The longest integer and exponent that certainly fit jansson's numbers. */
#define SAFE_DIGITS 18
#define SAFE_EXPONENT_DIGITS 2

/* Of a character like \ud83d. */
#define ESCAPE_LENGTH 6

/* value_to_json() passes at most 15 digits, which are so written as given. */
#define TEXT_FLAGS (JSON_COMPACT | JSON_ENCODE_ANY | JSON_REAL_PRECISION(15))

static void
release_document(void *document)
{
	json_decref(document);
}

json_t *
jira_json_own(MemoryContext context, json_t *document)
{
	return jira_own(context, document, release_document);
}

json_t *
jira_json_made(json_t *value)
{
	if (value == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_OUT_OF_MEMORY),
				 errmsg("out of memory")));
	return value;
}

json_t *
jira_json_object(MemoryContext context)
{
	return jira_json_own(context, json_pack("{}"));
}

json_t *
jira_json_array(MemoryContext context)
{
	return jira_json_own(context, json_array());
}

char *
jira_json_text(const json_t *document)
{
	size_t		length = json_dumpb(document, NULL, 0, TEXT_FLAGS);
	char	   *text = palloc(length + 1);

	json_dumpb(document, text, length, TEXT_FLAGS);
	text[length] = '\0';
	return text;
}

/* The length of a string literal that starts at text[0], quotes included. */
static size_t
literal_length(const char *text, size_t length)
{
	size_t		i = 1;

	while (i < length && text[i] != '"')
		i += text[i] == '\\' ? 2 : 1;
	return Min(i + 1, length);
}

bool
jira_json_holds(const char *number, size_t length)
{
	size_t		digits = 0;
	size_t		exponent_digits = 0;
	bool		exponent = false;

	for (size_t i = 0; i < length; i++)
	{
		if (number[i] == 'e' || number[i] == 'E')
			exponent = true;
		else if (number[i] >= '0' && number[i] <= '9')
			(*(exponent ? &exponent_digits : &digits))++;
	}
	return digits <= SAFE_DIGITS && exponent_digits <= SAFE_EXPONENT_DIGITS;
}

/* Does an escape for a first or a second half of a surrogate pair begin here? */
static bool
is_surrogate(const char *text, const char *end, const char *third_digits)
{
	static const char hex[] = "0123456789abcdefABCDEF";

	return end - text >= ESCAPE_LENGTH && text[0] == '\\' && text[1] == 'u' &&
		(text[2] == 'd' || text[2] == 'D') && text[3] && strchr(third_digits, text[3]) &&
		text[4] && strchr(hex, text[4]) && text[5] && strchr(hex, text[5]);
}

/* Of a character or an escape in a string; *is_half is whether it is half of a surrogate pair. */
static size_t
character_length(const char *text, const char *end, bool *is_half)
{
	bool		is_first = is_surrogate(text, end, "89abAB");

	*is_half = true;
	if (is_surrogate(text, end, "cdefCDEF"))
		return ESCAPE_LENGTH;
	if (is_first && !is_surrogate(text + ESCAPE_LENGTH, end, "cdefCDEF"))
		return ESCAPE_LENGTH;
	if (end - text >= 3 && text[0] == '\xed' && (unsigned char) text[1] >= 0xa0 && (unsigned char) text[1] <= 0xbf)
		return 3;				/* its bytes, as if it were UTF-8 */
	*is_half = false;
	if (is_first)
		return 2 * ESCAPE_LENGTH;
	return *text == '\\' && end - text > 1 ? 2 : 1;
}

/* Appends a string literal with U+FFFD for each half of a character. */
static void
mend_string(StringInfo out, const char *text, size_t length)
{
	const char *end = text + length;

	while (text < end)
	{
		bool		is_half;
		size_t		step = character_length(text, end, &is_half);

		if (is_half)
			appendStringInfoString(out, "\\ufffd");
		else
			appendBinaryStringInfo(out, text, step);
		text += step;
	}
}

/* The length of a number that JSON does not have, and some write all the same. */
static size_t
unreal_length(const char *text, size_t length)
{
	static const char *const words[] = {"NaN", "Infinity", "-Infinity"};

	for (int i = 0; i < lengthof(words); i++)
		if (length >= strlen(words[i]) && strncmp(text, words[i], strlen(words[i])) == 0)
			return strlen(words[i]);
	return 0;
}

/* Appends a number, in quotes if it might not fit; returns its length. */
static size_t
mend_number(StringInfo out, const char *text, size_t length)
{
	size_t		step = 1;
	bool		quoted;

	while (step < length && text[step] != '\0' && strchr("+-.eE0123456789", text[step]) != NULL)
		step++;
	/* Quotes would hide one that is malformed. */
	quoted = IsValidJsonNumber(text, (int) step) && !jira_json_holds(text, step);
	if (quoted)
		appendStringInfoChar(out, '"');
	appendBinaryStringInfo(out, text, step);
	if (quoted)
		appendStringInfoChar(out, '"');
	return step;
}

/*
 * The same document as far as it can be read: with quotes around every number
 * that might not fit, null for what is no number, and U+FFFD for half a
 * character.
 */
static void
mend(StringInfo out, const char *text, size_t length)
{
	size_t		i = 0;

	while (i < length)
	{
		size_t		step = unreal_length(text + i, length - i);

		if (step > 0)
			appendStringInfoString(out, "null");
		else if (text[i] == '"')
		{
			step = literal_length(text + i, length - i);
			mend_string(out, text + i, step);
		}
		else if (text[i] != '\0' && strchr("-0123456789", text[i]) != NULL)
			step = mend_number(out, text + i, length - i);
		else
		{
			appendStringInfoChar(out, text[i]);
			step = 1;
		}
		i += step;
	}
}

/*
 * Why a text cannot be parsed.  The parser quotes the token that it does not like,
 * which could be a part of a secret: it parses a copy without secrets for that.
 */
static char *
describe(const char *text, size_t length, json_error_t *error)
{
	const size_t flags = JSON_ALLOW_NUL | JSON_DECODE_ANY;
	char	   *copy = MemoryContextAllocHuge(CurrentMemoryContext, length + 1);

	memcpy(copy, text, length);
	if (redact_text(copy, length))
	{
		json_t	   *document = json_loadb(copy, length, flags, error);

		if (document)
			strlcpy(error->text, "malformed", sizeof(error->text));
		json_decref(document);
	}
	pfree(copy);
	return psprintf("%s (line %d, column %d).",
					foreign_text(error->text, strlen(error->text), sizeof(error->text)),
					error->line, error->column);
}

json_t *
jira_json_read(MemoryContext context, const char *text, size_t length, uint64 most,
			   JsonProblem *problem)
{
	const size_t flags = JSON_ALLOW_NUL | JSON_DECODE_ANY;
	json_error_t error;
	json_t	   *document;
	BudgetExcess excess;

	problem->hint = NULL;
	if (!budget_allows(text, length, most, &excess))
	{
		problem->detail = excess.detail;
		problem->hint = excess.hint;
		return NULL;
	}
	document = json_loadb(text, length, flags, &error);
	if (document == NULL)
	{
		StringInfoData mended;
		json_error_t again;

		initStringInfo(&mended);
		mend(&mended, text, length);
		document = json_loadb(mended.data, mended.len, flags, &again);
		pfree(mended.data);
		if (json_error_code(&error) == json_error_numeric_overflow)
			error = again;		/* which the number has hidden */
	}
	if (document == NULL)
	{
		problem->detail = describe(text, length, &error);
		return NULL;
	}
	return jira_json_own(context, document);
}

json_t *
jira_json_parse(MemoryContext context, const char *text, size_t length, char **problem)
{
	JsonProblem found;
	json_t	   *document = jira_json_read(context, text, length, BUDGET_UNLIMITED, &found);

	if (document == NULL)
		*problem = found.detail;
	return document;
}

/* The rest of the path for each element; absent ones stay as null. */
static json_t *
get_from_each(json_t *array, const char *path)
{
	json_t	   *result;
	size_t		i;
	json_t	   *element;

	if (!json_is_array(array))
		return NULL;
	result = jira_json_made(json_array());
	json_array_foreach(array, i, element)
	{
		json_array_append_new(result, jira_json_get_or_null(element, path));
	}
	return result;
}

json_t *
jira_json_get(json_t *document, const char *path)
{
	while (document != NULL && *path != '\0')
	{
		size_t		length = strcspn(path, ".");
		bool		each = length > 2 && path[length - 1] == ']';
		const char *rest = path + length + (path[length] == '.');

		if (!json_is_array(document))
			document = json_object_getn(document, path, each ? length - 2 : length);
		else if (strspn(path, "0123456789") == length)
			document = json_array_get(document, atoi(path));
		else
			return NULL;
		if (each)
			return get_from_each(document, rest);
		path = rest;
	}
	return json_incref(document);
}

json_t *
jira_json_get_or_null(json_t *document, const char *path)
{
	json_t	   *value = jira_json_get(document, path);

	return value ? value : json_null();
}

int64
jira_json_integer(json_t *object, const char *member)
{
	json_t	   *value = json_object_get(object, member);

	return json_is_integer(value) ? json_integer_value(value) : -1;
}

/* Adds the members of "value"; false if "object" has one of them already. */
static bool
merge_members(json_t *object, json_t *value)
{
	const char *key;
	json_t	   *member;

	json_object_foreach(value, key, member)
	{
		if (json_object_get(object, key) != NULL)
			return false;
		if (json_object_set(object, key, member) < 0)
			jira_json_made(NULL);
	}
	return true;
}

static bool
put_here(json_t *object, const char *key, size_t length, json_t *value)
{
	json_t	   *present = json_object_getn(object, key, length);

	if (present == NULL)
	{
		if (json_object_setn(object, key, length, value) < 0)
			jira_json_made(NULL);
		return true;
	}
	return json_is_object(present) && json_is_object(value) && merge_members(present, value);
}

static bool
put_at(json_t *object, const char *path, json_t *value)
{
	size_t		length = strcspn(path, ".");
	json_t	   *inner;

	if (*path == '\0')
		return json_is_object(value) && merge_members(object, value);
	if (path[length] == '\0')
		return put_here(object, path, length, value);

	inner = json_object_getn(object, path, length);
	if (inner == NULL)
	{
		inner = jira_json_made(json_pack("{}"));
		if (json_object_setn_new(object, path, length, inner) < 0)
			jira_json_made(NULL);
	}
	return json_is_object(inner) && put_at(inner, path + length + 1, value);
}

bool
jira_json_put(json_t *object, const char *path, json_t *value)
{
	bool		done = put_at(object, path, jira_json_made(value));

	json_decref(value);
	return done;
}

json_t *
jira_json_distinct(json_t *texts, MemoryContext context)
{
	json_t	   *seen = jira_json_object(CurrentMemoryContext);
	json_t	   *result = texts ? jira_json_array(context) : NULL;

	for (size_t i = 0; i < json_array_size(texts); i++)
	{
		json_t	   *text = json_array_get(texts, i);

		if (json_is_null(text) || json_object_get(seen, json_string_value(text)))
			continue;
		json_object_set_new(seen, json_string_value(text), json_true());
		json_array_append(result, text);
	}
	return result;
}
