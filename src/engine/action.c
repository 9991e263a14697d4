/*
 * action.c
 *	  Finds the actions behind the SQL functions of the extension.
 */
#include "postgres.h"

#include "access/genam.h"
#include "access/table.h"
#include "catalog/dependency.h"
#include "catalog/indexing.h"
#include "catalog/pg_depend.h"
#include "catalog/pg_extension.h"
#include "catalog/pg_proc.h"
#include "commands/extension.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/syscache.h"

#include "engine/action.h"

/* The entry stands in the library under the name of the C function. */
const Action *
action_of(Oid function)
{
	HeapTuple	tuple = SearchSysCache1(PROCOID, ObjectIdGetDatum(function));
	Datum		library;
	Datum		symbol;
	bool		isnull;
	char	   *entry;
	void	   *action;

	if (!HeapTupleIsValid(tuple))
		elog(ERROR, "cache lookup failed for function %u", function);
	library = SysCacheGetAttr(PROCOID, tuple, Anum_pg_proc_probin, &isnull);
	if (isnull)
	{
		ReleaseSysCache(tuple);
		return NULL;
	}
	symbol = SysCacheGetAttr(PROCOID, tuple, Anum_pg_proc_prosrc, &isnull);
	entry = psprintf("%s_action", TextDatumGetCString(symbol));
	action = (void *) load_external_function(TextDatumGetCString(library), entry, false, NULL);
	ReleaseSysCache(tuple);
	pfree(entry);
	return action;
}

List *
action_functions(void)
{
	List	   *functions = NIL;
	Relation	depend = table_open(DependRelationId, AccessShareLock);
	ScanKeyData keys[2];
	SysScanDesc scan;
	HeapTuple	tuple;

	ScanKeyInit(&keys[0], Anum_pg_depend_refclassid, BTEqualStrategyNumber, F_OIDEQ,
				ObjectIdGetDatum(ExtensionRelationId));
	ScanKeyInit(&keys[1], Anum_pg_depend_refobjid, BTEqualStrategyNumber, F_OIDEQ,
				ObjectIdGetDatum(get_extension_oid("jira_spoke", false)));
	scan = systable_beginscan(depend, DependReferenceIndexId, true, NULL, lengthof(keys), keys);
	while (HeapTupleIsValid(tuple = systable_getnext(scan)))
	{
		Form_pg_depend member = (Form_pg_depend) GETSTRUCT(tuple);

		if (member->classid == ProcedureRelationId && member->deptype == DEPENDENCY_EXTENSION &&
			action_of(member->objid))
			functions = lappend_oid(functions, member->objid);
	}
	systable_endscan(scan);
	table_close(depend, AccessShareLock);
	return functions;
}
