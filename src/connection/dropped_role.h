/*
 * dropped_role.h
 *	  A warning when a role is dropped that still has something here.
 */
#ifndef JIRA_CONNECTION_DROPPED_ROLE_H
#define JIRA_CONNECTION_DROPPED_ROLE_H

/* Once for the process: has DROP ROLE warn in sessions that have the library. */
extern void dropped_role_install(void);

#endif							/* JIRA_CONNECTION_DROPPED_ROLE_H */
