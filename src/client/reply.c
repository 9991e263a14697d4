/*
 * reply.c
 *	  From what came back for a request to the problem that SQL sees.
 */
#include "postgres.h"

#include "lib/stringinfo.h"
#include "utils/memutils.h"

#include "client/reply.h"
#include "json/value.h"
#include "utils/foreign_text.h"

/* The gateway's words when a token lacks a scope. */
#define SCOPE_REFUSAL "scope does not match"

typedef struct StatusMeaning
{
	int			first;			/* range of HTTP statuses */
	int			last;
	int			sqlstate;
	const char *hint;
} StatusMeaning;

/* What the HTTP statuses of refusals mean in SQL; the first match wins. */
/* clang-format off */
static const StatusMeaning meanings[] = {
	{300, 399, ERRCODE_PROTOCOL_VIOLATION, "Check the URL of this connection; redirects are not followed."},
	{400, 400, ERRCODE_INVALID_PARAMETER_VALUE, NULL},
	{401, 401, ERRCODE_INVALID_AUTHORIZATION_SPECIFICATION, "Check the user name and the secret of this connection."},
	{403, 403, ERRCODE_INSUFFICIENT_PRIVILEGE, "The Jira account of this connection needs the permission."},
	{404, 404, ERRCODE_NO_DATA_FOUND, "It does not exist, or the Jira account of this connection may not see it."},
	{405, 405, ERRCODE_FEATURE_NOT_SUPPORTED, NULL},
	{407, 407, ERRCODE_SQLCLIENT_UNABLE_TO_ESTABLISH_SQLCONNECTION, NULL},
	{408, 408, ERRCODE_CONNECTION_FAILURE, NULL},
	{409, 409, ERRCODE_T_R_SERIALIZATION_FAILURE, "Somebody else changed it at the same time; try again."},
	{410, 410, ERRCODE_FEATURE_NOT_SUPPORTED, "Check the server type of this connection."},
	{413, 413, ERRCODE_PROGRAM_LIMIT_EXCEEDED, NULL},
	{414, 414, ERRCODE_PROGRAM_LIMIT_EXCEEDED, NULL},
	{415, 415, ERRCODE_FEATURE_NOT_SUPPORTED, NULL},
	{429, 429, ERRCODE_CONFIGURATION_LIMIT_EXCEEDED, "Ask less often, or raise jira_spoke.max_retries and jira_spoke.max_wait."},
	{400, 499, ERRCODE_INVALID_PARAMETER_VALUE, NULL},
	{502, 504, ERRCODE_CONNECTION_FAILURE, "Jira or a proxy before it is not available now."},
	{500, 599, ERRCODE_SYSTEM_ERROR, NULL},
	{0, 0, ERRCODE_PROTOCOL_VIOLATION, NULL},
};
/* clang-format on */

static const char *
header_or_empty(HttpExchange *exchange, const char *name)
{
	const char *value = http_header(exchange, name);

	return value ? value : "";
}

Caller
reply_caller(HttpExchange *exchange)
{
	const char *reason = header_or_empty(exchange, "X-Seraph-LoginReason");
	const char *denied = header_or_empty(exchange, "X-Authentication-Denied-Reason");
	const char *name = header_or_empty(exchange, "X-AUSERNAME");

	if (strcasestr(denied, "CAPTCHA") || strcasestr(reason, "AUTHENTICATION_DENIED"))
		return CALLER_LOCKED_OUT;
	if (strcasestr(reason, "AUTHENTICATED_FAILED") || strcmp(name, "anonymous") == 0)
		return CALLER_REJECTED;
	return name[0] || header_or_empty(exchange, "X-AAccountId")[0] ? CALLER_KNOWN : CALLER_UNTOLD;
}

void
reply_status_meaning(int status, int *sqlstate, const char **hint)
{
	const StatusMeaning *meaning = meanings;

	while (meaning->first != 0 && (status < meaning->first || status > meaning->last))
		meaning++;
	*sqlstate = meaning->sqlstate;
	*hint = meaning->hint;
}

Problem *
reply_malformed(const Request *request, char *detail)
{
	return problem_make(ERRCODE_PROTOCOL_VIOLATION,
						psprintf("Jira's reply to %s is not what it should be", request_name(request)),
						detail,
						request->writes ? "It was probably carried out: look in Jira before you repeat it."
						: "Check that the URL and the server type of this connection are those of a Jira.");
}

