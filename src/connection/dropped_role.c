/*
 * dropped_role.c
 *	  A warning when a role is dropped that still has something here.
 *
 * The server knows nothing of the roles in the tables of an extension, and
 * event triggers do not fire for DROP ROLE.
 */
#include "postgres.h"

#include "catalog/namespace.h"
#include "catalog/objectaccess.h"
#include "catalog/pg_authid.h"
#include "catalog/pg_type.h"
#include "commands/extension.h"
#include "miscadmin.h"
#include "utils/lsyscache.h"

#include "connection/dropped_role.h"
#include "utils/own_tables.h"
#include "utils/sql_version.h"

static object_access_hook_type next_hook = NULL;

/* Does a query with the role as $1 find a row? */
static bool
finds(const char *query, Oid role)
{
	Oid			types[] = {OIDOID};
	Datum		values[] = {ObjectIdGetDatum(role)};

	return own_tables_execute(query, lengthof(types), types, values, NULL) > 0;
}

static void
warn(Oid role)
{
	const char *name = GetUserNameFromId(role, false);

	if (finds("SELECT FROM jira_spoke.alias WHERE owner OPERATOR(pg_catalog.=) $1"
			  " UNION ALL SELECT FROM jira_spoke.oauth_application WHERE owner OPERATOR(pg_catalog.=) $1", role))
		ereport(WARNING,
				(errmsg("role \"%s\" owns connections to Jira or their applications in this database", name),
				 errdetail("When it is dropped they belong to nobody."),
				 errhint("A superuser can give them to another role: see jira_alter_connection(..., owner => ...) and jira_alter_oauth_application.")));
	if (finds("SELECT FROM jira_spoke.outbox WHERE role OPERATOR(pg_catalog.=) $1"
			  " AND finished_at IS NULL LIMIT 1", role))
		ereport(WARNING,
				(errmsg("role \"%s\" has unfinished items in the Jira outbox of this database", name),
				 errdetail("When it is dropped they cannot be carried out.")));
}

/* Is the extension here, of a version that fits, and not just being made or dropped? */
static bool
is_installed(void)
{
	Oid			schema = get_namespace_oid("jira_spoke", true);

	return OidIsValid(get_extension_oid("jira_spoke", true)) && OidIsValid(schema) && !creating_extension &&
		OidIsValid(get_relname_relid("alias", schema)) && OidIsValid(get_relname_relid("outbox", schema)) &&
		sql_version_fits();
}

static void
on_access(ObjectAccessType access, Oid class, Oid object, int column, void *arg)
{
	if (next_hook)
		next_hook(access, class, object, column, arg);
	if (access == OAT_DROP && class == AuthIdRelationId && is_installed())
		warn(object);
}

void
dropped_role_install(void)
{
	next_hook = object_access_hook;
	object_access_hook = on_access;
}
