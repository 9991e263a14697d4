/*
 * account_zone.h
 *	  The time zone of the profile of the account that a connection signs in as.
 */
#ifndef JIRA_CLIENT_ACCOUNT_ZONE_H
#define JIRA_CLIENT_ACCOUNT_ZONE_H

#include "pgtime.h"

#include "client/client.h"

/* Asked for once per session; NULL if Jira does not tell, or the server has no zone of this name. */
extern pg_tz *account_zone(Client *client);

#endif							/* JIRA_CLIENT_ACCOUNT_ZONE_H */
