/*
 * home.c
 *	  Where an outbox is at home.
 */
#include "postgres.h"

#include "access/xlog.h"
#include "common/hashfn.h"
#include "fmgr.h"
#include "miscadmin.h"

#include "outbox/home.h"

PG_FUNCTION_INFO_V1(jira_outbox_home_id);

int64
outbox_home_id(void)
{
	uint64		of_server = GetSystemIdentifier();
	unsigned char identity[sizeof(of_server) + sizeof(Oid)];

	memcpy(identity, &of_server, sizeof(of_server));
	memcpy(identity + sizeof(of_server), &MyDatabaseId, sizeof(Oid));
	return (int64) DatumGetUInt64(hash_any_extended(identity, sizeof(identity), 0));
}

Datum
jira_outbox_home_id(PG_FUNCTION_ARGS)
{
	PG_RETURN_INT64(outbox_home_id());
}
