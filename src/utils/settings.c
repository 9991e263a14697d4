/*
 * settings.c
 *	  The settings (GUCs) of the extension: one entry for each in the table.
 */
#include "postgres.h"

#include <limits.h>

#include "utils/guc.h"

#include "utils/settings.h"

char	   *jira_connection;
int			jira_timeout;
int			jira_connect_timeout;
int			jira_max_retries;
int			jira_max_wait;
int			jira_page_size;
int			jira_parallel_requests;
int			jira_endpoint_rate;
int			jira_endpoint_burst;
int			jira_max_response_size;
int			jira_log_min_duration;
int			jira_max_response_size_limit;
bool		jira_progress;
int			jira_invalid_values;
bool		jira_allow_http;
char	   *jira_gateway_url;
char	   *jira_allowed_hosts;
char	   *jira_key_file;
char	   *jira_key_command;
bool		jira_outbox_enabled;
bool		jira_outbox_deliver;
bool		jira_outbox_notify;
int			jira_outbox_max_attempts;
int			jira_outbox_search_delay;
int			jira_outbox_retention;
int			jira_outbox_marker;
int			jira_outbox_linger;
int			jira_outbox_max_arguments;
int			jira_outbox_write_back_workers;
int			jira_write_back_timeout;
bool		jira_enable_scan;
bool		jira_pushdown;

static const struct config_enum_entry markers[] = {
	{"label", OUTBOX_LABEL, false},
	{"none", OUTBOX_NO_MARKER, false},
	{NULL, 0, false}
};

static const struct config_enum_entry invalid_values[] = {
	{"null", INVALID_AS_NULL, false},
	{"error", INVALID_AS_ERROR, false},
	{NULL, 0, false}
};

/* The variable of a setting, which tells its type, and the value that it begins with. */
typedef struct Setting
{
	const char *name;
	bool	   *boolean;
	int		   *integer;		/* of an enum, too: see words */
	char	  **text;
	int			initial;		/* of a boolean, an integer or an enum */
	int			min;
	int			max;
	const char *initial_text;
	const struct config_enum_entry *words;
	GucContext	context;
	int			flags;
	const char *meaning;
	const char *more;			/* or NULL */
} Setting;

#define BOOLEAN(variable, value) .boolean = &(variable), .initial = (value)
#define INTEGER(variable, value, least, most) .integer = &(variable), .initial = (value), .min = (least), .max = (most)
#define WORD(variable, value, list) .integer = &(variable), .initial = (value), .words = (list)
#define TEXT(variable, value) .text = &(variable), .initial_text = (value)

