/*
 * overview.c
 *	  Boards, filters, dashboards and workflows.
 */
#include "postgres.h"

#include "actions/entity.h"

/* INDENT OFF */
/* Data Center does not tell which project a board belongs to. */
JIRA_ACTION(jira_lookup_boards_stream,
	.granular_scopes = "read:board-scope:jira-software read:project:jira",
	.on = BOTH({GET, "/rest/agile/1.0/board", "values", BY_OFFSET}),
	.arguments = ARGUMENTS(
		{"project", BOTH({IN_QUERY, "projectKeyOrId"})},
		{"name", BOTH({IN_QUERY, "name"})}),
	.columns = COLUMNS(
		{"id", BOTH("id")},
		{"name", BOTH("name")},
		{"type", BOTH("type")},
		{"project", {"location.projectKey", NULL}},
		{"raw", BOTH("")}));

/* Data Center lists the favourite filters of the account and no others. */
JIRA_ACTION(jira_lookup_filters_stream,
	.classic_scopes = "read:jira-work",
	.granular_scopes =
		"read:filter:jira read:group:jira read:project:jira read:project-role:jira "
		"read:user:jira read:jql:jira read:application-role:jira read:avatar:jira "
		"read:issue-type-hierarchy:jira",
	.on = {
		[CLOUD] = {GET, REST("filter/search?expand=description,owner,jql"), "values", BY_OFFSET},
	},
	.arguments = ARGUMENTS(
		{"name", BOTH({IN_QUERY, "filterName"})}),
	.columns = COLUMNS(
		{"id", BOTH("id")},
		{"name", BOTH("name")},
		{"owner", {"owner.accountId", "owner.name"}},
		{"owner_name", BOTH("owner.displayName")},
		{"jql", BOTH("jql")},
		{"description", BOTH("description")},
		{"raw", BOTH("")}));

JIRA_ACTION(jira_lookup_dashboards_stream,
	.classic_scopes = "read:jira-work",
	.granular_scopes =
		"read:dashboard:jira read:group:jira read:project:jira read:project-role:jira "
		"read:user:jira read:application-role:jira read:avatar:jira "
		"read:issue-type-hierarchy:jira read:issue-type:jira read:project-category:jira "
		"read:project-version:jira read:project.component:jira",
	.on = {
		{GET, REST("dashboard/search?expand=description,owner"), "values", BY_OFFSET},
		{GET, REST("dashboard"), "dashboards", BY_OFFSET},
	},
	.arguments = NO_ARGUMENTS,
	.columns = COLUMNS(
		{"id", BOTH("id")},
		{"name", BOTH("name")},
		{"owner", {"owner.accountId", NULL}},
		{"owner_name", {"owner.displayName", NULL}},
		{"description", {"description", NULL}},
		{"raw", BOTH("")}));

/* A workflow belongs to nobody. */
JIRA_ACTION(jira_lookup_workflows_stream,
	.classic_scopes = "manage:jira-configuration",
	.granular_scopes = "read:workflow:jira",
	.on = {
		{GET, REST("workflows/search"), "values", BY_OFFSET},
		{GET, REST("workflow"), ""},
	},
	.arguments = NO_ARGUMENTS,
	.columns = COLUMNS(
		{"id", {"id", NULL}},
		{"name", BOTH("name")},
		{"owner", {NULL, NULL}},
		{"owner_name", {NULL, NULL}},
		{"description", BOTH("description")},
		{"raw", BOTH("")}));
/* INDENT ON */
