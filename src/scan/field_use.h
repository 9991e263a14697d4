/*
 * field_use.h
 *	  The fields of an issue that a query takes out of the column "fields".
 */
#ifndef JIRA_SCAN_FIELD_USE_H
#define JIRA_SCAN_FIELD_USE_H

#include "nodes/pathnodes.h"

#include "engine/bind.h"

/*
 * The paths of the fields that the query takes by their ids, as they stand in table
 * entries ("fields.customfield_10016|fields.parent"); NULL if it may need others,
 * too, or does not use the column.  Whole rows do not count.
 */
extern char *field_use(PlannerInfo *root, RelOptInfo *rel, const Binding *binding);

#endif							/* JIRA_SCAN_FIELD_USE_H */
