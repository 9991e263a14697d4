/*
 * jql.c
 *	  Safe construction of JQL: values as literals that cannot become anything
 *	  else.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "fmgr.h"
#include "funcapi.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/timestamp.h"

#include "engine/jql.h"
#include "json/value.h"

PG_FUNCTION_INFO_V1(jira_quote);
PG_FUNCTION_INFO_V1(jira_jql);

void
jql_append_string(StringInfo jql, const char *text)
{
	appendStringInfoChar(jql, '"');
	for (; *text; text++)
	{
		switch (*text)
		{
			case '"':
			case '\\':
				appendStringInfoChar(jql, '\\');
				appendStringInfoChar(jql, *text);
				break;
			case '\n':
				appendStringInfoString(jql, "\\n");
				break;
			case '\r':
				appendStringInfoString(jql, "\\r");
				break;
			case '\t':
				appendStringInfoString(jql, "\\t");
				break;
			default:
				if ((unsigned char) *text < ' ' || *text == 0x7f)
					appendStringInfo(jql, "\\u%04x", (unsigned char) *text);
				else
					appendStringInfoChar(jql, *text);
		}
	}
	appendStringInfoChar(jql, '"');
}

void
jql_append_reference(StringInfo jql, const char *text)
{
	if (text[0] != '\0' && strspn(text, "0123456789") == strlen(text))
		appendStringInfoString(jql, text);
	else
		jql_append_string(jql, text);
}

/* JQL knows time to the minute, in the zone of the Jira user. */
static void
append_timestamp(StringInfo out, Datum value, Oid type)
{
	Timestamp	local = type == TIMESTAMPTZOID
	? DatumGetTimestamp(DirectFunctionCall1(timestamptz_timestamp, value))
	: DatumGetTimestamp(value);
	struct pg_tm tm;
	fsec_t		fraction;

	if (!value_timestamp(local, &tm, &fraction))
		ereport(ERROR,
				(errcode(ERRCODE_DATETIME_VALUE_OUT_OF_RANGE),
				 errmsg("timestamp cannot be written in JQL")));
	appendStringInfo(out, "\"%04d-%02d-%02d %02d:%02d\"",
					 tm.tm_year, tm.tm_mon, tm.tm_mday, tm.tm_hour, tm.tm_min);
}

static void append_literal(StringInfo out, Datum value, bool isnull, Oid type);

static void
append_list(StringInfo out, ArrayType *array)
{
	Oid			element = ARR_ELEMTYPE(array);
	Datum	   *values;
	bool	   *nulls;
	int			count = value_array_elements(array, &values, &nulls);

	if (count == 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("an empty array cannot be written in JQL"),
				 errdetail("A list in JQL has at least one value.")));
	appendStringInfoChar(out, '(');
	for (int i = 0; i < count; i++)
	{
		if (i > 0)
			appendStringInfoString(out, ", ");
		append_literal(out, values[i], nulls[i], element);
	}
	appendStringInfoChar(out, ')');
}

static void
append_scalar(StringInfo out, Datum value, Oid type)
{
	Oid			output;
	bool		varlena;
	char	   *text;

	if (type == TIMESTAMPTZOID || type == TIMESTAMPOID || type == DATEOID)
	{
		if (type == DATEOID)
			value = DirectFunctionCall1(date_timestamp, value);
		append_timestamp(out, value, type);
		if (type == DATEOID)
		{
			out->len -= strlen(" 00:00\"");
			out->data[out->len] = '\0';
			appendStringInfoChar(out, '"');
		}
		return;
	}
	getTypeOutputInfo(type, &output, &varlena);
	text = OidOutputFunctionCall(output, value);
	if (type == BOOLOID)
		appendStringInfoString(out, DatumGetBool(value) ? "true" : "false");
	else if ((type == INT2OID || type == INT4OID || type == INT8OID || type == NUMERICOID ||
			  type == FLOAT4OID || type == FLOAT8OID) &&
			 strspn(text, "-.0123456789") == strlen(text))
		appendStringInfoString(out, text);
	else
		jql_append_string(out, text);
}

