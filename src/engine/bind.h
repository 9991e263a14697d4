/*
 * bind.h
 *	  An action joined by name with the SQL function that declares it.
 */
#ifndef JIRA_ENGINE_BIND_H
#define JIRA_ENGINE_BIND_H

#include "access/tupdesc.h"

#include "engine/action.h"
#include "json/value.h"

typedef struct BoundArgument
{
	char	   *name;
	Oid			type;
	bool		required;		/* declared without a default */
	const Argument *argument;	/* NULL: "connection" */
} BoundArgument;

typedef struct BoundColumn
{
	const Column *column;		/* NULL: dropped from the type, or not Jira's */
	ValueReader reader;
} BoundColumn;

typedef struct Binding
{
	const Action *action;
	int			narguments;
	BoundArgument *arguments;
	TupleDesc	row;			/* NULL unless the function returns rows */
	BoundColumn *columns;		/* one per attribute of row */
	AttrNumber	jql_column;		/* of a table: shows the user's own JQL; 0:
								 * none */
	Oid			result;			/* type, unless the function returns rows */
	ValueReader reader;			/* of a scalar result that is not void */
} Binding;

/*
 * Binds in the current memory context.  Raises 42883 when the SQL function has
 * an argument or a column that the library does not know: the two are of
 * different versions.
 */
extern Binding *bind_action(const Action *action, Oid function);

/* The index of the argument at this place, or of "connection" for ABSENT; -1. */
extern int	bind_find(const Binding *binding, Place place);

/* The attribute number of the column with this name; it must be there. */
extern AttrNumber bind_column(const Binding *binding, const char *name);

/*
 * The column of jira_issue that the column with this number is, or has the value of;
 * NULL if there is no such column, or an item has a value of its own under that name.
 */
extern const char *bind_issue_column(const Binding *binding, AttrNumber number);

/* The index of the argument with this name; it must be there. */
extern int	bind_named(const Binding *binding, const char *name);

/* The text of an argument, or NULL if it is null or there is none (-1). */
extern char *bind_text(const Binding *binding, int argument, const Datum *values, const bool *nulls);

/* The value of one argument as JSON in "context"; NULL if null or none (-1). */
extern json_t *bind_json(const Binding *binding, int argument, MemoryContext context,
						 const Datum *values, const bool *nulls);

#endif							/* JIRA_ENGINE_BIND_H */
