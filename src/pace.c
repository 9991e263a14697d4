/*
 * pace.c
 *	  How often the sessions of a database, all together, ask Jira.
 *
 * A lock goes from session to session.  Who has it keeps it for the time
 * between two requests before sending one, so that no two are sent in less
 * than that.  A lock needs no room in shared memory that a library could only
 * have when it is preloaded, and is given back after any error.
 */
#include "postgres.h"

#include "common/hashfn.h"
#include "miscadmin.h"
#include "storage/lock.h"

#include "connection.h"
#include "keyed_row.h"
#include "pace.h"
#include "wait.h"

/* Apart from the classes 1 and 2 of the advisory locks that users take. */
#define LOCK_CLASS 101

void
pace_wait(const ConnectionOptions *options)
{
	double		gap;			/* milliseconds */
	LOCKTAG		tag;

	if (options->paced_by == NULL)
		return;
	gap = 1000 / options->requests_per_second;
	SET_LOCKTAG_ADVISORY(tag, MyDatabaseId, spoke_relation("connection"),
						 hash_bytes((const unsigned char *) options->paced_by, strlen(options->paced_by)),
						 LOCK_CLASS);
	(void) LockAcquire(&tag, ExclusiveLock, false, false);
	wait_for_time((long) gap + (gap > (long) gap));
	LockRelease(&tag, ExclusiveLock, false);
}
