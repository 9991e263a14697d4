/*
 * options.h
 *	  Options of a connection: rarely needed settings, stored as one jsonb.
 */
#ifndef JIRA_CONNECTION_OPTIONS_H
#define JIRA_CONNECTION_OPTIONS_H

#include "nodes/pg_list.h"
#include "utils/jsonb.h"

#include "http/exchange.h"
#include "json/json.h"

/* The options of a connection and its parents; NULL or 0: not given. */
typedef struct ConnectionOptions
{
	char	   *ca_file;
	char	   *client_certificate;
	char	   *client_key;
	char	   *proxy;
	int			connect_timeout;	/* milliseconds */
	int			timeout;		/* milliseconds */
	int			max_response_size;	/* kB */
	double		requests_per_second;
	List	   *allowed_hosts;	/* of char *, in lower case */
	char	   *paced_by;		/* the alias that has requests_per_second */
} ConnectionOptions;

/*
 * Raises 22023 unless these are valid options, and 42501 if the current user may
 * not name files.  A null is valid: it removes an option.
 */
extern void options_check(Jsonb *given);

/* The stored options of an alias as an object owned by "context"; NULL for NULL. */
extern json_t *options_parse(MemoryContext context, const char *stored);

/* Adds the options that only the parent has; both may be NULL. */
extern json_t *options_inherit(json_t *own, json_t *parent);

/* Reads all options of a document (NULL: none); raises 22023 for an invalid one. */
extern void options_read(json_t *document, ConnectionOptions *options);

/* The limits of an exchange: from the option, else from the setting of that name. */
extern HttpLimits options_limits(const ConnectionOptions *options);

#endif							/* JIRA_CONNECTION_OPTIONS_H */
