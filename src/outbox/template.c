/*
 * template.c
 *	  Templates of arguments, filled in from a row.
 */
#include "postgres.h"

#include "access/sysattr.h"
#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "lib/stringinfo.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/bytea.h"
#include "utils/float.h"
#include "utils/guc.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"

#include "json/value.h"
#include "outbox/template.h"
#include "utils/settings.h"

const char *
template_utf8(const char *text)
{
	return pg_server_to_any(text, strlen(text), PG_UTF8);
}

int
template_column(const Row *row, const char *name)
{
	int			column = SPI_fnumber(row->columns, name);

	if (column <= 0)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_COLUMN),
				 errmsg("table \"%s\" has no column \"%s\"", RelationGetRelationName(row->relation), name),
				 errhint("A brace that is none of a column is written twice.")));
	return column;
}

/* A new reference. */
static json_t *
column_value(const Row *row, const char *name)
{
	int			column = template_column(row, name);
	bool		isnull;
	Datum		value = SPI_getbinval(row->tuple, row->columns, column, &isnull);
	Oid			type = getBaseType(SPI_gettypeid(row->columns, column));

	if (isnull)
		return json_null();
	return type == TIMESTAMPOID || type == TIMESTAMPTZOID
		? value_local_time(value, type) : value_to_json(value, type);
}

/* Nothing for a null. */
static void
append_column(StringInfo text, const Row *row, const char *name)
{
	char	   *value = SPI_getvalue(row->tuple, row->columns, template_column(row, name));

	if (value)
		appendStringInfoString(text, value);
}

/* The name in the braces that begin here; *end is behind them. */
static char *
reference(const char *brace, const char **end)
{
	const char *close = strchr(brace, '}');

	if (close == NULL || close == brace + 1)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("the template of a Jira trigger has a brace that is not closed: %s", brace),
				 errhint("Write \"{column}\", or \"{{\" for a brace.")));
	*end = close + 1;
	return pnstrdup(brace + 1, close - brace - 1);
}

char *
template_text(const char *template, const Row *row)
{
	StringInfoData text;

	initStringInfo(&text);
	for (const char *c = template; *c;)
	{
		if ((*c == '{' || *c == '}') && c[1] == *c)
		{
			appendStringInfoChar(&text, *c);
			c += 2;
		}
		else if (*c == '{')
			append_column(&text, row, reference(c, &c));
		else
			appendStringInfoChar(&text, *c++);
	}
	return text.data;
}

static bool
is_lone_reference(const char *text)
{
	return text[0] == '{' && text[1] != '{' && strchr(text, '}') == text + strlen(text) - 1;
}

/* A new reference. */
static json_t *
fill_string(const char *template, const Row *row)
{
	const char *end;
	char	   *text;

	if (is_lone_reference(template))
		return column_value(row, reference(template, &end));
	text = template_text(template, row);
	return jira_json_made(json_string(template_utf8(text)));
}

json_t *
template_fill(json_t *template, const Row *row)
{
	json_t	   *filled;
	const char *name;
	json_t	   *member;
	size_t		i;

	if (json_is_string(template))
		return fill_string(value_text(template), row);
	if (json_is_object(template))
	{
		filled = jira_json_object(CurrentMemoryContext);
		json_object_foreach(template, name, member)
		{
			json_object_set_new(filled, name, template_fill(member, row));
		}
		return json_incref(filled);
	}
	if (!json_is_array(template))
		return json_incref(template);
	filled = jira_json_array(CurrentMemoryContext);
	json_array_foreach(template, i, member)
	{
		json_array_append_new(filled, template_fill(member, row));
	}
	return json_incref(filled);
}

json_t *
template_row_key(const Row *row)
{
	json_t	   *key;
	Bitmapset  *columns = RelationGetIndexAttrBitmap(row->relation, INDEX_ATTR_BITMAP_PRIMARY_KEY);
	int			i = -1;

	if (bms_is_empty(columns))
		return NULL;
	key = jira_json_object(CurrentMemoryContext);
	while ((i = bms_next_member(columns, i)) >= 0)
	{
		int			column = i + FirstLowInvalidHeapAttributeNumber;
		char	   *text = SPI_getvalue(row->tuple, row->columns, column);

		/* As text: that loses nothing, of any type. */
		json_object_set_new(key, template_utf8(SPI_fname(row->columns, column)),
							text ? jira_json_made(json_string(template_utf8(text))) : json_null());
	}
	return key;
}

int
template_styles(void)
{
	int			level = NewGUCNestLevel();

	if (DateStyle != USE_ISO_DATES)
		settings_pin("datestyle", "ISO");
	if (IntervalStyle != INTSTYLE_POSTGRES)
		settings_pin("intervalstyle", "postgres");
	if (extra_float_digits < 1)
		settings_pin("extra_float_digits", "1");
	if (bytea_output != BYTEA_OUTPUT_HEX)
		settings_pin("bytea_output", "hex");
	return level;
}