/* INDENT OFF */
static const Setting settings[] = {
	/* Connections and keys. */
	{"jira_spoke.connection", TEXT(jira_connection, ""), .context = PGC_USERSET,
		.meaning = "Alias that calls without one use; empty: the default alias."},
	{"jira_spoke.allow_http", BOOLEAN(jira_allow_http, false), .context = PGC_SUSET,
		.meaning = "Accepts plain http, to loopback addresses only."},
	{"jira_spoke.gateway_url", TEXT(jira_gateway_url, "https://api.atlassian.com"),
		.context = PGC_SUSET, .flags = GUC_SUPERUSER_ONLY,
		.meaning = "Where requests with scoped tokens go."},
	{"jira_spoke.allowed_hosts", TEXT(jira_allowed_hosts, ""), .context = PGC_SUSET,
		.meaning = "Hosts that connections, proxies and OAuth 2.0 applications may name; empty: any.",
		.more = "Patterns with commas between them: jira.example.com, *.atlassian.net, jira.example.com:8443."},
	{"jira_spoke.key_file", TEXT(jira_key_file, ""), .context = PGC_SIGHUP, .flags = GUC_SUPERUSER_ONLY,
		.meaning = "File with the keys that secrets are sealed with, one on each line.",
		.more = "The first seals, all of them open.  Empty: a file in the data directory."},
	{"jira_spoke.key_command", TEXT(jira_key_command, ""), .context = PGC_SIGHUP, .flags = GUC_SUPERUSER_ONLY,
		.meaning = "Shell command that prints the keys that secrets are sealed with.",
		.more = "It comes before jira_spoke.key_file."},

	/* Requests. */
	{"jira_spoke.timeout", INTEGER(jira_timeout, 60000, 1, INT_MAX), .context = PGC_USERSET, .flags = GUC_UNIT_MS,
		.meaning = "Longest time that one request to Jira may take."},
	{"jira_spoke.connect_timeout", INTEGER(jira_connect_timeout, 10000, 1, INT_MAX),
		.context = PGC_USERSET, .flags = GUC_UNIT_MS,
		.meaning = "Longest time to reach Jira, TLS included."},
	{"jira_spoke.max_retries", INTEGER(jira_max_retries, 3, 0, 100), .context = PGC_USERSET,
		.meaning = "How often a request is repeated that Jira turned away for now.",
		.more = "A read is repeated after a broken connection, too; a write only when Jira certainly did not carry it out."},
	{"jira_spoke.max_wait", INTEGER(jira_max_wait, 30000, 0, INT_MAX), .context = PGC_USERSET, .flags = GUC_UNIT_MS,
		.meaning = "Longest sleep before a request is repeated.",
		.more = "When Jira asks for more, the request fails at once."},
	{"jira_spoke.endpoint_rate", INTEGER(jira_endpoint_rate, 90, 0, 100000), .context = PGC_SUSET,
		.meaning = "Requests a second to one endpoint of Jira through a connection; 0: any number.",
		.more = "Of PUT and DELETE half as many.  Jira Cloud takes 100, and 50, of all callers of a site together."},
	{"jira_spoke.endpoint_burst", INTEGER(jira_endpoint_burst, 50, 1, 100000), .context = PGC_SUSET,
		.meaning = "Requests at once to one endpoint of Jira through a connection, before jira_spoke.endpoint_rate holds.",
		.more = "Of PUT and DELETE half as many."},
	{"jira_spoke.max_response_size", INTEGER(jira_max_response_size, 64 * 1024, 1, MAX_RESPONSE_KILOBYTES),
		.context = PGC_USERSET, .flags = GUC_UNIT_KB,
		.meaning = "Largest reply to accept, after decompression.",
		.more = "It bounds the memory that a reply may take, too."},
	{"jira_spoke.max_response_size_limit",
		INTEGER(jira_max_response_size_limit, 256 * 1024, 1, MAX_RESPONSE_KILOBYTES),
		.context = PGC_SUSET, .flags = GUC_UNIT_KB,
		.meaning = "Largest value that jira_spoke.max_response_size and the option of that name count as.",
		.more = "A process takes up to four times as much memory, and 64 MB."},
	{"jira_spoke.log_min_duration", INTEGER(jira_log_min_duration, -1, -1, INT_MAX),
		.context = PGC_SUSET, .flags = GUC_UNIT_MS,
		.meaning = "Requests to Jira that take at least so long are logged; 0: all, -1: none.",
		.more = "Retries and the waits before them are included.  What a request sends is not logged."},

	/* Reads. */
	{"jira_spoke.page_size", INTEGER(jira_page_size, 0, 0, 5000), .context = PGC_USERSET,
		.meaning = "Rows to ask for in one request; 0 chooses by what is asked.",
		.more = "A search with a size of its own is read page by page."},
	{"jira_spoke.parallel_requests", INTEGER(jira_parallel_requests, 16, 1, MAX_PARALLEL_REQUESTS), .context = PGC_USERSET,
		.meaning = "Requests that one call may have under way at a time.",
		.more = "Half as many if each is for up to 1,000 issues.  With 1, searches are read page by page."},
	{"jira_spoke.progress", BOOLEAN(jira_progress, false), .context = PGC_USERSET,
		.meaning = "Tells about the progress of long reads, once a second."},
	{"jira_spoke.invalid_values", WORD(jira_invalid_values, INVALID_AS_NULL, invalid_values), .context = PGC_USERSET,
		.meaning = "What a date or a number of Jira's that is none becomes: null, with a warning, or an error."},
	{"jira_spoke.enable_scan", BOOLEAN(jira_enable_scan, true), .context = PGC_USERSET, .flags = GUC_NOT_IN_SAMPLE,
		.meaning = "Lets reads in FROM stream from Jira instead of being materialized.",
		.more = "The rows are the same either way; for developers."},
	{"jira_spoke.pushdown", BOOLEAN(jira_pushdown, true), .context = PGC_USERSET,
		.meaning = "Lets Jira search for what a query around a read asks for, rather than for all that the read asks for.",
		.more = "The rows are the same either way, unless they change in Jira meanwhile."},

	/* The outbox. */
	{"jira_spoke.outbox", BOOLEAN(jira_outbox_enabled, true), .context = PGC_SUSET,
		.meaning = "Lets triggers put writes into the outbox.",
		.more = "Off, they do nothing: for restoring data that has been in Jira before."},
	{"jira_spoke.outbox_deliver", BOOLEAN(jira_outbox_deliver, true), .context = PGC_SIGHUP,
		.meaning = "Carries out what is in the outbox.",
		.more = "Turn it off in the configuration of a clone."},
	{"jira_spoke.outbox_notify", BOOLEAN(jira_outbox_notify, false), .context = PGC_SIGHUP,
		.meaning = "Sends a notification on channel jira_spoke_outbox when an item is finished."},
	{"jira_spoke.outbox_max_attempts", INTEGER(jira_outbox_max_attempts, 20, 1, 1000), .context = PGC_SIGHUP,
		.meaning = "How often an item of the outbox is tried before it counts as failed."},
	{"jira_spoke.outbox_search_delay", INTEGER(jira_outbox_search_delay, 120000, 0, INT_MAX),
		.context = PGC_SIGHUP, .flags = GUC_UNIT_MS,
		.meaning = "How long Jira's search may take to find an issue that was created.",
		.more = "An issue that may have been created is not created again before that is over."},
	{"jira_spoke.outbox_retention", INTEGER(jira_outbox_retention, 7 * 24 * 60, 0, INT_MAX / 60),
		.context = PGC_SIGHUP, .flags = GUC_UNIT_MIN,
		.meaning = "How long finished items are kept in the outbox; 0: until they are purged by hand."},
	{"jira_spoke.outbox_marker", WORD(jira_outbox_marker, OUTBOX_LABEL, markers), .context = PGC_SUSET,
		.meaning = "How issues that the outbox creates can be found again.",
		.more = "Without a marker, one that may have been created is left to a person."},
	{"jira_spoke.outbox_max_arguments", INTEGER(jira_outbox_max_arguments, 10 * 1024, 1, 100 * 1024),
		.context = PGC_SUSET, .flags = GUC_UNIT_KB,
		.meaning = "Largest arguments of an item of the outbox.",
		.more = "Jira accepts no request that is much larger than the default."},
	{"jira_spoke.outbox_write_back_workers", INTEGER(jira_outbox_write_back_workers, 2, 1, 64),
		.context = PGC_SIGHUP,
		.meaning = "Most workers that write results of the outbox into rows at the same time, in a database.",
		.more = "No role has all of them, unless there is only one."},
	{"jira_spoke.write_back_timeout", INTEGER(jira_write_back_timeout, 30000, 1, INT_MAX / 2),
		.context = PGC_SIGHUP, .flags = GUC_UNIT_MS,
		.meaning = "Longest time that writing a result into a row may take, with the triggers of its table.",
		.more = "A trigger that does not let itself be cancelled is ended two seconds later, with its worker."},
	{"jira_spoke.outbox_linger", INTEGER(jira_outbox_linger, 2000, 0, 4000),
		.context = PGC_SIGHUP, .flags = GUC_UNIT_MS | GUC_NOT_IN_SAMPLE,
		.meaning = "How long the worker of the outbox waits for more before it ends.",
		.more = "DROP DATABASE waits 5 seconds for it; for developers."},
};
/* INDENT ON */

