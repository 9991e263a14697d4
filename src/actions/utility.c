/*
 * utility.c
 *	  Utility actions.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/memutils.h"
#include "utils/timestamp.h"

#include "actions/attachment.h"
#include "actions/entity.h"
#include "engine/stream.h"
#include "engine/whole_list.h"
#include "json/value.h"
#include "utils/argument.h"
#include "utils/compat.h"
#include "utils/context.h"
#include "utils/sql_version.h"
#include "utils/user_row.h"

/* Of an issue, when all are read. */
#define COMMENTS_PER_PAGE 100

/* clang-format off */

/* The C functions of these entries are written out below. */
JIRA_ENTRY(jira_copy_issue_attachment_to_record,
	.category = "Utility Actions",
	.title = "Copy Issue Attachment to Record",
	.also = ALSO(&side_request_content, &side_request_attachment),
	.on = {
		{GET, REST("attachment/content/{attachment}?redirect=false")},
		{GET, REST("attachment/{attachment}")},
	});

JIRA_ENTRY(jira_lookup_issue_from_comment,
	.category = "Utility Actions",
	.title = "Look up Issue from Comment",
	.on = BOTH({NO_REQUEST}));

JIRA_ACTION(jira_lookup_server,
	.category = "Utility Actions",
	.title = "Look up Server",
	.any_scope = true,
	.on = BOTH({GET, REST("serverInfo")}),
	.arguments = NO_ARGUMENTS,
	.columns = COLUMNS(
		{"base_url", BOTH("baseUrl")},
		{"version", BOTH("version")},
		{"version_numbers", BOTH("versionNumbers")},
		{"deployment_type", BOTH("deploymentType")},
		{"build_number", BOTH("buildNumber")},
		{"build_date", BOTH("buildDate")},
		{"server_time", BOTH("serverTime")},
		{"server_title", BOTH("serverTitle")},
		{"raw", BOTH("")}));

JIRA_ACTION(jira_lookup_fields,
	.category = "Utility Actions",
	.title = "Look up Fields",
	.classic_scopes = "read:jira-work",
	.granular_scopes =
		"read:field:jira read:avatar:jira read:project-category:jira "
		"read:project:jira read:field-configuration:jira",
	.on = BOTH({GET, REST("field"), ""}),
	.arguments = ARGUMENTS(
		{"name", BOTH({AS_FILTER, "id|name|untranslatedName"})}),
	.columns = jira_field_columns);
/* clang-format on */

/* A comment or attachment without a time of creation counts as the oldest. */
static TimestampTz
created(ValueReader *reader, json_t *entity)
{
	json_t	   *moment = json_object_get(entity, "created");
	bool		isnull = true;
	Datum		value = 0;

	if (value_exists(reader, moment))
		value = value_from_json(reader, moment, &isnull);
	return isnull ? DT_NOBEGIN : DatumGetTimestampTz(value);
}

static int64
number(json_t *entity)
{
	json_t	   *id = json_object_get(entity, "id");

	if (json_is_integer(id))
		return json_integer_value(id);
	return json_is_string(id) ? strtoll(json_string_value(id), NULL, 10) : 0;
}

/* Of those from one moment the one with the greater id is later. */
static bool
is_later(ValueReader *reader, json_t *one, json_t *other)
{
	TimestampTz created_one = created(reader, one);
	TimestampTz created_other = created(reader, other);

	return created_one > created_other ||
		(created_one == created_other && number(one) > number(other));
}

/* A list of the latest one of a list, or an empty list: a new reference. */
static json_t *
only_latest(json_t *list)
{
	json_t	   *latest = NULL;
	ValueReader reader;
	size_t		i;
	json_t	   *each;

	value_reader(&reader, TIMESTAMPTZOID, -1);
	json_array_foreach(list, i, each)
	{
		if (latest == NULL || is_later(&reader, each, latest))
			latest = each;
	}
	return jira_json_made(latest ? json_pack("[O]", latest) : json_array());
}

/* Is this a list of two, the later one first? */
static bool
is_latest_first(json_t *list)
{
	ValueReader reader;

	value_reader(&reader, TIMESTAMPTZOID, -1);
	return json_array_size(list) == 2 && is_later(&reader, json_array_get(list, 0), json_array_get(list, 1));
}

/* The attachments of an issue are in an order that Jira does not promise. */
static json_t *
latest_attachment(Client *client, const Request *request, json_t *issue)
{
	json_t	   *fields = json_object_get(issue, "fields");

	return json_is_object(fields) ? only_latest(json_object_get(fields, "attachment")) : NULL;
}

/*
 * Two comments were asked for, the latest first.  Some versions of Data Center
 * neither order nor cut the list: unless two in order or all of them came, all
 * are read.
 */
