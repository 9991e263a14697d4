/*
 * stream.h
 *	  A read in progress: the rows of an action as SQL values, one at a time.
 */
#ifndef JIRA_ENGINE_STREAM_H
#define JIRA_ENGINE_STREAM_H

#include "engine/bind.h"

typedef struct Stream Stream;

/*
 * Prepares a read, in a new memory context below the current one.  Before the
 * first row is requested, only what the request needs is looked up in Jira.
 * "wanted" has one flag per column; only wanted columns are fetched and filled.
 * "limit" is the number of rows that the caller expects to use, or -1: it sizes
 * the pages, but does not end the read.
 */
extern Stream *stream_open(const Binding *binding, const Datum *values, const bool *nulls,
						   const bool *wanted, int64 limit);

/*
 * Fills the wanted columns of the next row; false after the last one.  The
 * values live until the next call.
 */
extern bool stream_next(Stream *stream, Datum *values, bool *nulls);

/* Frees everything, and ends requests in progress. */
extern void stream_close(Stream *stream);

/* The requests so far; "pages" counts the replies with rows. */
extern const Traffic *stream_traffic(const Stream *stream);
extern int64 stream_pages(const Stream *stream);

#endif							/* JIRA_ENGINE_STREAM_H */
