/*
 * allowed_hosts.h
 *	  Which hosts may be named: the setting jira_spoke.allowed_hosts.
 */
#ifndef JIRA_CONNECTION_ALLOWED_HOSTS_H
#define JIRA_CONNECTION_ALLOWED_HOSTS_H

#include "http/url.h"

/* The column that the error names, which it is told by. */
#define ALLOWED_HOSTS_COLUMN "url"

/*
 * Raises 42501 unless a pattern of the setting fits host and port, or the setting
 * is empty.  Called when a URL is stored, and whenever it is used.
 */
extern void allowed_hosts_check(const Url *url);

#endif							/* JIRA_CONNECTION_ALLOWED_HOSTS_H */
