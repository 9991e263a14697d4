/*
 * webhook.c
 *	  Webhook management, by three APIs: one of administrators on Cloud and on
 *	  Server up to 9, another one on Data Center from 10 on, and on Cloud a third
 *	  for OAuth apps.
 */
#include "postgres.h"

#include "lib/stringinfo.h"

#include "engine/build_request.h"
#include "json/value.h"
#include "utils/foreign_text.h"
#include "utils/quoted.h"

#define ADMIN_API "/rest/webhooks/1.0/webhook"
#define DATA_CENTER_API "/rest/jira-webhook/1.0/webhooks"
#define APP_API REST("webhook")

/* The first major version of Data Center with a REST API for webhooks of its own. */
#define MOVED_IN 10

/* The member with the JQL that filters issue events; Jira filters no other events. */
#define FILTER "filters.issue-related-events-section"

/* The same on Data Center from 10 on, which ignores the other member.  Not all versions do. */
#define CONFIGURATION "configuration"
#define FILTERS_OPTION CONFIGURATION ".FILTERS"

/* Jira deletes the webhooks of apps after 30 days, unless they are renewed. */
#define RENEWED_BY "jira_refresh_webhooks"
#define RENEWED_AFTER 20

/* The members of a webhook in the registration by an app. */
#define REGISTRATION "webhookRegistrationResult.0"

/* The id of a webhook made by an administrator is only in the member "self". */
static json_t *
decode_id(json_t *value, const Connection *connection)
{
	const char *slash = json_is_string(value) ? strrchr(json_string_value(value), '/') : NULL;

	return slash ? jira_json_made(json_string(slash + 1)) : json_incref(value);
}

static const Codec webhook_id = {.decode = decode_id};

static void
look_up_as_app(Invocation *call)
{
	side_request_mark(call->request, call->client->connection, &side_request_webhooks);
}

/* A webhook as Jira shows it, but for its secret. */
static json_t *
hide_secret(json_t *webhook, const Connection *connection)
{
	json_t	   *shown = jira_json_made(json_copy(webhook));
	json_t	   *configuration = json_object_get(shown, CONFIGURATION);

	if (json_object_get(configuration, "SECRET"))
	{
		configuration = jira_json_made(json_copy(configuration));
		json_object_del(configuration, "SECRET");
		json_object_set_new(shown, CONFIGURATION, configuration);
	}
	json_object_del(shown, "secret");
	return shown;
}

static const Codec without_secret = {.decode = hide_secret};

/* INDENT OFF */
JIRA_ACTION(jira_lookup_webhooks,
	.category = "Webhook Management",
	.title = "Look up Webhooks",
	.limits = NOT_SCOPED,
	.also = ALSO(&side_request_webhooks),
	.on = {
		[CLOUD] = {GET, ADMIN_API, "", .sign_in = WITHOUT_OAUTH,
			.otherwise = OTHERWISE(GET, APP_API, "values", BY_OFFSET, .prepare = look_up_as_app)},
		[SERVER] = {GET, ADMIN_API, "", .last_version = MOVED_IN - 1,
			.otherwise = OTHERWISE(GET, DATA_CENTER_API "?limit=1000", "", .cuts = CUT_AT(1000))},
	},
	.arguments = NO_ARGUMENTS,
	.columns = COLUMNS(
		{"id", BOTH("id|self"), &webhook_id},
		{"name", BOTH("name")},
		{"url", BOTH("url")},
		{"events", BOTH("events")},
		{"jql", {FILTER "|jqlFilter", FILTERS_OPTION "|" FILTER}},
		{"enabled", BOTH("enabled|active")},
		{"expires", {"expirationDate", NULL}},
		{"raw", BOTH(""), &without_secret}));
/* INDENT ON */

/* Moves a member of the body, if it is there. */
static void
move_member(Request *request, const char *from, const char *to)
{
	json_t	   *value = json_object_get(request->body, from);

	if (value == NULL)
		return;
	jira_json_put(request->body, to, json_incref(value));
	json_object_del(request->body, from);
}

