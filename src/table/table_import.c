/*
 * table_import.c
 *	  IMPORT FOREIGN SCHEMA.
 *
 * Jira is asked for its fields, and for them only where a table of issues is
 * imported that has columns for custom ones.
 */
#include "postgres.h"

#include "commands/defrem.h"
#include "foreign/fdwapi.h"
#include "foreign/foreign.h"
#include "utils/builtins.h"

#include "engine/field.h"
#include "table/custom_field.h"
#include "table/table_import_private.h"
#include "table/table_object.h"
#include "table/table_options.h"
#include "utils/context.h"
#include "utils/quoted.h"

#define SCHEMA "jira"

typedef struct Import
{
	ForeignServer *server;
	Client	   *client;
	const char *jql;			/* or NULL */
	bool		custom_fields;
	List	   *chosen;			/* of them; NIL: all */
	json_t	   *catalogue;		/* NULL: not asked for yet */
} Import;

static void
read_options(Import *import, List *options)
{
	ListCell   *cell;

	import->custom_fields = true;
	foreach(cell, options)
	{
		DefElem    *option = lfirst_node(DefElem, cell);
		const char *value = defGetString(option);

		if (strcmp(option->defname, OPTION_JQL) == 0)
		{
			table_options_check_jql(value);
			import->jql = *value ? value : NULL;
		}
		else if (strcmp(option->defname, "custom_fields") == 0)
			import->custom_fields = custom_field_choice(value, &import->chosen);
		else
			ereport(ERROR,
					(errcode(ERRCODE_FDW_INVALID_OPTION_NAME),
					 errmsg("invalid option \"%s\"", option->defname),
					 errhint("Valid options in this context are: jql, custom_fields.")));
	}
}

static void
append_column(StringInfo sql, const char *name, const char *type, const char *field)
{
	appendStringInfo(sql, "%s\n    %s %s", sql->data[sql->len - 1] == '(' ? "" : ",", quote_identifier(name), type);
	if (field)
		appendStringInfo(sql, " OPTIONS (field %s)", quote_literal_cstr(field));
}

static List *
columns_of_fields(Import *import, const TableObject *object, TupleDesc row)
{
	List	   *columns;

	if (!table_object_has_fields(object) || !import->custom_fields)
		return NIL;
	if (import->catalogue == NULL)
		import->catalogue = jira_json_own(CurrentMemoryContext, json_incref(field_catalogue_anew(import->client)));
	columns = custom_field_columns(import->catalogue, import->chosen, table_object_column_names(object), NIL);
	return custom_field_truncate(columns, row->natts + 1, object->name);
}

/* The last column has what Jira sent, and those of custom fields stand before it. */
static void
append_columns(Import *import, StringInfo sql, const TableObject *object)
{
	TupleDesc	row = table_object_columns(object);
	ListCell   *cell;

	for (int i = 0; i < row->natts; i++)
	{
		Form_pg_attribute attribute = TupleDescAttr(row, i);

		if (i == row->natts - 1)
			foreach(cell, columns_of_fields(import, object, row))
		{
			CustomColumn *column = lfirst(cell);

			append_column(sql, column->name, format_type_be(column->type), column->field);
		}
		if (!attribute->attisdropped)
			append_column(sql, NameStr(attribute->attname), format_type_be(attribute->atttypid), NULL);
	}
	if (object->jql)
		append_column(sql, TABLE_JQL_COLUMN, "text", NULL);
}

static char *
create_table(Import *import, const TableObject *object)
{
	StringInfoData sql;

	initStringInfo(&sql);
	appendStringInfo(&sql, "CREATE FOREIGN TABLE %s (", quote_identifier(object->name));
	append_columns(import, &sql, object);
	appendStringInfo(&sql, "\n) SERVER %s OPTIONS (object %s", quote_identifier(import->server->servername),
					 quote_literal_cstr(object->name));
	if (object->jql && import->jql)
		appendStringInfo(&sql, ", jql %s", quote_literal_cstr(import->jql));
	appendStringInfoChar(&sql, ')');
	return sql.data;
}

/* Tells of tables that this Jira lacks. */
static bool
has_table(const Import *import, const TableObject *object)
{
	if (table_object_exists(object, import->client))
		return true;
	ereport(NOTICE,
			(errmsg("this %s has no table \"%s\"",
					connection_deployment_name(import->client->connection->deployment), object->name)));
	return false;
}

List *
table_import(ImportForeignSchemaStmt *statement, Oid server)
{
	Import		import = {.server = GetForeignServer(server)};
	ActionContext action = {"IMPORT FOREIGN SCHEMA", table_options_get(import.server->options, OPTION_CONNECTION)};
	ErrorContextCallback callback;
	List	   *statements = NIL;

	if (strcmp(statement->remote_schema, SCHEMA) != 0)
		ereport(ERROR,
				(errcode(ERRCODE_FDW_SCHEMA_NOT_FOUND),
				 errmsg("Jira has no schema \"%s\"", quoted(statement->remote_schema)),
				 errhint("The schema is called \"%s\".", SCHEMA)));
	read_options(&import, statement->options);
	context_push_action(&callback, &action);
	import.client = client_open(action.connection, NULL);
	for (const TableObject *object = table_objects; object->name; object++)
		if (IsImportableForeignTable(object->name, statement) && has_table(&import, object))
			statements = lappend(statements, create_table(&import, object));
	context_pop(&callback);
	return statements;
}
