/*
 * url.c
 *	  Checks that libcurl's URL parser leaves to its caller.
 */
#include "http/url.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include <curl/curl.h>

bool
url_is_loopback(const struct sockaddr *address)
{
	if (address->sa_family == AF_INET)
	{
		const struct sockaddr_in *in = (const struct sockaddr_in *) address;

		return (ntohl(in->sin_addr.s_addr) >> 24) == 127;
	}
	if (address->sa_family == AF_INET6)
	{
		const struct in6_addr *in6 = &((const struct sockaddr_in6 *) address)->sin6_addr;

		return IN6_IS_ADDR_LOOPBACK(in6) ||
			(IN6_IS_ADDR_V4MAPPED(in6) && in6->s6_addr[12] == 127);
	}
	return false;
}

/* "host" as libcurl writes it: in lower case, IPv6 addresses in brackets. */
static bool
is_loopback_host(const char *host)
{
	struct sockaddr_in in = {.sin_family = AF_INET};
	struct sockaddr_in6 in6 = {.sin6_family = AF_INET6};
	char		address[INET6_ADDRSTRLEN + 1];

	if (strcmp(host, "localhost") == 0)
		return true;
	if (inet_pton(AF_INET, host, &in.sin_addr) == 1)
		return url_is_loopback((struct sockaddr *) &in);
	return sscanf(host, "[%46[0-9a-f:.]]", address) == 1 &&
		inet_pton(AF_INET6, address, &in6.sin6_addr) == 1 &&
		url_is_loopback((struct sockaddr *) &in6);
}

static char *
get_part(CURLU *handle, CURLUPart part)
{
	char	   *text = NULL;

	return curl_url_get(handle, part, &text, CURLU_DEFAULT_PORT) == CURLUE_OK ? text : NULL;
}

static bool
is_printable(const char *text)
{
	for (const unsigned char *c = (const unsigned char *) text; *c; c++)
		if (*c <= ' ' || *c >= 0x7f)
			return false;
	return true;
}

/*
 * Is the origin read as it was written?  libcurl decodes a host after it has
 * looked for numbers in it: it takes "0%2e0" for "0.0", but that for "0.0.0.0".
 */
static bool
is_stable(const Url *parts)
{
	CURLU	   *handle = curl_url();
	char	   *host = NULL;
	bool		same;

	if (handle && curl_url_set(handle, CURLUPART_URL, parts->origin, 0) == CURLUE_OK)
		host = get_part(handle, CURLUPART_HOST);
	same = host && strcmp(host, parts->host) == 0;
	curl_free(host);
	curl_url_cleanup(handle);
	return same;
}

static const char *
check_parts(CURLU *handle, Url *parts)
{
	const char *problem = NULL;
	char	   *scheme = get_part(handle, CURLUPART_SCHEME);
	char	   *host = get_part(handle, CURLUPART_HOST);
	char	   *port = get_part(handle, CURLUPART_PORT);

	if (scheme == NULL || (strcmp(scheme, "https") != 0 && strcmp(scheme, "http") != 0))
		problem = "its scheme must be https";
	else if (host == NULL || host[0] == '\0' || port == NULL || strlen(host) > 255)
		problem = "it needs a host";
	else if (host[strlen(host) - 1] == '.')
		problem = "its host must not end with a dot";
	else if (!is_printable(host))	/* libcurl has decoded "%7f" */
		problem = "its host must be written in ASCII";
	else
	{
		for (char *c = host; *c; c++)
			*c = (char) tolower((unsigned char) *c);
		snprintf(parts->origin, sizeof(parts->origin), "%s://%s:%s", scheme, host, port);
		snprintf(parts->host, sizeof(parts->host), "%s", host);
		parts->https = strcmp(scheme, "https") == 0;
		parts->loopback = is_loopback_host(host);
		if (!is_stable(parts))
			problem = "its host can be read in two ways";
	}
	curl_free(scheme);
	curl_free(host);
	curl_free(port);
	return problem;
}

