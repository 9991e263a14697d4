/*
 * issue.c
 *	  Issue management.
 */
#include "postgres.h"

#include "actions/entity.h"
#include "actions/upload.h"
#include "engine/build_request.h"
#include "engine/key_list.h"

/* clang-format off */
JIRA_ACTION(jira_lookup_issues_stream,
	.category = "Issue Management",
	.title = "Look up Issues Stream",
	.classic_scopes = "read:jira-work",
	.granular_scopes = ISSUE_SEARCH_SCOPES,
	.also = ALSO(&side_request_fields, &side_request_issues, &side_request_long_search, &side_request_count),
	.on = ISSUE_SEARCH,
	.arguments = ARGUMENTS(
		{"jql", BOTH({IN_QUERY, "jql"})},
		{"fields", BOTH({AS_FIELDS})},
		{"max_rows", BOTH({AS_LIMIT})},
		{"expand", BOTH({IN_QUERY, "expand"}), &expand_list}),
	.columns = jira_issue_columns,
	.all_fields = "*navigable",
	.expansions = codec_expansions);

JIRA_ACTION(jira_lookup_issue,
	.category = "Issue Management",
	.title = "Look up Issue",
	.classic_scopes = "read:jira-work",
	.granular_scopes =
		"read:issue-meta:jira read:issue-security-level:jira read:issue.vote:jira "
		"read:issue.changelog:jira read:avatar:jira read:issue:jira read:status:jira "
		"read:user:jira read:field-configuration:jira",
	.also = ALSO(&side_request_fields),
	.on = BOTH({GET, REST("issue/{issue}")}),
	.arguments = ARGUMENTS(
		{"issue", BOTH({IN_PATH})},
		{"fields", BOTH({AS_FIELDS})},
		{"expand", BOTH({IN_QUERY, "expand"}), &expand_list},
		{"missing_ok", BOTH({AS_MISSING_OK})}),
	.columns = jira_issue_columns,
	.batches = "jira_lookup_issues",
	.all_fields = "*all",
	.expansions = codec_expansions);
/* clang-format on */

/* In the order of their rank, unless the JQL has another one. */
#define AGILE_SPRINT_ISSUES \
	GET, "/rest/agile/1.0/sprint/{sprint}/issue", "issues", BY_OFFSET, .has_window = true, .is_ordered = true, .has_large_pages = true, \
	.has_places = true

/* clang-format off */
JIRA_ACTION(jira_lookup_issues,
	.classic_scopes = "read:jira-work",
	.granular_scopes =
		"read:issue-meta:jira read:issue-security-level:jira read:issue.vote:jira "
		"read:issue.changelog:jira read:avatar:jira read:issue:jira read:status:jira "
		"read:user:jira read:field-configuration:jira",
	.also = ALSO(&side_request_fields),
	.on = {
		{POST, REST("issue/bulkfetch"), "issues", BY_KEYS, .reads = true},
		{POST, REST("search"), "issues", BY_KEYS, .reads = true},
	},
	.arguments = ARGUMENTS(
		{"issues", BOTH({AS_KEYS})},
		{"fields", BOTH({AS_FIELDS})}),
	.columns = jira_issue_columns,
	.all_fields = "*navigable",
	.ask_for_keys = key_list_ask);

JIRA_ACTION(jira_count_issues,
	.classic_scopes = "read:jira-work",
	.granular_scopes =
		"read:issue-details:jira read:field.default-value:jira "
		"read:field.option:jira read:field:jira read:group:jira",
	.on = {
		{POST, REST("search/approximate-count"), "count", .reads = true},
		{GET, REST("search?maxResults=0"), "total"},
	},
	.arguments = ARGUMENTS(
		{"jql", {{IN_BODY, "jql"}, {IN_QUERY, "jql"}}}));

JIRA_ACTION(jira_create_issue,
	.category = "Issue Management",
	.title = "Create Issue",
	.classic_scopes = "write:jira-work read:jira-work",
	.granular_scopes =
		"write:issue:jira write:comment:jira write:comment.property:jira "
		"write:attachment:jira read:issue:jira",
	.also = ALSO(&side_request_fields, &side_request_search),
	.on = BOTH({POST, REST("issue"), "key"}),
	.arguments = ARGUMENTS(
		{"project", BOTH({IN_BODY, "fields.project"}), &key_reference},
		{"issue_type", BOTH({IN_BODY, "fields.issuetype"}), &name_reference},
		{"summary", BOTH({IN_BODY, "fields.summary"})},
		{"description", BOTH({IN_BODY, "fields.description"}), &rich_text},
		{"assignee", BOTH({IN_BODY, "fields.assignee"}), &user_reference},
		{"priority", BOTH({IN_BODY, "fields.priority"}), &name_reference},
		{"labels", BOTH({IN_BODY, "fields.labels"})},
		{"parent", BOTH({IN_BODY, "fields.parent"}), &key_reference},
		{"fields", BOTH({IN_FIELDS, "fields"})}));

