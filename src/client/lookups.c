/*
 * lookups.c
 *	  Requests that only read, asked for once however often their caller begins
 *	  anew.
 */
#include "postgres.h"

#include "nodes/pg_list.h"
#include "utils/memutils.h"

#include "client/lookups.h"
#include "client/pace.h"
#include "client/session_private.h"
#include "utils/own.h"
#include "utils/wait.h"

/* What two equal requests have in common, and their exchange. */
typedef struct Lookup
{
	AuthorizationKey key;
	int64		generation;		/* of the access token */
	char	   *method;
	char	   *url;
	char	   *body;			/* or NULL */
	HttpExchange *exchange;
} Lookup;

struct Lookups
{
	MemoryContext context;
	List	   *list;			/* of Lookup */
};

Lookups *
lookups_make(MemoryContext context)
{
	Lookups    *lookups = MemoryContextAllocZero(context, sizeof(Lookups));

	lookups->context = context;
	return lookups;
}

static bool
is_same(const Lookup *lookup, const AuthorizationKey *key, int64 generation, const HttpRequest *request)
{
	return authorization_key_equal(&lookup->key, key) && lookup->generation == generation &&
		strcmp(lookup->method, request->method) == 0 && strcmp(lookup->url, request->url) == 0 &&
		(lookup->body ? request->body && strcmp(lookup->body, request->body) == 0 : request->body == NULL);
}

static void
drop_exchange(void *exchange)
{
	http_drop(exchange);
}

/* In the memory context of the lookups: the exchange outlives the caller's transfer. */
static HttpExchange *
start(Lookup *lookup, const Connection *connection, const HttpRequest *request)
{
	HttpSession *session = session_borrow(CurrentMemoryContext, &lookup->key, connection);
	HttpRequest ours = *request;

	ours.url = lookup->url;
	ours.body = lookup->body;
	return jira_own(CurrentMemoryContext, http_start(session, &ours), drop_exchange);
}

HttpExchange *
lookups_exchange(Lookups *lookups, const Connection *connection,
				 const AuthorizationKey *key, int64 generation,
				 BucketId bucket, const HttpRequest *request, bool *is_new)
{
	Lookup	   *lookup;
	MemoryContext before;
	ListCell   *cell;
	long		turn;

	*is_new = false;
	foreach(cell, lookups->list)
	{
		lookup = lfirst(cell);
		if (is_same(lookup, key, generation, request))
			return lookup->exchange;
	}
	turn = pace_turn(&connection->options, bucket);
	if (turn > 0)
		wait_postpone(turn);

	before = MemoryContextSwitchTo(lookups->context);
	lookup = palloc0(sizeof(Lookup));
	lookup->key = *key;
	lookup->generation = generation;
	lookup->method = pstrdup(request->method);
	lookup->url = pstrdup(request->url);
	lookup->body = request->body ? pstrdup(request->body) : NULL;
	lookup->exchange = start(lookup, connection, request);
	lookups->list = lappend(lookups->list, lookup);
	*is_new = true;
	MemoryContextSwitchTo(before);
	return lookup->exchange;
}
