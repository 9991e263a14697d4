/*
 * user_row.h
 *	  Rows of users' tables, found and updated with the current user's rights.
 */
#ifndef JIRA_UTILS_USER_ROW_H
#define JIRA_UTILS_USER_ROW_H

#include "fmgr.h"
#include "utils/jsonb.h"

typedef struct UserRow UserRow;

/*
 * Finds the row of a relation, or of a table that inherits from it, whose columns have the values of "match".  It
 * must be exactly one (else P0002 or P0003), and one that the current user may
 * update in the two columns: bytes, and, unless NULL, text.  The row is locked
 * against deletion.  Lives in the current memory context.
 */
extern UserRow *user_row_find(Oid relation, Jsonb *match, const char *content_column,
							  const char *filename_column);

/* Fills the columns.  Raises P0002 or P0003 unless that updates exactly one row. */
extern void user_row_fill(UserRow *record, bytea *content, const char *filename);

/*
 * Converts a text to the column's type and stores it in the rows that match;
 * returns their number.  Rows of tables that inherit from the relation are
 * other rows, even if they match; those of its partitions are its own.
 */
extern uint64 user_row_put(Oid relation, Jsonb *match, const char *column, const char *text);

#endif							/* JIRA_UTILS_USER_ROW_H */
