/*
 * page_token.c
 *	  Results that go on with a token from the page before.
 */
#include "postgres.h"

#include "utils/memutils.h"

#include "client/reply.h"
#include "engine/page_token_private.h"

/* Pages without rows, in a row, after which a list is given up though it has a next one. */
#define MOST_EMPTY_PAGES 1000

static const TokenStyle styles[] = {
	[BY_TOKEN] = {"maxResults", "nextPageToken", "nextPageToken", "isLast",.token_decides = true},
	[BY_NEXT_CURSOR] = {"maxResults", "cursor", "nextCursor", "isLast"},
	[BY_CURSOR] = {"limit", "pageCursor", "pagingInfo.nextPageCursor", "pagingInfo.lastPage"},
};

const TokenStyle *
page_token_style(PageStyle style)
{
	return &styles[style];
}

static void
complain(const Request *request, char *detail)
{
	problem_raise(reply_contradictory(request, detail));
}

/*
 * Brent's algorithm detects a cycle: the token is compared with an earlier one,
 * which is replaced after 1, 2, 4, 8, ... pages.
 */
static void
replace_token(PageToken *token, MemoryContext context, const Request *request, const char *next)
{
	if (token->token && token->token != token->marked)
		pfree(token->token);
	token->token = MemoryContextStrdup(context, next);
	if (token->marked && strcmp(token->token, token->marked) == 0)
		complain(request, pstrdup("The same page was announced twice."));
	if (++token->taken < token->next_mark)
		return;
	if (token->marked)
		pfree(token->marked);
	token->marked = token->token;
	token->next_mark = token->taken * 2;
}

/*
 * The token of the next page, NULL if there is none.  It has been documented as a
 * string, as a number and as {"cursor": string}.
 */
static const char *
token_text(json_t *token)
{
	if (json_is_object(token))
		token = json_object_get(token, "cursor");
	if (json_is_integer(token))
		return jira_json_text(token);
	return json_string_length(token) > 0 ? json_string_value(token) : NULL;
}

bool
page_token_take(PageToken *token, MemoryContext context, const TokenStyle *style,
				const Request *request, json_t *document, size_t rows, MemoryContext page)
{
	const char *next = token_text(jira_json_own(page, jira_json_get_or_null(document, style->next)));
	json_t	   *last = jira_json_own(page, jira_json_get_or_null(document, style->last));

	if (next == NULL && json_is_false(last))
		complain(request, pstrdup("It is said not to be the last page, but does not tell how to go on."));
	if (next == NULL || (json_is_true(last) && !style->token_decides))
		return false;
	token->empty = rows > 0 ? 0 : token->empty + 1;
	if (token->empty >= MOST_EMPTY_PAGES)
		complain(request, psprintf("%d pages without rows came, each of which announced another one.", MOST_EMPTY_PAGES));
	replace_token(token, context, request, next);
	return true;
}
