/*
 * action_view.c
 *	  The table entries of all actions as rows: what jira_spoke.action shows.
 */
#include "postgres.h"

#include "funcapi.h"
#include "lib/stringinfo.h"
#include "utils/builtins.h"

#include "engine/call.h"
#include "engine/endpoint_private.h"

PG_FUNCTION_INFO_V1(jira_describe_actions);

/* The columns of jira_spoke.describe_actions. */
enum
{
	CATEGORY,
	TITLE,
	FUNCTION,
	WHERE_IT_IS,
	LIMITS,
	CLASSIC_SCOPES,
	GRANULAR_SCOPES,
	ON_CLOUD,
	ON_SERVER,
	COLUMNS_OF_ACTION
};

static char *
limit_words(int limits)
{
	return psprintf("%s%s%s", limits & NOT_OAUTH ? "not-oauth" : "",
					limits == (NOT_OAUTH | NOT_SCOPED) ? " " : "",
					limits & NOT_SCOPED ? "not-scoped" : "");
}

/* "GET /rest/...", each on a line of its own. */
static char *
request_lines(const Endpoint *endpoint)
{
	StringInfoData lines;

	initStringInfo(&lines);
	for (; endpoint && endpoint->path; endpoint = endpoint->otherwise)
		appendStringInfo(&lines, "%s%s %s", lines.len > 0 ? "\n" : "",
						 endpoint->method, endpoint->path);
	return lines.data;
}

static void
put_action(ReturnSetInfo *result, const Action *action)
{
	const char *texts[COLUMNS_OF_ACTION] = {
		[CATEGORY] = action->category,
		[TITLE] = action->title,
		[FUNCTION] = action->name,
		[WHERE_IT_IS] = endpoint_deployments(action),
		[LIMITS] = limit_words(action->limits),
		[CLASSIC_SCOPES] = action->classic_scopes ? action->classic_scopes : "",
		[GRANULAR_SCOPES] = action->granular_scopes ? action->granular_scopes : "",
		[ON_CLOUD] = request_lines(&action->on[CLOUD]),
		[ON_SERVER] = request_lines(&action->on[SERVER]),
	};
	Datum		values[COLUMNS_OF_ACTION] = {0};
	bool		nulls[COLUMNS_OF_ACTION];

	for (int i = 0; i < COLUMNS_OF_ACTION; i++)
	{
		nulls[i] = texts[i] == NULL;
		if (texts[i])
			values[i] = CStringGetTextDatum(texts[i]);
	}
	tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
}

Datum
jira_describe_actions(PG_FUNCTION_ARGS)
{
	List	   *functions = action_functions();
	ListCell   *cell;

	InitMaterializedSRF(fcinfo, 0);
	foreach(cell, functions)
		put_action((ReturnSetInfo *) fcinfo->resultinfo, action_of(lfirst_oid(cell)));
	return (Datum) 0;
}