static json_t *
latest_comment(Client *client, const Request *request, json_t *page)
{
	json_t	   *comments = json_object_get(page, "comments");
	json_int_t	total = json_integer_value(json_object_get(page, "total"));
	Request    *rest;

	if (!json_is_array(comments) || is_latest_first(comments) || json_array_size(comments) >= (size_t) total)
		return json_is_array(comments) ? only_latest(comments) : NULL;
	rest = request_make(request->action, GET);
	rest->subject = request->subject;
	rest->path = pnstrdup(request->path, strcspn(request->path, "?"));
	rest->classic_scopes = request->classic_scopes;
	rest->granular_scopes = request->granular_scopes;
	return only_latest(whole_list_read(client, rest, "comments", COMMENTS_PER_PAGE));
}

/* clang-format off */
JIRA_ACTION(jira_lookup_latest_comment_on_issue,
	.category = "Utility Actions",
	.title = "Look up Latest Comment on Issue",
	.classic_scopes = "read:jira-work",
	.granular_scopes =
		"read:comment:jira read:comment.property:jira read:group:jira "
		"read:project:jira read:project-role:jira read:user:jira read:avatar:jira",
	.on = BOTH({GET, REST("issue/{issue}/comment?orderBy=-created&maxResults=2")}),
	.arguments = ARGUMENTS(
		{"issue", BOTH({IN_PATH})}),
	.columns = jira_comment_columns,
	.rows = latest_comment);

JIRA_ACTION(jira_lookup_latest_attachment_on_issue,
	.category = "Utility Actions",
	.title = "Look up Latest Attachment on Issue",
	.classic_scopes = "read:jira-work",
	.granular_scopes =
		"read:issue-meta:jira read:issue-security-level:jira read:issue.vote:jira "
		"read:issue.changelog:jira read:avatar:jira read:issue:jira read:status:jira "
		"read:user:jira read:field-configuration:jira",
	.on = BOTH({GET, REST("issue/{issue}?fields=attachment")}),
	.arguments = ARGUMENTS(
		{"issue", BOTH({IN_PATH})}),
	.columns = jira_attachment_columns,
	.rows = latest_attachment);
/* clang-format on */

/* Opens the attachment named by one argument through the connection named by another. */
static Attachment *
open_attachment(FunctionCallInfo fcinfo, int attachment, int connection, ActionContext *context,
				const Action *action)
{
	Client	   *client = client_open(connection_named(argument_text(fcinfo, connection)), NULL);

	context->connection = client->connection->alias;
	return attachment_open(client, action, argument_text(fcinfo, attachment));
}

PG_FUNCTION_INFO_V1(jira_attachment_content);

JIRA_ENTRY(jira_attachment_content,
		   .classic_scopes = "read:jira-work",
		   .granular_scopes = "read:attachment:jira",
		   .also = ALSO(&side_request_attachment));

Datum
jira_attachment_content(PG_FUNCTION_ARGS)
{
	const Action *action = &jira_attachment_content_action;
	ActionContext action_context = {action->name, NULL};
	ErrorContextCallback callback;
	MemoryContext context = AllocSetContextCreate(CurrentMemoryContext, "Jira call",
												  ALLOCSET_SMALL_SIZES);
	MemoryContext before = MemoryContextSwitchTo(context);
	bytea	   *content;

	context_push_action(&callback, &action_context);
	argument_require(fcinfo, 0, "attachment");
	content = attachment_fetch(open_attachment(fcinfo, 0, 1, &action_context, action), before);
	context_pop(&callback);
	MemoryContextSwitchTo(before);
	MemoryContextDelete(context);
	PG_RETURN_BYTEA_P(content);
}

/* The arguments of jira_copy_issue_attachment_to_record, by position. */
enum
{
	ATTACHMENT,
	TARGET,
	MATCH,
	CONTENT_COLUMN,
	FILENAME_COLUMN,
	CONNECTION
};

PG_FUNCTION_INFO_V1(jira_copy_issue_attachment_to_record);

/* The target is checked before the file is fetched. */
static int64
copy_to_record(FunctionCallInfo fcinfo, ActionContext *context, const Action *action)
{
	const char *filename_column = NULL;
	const char *filename;
	Attachment *attachment = open_attachment(fcinfo, ATTACHMENT, CONNECTION, context, action);
	UserRow    *record;
	bytea	   *content;

	if (!PG_ARGISNULL(FILENAME_COLUMN))
		filename_column = NameStr(*PG_GETARG_NAME(FILENAME_COLUMN));
	record = user_row_find(PG_GETARG_OID(TARGET), PG_GETARG_JSONB_P(MATCH),
						   NameStr(*PG_GETARG_NAME(CONTENT_COLUMN)), filename_column);
	filename = filename_column ? attachment_filename(attachment) : NULL;
	content = attachment_fetch(attachment, CurrentMemoryContext);
	user_row_fill(record, content, filename);
	return VARSIZE(content) - VARHDRSZ;
}

