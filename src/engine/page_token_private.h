/*
 * page_token_private.h
 *	  Results that go on with a token from the page before.
 */
#ifndef JIRA_ENGINE_PAGE_TOKEN_PRIVATE_H
#define JIRA_ENGINE_PAGE_TOKEN_PRIVATE_H

#include "engine/action.h"

/* The parameters and members of a style that goes on with a token. */
typedef struct TokenStyle
{
	const char *size;			/* parameter */
	const char *token;			/* parameter */
	const char *next;			/* path of the token of the next page */
	const char *last;			/* path that tells whether it is the last */
	bool		token_decides;	/* a token is followed even from a last page */
} TokenStyle;

extern const TokenStyle *page_token_style(PageStyle style);

/* The token of the next page, after some pages; all zero before the first one. */
typedef struct PageToken
{
	char	   *token;			/* NULL before the first page */
	char	   *marked;			/* an earlier one, to detect a cycle */
	int64		taken;			/* number of tokens */
	int64		next_mark;
	int			empty;			/* pages without rows, in a row */
} PageToken;

/*
 * Takes the token that a page has for the next one, into "context".  Returns false
 * if there is no next page.  Raises an error for a page that contradicts itself,
 * for a token that came before, and after many pages without rows.  "page" is
 * the memory context for temporary values.
 */
extern bool page_token_take(PageToken *token, MemoryContext context, const TokenStyle *style,
							const Request *request, json_t *document, size_t rows, MemoryContext page);

#endif							/* JIRA_ENGINE_PAGE_TOKEN_PRIVATE_H */
