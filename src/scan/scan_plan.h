/*
 * scan_plan.h
 *	  Reads in FROM as scans that stream, stop early and fetch only used columns.
 */
#ifndef JIRA_SCAN_PLAN_H
#define JIRA_SCAN_PLAN_H

#include "nodes/pathnodes.h"

#include "scan/source.h"

/* Makes the planner use the custom scan; called once per process. */
extern void scan_install(void);

/* The rows of a read of which nothing is known, as its function declares. */
#define SCAN_ROWS 1000.0

/* Estimates the rows of a foreign table, which source_of_table() knows, by its statistics. */
extern void scan_estimate_table(PlannerInfo *root, RelOptInfo *rel, Oid relation);

/* Adds the paths of such a table. */
extern void scan_add_table_paths(PlannerInfo *root, RelOptInfo *rel, Oid relation);

/* The table if a relation is one that has these paths, or NULL. */
extern const Source *scan_table_of(const RelOptInfo *rel);

/* Is the relation looked at only until a row is found in it? */
extern bool scan_is_probed(PlannerInfo *root, RelOptInfo *rel);

#endif							/* JIRA_SCAN_PLAN_H */
