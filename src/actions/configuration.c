/*
 * configuration.c
 *	  What the issues of a site are made with: statuses, resolutions, types of
 *	  issues and of links, components and versions of projects, options of fields.
 */
#include "postgres.h"

#include "actions/entity.h"
#include "actions/parents.h"

/* INDENT OFF */
JIRA_ACTION(jira_lookup_statuses,
	.classic_scopes = "read:jira-work",
	.granular_scopes = "read:status:jira",
	.on = BOTH({GET, REST("status"), ""}),
	.arguments = NO_ARGUMENTS,
	.columns = COLUMNS(
		{"id", BOTH("id")},
		{"name", BOTH("name")},
		{"description", BOTH("description")},
		{"category", BOTH("statusCategory.key")},
		{"raw", BOTH("")}));

JIRA_ACTION(jira_lookup_resolutions,
	.classic_scopes = "read:jira-work",
	.granular_scopes = "read:resolution:jira",
	.on = BOTH({GET, REST("resolution"), ""}),
	.arguments = NO_ARGUMENTS,
	.columns = COLUMNS(
		{"id", BOTH("id")},
		{"name", BOTH("name")},
		{"description", BOTH("description")},
		{"raw", BOTH("")}));

JIRA_ACTION(jira_lookup_issue_types,
	.classic_scopes = "read:jira-work",
	.granular_scopes =
		"read:issue-type:jira read:avatar:jira read:project:jira "
		"read:project-category:jira",
	.on = BOTH({GET, REST("issuetype"), ""}),
	.arguments = NO_ARGUMENTS,
	.columns = COLUMNS(
		{"id", BOTH("id")},
		{"name", BOTH("name")},
		{"description", BOTH("description")},
		{"subtask", BOTH("subtask")},
		{"hierarchy_level", BOTH("hierarchyLevel")},
		{"icon_url", BOTH("iconUrl")},
		{"raw", BOTH("")}));

/* INDENT ON */

/* Jira says "not found" where links are switched off. */
static bool
has_no_links(Client *client, const Request *request, int status)
{
	return status == 404;
}

/* INDENT OFF */
JIRA_ACTION(jira_lookup_link_types,
	.classic_scopes = "read:jira-work",
	.granular_scopes = "read:issue-link-type:jira",
	.on = BOTH({GET, REST("issueLinkType"), "issueLinkTypes", .no_rows = has_no_links}),
	.arguments = NO_ARGUMENTS,
	.columns = COLUMNS(
		{"id", BOTH("id")},
		{"name", BOTH("name")},
		{"inward", BOTH("inward")},
		{"outward", BOTH("outward")},
		{"raw", BOTH("")}));

JIRA_ACTION(jira_lookup_components,
	.classic_scopes = "read:jira-work",
	.granular_scopes =
		"read:project:jira read:project.component:jira read:user:jira "
		"read:application-role:jira read:avatar:jira read:group:jira",
	.on = BOTH({GET, REST("project/{project}/components"), ""}),
	.arguments = ARGUMENTS(
		{"project", BOTH({IN_PATH})}),
	.columns = COLUMNS(
		{"id", BOTH("id")},
		{"project", BOTH("project")},
		{"name", BOTH("name")},
		{"description", BOTH("description")},
		{"lead", {"lead.accountId", "lead.name"}},
		{"lead_name", BOTH("lead.displayName")},
		{"raw", BOTH("")}),
	.below = BOTH(&parents_projects));

/* The list of versions alone does not tell the key of their project. */
JIRA_ACTION(jira_lookup_versions,
	.classic_scopes = "read:jira-work",
	.granular_scopes = PROJECT_SCOPES,
	.on = BOTH({GET, REST("project/{project}"), "versions"}),
	.arguments = ARGUMENTS(
		{"project", BOTH({IN_PATH})}),
	.columns = COLUMNS(
		{"id", BOTH("id")},
		{"project", BOTH(OF_LIST "key")},
		{"name", BOTH("name")},
		{"description", BOTH("description")},
		{"released", BOTH("released")},
		{"archived", BOTH("archived")},
		{"start_date", BOTH("startDate")},
		{"release_date", BOTH("releaseDate")},
		{"raw", BOTH("")}),
	.below = BOTH(&parents_projects));

/* Below version 11.3 Data Center lists the options of one context only. */
JIRA_ACTION(jira_lookup_field_options,
	.classic_scopes = "manage:jira-configuration",
	.granular_scopes = "read:field.option:jira",
	.also = ALSO(&side_request_fields, &side_request_contexts),
	.on = {
		{GET, REST("field/{field_id}/context/{context}/option"), "values", BY_OFFSET},
		{GET, REST("customFields/{field_id}/options?useAllContexts=true&maxResults=10000"), "options",
			.first_version = 11, .first_minor = 3},
	},
	.arguments = ARGUMENTS(
		{"field_id", BOTH({AS_PARENTS})}),
	.columns = COLUMNS(
		{"field_id", BOTH(OF_LIST "field_id")},
		{"field", BOTH(OF_LIST "field")},
		{"option_id", BOTH("id")},
		{"value", BOTH("value")},
		{"disabled", BOTH("disabled")},
		{"raw", BOTH("")}),
	.below = {&parents_contexts, &parents_fields});
/* INDENT ON */
