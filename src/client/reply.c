/*
 * reply.c
 *	  From what came back for a request to the problem that SQL sees.
 */
#include "postgres.h"

#include <limits.h>

#include "lib/stringinfo.h"
#include "mb/pg_wchar.h"
#include "utils/memutils.h"
#include "utils/timestamp.h"

#include "client/quota.h"
#include "client/reply.h"
#include "json/value.h"
#include "utils/foreign_text.h"
#include "utils/redact.h"

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
	{401, 401, ERRCODE_INVALID_AUTHORIZATION_SPECIFICATION, NULL},
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

#define BYTE_ORDER_MARK "\xef\xbb\xbf"

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

int64
reply_time(HttpExchange *exchange)
{
	const char *date = http_header(exchange, "Date");
	int64		seconds = date ? http_date(date) : -1;

	return seconds < 0 ? -1 : seconds * 1000;
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

/* That of "application/json; charset=ISO-8859-1"; PG_UTF8 if none is named that the server knows. */
static int
named_encoding(const char *content_type)
{
	const char *name = strcasestr(content_type, "charset=");
	int			encoding;

	if (name == NULL)
		return PG_UTF8;
	name += strlen("charset=");
	name += *name == '"';
	encoding = pg_char_to_encoding(pnstrdup(name, strcspn(name, "\"; ")));
	return encoding < 0 ? PG_UTF8 : encoding;
}

const char *
reply_text(HttpExchange *exchange, size_t *length)
{
	const HttpReply *reply = http_reply(exchange);
	const char *text = reply->body;
	int			encoding = named_encoding(header_or_empty(exchange, "Content-Type"));

	*length = reply->length;
	if (encoding != PG_UTF8 && *length <= INT_MAX && *length > 0 &&
		!pg_verify_mbstr(PG_UTF8, text, (int) *length, true))
	{
		text = (const char *) pg_do_encoding_conversion((unsigned char *) text, (int) *length, encoding, PG_UTF8);
		*length = strlen(text);
	}
	if (*length >= strlen(BYTE_ORDER_MARK) && strncmp(text, BYTE_ORDER_MARK, strlen(BYTE_ORDER_MARK)) == 0)
	{
		text += strlen(BYTE_ORDER_MARK);
		*length -= strlen(BYTE_ORDER_MARK);
	}
	return text;
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

Problem *
reply_contradictory(const Request *request, char *detail)
{
	return problem_make(ERRCODE_PROTOCOL_VIOLATION,
						psprintf("Jira's reply to %s is not what it should be", request_name(request)),
						detail,
						"Retry the query: the list may have changed while it was read. If that does not help, look for a proxy before Jira that changes requests or keeps replies.");
}

Problem *
reply_repeated(const Request *request, const char *rows)
{
	return reply_contradictory(request, psprintf("The same %s came again when further ones were asked for.", rows));
}

Problem *
reply_unreadable(const Request *request, const JsonProblem *problem)
{
	if (problem->hint == NULL)
		return reply_malformed(request, problem->detail);
	return problem_make(ERRCODE_PROGRAM_LIMIT_EXCEEDED,
						psprintf("%s failed: the reply of Jira is too large", request_name(request)),
						problem->detail, problem->hint);
}

/* "Severity (customfield_10032): ", or the id alone if the name is not known. */
static void
append_field(StringInfo out, const char *id, json_t *names)
{
	json_t	   *name = json_object_get(names, id);
	char	   *shown = foreign_text(id, strlen(id), MAX_QUOTED);

	if (name)
		appendStringInfo(out, "%s (%s): ", foreign_text(json_string_value(name), json_string_length(name), MAX_QUOTED),
						 shown);
	else
		appendStringInfo(out, "%s: ", shown);
}

/* "field" is the id of the field that the sentence is about, or NULL. */
static void
append_sentence(StringInfo out, const char *field, json_t *names, json_t *value)
{
	const char *text;
	size_t		length;

	if (out->len >= MAX_QUOTED || (json_is_string(value) && json_string_length(value) == 0))
		return;
	text = json_is_string(value) ? json_string_value(value) : jira_json_text(value);
	length = json_is_string(value) ? json_string_length(value) : strlen(text);
	if (out->len > 0)
		appendStringInfoChar(out, ' ');
	if (field)
		append_field(out, field, names);
	appendStringInfoString(out, foreign_text(text, length, MAX_QUOTED));
}

/*
 * Jira's words.  The platform says {"errorMessages": [...], "errors": {field:
 * ...}}, the gateway {"code": ..., "message": ...}, Data Center's audit API an
 * array of such objects, OAuth {"error": ..., "error_description": ...}.
 */
static void
append_words(StringInfo out, json_t *document, json_t *names)
{
	static const char *const members[] = {"message", "error_description", "error", "errorMessage"};
	json_t	   *element;
	size_t		i;
	const char *field;

	if (json_is_array(document))
	{
		json_array_foreach(document, i, element)
		{
			append_words(out, element, names);
		}
		return;
	}
	json_array_foreach(json_object_get(document, "errorMessages"), i, element)
	{
		append_sentence(out, NULL, NULL, element);
	}
	json_object_foreach(json_object_get(document, "errors"), field, element)
	{
		append_sentence(out, field, names, element);
	}
	if (json_is_array(json_object_get(document, "errors")))
		append_words(out, json_object_get(document, "errors"), names);
	for (i = 0; i < lengthof(members) && out->len == 0; i++)
		if (json_object_get(document, members[i]))
			append_sentence(out, NULL, NULL, json_object_get(document, members[i]));
}

char *
reply_error_text(json_t *document, json_t *names)
{
	StringInfoData words;

	initStringInfo(&words);
	append_words(&words, document, names);
	return words.data;
}

/* The text with the characters that XML and HTML must escape; in place. */
static void
undo_escapes(char *text)
{
	static const struct
	{
		const char *name;
		char		character;
	}			escapes[] = {{"&lt;", '<'}, {"&gt;", '>'}, {"&quot;", '"'}, {"&apos;", '\''}, {"&#39;", '\''}, {"&amp;", '&'}};
	char	   *out = text;

	while (*text)
	{
		size_t		length = 1;
		char		character = *text;

		for (int i = 0; character == '&' && i < lengthof(escapes); i++)
			if (strncmp(text, escapes[i].name, strlen(escapes[i].name)) == 0)
			{
				length = strlen(escapes[i].name);
				*out = escapes[i].character;
			}
		if (length == 1)
			*out = character;
		out++;
		text += length;
	}
	*out = '\0';
}

/* The text of the first element of this name ("<title") in HTML or XML, or NULL. */
static char *
element_text(const char *body, const char *name)
{
	const char *start = strcasestr(body, name);
	const char *end;
	char	   *text;

	if (start == NULL || (start = strchr(start, '>')) == NULL)
		return NULL;
	end = strchr(++start, '<');
	if (end == NULL)
		return NULL;
	text = foreign_text(start, end - start, MAX_QUOTED);
	undo_escapes(text);
	(void) redact_text(text, strlen(text)); /* it may have been escaped twice */
	return text;
}

/* Proxies call their pages what they like. */
static bool
is_markup(const HttpReply *reply, const char *content_type)
{
	return (content_type && strcasestr(content_type, "html")) ||
		reply->body[strspn(reply->body, " \t\r\n")] == '<';
}

/* Data Center says some errors in XML: <status><message>...</message></status>. */
static char *
markup_words(const HttpReply *reply)
{
	char	   *message = element_text(reply->body, "<message>");
	char	   *title = element_text(reply->body, "<title");

	return message ? message : psprintf("An HTML page came instead of JSON%s%s.",
										title ? ", titled: " : "", title ? title : "");
}

/* Is this the usual form of an error, with nothing in it? */
static bool
says_nothing(json_t *document)
{
	const char *name;
	json_t	   *member;

	json_object_foreach(document, name, member)
	{
		bool		is_empty = json_is_array(member) ? json_array_size(member) == 0
		: json_is_object(member) ? json_object_size(member) == 0
		: json_is_string(member) ? json_string_length(member) == 0
		: json_is_null(member) || json_is_integer(member);

		if (!is_empty)
			return false;
	}
	return json_is_object(document);
}

static char *
reply_words(const Request *request, HttpExchange *exchange, const char *content_type, uint64 most)
{
	const HttpReply *reply = http_reply(exchange);
	const char *text;
	size_t		length;
	StringInfoData words;
	MemoryContext own;
	JsonProblem problem;
	json_t	   *document;
	bool		silent;

	if (reply->length > 0 && is_markup(reply, content_type))
		return markup_words(reply);
	initStringInfo(&words);
	if (reply->length == 0)
		return words.data;
	own = AllocSetContextCreate(CurrentMemoryContext, "Jira words", ALLOCSET_SMALL_SIZES);
	text = reply_text(exchange, &length);
	document = jira_json_read(own, text, length, most, &problem);
	if (document)
		append_words(&words, document, request->field_names);
	silent = says_nothing(document);
	MemoryContextDelete(own);
	if (words.len == 0 && !silent)
		appendStringInfoString(&words, foreign_text(text, length, MAX_QUOTED));
	return words.data;
}

/*
 * Has the administrator turned off names with passwords?  Data Center 11 begins
 * so, and Cloud wants API tokens.
 */
bool
reply_basic_is_off(HttpExchange *exchange)
{
	const HttpReply *reply = http_reply(exchange);
	static const char *const verbs[] = {"disabled", "deprecated", "not allowed"};

	if ((reply->status != 401 && reply->status != 403) || reply->body == NULL ||
		reply_caller(exchange) == CALLER_LOCKED_OUT || strcasestr(reply->body, "basic auth") == NULL)
		return false;
	for (int i = 0; i < lengthof(verbs); i++)
		if (strcasestr(reply->body, verbs[i]))
			return true;
	return false;
}

static const char *
token_hint(const Connection *connection)
{
	return connection->deployment == CLOUD ? "Store an API token as the secret of this connection."
		: "Use a personal access token instead of the password: store one with jira_alter_connection(..., auth => 'bearer').";
}

/* Of a sign-in that was not accepted these headers may be the only trace. */
static Problem *
sign_in_problem(const Request *request, const Connection *connection, HttpExchange *exchange)
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
								psprintf("%s failed: Jira did not accept %s", request_name(request),
										 strcmp(connection->auth, "basic") == 0 ? "the user name or the secret" : "the token"),
								NULL,
								connection_sign_in_hint(connection));
		default:
			return NULL;
	}
}