/* The JQL of a webhook, NULL if it has none. */
static const char *
filter_of(json_t *webhook)
{
	static const char *const paths[] = {FILTERS_OPTION, FILTER};

	for (int i = 0; i < lengthof(paths); i++)
	{
		json_t	   *jql = jira_json_own(CurrentMemoryContext, jira_json_get_or_null(webhook, paths[i]));

		if (json_string_length(jql) > 0)
			return json_string_value(jql);
	}
	return NULL;
}

/* Puts the JQL into both members, for the versions that look for it in one of them. */
static void
put_filter(Request *request, const char *jql)
{
	if (jql == NULL)
		return;
	json_object_del(json_object_get(request->body, CONFIGURATION), "FILTERS");
	jira_json_put(request->body, FILTERS_OPTION, jira_json_made(json_string(jql)));
	if (json_object_get(request->body, "filters") == NULL)
		jira_json_put(request->body, FILTER, jira_json_made(json_string(jql)));
}

static void
name_as_data_center(Invocation *call)
{
	Request    *request = call->request;

	move_member(request, "secret", CONFIGURATION ".SECRET");
	if (json_is_true(json_object_get(request->body, "excludeBody")))
		jira_json_put(request->body, CONFIGURATION ".EXCLUDE_BODY", json_string("true"));
	put_filter(request, filter_of(request->body));
}

static void
raise_without_filter(const Request *request, const char *webhook, bool removed)
{
	ereport(ERROR,
			(errcode(ERRCODE_PROTOCOL_VIOLATION),
			 errmsg("Jira did not take the JQL of webhook \"%s\"", quoted(webhook)),
			 removed ? errdetail("Without it the webhook would get the events of all issues. It was removed again.")
			 : errdetail("The webhook gets the events of all issues."),
			 removed ? 0 : errhint("Remove it with jira_unsubscribe_webhook, or set the JQL in Jira's administration.")));
}

/*
 * Data Center ignores a filter that stands where it does not look, and says
 * nothing: the webhook is read back.  A new one without its filter is removed.
 */
static void
confirm_filter(Client *client, const Request *request, json_t *document)
{
	bool		created = strcmp(request->method, POST) == 0;
	const char *wanted = filter_of(request->body);
	Request    *question;
	Problem    *problem;
	json_t	   *webhook;
	const char *found;

	if (wanted == NULL)
		return;
	question = request_make(request->action, GET);
	question->subject = created ? jira_json_text(json_object_get(document, "id")) : request->subject;
	question->path = created ? psprintf("%s/%s", request->path, question->subject) : request->path;
	problem = client_try(client_start(CurrentMemoryContext, client, question), &webhook);
	found = problem ? NULL : filter_of(webhook);
	if (found && strcmp(found, wanted) != 0)
		ereport(WARNING,
				(errmsg("Jira shows another JQL of webhook \"%s\"", quoted(question->subject))));
	if (found)
		return;
	question->method = DELETE;
	if (created)
		(void) client_document(client_start(CurrentMemoryContext, client, question));
	if (problem)
		problem_raise(problem);
	raise_without_filter(request, question->subject, created);
}

static void
refuse_member(Invocation *call, const char *member, const char *argument)
{
	json_t	   *value = json_object_get(call->request->body, member);

	if (value && !json_is_false(value))
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("%s has no argument \"%s\" with OAuth 2.0", call->request->action, argument)));
}

/* The registration has one URL and a list of webhooks, here of one. */
static void
register_as_app(Invocation *call)
{
	Request    *request = call->request;
	json_t	   *jql = jira_json_own(request->context, jira_json_get_or_null(request->body, FILTER));

	side_request_mark(request, call->client->connection, &side_request_webhook_creation);
	refuse_member(call, "secret", "secret");
	refuse_member(call, "excludeBody", "exclude_body");
	if (json_is_null(jql))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("argument \"jql\" of %s must not be null with OAuth 2.0", request->action)));
	request->body = jira_json_own(request->context,
								  json_pack("{sOs[{sOsO}]}", "url", json_object_get(request->body, "url"),
											"webhooks",
											"events", json_object_get(request->body, "events"),
											"jqlFilter", jql));
}

