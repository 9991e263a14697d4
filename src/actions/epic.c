/*
 * epic.c
 *	  Which issues are epics.
 *
 * On Cloud they are the issues one level above the standard ones, whatever their
 * types are called.  Data Center has one type of epics, which does not say that it is: it
 * is called Epic, unless somebody has renamed it; then each epic still has a name.
 */
#include "postgres.h"

#include "lib/stringinfo.h"

#include "actions/epic.h"
#include "engine/field.h"
#include "engine/jql.h"
#include "engine/known_names.h"

#define EPIC_LEVEL 1
#define EPIC_NAME "Epic"
#define EPIC_NAME_TYPE "com.pyxis.greenhopper.jira:gh-epic-label"

/* Every issue has a project. */
#define NO_ISSUE "project is EMPTY"

static json_t *
issue_types(Client *client, const char *action)
{
	json_t	   *types = known_names_things(client, KNOWN_ISSUE_TYPES);

	/* Once more where Jira did not tell, to say why. */
	if (types == NULL)
		types = client_get(client, action, NULL, psprintf("/rest/api/%d/issuetype", client->connection->api_version));
	return types;
}

static bool
is_epic(json_t *type, Deployment deployment)
{
	const char *name = json_string_value(json_object_get(type, "name"));

	if (deployment == CLOUD)
		return json_integer_value(json_object_get(type, "hierarchyLevel")) == EPIC_LEVEL;
	return name && strcmp(name, EPIC_NAME) == 0;
}

/* "cf[10011] is not EMPTY" */
static char *
clause_of_name(Client *client)
{
	json_t	   *ids = field_ids_of_type(client, EPIC_NAME_TYPE, NULL);
	const char *id = json_string_value(json_array_get(ids, 0));
	const char *number = id ? strrchr(id, '_') : NULL;

	return number ? psprintf("cf[%s] is not EMPTY", number + 1) : NULL;
}

static char *
epic_clause(Client *client, const char *action)
{
	Deployment	deployment = client->connection->deployment;
	json_t	   *types = issue_types(client, action);
	char	   *of_name;
	StringInfoData clause;
	size_t		i;
	json_t	   *type;

	initStringInfo(&clause);
	json_array_foreach(types, i, type)
	{
		const char *id = json_string_value(json_object_get(type, "id"));

		if (id == NULL || !is_epic(type, deployment))
			continue;
		appendStringInfoString(&clause, clause.len > 0 ? ", " : "issuetype in (");
		jql_append_reference(&clause, id);
	}
	if (clause.len > 0)
		appendStringInfoChar(&clause, ')');
	of_name = clause.len == 0 && deployment == SERVER ? clause_of_name(client) : NULL;
	if (clause.len == 0)
		appendStringInfoString(&clause, of_name ? of_name : NO_ISSUE);
	return clause.data;
}

void
epic_search(Invocation *call)
{
	json_t	   *query = call->request->query;
	const char *asked = json_string_value(json_object_get(query, "jql"));
	char	   *jql = jql_with_clause(asked ? asked : "", epic_clause(call->client, call->request->action));

	if (jql == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("the JQL has quotes or parentheses that are not closed")));
	json_object_set_new(query, "jql", jira_json_made(json_string(jql)));
}
