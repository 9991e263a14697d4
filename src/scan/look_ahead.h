/*
 * look_ahead.h
 *	  Calls that differ in one argument, several of them under way at a time.
 *
 * Each is known by the value of that argument, a text; NULL is a value, too.  Rows of
 * calls that were read are kept while work_mem lasts.
 */
#ifndef JIRA_SCAN_LOOK_AHEAD_H
#define JIRA_SCAN_LOOK_AHEAD_H

#include "engine/stream.h"
#include "scan/source_row.h"

typedef struct LookAhead LookAhead;

/*
 * For calls of a source, which differ in the argument of this index, and whose rows come
 * in the slot of "row" or in one that is like it.  "wanted" and "fields" are as
 * stream_open() has them.  "may_stop": calls are made slowly at first, since not all may
 * be needed.  Lives in the current memory context.
 */
extern LookAhead *look_ahead_begin(int argument, SourceRow *row, const bool *wanted, const char *fields, bool may_stop);

/*
 * Forgets what was asked for another user, when another connection was set, or before
 * the session wrote to Jira: a cursor goes on after SET, and a loop over its rows may
 * change what further rows are about.
 */
extern void look_ahead_refresh(LookAhead *ahead);

/* The calls that may be under way at a time. */
extern int	look_ahead_width(const LookAhead *ahead);

/* Is there room for a call that is not needed yet?  Not before the first one that is. */
extern bool look_ahead_has_room(const LookAhead *ahead);

/* May a call with this value be made before it is needed?  One that might raise an error must not. */
extern bool look_ahead_takes(const LookAhead *ahead, const char *value);

/* Has the call been made, and are its rows on their way, or kept? */
extern bool look_ahead_has(const LookAhead *ahead, const char *value);

/* Makes the call, with these values of all arguments, and does not wait for its rows. */
extern void look_ahead_call(LookAhead *ahead, const char *value, const Datum *values, const bool *nulls);

/* Begins to read the rows of a call that has been made. */
extern void look_ahead_read(LookAhead *ahead, const char *value);

/*
 * The next of them, valid until the next one; NULL after the last one.  The current
 * memory context must live as long.
 */
extern TupleTableSlot *look_ahead_next(LookAhead *ahead);

/* The calls that are under way are not needed, and the caller begins anew. */
extern void look_ahead_stop(LookAhead *ahead);

/* The same, and from now on other arguments are others, too. */
extern void look_ahead_reset(LookAhead *ahead);

extern void look_ahead_end(LookAhead *ahead);

/* The calls, the requests and what the rows have cost so far; "peak" is that of all calls together. */
extern int64 look_ahead_cost(const LookAhead *ahead, Traffic *traffic, PagesCost *pages);

#endif							/* JIRA_SCAN_LOOK_AHEAD_H */
