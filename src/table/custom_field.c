/*
 * custom_field.c
 *	  Custom fields as columns of a table.
 */
#include "postgres.h"

#include "catalog/heap.h"
#include "catalog/pg_type.h"
#include "mb/pg_wchar.h"
#include "nodes/value.h"

#include "actions/story_fields.h"
#include "engine/field.h"
#include "json/value.h"
#include "table/column_name.h"
#include "table/custom_field.h"
#include "table/sla_cycle.h"
#include "utils/fold.h"
#include "utils/quoted.h"

#define PREFIX "customfield_"

/* Columns that are being made. */
typedef struct Columns
{
	List	   *taken;			/* names, as Strings */
	List	   *present;		/* options "field" that need no column */
	List	   *made;
} Columns;

/* The types of columns by those of fields (schema.type). */
static const struct
{
	const char *field;
	Oid			column;
}			types[] = {
	{"number", NUMERICOID},
	{"string", TEXTOID},
	{"date", DATEOID},
	{"datetime", TIMESTAMPTZOID},
	{"option", TEXTOID},
	{"option-with-child", TEXTOID},
	{"option2", TEXTOID},
	{"user", TEXTOID},
	{"group", TEXTOID},
	{"project", TEXTOID},
	{"version", TEXTOID},
	{"component", TEXTOID},
	{"priority", TEXTOID},
	{"resolution", TEXTOID},
	{"issuetype", TEXTOID},
	{"status", TEXTOID},
	{"team", TEXTOID},
	{"boolean", BOOLOID},
};

const char *
custom_field_text(json_t *field, const char *path)
{
	json_t	   *value = jira_json_own(CurrentMemoryContext, jira_json_get_or_null(field, path));
	const char *text = json_string_value(value);

	return text ? text : "";
}

/* The number of a custom field, or -1 if it is none. */
static int64
number_of(json_t *field)
{
	const char *id = custom_field_text(field, "id");
	char	   *end;
	int64		number;

	if (strncmp(id, PREFIX, strlen(PREFIX)) != 0)
		return -1;
	number = strtoll(id + strlen(PREFIX), &end, 10);
	return *end == '\0' && number >= 0 ? number : -1;
}

static Oid
scalar_type(const char *type)
{
	for (int i = 0; i < lengthof(types); i++)
		if (strcmp(types[i].field, type) == 0)
			return types[i].column;
	return JSONBOID;
}

/* Lists are of texts, or whatever Jira sends. */
static Oid
column_type(json_t *field)
{
	const char *type = custom_field_text(field, "schema.type");
	const char *items = custom_field_text(field, "schema.items");

	if (strcmp(type, "array") != 0)
		return scalar_type(type);
	return *items && scalar_type(items) != JSONBOID ? TEXTARRAYOID : JSONBOID;
}

/* By its id or its name, which Cloud translates. */
static bool
is_called(json_t *field, const char *name)
{
	const char *folded = fold_utf8(pg_server_to_any(name, strlen(name), PG_UTF8));

	return strcmp(custom_field_text(field, "id"), name) == 0 || fold_equal(custom_field_text(field, "name"), folded) ||
		fold_equal(custom_field_text(field, "untranslatedName"), folded);
}

/* Is there a column for it that every Jira has? */
static bool
has_column(json_t *field)
{
	const char *type = custom_field_text(field, "schema.custom");

	return strcmp(type, SPRINT_TYPE) == 0 || strcmp(type, EPIC_LINK_TYPE) == 0 || strcmp(type, ESTIMATE_TYPE) == 0 ||
		(strcmp(type, NUMBER_TYPE) == 0 && is_called(field, POINTS_NAME));
}

static bool
is_chosen(json_t *field, List *chosen)
{
	ListCell   *cell;

	foreach(cell, chosen)
		if (is_called(field, strVal(lfirst(cell))))
		return true;
	return chosen == NIL;
}

static void
check_chosen(json_t *catalogue, List *chosen)
{
	ListCell   *cell;

	foreach(cell, chosen)
	{
		bool		found = false;

		for (size_t i = 0; i < json_array_size(catalogue); i++)
			found |= is_called(json_array_get(catalogue, i), strVal(lfirst(cell)));
		if (!found)
			ereport(ERROR,
					(errcode(ERRCODE_UNDEFINED_COLUMN),
					 errmsg("Jira has no field \"%s\"", quoted(strVal(lfirst(cell))))));
	}
}

