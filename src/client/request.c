/*
 * request.c
 *	  A request to Jira before it is sent.
 */
#include "postgres.h"

#include "lib/stringinfo.h"
#include "miscadmin.h"
#include "utils/memutils.h"

#include "client/request.h"
#include "http/url.h"
#include "utils/own.h"
#include "utils/quoted.h"

static bool refuses_writes = false;

json_t *
request_parameters(const Request *request)
{
	return strcmp(request->method, "GET") == 0 ? request->query : request->body;
}

Request *
request_make(const char *action, const char *method)
{
	MemoryContext context = AllocSetContextCreate(CurrentMemoryContext, "Jira request",
												  ALLOCSET_SMALL_SIZES);
	Request    *request = MemoryContextAllocZero(context, sizeof(Request));

	request->context = context;
	request->action = action;
	request->method = method;
	request->query = jira_json_object(context);
	return request;
}

Request *
request_copy(const Request *request)
{
	Request    *copy = request_make(request->action, request->method);
	MemoryContext context = copy->context;

	*copy = *request;
	copy->context = context;
	copy->query = jira_json_own(context, jira_json_made(json_copy(request->query)));
	if (request->body)
		copy->body = jira_json_own(context, jira_json_made(json_copy(request->body)));
	return copy;
}

void
request_refuse_writes(void)
{
	refuses_writes = true;
}

void
request_check(const Request *request, const Connection *connection)
{
	if (!request->writes)
		return;
	PreventCommandIfReadOnly(request->action);
	if (refuses_writes)
		ereport(ERROR,
				(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
				 errmsg("cannot execute %s while a result of the Jira outbox is put into its row", request->action),
				 errdetail("That may be repeated, and so would the request."),
				 errhint("Let the trigger call jira_enqueue when the row is inserted, or let it do without.")));
	if (InSecurityRestrictedOperation())
		ereport(ERROR,
				(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
				 errmsg("cannot execute %s within security-restricted operation",
						request->action)));
	connection_check_write(connection);
}

/* Below /rest/api/ and the version. */
static const char *const questions[] = {
	"changelog/bulkfetch", "comment/list", "expression/analyse", "expression/eval",
	"expression/evaluate", "issue/bulkfetch", "issue/watching", "jql/autocompletedata",
	"jql/match", "jql/parse", "jql/pdcleaner", "jql/sanitize", "permissions/check",
	"permissions/project", "search", "search/approximate-count", "search/jql", "worklog/list"
};

bool
request_only_reads(const char *method, const char *path)
{
	static const char *const roots[] = {"/rest/api/2/", "/rest/api/3/", "/rest/api/latest/"};

	if (strcmp(method, "GET") == 0)
		return true;
	if (strcmp(method, "POST") != 0)
		return false;
	for (int i = 0; i < lengthof(roots); i++)
		if (strncmp(path, roots[i], strlen(roots[i])) == 0)
			for (int j = 0; j < lengthof(questions); j++)
				if (strcmp(path + strlen(roots[i]), questions[j]) == 0)
					return true;
	return false;
}

char *
request_name(const Request *request)
{
	if (request->subject)
		return psprintf("%s of \"%s\"", request->action, quoted(request->subject));
	return pstrdup(request->action);
}

static void
append_escaped(StringInfo url, json_t *scalar)
{
	const char *text = json_is_string(scalar) ? json_string_value(scalar) : jira_json_text(scalar);
	char	   *escaped = jira_own(CurrentMemoryContext, url_escape(text), free);

	appendStringInfoString(url, escaped);
}

static void
append_parameter(StringInfo out, const char *name, json_t *value)
{
	appendStringInfo(out, "%s=", name);
	if (!json_is_array(value))
	{
		append_escaped(out, value);
		return;
	}
	for (size_t i = 0; i < json_array_size(value); i++)
	{
		if (i > 0)
			appendStringInfoChar(out, ',');
		append_escaped(out, json_array_get(value, i));
	}
}

char *
request_url(const Request *request, const char *base_url)
{
	StringInfoData url;
	const char *name;
	json_t	   *value;

	initStringInfo(&url);
	appendStringInfo(&url, "%s%s", base_url, request->path);
	json_object_foreach(request->query, name, value)
	{
		appendStringInfoChar(&url, strchr(url.data, '?') ? '&' : '?');
		append_parameter(&url, name, value);
	}
	return url.data;
}

char *
request_body(const Request *request)
{
	StringInfoData form;
	const char *name;
	json_t	   *value;

	if (!request->is_form)
		return request->body ? jira_json_text(request->body) : NULL;
	initStringInfo(&form);
	json_object_foreach(request->body, name, value)
	{
		if (form.len > 0)
			appendStringInfoChar(&form, '&');
		append_parameter(&form, name, value);
	}
	return form.data;
}

const char *
request_content_header(const Request *request)
{
	if (request->file)
		return "X-Atlassian-Token: no-check";
	if (request->is_form)
		return "Content-Type: application/x-www-form-urlencoded";
	if (request->body || strcmp(request->method, "POST") == 0 ||
		strcmp(request->method, "PUT") == 0)
		return "Content-Type: application/json";
	return "Content-Type:";
}
