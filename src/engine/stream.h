/*
 * stream.h
 *	  A read in progress: the rows of an action as SQL values, one at a time.
 */
#ifndef JIRA_ENGINE_STREAM_H
#define JIRA_ENGINE_STREAM_H

#include "engine/bind.h"
#include "engine/page_sizes.h"
#include "engine/pages.h"

typedef struct Stream Stream;

/*
 * Prepares a read, in a new memory context below the current one.  Before the
 * first row is requested, only what the request needs is looked up in Jira.
 * "wanted" has one flag per column; only wanted columns are fetched and filled.
 * "use" sizes the pages and narrows the fields, but does not end the read.
 */
extern Stream *stream_open(const Binding *binding, const Datum *values, const bool *nulls,
						   const bool *wanted, const StreamUse *use);

/*
 * Sends the request for the first rows without waiting for the reply, as far as that
 * is possible; raises no error that Jira's reply would.
 */
extern void stream_start(Stream *stream);

/*
 * Fills the wanted columns of the next row; false after the last one.  The
 * values live until the next call.
 */
extern bool stream_next(Stream *stream, Datum *values, bool *nulls);

/* Frees everything, and ends requests in progress. */
extern void stream_close(Stream *stream);

/* The requests so far, of all streams that share its client, and what the rows have cost. */
extern const Traffic *stream_traffic(const Stream *stream);
extern PagesCost stream_cost(const Stream *stream);

#endif							/* JIRA_ENGINE_STREAM_H */
