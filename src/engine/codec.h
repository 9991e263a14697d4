/*
 * codec.h
 *	  Values that Jira writes differently than SQL does.
 *
 * A codec stands on an argument or a column of an action's table entry.  Both
 * directions take a borrowed value and return a new reference, and both are
 * called with what is really there, never with null.
 */
#ifndef JIRA_ENGINE_CODEC_H
#define JIRA_ENGINE_CODEC_H

#include "connection/connection.h"
#include "json/json.h"

typedef struct Codec
{
	json_t	   *(*encode) (json_t *value, const Connection *connection);
	json_t	   *(*decode) (json_t *value, const Connection *connection);

	/* The name under which an argument of this value travels, if it varies. */
	const char *(*wire_name) (json_t *value, const Connection *connection, const char *name);
} Codec;

/* Plain text; Atlassian Document Format on API version 3. */
extern const Codec rich_text;

/* A user in a field: by account id on Cloud, by name on Server. */
extern const Codec user_reference;

/* A group by name or, on Cloud, by its id: the two have parameters of their own. */
extern const Codec group_name;

/* A moment as ISO 8601 with a Z for UTC, as the audit and agile APIs have it. */
extern const Codec utc_time;

/* A thing by id (digits only) or by key: projects, issues. */
extern const Codec key_reference;

/* A thing by id (digits only) or by name: issue types, priorities. */
extern const Codec name_reference;

/* Values of "expand": one text with commas on Cloud, a list on Server. */
extern const Codec expand_list;

#endif							/* JIRA_ENGINE_CODEC_H */
