/*
 * under_way.c
 *	  The requests of this process that somebody will wait for.
 */
#include "postgres.h"

#include "client/bucket.h"
#include "client/under_way.h"

static dlist_head all = DLIST_STATIC_INIT(all);

void
under_way_remove(UnderWay *one)
{
	if (one->listed)
		dlist_delete(&one->node);
	one->listed = false;
}

void
under_way_add(UnderWay *one)
{
	if (one->listed)
		return;
	dlist_push_tail(&all, &one->node);
	one->listed = true;
}

long
under_way_advance(HttpSession *session)
{
	int64		now = bucket_now();
	int64		left = UNDER_WAY_NO_TIME;
	dlist_mutable_iter each;

	dlist_foreach_modify(each, &all)
	{
		UnderWay   *one = dlist_container(UnderWay, node, each.cur);

		if (one->session == session)
			left = Min(left, one->advance(one, now));
	}
	return (long) Min(left / 1000 + 1, PG_INT32_MAX);
}
