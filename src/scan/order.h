/*
 * order.h
 *	  Rows in an order that Jira has put them in.
 */
#ifndef JIRA_SCAN_ORDER_H
#define JIRA_SCAN_ORDER_H

#include "executor/tuptable.h"
#include "nodes/pathnodes.h"

#include "engine/bind.h"
#include "engine/narrowing.h"

/*
 * The order that a scan can have of those that the query wants, as the pathkeys of
 * a path and as what order_begin() takes; NIL if there is none.
 */
extern List *order_pathkeys(PlannerInfo *root, RelOptInfo *rel, const Binding *binding, List *arguments);
extern List *order_plan(RelOptInfo *rel, const Binding *binding, List *pathkeys);

/* A page with so many rows more has the rows that an order needs to return the last one wanted. */
#define ORDER_ROWS_AHEAD 5

typedef struct Order Order;

/* For rows in a slot that has these columns, as attribute numbers; in the current memory context. */
extern Order *order_begin(List *plan, const Binding *binding, List *columns, TupleTableSlot *slot);

/* "created DESC", as JQL has it. */
extern const char *order_jql(const Order *order);

/*
 * Asks for rows in this order: those of "narrowing", which may be NULL.  For one
 * read.
 */
extern Narrowing *order_narrowing(Order *order, Narrowing *narrowing);

/* Puts the next row that Jira has into the slot; false after the last one. */
typedef bool (*OrderFetch) (void *source, TupleTableSlot *slot);

/*
 * Puts the next row in order into the slot; false after the last one.  Raises 40001
 * if Jira does not keep to it.
 */
extern bool order_next(Order *order, OrderFetch fetch, void *source, TupleTableSlot *slot);

/* Before another read. */
extern void order_reset(Order *order);

#endif							/* JIRA_SCAN_ORDER_H */
