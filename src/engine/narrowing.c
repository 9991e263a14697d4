/*
 * narrowing.c
 *	  The next search, after one for fewer issues than the JQL of the call finds.
 */
#include "postgres.h"

#include "engine/narrowing.h"

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
	if (jql[0] != '\0')
		json_object_set_new(request_parameters(request), "jql", jira_json_made(json_string(jql)));
	else
		json_object_del(request_parameters(request), "jql");
	return true;
}
