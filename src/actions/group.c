/*
 * group.c
 *	  Group management.
 */
#include "postgres.h"

#include "actions/entity.h"
#include "actions/parents.h"
#include "actions/reads.h"

/* INDENT OFF */
JIRA_ACTION(jira_add_user_to_group,
	.category = "Group Management",
	.title = "Add User to Group",
	.classic_scopes = "manage:jira-configuration",
	.granular_scopes = "write:group:jira read:avatar:jira read:group:jira read:user:jira",
	.on = BOTH({POST, REST("group/user")}),
	.arguments = ARGUMENTS(
		{"group_name", BOTH({IN_QUERY, "groupname"}), &group_name},
		{"account", {{IN_BODY, "accountId"}, {IN_BODY, "name"}}}));

JIRA_ACTION(jira_create_group,
	.category = "Group Management",
	.title = "Create Group",
	.classic_scopes = "manage:jira-configuration",
	.granular_scopes = "read:group:jira read:user:jira write:group:jira read:avatar:jira",
	.on = {
		{POST, REST("group"), "groupId"},
		{POST, REST("group"), "name"},
	},
	.arguments = ARGUMENTS(
		{"group_name", BOTH({IN_BODY, "name"})}));

JIRA_ACTION(jira_lookup_groups_stream,
	.category = "Group Management",
	.title = "Look up Groups Stream",
	.classic_scopes = "read:jira-user",
	.granular_scopes = "read:group:jira",
	.on = {
		[CLOUD] = {GET, REST("group/bulk"), "values", BY_OFFSET, .has_places = true},
	},
	.arguments = NO_ARGUMENTS,
	.columns = jira_group_columns);

JIRA_ACTION(jira_lookup_users_by_group_name_stream,
	.category = "Group Management",
	.title = "Look up Users by Group Name Stream",
	.classic_scopes = "manage:jira-configuration",
	.granular_scopes = "read:group:jira read:user:jira read:avatar:jira",
	.on = BOTH({GET, REST("group/member"), "values", BY_OFFSET, .has_places = true}),
	.arguments = ARGUMENTS(
		{"group_name", BOTH({IN_QUERY, "groupname"}), &group_name},
		{"include_inactive", BOTH({IN_QUERY, "includeInactiveUsers"})}),
	.columns = jira_user_columns);

/* For the table of the members of all groups. */
const Action jira_group_members_action = {
	.name = "jira_lookup_users_by_group_name_stream",
	.classic_scopes = "manage:jira-configuration",
	.granular_scopes = "read:group:jira read:user:jira read:avatar:jira",
	.on = BOTH({GET, REST("group/member"), "values", BY_OFFSET}),
	.arguments = NO_ARGUMENTS,
	.columns = COLUMNS(
		{"group_name", BOTH(OF_LIST "group_name")},
		{"account", {"accountId", "name"}},
		{"name", BOTH("displayName")},
		{"raw", BOTH("")}),
	.below = BOTH(&parents_groups),
};

JIRA_ACTION(jira_remove_group,
	.category = "Group Management",
	.title = "Remove Group",
	.classic_scopes = "manage:jira-configuration",
	.granular_scopes = "delete:group:jira",
	.on = BOTH({DELETE, REST("group")}),
	.arguments = ARGUMENTS(
		{"group_name", BOTH({IN_QUERY, "groupname"}), &group_name},
		{"swap_group", BOTH({IN_QUERY, "swapGroup"}), &group_name}));

JIRA_ACTION(jira_remove_user_from_group,
	.category = "Group Management",
	.title = "Remove User from Group",
	.classic_scopes = "manage:jira-configuration",
	.granular_scopes = "write:group:jira",
	.on = BOTH({DELETE, REST("group/user")}),
	.arguments = ARGUMENTS(
		{"group_name", BOTH({IN_QUERY, "groupname"}), &group_name},
		{"account", {{IN_QUERY, "accountId"}, {IN_QUERY, "username"}}}));
/* INDENT ON */
