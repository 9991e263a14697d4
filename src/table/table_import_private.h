/*
 * table_import_private.h
 *	  IMPORT FOREIGN SCHEMA.
 */
#ifndef JIRA_TABLE_IMPORT_PRIVATE_H
#define JIRA_TABLE_IMPORT_PRIVATE_H

#include "nodes/parsenodes.h"

/* The statements that make the tables of a Jira, as the server wants them. */
extern List *table_import(ImportForeignSchemaStmt *statement, Oid server);

#endif							/* JIRA_TABLE_IMPORT_PRIVATE_H */
