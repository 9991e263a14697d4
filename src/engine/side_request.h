/*
 * side_request.h
 *	  Requests to Cloud that actions make beside their own, and what a token with
 *	  scopes needs for them.
 *
 * Atlassian's list of the scopes of an action is that of its own request.
 */
#ifndef JIRA_ENGINE_SIDE_REQUEST_H
#define JIRA_ENGINE_SIDE_REQUEST_H

#include "client/client.h"

typedef struct SideRequest
{
	const char *method;
	const char *path;			/* {v}: API version; {name}: argument */
	const char *purpose;		/* "to ..." */
	const char *classic_scopes; /* with spaces between them; NULL: none */
	const char *granular_scopes;
} SideRequest;

/* The granular scopes of a search for issues, and of a request for projects. */
#define ISSUE_SEARCH_SCOPES \
	"read:issue-details:jira read:audit-log:jira read:avatar:jira " \
	"read:field-configuration:jira read:issue-meta:jira"
#define PROJECT_SCOPES \
	"read:issue-type:jira read:project:jira read:project.property:jira " \
	"read:user:jira read:application-role:jira read:avatar:jira read:group:jira " \
	"read:issue-type-hierarchy:jira read:project-category:jira " \
	"read:project-version:jira read:project.component:jira"

extern const SideRequest side_request_fields;
extern const SideRequest side_request_transitions;
extern const SideRequest side_request_project;
extern const SideRequest side_request_issue;
extern const SideRequest side_request_search;
extern const SideRequest side_request_issues;
extern const SideRequest side_request_long_search;
extern const SideRequest side_request_count;
extern const SideRequest side_request_comments;
extern const SideRequest side_request_worklogs;
extern const SideRequest side_request_worklog_ids;
extern const SideRequest side_request_worklog_list;
extern const SideRequest side_request_changes;
extern const SideRequest side_request_attachment;
extern const SideRequest side_request_content;
extern const SideRequest side_request_upload_limit;

extern const SideRequest side_request_roles;
extern const SideRequest side_request_contexts;

/* Those of webhooks, which Atlassian's list leaves out. */
extern const SideRequest side_request_webhooks;
extern const SideRequest side_request_webhook_creation;
extern const SideRequest side_request_webhook_deletion;

/* Has a refusal of the request name the scopes, where the token has any. */
extern void side_request_mark(Request *request, const Connection *connection, const SideRequest *side);

/* client_get() of such a request. */
extern json_t *side_request_get(Client *client, const SideRequest *side, const char *action,
								const char *subject, const char *path);

#endif							/* JIRA_ENGINE_SIDE_REQUEST_H */
