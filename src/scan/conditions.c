/*
 * conditions.c
 *	  Conditions of a query that Jira can look for, as JQL.
 *
 * What Jira says of a value that it does not know differs: it refuses the search,
 * or finds nothing.  So a list has only what is known to exist, and a search that
 * Jira refuses or warns of is asked again with less.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "executor/executor.h"
#include "math.h"
#include "mb/pg_wchar.h"
#include "nodes/nodeFuncs.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/date.h"
#include "utils/datum.h"
#include "utils/float.h"
#include "utils/fmgrprotos.h"
#include "utils/lsyscache.h"
#include "utils/ruleutils.h"
#include "utils/timestamp.h"

#include "engine/jql.h"
#include "engine/jql_time.h"
#include "engine/key_list.h"
#include "engine/search_count.h"
#include "json/value.h"
#include "scan/conditions.h"
#include "scan/conditions_private.h"

/* Lists of more values are not asked for, nor names with more ids. */
#define MOST_VALUES 500
#define MOST_IDS 50

/* A date is one in the zone of the site or of the account: two days are on the safe side. */
#define DAYS_ASIDE 2

/* Larger numbers are not asked for: they might be taken for times. */
#define MOST_NUMBER 99999999999.0

/* The years of which Jira can be asked. */
#define FIRST_YEAR 1900
#define LAST_YEAR 9000

/*
 * Searches for one value after another, those that were asked again included, before what
 * all rows cost is asked for, and the most requests for all rows that are then made at once.
 */
#define FEW_READS 2
#define MOST_REQUESTS 10

/* How much of the conditions a search has. */
typedef enum Extent
{
	EVERYTHING,
	WITHOUT_NAMES,				/* only what cannot be unknown to Jira */
	NOTHING
} Extent;

/* What a condition leaves of the issues. */
typedef enum Found
{
	ANY_ISSUE,					/* Jira is not asked for it */
	SOME_ISSUES,				/* those of the clause */
	NO_ISSUE
} Found;

/* A value, evaluated for one read. */
typedef struct ConditionValue
{
	ExprState  *state;
	Node	   *expression;
	Oid			type;
	Datum		datum;
	bool		isnull;
} ConditionValue;

struct Conditions
{
	Narrowing	narrowing;		/* must be first */
	List	   *plan;
	const Binding *binding;
	PlanState  *parent;
	bool		needs_jql;		/* the call without JQL is an error */
	ConditionValue *values;
	int			count;
	MemoryContext context;		/* owns the values and the clause */
	Extent		extent;			/* of the last search */
	char	   *clause;			/* and its clause */
	bool		has_list;		/* that has a list of issues; one alone makes
								 * none */
	bool		has_accounts;	/* that has a list of accounts */
	json_t	   *checked;		/* by list of issues: the ids of those that
								 * exist, or null */
	WantedItems items;			/* of the read */
	int			asked_again;
	int			reads;			/* of the call, this one included */
	int			most_reads;		/* before all rows are read; -1: not known */
};

/* What a clause is written with. */
typedef struct Writer
{
	Conditions *conditions;
	Client	   *client;
	Extent		extent;
	bool		is_alternative; /* within an OR */
} Writer;

static Found write_condition(Writer *writer, List *condition, StringInfo jql);

/* --- Values. */

static double
number_of(Datum value, Oid type)
{
	switch (type)
	{
		case INT2OID:
			return DatumGetInt16(value);
		case INT4OID:
			return DatumGetInt32(value);
		case INT8OID:
			return (double) DatumGetInt64(value);
		case FLOAT4OID:
			return DatumGetFloat4(value);
		case FLOAT8OID:
			return DatumGetFloat8(value);
		default:
			return DatumGetFloat8(DirectFunctionCall1(numeric_float8_no_overflow, value));
	}
}

/* The text, or an integer as a text, in UTF-8. */
static char *
text_of(Datum value, Oid type)
{
	char	   *string;

	if (type == INT2OID || type == INT4OID || type == INT8OID)
		return psprintf("%.0f", number_of(value, type));
	string = type == NAMEOID ? NameStr(*DatumGetName(value)) : TextDatumGetCString(value);
	return pg_server_to_any(string, strlen(string), PG_UTF8);
}

