/*
 * source_read.h
 *	  A read of what a scan reads, as who needs the connection.
 */
#ifndef JIRA_SCAN_SOURCE_READ_H
#define JIRA_SCAN_SOURCE_READ_H

#include "engine/stream.h"
#include "scan/source.h"

typedef struct SourceRead SourceRead;

/*
 * For reads one after another, with these arguments in the plan and these columns
 * wanted.  In the current memory context.
 */
extern SourceRead *source_read_begin(const Source *source, List *arguments, const bool *wanted);

/*
 * Opens a stream as stream_open() does, in the current memory context: of the source,
 * or of "instead" if that is not NULL.  The values are those of the arguments; they may
 * be replaced.
 */
extern void source_read_open(SourceRead *read, const Binding *instead, Datum *values, bool *nulls,
							 const StreamUse *use);

/* Has it been opened, and not closed since? */
extern bool source_read_is_open(const SourceRead *read);

/* Fills the wanted columns of the next row; false after the last one. */
extern bool source_read_next(SourceRead *read, Datum *values, bool *nulls);

extern void source_read_close(SourceRead *read);

/* The requests of all streams so far, and what their rows have cost. */
extern void source_read_cost(const SourceRead *read, Traffic *traffic, PagesCost *cost);

#endif							/* JIRA_SCAN_SOURCE_READ_H */
