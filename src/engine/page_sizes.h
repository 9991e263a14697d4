/*
 * page_sizes.h
 *	  How many rows a read asks for at once.
 */
#ifndef JIRA_ENGINE_PAGE_SIZES_H
#define JIRA_ENGINE_PAGE_SIZES_H

#include "engine/action.h"
#include "engine/narrowing.h"

/* The client of several streams, whose replies together take no more memory than those of one. */
typedef struct SharedClient
{
	MemoryContext context;		/* that it lives in, longer than the streams */
	Client	   *client;			/* NULL: the first stream opens it */
} SharedClient;

/* What the caller will use, as far as the plan tells. */
typedef struct StreamUse
{
	int64		limit;			/* so many rows, or -1 */
	bool		may_stop;		/* it may stop before the last one */
	const char *fields;			/* paths of all that is taken out of the
								 * column of all fields; NULL: it is used as a
								 * whole */
	Narrowing  *narrowing;		/* of a search, or NULL */
	bool		may_lack;		/* issues that are asked for by key may be
								 * missing: the caller looks for them */
	SharedClient *shared;		/* NULL: the stream has a client of its own */
} StreamUse;

typedef struct PageSizes
{
	int			first;			/* rows of the first page */
	int			further;		/* of each further one, if Jira returns so
								 * many */
	int			least;			/* the same, however large the rows are */
	int			batch;			/* issues to be asked for by id or key at
								 * once, several times; 0: they are read page
								 * by page */
	bool		may_divide;		/* what follows the first page may be read in
								 * parts: see creation_parts_private.h */
	int			at_once;		/* pages, after the first one, to be under way
								 * at a time where their places are known */
	int64		limit;			/* rows that the caller expects to use; -1:
								 * any number */
	bool		may_stop;		/* it may stop before the last one */
} PageSizes;

/* The issues that Jira returns by id whatever their fields are. */
#define SMALL_BATCH 100

/*
 * Chooses for a read of these fields, NULL if they cannot be selected.  A first
 * page of fewer rows than usual is asked for only if no more are expected.
 */
extern PageSizes page_sizes_choose(Client *client, const Endpoint *endpoint, const Request *request,
								   json_t *fields, const StreamUse *use);

/* The bytes that a reply may have: at most so many, and a part of what the settings allow. */
extern int64 page_sizes_bytes(const Client *client, int64 most);

/*
 * The issues of a batch, at most "most", and how many such batches may be under
 * way, as the size of a row allows (0: it is not known).
 */
extern int	page_sizes_batch(const Client *client, int most, int64 row_bytes);
extern int	page_sizes_batches(int batch, int64 row_bytes);

/* The same size for all pages. */
extern PageSizes page_sizes_fixed(int size);

#endif							/* JIRA_ENGINE_PAGE_SIZES_H */