/* The elements of an array that are not null; sets *has_null. */
static Datum *
elements_of(const ConditionValue *value, int *count, bool *has_null)
{
	Datum	   *elements;
	bool	   *nulls;
	int			all = value_array_elements(DatumGetArrayTypeP(value->datum), &elements, &nulls);

	*count = 0;
	for (int i = 0; i < all; i++)
		if (!nulls[i])
			elements[(*count)++] = elements[i];
	*has_null = *count < all;
	return elements;
}

static List *
texts_of(const ConditionValue *value, bool *has_null)
{
	int			count;
	Datum	   *elements = elements_of(value, &count, has_null);
	List	   *texts = NIL;

	for (int i = 0; i < count; i++)
		texts = lappend(texts, text_of(elements[i], get_element_type(value->type)));
	return texts;
}

/* The moment in a value of any type that has one; false for one that Jira cannot be asked for. */
static bool
moment_of(const ConditionValue *value, TimestampTz *moment)
{
	Timestamp	local;
	struct pg_tm tm;
	fsec_t		fraction;

	if (value->type == DATEOID && DATE_NOT_FINITE(DatumGetDateADT(value->datum)))
		return false;
	if (value->type == DATEOID)
	{
		int			overflow;

		local = date2timestamp_opt_overflow(DatumGetDateADT(value->datum), &overflow);
		if (overflow)
			return false;
	}
	else
		local = DatumGetTimestamp(value->datum);
	if (!value_timestamp(local, &tm, &fraction) || tm.tm_year < FIRST_YEAR || tm.tm_year > LAST_YEAR)
		return false;
	*moment = value->type == TIMESTAMPTZOID ? local
		: DatumGetTimestampTz(DirectFunctionCall1(timestamp_timestamptz, TimestampGetDatum(local)));
	return true;
}

/* --- Clauses. */

static Found
write_names(const char *field, List *names, StringInfo jql)
{
	ListCell   *cell;

	appendStringInfo(jql, list_length(names) == 1 ? "%s = " : "%s in (", field);
	foreach(cell, names)
	{
		if (foreach_current_index(cell) > 0)
			appendStringInfoString(jql, ", ");
		jql_append_reference(jql, lfirst(cell));
	}
	if (list_length(names) > 1)
		appendStringInfoChar(jql, ')');
	return SOME_ISSUES;
}

static bool
are_names(List *texts)
{
	ListCell   *cell;

	foreach(cell, texts)
		if (!condition_column_is_name(lfirst(cell)))
		return false;
	return true;
}

/*
 * One name is asked for whether Jira knows it or not.  Things that it shows by that
 * name, in the language of the account, are asked for by their ids, too.
 */
static Found
write_known(Writer *writer, const ConditionColumn *column, List *texts, StringInfo jql)
{
	List	   *names = NIL;
	ListCell   *cell;

	foreach(cell, texts)
	{
		List	   *ids;

		if (!condition_column_is_name(lfirst(cell)) ||
			!known_names_ids(writer->client, column->known, lfirst(cell), &ids) ||
			(ids == NIL && list_length(texts) > 1) || list_length(ids) > MOST_IDS)
			return ANY_ISSUE;
		names = list_concat(lappend(names, lfirst(cell)), ids);
	}
	return write_names(column->field, names, jql);
}

/* A list has only projects that exist. */
static Found
write_projects(Writer *writer, const ConditionColumn *column, List *texts, StringInfo jql)
{
	ListCell   *cell;

	foreach(cell, texts)
	{
		List	   *ids;

		if (!condition_column_is_name(lfirst(cell)) ||
			(list_length(texts) > 1 &&
			 (!known_names_ids(writer->client, KNOWN_PROJECTS, lfirst(cell), &ids) || ids == NIL)))
			return ANY_ISSUE;
	}
	return write_names(column->field, texts, jql);
}

/*
 * The ids of those issues of a list that exist; NULL: not known.  The searches of a read
 * that are asked one after another have the list checked once.
 */
