/*
 * table_object.h
 *	  The tables that a Jira has.
 */
#ifndef JIRA_TABLE_OBJECT_H
#define JIRA_TABLE_OBJECT_H

#include "access/tupdesc.h"

#include "engine/action.h"

typedef struct TableObject
{
	const char *name;
	const char *type;			/* of the extension: the columns are its
								 * attributes */
	const Action *reads[DEPLOYMENTS];	/* NULL: the deployment lacks it */
	const Action *columns;		/* whose columns they are */
	const char *jql;			/* a clause that all rows fulfil; NULL: not a
								 * search for issues */
	const char *comment;
	void		(*prepare) (Invocation *invocation);	/* completes the search;
														 * NULL: nothing is
														 * missing */
} TableObject;

extern const TableObject table_objects[];	/* ends with a NULL name */

/* NULL if there is none of this name. */
extern const TableObject *table_object_find(const char *name);

/* "issues, projects", for messages. */
extern char *table_object_names(void);

/* Does this Jira have it?  Its version may be asked for. */
extern bool table_object_exists(const TableObject *object, Client *client);

/* The columns that it has on every Jira. */
extern TupleDesc table_object_columns(const TableObject *object);

/* Are its rows issues, which custom fields are columns of? */
extern bool table_object_has_fields(const TableObject *object);

/* Their names, as Strings, and that of the column for JQL. */
extern List *table_object_column_names(const TableObject *object);

/* The read of its rows, in the current memory context. */
extern const Action *table_object_action(const TableObject *object);

/* Of a search for issues: shows the JQL that the user has asked for. */
#define TABLE_JQL_COLUMN "jql"

#endif							/* JIRA_TABLE_OBJECT_H */
