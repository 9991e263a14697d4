/*
 * scan_exec_private.h
 *	  Execution of the custom scan that scan_plan.c plans.
 */
#ifndef JIRA_SCAN_EXEC_PRIVATE_H
#define JIRA_SCAN_EXEC_PRIVATE_H

#include "nodes/extensible.h"

extern const CustomScanMethods jira_scan_methods;

#endif							/* JIRA_SCAN_EXEC_PRIVATE_H */