static json_t *
checked_ids(Writer *writer, json_t *keys)
{
	Conditions *conditions = writer->conditions;
	char	   *list = key_list_clause("key", keys);
	json_t	   *ids;

	if (conditions->checked == NULL)
		conditions->checked = jira_json_object(conditions->context);
	ids = json_object_get(conditions->checked, list);
	if (ids == NULL)
	{
		ids = key_list_ids(writer->client, "jira_lookup_issues_stream", keys);
		json_object_set_new(conditions->checked, list, jira_json_made(ids ? json_incref(ids) : json_null()));
	}
	return json_is_array(ids) ? ids : NULL;
}

/* One issue is asked for as it is, unless Jira has refused that. */
static Found
write_issues(Writer *writer, const ConditionColumn *column, List *texts, StringInfo jql)
{
	json_t	   *keys = jira_json_array(CurrentMemoryContext);
	json_t	   *ids;
	ListCell   *cell;

	foreach(cell, texts)
		if (column->kind == OF_ID ? key_list_has_id_form(lfirst(cell)) : key_list_has_key_form(lfirst(cell)))
		json_array_append_new(keys, jira_json_made(json_string(lfirst(cell))));
	if (json_array_size(keys) == 0)
		return NO_ISSUE;
	if (json_array_size(keys) == 1 && writer->extent == EVERYTHING)
		return write_names(column->field, list_make1((char *) json_string_value(json_array_get(keys, 0))), jql);
	ids = checked_ids(writer, keys);
	if (ids == NULL)
		return ANY_ISSUE;
	if (json_array_size(ids) == 0)
		return NO_ISSUE;
	writer->conditions->has_list |= json_array_size(ids) > 1 || writer->is_alternative;
	appendStringInfoString(jql, key_list_clause(column->kind == OF_ID || strcmp(column->field, "key") == 0
												? "id" : column->field, ids));
	return SOME_ISSUES;
}

/*
 * Which accounts exist is not asked for, as issues may still show one that is gone.
 * Jira refuses a list with one that it does not know.  Should Cloud find nothing instead,
 * that must show: so no list is one of several alternatives.
 */
static Found
write_accounts(Writer *writer, const ConditionColumn *column, List *texts, StringInfo jql)
{
	bool		is_list = list_length(texts) > 1;

	if (!are_names(texts) || (is_list && writer->is_alternative))
		return ANY_ISSUE;
	writer->conditions->has_accounts |= is_list && writer->client->connection->deployment == CLOUD;
	return write_names(column->field, texts, jql);
}

static Found
write_categories(const ConditionColumn *column, List *texts, bool negated, StringInfo jql)
{
	static const char *const categories[][2] = {
		{"undefined", "1"}, {"new", "2"}, {"indeterminate", "4"}, {"done", "3"}
	};
	List	   *ids = NIL;
	ListCell   *cell;

	foreach(cell, texts)
	{
		int			length = list_length(ids);

		for (int i = 0; i < lengthof(categories); i++)
			if (strcmp(lfirst(cell), categories[i][0]) == 0)
				ids = list_append_unique_ptr(ids, (void *) categories[i][1]);
		if (list_length(ids) == length && !negated)
			return ANY_ISSUE;
	}
	if (ids == NIL)
		return ANY_ISSUE;
	appendStringInfo(jql, "%s %s ", column->field, negated ? "not in" : "in");
	foreach(cell, ids)
		appendStringInfo(jql, "%s%s", foreach_current_index(cell) > 0 ? ", " : "(", (char *) lfirst(cell));
	appendStringInfoChar(jql, ')');
	return SOME_ISSUES;
}

/* What each project has of its own may be unknown to some: one at a time is asked for. */
static Found
write_parts(const ConditionColumn *column, ConditionTest test, List *texts, StringInfo jql)
{
	ListCell   *cell;

	if (!are_names(texts))
		return ANY_ISSUE;
	if (test == HAS_ANY && column->kind == OF_THINGS && list_length(texts) > 1)
		return ANY_ISSUE;
	if (test == HAS_ANY)
		return write_names(column->field, texts, jql);
	foreach(cell, texts)
	{
		if (foreach_current_index(cell) > 0)
			appendStringInfoString(jql, " AND ");
		(void) write_names(column->field, list_make1(lfirst(cell)), jql);
	}
	return SOME_ISSUES;
}

