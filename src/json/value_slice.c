/*
 * value_slice.c
 *	  Conversion of the bytes of a JSON value to SQL values, without a tree.
 *
 * Only what Jira usually sends is read here, and as value_in.c reads it.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "mb/pg_wchar.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/date.h"
#include "utils/datetime.h"
#include "utils/float.h"
#include "utils/jsonb.h"
#include "utils/memutils.h"
#include "utils/numeric.h"
#include "utils/timestamp.h"

#include "json/json_scan_private.h"
#include "json/value.h"
#include "json/value_private.h"
#include "utils/compat.h"

/* Digits that every double keeps, so that a number is the same without one. */
#define DOUBLE_DIGITS 15

/* Elements of an array to begin with. */
#define FEW_ELEMENTS 8

/* A value that is read for a jsonb. */
typedef struct JsonbSource
{
	const char *next;
	const char *end;
	JsonbParseState *state;
} JsonbSource;

static bool
is_string(JsonSlice slice)
{
	return *slice.start == '"';
}

/* The text in a string, in UTF-8: borrowed where possible, and not terminated. */
static char *
utf8_of_string(JsonSlice string, int *length)
{
	char	   *copy;

	*length = string.end - string.start - 2;
	if (!json_string_is_escaped(string))
		return (char *) string.start + 1;
	copy = palloc(*length);
	*length = json_string_unescape(copy, string) - copy;
	return copy;
}

/* The same in the encoding of the server. */
static char *
text_of_string(JsonSlice string, int *length)
{
	char	   *utf8 = utf8_of_string(string, length);
	char	   *text;

	if (GetDatabaseEncoding() == PG_UTF8)
		return utf8;
	utf8 = pnstrdup(utf8, *length);
	text = pg_any_to_server(utf8, *length, PG_UTF8);
	*length = strlen(text);
	return text;
}

static bool
is_integer(JsonSlice slice)
{
	const char *text = slice.start + (*slice.start == '-');

	return text < slice.end && text + strspn(text, "0123456789") == slice.end;
}

/* The integer, or the integer in the string. */
static bool
read_integer(JsonSlice slice, int64 *integer)
{
	char	   *end;

	if (is_string(slice))
	{
		slice.start++;
		slice.end--;
	}
	if (!is_integer(slice))
		return false;
	errno = 0;
	*integer = strtoll(slice.start, &end, 10);
	return errno == 0 && end == slice.end;
}

static bool
read_text(JsonSlice slice, Datum *value)
{
	int			length = slice.end - slice.start;
	char	   *text = (char *) slice.start;

	if (is_string(slice))
		text = text_of_string(slice, &length);
	else if (*text != 't' && *text != 'f' && (!is_integer(slice) || strncmp(text, "-0", 2) == 0))
		return false;
	*value = PointerGetDatum(cstring_to_text_with_len(text, length));
	return true;
}

/*
 * A number.  A fraction ends without zeros, as that of a double does, and as it
 * does in a tree.
 */
static bool
read_numeric(JsonSlice number, Datum *value)
{
	int64		integer;
	char		digits[DOUBLE_DIGITS + 3];	/* with sign, point and end */
	const char *end = number.end;

	if (is_string(number))
		return false;
	if (read_integer(number, &integer))
	{
		*value = NumericGetDatum(int64_to_numeric(integer));
		return true;
	}
	if (end - number.start > DOUBLE_DIGITS + 1 + (*number.start == '-') || number.start + strspn(number.start, "-.0123456789") != end)
		return false;
	while (end[-1] == '0')
		end--;
	end -= end[-1] == '.';
	memcpy(digits, number.start, end - number.start);
	digits[end - number.start] = '\0';
	*value = NumericGetDatum(value_numeric(digits));
	return true;
}

static bool
read_bool(JsonSlice slice, Datum *value)
{
	*value = BoolGetDatum(*slice.start == 't');
	return *slice.start == 't' || *slice.start == 'f';
}

static bool
read_int4(JsonSlice slice, Datum *value)
{
	int64		integer;

	if (!read_integer(slice, &integer) || integer < PG_INT32_MIN || integer > PG_INT32_MAX)
		return false;
	*value = Int32GetDatum((int32) integer);
	return true;
}

