/*
 * value_in.c
 *	  Conversion of JSON to SQL values.
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
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/numeric.h"
#include "utils/timestamp.h"

#include "json/value.h"
#include "json/value_private.h"
#include "utils/compat.h"

#define UNIX_EPOCH_MS ((int64) (POSTGRES_EPOCH_JDATE - UNIX_EPOCH_JDATE) * SECS_PER_DAY * 1000)

#define REPLACEMENT_CHARACTER "\xef\xbf\xbd"

void
value_reader(ValueReader *reader, Oid type, int32 typmod)
{
	Oid			scalar;
	Oid			input;

	reader->type = type;
	reader->typmod = typmod;
	reader->element = get_element_type(type);
	scalar = OidIsValid(reader->element) ? reader->element : type;
	get_typlenbyvalalign(scalar, &reader->length, &reader->by_value, &reader->align);
	getTypeInputInfo(scalar, &input, &reader->ioparam);
	fmgr_info(input, &reader->input);
}

/* A copy of a string with U+0000 replaced, still in UTF-8. */
static char *
without_nul(const json_t *string)
{
	const char *bytes = json_string_value(string);
	const char *end = bytes + json_string_length(string);
	size_t		size = json_string_length(string) + 1;
	char	   *copy;
	char	   *target;

	for (const char *c = bytes; c < end; c++)
		if (*c == '\0')
			size += strlen(REPLACEMENT_CHARACTER) - 1;
	copy = target = palloc(size);
	for (const char *c = bytes; c < end; c++)
		if (*c != '\0')
			*target++ = *c;
		else
			target = stpcpy(target, REPLACEMENT_CHARACTER);
	*target = '\0';
	return copy;
}

/* As text of the server: the string itself, where that is possible; empty for anything but a string. */
static char *
borrow_text(const json_t *string)
{
	const char *utf8 = json_string_value(string);

	if (utf8 == NULL)
		return pstrdup("");
	if (strlen(utf8) != json_string_length(string))
		utf8 = without_nul(string);
	return pg_any_to_server(utf8, strlen(utf8), PG_UTF8);
}

char *
value_text(const json_t *string)
{
	char	   *text = borrow_text(string);

	return text == json_string_value(string) ? pstrdup(text) : text;
}

Numeric
value_numeric(char *digits)
{
	return DatumGetNumeric(DirectFunctionCall3(numeric_in, CStringGetDatum(digits),
											   ObjectIdGetDatum(InvalidOid),
											   Int32GetDatum(-1)));
}

static Numeric
number_to_numeric(const json_t *number)
{
	if (json_is_integer(number))
		return int64_to_numeric(json_integer_value(number));
	return value_numeric(float8out_internal(json_real_value(number)));
}

static void
fill_string(JsonbValue *target, char *text)
{
	target->type = jbvString;
	target->val.string.val = text;
	target->val.string.len = strlen(text);
}

static void
fill_scalar(JsonbValue *target, const json_t *value)
{
	if (json_is_string(value))
		fill_string(target, borrow_text(value));
	else if (json_is_number(value))
	{
		target->type = jbvNumeric;
		target->val.numeric = number_to_numeric(value);
	}
	else if (json_is_boolean(value))
	{
		target->type = jbvBool;
		target->val.boolean = json_is_true(value);
	}
	else
		target->type = jbvNull;
}

/* Pushes a value as an element (WJB_ELEM) or a member's value (WJB_VALUE). */
static JsonbValue *
push_value(JsonbParseState **state, json_t *value, JsonbIteratorToken as)
{
	size_t		i;
	json_t	   *element;
	const char *key;
	JsonbValue	jsonb;

	if (json_is_array(value))
	{
		pushJsonbValue(state, WJB_BEGIN_ARRAY, NULL);
		json_array_foreach(value, i, element)
		{
			push_value(state, element, WJB_ELEM);
		}
		return pushJsonbValue(state, WJB_END_ARRAY, NULL);
	}
	if (json_is_object(value))
	{
		pushJsonbValue(state, WJB_BEGIN_OBJECT, NULL);
		json_object_foreach(value, key, element)
		{
			fill_string(&jsonb, pg_any_to_server(key, strlen(key), PG_UTF8));
			pushJsonbValue(state, WJB_KEY, &jsonb);
			push_value(state, element, WJB_VALUE);
		}
		return pushJsonbValue(state, WJB_END_OBJECT, NULL);
	}
	fill_scalar(&jsonb, value);
	return pushJsonbValue(state, as, &jsonb);
}

