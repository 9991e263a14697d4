/*
 * stream.h
 *	  A read under way: the rows of an action as values of SQL, one at a time.
 */
#ifndef JIRA_ENGINE_STREAM_H
#define JIRA_ENGINE_STREAM_H

#include "engine/bind.h"

typedef struct Stream Stream;

/*
 * Begins a read in a context of its own below the current one; before the first
 * row is asked for, only what must be known for that is looked up.  "wanted" has one flag per column; only
 * those are fetched and filled.  "limit" is how many rows may be used, or -1;
 * it sizes the pages and bounds nothing.
 */
extern Stream *stream_open(const Binding *binding, const Datum *values, const bool *nulls,
						   const bool *wanted, int64 limit);

/*
 * Fills the wanted columns of the next row; false after the last one.  The
 * values live until the next call.
 */
extern bool stream_next(Stream *stream, Datum *values, bool *nulls);

/* Frees everything, requests under way included. */
extern void stream_close(Stream *stream);

/* What it has cost so far, "pages" being the replies with rows. */
extern const Traffic *stream_traffic(const Stream *stream);
extern int64 stream_pages(const Stream *stream);

#endif							/* JIRA_ENGINE_STREAM_H */
