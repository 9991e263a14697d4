/*
 * told_pages.c
 *	  Results that go on as their replies tell.
 *
 * A page has a token for the next one, or says at which row it begins, or has the
 * address of the next one, of which only the parameters are taken.  A list that tells
 * none of these has further pages only if the caller has said where to begin.
 */
#include "postgres.h"

#include "engine/page_end_private.h"
#include "engine/told_pages_private.h"
#include "http/url.h"
#include "utils/own.h"

static const PageStyle token_styles[] = {BY_TOKEN, BY_NEXT_CURSOR, BY_CURSOR};

/* Members that say at which row a page begins, which are also the parameters. */
static const char *const starts[] = {"startAt", "start", "offset"};

/* Where the address of the next page is, and what says that there is none. */
static const char *const addresses[] = {"nextPage", "next", "_links.next"};
static const char *const lasts[] = {"isLast", "lastPage", "isLastPage"};

static json_t *
value_at(json_t *document, const char *path)
{
	return document ? jira_json_own(CurrentMemoryContext, jira_json_get_or_null(document, path)) : json_null();
}

/* What the caller has said, as a number; -1: nothing. */
static int64
asked_start(const Request *request, const char *name)
{
	json_t	   *value = json_object_get(request_parameters(request), name);

	if (json_is_string(value))
		return strtoll(json_string_value(value), NULL, 10);
	return json_is_integer(value) ? json_integer_value(value) : -1;
}

static bool
is_last(json_t *document)
{
	for (int i = 0; i < lengthof(lasts); i++)
		if (json_is_true(json_object_get(document, lasts[i])))
			return true;
	return false;
}

static const char *
next_address(json_t *document)
{
	for (int i = 0; i < lengthof(addresses); i++)
	{
		const char *address = json_string_value(value_at(document, addresses[i]));

		if (address && strchr(address, '?'))
			return address;
	}
	return NULL;
}

/* After the first page: how does the result go on? */
static void
begin(ToldPages *told, const Request *request, json_t *document)
{
	told->begun = true;
	for (int i = 0; i < lengthof(token_styles) && told->style == NULL; i++)
		if (!json_is_null(value_at(document, page_token_style(token_styles[i])->next)))
			told->style = page_token_style(token_styles[i]);
	for (int i = 0; i < lengthof(starts) && told->style == NULL && told->start == NULL; i++)
		if (jira_json_integer(document, starts[i]) >= 0 ||
			(json_object_size(document) == 0 && asked_start(request, starts[i]) >= 0))
			told->start = starts[i];
	if (told->start)
		told->offset = Max(asked_start(request, told->start), 0);
}

static void
put_parameter(Request *request, const char *name, json_t *value)
{
	if (json_object_set_new(request_parameters(request), name, jira_json_made(value)) < 0)
		jira_json_made(NULL);
}

/* The next page begins after the rows that came. */
static bool
go_on_by_start(ToldPages *told, Request *request, json_t *document, int64 rows)
{
	int64		total = jira_json_integer(document, "total");

	page_end_check_start(request, document, told->start, told->offset);
	told->offset += rows;
	if (rows == 0)
	{
		/* Audit records are counted whatever filter they have. */
		if (strcmp(told->start, "offset") != 0)
			page_end_check(request, document, total, told->offset);
		return false;
	}
	if (is_last(document) ? total <= told->offset : page_end_is_said(document, total, told->offset))
		return false;
	put_parameter(request, told->start, json_integer(told->offset));
	return true;
}

/* Takes over the parameters of an address; its path is not followed. */
static void
put_parameters(Request *request, const char *address)
{
	for (const char *name = strchr(address, '?'); name && name[1]; name = strchr(name + 1, '&'))
	{
		size_t		length = strcspn(name + 1, "=&");
		char	   *parameter = pnstrdup(name + 1, length);
		char	   *value = url_parameter(address, parameter);

		if (value && length > 0)
			put_parameter(request, parameter, json_string(jira_own(CurrentMemoryContext, value, free)));
	}
}

static bool
go_on_by_address(ToldPages *told, MemoryContext context, Request *request, json_t *document,
				 int64 rows, MemoryContext page)
{
	static const TokenStyle style = {NULL, "address", "address", "isLast"};
	const char *address = is_last(document) ? NULL : next_address(document);
	json_t	   *token;

	if (address == NULL || strcmp(request->method, "GET") != 0)
	{
		page_end_check_only(request, document, jira_json_integer(document, "total"), rows);
		return false;
	}
	/* An address that came before would lead round in a circle. */
	token = jira_json_object(page);
	json_object_set_new(token, "address", jira_json_made(json_string(address)));
	(void) page_token_take(&told->token, context, &style, request, token, rows, page);
	put_parameters(request, address);
	return true;
}

bool
told_pages_take(ToldPages *told, MemoryContext context, Request *request, json_t *document,
				int64 rows, MemoryContext page)
{
	MemoryContext before = MemoryContextSwitchTo(page);
	bool		more;

	if (!told->begun)
		begin(told, request, document);
	if (told->style && json_is_object(request_parameters(request)))
	{
		more = page_token_take(&told->token, context, told->style, request, document, rows, page);
		if (more)
			put_parameter(request, told->style->token, json_string(told->token.token));
	}
	else if (told->start && json_is_object(request_parameters(request)))
		more = go_on_by_start(told, request, document, rows);
	else
		more = go_on_by_address(told, context, request, document, rows, page);
	MemoryContextSwitchTo(before);
	return more;
}