static void
append_bound(const ConditionColumn *column, const char *operator, TimestampTz moment, StringInfo jql)
{
	StringInfoData bound;

	initStringInfo(&bound);
	appendStringInfo(&bound, "%s %s ", column->field, operator);
	if (column->kind == OF_DAY)
	{
		int64		aside = DAYS_ASIDE * USECS_PER_DAY;
		DateADT		day = DatumGetDateADT(DirectFunctionCall1(timestamptz_date,
															  TimestampTzGetDatum(moment + (*operator == '<' ? aside : -aside))));

		jql_append_operand(&bound, DateADTGetDatum(day), DATEOID);
	}
	else
		jql_append_operand(&bound, TimestampTzGetDatum(moment), TIMESTAMPTZOID);
	appendBinaryStringInfo(jql, bound.data, bound.len);
}

static Found
write_moment(const ConditionColumn *column, ConditionTest test, const ConditionValue *value, StringInfo jql)
{
	TimestampTz moment;

	if (!moment_of(value, &moment))
		return ANY_ISSUE;
	if (test != IS_AT_MOST)
		append_bound(column, ">=", moment, jql);
	if (test == IS)
		appendStringInfoString(jql, " AND ");
	if (test != IS_AT_LEAST)
		append_bound(column, "<=", moment, jql);
	return SOME_ISSUES;
}

/*
 * Bounds are whole numbers: Jira may read a decimal point as the language of the
 * account has it.  Numbers there are of double precision, and so is what they are
 * compared with, by which no number comes to stand on the other side of a bound.
 */
static void
append_number(const ConditionColumn *column, const char *operator, double bound, StringInfo jql)
{
	appendStringInfo(jql, "%s %s %.0f", column->field, operator, bound + 0.0);
}

static Found
write_range(const ConditionColumn *column, ConditionTest test, double least, double most, StringInfo jql)
{
	if (!(least >= -MOST_NUMBER && most <= MOST_NUMBER))
		return ANY_ISSUE;
	if (test != IS_AT_MOST)
		append_number(column, ">=", floor(least), jql);
	if (test != IS_AT_MOST && test != IS_AT_LEAST)
		appendStringInfoString(jql, " AND ");
	if (test != IS_AT_LEAST)
		append_number(column, "<=", ceil(most), jql);
	return SOME_ISSUES;
}

static Found
write_numbers(const ConditionColumn *column, const ConditionValue *value, StringInfo jql)
{
	bool		has_null;
	int			count;
	Datum	   *elements = elements_of(value, &count, &has_null);
	double		least = get_float8_infinity();
	double		most = -least;

	if (count == 0)
		return NO_ISSUE;
	for (int i = 0; i < count; i++)
	{
		double		number = number_of(elements[i], get_element_type(value->type));

		if (isnan(number))
			return ANY_ISSUE;
		least = Min(least, number);
		most = Max(most, number);
	}
	return write_range(column, IS_ANY, least, most, jql);
}

static Found
write_number(const ConditionColumn *column, ConditionTest test, const ConditionValue *value, StringInfo jql)
{
	double		number;

	if (test == IS_ANY)
		return write_numbers(column, value, jql);
	number = number_of(value->datum, value->type);
	return write_range(column, test, number, number, jql);
}

/* Which options or sprints there are is not known: each is a clause of its own, with no effect on the others. */
static Found
write_alternatives(const ConditionColumn *column, List *texts, StringInfo jql)
{
	bool		several = list_length(texts) > 1;
	ListCell   *cell;

	if (column->kind == OF_OPTION && !are_names(texts))
		return ANY_ISSUE;
	foreach(cell, texts)
	{
		if (several)
			appendStringInfoString(jql, foreach_current_index(cell) > 0 ? " OR " : "(");
		if (column->kind == OF_SPRINT)
			appendStringInfo(jql, "%s = %s", column->field, (char *) lfirst(cell));
		else
			(void) write_names(column->field, list_make1(lfirst(cell)), jql);
	}
	if (several)
		appendStringInfoChar(jql, ')');
	return SOME_ISSUES;
}

