/*
 * parents.c
 *	  The lists of which each member has a list below it.
 */
#include "postgres.h"

#include "actions/parents.h"
#include "actions/reads.h"
#include "engine/field.h"

#define CARRIED(...) (const Carried[]) {__VA_ARGS__, {NULL}}

/* Cloud says "not found" then. */
bool
parents_no_project(Client *client, const Request *request, int status)
{
	return status == 404;
}

/* INDENT OFF */
static const Action project_list = {
	.name = "jira_lookup_projects",
	.classic_scopes = "read:jira-work",
	.granular_scopes = PROJECT_SCOPES,
	.on = {
		{GET, REST("project/search"), "values", BY_OFFSET, .most_rows = 100, .no_rows = parents_no_project},
		{GET, REST("project"), ""},
	},
	.arguments = NO_ARGUMENTS,
};

const Parents parents_projects = {
	&project_list, "project", BOTH({"id", .by_name = true}), "key", CARRIED({"project", "key"})
};

/* INDENT ON */

/* A project has its roles as addresses, by name. */
static json_t *
list_roles(Client *client, const Request *request, json_t *document)
{
	json_t	   *roles = json_object_get(document, "roles");
	json_t	   *rows = json_is_object(roles) ? jira_json_made(json_array()) : NULL;
	const char *name;
	json_t	   *address;

	json_object_foreach(roles, name, address)
	{
		const char *slash = json_is_string(address) ? strrchr(json_string_value(address), '/') : NULL;

		json_array_append_new(rows, jira_json_made(json_pack("{sssssO*}", "name", name, "id", slash ? slash + 1 : "",
															 "project", json_object_get(document, "key"))));
	}
	return rows;
}

/* INDENT OFF */
static const Action role_list = {
	.name = "jira_lookup_project_roles",
	.classic_scopes = "read:jira-work",
	.granular_scopes = PROJECT_SCOPES,
	.on = BOTH({GET, REST("project/{project}")}),
	.arguments = NO_ARGUMENTS,
	.below = BOTH(&parents_projects),
	.rows = list_roles,
};

const Parents parents_roles = {
	&role_list, "role", BOTH({"id"}), "name", CARRIED({"project", "project"})
};

/* INDENT ON */

/* Jira refuses to list the sprints of a kanban board. */
static bool
has_sprints(json_t *board)
{
	const char *type = json_string_value(json_object_get(board, "type"));

	return type == NULL || strcmp(type, "kanban") != 0;
}

/* INDENT OFF */
const Parents parents_boards = {
	&jira_lookup_boards_stream_action, "board", BOTH({"id", .by_name = true}), "id",
	.has_list = has_sprints, .once = "id"
};

/* Data Center does not list groups. */
const Parents parents_groups = {
	&jira_lookup_groups_stream_action, "group_name",
	{{"groupId", "groupId", .names = "groupName"}, {"name", "groupname", .by_name = true}}, "name",
	CARRIED({"group_name", "name"})
};

/* INDENT ON */

/* What makes a field's options a list of their own: those of apps are elsewhere. */
static bool
has_options(json_t *field)
{
	static const char *const types[] = {
		CUSTOM_TYPE("select"), CUSTOM_TYPE("multiselect"), CUSTOM_TYPE("radiobuttons"),
		CUSTOM_TYPE("multicheckboxes"), CUSTOM_TYPE("cascadingselect")
	};
	const char *type = json_string_value(json_object_get(json_object_get(field, "schema"), "custom"));

	for (int i = 0; type && i < lengthof(types); i++)
		if (strcmp(type, types[i]) == 0)
			return true;
	return false;
}

/* INDENT OFF */
const Parents parents_fields = {
	&jira_lookup_fields_action, "field_id", {{"id"}, {"schema.customId"}}, "id",
	CARRIED({"field_id", "id"}, {"field", "name"}), .has_list = has_options
};

static const Action context_list = {
	.name = "jira_lookup_field_options",
	.classic_scopes = "manage:jira-configuration",
	.granular_scopes = "read:field:jira read:custom-field-contextual-configuration:jira",
	.on = {
		[CLOUD] = {GET, REST("field/{field_id}/context"), "values", BY_OFFSET},
	},
	.arguments = NO_ARGUMENTS,
	.below = {&parents_fields, NULL},
};

const Parents parents_contexts = {
	&context_list, "context", {{"id"}}, "name",
	CARRIED({"field_id", "field_id"}, {"field", "field"})
};
/* INDENT ON */