static Problem *
redirect_problem(const Request *request, const Connection *connection, HttpExchange *exchange, int status)
{
	const char *location = header_or_empty(exchange, "Location");
	char	   *detail = psprintf("It points to %s.", foreign_text(location, strcspn(location, "?#"), MAX_QUOTED));
	bool		login = strcasestr(location, "login") != NULL;

	return problem_make(login ? ERRCODE_INVALID_AUTHORIZATION_SPECIFICATION : ERRCODE_PROTOCOL_VIOLATION,
						psprintf("Jira answered %s with a redirect (%d)%s", request_name(request), status,
								 login ? " to a page to log in" : ""),
						detail,
						login ? connection_sign_in_hint(connection)
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

	if (scopes && request->scopes_purpose)
		scopes = psprintf("%s, %s", scopes, request->scopes_purpose);
	if (reply_lacks_scope(status, words))
		return psprintf("The credential is right, but its token lacks a scope: %s needs %s.", request->action,
						scopes ? scopes : psprintf("those that jira_required_scopes(ARRAY['%s']) lists",
												   request->action));
	if (status == 403 && scopes)
		return psprintf("%s Its token needs %s.", hint, scopes);
	return hint;
}

static char *
add_sentence(char *words, char *sentence)
{
	size_t		length = strlen(words);

	if (length == 0)
		return sentence;
	return psprintf("%s%s %s", words, strchr(".!?", words[length - 1]) ? "" : ".", sentence);
}

/* How long Jira asks us to stay away: in seconds, or until a time. */
static char *
add_delay(char *words, HttpExchange *exchange)
{
	const char *delay = http_header(exchange, "Retry-After");
	TimestampTz reset = http_reply(exchange)->status == 429 ? quota_reset(exchange, GetCurrentTimestamp()) : 0;
	char	   *shown = delay ? foreign_text(delay, strlen(delay), MAX_QUOTED) : NULL;

	if (delay && strspn(delay, "0123456789") == strlen(delay))
		words = add_sentence(words, psprintf("Jira asks to wait %s seconds.", shown));
	else if (delay)
		words = add_sentence(words, psprintf("Jira asks to wait until %s.", shown));
	else if (reset)
		words = add_sentence(words, psprintf("The limit is lifted at %s.", timestamptz_to_str(reset - reset % USECS_PER_SEC)));
	return words;
}

/* Which limit was reached. */
static char *
add_reason(char *words, HttpExchange *exchange)
{
	const char *reason = quota_reason(exchange);

	if (http_reply(exchange)->status != 429 || reason == NULL)
		return words;
	return add_sentence(words, psprintf("Jira gives the reason \"%s\".", foreign_text(reason, strlen(reason), MAX_QUOTED)));
}

static const char *
limit_hint(HttpExchange *exchange, const char *hint)
{
	const char *reason = quota_reason(exchange);

	if (quota_is_of_app(reason))
		return "The quota of this app for the hour is used up, by all who use the app; API tokens have no such quota. Ask for less, or try again then.";
	if (quota_is_of_issue(reason))
		return "Jira takes 20 writes in 2 seconds, and 100 in 30 seconds, to one issue.";
	return hint;
}

/* By what Jira's administrator finds the request in the log. */
static char *
add_request_id(char *words, HttpExchange *exchange)
{
	static const char *const headers[] = {"atl-traceid", "X-AREQUESTID", "X-Request-Id"};
	const char *id = NULL;

	for (int i = 0; i < lengthof(headers) && id == NULL; i++)
		id = http_header(exchange, headers[i]);
	if (http_reply(exchange)->status < 500 || id == NULL || id[0] == '\0')
		return words;
	return add_sentence(words[0] ? words : pstrdup("Jira gives no reason."),
						psprintf("The id of the request is \"%s\".", foreign_text(id, strlen(id), MAX_QUOTED)));
}

/* The user may not know it: it may be that of a view. */
static char *
add_jql(char *words, const Request *request)
{
	json_t	   *jql = json_object_get(request->query, "jql");

	if (jql == NULL)
		jql = json_object_get(request->body, "jql");
	if (!json_is_string(jql))
		return words;
	return add_sentence(words, psprintf("The JQL is: %s",
										foreign_text(json_string_value(jql), json_string_length(jql), MAX_QUOTED)));
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

/* Is a conflict one with something that is there already, not with somebody else's change? */
static bool
is_duplicate(const Request *request, int status, const char *words)
{
	return status == 409 && strcmp(request->method, "POST") == 0 &&
		(request->creates || strcasestr(words, "already exist"));
}

/* What a refusal means here, beyond its status. */
static void
refine_meaning(const Request *request, const Connection *connection, HttpExchange *exchange,
			   const char *words, int *sqlstate, const char **hint)
{
	int			status = http_reply(exchange)->status;

	if (status == 401 && *sqlstate == ERRCODE_INVALID_AUTHORIZATION_SPECIFICATION)
		*hint = connection_sign_in_hint(connection);
	else if (status == 429)
		*hint = limit_hint(exchange, *hint);
	else if (is_duplicate(request, status, words))
	{
		*sqlstate = ERRCODE_UNIQUE_VIOLATION;
		*hint = "Jira has something already that this one conflicts with: look it up, or choose another name.";
	}
	/* A list has nobody to be in conflict with, but Cloud gives up early. */
	else if (status == 409 && json_object_get(request->query, "maxResults"))
		*hint = "It may have taken Jira too long: lower jira_spoke.page_size, or try again.";
	*hint = scope_hint(request, status, words, *hint);
	if (reply_basic_is_off(exchange))
	{
		*sqlstate = ERRCODE_INVALID_AUTHORIZATION_SPECIFICATION;
		*hint = token_hint(connection);
	}
	if (request->assumed && strstr(words, request->assumed))
		*hint = request->assumed_hint;
}

static Problem *
status_problem(const Request *request, const Connection *connection, HttpExchange *exchange,
			   const char *content_type, uint64 most)
{
	const HttpReply *reply = http_reply(exchange);
	int			sqlstate;
	const char *hint;
	char	   *words = reply_words(request, exchange, content_type, most);

	reply_status_meaning(meant_status(exchange), &sqlstate, &hint);
	refine_meaning(request, connection, exchange, words, &sqlstate, &hint);
	words = add_request_id(add_delay(add_reason(words, exchange), exchange), exchange);
	if (reply->status == 400)
		words = add_jql(words, request);
	return problem_make(sqlstate,
						psprintf("Jira answered %d to %s", reply->status, request_name(request)),
						words, hint);
}

Problem *
reply_problem(const Request *request, const Connection *connection, HttpExchange *exchange, uint64 most)
{
	const HttpReply *reply = http_reply(exchange);
	const char *content_type = http_header(exchange, "Content-Type");
	Problem    *problem = reply_basic_is_off(exchange) ? NULL : sign_in_problem(request, connection, exchange);

	if (problem)
		return problem;
	if (reply->status >= 300 && reply->status < 400)
		return redirect_problem(request, connection, exchange, reply->status);
	if (reply->status < 200 || reply->status >= 300)
		return status_problem(request, connection, exchange, content_type, most);
	if (!request->fetches_file &&
		reply->length > 0 && content_type && strcasestr(content_type, "json") == NULL)
		return reply_malformed(request, content_type && strcasestr(content_type, "html")
							   ? reply_words(request, exchange, "html", most)
							   : psprintf("Its content type is \"%s\" instead of JSON.",
										  foreign_text(content_type, strlen(content_type), MAX_QUOTED)));
	return NULL;
}
