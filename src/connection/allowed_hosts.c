/*
 * allowed_hosts.c
 *	  Which hosts may be named: the setting jira_spoke.allowed_hosts.
 *
 * An administrator of connections is no superuser, and could try hosts and ports
 * of the internal network by a URL, or by a proxy.
 */
#include "postgres.h"

#include "connection/allowed_hosts.h"
#include "utils/settings.h"

/* What separates patterns. */
#define SEPARATORS ", \t\r\n"

/* "*.example.com" fits whatever is before ".example.com". */
static bool
fits_host(const char *pattern, const char *host)
{
	size_t		suffix = strlen(pattern) - 1;

	if (pattern[0] != '*')
		return pg_strcasecmp(pattern, host) == 0;
	return strlen(host) > suffix && pg_strcasecmp(pattern + 1, host + strlen(host) - suffix) == 0;
}

/* A pattern without a port fits any; the colons of an IPv6 address are in brackets. */
static bool
fits(char *pattern, const Url *url)
{
	char	   *bracket = strrchr(pattern, ']');
	char	   *port = strchr(bracket ? bracket : pattern, ':');

	if (port)
	{
		if (strcmp(port, strrchr(url->origin, ':')) != 0)
			return false;
		*port = '\0';
	}
	return fits_host(pattern, url->host);
}

void
allowed_hosts_check(const Url *url)
{
	char	   *patterns = pstrdup(jira_allowed_hosts);
	char	   *rest = patterns + strspn(patterns, SEPARATORS);
	bool		allowed = *rest == '\0';

	while (*rest && !allowed)
	{
		char	   *pattern = rest;

		rest += strcspn(rest, SEPARATORS);
		if (*rest)
			*rest++ = '\0';
		rest += strspn(rest, SEPARATORS);
		allowed = fits(pattern, url);
	}
	if (!allowed)
		ereport(ERROR,
				(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
				 errmsg("host \"%s\" may not be used", strstr(url->origin, "://") + strlen("://")),
				 errhint("A superuser allows hosts with the setting jira_spoke.allowed_hosts."),
				 err_generic_string(PG_DIAG_SCHEMA_NAME, "jira_spoke"),
				 err_generic_string(PG_DIAG_TABLE_NAME, "connection"),
				 err_generic_string(PG_DIAG_COLUMN_NAME, ALLOWED_HOSTS_COLUMN)));
	pfree(patterns);
}
