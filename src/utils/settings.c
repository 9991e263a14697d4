/*
 * settings.c
 *	  The settings (GUCs) of the extension.
 */
#include "postgres.h"

#include <limits.h>

#include "utils/guc.h"

#include "utils/settings.h"

char	   *jira_connection = NULL;
int			jira_timeout = 60000;
int			jira_connect_timeout = 10000;
int			jira_max_retries = 3;
int			jira_max_wait = 30000;
int			jira_page_size = 0;
int			jira_parallel_requests = 4;
int			jira_max_response_size = 64 * 1024;
bool		jira_progress = false;
bool		jira_allow_http = false;
char	   *jira_gateway_url = NULL;
char	   *jira_key_file = NULL;
char	   *jira_key_command = NULL;
bool		jira_outbox_enabled = true;
bool		jira_outbox_notify = false;
int			jira_outbox_max_attempts = 20;
int			jira_outbox_search_delay = 120000;
int			jira_outbox_retention = 7 * 24 * 60;
int			jira_outbox_marker = OUTBOX_LABEL;
int			jira_outbox_linger = 2000;
bool		jira_enable_scan = true;

static const struct config_enum_entry markers[] = {
	{"label", OUTBOX_LABEL, false},
	{"none", OUTBOX_NO_MARKER, false},
	{NULL, 0, false}
};

static void
define_waiting(void)
{
	DefineCustomIntVariable("jira_spoke.timeout",
							"Longest time that one request to Jira may take.",
							NULL, &jira_timeout, 60000, 1, INT_MAX,
							PGC_USERSET, GUC_UNIT_MS, NULL, NULL, NULL);
	DefineCustomIntVariable("jira_spoke.connect_timeout",
							"Longest time to reach Jira, TLS included.",
							NULL, &jira_connect_timeout, 10000, 1, INT_MAX,
							PGC_USERSET, GUC_UNIT_MS, NULL, NULL, NULL);
	DefineCustomIntVariable("jira_spoke.max_retries",
							"How often a request is repeated that Jira turned away for now.",
							"A write is repeated only when Jira certainly did not carry it out.",
							&jira_max_retries, 3, 0, 100,
							PGC_USERSET, 0, NULL, NULL, NULL);
	DefineCustomIntVariable("jira_spoke.max_wait",
							"Longest sleep before a request is repeated.",
							"When Jira asks for more, the request fails at once.",
							&jira_max_wait, 30000, 0, INT_MAX,
							PGC_USERSET, GUC_UNIT_MS, NULL, NULL, NULL);
}

static void
define_fetching(void)
{
	DefineCustomIntVariable("jira_spoke.page_size",
							"Rows to ask for in one request; 0 chooses by what is asked.",
							NULL, &jira_page_size, 0, 0, 5000,
							PGC_USERSET, 0, NULL, NULL, NULL);
	DefineCustomIntVariable("jira_spoke.parallel_requests",
							"Requests that one call may have under way at a time.",
							NULL, &jira_parallel_requests, 4, 1, 32,
							PGC_USERSET, 0, NULL, NULL, NULL);
	DefineCustomIntVariable("jira_spoke.max_response_size",
							"Largest reply to accept, after decompression.",
							NULL, &jira_max_response_size, 64 * 1024, 1, MAX_KILOBYTES,
							PGC_USERSET, GUC_UNIT_KB, NULL, NULL, NULL);
	DefineCustomBoolVariable("jira_spoke.progress",
							 "Tells about the progress of long reads, once a second.",
							 NULL, &jira_progress, false,
							 PGC_USERSET, 0, NULL, NULL, NULL);
	DefineCustomBoolVariable("jira_spoke.enable_scan",
							 "Lets reads in FROM stream from Jira instead of being materialized.",
							 "The rows are the same either way; for developers.",
							 &jira_enable_scan, true,
							 PGC_USERSET, GUC_NOT_IN_SAMPLE, NULL, NULL, NULL);
}

