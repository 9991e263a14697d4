/*
 * site.c
 *	  What this backend knows of the Jira behind a connection.
 */
#include "postgres.h"

#include "utils/memutils.h"

#include "client/site.h"

/* Sites to remember in one backend. */
#define MAX_SITES 16

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
