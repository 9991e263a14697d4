/*
 * scan_plan.h
 *	  Reads in FROM as scans that stream, stop early and fetch only used columns.
 */
#ifndef JIRA_SCAN_PLAN_H
#define JIRA_SCAN_PLAN_H

/* Makes the planner use the custom scan; called once per process. */
extern void scan_install(void);

#endif							/* JIRA_SCAN_PLAN_H */
