/*
 * refresh_columns.c
 *	  Columns of a table for fields that Jira has now.
 */
#include "postgres.h"

#include "access/relation.h"
#include "access/xact.h"
#include "catalog/objectaddress.h"
#include "foreign/fdwapi.h"
#include "miscadmin.h"
#include "nodes/makefuncs.h"
#include "tcop/dest.h"
#include "tcop/utility.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"

#include "engine/field.h"
#include "table/custom_field.h"
#include "table/table_comment_private.h"
#include "table/table_options.h"
#include "table/table_source.h"
#include "utils/argument.h"
#include "utils/compat.h"
#include "utils/context.h"
#include "utils/sql_version.h"

PG_FUNCTION_INFO_V1(jira_refresh_columns);

/* A table whose columns are compared with the fields of its Jira. */
typedef struct Refresh
{
	Oid			relid;
	TupleDesc	columns;
	const TableObject *object;
	Client	   *client;
	json_t	   *catalogue;
	List	   *taken;			/* names of columns, as Strings */
	List	   *present;		/* their options "field", likewise */
	ReturnSetInfo *result;
} Refresh;

/* Whoever else changes the columns has to wait; a table that is open could not be altered. */
static void
look_at_table(Refresh *refresh)
{
	Relation	relation;

	/* Before the lock, which others would have to wait for. */
	if (!jira_class_ownercheck(refresh->relid, GetUserId()))
		aclcheck_error(ACLCHECK_NOT_OWNER, get_relkind_objtype(get_rel_relkind(refresh->relid)), get_rel_name(refresh->relid));
	relation = relation_open(refresh->relid, ShareUpdateExclusiveLock);
	if (relation->rd_rel->relkind != RELKIND_FOREIGN_TABLE ||
		!foreign_server_is_ours(GetForeignServer(GetForeignTable(refresh->relid)->serverid)))
		ereport(ERROR,
				(errcode(ERRCODE_WRONG_OBJECT_TYPE),
				 errmsg("\"%s\" is not a foreign table of jira_spoke", RelationGetRelationName(relation))));
	refresh->object = table_source_object(relation, GetForeignTable(refresh->relid));
	refresh->columns = CreateTupleDescCopy(RelationGetDescr(relation));
	relation_close(relation, NoLock);
}

static void
add_change(const Refresh *refresh, const char *column, const char *change)
{
	Datum		values[] = {CStringGetTextDatum(column), CStringGetTextDatum(change)};
	bool		nulls[lengthof(values)] = {false};

	tuplestore_putvalues(refresh->result->setResult, refresh->result->setDesc, values, nulls);
}

/* Tells what has become of the field of a column, a part of whose value may be meant. */
static void
compare_column(const Refresh *refresh, Form_pg_attribute attribute, const char *field)
{
	char	   *id = pnstrdup(field, strcspn(field, "."));
	Oid			type = custom_field_type(refresh->catalogue, id);

	if (!OidIsValid(type))
		add_change(refresh, NameStr(attribute->attname), "gone");
	else if (strcmp(id, field) == 0 && type != attribute->atttypid)
		add_change(refresh, NameStr(attribute->attname), psprintf("type is now %s", format_type_be(type)));
}

static void
compare_columns(Refresh *refresh)
{
	for (int i = 0; i < refresh->columns->natts; i++)
	{
		Form_pg_attribute attribute = TupleDescAttr(refresh->columns, i);
		const char *field;

		if (attribute->attisdropped)
			continue;
		field = table_options_get(GetForeignColumnOptions(refresh->relid, i + 1), OPTION_FIELD);
		refresh->taken = lappend(refresh->taken, makeString(pstrdup(NameStr(attribute->attname))));
		if (field == NULL)
			continue;
		refresh->present = lappend(refresh->present, makeString(pstrdup(field)));
		compare_column(refresh, attribute, field);
	}
}

static AlterTableCmd *
add_column_command(const CustomColumn *column)
{
	AlterTableCmd *command = makeNode(AlterTableCmd);
	ColumnDef  *definition = makeColumnDef(column->name, column->type, -1, InvalidOid);

	definition->fdwoptions = list_make1(makeDefElem(OPTION_FIELD, (Node *) makeString(column->field), -1));
	command->subtype = AT_AddColumn;
	command->def = (Node *) definition;
	return command;
}

/* Executes the command that a user would write. */
static void
alter_table(const Refresh *refresh, List *columns)
{
	PlannedStmt *statement = makeNode(PlannedStmt);
	AlterTableStmt *alter = makeNode(AlterTableStmt);
	ListCell   *cell;

	alter->relation = makeRangeVar(get_namespace_name(get_rel_namespace(refresh->relid)),
								   get_rel_name(refresh->relid), -1);
	alter->objtype = OBJECT_FOREIGN_TABLE;
	foreach(cell, columns)
		alter->cmds = lappend(alter->cmds, add_column_command(lfirst(cell)));
	statement->commandType = CMD_UTILITY;
	statement->utilityStmt = (Node *) alter;
	ProcessUtility(statement, "ALTER FOREIGN TABLE", false, PROCESS_UTILITY_QUERY, NULL, NULL,
				   None_Receiver, NULL);
	CommandCounterIncrement();
}

static void
add_columns(const Refresh *refresh, List *columns)
{
	ListCell   *cell;

	if (columns == NIL)
		return;
	alter_table(refresh, columns);
	foreach(cell, columns)
	{
		CustomColumn *column = lfirst(cell);

		table_comment_on_column(refresh->relid, get_attnum(refresh->relid, column->name), refresh->object,
								refresh->client);
		add_change(refresh, column->name, "added");
	}
}

static void
refresh_columns(Refresh *refresh, const char *choice)
{
	List	   *chosen;
	List	   *columns;

	refresh->catalogue = jira_json_own(CurrentMemoryContext, json_incref(field_catalogue_anew(refresh->client)));
	refresh->taken = table_object_column_names(refresh->object);
	compare_columns(refresh);
	if (!custom_field_choice(choice, &chosen))
		return;
	columns = custom_field_columns(refresh->catalogue, chosen, refresh->taken, refresh->present);
	add_columns(refresh, custom_field_truncate(columns, refresh->columns->natts, get_rel_name(refresh->relid)));
}

Datum
jira_refresh_columns(PG_FUNCTION_ARGS)
{
	Refresh		refresh = {0};
	ActionContext action = {"jira_refresh_columns"};
	ErrorContextCallback callback;
	ForeignServer *server;
	const char *choice;

	argument_require(fcinfo, 0, "table");
	choice = argument_required_text(fcinfo, 1, "custom_fields");
	sql_version_begin_rows(fcinfo, 2);
	refresh.result = (ReturnSetInfo *) fcinfo->resultinfo;
	refresh.relid = PG_GETARG_OID(0);
	look_at_table(&refresh);
	if (!table_object_has_fields(refresh.object))
		return (Datum) 0;
	server = GetForeignServer(GetForeignServerIdByRelId(refresh.relid));
	action.connection = table_options_get(server->options, OPTION_CONNECTION);
	context_push_action(&callback, &action);
	refresh.client = client_open(action.connection, NULL);
	refresh_columns(&refresh, choice);
	context_pop(&callback);
	return (Datum) 0;
}
