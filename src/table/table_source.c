/*
 * table_source.c
 *	  What is read for a foreign table.
 *
 * A column is found by its name among those of the action, or by its option "field"
 * among the fields of an issue.
 */
#include "postgres.h"

#include "access/relation.h"
#include "catalog/pg_type.h"
#include "foreign/foreign.h"
#include "utils/builtins.h"
#include "utils/rel.h"

#include "engine/members.h"
#include "table/field_text.h"
#include "table/sla_cycle.h"
#include "table/table_object.h"
#include "table/table_options.h"
#include "table/table_source.h"
#include "utils/sql_version.h"

/* The types that values of fields can have: no code of users runs when they are made. */
static const Oid field_types[] = {
	TEXTOID, TEXTARRAYOID, NUMERICOID, INT4OID, INT8OID, FLOAT8OID,
	BOOLOID, DATEOID, TIMESTAMPTZOID, JSONBOID
};

const TableObject *
table_source_object(Relation relation, const ForeignTable *table)
{
	const char *name = table_options_get(table->options, OPTION_OBJECT);
	const TableObject *object = table_object_find(name ? name : RelationGetRelationName(relation));

	if (object == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_FDW_TABLE_NOT_FOUND),
				 errmsg("Jira has no table \"%s\"", RelationGetRelationName(relation)),
				 errhint("Set the option \"object\" of the foreign table to one of these: %s.", table_object_names())));
	return object;
}

static const Column *
find_column(const Action *action, const char *name)
{
	for (const Column *column = action->columns; column->name; column++)
		if (strcmp(column->name, name) == 0)
			return column;
	return NULL;
}

/* The type that a column of this name has; InvalidOid if there is none. */
static Oid
type_of(TupleDesc columns, const char *name)
{
	for (int i = 0; i < columns->natts; i++)
		if (strcmp(NameStr(TupleDescAttr(columns, i)->attname), name) == 0)
			return TupleDescAttr(columns, i)->atttypid;
	return InvalidOid;
}

static void
refuse_type(Form_pg_attribute attribute, const char *types)
{
	ereport(ERROR,
			(errcode(ERRCODE_FDW_INVALID_DATA_TYPE),
			 errmsg("column \"%s\" must be of type %s", NameStr(attribute->attname), types)));
}

static const Column *
field_column(Form_pg_attribute attribute, const char *field)
{
	Column	   *column = palloc0(sizeof(Column));
	const char *part = field + strcspn(field, ".");
	const Codec *of_part = sla_cycle_codec(part);
	bool		is_text = attribute->atttypid == TEXTOID || attribute->atttypid == TEXTARRAYOID;
	bool		allowed = false;

	for (int i = 0; i < lengthof(field_types); i++)
		allowed |= attribute->atttypid == field_types[i];
	if (!allowed || (attribute->atttypmod >= 0 && attribute->atttypid != NUMERICOID))
		refuse_type(attribute, "text, text[], numeric, integer, bigint, double precision, boolean, date, timestamptz or jsonb");
	column->name = pstrdup(field);
	column->path[CLOUD] = column->path[SERVER] = psprintf("fields.%s", of_part ? pnstrdup(field, part - field) : field);
	column->codec = of_part ? of_part : is_text ? &field_text : NULL;
	return column;
}

static const Column *
named_column(Form_pg_attribute attribute, const Action *action, TupleDesc columns)
{
	const char *name = NameStr(attribute->attname);
	Oid			type = type_of(columns, name);

	if (!OidIsValid(type))
		ereport(ERROR,
				(errcode(ERRCODE_FDW_COLUMN_NAME_NOT_FOUND),
				 errmsg("Jira has no column \"%s\" in this table", name),
				 errhint("Columns have the names that IMPORT FOREIGN SCHEMA gives them. One with the option \"field\", the id of a field of issues, may be called as you like.")));

	/* Conditions are asked of Jira as those of this type. */
	if (attribute->atttypid != type || attribute->atttypmod >= 0)
		refuse_type(attribute, format_type_be(type));
	return find_column(action, name);
}

static void
bind_attribute(Binding *binding, int i, Oid relation, const TableObject *object, TupleDesc columns)
{
	Form_pg_attribute attribute = TupleDescAttr(binding->row, i);
	const char *field;

	if (attribute->attisdropped)
		return;
	field = table_options_get(GetForeignColumnOptions(relation, attribute->attnum), OPTION_FIELD);
	if (field && table_object_has_fields(object))
		binding->columns[i].column = field_column(attribute, field);
	else if (object->jql && strcmp(NameStr(attribute->attname), TABLE_JQL_COLUMN) == 0)
	{
		if (attribute->atttypid != TEXTOID)
			refuse_type(attribute, "text");
		binding->jql_column = i + 1;
	}
	else
		binding->columns[i].column = named_column(attribute, binding->action, columns);
	value_reader(&binding->columns[i].reader, attribute->atttypid, attribute->atttypmod);
}

/* Whose lists are read, for a table that has lists of many. */
static const Argument parents_argument = {"parents", {{AS_PARENTS}, {AS_PARENTS}}};

/* "jql" or "parents", if it has one of them, and "connection". */
static void
bind_arguments(Binding *binding, const TableObject *object)
{
	BoundArgument *arguments = palloc0(sizeof(BoundArgument) * 2);
	const Argument *jql = binding->action->arguments;

	if (object->jql)
	{
		while (strcmp(jql->name, "jql") != 0)
			jql++;
		arguments[binding->narguments++] = (BoundArgument)
		{
			.name = "jql",.type = TEXTOID,.argument = jql
		};
	}
	else if (members_named_by(binding->action))
	{
		arguments[binding->narguments++] = (BoundArgument)
		{
			.name = "parents",.type = TEXTARRAYOID,.argument = &parents_argument
		};
	}
	arguments[binding->narguments++] = (BoundArgument)
	{
		.name = "connection",.type = TEXTOID
	};
	binding->arguments = arguments;
}

static Binding *
bind_table(Relation relation, const TableObject *object)
{
	Binding    *binding = palloc0(sizeof(Binding));
	TupleDesc	columns = table_object_columns(object);

	binding->action = table_object_action(object);
	binding->row = CreateTupleDescCopy(RelationGetDescr(relation));
	binding->columns = palloc0(sizeof(BoundColumn) * binding->row->natts);
	bind_arguments(binding, object);
	for (int i = 0; i < binding->row->natts; i++)
		bind_attribute(binding, i, RelationGetRelid(relation), object, columns);
	return binding;
}

/* The validator has seen to it, unless the wrapper was altered to have none. */
static const char *
connection_of(const ForeignServer *server)
{
	const char *connection = table_options_get(server->options, OPTION_CONNECTION);

	if (connection == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_FDW_OPTION_NAME_NOT_FOUND),
				 errmsg("server \"%s\" has no option \"connection\"", server->servername)));
	return connection;
}

SourceTable *
table_source(Oid relid)
{
	Relation	relation = relation_open(relid, AccessShareLock);
	ForeignTable *table = GetForeignTable(relid);
	ForeignServer *server = GetForeignServer(table->serverid);
	const TableObject *object = table_source_object(relation, table);
	SourceTable *source = palloc0(sizeof(SourceTable));

	sql_version_check();
	source->binding = bind_table(relation, object);
	source->connection = pstrdup(connection_of(server));
	if (object->jql)
		source->jql = table_options_jql(object->jql, server->options, table->options);
	relation_close(relation, NoLock);
	return source;
}
