/*
 * credential.c
 *	  The table of secrets, read and written without the executor.
 *
 * No plan, so nothing that logs plans or parameters sees a secret; no
 * permission or policy is asked, so callers decide first who may use it.
 */
#include "postgres.h"

#include "access/genam.h"
#include "access/heapam.h"
#include "access/htup_details.h"
#include "access/table.h"
#include "access/xact.h"
#include "catalog/dependency.h"
#include "catalog/indexing.h"
#include "catalog/namespace.h"
#include "catalog/pg_class.h"
#include "catalog/pg_collation.h"
#include "commands/extension.h"
#include "common/base64.h"
#include "fmgr.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"

#include "connection.h"

/* What others see of a secret. */
#define HIDDEN "********"

PG_FUNCTION_INFO_V1(jira_secret_in);
PG_FUNCTION_INFO_V1(jira_secret_out);

/* Columns of jira_spoke.credential. */
enum
{
	ALIAS = 1,
	ORIGIN,
	SECRET,
	COLUMNS = SECRET
};

typedef struct CredentialScan
{
	Relation	relation;
	SysScanDesc scan;
	HeapTuple	tuple;			/* NULL: the alias has no secret */
} CredentialScan;

Oid
spoke_relation(const char *name)
{
	Oid			schema = get_namespace_oid("jira_spoke", false);
	Oid			relation = get_relname_relid(name, schema);

	if (!OidIsValid(relation) ||
		getExtensionOfObject(RelationRelationId, relation) != get_extension_oid("jira_spoke", true))
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_TABLE),
				 errmsg("extension jira_spoke has no relation \"%s\"", name),
				 errhint("Drop the extension and create it again.")));
	return relation;
}

/*
 * Without a snapshot of ours the scan takes a new one, at any isolation level
 * and in a parallel query too: a secret changed a moment ago is used at once.
 */
static CredentialScan
begin_scan(const char *alias, LOCKMODE lock)
{
	CredentialScan scan;
	ScanKeyData key;

	scan.relation = table_open(spoke_relation("credential"), lock);
	ScanKeyInit(&key, ALIAS, BTEqualStrategyNumber, F_TEXTEQ, CStringGetTextDatum(alias));
	key.sk_collation = DEFAULT_COLLATION_OID;
	scan.scan = systable_beginscan(scan.relation, InvalidOid, false, NULL, 1, &key);
	scan.tuple = systable_getnext(scan.scan);
	return scan;
}

static void
end_scan(CredentialScan *scan)
{
	systable_endscan(scan->scan);
	table_close(scan->relation, NoLock);
}

bool
credential_read(const char *alias, char **origin, char **secret)
{
	CredentialScan scan = begin_scan(alias, AccessShareLock);
	bool		found = HeapTupleIsValid(scan.tuple);

	if (found)
	{
		TupleDesc	columns = RelationGetDescr(scan.relation);
		bool		isnull;

		*origin = TextDatumGetCString(heap_getattr(scan.tuple, ORIGIN, columns, &isnull));
		*secret = TextDatumGetCString(heap_getattr(scan.tuple, SECRET, columns, &isnull));
	}
	end_scan(&scan);
	return found;
}

void
credential_store(const char *alias, const char *origin, const char *secret)
{
	CredentialScan scan = begin_scan(alias, RowExclusiveLock);

	if (secret == NULL)
	{
		if (HeapTupleIsValid(scan.tuple))
			CatalogTupleDelete(scan.relation, &scan.tuple->t_self);
	}
	else
	{
		Datum		values[COLUMNS] = {CStringGetTextDatum(alias),
		CStringGetTextDatum(origin), CStringGetTextDatum(secret)};
		bool		nulls[COLUMNS] = {false};
		HeapTuple	tuple = heap_form_tuple(RelationGetDescr(scan.relation), values, nulls);

		if (HeapTupleIsValid(scan.tuple))
			CatalogTupleUpdate(scan.relation, &scan.tuple->t_self, tuple);
		else
			CatalogTupleInsert(scan.relation, tuple);
	}
	end_scan(&scan);
	CommandCounterIncrement();
}

Datum
jira_secret_in(PG_FUNCTION_ARGS)
{
	PG_RETURN_TEXT_P(cstring_to_text(PG_GETARG_CSTRING(0)));
}

/*
 * The last line of defence: whoever comes to read the table, by bypassing row
 * level security or as its owner, sees a secret only as a superuser.
 */
Datum
jira_secret_out(PG_FUNCTION_ARGS)
{
	if (!superuser())
		PG_RETURN_CSTRING(pstrdup(HIDDEN));
	PG_RETURN_CSTRING(text_to_cstring(PG_GETARG_TEXT_PP(0)));
}

static char *
basic_header(const char *username, const char *secret)
{
	char	   *pair = psprintf("%s:%s", username, secret);
	int			size = pg_b64_enc_len(strlen(pair)) + 1;
	char	   *encoded = palloc0(size);
	char	   *header;

	if (pg_b64_encode((const void *) pair, strlen(pair), encoded, size) < 0)
		elog(ERROR, "could not encode a credential");
	header = psprintf("Authorization: Basic %s", encoded);
	explicit_bzero(pair, strlen(pair));
	explicit_bzero(encoded, size);
	return header;
}

Authorization *
connection_authorize(const Connection *connection)
{
	Authorization *authorization = palloc(sizeof(Authorization));
	char	   *origin;

	if (connection->credential == NULL ||
		!credential_read(connection->credential, &origin, &authorization->secret))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_AUTHORIZATION_SPECIFICATION),
				 errmsg("connection \"%s\" has no secret", connection->alias),
				 errhint("Store one with jira_alter_connection.")));
	if (strcmp(origin, connection->url.origin) != 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_AUTHORIZATION_SPECIFICATION),
				 errmsg("the secret of connection \"%s\" was stored for another host",
						connection->alias),
				 errhint("Store it again with jira_alter_connection.")));

	if (strcmp(connection->auth, "bearer") == 0)
		authorization->header = psprintf("Authorization: Bearer %s", authorization->secret);
	else
		authorization->header = basic_header(connection->username ? connection->username : "",
											 authorization->secret);
	return authorization;
}

void
authorization_forget(Authorization *authorization)
{
	explicit_bzero(authorization->header, strlen(authorization->header));
	explicit_bzero(authorization->secret, strlen(authorization->secret));
}