static void
append_literal(StringInfo out, Datum value, bool isnull, Oid type)
{
	type = getBaseType(type);
	if (isnull)
		appendStringInfoString(out, "EMPTY");
	else if (OidIsValid(get_element_type(type)))
		append_list(out, DatumGetArrayTypeP(value));
	else
		append_scalar(out, value, type);
}

Datum
jira_quote(PG_FUNCTION_ARGS)
{
	Oid			type = get_fn_expr_argtype(fcinfo->flinfo, 0);
	StringInfoData literal;

	if (!OidIsValid(type))
		elog(ERROR, "could not determine the type of the value");
	initStringInfo(&literal);
	append_literal(&literal, PG_GETARG_DATUM(0), PG_ARGISNULL(0), type);
	PG_RETURN_TEXT_P(cstring_to_text_with_len(literal.data, literal.len));
}

typedef struct JqlValues
{
	int			count;
	Datum	   *values;
	Oid		   *types;
	bool	   *nulls;
	int			next;			/* the one that a plain %s takes */
} JqlValues;

/*
 * Reads what follows a per cent sign, appends what it stands for and returns
 * where the template goes on.
 */
static const char *
append_specifier(StringInfo out, const char *specifier, JqlValues *given)
{
	char	   *end = (char *) specifier;
	long		position = strtol(specifier, &end, 10);

	if (*specifier == '%')
	{
		appendStringInfoChar(out, '%');
		return specifier + 1;
	}
	if (end > specifier && *end == '$')
		given->next = (int) Min(Max(position, 0), PG_INT16_MAX) - 1;
	else
		end = (char *) specifier - 1;

	if (end[1] != 's')
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("unrecognized format specifier in a JQL template"),
				 errhint("Use %%s, %%1$s or, for a per cent sign, %%%%.")));
	if (given->next < 0 || given->next >= given->count)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("too few arguments for a JQL template")));
	append_literal(out, given->values[given->next], given->nulls[given->next],
				   given->types[given->next]);
	given->next++;
	return end + 2;
}

Datum
jira_jql(PG_FUNCTION_ARGS)
{
	JqlValues	given = {0};
	StringInfoData jql;
	const char *template;

	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	template = text_to_cstring(PG_GETARG_TEXT_PP(0));
	if (PG_NARGS() > 1)
		given.count = extract_variadic_args(fcinfo, 1, true, &given.values, &given.types,
											&given.nulls);

	initStringInfo(&jql);
	while (*template)
	{
		if (*template == '%')
			template = append_specifier(&jql, template + 1, &given);
		else
			appendStringInfoChar(&jql, *template++);
	}
	PG_RETURN_TEXT_P(cstring_to_text_with_len(jql.data, jql.len));
}

/* The length of a quoted string that starts at text[0]. */
static size_t
quoted_length(const char *text)
{
	size_t		i = 1;

	while (text[i] && text[i] != text[0])
		i += text[i] == '\\' && text[i + 1] ? 2 : 1;
	return text[i] ? i + 1 : i;
}

static bool
is_word_end(char c)
{
	return strchr(" \t\r\n()\"'", c) != NULL;	/* the final NUL too */
}

size_t
jql_order_start(const char *jql)
{
	size_t		i = 0;

	while (jql[i])
	{
		bool		word = i == 0 || is_word_end(jql[i - 1]);

		if (word && pg_strncasecmp(jql + i, "order", 5) == 0 && jql[i + 5] && is_word_end(jql[i + 5]))
		{
			size_t		by = i + 5 + strspn(jql + i + 5, " \t\r\n");

			if (pg_strncasecmp(jql + by, "by", 2) == 0 && is_word_end(jql[by + 2]))
				return i;
		}
		i += jql[i] == '"' || jql[i] == '\'' ? quoted_length(jql + i) : 1;
	}
	return i;
}
