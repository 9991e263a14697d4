/*
 * admin.c
 *	  Rights, locks and checks of the functions that administer connections.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "miscadmin.h"
#include "pgstat.h"
#include "utils/acl.h"
#include "utils/builtins.h"

#include "connection/admin.h"
#include "utils/context.h"
#include "utils/own_tables.h"
#include "utils/quoted.h"
#include "utils/role.h"

static void
hide_statement(void *arg)
{
	errhidestmt(true);
	errhidecontext(true);
}

/* EXECUTE is not enough: default privileges may have granted it to others. */
static void
check_admin(void)
{
	if (!has_privs_of_role(GetUserId(), get_role_oid("jira_spoke_admin", false)))
		ereport(ERROR,
				(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
				 errmsg("only members of jira_spoke_admin may administer connections")));
}

void
admin_begin(ErrorContextCallback *callback, const char *function)
{
	context_push(callback, hide_statement, NULL);
	pgstat_report_activity(STATE_RUNNING, function);
	check_admin();
}

void
admin_end(const ErrorContextCallback *callback)
{
	context_pop(callback);
}

void
admin_check_printable(const char *name, const char *text)
{
	if (text && text[0] == '\0')
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("argument \"%s\" must not be empty", name)));
	for (const unsigned char *c = (const unsigned char *) text; text && *c; c++)
		if (*c < ' ' || *c == 0x7f)
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("argument \"%s\" must not contain control characters", name)));
}

void
admin_lock_alias(const char *alias)
{
	static const char query[] =
	"SELECT FROM jira_spoke.alias"
	" WHERE name OPERATOR(pg_catalog.=) $1"
	" AND pg_catalog.pg_has_role($2, owner, 'USAGE') FOR UPDATE";
	Oid			types[] = {TEXTOID, OIDOID};
	Datum		values[] = {CStringGetTextDatum(alias), ObjectIdGetDatum(GetUserId())};

	if (own_tables_execute(query, lengthof(types), types, values, NULL) == 0)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_OBJECT),
				 errmsg("connection \"%s\" does not exist or is not yours", quoted(alias))));
}

void
admin_check_new_owner(Oid owner)
{
	if (!role_exists(owner))
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_OBJECT),
				 errmsg("role with OID %u does not exist", owner)));
	if (!has_privs_of_role(GetUserId(), owner))
		ereport(ERROR,
				(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
				 errmsg("permission denied to make role \"%s\" an owner", GetUserNameFromId(owner, false)),
				 errdetail("Only a superuser may, or a member of that role and of the present owner.")));
}
