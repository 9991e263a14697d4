/*
 * key_join_plan.h
 *	  Joins of local rows with issues, by the keys of the local rows.
 */
#ifndef JIRA_SCAN_KEY_JOIN_PLAN_H
#define JIRA_SCAN_KEY_JOIN_PLAN_H

/* Lets the planner consider such joins; called once per process. */
extern void key_join_install(void);

#endif							/* JIRA_SCAN_KEY_JOIN_PLAN_H */
