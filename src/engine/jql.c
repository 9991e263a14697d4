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

#include "engine/jql.h"
#include "engine/jql_time.h"
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

static void append_literal(StringInfo out, Datum value, bool isnull, Oid type, const JqlScan *place);

static void
append_list(StringInfo out, ArrayType *array, const JqlScan *place)
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
		append_literal(out, values[i], nulls[i], element, place);
	}
	appendStringInfoChar(out, ')');
}

static void
append_scalar(StringInfo out, Datum value, Oid type, const JqlScan *place)
{
	Oid			output;
	bool		varlena;
	char	   *text;

	if (type == TIMESTAMPTZOID || type == TIMESTAMPOID || type == DATEOID)
	{
		jql_time_append(out, value, type, place);
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

/* "place" is where the literal is written, NULL if that is not known. */
static void
append_literal(StringInfo out, Datum value, bool isnull, Oid type, const JqlScan *place)
{
	type = getBaseType(type);
	if (isnull)
		appendStringInfoString(out, "EMPTY");
	else if (OidIsValid(get_element_type(type)))
		append_list(out, DatumGetArrayTypeP(value), place);
	else
		append_scalar(out, value, type, place);
}

Datum
jira_quote(PG_FUNCTION_ARGS)
{
	Oid			type = get_fn_expr_argtype(fcinfo->flinfo, 0);
	StringInfoData literal;

	if (!OidIsValid(type))
		elog(ERROR, "could not determine the type of the value");
	initStringInfo(&literal);
	append_literal(&literal, PG_GETARG_DATUM(0), PG_ARGISNULL(0), type, NULL);
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

/* Scans the query so far: what comes next is the operand of its last operator. */
static void
go_to_end(JqlScan *scan, StringInfo jql)
{
	jql_scan_begin(scan, jql->data, jql->len);
	while (jql_scan_next(scan))
		;
}

void
jql_append_operand(StringInfo jql, Datum value, Oid type)
{
	JqlScan		place;

	go_to_end(&place, jql);
	append_literal(jql, value, false, type, &place);
}

/*
 * Reads what follows a per cent sign, appends what it stands for and returns
 * where the template goes on.
 */
static const char *
append_specifier(StringInfo out, const char *specifier, JqlValues *given)
{
	char	   *end = (char *) specifier;
	long		position = strtol(specifier, &end, 10);
	JqlScan		place;

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
	go_to_end(&place, out);
	append_literal(out, given->values[given->next], given->nulls[given->next],
				   given->types[given->next], &place);
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

size_t
jql_order_start(const char *jql)
{
	JqlScan		scan;
	size_t		order = 0;
	bool		after_order = false;

	jql_scan_begin(&scan, jql, strlen(jql));
	while (jql_scan_next(&scan))
	{
		if (after_order && jql_scan_is(&scan, "by"))
			return order;
		after_order = jql_scan_is(&scan, "order");
		order = scan.start;
	}
	return strlen(jql);
}

/* Are quotes and parentheses closed, so that nothing of it acts on what is around it? */
static bool
is_closed(const char *jql, size_t length)
{
	int			depth = 0;
	char		quote = '\0';

	for (size_t i = 0; i < length; i++)
	{
		char		c = jql[i];

		if (c == '\\' && (quote == '\0' || ++i == length))
			return false;
		else if (c == '\\')
			continue;
		else if (quote)
			quote = c == quote ? '\0' : quote;
		else if (c == '"' || c == '\'')
			quote = c;
		else if (c == '(')
			depth++;
		else if (c == ')' && --depth < 0)
			return false;
	}
	return depth == 0 && quote == '\0';
}

/* The length of a query without its ORDER BY. */
static int
clauses_length(const char *jql)
{
	size_t		length = jql_order_start(jql);

	while (length > 0 && strchr(" \t\r\n", jql[length - 1]))
		length--;
	return (int) length;
}

char *
jql_with_clause(const char *jql, const char *clause)
{
	int			length = clauses_length(jql);

	if (!is_closed(jql, length))
		return NULL;
	if (length == 0)
		return psprintf("%s%s%s", clause, jql[0] ? " " : "", jql);
	return psprintf("%s AND (%.*s)%s", clause, length, jql, jql + length);
}

char *
jql_with_order(const char *jql, const char *order)
{
	int			length = clauses_length(jql);

	return psprintf("%.*s%sORDER BY %s", length, jql, length > 0 ? " " : "", order);
}
