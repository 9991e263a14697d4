/*
 * pace.h
 *	  How often the sessions of a database, all together, ask Jira.
 */
#ifndef JIRA_CLIENT_PACE_H
#define JIRA_CLIENT_PACE_H

#include "client/bucket.h"
#include "connection/options.h"

/*
 * Waits until the next request may be sent.  Costs nothing where the
 * connection has no option requests_per_second.
 */
extern void pace_wait(const ConnectionOptions *options);

/*
 * The same for one who has other things to do, and takes a token from a bucket:
 * milliseconds until it is worth asking again, 0 if a request may be sent now.
 * Who does not ask again gives
 * back what was kept for him.  Others who wait go first.
 */
extern long pace_turn(const ConnectionOptions *options, BucketId bucket);
extern void pace_give_back(void);

#endif							/* JIRA_CLIENT_PACE_H */
