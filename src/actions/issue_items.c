/*
 * issue_items.c
 *	  What issues have several of, a row for each: comments, worklogs,
 *	  links, attachments, sprints, changes.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "utils/timestamp.h"

#include "actions/entity.h"
#include "actions/sprint_field.h"
#include "engine/bind.h"
#include "engine/field.h"
#include "engine/jql_time.h"
#include "json/value.h"
#include "utils/fold.h"

/* The key of an issue begins with that of its project. */
static json_t *
decode_project(json_t *key, const Connection *connection)
{
	const char *text = json_string_value(key);
	const char *dash = text ? strrchr(text, '-') : NULL;

	return jira_json_made(dash ? json_stringn(text, dash - text) : json_null());
}

static const Codec project_of_key = {.decode = decode_project};

/* The issue of an item, by the path of its key on either deployment. */
#define KEY_COLUMNS(cloud, server) \
	{"issue", {cloud, server}, .of_issue = "key"}, \
	{"project", {cloud, server}, &project_of_key, .of_issue = "project"}

/* Cloud shows so many comments and worklogs of an issue that has more. */
#define MOST_SHOWN 20

static const ItemList comments = {
	.path = BOTH("fields.comment.comments|fields.comment"),
	.most_shown = MOST_SHOWN,
	.rest = {
		&(const Endpoint) {GET, REST("issue/{id}/comment?orderBy=created"), "comments", BY_OFFSET},
		&(const Endpoint) {GET, REST("issue/{id}/comment?orderBy=created"), "comments", BY_OFFSET},
	},
	.side = &side_request_comments,
};

/* Milliseconds since 1970. */
static void
prepare_worklogs(Invocation *call)
{
	Request    *request = call->request;
	int			since = bind_find(call->binding, AS_INPUT);
	TimestampTz time;

	if (since < 0 || call->nulls[since])
		return;
	time = DatumGetTimestampTz(call->values[since]);
	if (TIMESTAMP_NOT_FINITE(time))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("argument \"since\" of %s must be a finite time", request->action)));
	request->unsent = jira_json_object(request->context);
	json_object_set_new(request->unsent, "since", json_integer(Max(jql_time_milliseconds(time), 0)));
}

/* Was the worklog changed since then?  One without a readable time is shown. */
static bool
is_changed_worklog(json_t *unsent, json_t *worklog)
{
	json_t	   *updated = json_object_get(worklog, "updated");
	ValueReader reader;
	bool		isnull;

	value_reader(&reader, TIMESTAMPTZOID, -1);
	if (!json_is_string(updated) || !value_exists(&reader, updated))
		return true;
	return jql_time_milliseconds(DatumGetTimestampTz(value_from_json(&reader, updated, &isnull))) >=
		json_integer_value(json_object_get(unsent, "since"));
}

static const ItemList worklogs = {
	.path = BOTH("fields.worklog.worklogs|fields.worklog"),
	.most_shown = MOST_SHOWN,
	.rest = {
		&(const Endpoint) {GET, REST("issue/{id}/worklog"), "worklogs", BY_OFFSET},
		&(const Endpoint) {GET, REST("issue/{id}/worklog"), "worklogs", ONE_REPLY},
	},
	.side = &side_request_worklogs,
	.changed_ids = &(const Endpoint) {GET, REST("worklog/updated")},
	.id_member = "worklogId",
	.side_of_ids = &side_request_worklog_ids,
	.changed = &(const Endpoint) {POST, REST("worklog/list"),.reads = true},
	.side_of_changed = &side_request_worklog_list,
	.keeps = is_changed_worklog,
};

static const ItemList links = {.path = BOTH("fields.issuelinks")};
static const ItemList attachments = {.path = BOTH("fields.attachment")};
static const ItemList sprints = {.path = BOTH(LOCATED)};

/* The issue that has the link shows the other one, as what it is to the link. */
static bool
is_outward(json_t *link)
{
	return json_is_object(json_object_get(link, "outwardIssue"));
}

static json_t *
decode_direction(json_t *link, const Connection *connection)
{
	return jira_json_made(json_string(is_outward(link) ? "outward" : "inward"));
}

static json_t *
decode_relation(json_t *link, const Connection *connection)
{
	return jira_json_get_or_null(link, is_outward(link) ? "type.outward" : "type.inward");
}

static const Codec link_direction = {.decode = decode_direction};
static const Codec link_relation = {.decode = decode_relation};

/* NULL where this Jira has no sprints. */
static char *
locate_sprints(Client *client, const char *column)
{
	json_t	   *ids = field_ids_of_type(client, SPRINT_TYPE, NULL);

	return json_array_size(ids) > 0 ? psprintf("fields.%s", json_string_value(json_array_get(ids, 0))) : NULL;
}

