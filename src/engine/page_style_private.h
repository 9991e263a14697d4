/*
 * page_style_private.h
 *	  What page.c and page_style.c know of each other: a result being read.
 */
#ifndef JIRA_ENGINE_PAGE_STYLE_PRIVATE_H
#define JIRA_ENGINE_PAGE_STYLE_PRIVATE_H

#include "utils/timestamp.h"

#include "engine/page_private.h"

/* A batch of keys under way. */
typedef struct Batch
{
	Transfer   *transfer;
	json_t	   *keys;
	int64		offset;			/* rows of it that came before */
	TimestampTz sent;
} Batch;

struct Pages
{
	Client	   *client;
	const Action *action;
	const Endpoint *endpoint;
	Request    *request;
	int			size;
	int64		read;			/* replies */

	Transfer   *current;		/* brought the page and owns it */
	json_t	   *document;		/* the page without its list of rows */
	JsonRows   *rows;			/* NULL: the document is the only row */
	bool		shown;			/* the document has been */
	json_t	   *made;			/* rows that the action made of it, or NULL */
	size_t		made_shown;
	MemoryContext row_context;	/* owns the row that was read last */
	bool		last;			/* no page follows this one */

	json_t	   *part;			/* of request->parts, or NULL */
	size_t		parts_begun;

	int64		offset;			/* BY_OFFSET: rows before the next page */
	char	   *token;			/* BY_TOKEN, BY_CURSOR: of the next page */
	char	   *marked_token;	/* an earlier one, to find a circle */
	int64		next_mark;

	json_t	   *keys;			/* BY_KEYS */
	size_t		keys_sent;
	Batch	   *window;			/* under way, in the order they were sent */
	int			window_size;
	int			under_way;
};

/* Raises that a reply is not what it should be. */
extern void page_complain(Pages *pages, char *detail);

/* Waits for the reply that is the next page. */
extern void page_take(Pages *pages, Transfer *transfer);

/* Gets the next page in the endpoint's style; sets pages->last. */
extern void page_fetch(Pages *pages, int64 most);

#endif							/* JIRA_ENGINE_PAGE_STYLE_PRIVATE_H */
