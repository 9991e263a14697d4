/*
 * sql_version.c
 *	  Does the extension in this database fit the library?
 */
#include "postgres.h"

#include "access/genam.h"
#include "access/htup_details.h"
#include "access/table.h"
#include "catalog/indexing.h"
#include "catalog/pg_extension.h"
#include "funcapi.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/inval.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/syscache.h"

#include "utils/sql_version.h"

/* The oldest version of the extension whose tables this library can work with. */
#define JIRA_OLDEST_SQL_VERSION "1.0"

PG_FUNCTION_INFO_V1(jira_library_version);

/* It fitted when it was looked at last, and no function has changed since. */
static bool is_known = false;

static bool accepts_any = false;

static void
forget(Datum unused, int cache, uint32 hash)
{
	is_known = false;
}

/* major.minor as a number, by which versions are compared. */
static long
number_of(const char *version)
{
	char	   *rest;
	long		major = strtol(version, &rest, 10);

	return major * 1000 + (rest[0] == '.' ? strtol(rest + 1, NULL, 10) : 0);
}

/* The version in the row of the extension, NULL if there is none. */
static char *
stored_version(Relation extensions, HeapTuple row)
{
	bool		isnull = true;
	Datum		version = (Datum) 0;

	if (HeapTupleIsValid(row))
		version = heap_getattr(row, Anum_pg_extension_extversion, RelationGetDescr(extensions), &isnull);
	return isnull ? NULL : TextDatumGetCString(version);
}

/* NULL if this database has no such extension. */
static char *
installed_version(void)
{
	Relation	extensions = table_open(ExtensionRelationId, AccessShareLock);
	ScanKeyData key;
	SysScanDesc scan;
	char	   *version;

	ScanKeyInit(&key, Anum_pg_extension_extname, BTEqualStrategyNumber, F_NAMEEQ, CStringGetDatum("jira_spoke"));
	scan = systable_beginscan(extensions, ExtensionNameIndexId, true, NULL, 1, &key);
	version = stored_version(extensions, systable_getnext(scan));
	systable_endscan(scan);
	table_close(extensions, AccessShareLock);
	return version;
}

static bool
is_newer(const char *version)
{
	return version && number_of(version) > number_of(JIRA_VERSION);
}

static bool
is_too_old(const char *version)
{
	return version && number_of(version) < number_of(JIRA_OLDEST_SQL_VERSION);
}

static int
hint_newer_library(void)
{
	return errhint("Start a new session. If that does not help, the server preloads an older library and must be restarted, or the library of that version is not installed on this server.");
}

static void
refuse_newer(const char *version)
{
	ereport(ERROR,
			(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
			 errmsg("this session has loaded version %s of the library jira_spoke, but the extension is version %s",
					JIRA_VERSION, version),
			 hint_newer_library()));
}

static void
refuse_too_old(const char *version)
{
	ereport(ERROR,
			(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
			 errmsg("extension jira_spoke is version %s in this database, but its library is version %s",
					version, JIRA_VERSION),
			 errhint("As a superuser, execute ALTER EXTENSION jira_spoke UPDATE.")));
}

void
sql_version_check(void)
{
	static bool is_registered = false;
	char	   *version;

	if (is_known || accepts_any)
		return;
	if (!is_registered)
		CacheRegisterSyscacheCallback(PROCOID, forget, 0);
	is_registered = true;

	/* Before it is read, so that a change in the meantime counts. */
	is_known = true;
	version = installed_version();
	if (is_newer(version) || is_too_old(version))
		is_known = false;
	if (is_newer(version))
		refuse_newer(version);
	if (is_too_old(version))
		refuse_too_old(version);
}

bool
sql_version_fits(void)
{
	char	   *version = installed_version();

	return !is_newer(version) && !is_too_old(version);
}

void
sql_version_accept_any(void)
{
	accepts_any = true;
}

void
sql_version_begin_rows(FunctionCallInfo fcinfo, int known)
{
	int			columns;

	sql_version_check();
	InitMaterializedSRF(fcinfo, 0);
	columns = ((ReturnSetInfo *) fcinfo->resultinfo)->setDesc->natts;
	if (columns > known)
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("%s returns %d columns, but the library jira_spoke of this session knows %d",
						get_func_name(fcinfo->flinfo->fn_oid), columns, known),
				 hint_newer_library()));
}

/*
 * In the scripts of the extension, too, where pg_extension has the version that
 * the script leads to: one step of several may be older than the library.
 */
Datum
jira_library_version(PG_FUNCTION_ARGS)
{
	char	   *version = installed_version();

	if (is_newer(version))
		refuse_newer(version);
	PG_RETURN_TEXT_P(cstring_to_text(JIRA_VERSION));
}
