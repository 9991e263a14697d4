/*
 * table_analyze_private.h
 *	  ANALYZE of a foreign table.
 */
#ifndef JIRA_TABLE_ANALYZE_PRIVATE_H
#define JIRA_TABLE_ANALYZE_PRIVATE_H

#include "foreign/fdwapi.h"

/* As the server calls it: the size of a table, and how to take a sample of it. */
extern bool table_analyze(Relation relation, AcquireSampleRowsFunc *acquire, BlockNumber *pages);

#endif							/* JIRA_TABLE_ANALYZE_PRIVATE_H */
