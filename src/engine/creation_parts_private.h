/*
 * creation_parts_private.h
 *	  The rest of a search of Cloud in parts by the time of creation, which are
 *	  read side by side.
 *
 * For an app, which pays for each issue that Jira mentions: ids first would cost
 * it twice as much.  The time at which an issue was created never changes, so that
 * it is in one part, whatever happens to it meanwhile.  Only a search without an
 * order of its own can be read so.
 */
#ifndef JIRA_ENGINE_CREATION_PARTS_PRIVATE_H
#define JIRA_ENGINE_CREATION_PARTS_PRIVATE_H

#include "engine/page_sizes.h"
#include "json/json_rows.h"

typedef struct CreationParts CreationParts;

/*
 * After the first page of a search, whose rows are "first": for the rows that are
 * not among them.  Nothing is sent before creation_parts_next().  Returns NULL for a
 * search with an order, or if the rows have no ids.  The result lives in the current
 * memory context.
 */
extern CreationParts *creation_parts_begin(Client *client, const Request *search, JsonRows *first);

typedef enum PartsStep
{
	PARTS_PAGE,					/* *transfer will have the next rows, and is
								 * the caller's */
	PARTS_END,					/* there are no more rows */
	PARTS_REFUSED				/* the pages after the first have to be read
								 * one by one */
} PartsStep;

/* "size" is the number of rows to ask for, "row_bytes" the size of one. */
extern PartsStep creation_parts_next(CreationParts *parts, int size, int64 row_bytes, Transfer **transfer);

/* Takes the reply to the transfer; the rows of the first page are not among its rows any more. */
extern void creation_parts_take(CreationParts *parts, JsonRows *rows, json_t *document);

/* Takes a refusal instead; returns false if the read cannot go on. */
extern bool creation_parts_refuse(CreationParts *parts, int status);

/* Frees it, and ends its requests. */
extern void creation_parts_end(CreationParts *parts);

/* How many rows the search has, as Jira has counted; -1: it has not yet. */
extern int64 creation_parts_total(const CreationParts *parts);

/* The most requests for rows that were under way at a time. */
extern int	creation_parts_peak(const CreationParts *parts);

#endif							/* JIRA_ENGINE_CREATION_PARTS_PRIVATE_H */