Datum
jira_copy_issue_attachment_to_record(PG_FUNCTION_ARGS)
{
	static const char *const required[] = {"attachment", "target", "match", "content_column"};
	const Action *action = &jira_copy_issue_attachment_to_record_action;
	ActionContext action_context = {action->name, NULL};
	ErrorContextCallback callback;
	MemoryContext context = AllocSetContextCreate(CurrentMemoryContext, "Jira call",
												  ALLOCSET_SMALL_SIZES);
	MemoryContext before = MemoryContextSwitchTo(context);
	int64		written;

	context_push_action(&callback, &action_context);
	PreventCommandIfReadOnly(action->name);
	for (int i = 0; i < lengthof(required); i++)
		argument_require(fcinfo, i, required[i]);
	written = copy_to_record(fcinfo, &action_context, action);
	context_pop(&callback);
	MemoryContextSwitchTo(before);
	MemoryContextDelete(context);
	PG_RETURN_INT64(written);
}

/* The columns of jira_commented_issue. */
enum
{
	ISSUE_ID,
	ISSUE_KEY,
	COMMENT_ID,
	COMMENT_COLUMNS
};

/* A member that is an object; NULL if there is none. */
static JsonbContainer *
member_object(JsonbContainer *object, const char *name)
{
	JsonbValue	value;

	if (object == NULL ||
		getKeyJsonValueFromContainer(object, name, strlen(name), &value) == NULL ||
		value.type != jbvBinary || !JsonContainerIsObject(value.val.binary.data))
		return NULL;
	return value.val.binary.data;
}

/* A member as text, an id being a string or a number; NULL if there is none. */
static char *
member_text(JsonbContainer *object, const char *name)
{
	JsonbValue	value;

	if (object == NULL ||
		getKeyJsonValueFromContainer(object, name, strlen(name), &value) == NULL)
		return NULL;
	if (value.type == jbvString)
		return pnstrdup(value.val.string.val, value.val.string.len);
	if (value.type == jbvNumeric)
		return DatumGetCString(DirectFunctionCall1(numeric_out,
												   NumericGetDatum(value.val.numeric)));
	return NULL;
}

/* ".../issue/{issue}/comment/{comment}": both parts, or none. */
static void
read_self(const char *self, char **issue, char **comment)
{
	static const char mark[] = "/comment/";
	const char *found = self ? strstr(self, mark) : NULL;
	const char *start = found;

	if (found == NULL)
		return;
	while (start > self && start[-1] != '/')
		start--;
	*comment = pnstrdup(found + strlen(mark), strcspn(found + strlen(mark), "/?#"));
	*issue = pnstrdup(start, found - start);
}

static void
place_comment(JsonbContainer *payload, char **texts)
{
	JsonbContainer *issue = member_object(payload, "issue");
	JsonbContainer *comment = member_object(payload, "comment");
	char	   *place = NULL;

	read_self(member_text(comment ? comment : payload, "self"), &place, &texts[COMMENT_ID]);
	texts[ISSUE_ID] = member_text(issue, "id");
	texts[ISSUE_KEY] = member_text(issue, "key");
	if (comment && member_text(comment, "id"))
		texts[COMMENT_ID] = member_text(comment, "id");
	if (place && place[0] && strspn(place, "0123456789") == strlen(place))
		texts[ISSUE_ID] = place;
	else if (place && place[0] && texts[ISSUE_KEY] == NULL)
		texts[ISSUE_KEY] = place;
}

PG_FUNCTION_INFO_V1(jira_lookup_issue_from_comment);

/* The comment of the payload of a webhook. */
Datum
jira_lookup_issue_from_comment(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *result = (ReturnSetInfo *) fcinfo->resultinfo;
	char	   *texts[COMMENT_COLUMNS] = {NULL};
	Datum		values[COMMENT_COLUMNS] = {0};
	bool		nulls[COMMENT_COLUMNS];
	Jsonb	   *payload;

	argument_require(fcinfo, 0, "payload");
	payload = PG_GETARG_JSONB_P(0);
	if (JB_ROOT_IS_OBJECT(payload))
		place_comment(&payload->root, texts);
	if (texts[COMMENT_ID] == NULL || (texts[ISSUE_ID] == NULL && texts[ISSUE_KEY] == NULL))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("the payload has no comment that tells its issue"),
				 errhint("Webhooks send one for the events comment_created, comment_updated and comment_deleted.")));

	sql_version_begin_rows(fcinfo, COMMENT_COLUMNS);
	for (int i = 0; i < COMMENT_COLUMNS; i++)
	{
		nulls[i] = texts[i] == NULL;
		if (texts[i])
			values[i] = CStringGetTextDatum(texts[i]);
	}
	tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
	return (Datum) 0;
}
