/*
 * project.c
 *	  Project management.
 */
#include "postgres.h"

#include "actions/entity.h"
#include "actions/parents.h"

/* INDENT OFF */
JIRA_ACTION(jira_create_project,
	.category = "Project Management",
	.title = "Create Project",
	.classic_scopes = "manage:jira-configuration",
	.granular_scopes = "write:project:jira read:project:jira",
	.on = BOTH({POST, REST("project"), "id"}),
	.arguments = ARGUMENTS(
		{"key", BOTH({IN_BODY, "key"})},
		{"name", BOTH({IN_BODY, "name"})},
		{"lead", {{IN_BODY, "leadAccountId"}, {IN_BODY, "lead"}}},
		{"project_type", BOTH({IN_BODY, "projectTypeKey"})},
		{"template", BOTH({IN_BODY, "projectTemplateKey"})},
		{"description", BOTH({IN_BODY, "description"})},
		{"properties", BOTH({IN_BODY, ""})}));

/* Cloud returns the lead and the description only if they are expanded. */
JIRA_ACTION(jira_lookup_project,
	.category = "Project Management",
	.title = "Look up Project",
	.classic_scopes = "write:jira-work read:jira-work",
	.granular_scopes = PROJECT_SCOPES,
	.on = {
		{GET, REST("project/{project}?expand=description,lead")},
		{GET, REST("project/{project}")},
	},
	.arguments = ARGUMENTS(
		{"project", BOTH({IN_PATH})}),
	.columns = jira_project_columns);

JIRA_ACTION(jira_lookup_projects,
	.category = "Project Management",
	.title = "Look up Projects",
	.on = {
		[SERVER] = {GET, REST("project?expand=description,lead,url"), ""},
	},
	.arguments = NO_ARGUMENTS,
	.columns = jira_project_columns);

JIRA_ACTION(jira_lookup_projects_stream,
	.category = "Project Management",
	.title = "Look up Projects Stream",
	.classic_scopes = "read:jira-work",
	.granular_scopes = PROJECT_SCOPES,
	.on = {
		[CLOUD] = {GET, REST("project/search?expand=description,lead,url"), "values", BY_OFFSET, .most_rows = 100, .has_places = true,
			.no_rows = parents_no_project},
	},
	.arguments = ARGUMENTS(
		{"query", BOTH({IN_QUERY, "query"})}),
	.columns = jira_project_columns);

/* INDENT ON */

/* Cloud requires a search text; the empty text matches every name. */
static void
look_for_all(Invocation *call)
{
	json_t	   *query = call->request->query;

	if (json_object_get(query, "query") == NULL)
		json_object_set_new(query, "query", jira_json_made(json_string("")));
}

/* Only so many users of the site are examined. */
#define USERS_EXAMINED 1000

/* Does the site have more users, or not tell? */
static bool
has_more_users(Client *client, const Request *request)
{
	Request    *question = request_make(request->action, GET);
	json_t	   *users;

	question->path = psprintf("/rest/api/%d/users/search?startAt=%d&maxResults=1",
							  client->connection->api_version, USERS_EXAMINED);
	return client_try(client_start(CurrentMemoryContext, client, question), &users) != NULL ||
		json_array_size(users) > 0;
}

/* INDENT OFF */
/* Cloud cuts the page out of all users first, and then drops those that cannot be assigned. */
JIRA_ACTION(jira_lookup_users_assignable_to_projects,
	.category = "Project Management",
	.title = "Look up Users Assignable to Projects",
	.classic_scopes = "read:jira-user",
	.granular_scopes =
		"read:project:jira read:user:jira read:application-role:jira "
		"read:avatar:jira read:group:jira",
	.on = {
		{GET, REST("user/assignable/multiProjectSearch"), "", BY_STRIDE, .prepare = look_for_all,
			.ends_early = has_more_users},
		{GET, REST("user/assignable/multiProjectSearch?maxResults=1000"), "", .cuts = CUT_AT(100, 1000)},
	},
	.arguments = ARGUMENTS(
		{"projects", BOTH({IN_QUERY, "projectKeys"})},
		{"query", {{IN_QUERY, "query"}, {IN_QUERY, "username"}}}),
	.columns = jira_user_columns);
/* INDENT ON */

/* "user" for "atlassian-user-role-actor". */
static json_t *
decode_actor_type(json_t *type, const Connection *connection)
{
	static const char prefix[] = "atlassian-";
	static const char suffix[] = "-role-actor";
	const char *text = json_string_value(type);
	const char *end = text ? strstr(text, suffix) : NULL;

	if (end == NULL || strncmp(text, prefix, strlen(prefix)) != 0)
		return json_incref(type);
	text += strlen(prefix);
	return jira_json_made(json_stringn(text, end - text));
}

static const Codec actor_type = {.decode = decode_actor_type};

/* INDENT OFF */
JIRA_ACTION(jira_lookup_project_roles,
	.classic_scopes = "read:jira-work",
	.granular_scopes =
		"read:user:jira read:group:jira read:project-role:jira read:project:jira "
		"read:avatar:jira read:project-category:jira",
	.also = ALSO(&side_request_roles),
	.on = BOTH({GET, REST("project/{project}/role/{role}"), "actors"}),
	.arguments = ARGUMENTS(
		{"project", BOTH({AS_PARENTS})}),
	.columns = COLUMNS(
		{"project", BOTH(OF_LIST "project")},
		{"role_id", BOTH(OF_LIST "id")},
		{"role", BOTH(OF_LIST "name")},
		{"actor_type", BOTH("type"), &actor_type},
		{"actor", {"actorUser.accountId|actorGroup.name|name", "actorUser.name|actorGroup.name|name"}},
		{"actor_name", BOTH("displayName")},
		{"raw", BOTH("")}),
	.below = BOTH(&parents_roles));
/* INDENT ON */
