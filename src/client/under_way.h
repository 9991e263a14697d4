/*
 * under_way.h
 *	  The requests of this process that somebody will wait for.
 *
 * While one of them is waited for, all of its session go on: they are sent when
 * their time has come, and repeated.  They do so in the order in which they were
 * added.
 */
#ifndef JIRA_CLIENT_UNDER_WAY_H
#define JIRA_CLIENT_UNDER_WAY_H

#include "lib/ilist.h"

#include "http/session.h"

/* A member of what is under way; zeroes to begin with. */
typedef struct UnderWay
{
	dlist_node	node;
	bool		listed;
	HttpSession *session;

	/*
	 * Goes on as far as that is possible now (bucket_now()).  Returns how
	 * long it is until it can go on without a reply, in microseconds.
	 */
	int64		(*advance) (struct UnderWay *one, int64 now);
} UnderWay;

/* Nothing but a reply lets it go on. */
#define UNDER_WAY_NO_TIME PG_INT64_MAX

/* Lists it until it is removed, which it must be before its memory is freed. */
extern void under_way_add(UnderWay *one);
extern void under_way_remove(UnderWay *one);

/*
 * Lets all of a session go on; the shortest time that one of them gives, in
 * milliseconds.
 */
extern long under_way_advance(HttpSession *session);

#endif							/* JIRA_CLIENT_UNDER_WAY_H */