JIRA_ACTION(jira_add_comment,
	.category = "Issue Management",
	.title = "Add Comment",
	.classic_scopes = "write:jira-work",
	.granular_scopes =
		"read:comment:jira read:comment.property:jira read:group:jira "
		"read:project:jira read:project-role:jira read:user:jira write:comment:jira "
		"read:avatar:jira",
	.on = BOTH({POST, REST("issue/{issue}/comment"), "id"}),
	.arguments = ARGUMENTS(
		{"issue", BOTH({IN_PATH})},
		{"body", BOTH({IN_BODY, "body"}), &rich_text},
		{"visibility", BOTH({IN_BODY, "visibility"})}));

JIRA_ACTION(jira_update_issue,
	.category = "Issue Management",
	.title = "Update Issue",
	.classic_scopes = "write:jira-work read:jira-work",
	.granular_scopes = "write:issue:jira",
	.also = ALSO(&side_request_fields),
	.on = BOTH({PUT, REST("issue/{issue}")}),
	.arguments = ARGUMENTS(
		{"issue", BOTH({IN_PATH})},
		{"summary", BOTH({IN_BODY, "fields.summary"})},
		{"description", BOTH({IN_BODY, "fields.description"}), &rich_text},
		{"fields", BOTH({IN_FIELDS, "fields"})},
		{"update", BOTH({IN_UPDATE, "update"})},
		{"notify_users", BOTH({IN_QUERY, "notifyUsers"})}));

JIRA_ACTION(jira_assign_issue,
	.category = "Issue Management",
	.title = "Assign Issue",
	.classic_scopes = "write:jira-work",
	.granular_scopes = "write:issue:jira",
	.on = BOTH({PUT, REST("issue/{issue}/assignee")}),
	.arguments = ARGUMENTS(
		{"issue", BOTH({IN_PATH})},
		{"account", {{IN_BODY, "accountId", .sends_null = true}, {IN_BODY, "name", .sends_null = true}}}));

JIRA_ACTION(jira_delete_issue,
	.category = "Issue Management",
	.title = "Delete Issue",
	.classic_scopes = "write:jira-work",
	.granular_scopes = "delete:issue:jira",
	.on = BOTH({DELETE, REST("issue/{issue}")}),
	.arguments = ARGUMENTS(
		{"issue", BOTH({IN_PATH})},
		{"delete_subtasks", BOTH({IN_QUERY, "deleteSubtasks"})}));

JIRA_ACTION(jira_lookup_transitions,
	.category = "Issue Management",
	.title = "Look up Transitions",
	.classic_scopes = "read:jira-work",
	.granular_scopes = "read:issue.transition:jira read:status:jira read:field-configuration:jira",
	.on = BOTH({GET, REST("issue/{issue}/transitions?expand=transitions.fields"), "transitions"}),
	.arguments = ARGUMENTS(
		{"issue", BOTH({IN_PATH})}),
	.columns = COLUMNS(
		{"id", BOTH("id")},
		{"name", BOTH("name")},
		{"to_status_id", BOTH("to.id")},
		{"to_status", BOTH("to.name")},
		{"to_status_category", BOTH("to.statusCategory.key")},
		{"has_screen", BOTH("hasScreen")},
		{"available", BOTH("isAvailable")},
		{"fields", BOTH("fields")},
		{"raw", BOTH("")}));

JIRA_ACTION(jira_add_watcher,
	.category = "Issue Management",
	.title = "Add Watcher",
	.classic_scopes = "write:jira-work",
	.granular_scopes = "write:issue.watcher:jira",
	.on = BOTH({POST, REST("issue/{issue}/watchers")}),
	.arguments = ARGUMENTS(
		{"issue", BOTH({IN_PATH})},
		{"account", BOTH({IN_BODY, ""})}));

JIRA_ACTION(jira_delete_watcher,
	.category = "Issue Management",
	.title = "Delete Watcher",
	.classic_scopes = "write:jira-work",
	.granular_scopes = "write:issue.watcher:jira",
	.on = BOTH({DELETE, REST("issue/{issue}/watchers")}),
	.arguments = ARGUMENTS(
		{"issue", BOTH({IN_PATH})},
		{"account", {{IN_QUERY, "accountId"}, {IN_QUERY, "username"}}}));

JIRA_ACTION(jira_lookup_watchers,
	.category = "Issue Management",
	.title = "Look up Watchers",
	.classic_scopes = "read:jira-work",
	.granular_scopes = "read:issue.watcher:jira read:user:jira read:avatar:jira",
	.on = BOTH({GET, REST("issue/{issue}/watchers"), "watchers", .counted = "watchCount"}),
	.arguments = ARGUMENTS(
		{"issue", BOTH({IN_PATH})}),
	.columns = jira_user_columns);