/* The names that no column of a table can have: those of system columns. */
static bool
is_reserved(const char *name)
{
	return SystemAttributeByName(name) != NULL;
}

/* Adds a column for a part of a field's value, whose name ends like this. */
static void
add_column(Columns *columns, json_t *field, const char *ending, Oid type, const char *part)
{
	CustomColumn *column = palloc(sizeof(CustomColumn));
	const char *name = *custom_field_text(field, "name") ? custom_field_text(field, "name") : custom_field_text(field, "id");
	char	   *number = "";

	column->type = type;
	column->field = psprintf("%s%s", custom_field_text(field, "id"), part);
	if (list_member(columns->present, makeString(column->field)))
		return;
	column->name = column_name(name, ending);
	while (is_reserved(column->name) || list_member(columns->taken, makeString(column->name)))
	{
		number = psprintf("%s_" INT64_FORMAT, number, number_of(field));
		column->name = column_name(name, psprintf("%s%s", number, ending));
	}
	columns->taken = lappend(columns->taken, makeString(column->name));
	columns->made = lappend(columns->made, column);
}

static void
add_field(Columns *columns, json_t *field)
{
	const char *type = custom_field_text(field, "schema.type");

	add_column(columns, field, "", column_type(field), "");
	if (strcmp(type, "user") == 0)
		add_column(columns, field, "_name", TEXTOID, ".displayName");
	if (strcmp(type, "sd-servicelevelagreement") == 0)
	{
		add_column(columns, field, "_breached", BOOLOID, SLA_BREACHED);
		add_column(columns, field, "_due", TIMESTAMPTZOID, SLA_BREACH_TIME);
	}
}

static int
compare_numbers(const ListCell *a, const ListCell *b)
{
	int64		first = number_of(lfirst(a));
	int64		second = number_of(lfirst(b));

	return first < second ? -1 : first > second;
}

List *
custom_field_columns(json_t *catalogue, List *chosen, List *taken, List *present)
{
	Columns		columns = {.taken = list_copy(taken),.present = present};
	List	   *fields = NIL;
	ListCell   *cell;

	check_chosen(catalogue, chosen);
	for (size_t i = 0; i < json_array_size(catalogue); i++)
	{
		json_t	   *field = json_array_get(catalogue, i);

		if (number_of(field) >= 0 && !has_column(field) && is_chosen(field, chosen))
			fields = lappend(fields, field);
	}
	list_sort(fields, compare_numbers);
	foreach(cell, fields)
		add_field(&columns, lfirst(cell));
	return columns.made;
}

/* The names between commas. */
static List *
split_names(const char *value)
{
	List	   *names = NIL;
	char	   *rest = pstrdup(value);
	char	   *name;

	while ((name = strsep(&rest, ",")))
	{
		size_t		length;

		name += strspn(name, " \t\r\n");
		length = strlen(name);
		while (length > 0 && strchr(" \t\r\n", name[length - 1]))
			length--;
		if (length > 0)
			names = lappend(names, makeString(pnstrdup(name, length)));
	}
	return names;
}

bool
custom_field_choice(const char *option, List **chosen)
{
	*chosen = strcmp(option, "all") == 0 || strcmp(option, "none") == 0 ? NIL : split_names(option);
	return strcmp(option, "none") != 0 && (strcmp(option, "all") == 0 || *chosen != NIL);
}

List *
custom_field_truncate(List *columns, int present, const char *table)
{
	int			most = Max(MOST_COLUMNS - present, 0);

	if (list_length(columns) <= most)
		return columns;
	ereport(NOTICE,
			(errmsg("%d of %d columns for custom fields are left out of table \"%s\"",
					list_length(columns) - most, list_length(columns), table),
			 errdetail("A table has at most %d columns. The column \"fields\" has the other fields.", MOST_COLUMNS),
			 errhint("Choose fields with the option \"custom_fields\".")));
	return list_truncate(columns, most);
}

Oid
custom_field_type(json_t *catalogue, const char *field)
{
	for (size_t i = 0; i < json_array_size(catalogue); i++)
	{
		json_t	   *known = json_array_get(catalogue, i);

		if (strcmp(custom_field_text(known, "id"), field) == 0)
			return column_type(known);
	}
	return InvalidOid;
}