/* INDENT OFF */
JIRA_ACTION(jira_lookup_comments_stream,
	.classic_scopes = "read:jira-work",
	.granular_scopes = ISSUE_SEARCH_SCOPES,
	.also = ALSO(&side_request_issues, &side_request_long_search, &side_request_count, &side_request_comments),
	.on = ISSUE_SEARCH,
	.arguments = ARGUMENTS(
		{"jql", BOTH({IN_QUERY, "jql"})}),
	.columns = COLUMNS(
		{"issue_id", BOTH("^id"), .of_issue = "id"},
		KEY_COLUMNS("^key", "^key"),
		{"comment_id", BOTH("id")},
		{"author", {"author.accountId", "author.name"}},
		{"author_name", BOTH("author.displayName")},
		{"body", BOTH("body"), &rich_text},
		{"created", BOTH("created")},
		{"updated", BOTH("updated")},
		{"visibility", BOTH("visibility")},
		{"raw", BOTH("")}),
	.items = &comments,
	.all_fields = "*navigable");

JIRA_ACTION(jira_lookup_worklogs_stream,
	.classic_scopes = "read:jira-work",
	.granular_scopes = ISSUE_SEARCH_SCOPES,
	.also = ALSO(&side_request_issues, &side_request_long_search, &side_request_count, &side_request_worklogs,
		&side_request_worklog_ids, &side_request_worklog_list),
	.on = ISSUE_SEARCH,
	.arguments = ARGUMENTS(
		{"jql", BOTH({IN_QUERY, "jql"})},
		{"since", BOTH({AS_INPUT})}),
	.columns = COLUMNS(
		{"issue_id", BOTH("^id"), .of_issue = "id"},
		KEY_COLUMNS("^key", "^key"),
		{"worklog_id", BOTH("id")},
		{"author", {"author.accountId", "author.name"}},
		{"author_name", BOTH("author.displayName")},
		{"started", BOTH("started"), .of_issue = "worklog_date"},
		{"seconds", BOTH("timeSpentSeconds")},
		{"comment", BOTH("comment"), &rich_text},
		{"created", BOTH("created")},
		{"updated", BOTH("updated"), .of_issue = ITEM_UPDATED},
		{"raw", BOTH("")}),
	.items = &worklogs,
	.all_fields = "*navigable",
	.prepare = prepare_worklogs);

JIRA_ACTION(jira_lookup_links_stream,
	.classic_scopes = "read:jira-work",
	.granular_scopes = ISSUE_SEARCH_SCOPES,
	.also = ALSO(&side_request_issues, &side_request_long_search, &side_request_count),
	.on = ISSUE_SEARCH,
	.arguments = ARGUMENTS(
		{"jql", BOTH({IN_QUERY, "jql"})}),
	.columns = COLUMNS(
		KEY_COLUMNS("^key", "^key"),
		{"link_id", BOTH("id")},
		{"link_type", BOTH("type.name")},
		{"relation", BOTH(""), &link_relation},
		{"direction", BOTH(""), &link_direction},
		{"other_issue", BOTH("outwardIssue.key|inwardIssue.key")},
		{"raw", BOTH("")}),
	.items = &links,
	.all_fields = "*navigable");

JIRA_ACTION(jira_lookup_issue_attachments_stream,
	.classic_scopes = "read:jira-work",
	.granular_scopes = ISSUE_SEARCH_SCOPES,
	.also = ALSO(&side_request_issues, &side_request_long_search, &side_request_count),
	.on = ISSUE_SEARCH,
	.arguments = ARGUMENTS(
		{"jql", BOTH({IN_QUERY, "jql"})}),
	.columns = COLUMNS(
		KEY_COLUMNS("^key", "^key"),
		{"id", BOTH("id")},
		{"filename", BOTH("filename")},
		{"mime_type", BOTH("mimeType")},
		{"size", BOTH("size")},
		{"author", {"author.accountId", "author.name"}},
		{"author_name", BOTH("author.displayName")},
		{"created", BOTH("created")},
		{"content_url", BOTH("content")},
		{"raw", BOTH("")}),
	.items = &attachments,
	.all_fields = "*navigable");

JIRA_ACTION(jira_lookup_issue_sprints_stream,
	.classic_scopes = "read:jira-work",
	.granular_scopes = ISSUE_SEARCH_SCOPES,
	.also = ALSO(&side_request_fields, &side_request_issues, &side_request_long_search, &side_request_count),
	.on = ISSUE_SEARCH,
	.arguments = ARGUMENTS(
		{"jql", BOTH({IN_QUERY, "jql"})}),
	.columns = COLUMNS(
		KEY_COLUMNS("^key", "^key"),
		{"sprint_id", BOTH(""), &one_sprint_id, "sprint_id"},
		{"sprint", BOTH(""), &one_sprint_name},
		{"state", BOTH(""), &one_sprint_state},
		{"raw", BOTH("")}),
	.items = &sprints,
	.all_fields = "*navigable",
	.locate = locate_sprints);
/* INDENT ON */

