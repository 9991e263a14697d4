/*
 * credential.c
 *	  Rows of jira_spoke.credential.
 */
#include "postgres.h"

#include "fmgr.h"
#include "utils/builtins.h"

#include "connection/credential.h"
#include "secret/secret.h"
#include "secret/secret_table.h"
#include "utils/quoted.h"

/* Columns of jira_spoke.credential. */
enum
{
	ALIAS,
	ORIGIN,
	SECRET,
	COLUMNS
};

static const SecretTable table = {"credential", COLUMNS};

/* No column of the table can be null. */
static char *
column_text(const Datum *values, const bool *nulls, int column)
{
	return TextDatumGetCString(secret_table_value(&table, values, nulls, column));
}

char *
connection_phrase(const char *connection)
{
	return psprintf("connection \"%s\"", quoted(connection));
}

static char *
place_of(const char *alias, const char *origin)
{
	return secret_place("credential.secret", alias, origin);
}

void
credential_store(const char *alias, const char *origin, const char *secret)
{
	if (secret)
	{
		Datum		values[COLUMNS] = {CStringGetTextDatum(alias), CStringGetTextDatum(origin),
		secret_seal(secret, place_of(alias, origin))};
		bool		nulls[COLUMNS] = {false};

		secret_table_write(&table, values, nulls);
	}
	else
		secret_table_delete(table.name, alias);
}

Credential *
credential_find(const char *alias)
{
	Datum		values[COLUMNS];
	bool		nulls[COLUMNS];
	Credential *credential;

	if (!secret_table_read(&table, alias, values, nulls))
		return NULL;
	credential = palloc(sizeof(Credential));
	credential->alias = pstrdup(alias);
	credential->origin = column_text(values, nulls, ORIGIN);
	credential->sealed = (struct varlena *)
		DatumGetPointer(secret_table_value(&table, values, nulls, SECRET));
	return credential;
}

char *
credential_open(const Credential *credential, const char *origin, const char *connection)
{
	if (strcmp(credential->origin, origin) != 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_AUTHORIZATION_SPECIFICATION),
				 errmsg("the secret of connection \"%s\" was stored for another host", quoted(connection)),
				 errhint("Store it again with jira_alter_connection.")));
	return secret_open(PointerGetDatum(credential->sealed), place_of(credential->alias, origin),
					   connection_phrase(connection));
}

static int
reseal_row(Datum *values, bool *nulls)
{
	char	   *alias = column_text(values, nulls, ALIAS);
	char	   *place = place_of(alias, column_text(values, nulls, ORIGIN));

	(void) secret_table_value(&table, values, nulls, SECRET);
	return secret_reseal(&values[SECRET], place, connection_phrase(alias));
}

void
credential_reseal(ChangeCount *count)
{
	static const RowChange change = {reseal_row};

	secret_table_change(&table, &change, count);
}