/*
 * May Jira refuse a search for a value because it does not know it, or for a field that
 * not everybody may use?
 */
static bool
may_be_unknown(const ConditionColumn *column, ConditionTest test)
{
	switch (column->kind)
	{
		case OF_KEY:
		case OF_ID:
		case OF_CATEGORY:
		case OF_MOMENT:
		case OF_DAY:
			return column->types != NULL;
		default:
			return column->types != NULL || test != EXISTS;
	}
}

static Found
write_texts(Writer *writer, const ConditionColumn *column, ConditionTest test, List *texts, StringInfo jql)
{
	switch (column->kind)
	{
		case OF_KEY:
		case OF_ID:
			return write_issues(writer, column, texts, jql);
		case OF_PROJECT:
			return write_projects(writer, column, texts, jql);
		case OF_NAME:
			return write_known(writer, column, texts, jql);
		case OF_CATEGORY:
			return write_categories(column, texts, test == IS_NOT || test == IS_NONE, jql);
		case OF_ACCOUNT:
			return write_accounts(writer, column, texts, jql);
		case OF_OPTION:
		case OF_SPRINT:
			return write_alternatives(column, texts, jql);
		default:
			return write_parts(column, test, texts, jql);
	}
}

static Found
write_value(Writer *writer, const ConditionColumn *column, ConditionTest test, const ConditionValue *value, StringInfo jql)
{
	bool		is_array = test == IS_ANY || test == IS_NONE || test == HAS_ALL || test == HAS_ANY;
	bool		has_null = false;
	List	   *texts;

	if (test == EXISTS)
	{
		appendStringInfo(jql, "%s is not EMPTY", column->field);
		return SOME_ISSUES;
	}
	if (column->kind == OF_MOMENT || column->kind == OF_DAY)
		return write_moment(column, test, value, jql);
	if (column->kind == OF_NUMBER)
		return write_number(column, test, value, jql);
	texts = is_array ? texts_of(value, &has_null) : list_make1(text_of(value->datum, value->type));
	if (has_null && (test == IS_NONE || test == HAS_ALL))
		return NO_ISSUE;
	if (texts == NIL)
		return test == IS_ANY || test == HAS_ANY ? NO_ISSUE : ANY_ISSUE;
	if (list_length(texts) > MOST_VALUES)
		return ANY_ISSUE;
	return write_texts(writer, column, test, texts, jql);
}

/* A comparison with NULL is not true, nor is one with a list that has no value. */
static Found
write_comparison(Writer *writer, List *condition, StringInfo jql)
{
	const Binding *binding = writer->conditions->binding;
	const ConditionColumn *column = condition_column(binding, linitial_int(condition));
	ConditionTest test = lsecond_int(condition);
	const ConditionValue *value = test == EXISTS ? NULL : &writer->conditions->values[lthird_int(condition)];
	StringInfoData parts;
	List	   *fields;
	ListCell   *cell;

	if (value && value->isnull)
		return NO_ISSUE;
	if (condition_column_is_of_item(column) || (writer->extent == WITHOUT_NAMES && may_be_unknown(column, test)))
		return ANY_ISSUE;
	fields = condition_column_fields(writer->client, binding, column);
	if (fields == NIL)
		return ANY_ISSUE;
	initStringInfo(&parts);
	foreach(cell, fields)
	{
		Found		found;

		if (parts.len > 0)
			appendStringInfoString(&parts, " OR ");
		found = write_value(writer, lfirst(cell), test, value, &parts);
		if (found != SOME_ISSUES)
			return found;		/* of one field as of another */
	}
	appendStringInfo(jql, list_length(fields) > 1 ? "(%s)" : "%s", parts.data);
	return SOME_ISSUES;
}

