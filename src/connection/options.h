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

/* A rate that an alias asks for by its option requests_per_second. */
typedef struct Pace
{
	char	   *alias;			/* whose sessions and children share it */
	double		requests_per_second;
} Pace;

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
	double		requests_per_second;	/* of the nearest alias that has it:
										 * see paces */
	List	   *allowed_hosts;	/* of char *, in lower case */
	List	   *paces;			/* of Pace *: all are to be kept, each slower
								 * than those behind it */
} ConnectionOptions;

/*
 * Raises 22023 unless these are valid options, and 42501 if the current user may
 * not name files.  A null is valid: it removes an option.
 */
extern void options_check(Jsonb *given);

/* The stored options of an alias as an object in the current memory context. */
extern json_t *options_parse(Jsonb *stored);

/* Adds the options that only the parent has; both may be NULL. */
extern json_t *options_inherit(json_t *own, json_t *parent);

/* Reads all options of a document (NULL: none); raises 22023 for an invalid one. */
extern void options_read(json_t *document, ConnectionOptions *options);

/*
 * Adds the pace of an alias, if its own options have one, to those of its
 * children: a child cannot be faster than its parent.
 */
extern List *options_add_pace(List *paces, char *alias, json_t *own);

/* The limits of an exchange: from the option, else from the setting of that name. */
extern HttpLimits options_limits(const ConnectionOptions *options);

#endif							/* JIRA_CONNECTION_OPTIONS_H */
