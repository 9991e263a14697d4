/*
 * foreign_server.c
 *	  Servers of foreign tables, which read through a connection.
 */
#include "postgres.h"

#include "access/genam.h"
#include "access/htup_details.h"
#include "access/table.h"
#include "catalog/pg_foreign_server.h"
#include "commands/defrem.h"

#include "connection/foreign_server.h"

bool
foreign_server_is_ours(const ForeignServer *server)
{
	return strcmp(GetForeignDataWrapper(server->fdwid)->fdwname, "jira_spoke") == 0;
}

static bool
has_alias(const ForeignServer *server, const char *alias)
{
	ListCell   *cell;

	foreach(cell, server->options)
	{
		DefElem    *option = lfirst_node(DefElem, cell);

		if (strcmp(option->defname, OPTION_CONNECTION) == 0 && strcmp(defGetString(option), alias) == 0)
			return foreign_server_is_ours(server);
	}
	return false;
}

List *
foreign_server_names(const char *alias)
{
	Relation	servers = table_open(ForeignServerRelationId, AccessShareLock);
	SysScanDesc scan = systable_beginscan(servers, InvalidOid, false, NULL, 0, NULL);
	List	   *names = NIL;
	HeapTuple	tuple;

	while ((tuple = systable_getnext(scan)) != NULL)
	{
		ForeignServer *server = GetForeignServer(((Form_pg_foreign_server) GETSTRUCT(tuple))->oid);

		if (has_alias(server, alias))
			names = lappend(names, server->servername);
	}
	systable_endscan(scan);
	table_close(servers, AccessShareLock);
	return names;
}
