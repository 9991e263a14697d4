/*
 * jql_fuzz.c
 *	  A value in JQL is one literal of it, whatever it contains, by a reader of
 *	  JQL of our own.
 */
#include "postgres.h"

#include <ctype.h>

#include "catalog/pg_type.h"
#include "lib/stringinfo.h"
#include "mb/pg_wchar.h"
#include "nodes/makefuncs.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"

#include "engine/jql.h"
#include "fuzz.h"

extern Datum jira_quote(PG_FUNCTION_ARGS);
extern Datum jira_jql(PG_FUNCTION_ARGS);

/* The types of values, each with its array. */
static const Oid types[] = {
	TEXTOID, INT4OID, INT8OID, NUMERICOID, FLOAT8OID, BOOLOID, TIMESTAMPTZOID, TIMESTAMPOID,
	DATEOID, JSONBOID, TEXTARRAYOID, INT4ARRAYOID, NUMERICARRAYOID, TIMESTAMPTZARRAYOID,
	DATEARRAYOID
};

/* One call for each type, and one of jira_jql() for a list of texts. */
static FmgrInfo quote[lengthof(types)];
static FmgrInfo input_function[lengthof(types)];
static Oid	ioparam[lengthof(types)];
static FmgrInfo jql;

/* What a function must know of its call to find the types of its arguments. */
static void
make_call(FmgrInfo *call, PGFunction function, List *arguments, bool variadic)
{
	FuncExpr   *expression = makeFuncExpr(InvalidOid, TEXTOID, arguments, InvalidOid, InvalidOid,
										  COERCE_EXPLICIT_CALL);

	expression->funcvariadic = variadic;
	memset(call, 0, sizeof(FmgrInfo));
	call->fn_addr = function;
	call->fn_mcxt = CurrentMemoryContext;
	fmgr_info_set_expr((Node *) expression, call);
}

static Node *
argument(Oid type)
{
	return (Node *) makeNullConst(type, -1, InvalidOid);
}

static void
prepare(void)
{
	for (int i = 0; i < lengthof(types); i++)
	{
		Oid			input;

		make_call(&quote[i], jira_quote, list_make1(argument(types[i])), false);
		getTypeInputInfo(types[i], &input, &ioparam[i]);
		fmgr_info(input, &input_function[i]);
	}
	make_call(&jql, jira_jql, list_make2(argument(TEXTOID), argument(TEXTARRAYOID)), true);
}

static unsigned
hex4(const char *digits)
{
	char		text[5] = {0};

	strncpy(text, digits, 4);
	return strspn(text, "0123456789abcdefABCDEF") == 4 ? strtoul(text, NULL, 16) : 0;
}

/*
 * Reads a string literal, which begins here, and returns what is behind it; NULL
 * if it is none.  The text that it stands for is appended to "text".
 */
static const char *
read_string(const char *c, StringInfo text)
{
	char		quote_mark = *c++;

	if (quote_mark != '"' && quote_mark != '\'')
		return NULL;
	for (; *c != quote_mark; c++)
	{
		if ((unsigned char) *c < ' ' || *c == 0x7f)
			return NULL;		/* the final NUL, too */
		if (*c != '\\')
		{
			appendStringInfoChar(text, *c);
			continue;
		}
		c++;
		if (*c == 'u')
		{
			unsigned	code = hex4(c + 1);

			if (code == 0 || code > 0x7f)
				return NULL;
			appendStringInfoChar(text, code);
			c += 4;
		}
		else if (*c && strchr("nrt", *c))
			appendStringInfoChar(text, *c == 'n' ? '\n' : *c == 'r' ? '\r' : '\t');
		else if (*c && strchr("\"'\\ ", *c))
			appendStringInfoChar(text, *c);
		else
			return NULL;
	}
	return c + 1;
}

/* Is all of it one literal of a string that stands for this text? */
static bool
is_string_of(const char *literal, const char *text)
{
	StringInfoData read;
	const char *end;

	initStringInfo(&read);
	end = read_string(literal, &read);
	return end && *end == '\0' && strcmp(read.data, text) == 0;
}

/* The end of a literal: a string, a number, or a word without a meaning. */
static const char *
skip_literal(const char *c)
{
	StringInfoData text;
	size_t		number = strspn(c, "-.0123456789");

	initStringInfo(&text);
	if (number > 0)
		return c + number;
	if (strncmp(c, "true", 4) == 0)
		return c + 4;
	if (strncmp(c, "false", 5) == 0 || strncmp(c, "EMPTY", 5) == 0)
		return c + 5;
	return read_string(c, &text);
}

/* Is it one literal, or a list of them in parentheses? */
static bool
is_value(const char *c, bool list)
{
	if (list && *c++ != '(')
		return false;
	for (;;)
	{
		c = skip_literal(c);
		if (c == NULL)
			return false;
		if (!list || strncmp(c, ", ", 2) != 0)
			break;
		c += 2;
	}
	return strcmp(c, list ? ")" : "") == 0;
}

/* A moment is a count of milliseconds. */
static bool
is_moment(const char *literal)
{
	const char *digits = literal + (literal[0] == '-');

	return strlen(digits) >= 12 && strspn(digits, "0123456789") == strlen(digits);
}

