/*
 * own_tables.c
 *	  Finding the extension's relations, and acting as their owner.
 */
#include "postgres.h"

#include "access/xact.h"
#include "catalog/dependency.h"
#include "catalog/namespace.h"
#include "catalog/pg_class.h"
#include "commands/extension.h"
#include "executor/spi.h"
#include "miscadmin.h"
#include "utils/guc.h"
#include "utils/inval.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/syscache.h"

#include "utils/own_tables.h"
#include "utils/settings.h"
#include "utils/sql_version.h"

/* Relations that are known to be members of the extension; invalidated by the relcache. */
static Oid	members[16];

static void
forget_member(Datum unused, Oid relation)
{
	for (int i = 0; i < lengthof(members); i++)
		if (!OidIsValid(relation) || members[i] == relation)
			members[i] = InvalidOid;
}

static bool
is_member(Oid relation)
{
	static bool registered = false;
	static int	next = 0;

	for (int i = 0; i < lengthof(members); i++)
		if (members[i] == relation)
			return true;
	if (!registered)
		CacheRegisterRelcacheCallback(forget_member, 0);
	registered = true;
	if (getExtensionOfObject(RelationRelationId, relation) != get_extension_oid("jira_spoke", true))
		return false;
	members[next++ % lengthof(members)] = relation;
	return true;
}

Oid
own_tables_relation(const char *name)
{
	Oid			relation = get_relname_relid(name, get_namespace_oid("jira_spoke", false));

	sql_version_check();
	if (!OidIsValid(relation) || !is_member(relation))
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_TABLE),
				 errmsg("extension jira_spoke has no relation \"%s\"", name),
				 errhint("Drop the extension and create it again.")));
	return relation;
}

int
own_tables_pin_settings(void)
{
	int			level = NewGUCNestLevel();

	settings_pin("search_path", "pg_catalog, pg_temp");
	settings_pin("row_security", "on");
	return level;
}

SavedUserId
own_tables_become_owner(void)
{
	HeapTuple	tuple = SearchSysCache1(RELOID, ObjectIdGetDatum(own_tables_relation("alias")));
	Oid			owner = ((Form_pg_class) GETSTRUCT(tuple))->relowner;
	SavedUserId saved;

	ReleaseSysCache(tuple);
	GetUserIdAndSecContext(&saved.user, &saved.context);
	SetUserIdAndSecContext(owner, saved.context | SECURITY_LOCAL_USERID_CHANGE |
						   SECURITY_NOFORCE_RLS);
	return saved;
}

void
own_tables_restore_user(const SavedUserId *saved)
{
	SetUserIdAndSecContext(saved->user, saved->context);
}

/* The statements that were executed first, each with its plan. */
#define MOST_PLANS 64

static struct
{
	const char *statement;
	SPIPlanPtr	plan;
}			plans[MOST_PLANS];
static int	nplans = 0;

static SPIPlanPtr
keep_plan(const char *statement, SPIPlanPtr plan)
{
	if (nplans < MOST_PLANS && SPI_keepplan(plan) == 0)
	{
		plans[nplans].statement = MemoryContextStrdup(TopMemoryContext, statement);
		plans[nplans++].plan = plan;
	}
	return plan;
}

SPIPlanPtr
own_tables_plan(const char *statement, int nargs, Oid *types)
{
	SPIPlanPtr	plan;

	for (int i = 0; i < nplans; i++)
		if (strcmp(plans[i].statement, statement) == 0)
			return plans[i].plan;
	plan = SPI_prepare_cursor(statement, nargs, types, CURSOR_OPT_GENERIC_PLAN);
	if (plan == NULL)
		elog(ERROR, "could not prepare a statement of jira_spoke: %s", SPI_result_code_string(SPI_result));
	return keep_plan(statement, plan);
}

uint64
own_tables_execute(const char *statement, int nargs, Oid *types, Datum *values, const char *nulls)
{
	int			level = own_tables_pin_settings();
	SavedUserId caller = own_tables_become_owner();
	uint64		rows;

	SPI_connect();
	SPI_execute_plan(own_tables_plan(statement, nargs, types), values, nulls, false, 0);
	rows = SPI_processed;
	SPI_finish();
	own_tables_restore_user(&caller);
	AtEOXact_GUC(true, level);
	CommandCounterIncrement();
	return rows;
}