/* Of an OR with a part that is not asked for nothing is; a part that finds no issue is left out. */
static Found
write_group(Writer *writer, List *group, StringInfo jql)
{
	bool		one_of = intVal(linitial(group)) == ONE_OF;
	Writer		inner = *writer;
	StringInfoData parts;
	ListCell   *cell;

	inner.is_alternative |= one_of;
	initStringInfo(&parts);
	for_each_from(cell, group, 1)
	{
		StringInfoData part;
		Found		found;

		initStringInfo(&part);
		found = write_condition(&inner, lfirst(cell), &part);
		if (found == (one_of ? ANY_ISSUE : NO_ISSUE))
			return found;
		if (found == SOME_ISSUES)
			appendStringInfo(&parts, "%s%s", parts.len == 0 ? "" : one_of ? " OR " : " AND ", part.data);
	}
	if (parts.len == 0)
		return one_of ? NO_ISSUE : ANY_ISSUE;
	appendStringInfo(jql, one_of ? "(%s)" : "%s", parts.data);
	return SOME_ISSUES;
}

static Found
write_condition(Writer *writer, List *condition, StringInfo jql)
{
	return IsA(condition, IntList) ? write_comparison(writer, condition, jql) : write_group(writer, condition, jql);
}

/* --- Conditions on the items of the issues. */

static void
want_moment(WantedItems *items, ConditionTest test, const ConditionValue *value)
{
	TimestampTz moment;

	if (!moment_of(value, &moment))
		return;
	if (test != IS_AT_MOST)
		items->since = Max(items->since, jql_time_milliseconds(moment));
	if (test != IS_AT_LEAST)
		items->until = Min(items->until, jql_time_milliseconds(moment));
}

/* One condition is enough; of others on the same column the rows are checked. */
static void
want_fields(WantedItems *items, List *ids)
{
	ListCell   *cell;

	if (items->field_ids || list_length(ids) > MOST_VALUES)
		return;
	items->field_ids = jira_json_array(CurrentMemoryContext);
	foreach(cell, ids)
		json_array_append_new(items->field_ids, jira_json_made(json_string(lfirst(cell))));
}

/* What a comparison leaves of the items; one that is not true for any of them ends the read elsewhere. */
static void
want_compared(Conditions *conditions, List *condition)
{
	const ConditionColumn *column = condition_column(conditions->binding, linitial_int(condition));
	ConditionTest test = lsecond_int(condition);
	const ConditionValue *value = test == EXISTS ? NULL : &conditions->values[lthird_int(condition)];
	bool		has_null;

	if (value == NULL || value->isnull)
		return;
	if (column->kind == OF_CHANGE)
		want_moment(&conditions->items, test, value);
	if (column->kind == OF_CHANGED_FIELD)
		want_fields(&conditions->items, test == IS_ANY ? texts_of(value, &has_null)
					: list_make1(text_of(value->datum, value->type)));
}

/* Are the issues named, so that there are few of them? */
static bool
names_issues(const Conditions *conditions, List *condition)
{
	const ConditionColumn *column = condition_column(conditions->binding, linitial_int(condition));

	return column->kind == OF_ID || (column->kind == OF_KEY && strcmp(column->field, "key") == 0);
}

/*
 * By the time of their changes items come in an order of their own, and beside the
 * issues: not where the JQL has an order, or cannot be one of several clauses, nor
 * where the issues are few.
 */
static void
want_items(Conditions *conditions, const char *own)
{
	MemoryContext before = MemoryContextSwitchTo(conditions->context);
	bool		any_time = jql_order_start(own) < strlen(own) || jql_with_clause(own, "id = 1") == NULL;
	ListCell   *cell;

	conditions->items = (WantedItems)
	{
		PG_INT64_MIN, PG_INT64_MAX, NULL
	};
	for_each_from(cell, conditions->plan, 1)
	{
		if (!IsA(lfirst(cell), IntList))
			continue;
		want_compared(conditions, lfirst(cell));
		any_time |= names_issues(conditions, lfirst(cell));
	}
	if (any_time)
	{
		conditions->items.since = PG_INT64_MIN;
		conditions->items.until = PG_INT64_MAX;
	}
	if (conditions->items.field_ids || conditions->items.since > PG_INT64_MIN || conditions->items.until < PG_INT64_MAX)
		conditions->narrowing.items = &conditions->items;
	MemoryContextSwitchTo(before);
}

