/*
 * own_tables.h
 *	  Access of the extension to its own tables.
 *
 * Users have few rights on them, and row level security is forced.  The caller
 * of these functions checks permissions first; they act as the tables' owner.
 */
#ifndef JIRA_UTILS_OWN_TABLES_H
#define JIRA_UTILS_OWN_TABLES_H

/*
 * The extension's own relation of this name; a relation of its schema that is
 * not a member of the extension is never returned.  Raises 42P01 if there is none,
 * and 55000 if the extension is of another version than the library can work with.
 */
extern Oid	own_tables_relation(const char *name);

/*
 * The plan of a statement of the extension, while SPI is connected.  It is kept
 * for the next time, and does not depend on the parameters.
 */
extern struct _SPI_plan *own_tables_plan(const char *statement, int nargs, Oid *types);

/*
 * Executes a statement of the extension as the owner of the tables, with the
 * settings of own_tables_pin_settings(); returns the rows affected.  "nulls" as
 * SPI has them, NULL for none.
 */
extern uint64 own_tables_execute(const char *statement, int nargs, Oid *types,
								 Datum *values, const char *nulls);

/*
 * Pins the settings that could change the meaning of a statement of the
 * extension.  Returns a nesting level, to be ended with AtEOXact_GUC(true, level).
 */
extern int	own_tables_pin_settings(void);

/* The user that own_tables_restore_user() makes the current one again. */
typedef struct SavedUserId
{
	Oid			user;
	int			context;
} SavedUserId;

/*
 * Makes the owner of the tables, whom forced row level security does not stop,
 * the current user.  No code of a user may run until own_tables_restore_user().
 */
extern SavedUserId own_tables_become_owner(void);
extern void own_tables_restore_user(const SavedUserId *saved);

#endif							/* JIRA_UTILS_OWN_TABLES_H */