MemoryContext
value_begin_jsonb(void)
{
	return MemoryContextSwitchTo(AllocSetContextCreate(CurrentMemoryContext, "Jira jsonb", ALLOCSET_DEFAULT_SIZES));
}

Jsonb *
value_end_jsonb(MemoryContext before, JsonbValue *value)
{
	Jsonb	   *jsonb = JsonbValueToJsonb(value);
	MemoryContext own = MemoryContextSwitchTo(before);
	Jsonb	   *copy = palloc(VARSIZE(jsonb));

	memcpy(copy, jsonb, VARSIZE(jsonb));
	MemoryContextDelete(own);
	return copy;
}

static Jsonb *
json_to_jsonb(json_t *value)
{
	JsonbParseState *state = NULL;
	JsonbValue	scalar;
	MemoryContext before;

	if (!json_is_array(value) && !json_is_object(value))
	{
		fill_scalar(&scalar, value);
		return JsonbValueToJsonb(&scalar);
	}
	before = value_begin_jsonb();
	return value_end_jsonb(before, push_value(&state, value, WJB_ELEM));
}

/* The text of a value for the input function of a scalar type; it may be the value's own. */
static char *
scalar_text(json_t *value)
{
	switch (json_typeof(value))
	{
		case JSON_STRING:
			return borrow_text(value);
		case JSON_INTEGER:
			return psprintf(INT64_FORMAT, (int64) json_integer_value(value));
		case JSON_REAL:
			return float8out_internal(json_real_value(value));
		case JSON_TRUE:
			return "true";
		case JSON_FALSE:
			return "false";
		default:
			{
				Jsonb	   *jsonb = json_to_jsonb(value);

				return JsonbToCString(NULL, &jsonb->root, VARSIZE(jsonb));
			}
	}
}

static Datum
milliseconds_to_timestamp(json_int_t milliseconds)
{
	double		seconds = milliseconds / 1000.0;

	return DirectFunctionCall1(float8_timestamptz, Float8GetDatum(seconds));
}

static Oid
scalar_type(const ValueReader *reader)
{
	return OidIsValid(reader->element) ? reader->element : reader->type;
}

/* Does it begin like a number, and not like "infinity" or "tomorrow"? */
static bool
begins_with_digit(const char *text)
{
	text += strspn(text, " +-");
	return *text >= '0' && *text <= '9';
}

static bool
is_timestamp_of_milliseconds(json_int_t milliseconds)
{
	return milliseconds >= (MIN_TIMESTAMP / 1000 + UNIX_EPOCH_MS) && milliseconds < (END_TIMESTAMP / 1000 + UNIX_EPOCH_MS);
}

/* The steps of timestamptz_in(), without the errors. */
static bool
is_timestamp(const char *text, Oid type)
{
	fsec_t		fraction;
	struct pg_tm tm;
	Timestamp	moment;
	int			zone;
	int			dtype;
	int			nf;
	char	   *field[MAXDATEFIELDS];
	int			ftype[MAXDATEFIELDS];
	char		buffer[MAXDATELEN + MAXDATEFIELDS];

	if (!begins_with_digit(text) ||
		ParseDateTime(text, buffer, sizeof(buffer), field, ftype, MAXDATEFIELDS, &nf) != 0 ||
		jira_decode_date_time(field, ftype, nf, &dtype, &tm, &fraction, &zone) != 0 || dtype != DTK_DATE)
		return false;
	if (type == DATEOID)
		return IS_VALID_JULIAN(tm.tm_year, tm.tm_mon, tm.tm_mday) &&
			IS_VALID_DATE(date2j(tm.tm_year, tm.tm_mon, tm.tm_mday) - POSTGRES_EPOCH_JDATE);
	return tm2timestamp(&tm, fraction, &zone, &moment) == 0;
}

