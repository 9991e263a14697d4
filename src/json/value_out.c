/*
 * value_out.c
 *	  Conversion of SQL values to JSON.
 */
#include "postgres.h"

#include <float.h>
#include <math.h>

#include "catalog/pg_type.h"
#include "mb/pg_wchar.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/jsonb.h"
#include "utils/lsyscache.h"
#include "utils/numeric.h"
#include "utils/timestamp.h"

#include "json/value.h"
#include "utils/quoted.h"

/* Significant decimal digits that every double keeps. */
#define EXACT_DIGITS DBL_DIG

/* Jira writes the year with four digits, and no era. */
#define LAST_YEAR 9999

static json_t *
text_to_json(const char *text)
{
	char	   *utf8 = pg_server_to_any(text, strlen(text), PG_UTF8);
	json_t	   *string = json_string(utf8);

	if (string == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_CHARACTER_NOT_IN_REPERTOIRE),
				 errmsg("text for Jira is not valid UTF-8")));
	return string;
}

static json_t *
numeric_to_json(Datum numeric)
{
	char	   *digits = DatumGetCString(DirectFunctionCall1(numeric_out, numeric));
	char	   *end;
	json_int_t	integer;
	double		real;
	char	   *shortest;
	Datum		again;

	errno = 0;
	integer = strtoll(digits, &end, 10);
	if (*end == '\0' && errno == 0)
		return jira_json_made(json_integer(integer));

	real = strtod(digits, &end);
	shortest = psprintf("%.*g", EXACT_DIGITS, real);
	if (*end == '\0' && isfinite(real))
	{
		again = DirectFunctionCall3(numeric_in, CStringGetDatum(shortest),
									ObjectIdGetDatum(InvalidOid), Int32GetDatum(-1));
		if (DatumGetBool(DirectFunctionCall2(numeric_eq, numeric, again)))
			return jira_json_made(json_real(real));
	}
	ereport(ERROR,
			(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
			 errmsg("number %s cannot be sent to Jira without rounding it", quoted(digits)),
			 errhint("Send at most %d significant digits.", EXACT_DIGITS)));
}

static json_t *
jsonb_scalar_to_json(const JsonbValue *value)
{
	switch (value->type)
	{
		case jbvString:
			return text_to_json(pnstrdup(value->val.string.val, value->val.string.len));
		case jbvNumeric:
			return numeric_to_json(NumericGetDatum(value->val.numeric));
		case jbvBool:
			return json_boolean(value->val.boolean);
		default:
			return json_null();
	}
}

static json_t *jsonb_container_to_json(JsonbIterator **iterator, bool object);

/* The value that JsonbIteratorNext() has just returned. */
static json_t *
jsonb_step_to_json(JsonbIterator **iterator, JsonbIteratorToken token, JsonbValue *value)
{
	if (token == WJB_BEGIN_ARRAY || token == WJB_BEGIN_OBJECT)
		return jsonb_container_to_json(iterator, token == WJB_BEGIN_OBJECT);
	return jsonb_scalar_to_json(value);
}

static json_t *
jsonb_container_to_json(JsonbIterator **iterator, bool object)
{
	/* Owned while it is built: a member that cannot be sent raises an error. */
	json_t	   *container = object ? jira_json_object(CurrentMemoryContext)
	: jira_json_array(CurrentMemoryContext);
	JsonbIteratorToken token;
	JsonbValue	value;
	json_t	   *key = NULL;

	while ((token = JsonbIteratorNext(iterator, &value, false)) != WJB_END_ARRAY &&
		   token != WJB_END_OBJECT)
	{
		if (token == WJB_KEY)
			key = jira_json_own(CurrentMemoryContext, jsonb_scalar_to_json(&value));
		else if (object)
			json_object_set_new(container, json_string_value(key),
								jsonb_step_to_json(iterator, token, &value));
		else
			json_array_append_new(container, jsonb_step_to_json(iterator, token, &value));
	}
	return json_incref(container);
}

static json_t *
jsonb_to_json(Jsonb *jsonb)
{
	JsonbIterator *iterator = JsonbIteratorInit(&jsonb->root);
	JsonbValue	value;
	JsonbIteratorToken token = JsonbIteratorNext(&iterator, &value, false);

	if (token == WJB_BEGIN_ARRAY && value.val.array.rawScalar)
	{
		JsonbIteratorNext(&iterator, &value, false);
		return jsonb_scalar_to_json(&value);
	}
	return jsonb_step_to_json(&iterator, token, &value);
}