static bool
has_part(CURLU *handle, CURLUPart part)
{
	char	   *text = get_part(handle, part);

	curl_free(text);
	return text != NULL;
}

/* A host that libcurl would decode; "text" is a URL, or relative to one. */
static bool
has_encoded_host(const char *text)
{
	size_t		scheme = strcspn(text, "/?#");
	const char *host = text + scheme;

	if (scheme > 0 ? text[scheme - 1] != ':' : strncmp(text, "//", 2) != 0)
		return false;			/* a path */
	host += strspn(host, "/");
	return memchr(host, '%', strcspn(host, "/?#\\")) != NULL;
}

const char *
url_parse(const char *url, Url *parts)
{
	const char *problem = "it is not a URL";
	CURLU	   *handle;

	if (!is_printable(url))
		return "it must not contain spaces, control characters or anything but ASCII";

	if (strpbrk(url, "?#") != NULL)
		return "it must not have a query or a fragment";

	if (has_encoded_host(url))
		return "its host must not contain a percent sign";

	/* Three slashes would make libcurl take a part of the path for the host. */
	if (strstr(url, ":///") != NULL)
		return "it needs a host";

	handle = curl_url();
	if (handle == NULL)
		return "there is no memory to read it";
	if (curl_url_set(handle, CURLUPART_URL, url, CURLU_DISALLOW_USER) == CURLUE_OK)
	{
		problem = check_parts(handle, parts);
		if (problem == NULL &&
			(has_part(handle, CURLUPART_QUERY) || has_part(handle, CURLUPART_FRAGMENT)))
			problem = "it must not have a query or a fragment";
	}
	else if (strchr(url, '@') != NULL)
		problem = "it must not contain a user name or a password";
	curl_url_cleanup(handle);
	return problem;
}

const char *
url_follow(const char *base, const char *location, char **url, Url *parts)
{
	const char *problem = "it is not a URL";
	char	   *text;
	CURLU	   *handle = curl_url();

	if (handle == NULL)
		return "there is no memory to read it";
	if (has_encoded_host(location))
		problem = "its host must not contain a percent sign";
	else if (curl_url_set(handle, CURLUPART_URL, base, 0) == CURLUE_OK &&
			 curl_url_set(handle, CURLUPART_URL, location, CURLU_DISALLOW_USER) == CURLUE_OK)
		problem = check_parts(handle, parts);
	if (problem == NULL)
	{
		text = get_part(handle, CURLUPART_URL);
		*url = text ? strdup(text) : NULL;
		curl_free(text);
		if (*url == NULL)
			problem = "there is no memory to read it";
	}
	curl_url_cleanup(handle);
	return problem;
}

/* In a query "+" stands for a space. */
static char *
decode(const char *start, size_t length)
{
	char	   *text = strndup(start, length);
	char	   *decoded = NULL;
	char	   *copy = NULL;

	for (char *c = text; c && *c; c++)
		if (*c == '+')
			*c = ' ';
	if (text)
		decoded = curl_easy_unescape(NULL, text, 0, NULL);
	if (decoded)
		copy = strdup(decoded);
	curl_free(decoded);
	free(text);
	return copy;
}

char *
url_parameter(const char *url, const char *name)
{
	size_t		length = strlen(name);
	const char *pair = strchr(url, '?');

	while (pair && *pair && *pair != '#')
	{
		size_t		size = strcspn(++pair, "&#");

		if (strncmp(pair, name, length) == 0 && pair[length] == '=')
			return decode(pair + length + 1, size - length - 1);
		pair += size;
	}
	return NULL;
}

char *
url_escape(const char *text)
{
	char	   *escaped = curl_easy_escape(NULL, text, 0);
	char	   *copy = escaped ? strdup(escaped) : NULL;

	curl_free(escaped);
	return copy;
}
