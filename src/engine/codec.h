/*
 * codec.h
 *	  Values that Jira writes differently than SQL does.
 *
 * A codec belongs to an argument or a column of an action's table entry.  Both
 * directions take a borrowed value, which is never null, and return a new
 * reference.
 */
#ifndef JIRA_ENGINE_CODEC_H
#define JIRA_ENGINE_CODEC_H

#include "connection/connection.h"
#include "json/json.h"

typedef struct Codec
{
	json_t	   *(*encode) (json_t *value, const Connection *connection);
	json_t	   *(*decode) (json_t *value, const Connection *connection);

	bool		keeps_strings;	/* decode() returns a string as it is */

	/*
	 * The name of the parameter for an argument of this value, if the name
	 * varies.
	 */
	const char *(*wire_name) (json_t *value, const Connection *connection, const char *name);
} Codec;

/* Plain text; Atlassian Document Format on API version 3. */
extern const Codec rich_text;

/* A user in a field: by account id on Cloud, by name on Server. */
extern const Codec user_reference;

/* A group by name or, on Cloud, by its id: each has its own parameter. */
extern const Codec group_name;

/* A timestamp as ISO 8601 with a Z for UTC, as the audit and agile APIs require. */
extern const Codec utc_time;

/* A project or an issue by id (digits only) or by key. */
extern const Codec key_reference;

/* An issue type or a priority by id (digits only) or by name. */
extern const Codec name_reference;

/*
 * What Jira adds to an issue on demand: one text with commas on Cloud, a list on
 * Server.  What it does not add is refused, for Jira would ignore it.
 */
extern const Codec expand_list;

/* The values that expand_list takes; ends with NULL. */
extern const char *const codec_expansions[];

#endif							/* JIRA_ENGINE_CODEC_H */
