/*
 * table_comment_private.h
 *	  Comments on the columns of imported tables.
 */
#ifndef JIRA_TABLE_COMMENT_PRIVATE_H
#define JIRA_TABLE_COMMENT_PRIVATE_H

#include "client/client.h"
#include "table/table_object.h"

/* Says what a column has: that of every Jira, or the field that its option names. */
extern void table_comment_on_column(Oid relation, AttrNumber column, const TableObject *object, Client *client);

#endif							/* JIRA_TABLE_COMMENT_PRIVATE_H */
