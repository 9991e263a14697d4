/*
 * scan_plan.h
 *	  Reads in FROM as scans that stream, stop early and fetch only what is used.
 */
#ifndef JIRA_SCAN_PLAN_H
#define JIRA_SCAN_PLAN_H

/* Lets the planner choose our scan; once per process. */
extern void scan_install(void);

#endif							/* JIRA_SCAN_PLAN_H */
