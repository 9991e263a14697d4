/*
 * table_comment.c
 *	  Comments on the columns of imported tables.
 *
 * IMPORT FOREIGN SCHEMA takes no other statements than CREATE FOREIGN TABLE, so an
 * event trigger makes them when it ends.  Fields are in memory then: the import has
 * asked for them.
 */
#include "postgres.h"

#include "catalog/namespace.h"
#include "catalog/pg_class.h"
#include "commands/comment.h"
#include "commands/event_trigger.h"
#include "fmgr.h"
#include "foreign/fdwapi.h"
#include "foreign/foreign.h"
#include "utils/lsyscache.h"

#include "engine/field.h"
#include "table/custom_field.h"
#include "table/table_comment_private.h"
#include "table/table_options.h"
#include "utils/foreign_text.h"

PG_FUNCTION_INFO_V1(jira_table_comment_on_import);

/* That of the attribute of the composite type; NULL for a column that has none. */
static const char *
comment_on_attribute(const TableObject *object, const char *name)
{
	TupleDesc	row = table_object_columns(object);

	if (object->jql && strcmp(name, TABLE_JQL_COLUMN) == 0)
		return "the JQL that Jira is asked for: jql = '...' in a query";
	for (int i = 0; i < row->natts; i++)
		if (strcmp(NameStr(TupleDescAttr(row, i)->attname), name) == 0)
			return GetComment(get_typ_typrelid(row->tdtypeid), RelationRelationId, i + 1);
	return NULL;
}

/* A text of a field, for a comment; "" if it is unknown. */
static const char *
text_of(json_t *field, const char *path)
{
	const char *text = custom_field_text(field, path);

	return foreign_text(text, strlen(text), MAX_QUOTED);
}

/* The field's name, id and type. */
static const char *
comment_on_field(Client *client, const char *option)
{
	char	   *id = pnstrdup(option, strcspn(option, "."));
	json_t	   *field = field_found(client, id);
	const char *items = text_of(field, "schema.items");

	return psprintf("field \"%s\" (%s), %s%s%s", text_of(field, "name"), option, text_of(field, "schema.type"),
					*items ? " of " : "", items);
}

void
table_comment_on_column(Oid relation, AttrNumber column, const TableObject *object, Client *client)
{
	const char *field = table_options_get(GetForeignColumnOptions(relation, column), OPTION_FIELD);

	CreateComments(relation, RelationRelationId, column,
				   field ? comment_on_field(client, field)
				   : comment_on_attribute(object, get_attname(relation, column, false)));
}

static void
comment_on_table(const TableObject *object, Oid relation, Client *client)
{
	CreateComments(relation, RelationRelationId, 0, psprintf("%s, as Jira has them", object->comment));
	for (AttrNumber i = 1; get_attname(relation, i, true); i++)
		table_comment_on_column(relation, i, object, client);
}

/*
 * The table that was imported for an object, or InvalidOid.  One that was there already
 * is another's if this Jira has no such table; else the import has failed.
 */
static Oid
imported_table(const TableObject *object, Oid schema, const ForeignServer *server, Client *client)
{
	Oid			relation = get_relname_relid(object->name, schema);

	if (!OidIsValid(relation) || !table_object_exists(object, client) ||
		get_rel_relkind(relation) != RELKIND_FOREIGN_TABLE || GetForeignServerIdByRelId(relation) != server->serverid)
		return InvalidOid;
	return relation;
}

Datum
jira_table_comment_on_import(PG_FUNCTION_ARGS)
{
	ImportForeignSchemaStmt *statement;
	ForeignServer *server;
	Client	   *client;
	Oid			schema;

	if (!CALLED_AS_EVENT_TRIGGER(fcinfo))
		ereport(ERROR,
				(errcode(ERRCODE_E_R_I_E_TRIGGER_PROTOCOL_VIOLATED),
				 errmsg("jira_spoke.table_comment_on_import() must be called as an event trigger")));
	statement = castNode(ImportForeignSchemaStmt, ((EventTriggerData *) fcinfo->context)->parsetree);
	server = GetForeignServerByName(statement->server_name, false);
	if (!foreign_server_is_ours(server))
		PG_RETURN_NULL();
	schema = get_namespace_oid(statement->local_schema, false);
	client = client_open(table_options_get(server->options, OPTION_CONNECTION), NULL);
	for (const TableObject *object = table_objects; object->name; object++)
	{
		Oid			relation = imported_table(object, schema, server, client);

		if (OidIsValid(relation) && IsImportableForeignTable(object->name, statement))
			comment_on_table(object, relation, client);
	}
	PG_RETURN_NULL();
}