/* --- The searches, one after another. */

/* The requests for all rows that the JQL finds, beside the one that tells their number; -1: not known. */
static int64
requests_for_all(const Conditions *conditions, Client *client, const char *jql)
{
	char	   *clauses = pnstrdup(jql, jql_order_start(jql));
	int64		count = search_count_take(search_count_start(client, conditions->binding->action->name, clauses));

	return count < 0 ? -1 : 1 + count / Max(conditions->narrowing.rows_per_request, 1);
}

/*
 * Are all rows of the call to be read, after searches for one value after another?  If
 * they cost little it is not worth to ask for another value; else as many searches have
 * cost as much.
 */
static bool
is_dear(Conditions *conditions, Client *client, const char *own)
{
	if (conditions->reads + conditions->asked_again <= FEW_READS)
		return false;
	if (conditions->most_reads < 0)
	{
		int64		requests = requests_for_all(conditions, client, own);

		conditions->most_reads = requests < 0 ? MOST_REQUESTS
			: requests <= MOST_REQUESTS ? 0 : (int) Min(requests, PG_INT16_MAX);
	}
	return conditions->reads > conditions->most_reads;
}

/*
 * The next one that is not the same as the one before.  A list of issues that finds
 * nothing may have one that was deleted since it was checked, and a list of accounts one
 * that Jira does not know.
 */
static NarrowingResult
next_search(Narrowing *narrowing, Client *client, NarrowingCause cause, const char *own, char **jql)
{
	Conditions *conditions = (Conditions *) narrowing;
	bool		wider = cause == SEARCH_EMPTY ? conditions->has_accounts : cause != NOTHING_ASKED;
	Extent		extent = cause == NOTHING_ASKED ? EVERYTHING : conditions->extent + wider;

	if (cause == SEARCH_EMPTY && !conditions->has_list && !conditions->has_accounts)
		return NO_ROWS;
	if (cause == SEARCH_EMPTY)
		conditions->checked = NULL;
	conditions->asked_again += wider;
	if (own[0] == '\0' && conditions->needs_jql)
		return AS_WRITTEN;
	if (cause == NOTHING_ASKED && is_dear(conditions, client, own))
		return AS_WRITTEN;
	if (cause == NOTHING_ASKED)
		want_items(conditions, own);
	for (; extent < NOTHING; extent++)
	{
		Writer		writer = {conditions, client, extent};
		StringInfoData clause;
		Found		found;

		initStringInfo(&clause);
		conditions->has_list = false;
		conditions->has_accounts = false;
		found = write_condition(&writer, conditions->plan, &clause);
		if (found == NO_ISSUE)
			return NO_ROWS;
		if (found == ANY_ISSUE)
			continue;
		if (conditions->clause && strcmp(clause.data, conditions->clause) == 0)
		{
			if (cause == SEARCH_EMPTY && !wider)
				return NO_ROWS;
			continue;
		}
		conditions->extent = extent;
		conditions->clause = MemoryContextStrdup(conditions->context, clause.data);
		*jql = jql_with_clause(own, clause.data);
		return *jql ? NARROWED : AS_WRITTEN;
	}
	return AS_WRITTEN;
}

Conditions *
conditions_begin(List *plan, List *values, const Binding *binding, PlanState *parent)
{
	Conditions *conditions = palloc0(sizeof(Conditions));
	ListCell   *cell;

	conditions->narrowing.next = next_search;
	conditions->plan = plan;
	conditions->binding = binding;
	conditions->parent = parent;
	conditions->most_reads = -1;
	conditions->needs_jql = binding->arguments[bind_named(binding, "jql")].required;
	conditions->values = palloc0(sizeof(ConditionValue) * Max(list_length(values), 1));
	foreach(cell, values)
	{
		ConditionValue *value = &conditions->values[conditions->count++];

		value->expression = lfirst(cell);
		value->type = getBaseType(exprType(lfirst(cell)));
		value->state = ExecInitExpr(lfirst(cell), parent);
	}
	conditions->context = AllocSetContextCreate(CurrentMemoryContext, "Jira conditions", ALLOCSET_SMALL_SIZES);
	return conditions;
}

