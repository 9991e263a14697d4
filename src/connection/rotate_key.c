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

PG_FUNCTION_INFO_V1(jira_rotate_key);

Datum
jira_rotate_key(PG_FUNCTION_ARGS)
{
	ErrorContextCallback callback;
	ChangeCount count = {0};

	admin_begin(&callback, "jira_rotate_key");
	credential_reseal(&count);
	oauth_application_reseal(&count);
	sign_in_reseal(&count);
	if (count.left > 0)
		ereport(WARNING,
				(errmsg("secrets left with their old key: " UINT64_FORMAT, count.left),
				 errdetail("Other transactions are changing them."),
				 errhint("Call jira_rotate_key() again, until it returns 0.")));
	admin_end(&callback);
	PG_RETURN_INT64(count.found);
}
