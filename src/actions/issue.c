/*
 * issue.c
 *	  Issue management.
 */
#include "postgres.h"

#include "actions/entity.h"
#include "jql.h"

/* clang-format off */
JIRA_ACTION(jira_lookup_issues_stream,
	.on = {
		{GET, REST("search/jql"), "issues", BY_TOKEN, .posts_long = true},
		{GET, REST("search"), "issues", BY_OFFSET, .posts_long = true},
	},
	.arguments = ARGUMENTS(
		{"jql", BOTH({IN_QUERY, "jql"})},
		{"fields", BOTH({AS_FIELDS})},
		{"max_rows", BOTH({AS_LIMIT})},
		{"expand", BOTH({IN_QUERY, "expand"}), &expand_list}),
	.columns = jira_issue_columns,
	.all_fields = "*navigable");

JIRA_ACTION(jira_lookup_issue,
	.on = BOTH({GET, REST("issue/{issue}")}),
	.arguments = ARGUMENTS(
		{"issue", BOTH({IN_PATH})},
		{"fields", BOTH({AS_FIELDS})},
		{"expand", BOTH({IN_QUERY, "expand"})}),
	.columns = jira_issue_columns,
	.all_fields = "*all");
/* clang-format on */

/* A list of keys and ids in JQL; a bare number is an id there. */
static char *
keys_in_jql(json_t *keys)
{
	StringInfoData jql;

	initStringInfo(&jql);
	appendStringInfoString(&jql, "key in (");
	for (size_t i = 0; i < json_array_size(keys); i++)
	{
		const char *key = json_string_value(json_array_get(keys, i));

		if (i > 0)
			appendStringInfoString(&jql, ", ");
		if (strspn(key, "0123456789") == strlen(key) && key[0] != '\0')
			appendStringInfoString(&jql, key);
		else
			jql_append_string(&jql, key);
	}
	appendStringInfoChar(&jql, ')');
	return jql.data;
}

/*
 * Cloud fetches by key; Server has only the search, which has to be told not
 * to mind keys that do not exist.
 */
static void
ask_for_issues(Request *request, const Connection *connection, json_t *keys, int64 offset)
{
	if (connection->deployment == CLOUD)
	{
		json_object_set(request->body, "issueIdsOrKeys", keys);
		return;
	}
	json_object_set_new(request->body, "jql", jira_json_made(json_string(keys_in_jql(keys))));
	json_object_set_new(request->body, "startAt", json_integer(offset));
	json_object_set_new(request->body, "maxResults", json_integer(json_array_size(keys)));
	json_object_set_new(request->body, "validateQuery", json_false());
}

/* clang-format off */
JIRA_ACTION(jira_lookup_issues,
	.on = {
		{POST, REST("issue/bulkfetch"), "issues", BY_KEYS, .reads = true},
		{POST, REST("search"), "issues", BY_KEYS, .reads = true},
	},
	.arguments = ARGUMENTS(
		{"issues", BOTH({AS_KEYS})},
		{"fields", BOTH({AS_FIELDS})}),
	.columns = jira_issue_columns,
	.all_fields = "*navigable",
	.ask_for_keys = ask_for_issues);

JIRA_ACTION(jira_count_issues,
	.on = {
		{POST, REST("search/approximate-count"), "count", .reads = true},
		{GET, REST("search?maxResults=0"), "total"},
	},
	.arguments = ARGUMENTS(
		{"jql", {{IN_BODY, "jql"}, {IN_QUERY, "jql"}}}));

JIRA_ACTION(jira_create_issue,
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
		{"fields", BOTH({IN_BODY, "fields"})}));

JIRA_ACTION(jira_add_comment,
	.on = BOTH({POST, REST("issue/{issue}/comment"), "id"}),
	.arguments = ARGUMENTS(
		{"issue", BOTH({IN_PATH})},
		{"body", BOTH({IN_BODY, "body"}), &rich_text},
		{"visibility", BOTH({IN_BODY, "visibility"})}));
/* clang-format on */
