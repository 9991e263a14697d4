/*
 * source.h
 *	  What a scan reads: the call of a read in FROM, or a foreign table.
 */
#ifndef JIRA_SCAN_SOURCE_H
#define JIRA_SCAN_SOURCE_H

#include "commands/explain.h"
#include "nodes/primnodes.h"

#include "engine/bind.h"
#include "utils/compat.h"

/* A foreign table, read by an action. */
typedef struct SourceTable
{
	Binding    *binding;		/* its row is that of the table */
	char	   *connection;		/* the alias */
	char	   *jql;			/* that all rows fulfil; NULL: no search */
} SourceTable;

/*
 * Set when the library is loaded: the tables are above this folder.  In the current
 * memory context.
 */
typedef SourceTable *(*SourceOfTable) (Oid relation);
extern SourceOfTable source_of_table;

typedef struct Source
{
	Binding    *binding;
	Oid			function;		/* InvalidOid: a table */
	Oid			relation;
	Oid			role;			/* who needs the connection of a table;
								 * InvalidOid: the current user */
	const SourceTable *table;	/* NULL: a call */
	List	   *recheck;		/* while a table is planned: how its row is
								 * found again, if its query does not tell */
} Source;

/* A source as a plan holds it. */
extern List *source_plan(Oid function, Oid relation, Oid role);

/* Raises an error if the action and its SQL declaration do not agree. */
extern Source *source_make(List *plan);

/* The arguments of a table's read; "own" is the user's own JQL or parents, or NULL. */
extern List *source_table_arguments(const Source *source, Expr *own);

/*
 * What the scan asks for, where "own" is the user's own JQL or NULL.  Raises 22023
 * for JQL that a clause cannot be added to.
 */
extern char *source_table_jql(const Source *source, const char *own);

/* The checks before rows are read. */
extern void source_check(const Source *source);

extern void source_explain(const Source *source, Plan *plan, List *arguments, List *ancestors, ExplainState *es);

#endif							/* JIRA_SCAN_SOURCE_H */
