/*
 * pace.h
 *	  How often the sessions of a database, all together, ask Jira.
 */
#ifndef JIRA_PACE_H
#define JIRA_PACE_H

#include "option.h"

/*
 * Waits until the next request may be sent.  Costs nothing where the
 * connection has no option requests_per_second.
 */
extern void pace_wait(const ConnectionOptions *options);

#endif							/* JIRA_PACE_H */
