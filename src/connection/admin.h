/*
 * admin.h
 *	  What the functions that administer connections have in common.
 *
 * They run with the caller's rights, check them, and then write the
 * extension's tables as their owner.
 */
#ifndef JIRA_CONNECTION_ADMIN_H
#define JIRA_CONNECTION_ADMIN_H

#include "fmgr.h"

/*
 * Begins one: 42501 unless the caller is a member of jira_spoke_admin.  The
 * statement may hold a secret as a literal: from here on neither an error nor
 * pg_stat_activity shows it.  admin_end() ends that, if there was no error.
 */
extern void admin_begin(ErrorContextCallback *callback, const char *function);
extern void admin_end(const ErrorContextCallback *callback);

/* Raises 22023 for a text that is empty or has control characters; NULL is fine. */
extern void admin_check_printable(const char *name, const char *text);

/*
 * Locks an alias that is the caller's to change.  Raises 42704 with the same
 * words for what does not exist and for what is another role's.
 */
extern void admin_lock_alias(const char *alias);

#endif							/* JIRA_CONNECTION_ADMIN_H */
