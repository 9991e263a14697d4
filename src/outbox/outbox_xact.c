/*
 * outbox_xact.c
 *	  Transactions of the worker that touch its outbox.
 */
#include "postgres.h"

#include "catalog/namespace.h"
#include "commands/extension.h"
#include "storage/ipc.h"
#include "storage/lmgr.h"
#include "utils/lsyscache.h"

#include "outbox/outbox_xact.h"
#include "utils/worker_xact.h"

Oid			outbox_table = InvalidOid;

static Oid
named_table(void)
{
	Oid			schema = get_namespace_oid("jira_spoke", true);

	return OidIsValid(schema) ? get_relname_relid("outbox", schema) : InvalidOid;
}

Oid
outbox_find_table(void)
{
	return OidIsValid(get_extension_oid("jira_spoke", true)) ? named_table() : InvalidOid;
}

/* The name is looked up with the lock, which waits for a transaction that drops the table. */
void
outbox_xact_join(void)
{
	LockRelationOid(outbox_table, RowExclusiveLock);
	if (named_table() != outbox_table)
		proc_exit(0);
}

void
outbox_xact_start(void)
{
	worker_xact_start();
	outbox_xact_join();
}
