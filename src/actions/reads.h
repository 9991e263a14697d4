/*
 * reads.h
 *	  The reads that foreign tables are made of.
 */
#ifndef JIRA_ACTIONS_READS_H
#define JIRA_ACTIONS_READS_H

#include "engine/action.h"

extern PGDLLEXPORT const Action jira_lookup_issues_stream_action;
extern PGDLLEXPORT const Action jira_lookup_stories_stream_action;
extern PGDLLEXPORT const Action jira_lookup_comments_stream_action;
extern PGDLLEXPORT const Action jira_lookup_worklogs_stream_action;
extern PGDLLEXPORT const Action jira_lookup_links_stream_action;
extern PGDLLEXPORT const Action jira_lookup_issue_attachments_stream_action;
extern PGDLLEXPORT const Action jira_lookup_issue_sprints_stream_action;
extern PGDLLEXPORT const Action jira_lookup_changes_stream_action;
extern PGDLLEXPORT const Action jira_count_issues_action;
extern PGDLLEXPORT const Action jira_lookup_issues_action;
extern PGDLLEXPORT const Action jira_lookup_projects_action;
extern PGDLLEXPORT const Action jira_lookup_projects_stream_action;
extern PGDLLEXPORT const Action jira_lookup_users_stream_action;
extern PGDLLEXPORT const Action jira_lookup_groups_stream_action;
extern PGDLLEXPORT const Action jira_lookup_fields_action;
extern PGDLLEXPORT const Action jira_lookup_issue_priorities_action;
extern PGDLLEXPORT const Action jira_lookup_statuses_action;
extern PGDLLEXPORT const Action jira_lookup_resolutions_action;
extern PGDLLEXPORT const Action jira_lookup_issue_types_action;
extern PGDLLEXPORT const Action jira_lookup_link_types_action;
extern PGDLLEXPORT const Action jira_lookup_boards_stream_action;
extern PGDLLEXPORT const Action jira_lookup_filters_stream_action;
extern PGDLLEXPORT const Action jira_lookup_dashboards_stream_action;
extern PGDLLEXPORT const Action jira_lookup_workflows_stream_action;
extern PGDLLEXPORT const Action jira_lookup_components_action;
extern PGDLLEXPORT const Action jira_lookup_versions_action;
extern PGDLLEXPORT const Action jira_lookup_field_options_action;
extern PGDLLEXPORT const Action jira_lookup_project_roles_action;
extern PGDLLEXPORT const Action jira_lookup_sprints_by_board_action;

/* Those that have no function. */
extern const Action jira_group_members_action;
extern const Action jira_users_action;

#endif							/* JIRA_ACTIONS_READS_H */
