/*
 * rotate_key.c
 *	  Sealing every secret again after the key was changed.
 */
#include "postgres.h"

#include "fmgr.h"

#include "connection/admin.h"
#include "connection/connection.h"
#include "connection/credential.h"
#include "connection/oauth_application.h"
#include "connection/sign_in.h"
#include "utils/own_tables.h"

PG_FUNCTION_INFO_V1(jira_rotate_key);

Datum
jira_rotate_key(PG_FUNCTION_ARGS)
{
	ErrorContextCallback callback;
	uint64		count;

	admin_begin(&callback, "jira_rotate_key");
	/* Every change of a secret locks its alias first. */
	own_tables_execute("LOCK TABLE jira_spoke.alias IN EXCLUSIVE MODE", 0, NULL, NULL, NULL);
	count = credential_reseal() + oauth_application_reseal() + sign_in_reseal();
	admin_end(&callback);
	PG_RETURN_INT64(count);
}
