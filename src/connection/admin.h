/*
 * admin.h
 *	  Rights, locks and checks of the functions that administer connections.
 *
 * They run with the caller's rights, check them, and then write the
 * extension's tables as their owner.
 */
#ifndef JIRA_CONNECTION_ADMIN_H
#define JIRA_CONNECTION_ADMIN_H

#include "fmgr.h"

/*
 * Begins such a function: raises 42501 unless the caller is a member of
 * jira_spoke_admin.  The statement may contain a secret, so neither errors nor
 * pg_stat_activity show it until admin_end(), which an error makes unnecessary.
 */
extern void admin_begin(ErrorContextCallback *callback, const char *function);
extern void admin_end(const ErrorContextCallback *callback);

/* Raises 22023 for a text that is empty or has control characters; NULL is fine. */
extern void admin_check_printable(const char *name, const char *text);

/*
 * Locks an alias that the caller may change.  Raises 42704, with the same words,
 * for an alias that does not exist and for one of another role.
 */
extern void admin_lock_alias(const char *alias);

/*
 * Raises 42704 unless the role exists, and 42501 unless the caller may give it
 * something: a superuser, or who has the privileges of the role.
 */
extern void admin_check_new_owner(Oid owner);

#endif							/* JIRA_CONNECTION_ADMIN_H */
