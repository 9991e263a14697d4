/*
 * pages.h
 *	  The rows of a result, in whatever style Jira divides it into pages.
 */
#ifndef JIRA_ENGINE_PAGES_H
#define JIRA_ENGINE_PAGES_H

#include "engine/action.h"
#include "engine/page_sizes.h"
#include "json/json_row.h"
#include "utils/problem.h"

typedef struct Pages Pages;

/*
 * Prepares to read the rows of a request; the first pages_next() sends it.
 * "instead" is the request for endpoint->instead, or NULL.  "keys" (BY_KEYS only)
 * are the keys to look up.  The result is allocated in the current memory context.
 */
extern Pages *pages_begin(Client *client, const Action *action, const Endpoint *endpoint,
						  Request *request, Request *instead, const PageSizes *sizes, json_t *keys);

/* From here on there are no rows, instead of an error, if Jira says "not found". */
extern void pages_allow_missing(Pages *pages);

/* Rows of which Jira says that it has left them out are no error. */
extern void pages_allow_loss(Pages *pages);

/*
 * The JQL of the request is a narrower one than "own", which must live as long as
 * the pages: from here on others are asked instead, as "narrowing" has them.
 */
extern void pages_narrow(Pages *pages, Narrowing *narrowing, const char *own);

/* The same before the first row, for a narrowing that has not been asked for anything. */
extern void pages_narrow_again(Pages *pages, Narrowing *narrowing, const char *own);

/* Several lists, one after another, that make one result. */
typedef struct PartSource PartSource;
struct PartSource
{
	/*
	 * Begins the next list: has the request ask for it, and sets *first to
	 * its first page, which is on its way, and *carried to what its rows have
	 * of something else.  Returns false after the last one.
	 */
	bool		(*next) (PartSource *source, Request *request, Transfer **first, json_t **carried);

	/*
	 * Jira refused the list: returns false if that is an error, else it ends
	 * there.
	 */
	bool		(*refuse) (PartSource *source, const Request *request, const Problem *problem, int status);

	/* Is the row of the list wanted? */
	bool		(*keeps) (PartSource *source, JsonRow *row);

	/* The most requests that were under way at a time. */
	int			(*peak) (const PartSource *source);
};

/* From here on the rows are those of these lists. */
extern void pages_of_parts(Pages *pages, PartSource *source);

/* The value at a path beside the list of the row, or carried by it: a new reference, or NULL. */
extern json_t *pages_beside(const Pages *pages, const char *path);

/* The paths at which values of rows are wanted; to be added before the first row. */
extern JsonPaths *pages_paths(Pages *pages);

/*
 * Returns the next row, valid until the next call, or NULL after the last one.
 * "most" is the number of rows that the caller still needs; no more are requested.
 */
extern JsonRow *pages_next(Pages *pages, int64 most);

/*
 * Sends the request for the first page, so that pages_next() finds the reply on its
 * way, unless something else has to be asked before.  "most" is as there.
 */
extern void pages_start(Pages *pages, int64 most);

/* What the rows so far have cost. */
typedef struct PagesCost
{
	int64		pages;			/* replies with rows */
	int64		batches;		/* requests for issues by key or id */
	int			peak;			/* most requests that were under way at a time */
	bool		all_issues;		/* of a search were read, though items of some
								 * time are wanted */
} PagesCost;

extern PagesCost pages_cost(const Pages *pages);

/* Adds the cost of another read. */
extern void pages_add_cost(PagesCost *sum, PagesCost more);

/* How many rows there are, as far as Jira has said so; -1: not known.  *all: no more will be found. */
extern int64 pages_expected(const Pages *pages, bool *all);

#endif							/* JIRA_ENGINE_PAGES_H */
