/*
 * site_url.h
 *	  What people take for the URL of their Jira.
 */
#ifndef JIRA_CONNECTION_SITE_URL_H
#define JIRA_CONNECTION_SITE_URL_H

/*
 * The cloud ID in an address of Atlassian's administration,
 * "https://admin.atlassian.com/s/<cloud ID>/...", palloc'd; NULL if it is none.
 */
extern char *site_url_cloud_id(const char *text);

/*
 * Raises 22023 unless "text" may be the base URL of a connection.  The hint has
 * the URL that was probably meant: with https://, without the page of an issue.
 */
extern void site_url_check(const char *text);

#endif							/* JIRA_CONNECTION_SITE_URL_H */
