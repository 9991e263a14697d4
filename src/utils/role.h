/*
 * role.h
 *	  Roles as the extension's tables store them: type jira_spoke.role.
 *
 * The type is an OID whose text is the name of the role, so that a dump has
 * names.  A role that does not exist is "-", in and out: nobody.
 */
#ifndef JIRA_UTILS_ROLE_H
#define JIRA_UTILS_ROLE_H

/*
 * Whether there is such a role.  A stored one may have been dropped since; then
 * it is nobody, although has_privs_of_role() finds it equal to itself.
 */
extern bool role_exists(Oid role);

/* The user that role_restore() makes the current one again. */
typedef struct SavedRole
{
	Oid			user;
	int			context;
} SavedRole;

/*
 * Makes a role the current user; InvalidOid leaves it.  No code of a user may run
 * until role_restore().
 */
extern SavedRole role_become(Oid role);
extern void role_restore(const SavedRole *saved);

#endif							/* JIRA_UTILS_ROLE_H */