static void
define_connecting(void)
{
	DefineCustomStringVariable("jira_spoke.connection",
							   "Alias that calls without one use; empty: the default alias.",
							   NULL, &jira_connection, "",
							   PGC_USERSET, 0, NULL, NULL, NULL);
	DefineCustomBoolVariable("jira_spoke.allow_http",
							 "Accepts plain http, to loopback addresses only.",
							 NULL, &jira_allow_http, false,
							 PGC_SUSET, 0, NULL, NULL, NULL);
	DefineCustomStringVariable("jira_spoke.gateway_url",
							   "Where requests with scoped tokens go.",
							   NULL, &jira_gateway_url, "https://api.atlassian.com",
							   PGC_SUSET, GUC_SUPERUSER_ONLY, NULL, NULL, NULL);
}

static void
define_keys(void)
{
	DefineCustomStringVariable("jira_spoke.key_file",
							   "File with the keys that secrets are sealed with, one on each line.",
							   "The first seals, all of them open.  Empty: a file in the data directory.",
							   &jira_key_file, "",
							   PGC_SIGHUP, GUC_SUPERUSER_ONLY, NULL, NULL, NULL);
	DefineCustomStringVariable("jira_spoke.key_command",
							   "Shell command that prints the keys that secrets are sealed with.",
							   "It comes before jira_spoke.key_file.",
							   &jira_key_command, "",
							   PGC_SIGHUP, GUC_SUPERUSER_ONLY, NULL, NULL, NULL);
}

static void
define_outbox(void)
{
	DefineCustomBoolVariable("jira_spoke.outbox",
							 "Lets triggers put writes into the outbox.",
							 "Off, they do nothing: for restoring data that has been in Jira before.",
							 &jira_outbox_enabled, true,
							 PGC_SUSET, 0, NULL, NULL, NULL);
	DefineCustomBoolVariable("jira_spoke.outbox_notify",
							 "Sends a notification on channel jira_spoke_outbox when an item is finished.",
							 NULL, &jira_outbox_notify, false,
							 PGC_SIGHUP, 0, NULL, NULL, NULL);
	DefineCustomIntVariable("jira_spoke.outbox_max_attempts",
							"How often an item of the outbox is tried before it counts as failed.",
							NULL, &jira_outbox_max_attempts, 20, 1, 1000,
							PGC_SIGHUP, 0, NULL, NULL, NULL);
	DefineCustomIntVariable("jira_spoke.outbox_search_delay",
							"How long Jira's search may take to find an issue that was created.",
							"An issue that may have been created is not created again before that is over.",
							&jira_outbox_search_delay, 120000, 0, INT_MAX,
							PGC_SIGHUP, GUC_UNIT_MS, NULL, NULL, NULL);
	DefineCustomIntVariable("jira_spoke.outbox_retention",
							"How long finished items are kept in the outbox; 0: until they are purged by hand.",
							NULL, &jira_outbox_retention, 7 * 24 * 60, 0, INT_MAX / 60,
							PGC_SIGHUP, GUC_UNIT_MIN, NULL, NULL, NULL);
	DefineCustomEnumVariable("jira_spoke.outbox_marker",
							 "How issues that the outbox creates can be found again.",
							 "Without a marker, one that may have been created is left to a person.",
							 &jira_outbox_marker, OUTBOX_LABEL, markers,
							 PGC_SUSET, 0, NULL, NULL, NULL);
	DefineCustomIntVariable("jira_spoke.outbox_linger",
							"How long the worker of the outbox waits for more before it ends.",
							"DROP DATABASE waits 5 seconds for it; for developers.",
							&jira_outbox_linger, 2000, 0, 4000,
							PGC_SIGHUP, GUC_UNIT_MS | GUC_NOT_IN_SAMPLE, NULL, NULL, NULL);
}

void
settings_define(void)
{
	define_outbox();
	define_connecting();
	define_keys();
	define_waiting();
	define_fetching();
	MarkGUCPrefixReserved("jira_spoke");
}