/* What Data Center calls the fields of the system in changes, where that is not the id. */
static const char *const changed_names[][2] = {
	{"attachment", "Attachment"}, {"comment", "Comment"}, {"components", "Component"},
	{"fixVersions", "Fix Version"}, {"issuelinks", "Link"}, {"parent", "Parent"}, {"versions", "Version"},
};

/* The ids, and what changes of the fields may be called that have no id in them. */
static json_t *
wanted_fields(Client *client, json_t *ids, MemoryContext context)
{
	json_t	   *wanted = jira_json_array(context);

	json_array_extend(wanted, ids);
	if (client->connection->deployment == CLOUD)
		return wanted;
	for (size_t i = 0; i < json_array_size(ids); i++)
	{
		const char *id = json_string_value(json_array_get(ids, i));
		const char *name = field_system(id) ? NULL : field_name(client, id);

		for (int j = 0; j < lengthof(changed_names); j++)
			if (strcmp(changed_names[j][0], id) == 0)
				name = changed_names[j][1];
		if (name)
			json_array_append_new(wanted, jira_json_made(json_string(name)));
	}
	return wanted;
}

/*
 * Data Center shows the changes of each issue that a search finds.  Cloud takes a few
 * fields, and returns whatever has changed together with one of them.
 */
static void
prepare_changes(Invocation *call)
{
	Request    *request = call->request;
	Client	   *client = call->client;
	json_t	   *asked = bind_json(call->binding, bind_find(call->binding, AS_INPUT), request->context,
								  call->values, call->nulls);

	if (client->connection->deployment == SERVER)
		json_object_set_new(request->query, "expand", jira_json_made(json_pack("[s]", "changelog")));
	if (json_array_size(asked) == 0)
		return;
	asked = field_ids(client, asked, request->path);
	request->unsent = jira_json_object(request->context);
	json_object_set(request->unsent, "fields", wanted_fields(client, asked, request->context));
	json_object_set(request->unsent, "field_ids", asked);
}

/* Is the change one of a field that was asked for? */
static bool
is_wanted_change(json_t *unsent, json_t *change)
{
	json_t	   *fields = json_object_get(unsent, "fields");
	const char *id = json_string_value(json_object_get(change, "fieldId"));
	const char *name = id ? id : json_string_value(json_object_get(change, "field"));

	for (size_t i = 0; name && i < json_array_size(fields); i++)
		if (fold_equal(name, fold_utf8(json_string_value(json_array_get(fields, i)))))
			return true;
	return false;
}

/* Cloud has those of many issues at once; a search of Data Center shows the first of an issue. */
static const ItemList changes = {
	.path = {"issueChangeLogs>changeHistories>items", "changelog.histories>items"},
	.is_certain = {[SERVER] = true},
	.rest = {[SERVER] = &(const Endpoint) {GET, REST("issue/{id}/changelog"), "values", BY_OFFSET}},
	.fetched = {[CLOUD] = &(const Endpoint) {POST, REST("changelog/bulkfetch"), "issueChangeLogs", BY_TOKEN, 1000,.reads = true}},
	.side = &side_request_changes,
	.keeps = is_wanted_change,
};

/* Smaller numbers are seconds since 1970, others milliseconds. */
#define LEAST_MILLISECONDS INT64CONST(100000000000)

static json_t *
decode_moment(json_t *moment, const Connection *connection)
{
	json_int_t	number = json_integer_value(moment);

	if (!json_is_integer(moment) || number >= LEAST_MILLISECONDS)
		return json_incref(moment);
	return jira_json_made(json_integer(number * 1000));
}

static const Codec moment = {.decode = decode_moment,.keeps_strings = true};

/* INDENT OFF */
JIRA_ACTION(jira_lookup_changes_stream,
	.classic_scopes = "read:jira-work",
	.granular_scopes = ISSUE_SEARCH_SCOPES,
	.also = ALSO(&side_request_long_search, &side_request_changes),
	.on = ISSUE_SEARCH,
	.arguments = ARGUMENTS(
		{"jql", BOTH({IN_QUERY, "jql"})},
		{"field_ids", BOTH({AS_INPUT})}),
	.columns = COLUMNS(
		{"issue_id", {"^^^id", "^^id"}, .of_issue = "id"},
		KEY_COLUMNS("^^^key", "^^key"),
		{"change_id", BOTH("^id")},
		{"at", BOTH("^created"), &moment},
		{"author", {"^author.accountId", "^author.name"}},
		{"author_name", BOTH("^author.displayName")},
		{"field", BOTH("field")},
		{"field_id", BOTH("fieldId"), .of_issue = ITEM_FIELD_ID},
		{"from_value", BOTH("from")},
		{"from_text", BOTH("fromString")},
		{"to_value", BOTH("to")},
		{"to_text", BOTH("toString")},
		{"raw", BOTH("")}),
	.items = &changes,
	.all_fields = "*navigable",
	.prepare = prepare_changes);
/* INDENT ON */