static void
append_sentence(StringInfo out, const char *prefix, json_t *value)
{
	const char *text;
	size_t		length;

	if (out->len >= MAX_QUOTED || (json_is_string(value) && json_string_length(value) == 0))
		return;
	text = json_is_string(value) ? json_string_value(value) : jira_json_text(value);
	length = json_is_string(value) ? json_string_length(value) : strlen(text);
	if (out->len > 0)
		appendStringInfoChar(out, ' ');
	if (prefix)
		appendStringInfo(out, "%s: ", foreign_text(prefix, strlen(prefix), MAX_QUOTED));
	appendStringInfoString(out, foreign_text(text, length, MAX_QUOTED));
}

/*
 * Jira's words.  The platform says {"errorMessages": [...], "errors": {field:
 * ...}}, the gateway {"code": ..., "message": ...}, Data Center's audit API an
 * array of such objects, OAuth {"error": ..., "error_description": ...}.
 */
static void
append_words(StringInfo out, json_t *document)
{
	static const char *const members[] = {"message", "error_description", "error", "errorMessage"};
	json_t	   *element;
	size_t		i;
	const char *field;

	if (json_is_array(document))
	{
		json_array_foreach(document, i, element)
		{
			append_words(out, element);
		}
		return;
	}
	json_array_foreach(json_object_get(document, "errorMessages"), i, element)
	{
		append_sentence(out, NULL, element);
	}
	json_object_foreach(json_object_get(document, "errors"), field, element)
	{
		append_sentence(out, field, element);
	}
	if (json_is_array(json_object_get(document, "errors")))
		append_words(out, json_object_get(document, "errors"));
	for (i = 0; i < lengthof(members) && out->len == 0; i++)
		if (json_object_get(document, members[i]))
			append_sentence(out, NULL, json_object_get(document, members[i]));
}

char *
reply_error_text(json_t *document)
{
	StringInfoData words;

	initStringInfo(&words);
	append_words(&words, document);
	return words.data;
}

/* The title of an HTML page, or NULL. */
static char *
page_title(const char *body)
{
	const char *start = strcasestr(body, "<title");
	const char *end;

	if (start == NULL || (start = strchr(start, '>')) == NULL)
		return NULL;
	end = strchr(++start, '<');
	return end ? foreign_text(start, end - start, MAX_QUOTED) : NULL;
}

/* Proxies call their pages what they like. */
static bool
is_page(const HttpReply *reply, const char *content_type)
{
	return (content_type && strcasestr(content_type, "html")) ||
		reply->body[strspn(reply->body, " \t\r\n")] == '<';
}

static char *
reply_words(const HttpReply *reply, const char *content_type, uint64 most)
{
	StringInfoData words;
	MemoryContext own;
	JsonProblem problem;
	json_t	   *document;

	initStringInfo(&words);
	if (reply->length == 0)
		return words.data;
	if (is_page(reply, content_type))
	{
		char	   *title = page_title(reply->body);

		return psprintf("An HTML page came instead of JSON%s%s.",
						title ? ", titled: " : "", title ? title : "");
	}
	own = AllocSetContextCreate(CurrentMemoryContext, "Jira words", ALLOCSET_SMALL_SIZES);
	document = jira_json_read(own, reply->body, reply->length, most, &problem);
	if (document)
		append_words(&words, document);
	MemoryContextDelete(own);
	if (words.len == 0)
		appendStringInfoString(&words, foreign_text(reply->body, reply->length, MAX_QUOTED));
	return words.data;
}

/* Of a sign-in that was not accepted these headers may be the only trace. */
static Problem *
sign_in_problem(const Request *request, HttpExchange *exchange)
{
	switch (reply_caller(exchange))
	{
		case CALLER_LOCKED_OUT:
			return problem_make(ERRCODE_INVALID_AUTHORIZATION_SPECIFICATION,
								psprintf("%s failed: Jira wants a CAPTCHA to be solved", request_name(request)),
								NULL,
								"Log in to Jira with a browser as this account, then call jira_test_connection.");
		case CALLER_REJECTED:
			return problem_make(ERRCODE_INVALID_AUTHORIZATION_SPECIFICATION,
								psprintf("%s failed: Jira did not accept the user name or the secret",
										 request_name(request)),
								NULL,
								"Check the user name and the secret of this connection.");
		default:
			return NULL;
	}
}

static Problem *
redirect_problem(const Request *request, HttpExchange *exchange, int status)
{
	const char *location = header_or_empty(exchange, "Location");
	char	   *detail = psprintf("It points to %s.", foreign_text(location, strcspn(location, "?#"), MAX_QUOTED));
	bool		login = strcasestr(location, "login") != NULL;

	return problem_make(login ? ERRCODE_INVALID_AUTHORIZATION_SPECIFICATION : ERRCODE_PROTOCOL_VIOLATION,
						psprintf("Jira answered %s with a redirect (%d)%s", request_name(request), status,
								 login ? " to a page to log in" : ""),
						detail,
						login ? "Check the user name and the secret of this connection."
						: "Check the URL of this connection; redirects are not followed.");
}

