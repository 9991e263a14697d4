/*
 * role_worker.h
 *	  Background workers that write results into the rows of users' tables.
 *
 * Triggers, casts and defaults of these tables run there, with the rights of the
 * role that enqueued the items and no others, and hold up nobody else.
 */
#ifndef JIRA_OUTBOX_ROLE_WORKER_H
#define JIRA_OUTBOX_ROLE_WORKER_H

#include "port/atomics.h"

/* What one role worker is for, in memory shared with the dispatcher. */
typedef struct RoleWork
{
	Oid			database;
	Oid			outbox;
	Oid			role;
	Oid			source;			/* table of the rows */
	bool		may_connect;	/* the worker can connect as the role */
	pg_atomic_uint64 begun;		/* when the item in work was begun; 0: none is */
	pg_atomic_uint32 was_late;	/* an item took longer than
								 * jira_spoke.write_back_timeout */
	pg_atomic_uint32 makes_room;	/* to end soon: others wait, or the
									 * dispatcher has ended */
	pg_atomic_uint32 has_ended; /* by itself, not by a failure */
} RoleWork;

#endif							/* JIRA_OUTBOX_ROLE_WORKER_H */