void
conditions_evaluate(Conditions *conditions, ExprContext *econtext)
{
	MemoryContextReset(conditions->context);
	conditions->clause = NULL;
	conditions->checked = NULL;
	conditions->narrowing.items = NULL;
	conditions->reads++;
	for (int i = 0; i < conditions->count; i++)
	{
		ConditionValue *value = &conditions->values[i];
		int16		length;
		bool		by_value;
		MemoryContext before;

		value->datum = ExecEvalExprSwitchContext(value->state, econtext, &value->isnull);
		if (value->isnull)
			continue;
		get_typlenbyval(value->type, &length, &by_value);
		before = MemoryContextSwitchTo(conditions->context);
		value->datum = datumCopy(value->datum, by_value, length);
		MemoryContextSwitchTo(before);
	}
}

void
conditions_change_call(Conditions *conditions)
{
	conditions->reads = 0;
	conditions->most_reads = -1;
}

bool
conditions_read_all(const Conditions *conditions)
{
	return conditions->narrowing.result == AS_WRITTEN && conditions->narrowing.items == NULL;
}

Narrowing *
conditions_narrowing(Conditions *conditions)
{
	return &conditions->narrowing;
}

int
conditions_asked_again(const Conditions *conditions)
{
	return conditions->asked_again;
}

/* --- EXPLAIN. */

static char *
expression_text(const Conditions *conditions, int number, List *ancestors, ExplainState *es)
{
	return deparse_expression(conditions->values[number].expression,
							  set_deparse_context_plan(es->deparse_cxt, conditions->parent->plan, ancestors),
							  false, false);
}

/* Is a condition on a column of an item, and not of its issue? */
static bool
is_of_item(const Conditions *conditions, List *condition)
{
	return IsA(condition, IntList) &&
		condition_column_is_of_item(condition_column(conditions->binding, linitial_int(condition)));
}

/* Of a group, only what is of items, or what is not. */
static char *
condition_text(const Conditions *conditions, List *condition, bool of_item, List *ancestors, ExplainState *es)
{
	static const char *const operators[] = {
		[IS] = "=",[IS_NOT] = "!=",[IS_ANY] = "in",[IS_NONE] = "not in",[IS_AT_LEAST] = ">=",[IS_AT_MOST] = "<=",
		[HAS] = "=",[HAS_ALL] = "= each of",[HAS_ANY] = "in"
	};
	StringInfoData text;
	ListCell   *cell;

	if (IsA(condition, IntList))
	{
		const char *field = condition_column(conditions->binding, linitial_int(condition))->field;

		if (lsecond_int(condition) == EXISTS)
			return psprintf("%s is not EMPTY", field);
		return psprintf("%s %s %s", field, operators[lsecond_int(condition)],
						expression_text(conditions, lthird_int(condition), ancestors, es));
	}
	initStringInfo(&text);
	for_each_from(cell, condition, 1)
		if (is_of_item(conditions, lfirst(cell)) == of_item)
		appendStringInfo(&text, "%s%s", text.len == 0 ? "" : intVal(linitial(condition)) == ONE_OF ? " OR " : " AND ",
						 condition_text(conditions, lfirst(cell), of_item, ancestors, es));
	return intVal(linitial(condition)) == ONE_OF ? psprintf("(%s)", text.data) : text.data;
}

void
conditions_explain(const Conditions *conditions, List *ancestors, ExplainState *es)
{
	char	   *of_issues = condition_text(conditions, conditions->plan, false, ancestors, es);
	char	   *of_items = condition_text(conditions, conditions->plan, true, ancestors, es);

	if (of_issues[0] != '\0')
		ExplainPropertyText("Conditions in JQL", of_issues, es);
	if (of_items[0] != '\0')
		ExplainPropertyText("Conditions on Items", of_items, es);
}