static bool
read_int8(JsonSlice slice, Datum *value)
{
	int64		integer;

	if (!read_integer(slice, &integer))
		return false;
	*value = Int64GetDatum(integer);
	return true;
}

/* Takes so many digits; -1 if there are others. */
static int
take_number(const char **text, int count)
{
	int			number = 0;

	for (; count > 0; count--, (*text)++)
	{
		if (**text < '0' || **text > '9')
			return -1;
		number = number * 10 + **text - '0';
	}
	return number;
}

static bool
take_byte(const char **text, char byte)
{
	bool		found = **text == byte;

	*text += found;
	return found;
}

/* Takes "2024-05-31"; its number of days since the year 2000. */
static bool
take_date(const char **text, int *days)
{
	int			year = take_number(text, 4);
	int			month = take_byte(text, '-') ? take_number(text, 2) : -1;
	int			day = take_byte(text, '-') ? take_number(text, 2) : -1;

	if (year < 1 || month < 1 || month > MONTHS_PER_YEAR || day < 1 || day > day_tab[isleap(year)][month - 1])
		return false;
	*days = date2j(year, month, day) - POSTGRES_EPOCH_JDATE;
	return true;
}

/* Takes "14:00:00" and a fraction of up to six digits, if there is one. */
static bool
take_time(const char **text, int64 *time)
{
	int			hour = take_number(text, 2);
	int			minute = take_byte(text, ':') ? take_number(text, 2) : -1;
	int			second = take_byte(text, ':') ? take_number(text, 2) : -1;
	int64		unit = USECS_PER_SEC;

	if (hour < 0 || hour >= HOURS_PER_DAY || minute < 0 || minute >= MINS_PER_HOUR ||
		second < 0 || second >= SECS_PER_MINUTE)
		return false;
	*time = ((hour * MINS_PER_HOUR + minute) * SECS_PER_MINUTE + second) * USECS_PER_SEC;
	if (!take_byte(text, '.'))
		return true;
	for (; unit > 1 && **text >= '0' && **text <= '9'; (*text)++)
	{
		unit /= 10;
		*time += (**text - '0') * unit;
	}
	return unit < USECS_PER_SEC;
}

/* Takes "Z", "+0100" or "+01:00"; microseconds to the east of Greenwich. */
static bool
take_zone(const char **text, int64 *zone)
{
	bool		west = **text == '-';
	int			hour;
	int			minute;

	*zone = 0;
	if (take_byte(text, 'Z'))
		return true;
	if (!west && **text != '+')
		return false;
	(*text)++;
	hour = take_number(text, 2);
	(void) take_byte(text, ':');
	minute = take_number(text, 2);
	*zone = (hour * MINS_PER_HOUR + minute) * SECS_PER_MINUTE * USECS_PER_SEC;
	if (west)
		*zone = -*zone;
	return hour >= 0 && hour <= MAX_TZDISP_HOUR && minute >= 0 && minute < MINS_PER_HOUR;
}

/* "2024-05-31T14:00:00.000+0000" */
static bool
read_timestamp(JsonSlice slice, Datum *value)
{
	const char *text = slice.start + 1;
	int			days;
	int64		time;
	int64		zone;

	if (!is_string(slice) || !take_date(&text, &days) || !take_byte(&text, 'T') ||
		!take_time(&text, &time) || !take_zone(&text, &zone) || text != slice.end - 1)
		return false;
	*value = TimestampTzGetDatum(days * USECS_PER_DAY + time - zone);
	return true;
}

/* "2024-05-31" */
static bool
read_date(JsonSlice slice, Datum *value)
{
	const char *text = slice.start + 1;
	int			days;

	if (!is_string(slice) || !take_date(&text, &days) || text != slice.end - 1)
		return false;
	*value = DateADTGetDatum(days);
	return true;
}

/* An array of strings. */
static bool
read_texts(const ValueReader *reader, JsonSlice slice, Datum *value)
{
	int			room = FEW_ELEMENTS;
	Datum	   *elements = palloc(sizeof(Datum) * room);
	int			count = 0;
	const char *text = json_scan_space(slice.start + 1);

	if (*slice.start != '[')
		return false;
	while (*text == '"')
	{
		JsonSlice	element = {text, json_string_end(text, slice.end)};

		if (count == room)
			elements = repalloc_huge(elements, sizeof(Datum) * (room *= 2));
		(void) read_text(element, &elements[count++]);
		text = json_scan_space(element.end);
		if (*text == ',')
			text = json_scan_space(text + 1);
	}
	if (*text != ']')
		return false;
	*value = PointerGetDatum(count == 0 ? construct_empty_array(TEXTOID) :
							 construct_array(elements, count, TEXTOID, reader->length, reader->by_value, reader->align));
	return true;
}

