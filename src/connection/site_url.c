/*
 * site_url.c
 *	  What people take for the URL of their Jira.
 *
 * They copy it from a browser, which shows the address of a page.
 */
#include "postgres.h"

#include "connection/connection.h"
#include "connection/site_url.h"

#define ADMINISTRATION "https://admin.atlassian.com/"
#define SITE_OF_ADMINISTRATION ADMINISTRATION "s/"
#define CLOUD_DOMAIN ".atlassian.net"

#define HOST_CHARACTERS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-:"

/* Where the pages of a Jira begin, below its context path; the last only on Cloud. */
static const char *const pages[] = {
	"/browse", "/dashboards", "/issues", "/login", "/login.jsp", "/plugins", "/projects",
	"/rest", "/secure", "/servicedesk", "/wiki", "/jira"
};

char *
site_url_cloud_id(const char *text)
{
	size_t		prefix = strlen(SITE_OF_ADMINISTRATION);
	char	   *id;

	if (pg_strncasecmp(text, SITE_OF_ADMINISTRATION, prefix) != 0)
		return NULL;
	id = pnstrdup(text + prefix, strcspn(text + prefix, "/?#"));
	return connection_is_cloud_id(id) ? id : NULL;
}

/* The length of a path up to the first page, without a slash at its end. */
static size_t
context_length(const char *path, bool is_cloud)
{
	const char *segment = path;

	while (*segment && strchr("?#", *segment) == NULL)
	{
		size_t		length = 1 + strcspn(segment + 1, "/?#");

		for (int i = 0; i < lengthof(pages) - !is_cloud; i++)
			if (strlen(pages[i]) == length && strncmp(segment, pages[i], length) == 0)
				return segment - path;
		segment += length;
	}
	while (segment > path && segment[-1] == '/')
		segment--;
	return segment - path;
}

static bool
is_cloud_host(const char *host, size_t length)
{
	size_t		suffix = strlen(CLOUD_DOMAIN);

	while (length > 0 && strchr(":0123456789", host[length - 1]))
		length--;
	return length > suffix && pg_strncasecmp(host + length - suffix, CLOUD_DOMAIN, suffix) == 0;
}

/* The URL that was probably meant, NULL if it cannot be told. */
static char *
probable_url(const char *text)
{
	const char *scheme = "https://";
	const char *host = text + strspn(text, " \t\r\n/");
	const char *path;
	size_t		length;
	char	   *url;
	Url			ignored;

	if (pg_strncasecmp(host, "http://", strlen("http://")) == 0)
		scheme = "http://";
	if (pg_strncasecmp(host, scheme, strlen(scheme)) == 0)
		host += strlen(scheme);
	length = strspn(host, HOST_CHARACTERS);
	path = host + length;
	if (memchr(host, '.', length) == NULL || (*path && strchr("/?#", *path) == NULL))
		return NULL;
	url = psprintf("%s%.*s%.*s", scheme, (int) length, host,
				   (int) context_length(path, is_cloud_host(host, length)), path);
	return url_parse(url, &ignored) == NULL ? url : NULL;
}

/* But for slashes at its end. */
static bool
is_same(const char *text, const char *url)
{
	size_t		length = strlen(text);

	while (length > 0 && text[length - 1] == '/')
		length--;
	return strlen(url) == length && pg_strncasecmp(text, url, length) == 0;
}

void
site_url_check(const char *text)
{
	char	   *probable = probable_url(text);
	Url			url;
	const char *problem = url_parse(text, &url);

	if (pg_strncasecmp(text, ADMINISTRATION, strlen(ADMINISTRATION)) == 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("the URL of the connection is that of Atlassian's administration"),
				 errhint("Write the address of the site, for example https://example.atlassian.net. An address of the form " SITE_OF_ADMINISTRATION "<cloud ID>/apps is good, too.")));
	if (problem)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("the URL of the connection is not usable: %s", problem),
				 probable ? errhint("Write %s.", probable) : 0));
	connection_check_url(text, &url);
	if (probable && !is_same(text, probable))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("the URL of the connection is that of a page of Jira"),
				 errhint("Write %s.", probable)));
}
