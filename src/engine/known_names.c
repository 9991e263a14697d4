/*
 * known_names.c
 *	  What Jira has of the things that an issue names: statuses, priorities and so on.
 */
#include "postgres.h"

#include "utils/memutils.h"
#include "utils/timestamp.h"

#include "client/site.h"
#include "engine/known_names.h"

/* How long a list is used. */
#define USE_MS (60 * 1000)

/* How many things Cloud is asked for where it has pages of them. */
#define PAGE "1000"

/* Where Jira lists things of a kind. */
typedef struct KnownList
{
	const char *path[DEPLOYMENTS];	/* below /rest/api/N/ */
	const char *rows[DEPLOYMENTS];	/* the member that is the list, or NULL:
									 * the reply */
	const char *action;			/* for messages */
	const char *name;			/* the member that an issue shows */
} KnownList;

/* clang-format off */
static const KnownList lists[KNOWN_KINDS] = {
	[KNOWN_STATUSES] = {{"status", "status"}, {NULL, NULL}, "jira_lookup_issue_type_statuses_by_project", "name"},
	[KNOWN_ISSUE_TYPES] = {{"issuetype", "issuetype"}, {NULL, NULL}, "jira_get_issue_types", "name"},
	[KNOWN_PRIORITIES] = {{"priority/search", "priority"}, {"values", NULL}, "jira_lookup_issue_priorities", "name"},
	[KNOWN_RESOLUTIONS] = {{"resolution/search", "resolution"}, {"values", NULL}, "jira_lookup_issues_stream", "name"},
	[KNOWN_PROJECTS] = {{"project/search", "project"}, {"values", NULL}, "jira_lookup_projects_stream", "key"},
};
/* clang-format on */

/* What Jira told of one kind. */
typedef struct Known
{
	MemoryContext context;		/* owns the things; NULL: never asked */
	TimestampTz asked;
	json_t	   *things;			/* NULL: it does not tell */
} Known;

typedef struct KnownNames
{
	Known		of[KNOWN_KINDS];
}			KnownNames;

/* All things of a kind, or NULL. */
static json_t *
ask(Client *client, KnownKind kind)
{
	const KnownList *list = &lists[kind];
	Deployment	deployment = client->connection->deployment;
	Request    *request = request_make(list->action, "GET");
	json_t	   *reply;

	request->path = MemoryContextStrdup(request->context,
										psprintf("/rest/api/%d/%s", client->connection->api_version,
												 list->path[deployment]));
	if (list->rows[deployment])
		json_object_set_new(request->query, "maxResults", jira_json_made(json_string(PAGE)));
	if (client_try(client_start(CurrentMemoryContext, client, request), &reply))
		return NULL;
	if (list->rows[deployment] && !json_is_true(json_object_get(reply, "isLast")))
		return NULL;
	if (list->rows[deployment])
		reply = json_object_get(reply, list->rows[deployment]);
	return json_is_array(reply) ? reply : NULL;
}

static Known *
known_of(Client *client, KnownKind kind)
{
	Site	   *site = site_of(client);

	if (site->known_names == NULL)
		site->known_names = MemoryContextAllocZero(site->context, sizeof(KnownNames));
	return &site->known_names->of[kind];
}

static void
keep(Known *known, MemoryContext parent, json_t *things)
{
	if (known->context)
		MemoryContextDelete(known->context);
	known->context = AllocSetContextCreate(parent, "Jira names", ALLOCSET_SMALL_SIZES);
	known->things = things ? jira_json_own(known->context, json_incref(things)) : NULL;
	known->asked = GetCurrentTimestamp();
}

/* Asks if nothing is known, or nothing new enough. */
json_t *
known_names_things(Client *client, KnownKind kind)
{
	Known	   *known = known_of(client, kind);

	if (known->context == NULL || TimestampDifferenceExceeds(known->asked, GetCurrentTimestamp(), USE_MS))
	{
		json_t	   *things = ask(client, kind);

		/* Asking may have used other connections, and forgotten this one. */
		known = known_of(client, kind);
		keep(known, site_of(client)->context, things);
	}
	return known->things;
}

bool
known_names_ids(Client *client, KnownKind kind, const char *name, List **ids)
{
	json_t	   *things = known_names_things(client, kind);
	size_t		i;
	json_t	   *thing;

	*ids = NIL;
	json_array_foreach(things, i, thing)
	{
		const char *shown = json_string_value(json_object_get(thing, lists[kind].name));
		const char *id = json_string_value(json_object_get(thing, "id"));

		if (shown && id && strcmp(shown, name) == 0)
			*ids = lappend(*ids, pstrdup(id));
	}
	return things != NULL;
}
