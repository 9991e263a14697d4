/*
 * story.c
 *	  Story management.  A story is an issue of type Story; its estimate, epic
 *	  and sprint stand in fields whose ids differ from Jira to Jira.
 */
#include "postgres.h"

#include "utils/formatting.h"

#include "actions/entity.h"
#include "actions/sprint_field.h"
#include "actions/story_fields.h"
#include "engine/build_request.h"
#include "engine/field.h"
#include "engine/jql.h"
#include "http/url.h"
#include "utils/own.h"
#include "utils/quoted.h"

#define STORY_TYPE "Story"

static const char other_type_hint[] =
"If this Jira calls stories otherwise, give that name in the argument \"issue_type\".";

static json_t *
argument(Invocation *call, const char *name)
{
	return bind_json(call->binding, bind_named(call->binding, name), call->request->context,
					 call->values, call->nulls);
}

static const char *
only_field(json_t *ids, const char *what)
{
	if (json_array_size(ids) == 0)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_COLUMN),
				 errmsg("Jira has no field that is known to keep the %s of a story", what),
				 errhint("If there is one by another name, give it in the argument \"fields\", for example '{\"Estimate\": 5}'.")));
	if (json_array_size(ids) > 1)
		ereport(ERROR,
				(errcode(ERRCODE_AMBIGUOUS_COLUMN),
				 errmsg("Jira has several fields for the %s of a story", what),
				 errdetail("They are: %s.", quoted(jira_json_text(ids))),
				 errhint("Give one of them by its id in the argument \"fields\".")));
	return json_string_value(json_array_get(ids, 0));
}

/* The project of an issue is in its key; an id has to be asked for. */
static const char *
project_of_issue(Invocation *call)
{
	const char *issue = json_string_value(argument(call, "issue"));
	const char *dash = strrchr(issue, '-');
	json_t	   *found;

	if (dash)
		return asc_toupper(issue, dash - issue);
	found = side_request_get(call->client, &side_request_issue, call->request->action, call->request->subject,
							 psprintf("%s?fields=project", call->request->path));
	return json_string_value(jira_json_own(CurrentMemoryContext,
										   jira_json_get_or_null(found, "fields.project.id")));
}

static bool
is_team_managed(Client *client, const char *project)
{
	json_t	   *found;
	const char *style;

	if (project == NULL || project[0] == '\0' || strpbrk(project, "./\\?#%;"))
		return false;			/* Jira will refuse it */
	found = side_request_get(client, &side_request_project, "jira_lookup_project", NULL,
							 psprintf("/rest/api/%d/project/%s", client->connection->api_version,
									  (char *) jira_own(CurrentMemoryContext, url_escape(project), free)));
	style = json_string_value(json_object_get(found, "style"));
	return style && strcmp(style, "next-gen") == 0;
}

/* A Cloud site can have projects of both kinds, each with a field of its own. */
static const char *
points_field(Invocation *call, const char *project)
{
	Client	   *client = call->client;
	json_t	   *estimates = field_ids_of_type(client, ESTIMATE_TYPE, NULL);
	json_t	   *points = field_ids_of_type(client, NUMBER_TYPE, POINTS_NAME);

	if (json_array_size(estimates) == 0)
		return only_field(points, "points");
	if (json_array_size(points) == 0)
		return only_field(estimates, "points");
	return only_field(is_team_managed(client, project ? project : project_of_issue(call))
					  ? estimates : points, "points");
}

/* The value is stolen. */
static void
put_field(Invocation *call, const char *id, json_t *value)
{
	Request    *request = call->request;
	json_t	   *field = json_pack("{so}", id, value);

	if (request->body == NULL)
		request->body = jira_json_object(request->context);
	if (!jira_json_put(request->body, "fields", field))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("argument \"fields\" of %s sets \"%s\", which another argument sets",
						request->action, quoted(id))));
}

/* "project" is NULL for that of the issue. */
static void
put_story_fields(Invocation *call, const char *project)
{
	Client	   *client = call->client;
	json_t	   *points = argument(call, "story_points");
	json_t	   *epic = argument(call, "epic");
	json_t	   *sprint = argument(call, "sprint");

	if (points)
		put_field(call, points_field(call, project), json_incref(points));
	if (epic && client->connection->deployment == CLOUD)
		put_field(call, "parent", key_reference.encode(epic, client->connection));
	else if (epic)
		put_field(call, only_field(field_ids_of_type(client, EPIC_LINK_TYPE, NULL), "epic"),
				  json_incref(epic));
	if (sprint)
		put_field(call, only_field(field_ids_of_type(client, SPRINT_TYPE, NULL), "sprint"),
				  json_incref(sprint));
}

static void
prepare_new_story(Invocation *call)
{
	Request    *request = call->request;

	if (json_object_get(json_object_get(request->body, "fields"), "issuetype") == NULL)
	{
		put_field(call, "issuetype", json_pack("{ss}", "name", STORY_TYPE));
		request->assumed = "issuetype";
		request->assumed_hint = other_type_hint;
	}
	put_story_fields(call, json_string_value(argument(call, "project")));
}

static void
prepare_changed_story(Invocation *call)
{
	put_story_fields(call, NULL);
}

