/*
 * grant.c
 *	  The functions that grant and revoke connections.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "fmgr.h"
#include "miscadmin.h"
#include "utils/builtins.h"

#include "connection/admin.h"
#include "utils/argument.h"
#include "utils/own_tables.h"
#include "utils/quoted.h"
#include "utils/role.h"

PG_FUNCTION_INFO_V1(jira_grant_connection);
PG_FUNCTION_INFO_V1(jira_revoke_connection);

/* Arguments of both functions; the last is only of the first. */
enum
{
	ALIAS,
	ROLE,
	ACCESS
};

/* Runs a statement on a locked alias: $1 its name, $2 the role. */
static void
change_grants(FunctionCallInfo fcinfo, const char *statement)
{
	Oid			types[] = {TEXTOID, OIDOID};
	Datum		values[2];
	char	   *alias = argument_required_text(fcinfo, ALIAS, "alias");

	admin_lock_alias(alias);
	argument_require(fcinfo, ROLE, "role");
	values[0] = CStringGetTextDatum(alias);
	values[1] = PG_GETARG_DATUM(ROLE);
	own_tables_execute(statement, lengthof(types), types, values, NULL);
}

static bool
may_execute_any(Oid role)
{
	static const char query[] =
	"SELECT FROM pg_catalog.pg_extension AS e"
	" JOIN pg_catalog.pg_depend AS d ON d.refobjid OPERATOR(pg_catalog.=) e.oid"
	" JOIN pg_catalog.pg_proc AS p ON p.oid OPERATOR(pg_catalog.=) d.objid"
	" WHERE e.extname OPERATOR(pg_catalog.=) 'jira_spoke'"
	" AND d.refclassid OPERATOR(pg_catalog.=) 'pg_catalog.pg_extension'::pg_catalog.regclass"
	" AND d.classid OPERATOR(pg_catalog.=) 'pg_catalog.pg_proc'::pg_catalog.regclass"
	" AND p.pronamespace OPERATOR(pg_catalog.=) e.extnamespace"
	" AND pg_catalog.has_function_privilege($1, p.oid, 'EXECUTE') LIMIT 1";
	Oid			types[] = {OIDOID};
	Datum		values[] = {ObjectIdGetDatum(role)};

	return own_tables_execute(query, lengthof(types), types, values, NULL) > 0;
}

/* A grant that alone is of no use for functions. */
static void
tell_what_is_missing(Oid role, bool writes)
{
	const char *name = GetUserNameFromId(role, false);

	if (may_execute_any(role))
		return;
	ereport(NOTICE,
			(errmsg("role \"%s\" may not call any function of jira_spoke", name),
			 errhint("GRANT %s TO %s, or to those of its members who call functions. Foreign tables need no such grant.",
					 writes ? "jira_spoke_user" : "jira_spoke_reader", quote_identifier(name))));
}

/* Does the argument "access" say "write"? */
static bool
access_argument(FunctionCallInfo fcinfo)
{
	const char *access = argument_required_text(fcinfo, ACCESS, "access");

	if (strcmp(access, "read") != 0 && strcmp(access, "write") != 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("argument \"access\" must not be \"%s\"", quoted(access)),
				 errhint("Use \"read\" or \"write\".")));
	return access[0] == 'w';
}

static void
check_role(Oid role)
{
	if (!role_exists(role))
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_OBJECT),
				 errmsg("role with OID %u does not exist", role)));
}

#define WITHOUT(column) "pg_catalog.array_remove(" column ", $2::jira_spoke.role)"
#define WITH(column) "pg_catalog.array_append(" WITHOUT(column) ", $2::jira_spoke.role)"
#define CHANGE(writers, readers) \
	"UPDATE jira_spoke.alias SET writers = " writers ", readers = " readers \
	" WHERE name OPERATOR(pg_catalog.=) $1"

Datum
jira_grant_connection(PG_FUNCTION_ARGS)
{
	ErrorContextCallback callback;
	bool		writes;

	admin_begin(&callback, "jira_grant_connection");
	argument_require(fcinfo, ROLE, "role");
	writes = access_argument(fcinfo);
	check_role(PG_GETARG_OID(ROLE));
	change_grants(fcinfo, writes ? CHANGE(WITH("writers"), WITHOUT("readers"))
				  : CHANGE(WITHOUT("writers"), WITH("readers")));
	tell_what_is_missing(PG_GETARG_OID(ROLE), writes);
	admin_end(&callback);
	PG_RETURN_VOID();
}

Datum
jira_revoke_connection(PG_FUNCTION_ARGS)
{
	ErrorContextCallback callback;

	admin_begin(&callback, "jira_revoke_connection");
	change_grants(fcinfo, CHANGE(WITHOUT("writers"), WITHOUT("readers")));
	admin_end(&callback);
	PG_RETURN_VOID();
}
