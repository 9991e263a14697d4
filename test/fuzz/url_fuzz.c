/*
 * url_fuzz.c
 *	  A base URL that we accept is read by libcurl as we read it, and what is put
 *	  below it stays there.
 */
#include "postgres.h"

#include <netdb.h>
#include <sys/socket.h>

#include <curl/curl.h>

#include "fuzz.h"
#include "http/url.h"
#include "utils/own.h"

#define BELOW "/rest/api/3/issue/OPS-1"

static void
free_text(void *text)
{
	curl_free(text);
}

static void
cleanup_url(void *handle)
{
	curl_url_cleanup(handle);
}

/* As libcurl reads it when it sends a request there; NULL if it does not. */
static CURLU *
read_url(const char *url)
{
	CURLU	   *handle = jira_own(CurrentMemoryContext, curl_url(), cleanup_url);

	return curl_url_set(handle, CURLUPART_URL, url, 0) == CURLUE_OK ? handle : NULL;
}

static char *
part(CURLU *handle, CURLUPart which)
{
	char	   *text;

	if (curl_url_get(handle, which, &text, CURLU_DEFAULT_PORT) != CURLUE_OK)
		return NULL;
	return jira_own(CurrentMemoryContext, text, free_text);
}

/* Is it an address of this machine, in any notation that resolvers know? */
static bool
is_loopback_number(const char *host)
{
	struct addrinfo hints = {.ai_flags = AI_NUMERICHOST};
	struct addrinfo *found;
	char	   *bare = pstrdup(host);
	bool		loopback;

	if (bare[0] == '[')
	{
		bare[strlen(bare) - 1] = '\0';
		bare++;
	}
	if (getaddrinfo(bare, NULL, &hints, &found) != 0)
		return false;
	loopback = url_is_loopback(found->ai_addr);
	freeaddrinfo(found);
	return loopback;
}

/* Who a URL is sent to, and that nothing goes along with it. */
static void
check_origin(CURLU *handle, const Url *parts, const char *url)
{
	char	   *host;

	FUZZ_REQUIRE(handle != NULL, url);
	FUZZ_REQUIRE(fuzz_is_message(parts->host, sizeof(parts->host)), url);
	host = part(handle, CURLUPART_HOST);
	FUZZ_REQUIRE(host != NULL && pg_strcasecmp(host, parts->host) == 0, url);
	FUZZ_REQUIRE(strcmp(parts->origin, psprintf("%s://%s:%s", part(handle, CURLUPART_SCHEME),
												parts->host, part(handle, CURLUPART_PORT))) == 0,
				 url);
	FUZZ_REQUIRE(parts->https == (strncmp(parts->origin, "https:", 6) == 0), url);
	FUZZ_REQUIRE(parts->https || strncmp(parts->origin, "http:", 5) == 0, url);
	FUZZ_REQUIRE(part(handle, CURLUPART_USER) == NULL, url);
	FUZZ_REQUIRE(part(handle, CURLUPART_PASSWORD) == NULL, url);
	FUZZ_REQUIRE(parts->loopback == (strcmp(parts->host, "localhost") == 0 ||
									 is_loopback_number(parts->host)), url);
}

static void
check_base(const char *url)
{
	Url			parts;
	CURLU	   *handle;
	char	   *path;

	if (url_parse(url, &parts) != NULL)
		return;
	handle = read_url(url);
	check_origin(handle, &parts, url);
	FUZZ_REQUIRE(part(handle, CURLUPART_QUERY) == NULL, url);
	FUZZ_REQUIRE(part(handle, CURLUPART_FRAGMENT) == NULL, url);

	handle = read_url(psprintf("%s" BELOW, url));
	check_origin(handle, &parts, url);
	path = part(handle, CURLUPART_PATH);
	FUZZ_REQUIRE(strlen(path) >= strlen(BELOW) &&
				 strcmp(path + strlen(path) - strlen(BELOW), BELOW) == 0, url);
}

static void
check_redirect(const char *location)
{
	char	   *url = NULL;
	Url			parts;

	if (url_follow("https://jira.example.com/secure/attachment/1", location, &url, &parts) != NULL)
	{
		FUZZ_REQUIRE(url == NULL, location);
		return;
	}
	jira_own(CurrentMemoryContext, url, free);
	check_origin(read_url(url), &parts, location);
}

/* A text comes back from a query that it was escaped for. */
static void
check_escape(const char *text)
{
	char	   *escaped = jira_own(CurrentMemoryContext, url_escape(text), free);
	char	   *found = url_parameter(psprintf("https://h/?a=b&code=%s&c#code=d", escaped), "code");

	FUZZ_REQUIRE(strspn(escaped, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
						"0123456789-._~%") == strlen(escaped), text);
	FUZZ_REQUIRE(strcmp(fuzz_percent_decoded(escaped, strlen(escaped)), text) == 0, text);
	FUZZ_REQUIRE(found != NULL, text);
	jira_own(CurrentMemoryContext, found, free);
	FUZZ_REQUIRE(strcmp(found, text) == 0, text);
}

static void
run(FuzzInput *input)
{
	char	   *text = fuzz_text(input);
	char	   *parameter = url_parameter(text, "code");

	if (parameter)
	{
		jira_own(CurrentMemoryContext, parameter, free);
		FUZZ_REQUIRE(strlen(parameter) <= strlen(text), text);
	}
	check_base(text);
	check_redirect(text);
	check_escape(text);
}

const FuzzTarget url_target = {"url", NULL, run};