static bool
is_integer_text(const char *text, int64 least, int64 most)
{
	char	   *end;
	long long	integer;

	errno = 0;
	integer = strtoll(text, &end, 10);
	return begins_with_digit(text) && errno == 0 && *end == '\0' && integer >= least && integer <= most;
}

/* "12.50", "1e400"; an exponent of more digits is beyond a numeric. */
static bool
is_numeric_text(const char *text)
{
	size_t		digits;

	text += *text == '-' || *text == '+';
	digits = strspn(text, "0123456789");
	text += digits;
	if (*text == '.')
	{
		digits += strspn(++text, "0123456789");
		text += strspn(text, "0123456789");
	}
	if (digits == 0)
		return false;
	if (*text == 'e' || *text == 'E')
	{
		text++;
		text += *text == '-' || *text == '+';
		digits = strspn(text, "0123456789");
		if (digits == 0 || digits > 4)
			return false;
		text += digits;
	}
	return *text == '\0';
}

static bool
scalar_exists(const ValueReader *reader, json_t *value)
{
	Oid			type = scalar_type(reader);
	bool		parsed;

	switch (type)
	{
		case TIMESTAMPTZOID:
		case DATEOID:
			if (type == TIMESTAMPTZOID && json_is_integer(value))
				return is_timestamp_of_milliseconds(json_integer_value(value));
			return json_is_string(value) && is_timestamp(scalar_text(value), type);
		case NUMERICOID:
			return json_is_number(value) || (json_is_string(value) && is_numeric_text(scalar_text(value)));
		case INT8OID:
			return json_is_integer(value) || is_integer_text(scalar_text(value), PG_INT64_MIN, PG_INT64_MAX);
		case INT4OID:
			return is_integer_text(scalar_text(value), PG_INT32_MIN, PG_INT32_MAX);
		case BOOLOID:
			return json_is_boolean(value) || (json_is_string(value) && parse_bool(scalar_text(value), &parsed));
		default:
			return true;
	}
}

bool
value_exists(const ValueReader *reader, json_t *value)
{
	if (value == NULL || json_is_null(value))
		return true;
	if (!OidIsValid(reader->element) || !json_is_array(value))
		return scalar_exists(reader, value);
	for (size_t i = 0; i < json_array_size(value); i++)
		if (!json_is_null(json_array_get(value, i)) && !scalar_exists(reader, json_array_get(value, i)))
			return false;
	return true;
}

static Datum
scalar_from_json(ValueReader *reader, json_t *value)
{
	if (reader->type == JSONBOID)
		return JsonbPGetDatum(json_to_jsonb(value));
	if (scalar_type(reader) == TIMESTAMPTZOID && json_is_integer(value))
		return milliseconds_to_timestamp(json_integer_value(value));
	return InputFunctionCall(&reader->input, scalar_text(value), reader->ioparam, reader->typmod);
}

static Datum
array_from_json(ValueReader *reader, json_t *value)
{
	int			count = json_is_array(value) ? json_array_size(value) : 1;
	Datum	   *elements = palloc(sizeof(Datum) * (count + 1));
	bool	   *nulls = palloc(sizeof(bool) * (count + 1));
	int			dimensions[1] = {count};
	int			lower_bounds[1] = {1};

	if (count == 0)
		return PointerGetDatum(construct_empty_array(reader->element));
	for (int i = 0; i < count; i++)
	{
		json_t	   *element = json_is_array(value) ? json_array_get(value, i) : value;

		nulls[i] = json_is_null(element);
		elements[i] = nulls[i] ? (Datum) 0 : scalar_from_json(reader, element);
	}
	return PointerGetDatum(construct_md_array(elements, nulls, 1, dimensions, lower_bounds,
											  reader->element, reader->length,
											  reader->by_value, reader->align));
}

Datum
value_from_json(ValueReader *reader, json_t *value, bool *isnull)
{
	*isnull = value == NULL || json_is_null(value);
	if (*isnull)
		return (Datum) 0;
	if (OidIsValid(reader->element))
		return array_from_json(reader, value);
	return scalar_from_json(reader, value);
}