/* "the scope a or the scopes b, c", NULL if none are known. */
static char *
wanted_scopes(const Request *request)
{
	const char *const lists[] = {request->classic_scopes, request->granular_scopes};
	StringInfoData words;

	initStringInfo(&words);
	for (int i = 0; i < lengthof(lists); i++)
	{
		if (lists[i] == NULL)
			continue;
		appendStringInfo(&words, "%sthe scope%s ", words.len > 0 ? ", or " : "",
						 strchr(lists[i], ' ') ? "s" : "");
		for (const char *c = lists[i]; *c; c++)
			if (*c == ' ')
				appendStringInfoString(&words, ", ");
			else
				appendStringInfoChar(&words, *c);
	}
	return words.len > 0 ? words.data : NULL;
}

bool
reply_lacks_scope(int status, const char *words)
{
	return status == 401 && words && strstr(words, SCOPE_REFUSAL) != NULL;
}

/* What else a refusal of a token with scopes may be for. */
static const char *
scope_hint(const Request *request, int status, const char *words, const char *hint)
{
	char	   *scopes = wanted_scopes(request);

	if (reply_lacks_scope(status, words))
		return psprintf("The credential is right, but its token lacks a scope: %s needs %s.", request->action,
						scopes ? scopes : psprintf("those that jira_required_scopes(ARRAY['%s']) lists",
												   request->action));
	if (status == 403 && scopes)
		return psprintf("%s Its token needs %s.", hint, scopes);
	return hint;
}

/* How long Jira asks us to stay away: in seconds, or as a date. */
static char *
add_delay(char *words, HttpExchange *exchange)
{
	const char *delay = http_header(exchange, "Retry-After");
	bool		seconds;

	if (delay == NULL)
		return words;
	seconds = strspn(delay, "0123456789") == strlen(delay);
	return psprintf("%s%sJira asks to wait %s%s%s.", words, words[0] ? " " : "",
					seconds ? "" : "until ", foreign_text(delay, strlen(delay), MAX_QUOTED),
					seconds ? " seconds" : "");
}

/*
 * Server says 401, too, where it knows the caller, who lacks a permission;
 * anonymous ones do not come this far.
 */
static int
meant_status(HttpExchange *exchange)
{
	int			status = http_reply(exchange)->status;

	return status == 401 && header_or_empty(exchange, "X-AUSERNAME")[0] ? 403 : status;
}

static Problem *
status_problem(const Request *request, HttpExchange *exchange, const char *content_type, uint64 most)
{
	const HttpReply *reply = http_reply(exchange);
	int			sqlstate;
	const char *hint;
	char	   *words = reply_words(reply, content_type, most);

	reply_status_meaning(meant_status(exchange), &sqlstate, &hint);
	/* A list has nobody to be in conflict with, but Cloud gives up early. */
	if (reply->status == 409 && json_object_get(request->query, "maxResults"))
		hint = "It may have taken Jira too long: lower jira_spoke.page_size, or try again.";
	hint = scope_hint(request, reply->status, words, hint);
	if (request->assumed && strstr(words, request->assumed))
		hint = request->assumed_hint;
	return problem_make(sqlstate,
						psprintf("Jira answered %d to %s", reply->status, request_name(request)),
						add_delay(words, exchange), hint);
}

Problem *
reply_problem(const Request *request, HttpExchange *exchange, uint64 most)
{
	const HttpReply *reply = http_reply(exchange);
	const char *content_type = http_header(exchange, "Content-Type");
	Problem    *problem = sign_in_problem(request, exchange);

	if (problem)
		return problem;
	if (reply->status >= 300 && reply->status < 400)
		return redirect_problem(request, exchange, reply->status);
	if (reply->status < 200 || reply->status >= 300)
		return status_problem(request, exchange, content_type, most);
	if (!request->fetches_file &&
		reply->length > 0 && content_type && strcasestr(content_type, "json") == NULL)
		return reply_malformed(request, content_type && strcasestr(content_type, "html")
							   ? reply_words(reply, "html", most)
							   : psprintf("Its content type is \"%s\" instead of JSON.",
										  foreign_text(content_type, strlen(content_type), MAX_QUOTED)));
	return NULL;
}
