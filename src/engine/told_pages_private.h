/*
 * told_pages_private.h
 *	  Results that go on as their replies tell.
 */
#ifndef JIRA_ENGINE_TOLD_PAGES_PRIVATE_H
#define JIRA_ENGINE_TOLD_PAGES_PRIVATE_H

#include "engine/page_token_private.h"

/* All zero before the first page. */
typedef struct ToldPages
{
	bool		begun;
	const TokenStyle *style;	/* goes on with a token; NULL: it does not */
	const char *start;			/* parameter that takes the number of rows
								 * before the page; NULL: none does */
	int64		offset;			/* rows before the next page */
	PageToken	token;
} ToldPages;

/*
 * After a page of so many rows: has the request ask for the next one.  Returns false
 * if there is none.  Raises an error for a page that contradicts itself or does not
 * advance.  What is kept is allocated in "context", temporary values in "page".
 */
extern bool told_pages_take(ToldPages *told, MemoryContext context, Request *request, json_t *document,
							int64 rows, MemoryContext page);

#endif							/* JIRA_ENGINE_TOLD_PAGES_PRIVATE_H */
