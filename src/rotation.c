/*
 * rotation.c
 *	  Seals every secret anew after the key was changed.
 */
#include "postgres.h"

#include "fmgr.h"

#include "admin.h"
#include "application.h"
#include "credential.h"
#include "sign_in.h"

PG_FUNCTION_INFO_V1(jira_rotate_key);

Datum
jira_rotate_key(PG_FUNCTION_ARGS)
{
	ErrorContextCallback callback;
	uint64		count;

	admin_begin(&callback, "jira_rotate_key");
	count = credential_reseal() + application_reseal() + sign_in_reseal();
	admin_end(&callback);
	PG_RETURN_INT64(count);
}