bool
value_timestamp(Timestamp timestamp, struct pg_tm *tm, fsec_t *fraction)
{
	return !TIMESTAMP_NOT_FINITE(timestamp) &&
		timestamp2tm(timestamp, NULL, tm, fraction, NULL, NULL) == 0 &&
		tm->tm_year > 0 && tm->tm_year <= LAST_YEAR;
}

static json_t *
timestamp_to_json(TimestampTz timestamp)
{
	struct pg_tm tm;
	fsec_t		fraction;

	if (!value_timestamp(timestamp, &tm, &fraction))
		ereport(ERROR,
				(errcode(ERRCODE_DATETIME_VALUE_OUT_OF_RANGE),
				 errmsg("timestamp cannot be sent to Jira")));
	return text_to_json(psprintf("%04d-%02d-%02dT%02d:%02d:%02d.%03d+0000",
								 tm.tm_year, tm.tm_mon, tm.tm_mday,
								 tm.tm_hour, tm.tm_min, tm.tm_sec, (int) (fraction / 1000)));
}

json_t *
value_local_time(Datum value, Oid type)
{
	TimestampTz moment = type == TIMESTAMPTZOID ? DatumGetTimestampTz(value)
	: DatumGetTimestampTz(DirectFunctionCall1(timestamp_timestamptz, value));
	struct pg_tm tm;
	fsec_t		fraction;
	int			zone;
	int			minutes;

	if (!value_timestamp(moment, &tm, &fraction) ||
		timestamp2tm(moment, &zone, &tm, &fraction, NULL, NULL) != 0)
		ereport(ERROR,
				(errcode(ERRCODE_DATETIME_VALUE_OUT_OF_RANGE),
				 errmsg("timestamp cannot be sent to Jira")));
	minutes = abs(zone) / SECS_PER_MINUTE;
	return text_to_json(psprintf("%04d-%02d-%02dT%02d:%02d:%02d.%03d%c%02d%02d",
								 tm.tm_year, tm.tm_mon, tm.tm_mday,
								 tm.tm_hour, tm.tm_min, tm.tm_sec, (int) (fraction / 1000),
								 zone > 0 ? '-' : '+', minutes / MINS_PER_HOUR, minutes % MINS_PER_HOUR));
}

int
value_array_elements(ArrayType *array, Datum **values, bool **nulls)
{
	Oid			element = ARR_ELEMTYPE(array);
	int16		length;
	bool		by_value;
	char		align;
	int			count;

	get_typlenbyvalalign(element, &length, &by_value, &align);
	deconstruct_array(array, element, length, by_value, align, values, nulls, &count);
	return count;
}

static json_t *
array_to_json_array(ArrayType *array)
{
	json_t	   *result = jira_json_array(CurrentMemoryContext);
	Oid			element = ARR_ELEMTYPE(array);
	Datum	   *values;
	bool	   *nulls;
	int			count = value_array_elements(array, &values, &nulls);

	for (int i = 0; i < count; i++)
		json_array_append_new(result, nulls[i] ? json_null() : value_to_json(values[i], element));
	return json_incref(result);
}

json_t *
value_to_json(Datum value, Oid type)
{
	Oid			output;
	bool		varlena;

	switch (type)
	{
		case BOOLOID:
			return json_boolean(DatumGetBool(value));
		case INT2OID:
			return jira_json_made(json_integer(DatumGetInt16(value)));
		case INT4OID:
			return jira_json_made(json_integer(DatumGetInt32(value)));
		case INT8OID:
			return jira_json_made(json_integer(DatumGetInt64(value)));
		case NUMERICOID:
			return numeric_to_json(value);
		case JSONBOID:
			return jsonb_to_json(DatumGetJsonbP(value));
		case TIMESTAMPTZOID:
			return timestamp_to_json(DatumGetTimestampTz(value));
		default:
			break;
	}
	if (OidIsValid(get_element_type(type)))
		return array_to_json_array(DatumGetArrayTypeP(value));
	getTypeOutputInfo(type, &output, &varlena);
	return text_to_json(OidOutputFunctionCall(output, value));
}
