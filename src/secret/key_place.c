/*
 * key_place.c
 *	  In which data directory a key was, for those who look for it.
 *
 * pg_upgrade takes tables to the new data directory, and leaves behind the key
 * that is in the old one.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "miscadmin.h"
#include "utils/builtins.h"

#include "secret/key_place_private.h"
#include "secret/seal_private.h"
#include "secret/secret_table.h"
#include "utils/own_tables.h"

/* Columns of jira_spoke.key_directory. */
enum
{
	KEY_ID,
	DIRECTORY,
	COLUMNS
};

static const SecretTable table = {"key_directory", COLUMNS};

static char *
id_text(const unsigned char *id)
{
	char	   *text = palloc0(2 * SEAL_KEY_ID_SIZE + 1);

	hex_encode((const char *) id, SEAL_KEY_ID_SIZE, text);
	return text;
}

/* Runs a statement with the ID as $1 and this data directory as $2. */
static uint64
execute(const char *statement, const unsigned char *id)
{
	Oid			types[] = {TEXTOID, TEXTOID};
	Datum		values[] = {CStringGetTextDatum(id_text(id)), CStringGetTextDatum(DataDir)};

	return own_tables_execute(statement, lengthof(types), types, values, NULL);
}

/*
 * The table has no unique key, on which sessions that begin to seal with a key at
 * the same time would wait for each other: they add the same row twice.
 */
void
key_place_record(const unsigned char *id)
{
	if (execute("SELECT FROM jira_spoke.key_directory"
				" WHERE key_id OPERATOR(pg_catalog.=) $1 AND directory OPERATOR(pg_catalog.=) $2", id) > 0)
		return;
	execute("DELETE FROM jira_spoke.key_directory"
			" WHERE key_id OPERATOR(pg_catalog.=) $1 AND directory OPERATOR(pg_catalog.<>) $2", id);
	execute("INSERT INTO jira_spoke.key_directory (key_id, directory) VALUES ($1, $2)", id);
}

char *
key_place_find(const unsigned char *id)
{
	Datum		values[COLUMNS];
	bool		nulls[COLUMNS];

	if (!secret_table_read(&table, id_text(id), values, nulls))
		return NULL;
	return TextDatumGetCString(secret_table_value(&table, values, nulls, DIRECTORY));
}

bool
key_place_any_but(const unsigned char *id)
{
	Oid			types[] = {TEXTOID};
	Datum		values[] = {CStringGetTextDatum(id_text(id))};

	return own_tables_execute("SELECT FROM jira_spoke.key_directory"
							  " WHERE key_id OPERATOR(pg_catalog.<>) $1 LIMIT 1",
							  lengthof(types), types, values, NULL) > 0;
}
