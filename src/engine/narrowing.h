/*
 * narrowing.h
 *	  A search for fewer issues than the JQL of the call finds.
 *
 * Whoever narrows a search checks its rows again, so that there may be more of
 * them than wanted.  None may be missing: if Jira refuses a narrower search, or
 * warns of it, a wider one is asked for, and at last that of the call.
 */
#ifndef JIRA_ENGINE_NARROWING_H
#define JIRA_ENGINE_NARROWING_H

#include "client/client.h"

typedef struct Narrowing Narrowing;

/* Which items of the issues are wanted.  Whoever says so looks at those that come. */
typedef struct WantedItems
{
	int64		since;			/* changed at this time, in milliseconds since
								 * 1970, or later; PG_INT64_MIN: at any time */
	int64		until;			/* and not after this one; PG_INT64_MAX */
	json_t	   *field_ids;		/* changes of one of these fields; NULL: of
								 * any */
} WantedItems;

typedef enum NarrowingCause
{
	NOTHING_ASKED,				/* this is the first search */
	SEARCH_REFUSED,
	SEARCH_WARNED,				/* Jira answered it, with warnings */
	SEARCH_EMPTY				/* the narrower search found no issue */
} NarrowingCause;

typedef enum NarrowingResult
{
	NARROWED,
	AS_WRITTEN,					/* the JQL of the call is to be asked */
	NO_ROWS						/* nothing is to be asked: what was answered
								 * last is the result */
} NarrowingResult;

struct Narrowing
{
	/*
	 * Which search comes next.  Sets *jql, in the current memory context, if
	 * it is a narrower one than "own", the JQL of the call ("" if there is
	 * none). May ask Jira.  After any cause but the first it must come to an
	 * end with one of the other results.
	 */
	NarrowingResult (*next) (Narrowing *narrowing, Client *client, NarrowingCause cause,
							 const char *own, char **jql);

	/*
	 * Set by next() for a search that it has narrowed: Data Center is not to
	 * refuse values that it does not know, nor anything else.
	 */
	bool		lenient;

	/* Of the last call of next(), set by the stream. */
	NarrowingResult result;

	/* Set by the first call of next(); NULL: all items are wanted. */
	const WantedItems *items;

	/*
	 * Rows that a request returns if the JQL of the call is asked, set by the
	 * stream.
	 */
	int			rows_per_request;
};

/* Puts the JQL of the next search, "" for none, among the parameters of a request. */
extern void narrowing_put(const Narrowing *narrowing, json_t *parameters, const char *jql);

/*
 * Puts the search that follows one that was narrowed into the request.  Returns false if
 * none follows, so that the reply to the last search is the result.
 */
extern bool narrowing_ask_again(Narrowing *narrowing, Client *client, NarrowingCause cause, const char *own,
								Request *request);

#endif							/* JIRA_ENGINE_NARROWING_H */
