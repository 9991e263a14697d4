/*
 * side_request.c
 *	  Requests to Cloud that actions make beside their own.
 */
#include "postgres.h"

#include "engine/side_request.h"

#define API "/rest/api/{v}/"
#define READ_WORK "read:jira-work"
#define WEBHOOKS "read:jira-work manage:jira-webhook"

#define ISSUE_SCOPES \
	"read:issue-meta:jira read:issue-security-level:jira read:issue.vote:jira " \
	"read:issue.changelog:jira read:avatar:jira read:issue:jira read:status:jira " \
	"read:user:jira read:field-configuration:jira"

/* clang-format off */
const SideRequest side_request_fields = {
	"GET", API "field", "to find fields by name", READ_WORK,
	"read:field:jira read:avatar:jira read:project-category:jira read:project:jira "
	"read:field-configuration:jira"};

const SideRequest side_request_transitions = {
	"GET", API "issue/{issue}/transitions", "to find a transition by name", READ_WORK,
	"read:issue.transition:jira read:status:jira read:field-configuration:jira"};

const SideRequest side_request_project = {
	"GET", API "project/{project}", "to find the field for the points of its stories", READ_WORK,
	"read:issue-type:jira read:project:jira read:project.property:jira read:user:jira "
	"read:application-role:jira read:avatar:jira read:group:jira read:issue-type-hierarchy:jira "
	"read:project-category:jira read:project-version:jira read:project.component:jira"};

const SideRequest side_request_issue = {
	"GET", API "issue/{issue}", "to find the project of an issue that is named by its id", READ_WORK, ISSUE_SCOPES};

const SideRequest side_request_search = {
	"GET", API "search/jql", "to find an issue that the outbox may have created", READ_WORK,
	ISSUE_SEARCH_SCOPES};

const SideRequest side_request_issues = {
	"POST", API "issue/bulkfetch", "to fetch many issues at the same time", READ_WORK, ISSUE_SCOPES};

const SideRequest side_request_long_search = {
	"POST", API "search/jql", "for JQL of more than 8,000 characters", READ_WORK,
	"read:issue-details:jira read:field.default-value:jira read:field.option:jira read:field:jira read:group:jira"};

const SideRequest side_request_count = {
	"POST", API "search/approximate-count", "to know how many issues a search finds", READ_WORK,
	"read:issue-details:jira read:field.default-value:jira read:field.option:jira read:field:jira read:group:jira"};

const SideRequest side_request_comments = {
	"GET", API "issue/{id}/comment", "to read the comments of an issue that has many", READ_WORK,
	"read:comment:jira read:comment.property:jira read:group:jira read:project:jira read:project-role:jira "
	"read:user:jira read:avatar:jira"};

const SideRequest side_request_worklogs = {
	"GET", API "issue/{id}/worklog", "to read the worklogs of an issue that has many", READ_WORK,
	"read:group:jira read:issue-worklog:jira read:issue-worklog.property:jira read:project-role:jira "
	"read:user:jira read:avatar:jira"};

const SideRequest side_request_worklog_ids = {
	"GET", API "worklog/updated", "to find worklogs by the time of their last change", READ_WORK,
	"read:issue-worklog:jira read:issue-worklog.property:jira"};

const SideRequest side_request_worklog_list = {
	"POST", API "worklog/list", "to read worklogs by id", READ_WORK,
	"read:comment:jira read:group:jira read:issue-worklog:jira read:issue-worklog.property:jira "
	"read:project-role:jira read:user:jira read:avatar:jira"};

const SideRequest side_request_changes = {
	"POST", API "changelog/bulkfetch", "to read the changes of many issues", READ_WORK,
	"read:issue-meta:jira read:avatar:jira read:issue.changelog:jira"};

const SideRequest side_request_attachment = {
	"GET", API "attachment/{attachment}", "to know the name and the type of a file", READ_WORK,
	"read:attachment:jira read:user:jira read:application-role:jira read:avatar:jira read:group:jira"};

const SideRequest side_request_content = {
	"GET", API "attachment/content/{attachment}", "to fetch a file", READ_WORK, "read:attachment:jira"};

const SideRequest side_request_upload_limit = {
	"GET", API "attachment/meta", "to know early that a file is too large", READ_WORK,
	"read:instance-configuration:jira"};

const SideRequest side_request_roles = {
	"GET", API "project/{project}", "to find the roles of a project", READ_WORK,
	PROJECT_SCOPES};

const SideRequest side_request_contexts = {
	"GET", API "field/{field_id}/context", "to find the contexts of a field", "manage:jira-configuration",
	"read:field:jira read:custom-field-contextual-configuration:jira"};

const SideRequest side_request_webhooks = {
	"GET", API "webhook", "with OAuth 2.0", WEBHOOKS, "read:webhook:jira read:jql:jira"};

const SideRequest side_request_webhook_creation = {
	"POST", API "webhook", "with OAuth 2.0", WEBHOOKS, "read:field:jira read:project:jira write:webhook:jira"};

const SideRequest side_request_webhook_deletion = {
	"DELETE", API "webhook", "with OAuth 2.0", WEBHOOKS, "delete:webhook:jira"};
/* clang-format on */

void
side_request_mark(Request *request, const Connection *connection, const SideRequest *side)
{
	if (connection->deployment != CLOUD || !connection_has_scopes(connection))
		return;
	request->classic_scopes = side->classic_scopes;
	request->granular_scopes = side->granular_scopes;
	request->scopes_purpose = side->purpose;
}

json_t *
side_request_get(Client *client, const SideRequest *side, const char *action, const char *subject,
				 const char *path)
{
	Request    *request = request_make(action, side->method);

	request->subject = subject;
	request->path = MemoryContextStrdup(request->context, path);
	side_request_mark(request, client->connection, side);
	return client_fetch(client, request);
}
