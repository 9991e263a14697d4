/*
 * entity.c
 *	  Where the columns of the composite types stand in Jira's replies.
 */
#include "postgres.h"

#include "actions/entity.h"

/* clang-format off */
const Column jira_issue_columns[] = {
	ISSUE_COLUMNS,
	{"fields", BOTH("fields")},
	{NULL}
};

const Column jira_user_columns[] = {
	{"account", {"accountId", "name"}},
	{"name", BOTH("displayName")},
	{"email", BOTH("emailAddress")},
	{"active", BOTH("active")},
	{"account_type", {"accountType", NULL}},
	{"time_zone", BOTH("timeZone")},
	{"raw", BOTH("")},
	{NULL}
};

const Column jira_group_columns[] = {
	{"id", {"groupId", NULL}},
	{"name", BOTH("name")},
	{"raw", BOTH("")},
	{NULL}
};

const Column jira_project_columns[] = {
	{"id", BOTH("id")},
	{"key", BOTH("key")},
	{"name", BOTH("name")},
	{"project_type", BOTH("projectTypeKey")},
	{"style", {"style", NULL}},
	{"lead", {"lead.accountId", "lead.name"}},
	{"lead_name", BOTH("lead.displayName")},
	{"category", BOTH("projectCategory.name")},
	{"archived", BOTH("archived")},
	{"description", BOTH("description")},
	{"url", BOTH("url")},
	{"raw", BOTH("")},
	{NULL}
};

const Column jira_sprint_columns[] = {
	{"id", BOTH("id")},
	{"name", BOTH("name")},
	{"state", BOTH("state")},
	{"goal", BOTH("goal")},
	{"board", BOTH("originBoardId")},
	{"started", BOTH("activatedDate|startDate")},
	{"ends", BOTH("endDate")},
	{"completed", BOTH("completeDate")},
	{"raw", BOTH("")},
	{NULL}
};

const Column jira_comment_columns[] = {
	{"id", BOTH("id")},
	{"author", {"author.accountId", "author.name"}},
	{"author_name", BOTH("author.displayName")},
	{"body", BOTH("body"), &rich_text},
	{"created", BOTH("created")},
	{"updated", BOTH("updated")},
	{"visibility", BOTH("visibility")},
	{"raw", BOTH("")},
	{NULL}
};

const Column jira_attachment_columns[] = {
	{"id", BOTH("id")},
	{"filename", BOTH("filename")},
	{"mime_type", BOTH("mimeType")},
	{"size", BOTH("size")},
	{"author", {"author.accountId", "author.name"}},
	{"author_name", BOTH("author.displayName")},
	{"created", BOTH("created")},
	{"content_url", BOTH("content")},
	{"raw", BOTH("")},
	{NULL}
};

const Column jira_field_columns[] = {
	{"id", BOTH("id")},
	{"name", BOTH("name")},
	{"custom", BOTH("custom")},
	{"type", BOTH("schema.type")},
	{"items", BOTH("schema.items")},
	{"custom_type", BOTH("schema.custom")},
	{"clause_names", BOTH("clauseNames")},
	{"searchable", BOTH("searchable")},
	{"raw", BOTH("")},
	{NULL}
};

const Column jira_field_meta_columns[] = {
	{"issue_type", BOTH("issueType")},
	{"field_id", BOTH("fieldId|key")},
	{"name", BOTH("name")},
	{"required", BOTH("required")},
	{"has_default", BOTH("hasDefaultValue")},
	{"type", BOTH("schema.type")},
	{"items", BOTH("schema.items")},
	{"custom_type", BOTH("schema.custom")},
	{"operations", BOTH("operations")},
	{"allowed_values", BOTH("allowedValues")},
	{"raw", BOTH("")},
	{NULL}
};
/* clang-format on */
