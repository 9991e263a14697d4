/*
 * settings.h
 *	  The settings (GUCs) of the extension.
 */
#ifndef JIRA_UTILS_SETTINGS_H
#define JIRA_UTILS_SETTINGS_H

typedef enum OutboxMarker
{
	OUTBOX_LABEL,
	OUTBOX_NO_MARKER
}			OutboxMarker;

typedef enum InvalidValues
{
	INVALID_AS_NULL,
	INVALID_AS_ERROR
}			InvalidValues;

/* The most that jira_parallel_requests may be. */
#define MAX_PARALLEL_REQUESTS 32

/* kB that jira_max_response_size may be: a size in bytes fits 32 bits everywhere. */
#define MAX_RESPONSE_KILOBYTES (INT_MAX / 1024)

extern char *jira_connection;	/* alias to use when a call names none */
extern int	jira_timeout;		/* ms for one request */
extern int	jira_connect_timeout;	/* ms */
extern int	jira_max_retries;	/* repetitions of one request */
extern int	jira_max_wait;		/* ms, longest single sleep before a
								 * repetition */
extern int	jira_page_size;		/* rows to ask for at once; 0: automatic */
extern int	jira_parallel_requests;
extern int	jira_endpoint_rate; /* requests a second of GET or POST; 0: any */
extern int	jira_endpoint_burst;	/* requests of GET or POST at once */
extern int	jira_max_response_size; /* kB; see budget_body() */
extern int	jira_max_response_size_limit;	/* kB, set by a superuser */
extern int	jira_log_min_duration;	/* ms; -1: no request is logged */
extern bool jira_progress;		/* INFO lines on long streams */
extern int	jira_invalid_values;	/* an InvalidValues */
extern bool jira_allow_http;	/* plain http to loopback */
extern char *jira_gateway_url;	/* where scoped tokens go */
extern char *jira_allowed_hosts;	/* patterns; empty: any */
extern char *jira_key_file;		/* with the keys of secrets */
extern char *jira_key_command;	/* that prints them */
extern bool jira_outbox_enabled;
extern bool jira_outbox_deliver;	/* at all */
extern bool jira_outbox_notify; /* NOTIFY when an item is finished */
extern int	jira_outbox_max_attempts;	/* of one item */
extern int	jira_outbox_search_delay;	/* ms until Jira's index has an issue */
extern int	jira_outbox_retention;	/* minutes that finished items are kept */
extern int	jira_outbox_marker; /* an OutboxMarker */
extern int	jira_outbox_linger; /* ms without work before the worker ends */
extern int	jira_outbox_max_arguments;	/* kB of the arguments of an item */
extern int	jira_outbox_write_back_workers; /* in a database */
extern int	jira_write_back_timeout;	/* ms for a row and its triggers */
extern bool jira_enable_scan;	/* plan reads in FROM as our own scan */
extern bool jira_pushdown;		/* narrow searches by conditions of the query */

/* Declares them to the server; once per process. */
extern void settings_define(void);

/*
 * Sets any setting of the server until the level that NewGUCNestLevel() has
 * begun is ended with AtEOXact_GUC().
 */
extern void settings_pin(const char *name, const char *value);

/* Sets any setting of the server for the rest of this background worker's life. */
extern void settings_override(const char *name, const char *value);

#endif							/* JIRA_UTILS_SETTINGS_H */
