/*
 * secret_table.h
 *	  Rows of the tables that hold secrets, read and written without the
 *	  executor.
 *
 * No plan, so nothing that logs plans or parameters sees them; no permission,
 * policy or trigger is asked, so callers decide first who may do what.  The
 * first column of each table is a text and its primary key.
 */
#ifndef JIRA_SECRET_TABLE_H
#define JIRA_SECRET_TABLE_H

/*
 * A table, and how many columns this library knows.  The functions that
 * take one raise 55000 if it has another number: another version of the
 * extension made it.
 */
typedef struct SecretTable
{
	const char *name;
	int			columns;
} SecretTable;

/*
 * Reads the newest committed row, or this transaction's own, at any isolation
 * level.  Values are copied into the current memory context; false: no row.
 */
extern bool secret_table_read(const SecretTable *table, const char *key, Datum *values, bool *nulls);

/*
 * A value of such a row that is never null by the table's constraints.  Raises
 * XX001 if it is null all the same, since a superuser can drop constraints.
 */
extern Datum secret_table_value(const SecretTable *table, const Datum *values, const bool *nulls,
								int column);

/*
 * Inserts the row, or replaces the one with its key.  Waits for a transaction that
 * has changed it.
 */
extern void secret_table_write(const SecretTable *table, Datum *values, bool *nulls);

/* Replaces the row with its key; false if there is none. */
extern bool secret_table_replace(const SecretTable *table, Datum *values, bool *nulls);

extern void secret_table_delete(const char *table, const char *key);

/*
 * A change of every row that needs it.  visit() changes values and returns how
 * many of them; it may be called again for the same row.  claim() (NULL: none)
 * takes what else a change of the row needs, without waiting.
 */
typedef struct RowChange
{
	int			(*visit) (Datum *values, bool *nulls);
	bool		(*claim) (const char *key);
} RowChange;

/* Values to be changed, and those of them that were left since their rows are in use. */
typedef struct ChangeCount
{
	uint64		found;
	uint64		left;
} ChangeCount;

/*
 * Changes the rows one by one, and adds to *count.  The rows changed, and no
 * others, are locked until the transaction ends.  It never waits for another
 * transaction, which may wait for this one.
 */
extern void secret_table_change(const SecretTable *table, const RowChange *change, ChangeCount *count);

#endif							/* JIRA_SECRET_TABLE_H */