/* INDENT OFF */
JIRA_ACTION(jira_create_story,
	.category = "Story Management",
	.title = "Create Story",
	.classic_scopes = "write:jira-work",
	.granular_scopes =
		"write:issue:jira write:comment:jira write:comment.property:jira "
		"write:attachment:jira read:issue:jira",
	.also = ALSO(&side_request_fields, &side_request_project, &side_request_search),
	.on = BOTH({POST, REST("issue"), "key"}),
	.arguments = ARGUMENTS(
		{"project", BOTH({IN_BODY, "fields.project"}), &key_reference},
		{"summary", BOTH({IN_BODY, "fields.summary"})},
		{"description", BOTH({IN_BODY, "fields.description"}), &rich_text},
		{"story_points", BOTH({AS_INPUT})},
		{"epic", BOTH({AS_INPUT})},
		{"sprint", BOTH({AS_INPUT})},
		{"assignee", BOTH({IN_BODY, "fields.assignee"}), &user_reference},
		{"issue_type", BOTH({IN_BODY, "fields.issuetype"}), &name_reference},
		{"fields", BOTH({IN_FIELDS, "fields"})}),
	.prepare = prepare_new_story);

JIRA_ACTION(jira_update_story,
	.category = "Story Management",
	.title = "Update Story",
	.classic_scopes = "write:jira-work",
	.granular_scopes = "write:issue:jira",
	.also = ALSO(&side_request_fields, &side_request_project, &side_request_issue),
	.on = BOTH({PUT, REST("issue/{issue}")}),
	.arguments = ARGUMENTS(
		{"issue", BOTH({IN_PATH})},
		{"summary", BOTH({IN_BODY, "fields.summary"})},
		{"description", BOTH({IN_BODY, "fields.description"}), &rich_text},
		{"story_points", BOTH({AS_INPUT})},
		{"epic", BOTH({AS_INPUT})},
		{"sprint", BOTH({AS_INPUT})},
		{"fields", BOTH({IN_FIELDS, "fields"})}),
	.prepare = prepare_changed_story);
/* INDENT ON */

/* The JQL of the caller, restricted to stories and to the project; its ORDER BY stays last. */
static char *
story_search(json_t *type, json_t *project, const char *asked)
{
	size_t		order = jql_order_start(asked);
	StringInfoData jql;

	initStringInfo(&jql);
	appendStringInfoString(&jql, "issuetype = ");
	if (type)
		jql_append_reference(&jql, json_string_value(type));
	else
		appendStringInfoString(&jql, STORY_TYPE);
	if (project)
	{
		appendStringInfoString(&jql, " AND project = ");
		jql_append_reference(&jql, json_string_value(project));
	}
	if (strspn(asked, " \t\r\n") < order)
		appendStringInfo(&jql, " AND (%s)", pnstrdup(asked, order));
	appendStringInfo(&jql, " %s", asked[order] ? asked + order : "ORDER BY key");
	return jql.data;
}

static void
put_story_search(Invocation *call)
{
	Request    *request = call->request;
	json_t	   *type = argument(call, "issue_type");
	json_t	   *asked = argument(call, "jql");
	char	   *jql = story_search(type, argument(call, "project"),
								   asked ? json_string_value(asked) : "");

	if (type == NULL)
	{
		request->assumed = "'" STORY_TYPE "'";
		request->assumed_hint = other_type_hint;
	}
	if (request->body == NULL)
		request->body = jira_json_object(request->context);
	json_object_set_new(request->body, "jql", jira_json_made(json_string(jql)));
}

/* "fields.customfield_1|fields.customfield_2", NULL for none. */
static char *
path_of_fields(json_t *ids, json_t *more)
{
	StringInfoData path;

	initStringInfo(&path);
	json_array_extend(ids, more);
	for (size_t i = 0; i < json_array_size(ids); i++)
		appendStringInfo(&path, "%sfields.%s", i > 0 ? "|" : "",
						 json_string_value(json_array_get(ids, i)));
	return path.len > 0 ? path.data : NULL;
}

static char *
locate_story_column(Client *client, const char *column)
{
	if (strcmp(column, "story_points") == 0)
		return path_of_fields(field_ids_of_type(client, ESTIMATE_TYPE, NULL),
							  field_ids_of_type(client, NUMBER_TYPE, POINTS_NAME));
	return path_of_fields(field_ids_of_type(client, strcmp(column, "epic") == 0
											? EPIC_LINK_TYPE : SPRINT_TYPE, NULL), NULL);
}

/* INDENT OFF */
JIRA_ACTION(jira_lookup_stories_stream,
	.category = "Story Management",
	.title = "Look up Stories Stream",
	.classic_scopes = "read:jira-work",
	.granular_scopes =
		"read:issue-details:jira read:field.default-value:jira "
		"read:field.option:jira read:field:jira read:group:jira",
	.also = ALSO(&side_request_fields, &side_request_issues, &side_request_count),
	.on = {
		{POST, REST("search/jql"), "issues", BY_TOKEN, .reads = true, .has_large_pages = true},
		{POST, REST("search"), "issues", BY_OFFSET, .reads = true, .has_window = true, .has_large_pages = true, .has_places = true},
	},
	.arguments = ARGUMENTS(
		{"project", BOTH({AS_INPUT})},
		{"jql", BOTH({AS_INPUT})},
		{"fields", BOTH({AS_FIELDS})},
		{"max_rows", BOTH({AS_LIMIT})},
		{"issue_type", BOTH({AS_INPUT})}),
	.columns = COLUMNS(
		ISSUE_COLUMNS,
		{"story_points", BOTH(LOCATED)},
		{"epic", {"fields.parent.key", LOCATED}},
		{"sprint_id", BOTH(LOCATED), &sprint_id},
		{"sprint", BOTH(LOCATED), &sprint_name},
		{"fields", BOTH("fields")}),
	.all_fields = "*navigable",
	.prepare = put_story_search,
	.locate = locate_story_column);
/* INDENT ON */
