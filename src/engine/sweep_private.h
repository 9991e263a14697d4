/*
 * sweep_private.h
 *	  The rest of a search of Cloud: the ids first, then the issues, several
 *	  requests at a time.
 *
 * The pages of a search can only be asked for one after the other.  Those that
 * have ids alone are large, and issues can be fetched by id in any number of
 * requests at a time.  The rows come in the order of the ids.
 */
#ifndef JIRA_ENGINE_SWEEP_PRIVATE_H
#define JIRA_ENGINE_SWEEP_PRIVATE_H

#include "engine/page_sizes.h"
#include "json/json_rows.h"

typedef struct Sweep Sweep;

/*
 * After the first page of a search, whose rows are "first": for the rows that are
 * not among them.  Nothing is sent before sweep_next().  Returns NULL if the rows
 * have no ids.  The result lives in the current memory context.
 */
extern Sweep *sweep_begin(Client *client, const Request *search, const PageSizes *sizes, JsonRows *first);

typedef enum SweepStep
{
	SWEEP_BATCH,				/* *transfer will have the next rows, and is
								 * the caller's */
	SWEEP_END,					/* there are no more rows */
	SWEEP_REFUSED				/* Jira lets this not be done: the pages after
								 * the first have to be read one by one */
} SweepStep;

/*
 * "needed" is the number of rows that the caller still wants, "row_bytes" the size
 * of one.  Warnings of Jira are added to "warnings", as reply_warnings_report() has
 * it.
 */
extern SweepStep sweep_next(Sweep *sweep, int64 needed, int64 row_bytes, json_t *warnings,
							Transfer **transfer);

/*
 * Takes the reply to the transfer.  Returns true when its rows are ready, in the
 * right order; false if they have to be asked for again, by another sweep_next().
 */
extern bool sweep_take(Sweep *sweep, JsonRows *rows, json_t *document);

/* Takes a refusal instead; returns false if the read cannot go on. */
extern bool sweep_refuse(Sweep *sweep, const Problem *problem, int status);

/* Frees it, and ends its requests. */
extern void sweep_end(Sweep *sweep);

/* The issues that were found so far beside those of the first page; *all: all of them. */
extern int64 sweep_found(const Sweep *sweep, bool *all);

/* The requests for issues so far, and the most requests that were under way at a time. */
extern int64 sweep_batches(const Sweep *sweep);
extern int	sweep_peak(const Sweep *sweep);

#endif							/* JIRA_ENGINE_SWEEP_PRIVATE_H */
