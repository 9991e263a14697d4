/*
 * entity.h
 *	  What several actions share: columns, which are those of the composite types of
 *	  entity.sql, and the search for issues.
 */
#ifndef JIRA_ACTIONS_ENTITY_H
#define JIRA_ACTIONS_ENTITY_H

#include "engine/action.h"

/* The endpoints of a search for issues. */
#define ISSUE_SEARCH \
	{ \
		{GET, REST("search/jql"), "issues", BY_TOKEN, .posts_long = true, .has_large_pages = true}, \
		{GET, REST("search"), "issues", BY_OFFSET, .posts_long = true, .has_window = true, .has_large_pages = true, .has_places = true}, \
	}

/* The columns of jira_issue up to "due"; stories begin with the same. */
#define ISSUE_COLUMNS \
	{"id", BOTH("id")}, \
	{"key", BOTH("key")}, \
	{"project", BOTH("fields.project.key")}, \
	{"issue_type", BOTH("fields.issuetype.name")}, \
	{"summary", BOTH("fields.summary")}, \
	{"description", BOTH("fields.description"), &rich_text}, \
	{"status", BOTH("fields.status.name")}, \
	{"status_category", BOTH("fields.status.statusCategory.key")}, \
	{"priority", BOTH("fields.priority.name")}, \
	{"resolution", BOTH("fields.resolution.name")}, \
	{"assignee", {"fields.assignee.accountId", "fields.assignee.name"}}, \
	{"assignee_name", BOTH("fields.assignee.displayName")}, \
	{"reporter", {"fields.reporter.accountId", "fields.reporter.name"}}, \
	{"reporter_name", BOTH("fields.reporter.displayName")}, \
	{"parent", BOTH("fields.parent.key")}, \
	{"labels", BOTH("fields.labels")}, \
	{"components", BOTH("fields.components[].name")}, \
	{"fix_versions", BOTH("fields.fixVersions[].name")}, \
	{"created", BOTH("fields.created")}, \
	{"updated", BOTH("fields.updated")}, \
	{"resolved", BOTH("fields.resolutiondate")}, \
	{"due", BOTH("fields.duedate")}

extern const Column jira_issue_columns[];
extern const Column jira_user_columns[];
extern const Column jira_group_columns[];
extern const Column jira_project_columns[];
extern const Column jira_sprint_columns[];
extern const Column jira_comment_columns[];
extern const Column jira_attachment_columns[];
extern const Column jira_field_columns[];
extern const Column jira_field_meta_columns[];

#endif							/* JIRA_ACTIONS_ENTITY_H */
