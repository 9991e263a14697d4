/*
 * options.h
 *	  Options of a connection: what is seldom needed, kept as one jsonb.
 */
#ifndef JIRA_CONNECTION_OPTIONS_H
#define JIRA_CONNECTION_OPTIONS_H

#include "nodes/pg_list.h"
#include "utils/jsonb.h"

#include "http/exchange.h"
#include "json/json.h"

/* What the options of a connection and its parents say; NULL or 0: nothing. */
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
 * Raises 22023 unless these are options that can be used, and 42501 if the
 * current user may not name files.  A null, which removes an option, is fine.
 */
extern void options_check(Jsonb *given);

/* The stored options of an alias as an object owned by "context"; NULL for NULL. */
extern json_t *options_parse(MemoryContext context, const char *stored);

/* Adds those that only the parent has; both may be NULL. */
extern json_t *options_inherit(json_t *own, json_t *parent);

extern void options_read(json_t *document, ConnectionOptions *options);

/* The limits of an exchange: by the option, else by the setting of that name. */
extern HttpLimits options_limits(const ConnectionOptions *options);

#endif							/* JIRA_CONNECTION_OPTIONS_H */
