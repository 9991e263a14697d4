/*
 * role.c
 *	  The SQL type jira_spoke.role.
 */
#include "postgres.h"

#include "fmgr.h"
#include "miscadmin.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/syscache.h"
#include "utils/varlena.h"

#include "utils/quoted.h"
#include "utils/role.h"

PG_FUNCTION_INFO_V1(jira_role_in);
PG_FUNCTION_INFO_V1(jira_role_out);

#define NOBODY "-"

bool
role_exists(Oid role)
{
	return SearchSysCacheExists1(AUTHOID, ObjectIdGetDatum(role));
}

SavedRole
role_become(Oid role)
{
	SavedRole	saved;

	GetUserIdAndSecContext(&saved.user, &saved.context);
	if (OidIsValid(role))
		SetUserIdAndSecContext(role, saved.context | SECURITY_LOCAL_USERID_CHANGE);
	return saved;
}

void
role_restore(const SavedRole *saved)
{
	SetUserIdAndSecContext(saved->user, saved->context);
}

static char *
parse_name(const char *text)
{
	List	   *names;

	if (!SplitIdentifierString(pstrdup(text), ',', &names) || list_length(names) != 1)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_TEXT_REPRESENTATION),
				 errmsg("\"%s\" is not the name of a role", quoted(text))));
	return linitial(names);
}

/* A dump may be restored where one of its roles is missing: the others matter, too. */
Datum
jira_role_in(PG_FUNCTION_ARGS)
{
	const char *text = PG_GETARG_CSTRING(0);
	Oid			role = InvalidOid;

	if (strcmp(text, NOBODY) != 0)
	{
		char	   *name = parse_name(text);

		role = get_role_oid(name, true);
		if (!OidIsValid(role))
			ereport(WARNING,
					(errcode(ERRCODE_UNDEFINED_OBJECT),
					 errmsg("role \"%s\" does not exist", quoted(name)),
					 errdetail("What belonged to it belongs to nobody; what was granted to it is not granted."),
					 errhint("A superuser can give a connection a new owner with jira_alter_connection.")));
	}
	PG_RETURN_OID(role);
}

Datum
jira_role_out(PG_FUNCTION_ARGS)
{
	const char *name = GetUserNameFromId(PG_GETARG_OID(0), true);

	PG_RETURN_CSTRING(pstrdup(name ? quote_identifier(name) : NOBODY));
}