/* Jira reports a refused registration by an app with status 200, and not that it ignores a filter. */
static void
check_registration(const Request *request, json_t *document)
{
	json_t	   *errors = jira_json_own(CurrentMemoryContext,
									   jira_json_get_or_null(document, REGISTRATION ".errors"));
	StringInfoData words;
	size_t		i;
	json_t	   *each;

	initStringInfo(&words);
	json_array_foreach(errors, i, each)
	{
		char	   *text = json_is_string(each) ? value_text(each) : jira_json_text(each);

		appendStringInfo(&words, "%s%s", i > 0 ? " " : "", foreign_text(text, strlen(text), 1000));
	}
	if (words.len > 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("Jira refused the webhook"),
				 errdetail_internal("%s", quoted(words.data))));
	if (filter_of(request->body) && json_object_get(document, CONFIGURATION) && filter_of(document) == NULL)
		raise_without_filter(request, jira_json_text(json_object_get(document, "id")), false);
}

/* INDENT OFF */
JIRA_ACTION(jira_subscribe_webhook,
	.category = "Webhook Management",
	.title = "Subscribe Webhook",
	.limits = NOT_SCOPED,
	.also = ALSO(&side_request_webhook_creation),
	.on = {
		[CLOUD] = {POST, ADMIN_API, "self", .sign_in = WITHOUT_OAUTH,
			.otherwise = OTHERWISE(POST, APP_API, REGISTRATION ".createdWebhookId",
				.prepare = register_as_app, .followed_by = RENEWED_BY, .followed_after = RENEWED_AFTER)},
		[SERVER] = {POST, ADMIN_API, "self", .last_version = MOVED_IN - 1,
			.otherwise = OTHERWISE(POST, DATA_CENTER_API, "id", .prepare = name_as_data_center,
				.confirm = confirm_filter)},
	},
	.arguments = ARGUMENTS(
		{"name", BOTH({IN_BODY, "name"})},
		{"url", BOTH({IN_BODY, "url"})},
		{"events", BOTH({IN_BODY, "events"})},
		{"jql", BOTH({IN_BODY, FILTER})},
		{"secret", BOTH({IN_BODY, "secret", .secret = true})},
		{"exclude_body", BOTH({IN_BODY, "excludeBody"})}),
	.check_reply = check_registration,
	.result_codec = &webhook_id);
/* INDENT ON */

/* Apps delete by a list of ids; Jira ignores ids of webhooks of other apps. */
static void
name_ids(Invocation *call)
{
	json_t	   *id = bind_json(call->binding, bind_named(call->binding, "webhook"),
							   call->request->context, call->values, call->nulls);

	side_request_mark(call->request, call->client->connection, &side_request_webhook_deletion);
	call->request->body = jira_json_own(call->request->context,
										json_pack("{s[O]}", "webhookIds", id));
}

/* INDENT OFF */
JIRA_ACTION(jira_unsubscribe_webhook,
	.category = "Webhook Management",
	.title = "Unsubscribe Webhook",
	.limits = NOT_SCOPED,
	.also = ALSO(&side_request_webhook_deletion),
	.on = {
		[CLOUD] = {DELETE, ADMIN_API "/{webhook}", .sign_in = WITHOUT_OAUTH,
			.otherwise = OTHERWISE(DELETE, APP_API, .prepare = name_ids)},
		[SERVER] = {DELETE, ADMIN_API "/{webhook}", .last_version = MOVED_IN - 1,
			.otherwise = OTHERWISE(DELETE, DATA_CENTER_API "/{webhook}")},
	},
	.arguments = ARGUMENTS(
		{"webhook", BOTH({IN_PATH})}));
/* INDENT ON */

/* All webhooks of the app; Jira allows five for each user. */
static json_t *
ids_of_app(Invocation *call)
{
	Request    *request = call->request;
	Connection *connection = call->client->connection;
	json_t	   *found = side_request_get(call->client, &side_request_webhooks, request->action, NULL,
										 psprintf("/rest/api/%d/webhook?maxResults=100", connection->api_version));
	json_t	   *ids = jira_json_array(request->context);
	size_t		i;
	json_t	   *webhook;

	json_array_foreach(json_object_get(found, "values"), i, webhook)
	{
		json_array_append(ids, json_object_get(webhook, "id"));
	}
	if (json_array_size(ids) == 0)
		ereport(ERROR,
				(errcode(ERRCODE_NO_DATA_FOUND),
				 errmsg("the app of connection \"%s\" has no webhooks", quoted(connection->alias))));
	return ids;
}

