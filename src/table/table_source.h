/*
 * table_source.h
 *	  What is read for a foreign table.
 */
#ifndef JIRA_TABLE_SOURCE_H
#define JIRA_TABLE_SOURCE_H

#include "foreign/foreign.h"
#include "utils/relcache.h"

#include "scan/source.h"
#include "table/table_object.h"

/* What a foreign table has the rows of; raises HV00R if that is nothing that Jira has. */
extern const TableObject *table_source_object(Relation relation, const ForeignTable *table);

/* For source_of_table: raises an error if the table is not one that can be read. */
extern SourceTable *table_source(Oid relation);

#endif							/* JIRA_TABLE_SOURCE_H */
