/*
 * action_view.c
 *	  The table entries of all actions as rows: what jira_spoke.action shows.
 */
#include "postgres.h"

#include "catalog/pg_proc.h"
#include "commands/comment.h"
#include "funcapi.h"
#include "lib/stringinfo.h"
#include "utils/builtins.h"

#include "engine/call.h"
#include "engine/endpoint_private.h"
#include "utils/sql_version.h"

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
	ANY_SCOPE,
	ALSO_REQUESTS,
	ALSO_CLASSIC_SCOPES,
	ALSO_GRANULAR_SCOPES,
	DESCRIPTION,
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
	for (; endpoint && endpoint->path && *endpoint->path; endpoint = endpoint->otherwise)
		for (const Endpoint *each = endpoint; each; each = each->instead)
			appendStringInfo(&lines, "%s%s %s", lines.len > 0 ? "\n" : "", each->method, each->path);
	return lines.data;
}

/* "GET /rest/..., to ...", each on a line of its own. */
static char *
also_lines(const Action *action)
{
	StringInfoData lines;

	initStringInfo(&lines);
	for (const SideRequest *const *side = action->also; side && *side; side++)
		appendStringInfo(&lines, "%s%s %s, %s", lines.len > 0 ? "\n" : "", (*side)->method, (*side)->path, (*side)->purpose);
	return lines.data;
}

/* The scopes of all of them, some more than once. */
static char *
also_scopes(const Action *action, bool granular)
{
	StringInfoData scopes;

	initStringInfo(&scopes);
	for (const SideRequest *const *side = action->also; side && *side; side++)
		appendStringInfo(&scopes, "%s%s", scopes.len > 0 ? " " : "",
						 granular ? (*side)->granular_scopes : (*side)->classic_scopes);
	return scopes.data;
}

static void
put_action(ReturnSetInfo *result, Oid function)
{
	const Action *action = action_of(function);
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
		[ANY_SCOPE] = action->any_scope ? "true" : "false",
		[ALSO_REQUESTS] = also_lines(action),
		[ALSO_CLASSIC_SCOPES] = also_scopes(action, false),
		[ALSO_GRANULAR_SCOPES] = also_scopes(action, true),
		[DESCRIPTION] = GetComment(function, ProcedureRelationId, 0),
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

	sql_version_begin_rows(fcinfo, COLUMNS_OF_ACTION);
	foreach(cell, functions)
		put_action((ReturnSetInfo *) fcinfo->resultinfo, lfirst_oid(cell));
	return (Datum) 0;
}
