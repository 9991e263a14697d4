/*
 * sprint.c
 *	  Sprint management, by Jira Software's own API on every deployment.
 */
#include "postgres.h"

#include "actions/entity.h"
#include "actions/parents.h"

#define AGILE(path) "/rest/agile/1.0/" path

/* INDENT OFF */
JIRA_ACTION(jira_create_sprint,
	.category = "Sprint Management",
	.title = "Create Sprint",
	.granular_scopes = "read:board-scope:jira-software read:project:jira write:sprint:jira-software",
	.on = BOTH({POST, AGILE("sprint"), "id"}),
	.arguments = ARGUMENTS(
		{"name", BOTH({IN_BODY, "name"})},
		{"board", BOTH({IN_BODY, "originBoardId"})},
		{"start_date", BOTH({IN_BODY, "startDate"}), &utc_time},
		{"end_date", BOTH({IN_BODY, "endDate"}), &utc_time},
		{"goal", BOTH({IN_BODY, "goal"})}));

JIRA_ACTION(jira_lookup_sprint,
	.category = "Sprint Management",
	.title = "Look up Sprint",
	.granular_scopes = "read:sprint:jira-software",
	.on = BOTH({GET, AGILE("sprint/{sprint}")}),
	.arguments = ARGUMENTS(
		{"sprint", BOTH({IN_PATH})}),
	.columns = jira_sprint_columns);

/* INDENT ON */

/* Jira refuses to list the sprints of a board that is made for none, or is not set up. */
static bool
board_has_no_sprints(Client *client, const Request *request, int status)
{
	Request    *question;
	json_t	   *board;
	const char *type;

	if (status == 422)
		return true;			/* it has no columns with a status */
	if (status != 400)
		return false;
	question = request_make(request->action, GET);
	question->path = pnstrdup(request->path, strlen(request->path) - strlen("/sprint"));
	if (client_try(client_start(CurrentMemoryContext, client, question), &board) != NULL)
		return false;
	type = json_string_value(json_object_get(board, "type"));
	return type && strcmp(type, "scrum") != 0;
}

/* INDENT OFF */
JIRA_ACTION(jira_lookup_sprints_by_board,
	.category = "Sprint Management",
	.title = "Look up Sprints by Board",
	.granular_scopes = "read:sprint:jira-software",
	.on = BOTH({GET, AGILE("board/{board}/sprint"), "values", BY_OFFSET,
		.no_rows = board_has_no_sprints}),
	.arguments = ARGUMENTS(
		{"board", BOTH({IN_PATH})},
		{"state", BOTH({IN_QUERY, "state"})}),
	.columns = jira_sprint_columns,
	.below = BOTH(&parents_boards));

/* INDENT ON */

static void
change_nothing_else(Invocation *call)
{
	if (call->request->body == NULL)
		call->request->body = jira_json_object(call->request->context);
}

/* INDENT OFF */
/* POST updates the members that are sent; PUT would clear all others. */
JIRA_ACTION(jira_update_sprint,
	.category = "Sprint Management",
	.title = "Update Sprint",
	.granular_scopes = "write:sprint:jira-software",
	.on = BOTH({POST, AGILE("sprint/{sprint}")}),
	.arguments = ARGUMENTS(
		{"sprint", BOTH({IN_PATH})},
		{"name", BOTH({IN_BODY, "name"})},
		{"state", BOTH({IN_BODY, "state"})},
		{"start_date", BOTH({IN_BODY, "startDate"}), &utc_time},
		{"end_date", BOTH({IN_BODY, "endDate"}), &utc_time},
		{"goal", BOTH({IN_BODY, "goal"})}),
	.prepare = change_nothing_else);

JIRA_ACTION(jira_delete_sprint,
	.category = "Sprint Management",
	.title = "Delete Sprint",
	.granular_scopes = "delete:sprint:jira-software",
	.on = BOTH({DELETE, AGILE("sprint/{sprint}")}),
	.arguments = ARGUMENTS(
		{"sprint", BOTH({IN_PATH})}));
/* INDENT ON */
