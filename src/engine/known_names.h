/*
 * known_names.h
 *	  What Jira has of the things that an issue names: statuses, priorities and so on.
 *
 * Jira shows the names of many things in the language of the account, while JQL
 * may know them by others.  Ids are the same everywhere.
 */
#ifndef JIRA_ENGINE_KNOWN_NAMES_H
#define JIRA_ENGINE_KNOWN_NAMES_H

#include "nodes/pg_list.h"

#include "client/client.h"

typedef enum KnownKind
{
	KNOWN_STATUSES,
	KNOWN_ISSUE_TYPES,
	KNOWN_PRIORITIES,
	KNOWN_RESOLUTIONS,
	KNOWN_PROJECTS
} KnownKind;

#define KNOWN_KINDS (KNOWN_PROJECTS + 1)

/*
 * Sets *ids to those of the things that have this name (projects: this key), in UTF-8
 * and to the letter, as strings in the current memory context; NIL if there are none.
 * Returns false if Jira does not tell.  What Jira told is used for a minute, so that
 * a thing may have the name that is not among them.
 */
extern bool known_names_ids(Client *client, KnownKind kind, const char *name, List **ids);

/* All things of a kind, as Jira shows them: an array to be used at once; NULL if it does not tell. */
extern json_t *known_names_things(Client *client, KnownKind kind);

#endif							/* JIRA_ENGINE_KNOWN_NAMES_H */
