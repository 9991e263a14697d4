/*
 * own_tables.h
 *	  Access of the extension to its own tables.
 *
 * Users have few rights on them, and row level security is forced.  So the
 * extension decides first who may do what, and then acts as their owner.
 */
#ifndef JIRA_UTILS_OWN_TABLES_H
#define JIRA_UTILS_OWN_TABLES_H

/*
 * The extension's own relation of this name; a relation that somebody else made
 * in its schema is never returned.  Raises 42P01 if there is none.
 */
extern Oid	own_tables_relation(const char *name);

/*
 * Executes a statement of the extension as the owner of the tables, with the
 * settings of own_tables_pin_settings(); returns the rows affected.  "nulls" as
 * SPI has them, NULL for none.
 */
extern uint64 own_tables_execute(const char *statement, int nargs, Oid *types,
								 Datum *values, const char *nulls);

/*
 * Pins the settings that could change what a statement of the extension means.
 * Returns a level of settings, to be ended with AtEOXact_GUC(true, level).
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
