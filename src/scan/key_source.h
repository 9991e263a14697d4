/*
 * key_source.h
 *	  Asks Jira for the rows of a call that have one of several keys.
 *
 * The call, or table, is a search, of which only the rows with these keys in a column
 * are asked for; or the call looks up one issue by its key, and many are asked for at
 * once.
 */
#ifndef JIRA_SCAN_KEY_SOURCE_H
#define JIRA_SCAN_KEY_SOURCE_H

#include "nodes/execnodes.h"

#include "scan/source_read.h"
#include "scan/source_row.h"

typedef struct KeySource KeySource;

/* The most keys that are asked for at once. */
#define MOST_KEYS SMALL_BATCH

/* Can the column of a search be asked for by a list of keys? */
extern bool key_source_has_column(const Binding *binding, AttrNumber column);

/* May there be many issues for each value of that column, as for an account? */
extern bool key_source_has_many(const Binding *binding, AttrNumber column);

/*
 * For the rows of a source with these arguments in the plan, which come in the slot of
 * "row".  "column" is the one with the key, or 0: the call takes the key, and "batches"
 * is the function that takes many of them.  "fields" is as StreamUse has it.  Lives in
 * the current memory context.
 */
extern KeySource *key_source_begin(List *arguments, Oid batches, AttrNumber column, SourceRow *row,
								   const bool *wanted, const char *fields);

/* Can an issue have this key?  Nothing else may be asked for. */
extern bool key_source_takes(const KeySource *source, const char *key);

/*
 * Asks for the rows of a list of keys, with these values of the arguments, which may be
 * replaced; or, without a list, makes the call itself.
 */
extern void key_source_ask(KeySource *source, List *keys, Datum *values, bool *nulls);

/* The next of them, which may have other keys, too; NULL after the last one. */
extern TupleTableSlot *key_source_next(KeySource *source);

/* The keys that a row can have been asked for with; each is NULL or text. */
extern void key_source_keys(const KeySource *source, TupleTableSlot *row, char *keys[2]);

/* Can only one row have such a key? */
extern bool key_source_is_unique(const KeySource *source);

/* From now on the arguments are others. */
extern void key_source_reset(KeySource *source);

extern void key_source_end(KeySource *source);

/* What was asked so far. */
typedef struct KeySourceCost
{
	int64		batches;		/* lists of keys */
	int64		keys;			/* in them */
	int64		calls;			/* that were made for one key */
	bool		read_whole;		/* all rows of the search were read instead */
} KeySourceCost;

extern const KeySourceCost *key_source_cost(const KeySource *source, Traffic *traffic, PagesCost *pages);

#endif							/* JIRA_SCAN_KEY_SOURCE_H */
