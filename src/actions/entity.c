/*
 * entity.c
 *	  Where the columns of the composite types stand in Jira's replies.
 */
#include "postgres.h"

#include "actions/entity.h"

/* clang-format off */
const Column jira_issue_columns[] = {
	{"id", BOTH("id")},
	{"key", BOTH("key")},
	{"project", BOTH("fields.project.key")},
	{"issue_type", BOTH("fields.issuetype.name")},
	{"summary", BOTH("fields.summary")},
	{"description", BOTH("fields.description"), &rich_text},
	{"status", BOTH("fields.status.name")},
	{"status_category", BOTH("fields.status.statusCategory.key")},
	{"priority", BOTH("fields.priority.name")},
	{"resolution", BOTH("fields.resolution.name")},
	{"assignee", {"fields.assignee.accountId", "fields.assignee.name"}},
	{"assignee_name", BOTH("fields.assignee.displayName")},
	{"reporter", {"fields.reporter.accountId", "fields.reporter.name"}},
	{"reporter_name", BOTH("fields.reporter.displayName")},
	{"parent", BOTH("fields.parent.key")},
	{"labels", BOTH("fields.labels")},
	{"components", BOTH("fields.components[].name")},
	{"fix_versions", BOTH("fields.fixVersions[].name")},
	{"created", BOTH("fields.created")},
	{"updated", BOTH("fields.updated")},
	{"resolved", BOTH("fields.resolutiondate")},
	{"due", BOTH("fields.duedate")},
	{"fields", BOTH("fields")},
	{NULL}
};
/* clang-format on */