static void
define(const Setting *s)
{
	if (s->boolean)
		DefineCustomBoolVariable(s->name, s->meaning, s->more, s->boolean, s->initial != 0,
								 s->context, s->flags, NULL, NULL, NULL);
	else if (s->text)
		DefineCustomStringVariable(s->name, s->meaning, s->more, s->text, s->initial_text,
								   s->context, s->flags, NULL, NULL, NULL);
	else if (s->words)
		DefineCustomEnumVariable(s->name, s->meaning, s->more, s->integer, s->initial, s->words,
								 s->context, s->flags, NULL, NULL, NULL);
	else
		DefineCustomIntVariable(s->name, s->meaning, s->more, s->integer, s->initial, s->min, s->max,
								s->context, s->flags, NULL, NULL, NULL);
}

void
settings_define(void)
{
	for (int i = 0; i < lengthof(settings); i++)
		define(&settings[i]);
	MarkGUCPrefixReserved("jira_spoke");
}

void
settings_pin(const char *name, const char *value)
{
	(void) set_config_option(name, value, PGC_USERSET, PGC_S_SESSION, GUC_ACTION_SAVE, true, 0, false);
}

void
settings_override(const char *name, const char *value)
{
	SetConfigOption(name, value, PGC_SUSET, PGC_S_OVERRIDE);
}
