/*
 * site.c
 *	  What this backend knows of the Jira behind a connection.
 */
#include "postgres.h"

#include "utils/memutils.h"
#include "utils/timestamp.h"

#include "client/site.h"
#include "client/statistics.h"

/* Sites to remember in one backend. */
#define MAX_SITES 16

/* What a site cannot do today it may do tomorrow. */
#define REMEMBER_MS (24 * 60 * 60 * 1000)

/* The most recently used first. */
static dlist_head sites = DLIST_STATIC_INIT(sites);
static int	site_count = 0;

static void
forget_oldest(void)
{
	Site	   *oldest = dlist_tail_element(Site, node, &sites);

	dlist_delete(&oldest->node);
	site_count--;
	MemoryContextDelete(oldest->context);
}

static Site *
make_site(const AuthorizationKey *key)
{
	MemoryContext context = AllocSetContextCreate(TopMemoryContext, "Jira site",
												  ALLOCSET_SMALL_SIZES);
	Site	   *site = MemoryContextAllocZero(context, sizeof(Site));

	site->key = *key;
	site->context = context;
	dlist_push_head(&sites, &site->node);
	if (++site_count > MAX_SITES)
		forget_oldest();
	return site;
}

Site *
site_of(const Client *client)
{
	dlist_iter	each;

	dlist_foreach(each, &sites)
	{
		Site	   *site = dlist_container(Site, node, each.cur);

		if (!authorization_key_equal(&site->key, &client->key))
			continue;
		dlist_move_head(&sites, &site->node);
		return site;
	}
	return make_site(&client->key);
}

static bool
is_recent(TimestampTz since)
{
	return since != 0 && !TimestampDifferenceExceeds(since, GetCurrentTimestamp(), REMEMBER_MS);
}

bool
site_has_small_batches(const Client *client)
{
	const Connection *connection = client->connection;

	return is_recent(site_of(client)->small_batches) ||
		is_recent(statistics_small_batches(connection->alias, connection->site_url));
}

void
site_note_small_batches(const Client *client)
{
	const Connection *connection = client->connection;

	site_suspect_small_batches(client);
	statistics_note_small_batches(connection->alias, connection->site_url);
}

void
site_suspect_small_batches(const Client *client)
{
	site_of(client)->small_batches = GetCurrentTimestamp();
}
