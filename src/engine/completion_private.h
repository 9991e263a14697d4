/*
 * completion_private.h
 *	  Adds to a row what belongs to it but stands elsewhere.
 */
#ifndef JIRA_ENGINE_COMPLETION_PRIVATE_H
#define JIRA_ENGINE_COMPLETION_PRIVATE_H

#include "engine/action.h"
#include "json/json_row.h"

typedef struct Completion
{
	const char *const *names;	/* action->expansions */
	JsonPlaces	places;			/* of these, in a row */
	bool		beside;			/* the document has one beside its rows */
} Completion;

/* Adds the paths that it needs. */
extern void completion_begin(Completion *completion, const Action *action, const Request *request,
							 JsonPaths *paths);

/* Looks into a document before its rows are completed. */
extern void completion_look(Completion *completion, json_t *document);

/* Adds the part of the request that the row is of, unless NULL, and what was expanded. */
extern void completion_add(const Completion *completion, JsonRow *row, json_t *document, json_t *part);

#endif							/* JIRA_ENGINE_COMPLETION_PRIVATE_H */
