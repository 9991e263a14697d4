/*
 * conditions_private.h
 *	  What a plan keeps of conditions that Jira can look for.
 *
 * A condition is an IntList {attribute number, ConditionTest, number of its value or -1},
 * or a List with a ConditionGroup before the conditions of the group.  Those of items are
 * not JQL, and parts of the outermost group alone.
 */
#ifndef JIRA_SCAN_CONDITIONS_PRIVATE_H
#define JIRA_SCAN_CONDITIONS_PRIVATE_H

#include "engine/bind.h"
#include "engine/known_names.h"

typedef enum ConditionKind
{
	OF_KEY,
	OF_ID,
	OF_PROJECT,
	OF_NAME,					/* of one of the things in known_names.h */
	OF_CATEGORY,
	OF_ACCOUNT,
	OF_LABELS,
	OF_THINGS,					/* that each project has of its own, several
								 * of them */
	OF_MOMENT,
	OF_DAY,
	OF_NUMBER,
	OF_SPRINT,					/* one of those that the issue is or was in */
	OF_OPTION,					/* of a list to choose one from */
	OF_CHANGE,					/* the moment of an item's last change */
	OF_CHANGED_FIELD			/* the id of the field that an item is about */
} ConditionKind;

typedef struct ConditionColumn
{
	const char *column;			/* of jira_issue, Column.of_issue, or the id
								 * of a custom field */
	const char *field;			/* in JQL, or of an item */
	ConditionKind kind;
	KnownKind	known;			/* OF_NAME */
	bool		is_optional;	/* "is not EMPTY" finds what is not null */
	const char *const *types;	/* of a custom field, as schema.custom has
								 * them, one of which Jira must say it is:
								 * ends with NULL; NULL: it is none */
	bool		is_located;		/* it stands in fields that differ from Jira
								 * to Jira; "field" is for EXPLAIN */
} ConditionColumn;

/* How Jira looks for values of a column, in the current memory context; NULL: it does not. */
extern const ConditionColumn *condition_column(const Binding *binding, AttrNumber number);

/* Is it of an item, and not of its issue? */
extern bool condition_column_is_of_item(const ConditionColumn *column);

/*
 * The fields of Jira that a column stands for, as ConditionColumns: one but for a column
 * that has the first value that there is in several fields.  NIL if one of them is not what
 * the column is taken for, or cannot be looked for: only the type of a field tells how JQL
 * compares it, that of the column may be anything.  May ask Jira.
 */
extern List *condition_column_fields(Client *client, const Binding *binding, const ConditionColumn *column);

/*
 * Does JQL take the text for a name, to the letter?  Blanks at its ends are lost,
 * digits are an id, and a few words stand for something else.
 */
extern bool condition_column_is_name(const char *text);

/* How the column is compared with the value. */
typedef enum ConditionTest
{
	IS,
	IS_NOT,
	IS_ANY,						/* of an array */
	IS_NONE,
	IS_AT_LEAST,				/* or more than it */
	IS_AT_MOST,
	HAS,						/* it is an array */
	HAS_ALL,
	HAS_ANY,
	EXISTS						/* has no value to be compared with */
} ConditionTest;

typedef enum ConditionGroup
{
	ALL_OF,
	ONE_OF
}			ConditionGroup;

#endif							/* JIRA_SCAN_CONDITIONS_PRIVATE_H */
