/*
 * metadata.c
 *	  Metadata retrieval.
 */
#include "postgres.h"

#include "actions/entity.h"
#include "client/reply.h"
#include "engine/build_request.h"
#include "engine/whole_list.h"
#include "utils/fold.h"
#include "utils/quoted.h"

/* Cloud refuses more (400); Server takes it. */
#define MAX_ROWS 200

#define ISSUE_TYPES REST("issue/createmeta/{project}/issuetypes")

/* INDENT OFF */
JIRA_ACTION(jira_get_issue_types,
	.category = "Metadata Retrieval",
	.title = "Get Issue Types (Metadata)",
	.classic_scopes = "write:jira-work read:jira-work",
	.granular_scopes = "read:issue-meta:jira read:avatar:jira read:field-configuration:jira",
	.on = {
		{GET, ISSUE_TYPES, "issueTypes", BY_OFFSET, .most_rows = MAX_ROWS},
		{GET, ISSUE_TYPES, "values", BY_OFFSET},
	},
	.arguments = ARGUMENTS(
		{"project", BOTH({IN_PATH})}),
	.columns = COLUMNS(
		{"id", BOTH("id")},
		{"name", BOTH("name")},
		{"description", BOTH("description")},
		{"subtask", BOTH("subtask")},
		{"hierarchy_level", BOTH("hierarchyLevel")},
		{"icon_url", BOTH("iconUrl")},
		{"raw", BOTH("")}));
/* INDENT ON */

/* The issue types that the account may create in the project at this path. */
static json_t *
fetch_types(Invocation *call)
{
	const char *list = call->client->connection->deployment == CLOUD ? "issueTypes" : "values";
	Request    *request = request_make(call->request->action, GET);
	json_t	   *types;
	size_t		i;
	json_t	   *type;

	request->subject = call->request->subject;
	request->path = call->request->path;
	request->classic_scopes = call->request->classic_scopes;
	request->granular_scopes = call->request->granular_scopes;
	types = whole_list_read(call->client, request, list, MAX_ROWS);
	json_array_foreach(types, i, type)
	{
		if (!json_is_string(json_object_get(type, "id")) ||
			!json_is_string(json_object_get(type, "name")))
			problem_raise(reply_malformed(request, pstrdup("An issue type has no id or no name.")));
	}
	return types;
}

/* By its id, or by its name in the account's language or in Jira's. */
static bool
is_type(json_t *type, const char *wanted)
{
	const char *folded = wanted ? fold_utf8(wanted) : NULL;
	const char *untranslated = json_string_value(json_object_get(type, "untranslatedName"));

	return wanted == NULL ||
		strcmp(json_string_value(json_object_get(type, "id")), wanted) == 0 ||
		fold_equal(json_string_value(json_object_get(type, "name")), folded) ||
		(untranslated && fold_equal(untranslated, folded));
}

/*
 * Fields are told per issue type, by id.  The types are looked up first, and
 * the fields of each wanted one then follow each other.
 */
static void
ask_for_types(Invocation *call)
{
	Request    *request = call->request;
	json_t	   *wanted = bind_json(call->binding, bind_named(call->binding, "issue_type"),
								   request->context, call->values, call->nulls);
	json_t	   *types = fetch_types(call);
	size_t		i;
	json_t	   *type;

	request->parts = jira_json_array(request->context);
	json_array_foreach(types, i, type)
	{
		if (is_type(type, json_string_value(wanted)))
			json_array_append_new(request->parts,
								  json_pack("{sssssO}", "path",
											psprintf("%s/%s", request->path,
													 json_string_value(json_object_get(type, "id"))),
											"member", "issueType", "value",
											json_object_get(type, "name")));
	}
	if (wanted && json_array_size(request->parts) == 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("project \"%s\" has no issue type \"%s\" that the account may create",
						quoted(request->subject), quoted(value_text(wanted)))));
}

/* INDENT OFF */
JIRA_ACTION(jira_get_creatable_fields,
	.category = "Metadata Retrieval",
	.title = "Get Creatable Fields (Metadata)",
	.classic_scopes = "write:jira-work read:jira-work",
	.granular_scopes = "read:issue-meta:jira read:avatar:jira read:field-configuration:jira",
	.on = {
		{GET, ISSUE_TYPES, "fields", BY_OFFSET, .most_rows = MAX_ROWS},
		{GET, ISSUE_TYPES, "values", BY_OFFSET},
	},
	.arguments = ARGUMENTS(
		{"project", BOTH({IN_PATH})},
		{"issue_type", BOTH({AS_INPUT})}),
	.columns = jira_field_meta_columns,
	.prepare = ask_for_types);
/* INDENT ON */

/* The reply has the fields of an issue as an object, by id. */
static json_t *
list_editable_fields(Client *client, const Request *request, json_t *document)
{
	json_t	   *fields = json_object_get(document, "fields");
	json_t	   *rows = json_is_object(fields) ? jira_json_made(json_array()) : NULL;
	const char *id;
	json_t	   *field;

	json_object_foreach(fields, id, field)
	{
		json_object_set_new(field, "fieldId", json_string(id));
		json_array_append(rows, field);
	}
	return rows;
}

/* INDENT OFF */
JIRA_ACTION(jira_get_editable_fields,
	.category = "Metadata Retrieval",
	.title = "Get Editable Fields (Metadata)",
	.classic_scopes = "write:jira-work read:jira-work",
	.granular_scopes = "read:issue-meta:jira read:field-configuration:jira",
	.on = BOTH({GET, REST("issue/{issue}/editmeta")}),
	.arguments = ARGUMENTS(
		{"issue", BOTH({IN_PATH})}),
	.columns = jira_field_meta_columns,
	.rows = list_editable_fields);
/* INDENT ON */
