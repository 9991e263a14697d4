/*
 * condition_column.c
 *	  The columns whose values Jira can look for.
 */
#include "postgres.h"

#include "catalog/pg_type.h"

#include "engine/field.h"
#include "scan/conditions_private.h"

/* Longer texts are none that Jira has as a name. */
#define MOST_TEXT 255

#define TYPES(...) (const char *const[]) {__VA_ARGS__, NULL}

/*
 * JQL has no case, and "!=" leaves out issues without a value.  So there is no
 * negation but that of a category, of which each issue has one of four; and nothing
 * asks for issues without a value, of which Jira does not find those where the
 * field is hidden.  How Jira compares the texts of an issue is not SQL's way at all.
 */
/* clang-format off */
static const ConditionColumn columns[] = {
	{"id", "id", OF_ID},
	{"key", "key", OF_KEY},
	{"parent", "parent", OF_KEY, .is_optional = true},
	{"project", "project", OF_PROJECT},
	{"issue_type", "issuetype", OF_NAME, KNOWN_ISSUE_TYPES},
	{"status", "status", OF_NAME, KNOWN_STATUSES},
	{"priority", "priority", OF_NAME, KNOWN_PRIORITIES, .is_optional = true},
	{"resolution", "resolution", OF_NAME, KNOWN_RESOLUTIONS, .is_optional = true},
	{"status_category", "statusCategory", OF_CATEGORY},
	{"assignee", "assignee", OF_ACCOUNT, .is_optional = true},
	{"reporter", "reporter", OF_ACCOUNT, .is_optional = true},
	{"labels", "labels", OF_LABELS},
	{"components", "component", OF_THINGS},
	{"fix_versions", "fixVersion", OF_THINGS},
	{"created", "created", OF_MOMENT},
	{"updated", "updated", OF_MOMENT},
	{"resolved", "resolved", OF_MOMENT, .is_optional = true},
	{"due", "due", OF_DAY, .is_optional = true},
	{"sprint_id", "sprint", OF_SPRINT, .is_optional = true},
	{"story_points", "story_points", OF_NUMBER, .is_optional = true,
		.types = TYPES(NUMBER_TYPE, ESTIMATE_TYPE), .is_located = true},
	{"worklog_date", "worklogDate", OF_DAY},
	{ITEM_UPDATED, "updated", OF_CHANGE},
	{ITEM_FIELD_ID, "field_id", OF_CHANGED_FIELD},
	{NULL}
};
/* clang-format on */

/* The kinds of custom fields by the types of their columns. */
static const struct
{
	Oid			type;
	ConditionKind kind;
	const char *const *fields;
}			custom[] = {
	{NUMERICOID, OF_NUMBER, TYPES(NUMBER_TYPE)},
	{FLOAT8OID, OF_NUMBER, TYPES(NUMBER_TYPE)},
	{DATEOID, OF_DAY, TYPES(CUSTOM_TYPE("datepicker"))},
	{TIMESTAMPTZOID, OF_MOMENT, TYPES(CUSTOM_TYPE("datetime"))},
	{TEXTOID, OF_OPTION, TYPES(CUSTOM_TYPE("select"), CUSTOM_TYPE("radiobuttons"))},
};

/* The number in the id of a custom field, "" if it is none, or a part of its value. */
static const char *
number_of(const char *field)
{
	static const char prefix[] = "customfield_";
	const char *number = field + strlen(prefix);

	if (strncmp(field, prefix, strlen(prefix)) != 0 || number[strspn(number, "0123456789")] != '\0')
		return "";
	return number;
}

static const ConditionColumn *
custom_column(const char *field, Form_pg_attribute attribute)
{
	const char *number = number_of(field);
	ConditionColumn *column;

	if (number[0] == '\0' || attribute->atttypmod >= 0)
		return NULL;
	for (int i = 0; i < lengthof(custom); i++)
	{
		if (custom[i].type != attribute->atttypid)
			continue;
		column = palloc0(sizeof(ConditionColumn));
		column->column = field;
		column->field = psprintf("cf[%s]", number);
		column->kind = custom[i].kind;
		column->is_optional = true;
		column->types = custom[i].fields;
		return column;
	}
	return NULL;
}

/*
 * Is it a column of the action?  A table may have others, for a field that is called
 * alike: the day of a moment, the name of a project.
 */
static bool
is_of_action(const Binding *binding, AttrNumber number)
{
	const Column *column = binding->action->columns;

	while (column->name && column != binding->columns[number - 1].column)
		column++;
	return column->name != NULL;
}

const ConditionColumn *
condition_column(const Binding *binding, AttrNumber number)
{
	const char *name = bind_issue_column(binding, number);

	if (name == NULL)
		return NULL;
	if (!is_of_action(binding, number))
		return custom_column(name, TupleDescAttr(binding->row, number - 1));
	for (int i = 0; columns[i].column; i++)
		if (strcmp(columns[i].column, name) == 0)
			return &columns[i];
	return NULL;
}

bool
condition_column_is_of_item(const ConditionColumn *column)
{
	return column->kind == OF_CHANGE || column->kind == OF_CHANGED_FIELD;
}

static bool
is_among(const char *text, const char *const *texts)
{
	for (int i = 0; text && texts[i]; i++)
		if (strcmp(texts[i], text) == 0)
			return true;
	return false;
}

static bool
fits(Client *client, const ConditionColumn *column)
{
	json_t	   *field = field_found(client, column->column);
	json_t	   *clauses = json_object_get(field, "clauseNames");
	bool		has_clause = false;

	for (size_t i = 0; i < json_array_size(clauses); i++)
	{
		const char *name = json_string_value(json_array_get(clauses, i));

		has_clause |= name && strcmp(name, column->field) == 0;
	}
	return has_clause && json_is_true(json_object_get(field, "searchable")) &&
		is_among(json_string_value(json_object_get(json_object_get(field, "schema"), "custom")), column->types);
}

/* The fields in "fields.customfield_1|fields.customfield_2", the path of a column. */
static List *
fields_at(const ConditionColumn *column, const char *path)
{
	static const char prefix[] = "fields.";
	List	   *fields = NIL;
	char	   *rest = path ? pstrdup(path) : NULL;
	char	   *part;

	while ((part = strsep(&rest, "|")))
	{
		ConditionColumn *field = palloc(sizeof(ConditionColumn));

		*field = *column;
		field->column = strncmp(part, prefix, strlen(prefix)) == 0 ? part + strlen(prefix) : part;
		field->field = psprintf("cf[%s]", number_of(field->column));
		field->is_located = false;
		fields = lappend(fields, field);
	}
	return fields;
}

List *
condition_column_fields(Client *client, const Binding *binding, const ConditionColumn *column)
{
	List	   *fields;
	ListCell   *cell;

	if (column->types == NULL)
		return list_make1((void *) column);
	if (!field_learn(client))
		return NIL;
	fields = column->is_located ? fields_at(column, binding->action->locate(client, column->column))
		: list_make1((void *) column);
	foreach(cell, fields)
		if (!fits(client, lfirst(cell)))
		return NIL;
	return fields;
}

bool
condition_column_is_name(const char *text)
{
	static const char *const words[] = {"empty", "null", "unresolved", "unassigned"};
	size_t		length = strlen(text);

	if (length == 0 || length > MOST_TEXT || (unsigned char) text[0] <= ' ' || (unsigned char) text[length - 1] <= ' ' ||
		strspn(text, "-0123456789") == length)
		return false;
	for (int i = 0; i < lengthof(words); i++)
		if (pg_strcasecmp(text, words[i]) == 0)
			return false;
	return true;
}