static char *
invoke(FunctionCallInfo fcinfo)
{
	return TextDatumGetCString(FunctionCallInvoke(fcinfo));
}

/* A value of any type, from its text. */
static void
check_quote(int i, const char *text)
{
	LOCAL_FCINFO(fcinfo, 1);
	char	   *literal;

	InitFunctionCallInfoData(*fcinfo, &quote[i], 1, InvalidOid, NULL, NULL);
	fcinfo->args[0].value = InputFunctionCall(&input_function[i], pstrdup(text), ioparam[i], -1);
	fcinfo->args[0].isnull = false;
	literal = invoke(fcinfo);

	FUZZ_REQUIRE(is_value(literal, OidIsValid(get_element_type(types[i]))), literal);
	if (types[i] == TEXTOID)
		FUZZ_REQUIRE(is_string_of(literal, text), literal);
	if (types[i] == TIMESTAMPTZOID || types[i] == TIMESTAMPOID || types[i] == DATEOID)
		FUZZ_REQUIRE(is_moment(literal), literal);
}

/* Two texts in a template are two strings in the same places. */
static void
check_jql(const char *text)
{
	LOCAL_FCINFO(fcinfo, 2);
	Datum		values[2];
	StringInfoData read;
	const char *c;

	values[0] = CStringGetTextDatum(text);
	values[1] = CStringGetTextDatum(text);
	InitFunctionCallInfoData(*fcinfo, &jql, 2, InvalidOid, NULL, NULL);
	fcinfo->args[0].value = CStringGetTextDatum("a ~ %2$s AND b = %1$s%%");
	fcinfo->args[0].isnull = false;
	fcinfo->args[1].value = PointerGetDatum(construct_array(values, 2, TEXTOID, -1, false,
															TYPALIGN_INT));
	fcinfo->args[1].isnull = false;
	c = invoke(fcinfo);

	FUZZ_REQUIRE(jql_order_start(c) == strlen(c), text);
	initStringInfo(&read);
	FUZZ_REQUIRE(strncmp(c, "a ~ ", 4) == 0 && (c = read_string(c + 4, &read)) != NULL, text);
	FUZZ_REQUIRE(strncmp(c, " AND b = ", 9) == 0 && (c = read_string(c + 9, &read)) != NULL, text);
	FUZZ_REQUIRE(strcmp(c, "%") == 0, text);
	FUZZ_REQUIRE(strcmp(read.data, psprintf("%s%s", text, text)) == 0, text);
}

/* Any template, which may itself be no JQL: nothing but an error or a text. */
static void
check_template(const char *template, const char *text)
{
	LOCAL_FCINFO(fcinfo, 2);
	Datum		value = CStringGetTextDatum(text);

	InitFunctionCallInfoData(*fcinfo, &jql, 2, InvalidOid, NULL, NULL);
	fcinfo->args[0].value = CStringGetTextDatum(template);
	fcinfo->args[0].isnull = false;
	fcinfo->args[1].value = PointerGetDatum(construct_array(&value, 1, TEXTOID, -1, false,
															TYPALIGN_INT));
	fcinfo->args[1].isnull = false;
	(void) invoke(fcinfo);
}

static bool
is_outside_strings(const char *query, size_t position)
{
	char		quote_mark = '\0';

	for (size_t i = 0; i < position; i++)
	{
		if (quote_mark && query[i] == '\\')
			i++;
		else if (quote_mark ? query[i] == quote_mark : query[i] == '"' || query[i] == '\'')
			quote_mark = quote_mark ? '\0' : query[i];
	}
	return quote_mark == '\0';
}

/* An ORDER BY that is found stands outside strings, and is the first one there. */
static void
check_order(const char *query)
{
	size_t		start = jql_order_start(query);

	FUZZ_REQUIRE(start <= strlen(query), query);
	if (query[start])
	{
		const char *by = query + start + 5;

		FUZZ_REQUIRE(is_outside_strings(query, start), query);
		FUZZ_REQUIRE(pg_strncasecmp(query + start, "order", 5) == 0, query);
		by += strspn(by, " \t\r\n");
		FUZZ_REQUIRE(pg_strncasecmp(by, "by", 2) == 0, query);
		FUZZ_REQUIRE(jql_order_start(pnstrdup(query, start)) == start, query);
	}
}

static void
check_reference(const char *text)
{
	StringInfoData reference;

	initStringInfo(&reference);
	jql_append_reference(&reference, text);
	if (strspn(reference.data, "0123456789") != strlen(reference.data))
		FUZZ_REQUIRE(is_string_of(reference.data, text), text);
	else
		FUZZ_REQUIRE(text[0] && strcmp(reference.data, text) == 0, text);
}

static void
run(FuzzInput *input)
{
	int			type = fuzz_choice(input, lengthof(types));
	const char *template = fuzz_line(input);
	const char *text = fuzz_text(input);

	check_jql(text);
	check_order(text);
	check_reference(text);
	check_quote(0, text);
	if (type > 0)
		check_quote(type, text);
	else
		check_template(template, text);
}

const FuzzTarget jql_target = {"jql", prepare, run};
