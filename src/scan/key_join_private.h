/*
 * key_join_private.h
 *	  What the plan of a key join has for its execution.
 */
#ifndef JIRA_SCAN_KEY_JOIN_PRIVATE_H
#define JIRA_SCAN_KEY_JOIN_PRIVATE_H

#include "nodes/extensible.h"

/* The lists of custom_private. */
enum
{
	SOURCE,						/* what source_make() takes, and behind it the
								 * function that takes many keys instead of
								 * one, or 0 */
	NUMBERS,					/* see below */
	COLUMNS,					/* attribute numbers: those that stand behind
								 * the outer columns in custom_scan_tlist */
	WANTED,						/* the same: those that are requested */
	FIELDS						/* a string: what field_use() says, or "" */
};

/* The numbers. */
enum
{
	JOIN_TYPE,
	KEY_COLUMN,					/* that is joined; 0: the call takes the key */
	FIRST_KEYS,					/* keys of the first batch */
	ARGUMENT,					/* index of the argument in which the calls
								 * for outer rows differ; -1: keys are
								 * requested in batches */
	MAY_STOP					/* the query may stop before the last row */
};

/* The expressions of custom_exprs. */
enum
{
	ARGUMENTS,					/* of the call */
	KEY,						/* of an outer row */
	CONDITIONS					/* of the join */
};

extern const CustomScanMethods key_join_methods;

#endif							/* JIRA_SCAN_KEY_JOIN_PRIVATE_H */
