/*
 * table_handler.c
 *	  The foreign-data wrapper: Jira as tables that can be read.
 *
 * The scan is that of the reads in FROM, a custom scan of the table.  Without the
 * functions that modify a table the server refuses to.
 */
#include "postgres.h"

#include "fmgr.h"
#include "foreign/fdwapi.h"

#include "scan/scan_plan.h"
#include "table/table_analyze_private.h"
#include "table/table_import_private.h"

PG_FUNCTION_INFO_V1(jira_table_handler);

Datum
jira_table_handler(PG_FUNCTION_ARGS)
{
	FdwRoutine *routine = makeNode(FdwRoutine);

	routine->GetForeignRelSize = scan_estimate_table;
	routine->GetForeignPaths = scan_add_table_paths;
	routine->AnalyzeForeignTable = table_analyze;
	routine->ImportForeignSchema = table_import;
	PG_RETURN_POINTER(routine);
}
