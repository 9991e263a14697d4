/*
 * table_options.c
 *	  The options of servers, tables and columns.
 *
 * The alias need not exist: a restore makes servers before the rows of our tables.
 */
#include "postgres.h"

#include "access/reloptions.h"
#include "catalog/pg_attribute.h"
#include "catalog/pg_foreign_server.h"
#include "catalog/pg_foreign_table.h"
#include "commands/defrem.h"
#include "fmgr.h"

#include "engine/jql.h"
#include "table/table_object.h"
#include "table/table_options.h"
#include "utils/quoted.h"

PG_FUNCTION_INFO_V1(jira_table_validator);

static const struct
{
	const char *name;
	Oid			catalog;
}			known[] = {
	{OPTION_CONNECTION, ForeignServerRelationId},
	{OPTION_JQL, ForeignServerRelationId},
	{OPTION_JQL, ForeignTableRelationId},
	{OPTION_OBJECT, ForeignTableRelationId},
	{OPTION_FIELD, AttributeRelationId},
};

static bool
is_known(const char *name, Oid catalog)
{
	for (int i = 0; i < lengthof(known); i++)
		if (known[i].catalog == catalog && strcmp(known[i].name, name) == 0)
			return true;
	return false;
}

/* The options that there are, for a hint. */
static char *
names_for(Oid catalog)
{
	StringInfoData names;

	initStringInfo(&names);
	for (int i = 0; i < lengthof(known); i++)
		if (known[i].catalog == catalog)
			appendStringInfo(&names, "%s%s", names.len > 0 ? ", " : "", known[i].name);
	return names.data;
}

const char *
table_options_get(List *options, const char *name)
{
	ListCell   *cell;

	foreach(cell, options)
	{
		DefElem    *option = lfirst_node(DefElem, cell);

		if (strcmp(option->defname, name) == 0)
			return *defGetString(option) ? defGetString(option) : NULL;
	}
	return NULL;
}

void
table_options_check_jql(const char *jql)
{
	if (jql[jql_order_start(jql)] != '\0')
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("option \"jql\" must not have ORDER BY"),
				 errhint("Use the ORDER BY of the query.")));
	if (jql_with_clause(jql, "project is not EMPTY") == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("option \"jql\" has quotes or parentheses that are not closed")));
}

/* "customfield_10016", or a part of its value: "customfield_10016.value". */
static void
check_field(const char *field)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-";

	for (const char *part = field;; part++)
	{
		size_t		length = strspn(part, letters);

		part += length;
		if (length == 0 || (*part != '\0' && *part != '.'))
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("\"%s\" is not the id of a field", quoted(field)),
					 errhint("An id is like \"customfield_10016\"; a member of its value can follow, as in \"customfield_10016.value\".")));
		if (*part == '\0')
			return;
	}
}

static void
check_option(const DefElem *option, Oid catalog)
{
	const char *value = defGetString((DefElem *) option);

	if (!is_known(option->defname, catalog))
		ereport(ERROR,
				(errcode(ERRCODE_FDW_INVALID_OPTION_NAME),
				 errmsg("invalid option \"%s\"", option->defname),
				 *names_for(catalog) ? errhint("Valid options in this context are: %s.", names_for(catalog))
				 : errhint("There are no valid options in this context.")));
	if (strcmp(option->defname, OPTION_JQL) == 0)
		table_options_check_jql(value);
	else if (strcmp(option->defname, OPTION_FIELD) == 0)
		check_field(value);
	else if (strcmp(option->defname, OPTION_OBJECT) == 0 && table_object_find(value) == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_FDW_TABLE_NOT_FOUND),
				 errmsg("Jira has no table \"%s\"", quoted(value)),
				 errhint("The tables are: %s.", table_object_names())));
}

Datum
jira_table_validator(PG_FUNCTION_ARGS)
{
	List	   *options = untransformRelOptions(PG_GETARG_DATUM(0));
	Oid			catalog = PG_GETARG_OID(1);
	ListCell   *cell;

	foreach(cell, options)
		check_option(lfirst_node(DefElem, cell), catalog);
	if (catalog == ForeignServerRelationId && table_options_get(options, OPTION_CONNECTION) == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_FDW_OPTION_NAME_NOT_FOUND),
				 errmsg("a server of jira_spoke must have the option \"connection\""),
				 errhint("It is the alias of a connection, see jira_create_connection().")));
	PG_RETURN_VOID();
}

char *
table_options_jql(const char *object_jql, List *server, List *table)
{
	const char *clauses[] = {table_options_get(server, OPTION_JQL), table_options_get(table, OPTION_JQL)};
	char	   *jql = pstrdup(object_jql);

	for (int i = 0; i < lengthof(clauses); i++)
		if (clauses[i])
			jql = jql_with_clause(clauses[i], jql);
	return jql;
}