static JsonSlice
take_string(JsonbSource *source)
{
	JsonSlice	string = {source->next, json_string_end(source->next, source->end)};

	source->next = string.end;
	return string;
}

static void
fill_string(JsonbValue *target, JsonSlice string)
{
	target->type = jbvString;
	target->val.string.val = text_of_string(string, &target->val.string.len);
}

static void
take_scalar(JsonbSource *source, JsonbValue *target)
{
	JsonSlice	slice = {source->next, source->next};
	Datum		numeric;

	if (*slice.start == '"')
	{
		fill_string(target, take_string(source));
		return;
	}
	while (*slice.end != ',' && *slice.end != '}' && *slice.end != ']' && slice.end < source->end &&
		   (unsigned char) *slice.end > ' ')
		slice.end++;
	source->next = slice.end;
	target->type = *slice.start == 'n' ? jbvNull : *slice.start == 't' || *slice.start == 'f' ? jbvBool : jbvNumeric;
	if (target->type == jbvBool)
		target->val.boolean = *slice.start == 't';
	if (target->type != jbvNumeric)
		return;
	target->val.numeric = read_numeric(slice, &numeric) ? DatumGetNumeric(numeric)
		: value_numeric(float8out_internal(strtod(slice.start, NULL)));
}

/* Pushes the next value as an element (WJB_ELEM) or a member's value (WJB_VALUE). */
static JsonbValue *
push_next(JsonbSource *source, JsonbIteratorToken as)
{
	bool		is_object = *source->next == '{';
	JsonbValue	scalar;

	if (!is_object && *source->next != '[')
	{
		take_scalar(source, &scalar);
		return pushJsonbValue(&source->state, as, &scalar);
	}
	pushJsonbValue(&source->state, is_object ? WJB_BEGIN_OBJECT : WJB_BEGIN_ARRAY, NULL);
	source->next = json_scan_space(source->next + 1);
	while (*source->next != '}' && *source->next != ']')
	{
		if (is_object)
		{
			fill_string(&scalar, take_string(source));
			pushJsonbValue(&source->state, WJB_KEY, &scalar);
			source->next = json_scan_space(json_scan_space(source->next) + 1);
		}
		push_next(source, is_object ? WJB_VALUE : WJB_ELEM);
		source->next = json_scan_space(source->next);
		if (*source->next == ',')
			source->next = json_scan_space(source->next + 1);
	}
	source->next++;
	return pushJsonbValue(&source->state, is_object ? WJB_END_OBJECT : WJB_END_ARRAY, NULL);
}

static bool
read_jsonb(JsonSlice slice, Datum *value)
{
	JsonbSource source = {.next = slice.start,.end = slice.end};
	JsonbValue	scalar;
	MemoryContext before;

	if (*slice.start != '{' && *slice.start != '[')
	{
		take_scalar(&source, &scalar);
		*value = JsonbPGetDatum(JsonbValueToJsonb(&scalar));
		return true;
	}
	before = value_begin_jsonb();
	*value = JsonbPGetDatum(value_end_jsonb(before, push_next(&source, WJB_ELEM)));
	return true;
}

bool
value_from_slice(const ValueReader *reader, JsonSlice slice, Datum *value)
{
	if (reader->typmod >= 0)
		return false;
	switch (reader->type)
	{
		case TEXTOID:
			return read_text(slice, value);
		case TEXTARRAYOID:
			return read_texts(reader, slice, value);
		case TIMESTAMPTZOID:
			return read_timestamp(slice, value);
		case DATEOID:
			return read_date(slice, value);
		case INT4OID:
			return read_int4(slice, value);
		case INT8OID:
			return read_int8(slice, value);
		case NUMERICOID:
			return read_numeric(slice, value);
		case BOOLOID:
			return read_bool(slice, value);
		case JSONBOID:
			return read_jsonb(slice, value);
		default:
			return false;
	}
}