static void
name_webhooks(Invocation *call)
{
	json_t	   *given = bind_json(call->binding, bind_named(call->binding, "webhooks"),
								  call->request->context, call->values, call->nulls);

	call->request->body = jira_json_own(call->request->context,
										json_pack("{sO}", "webhookIds", given ? given : ids_of_app(call)));
}

/* INDENT OFF */
JIRA_ACTION(jira_refresh_webhooks,
	.limits = NOT_SCOPED,
	.classic_scopes = "read:jira-work manage:jira-webhook",
	.granular_scopes = "read:webhook:jira write:webhook:jira",
	.also = ALSO(&side_request_webhooks),
	.on = {
		[CLOUD] = {PUT, REST("webhook/refresh"), "expirationDate", .sign_in = WITH_OAUTH,
			.prepare = name_webhooks, .followed_by = RENEWED_BY, .followed_after = RENEWED_AFTER},
	},
	.arguments = ARGUMENTS(
		{"webhooks", {{AS_INPUT}, {ABSENT}}}));
/* INDENT ON */

/*
 * A webhook is replaced as a whole: what is not given stays as it is now.  Of
 * what Jira tells of it, only these members may be sent back.
 */
static json_t *
keep_the_rest(Invocation *call, const char *const *members)
{
	Request    *request = call->request;
	json_t	   *now = client_get(call->client, request->action, request->subject, request->path);

	if (request->body == NULL)
		request->body = jira_json_object(request->context);
	for (; *members; members++)
	{
		json_t	   *value = json_object_get(now, *members);

		if (value && !json_is_null(value) && json_object_get(request->body, *members) == NULL)
			json_object_set(request->body, *members, value);
	}
	return now;
}

static void
keep_on_admin_api(Invocation *call)
{
	static const char *const members[] = {"name", "url", "events", "filters", "excludeBody",
	"enabled", NULL};

	(void) keep_the_rest(call, members);
}

static void
keep_on_data_center(Invocation *call)
{
	static const char *const members[] = {"name", "url", "events", "excludeBody",
	"active", CONFIGURATION, "sslVerificationRequired", NULL};
	const char *wanted = filter_of(call->request->body);
	json_t	   *now;

	move_member(call->request, "enabled", "active");
	now = keep_the_rest(call, members);
	put_filter(call->request, wanted ? wanted : filter_of(now));
	if (filter_of(call->request->body) == NULL)
		ereport(WARNING,
				(errcode(ERRCODE_WARNING),
				 errmsg("Jira does not tell the JQL of webhook \"%s\"", quoted(call->request->subject)),
				 errdetail("If it has one, it may be lost now that the webhook is replaced."),
				 errhint("Give the argument \"jql\".")));
}

/* INDENT OFF */
JIRA_ACTION(jira_update_webhook,
	.category = "Webhook Management",
	.title = "Update Webhook",
	.limits = NOT_OAUTH | NOT_SCOPED,
	.on = {
		[CLOUD] = {PUT, ADMIN_API "/{webhook}", .prepare = keep_on_admin_api},
		[SERVER] = {PUT, ADMIN_API "/{webhook}", .prepare = keep_on_admin_api,
			.last_version = MOVED_IN - 1,
			.otherwise = OTHERWISE(PUT, DATA_CENTER_API "/{webhook}",
				.prepare = keep_on_data_center, .confirm = confirm_filter)},
	},
	.arguments = ARGUMENTS(
		{"webhook", BOTH({IN_PATH})},
		{"name", BOTH({IN_BODY, "name"})},
		{"url", BOTH({IN_BODY, "url"})},
		{"events", BOTH({IN_BODY, "events"})},
		{"jql", BOTH({IN_BODY, FILTER})},
		{"enabled", BOTH({IN_BODY, "enabled"})}));
/* INDENT ON */
