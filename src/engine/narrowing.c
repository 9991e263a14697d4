/*
 * narrowing.c
 *	  The next search, after one for fewer issues than the JQL of the call finds.
 */
#include "postgres.h"

#include "engine/narrowing.h"

void
narrowing_put(const Narrowing *narrowing, json_t *parameters, const char *jql)
{
	if (jql[0] != '\0')
		json_object_set_new(parameters, "jql", jira_json_made(json_string(jql)));
	else
		json_object_del(parameters, "jql");
	if (narrowing->lenient && narrowing->result == NARROWED)
		json_object_set_new(parameters, "validateQuery", json_false());
	else
		json_object_del(parameters, "validateQuery");
}

bool
narrowing_ask_again(Narrowing *narrowing, Client *client, NarrowingCause cause, const char *own, Request *request)
{
	const char *jql = own;
	char	   *narrower;

	if (narrowing->result != NARROWED)
		return false;
	narrowing->result = narrowing->next(narrowing, client, cause, own, &narrower);
	if (narrowing->result == NO_ROWS)
		return false;
	if (narrowing->result == NARROWED)
		jql = narrower;
	narrowing_put(narrowing, request_parameters(request), jql);
	return true;
}