JIRA_ACTION(jira_delete_attachment,
	.category = "Issue Management",
	.title = "Delete Attachment",
	.classic_scopes = "write:jira-work",
	.granular_scopes = "delete:attachment:jira",
	.on = BOTH({DELETE, REST("attachment/{attachment}")}),
	.arguments = ARGUMENTS(
		{"attachment", BOTH({IN_PATH})}));

JIRA_ACTION(jira_lookup_sprint_issues_stream,
	.category = "Issue Management",
	.title = "Look up Sprint Issues Stream",
	.granular_scopes = "read:sprint:jira-software read:issue-details:jira read:jql:jira",
	.also = ALSO(&side_request_fields),
	.on = {
		[CLOUD] = {GET, "/rest/software/1.0/sprint/{sprint}/issue", "issues", BY_TOKEN,
			.instead = INSTEAD(AGILE_SPRINT_ISSUES)},
		[SERVER] = {AGILE_SPRINT_ISSUES},
	},
	.arguments = ARGUMENTS(
		{"sprint", BOTH({IN_PATH})},
		{"jql", BOTH({IN_QUERY, "jql"})},
		{"fields", BOTH({AS_FIELDS})},
		{"max_rows", BOTH({AS_LIMIT})}),
	.columns = jira_issue_columns,
	.all_fields = "*navigable");

JIRA_ACTION(jira_lookup_issue_priorities,
	.category = "Issue Management",
	.title = "Look up Issue Priorities",
	.classic_scopes = "write:jira-work read:jira-work",
	.granular_scopes = "read:priority:jira",
	.on = {
		{GET, REST("priority"), "", .instead = INSTEAD(GET, REST("priority/search"), "values", BY_OFFSET)},
		{GET, REST("priority"), "", .instead = INSTEAD(GET, REST("priority/page"), "values", BY_OFFSET)},
	},
	.arguments = ARGUMENTS(
		{"priority", BOTH({AS_FILTER, "id|name|untranslatedName"})}),
	.columns = COLUMNS(
		{"id", BOTH("id")},
		{"name", BOTH("name")},
		{"description", BOTH("description")},
		{"status_color", BOTH("statusColor")},
		{"icon_url", BOTH("iconUrl")},
		{"is_default", BOTH("isDefault")},
		{"raw", BOTH("")}));
/* clang-format on */

/* A row for each status of each issue type: {"type": ..., "status": ...}. */
static json_t *
pair_types_with_statuses(Client *client, const Request *request, json_t *types)
{
	json_t	   *rows;
	size_t		i;
	size_t		j;
	json_t	   *type;
	json_t	   *status;

	if (!json_is_array(types))
		return NULL;
	rows = jira_json_made(json_array());
	json_array_foreach(types, i, type)
	{
		json_array_foreach(json_object_get(type, "statuses"), j, status)
		{
			json_array_append_new(rows, json_pack("{sOsO}", "type", type, "status", status));
		}
	}
	return rows;
}

/* clang-format off */
JIRA_ACTION(jira_lookup_issue_type_statuses_by_project,
	.category = "Issue Management",
	.title = "Look up Issue Type Statuses by Project",
	.classic_scopes = "read:jira-work",
	.granular_scopes = "read:issue-status:jira read:issue-type:jira read:status:jira",
	.on = BOTH({GET, REST("project/{project}/statuses")}),
	.arguments = ARGUMENTS(
		{"project", BOTH({IN_PATH})}),
	.columns = COLUMNS(
		{"issue_type_id", BOTH("type.id")},
		{"issue_type", BOTH("type.name")},
		{"subtask", BOTH("type.subtask")},
		{"status_id", BOTH("status.id")},
		{"status", BOTH("status.name")},
		{"status_category", BOTH("status.statusCategory.key")},
		{"raw", BOTH("status")}),
	.rows = pair_types_with_statuses);

JIRA_ACTION(jira_copy_attachment,
	.category = "Issue Management",
	.title = "Copy Attachment",
	.classic_scopes = "write:jira-work",
	.granular_scopes = "read:user:jira write:attachment:jira read:attachment:jira read:avatar:jira",
	.also = ALSO(&side_request_upload_limit),
	.on = BOTH({POST, REST("issue/{issue}/attachments"), "0.id"}),
	.arguments = ARGUMENTS(
		{"issue", BOTH({IN_PATH})},
		{"filename", BOTH({AS_INPUT})},
		{"content", BOTH({AS_INPUT})},
		{"mime_type", BOTH({AS_INPUT})}),
	.prepare = upload_file);
/* clang-format on */
