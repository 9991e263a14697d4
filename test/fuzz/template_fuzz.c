/*
 * template_fuzz.c
 *	  A template of a trigger with a row: in place of each reference stands the
 *	  column's value and nothing else, by a reader of templates of our own.
 */
#include "postgres.h"

#include "access/genam.h"
#include "access/htup_details.h"
#include "access/table.h"
#include "catalog/namespace.h"
#include "lib/stringinfo.h"
#include "nodes/makefuncs.h"
#include "utils/builtins.h"
#include "utils/rel.h"

#include "fuzz.h"
#include "outbox/template.h"

/* The only row of the table in prepare.sql, but for its first column. */
typedef struct ColumnValue
{
	const char *name;
	const char *json;			/* NULL: the text of the input */
	const char *text;
} ColumnValue;

#define TABLE "fuzz_row"

static const ColumnValue columns[] = {
	{"summary", NULL, NULL},
	{"id", "42", "42"},
	{"done", "true", "t"},
	{"amount", "1.5", "1.50"},
	{"content", "{\"a\": [1, \"}{id}\"]}", "{\"a\": [1, \"}{id}\"]}"},
	{"due", "\"2024-05-31T14:00:00.000+0000\"", "2024-05-31 14:00:00+00"},
	{"labels", "[\"x\", null]", "{x,NULL}"},
	{"größe", "\"{id}\"", "{id}"},
	{"nothing", "null", ""},
};

static Row	row;
static HeapTuple stored;
static const char *summary;

static void
prepare(void)
{
	SysScanDesc scan;

	row.relation = table_open(RangeVarGetRelid(makeRangeVar(NULL, TABLE, -1), AccessShareLock, false),
							  AccessShareLock);
	row.columns = RelationGetDescr(row.relation);
	scan = systable_beginscan(row.relation, InvalidOid, false, NULL, 0, NULL);
	stored = heap_copytuple(systable_getnext(scan));
	systable_endscan(scan);
}

static const ColumnValue *
find_column(const char *name)
{
	for (int i = 0; i < lengthof(columns); i++)
		if (strcmp(columns[i].name, name) == 0)
			return &columns[i];
	return NULL;
}

static json_t *
column_json(const ColumnValue *column)
{
	json_error_t error;

	return column->json ? json_loads(column->json, JSON_DECODE_ANY, &error) : json_string(summary);
}

/* What stands for a text of a template; NULL for an error.  A new reference. */
static json_t *
expected_string(const char *template)
{
	const char *close = strchr(template, '}');
	StringInfoData text;

	if (template[0] == '{' && template[1] != '{' && close && close[1] == '\0')
	{
		const ColumnValue *column = find_column(pnstrdup(template + 1, close - template - 1));

		return column ? column_json(column) : NULL;
	}
	initStringInfo(&text);
	for (const char *c = template; *c; c++)
	{
		const ColumnValue *column;

		if (strncmp(c, "{{", 2) == 0 || strncmp(c, "}}", 2) == 0)
			c++;
		else if (*c == '{')
		{
			close = strchr(c, '}');
			column = close ? find_column(pnstrdup(c + 1, close - c - 1)) : NULL;
			if (column == NULL)
				return NULL;
			appendStringInfoString(&text, column->json ? column->text : summary);
			c = close;
			continue;
		}
		appendStringInfoChar(&text, *c);
	}
	return json_string(text.data);
}

/* Has the filled template the shape of the template, and what we expect? */
static void
check_filled(json_t *template, json_t *filled, const char *text)
{
	const char *name;
	json_t	   *member;
	size_t		i;

	if (json_is_string(template))
	{
		json_t	   *expected = expected_string(json_string_value(template));

		FUZZ_REQUIRE(expected && json_equal(filled, expected),
					 psprintf("%s in %s", jira_json_text(filled), text));
		json_decref(expected);
	}
	else if (json_is_object(template))
	{
		FUZZ_REQUIRE(json_object_size(filled) == json_object_size(template), text);
		json_object_foreach(template, name, member)
		{
			check_filled(member, json_object_get(filled, name), text);
		}
	}
	else if (json_is_array(template))
	{
		FUZZ_REQUIRE(json_array_size(filled) == json_array_size(template), text);
		json_array_foreach(template, i, member)
		{
			check_filled(member, json_array_get(filled, i), text);
		}
	}
	else
		FUZZ_REQUIRE(json_equal(filled, template), text);
}

static void
run(FuzzInput *input)
{
	int			column = 1;
	bool		isnull = false;
	const char *text;
	char	   *problem;
	json_t	   *template;
	Datum		value;

	summary = fuzz_line(input);
	text = fuzz_text(input);
	value = CStringGetTextDatum(summary);
	row.tuple = heap_modify_tuple_by_cols(stored, row.columns, 1, &column, &value, &isnull);
	template = jira_json_parse(CurrentMemoryContext, text, strlen(text), &problem);

	/* A template comes from a text of SQL, where U+0000 may be written out. */
	if (template && strstr(text, "\\u0000") == NULL)
		check_filled(template, jira_json_own(CurrentMemoryContext, template_fill(template, &row)),
					 text);
	if (expected_string(text) == NULL)
		(void) template_text(text, &row);
}

const FuzzTarget template_target = {"template", prepare, run};
