/*
 * jql_scan.c
 *	  JQL token by token, as far as it must be understood to write a value
 *	  into it.
 *
 * A malformed query has tokens, too: Jira is the one to refuse it.
 */
#include "postgres.h"

#include "engine/jql_scan.h"

#define BLANKS " \t\r\n"

/* The bits of an open parenthesis. */
#define NEGATED_AROUND 1
#define LIST 2

/* INDENT OFF */
static const struct
{
	const char *text;
	JqlOperator operator;
	bool		has_list;
	bool		is_history;
	bool		is_range;
}			operators[] = {
	{"=", JQL_EXACT},
	{"!=", JQL_EXACT},
	{"~", JQL_EXACT},
	{"!~", JQL_EXACT},
	{">=", JQL_AT_LEAST},
	{">", JQL_AFTER},
	{"<=", JQL_AT_MOST},
	{"<", JQL_BEFORE},
	{"in", JQL_EXACT, .has_list = true},
	{"after", JQL_AFTER, .is_history = true},
	{"before", JQL_BEFORE, .is_history = true},
	{"on", JQL_EXACT, .is_history = true},
	{"during", JQL_AT_LEAST, .has_list = true, .is_history = true, .is_range = true}
};
/* INDENT ON */

/* By the operator: the one that NOT makes of it. */
static const JqlOperator opposites[] = {
	[JQL_NONE] = JQL_NONE,
	[JQL_EXACT] = JQL_EXACT,
	[JQL_AT_LEAST] = JQL_BEFORE,
	[JQL_AFTER] = JQL_AT_MOST,
	[JQL_AT_MOST] = JQL_AFTER,
	[JQL_BEFORE] = JQL_AT_LEAST
};

void
jql_scan_begin(JqlScan *scan, const char *text, size_t length)
{
	memset(scan, 0, sizeof(JqlScan));
	scan->text = text;
	scan->length = length;
	initStringInfo(&scan->parentheses);
}

/* The length of a quoted string, or of what there is of it. */
static size_t
quoted_length(const char *text, size_t length)
{
	size_t		i = 1;

	while (i < length && text[i] != text[0])
		i += text[i] == '\\' ? 2 : 1;
	return Min(i + 1, length);
}

static size_t
span(const char *text, size_t length, const char *characters, bool among)
{
	size_t		i = 0;

	while (i < length && (text[i] && strchr(characters, text[i]) != NULL) == among)
		i++;
	return i;
}

static size_t
token_length(const char *text, size_t length)
{
	if (text[0] == '"' || text[0] == '\'')
		return quoted_length(text, length);
	if (strchr("(),", text[0]))
		return 1;
	if (strchr("=!<>~&|", text[0]))
	{
		bool		two = length > 1 && (text[1] == '=' || (text[0] == '!' && text[1] == '~') ||
										 (strchr("&|", text[0]) && text[1] == text[0]));

		return two ? 2 : 1;
	}
	return Max(span(text, length, BLANKS "\"'(),=!<>~&|", false), 1);
}

bool
jql_scan_is(const JqlScan *scan, const char *word)
{
	size_t		length = strlen(word);

	return scan->end - scan->start == length &&
		pg_strncasecmp(scan->text + scan->start, word, length) == 0;
}

static bool
is_connective(const JqlScan *scan)
{
	static const char *const words[] = {"and", "or", "&", "&&", "|", "||"};

	for (int i = 0; i < lengthof(words); i++)
		if (jql_scan_is(scan, words[i]))
			return true;
	return false;
}

static void
end_clause(JqlScan *scan)
{
	scan->operator = JQL_NONE;
	scan->negated = false;
	scan->field = scan->field_end = scan->value_end;
}

/* A list belongs to its operator; other parentheses are around clauses. */
static void
open_parenthesis(JqlScan *scan)
{
	bool		is_list = scan->operator != JQL_NONE && scan->has_list;

	appendStringInfoChar(&scan->parentheses,
						 (scan->negated_around ? NEGATED_AROUND : 0) | (is_list ? LIST : 0));
	if (is_list)
		return;
	scan->negated_around ^= scan->negated;
	end_clause(scan);
}

static void
close_parenthesis(JqlScan *scan)
{
	StringInfo	open = &scan->parentheses;

	if (open->len > 0)
		scan->negated_around = (open->data[--open->len] & NEGATED_AROUND) != 0;
	end_clause(scan);
}

static bool
take_operator(JqlScan *scan)
{
	for (int i = 0; i < lengthof(operators); i++)
	{
		if (!jql_scan_is(scan, operators[i].text))
			continue;
		scan->operator = operators[i].operator;
		scan->has_list = operators[i].has_list;
		scan->is_history = operators[i].is_history;
		scan->is_range = operators[i].is_range;
		scan->field = scan->value;
		scan->field_end = scan->value_end;
		return true;
	}
	return false;
}

/* Takes the token into what comes before the next one. */
static void
pass_token(JqlScan *scan)
{
	if (scan->end == scan->start)
		return;
	if (jql_scan_is(scan, "("))
		open_parenthesis(scan);
	else if (jql_scan_is(scan, ")"))
		close_parenthesis(scan);
	else if (jql_scan_is(scan, ","))
	{
		if (scan->is_range)
			scan->operator = JQL_AT_MOST;
	}
	else if (jql_scan_is(scan, "not") || jql_scan_is(scan, "!"))
		scan->negated = !scan->negated;
	else if (is_connective(scan))
		end_clause(scan);
	else if (!take_operator(scan))
	{
		scan->value = scan->start;
		scan->value_end = scan->end;
	}
}

bool
jql_scan_next(JqlScan *scan)
{
	pass_token(scan);
	scan->start = scan->end + span(scan->text + scan->end, scan->length - scan->end, BLANKS, true);
	scan->end = scan->start;
	if (scan->start == scan->length)
		return false;
	scan->end += token_length(scan->text + scan->start, scan->length - scan->start);
	return true;
}

JqlOperator
jql_scan_operator(const JqlScan *scan)
{
	return scan->negated != scan->negated_around ? opposites[scan->operator] : scan->operator;
}

bool
jql_scan_field_in(const JqlScan *scan, const char *const *names)
{
	const char *field = scan->text + scan->field;
	size_t		length = scan->field_end - scan->field;

	if (length > 1 && (field[0] == '"' || field[0] == '\''))
	{
		field++;
		length -= 2;
	}
	for (; *names; names++)
		if (strlen(*names) == length && pg_strncasecmp(*names, field, length) == 0)
			return true;
	return false;
}
