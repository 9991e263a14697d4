/*
 * upload.c
 *	  Files on their way to Jira.
 */
#include "postgres.h"

#include "lib/stringinfo.h"

#include "actions/upload.h"
#include "client/site.h"
#include "engine/bind.h"
#include "utils/compat.h"
#include "utils/quoted.h"

/* The size in bytes up to which the file is sent without asking for the limit first. */
#define SMALL_FILE (1024 * 1024)

typedef struct UploadRule
{
	bool		known;			/* Jira has returned the limit */
	bool		enabled;
	int64		limit;			/* bytes of one file */
} UploadRule;

/*
 * The token may lack the scope to ask, though it has the one to upload; so a
 * refusal says nothing about the upload.  Where no reply comes, the upload
 * would not get through either.
 */
static void
ask(Client *client, const Request *upload, Site *site)
{
	Request    *request = request_make(upload->action, "GET");
	Transfer   *transfer;
	Problem    *problem;
	json_t	   *document;
	json_t	   *limit;

	request->path = psprintf("/rest/api/%d/attachment/meta", client->connection->api_version);
	side_request_mark(request, client->connection, &side_request_upload_limit);
	transfer = client_start(CurrentMemoryContext, client, request);
	problem = client_try(transfer, &document);
	if (http_reply(transfer_exchange(transfer))->outcome != HTTP_ANSWERED)
		problem_raise(problem);

	if (site->upload_rule == NULL)
		site->upload_rule = MemoryContextAlloc(site->context, sizeof(UploadRule));
	limit = json_object_get(document, "uploadLimit");
	site->upload_rule->known = json_is_integer(limit);
	site->upload_rule->limit = json_integer_value(limit);
	site->upload_rule->enabled = !json_is_false(json_object_get(document, "enabled"));
}

static bool
refuses(const UploadRule *rule, size_t length)
{
	return rule->known && (!rule->enabled || (int64) length > rule->limit);
}

/* Jira is asked once per connection and session, and for large files only. */
static void
check_limit(Client *client, const Request *request, size_t length)
{
	Site	   *site = site_of(client);
	UploadRule *rule = site->upload_rule;

	if (length <= SMALL_FILE)
		return;

	/*
	 * The limit may have been raised since it was read: ask again before
	 * refusing.
	 */
	if (rule == NULL || refuses(rule, length))
		ask(client, request, site);
	rule = site->upload_rule;
	if (!refuses(rule, length))
		return;
	if (!rule->enabled)
		ereport(ERROR,
				(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
				 errmsg("attachments are disabled in the Jira of connection \"%s\"",
						quoted(client->connection->alias))));
	ereport(ERROR,
			(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
			 errmsg("the file is too large for the Jira of connection \"%s\"",
					quoted(client->connection->alias)),
			 errdetail("It has %zu bytes; Jira takes " INT64_FORMAT ".", length, rule->limit)));
}

/* The content types of files that Jira previews. */
static const struct
{
	const char *extension;
	const char *type;
}			types[] = {

	{"csv", "text/csv"},
	{"docx", "application/vnd.openxmlformats-officedocument.wordprocessingml.document"},
	{"gif", "image/gif"},
	{"htm", "text/html"},
	{"html", "text/html"},
	{"jpeg", "image/jpeg"},
	{"jpg", "image/jpeg"},
	{"json", "application/json"},
	{"log", "text/plain"},
	{"md", "text/markdown"},
	{"mp4", "video/mp4"},
	{"pdf", "application/pdf"},
	{"png", "image/png"},
	{"svg", "image/svg+xml"},
	{"txt", "text/plain"},
	{"webp", "image/webp"},
	{"xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"},
	{"xml", "application/xml"},
	{"zip", "application/zip"},
};

static const char *
type_of(const char *filename)
{
	const char *dot = strrchr(filename, '.');

	for (int i = 0; dot && i < lengthof(types); i++)
		if (pg_strcasecmp(dot + 1, types[i].extension) == 0)
			return types[i].type;
	return "application/octet-stream";
}

static const char *
content_type(const Invocation *call, const char *type, const char *filename)
{
	if (type == NULL)
		return type_of(filename);
	for (const char *c = type; *c; c++)
		if (*c < ' ' || *c > '~')
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("argument \"mime_type\" of %s is not a content type", call->request->action)));
	return type;
}

/*
 * libcurl writes quotes and line breaks as browsers do (%22), and leaves
 * backslashes, before which servers' parsers disagree.
 */
static char *
escape_backslashes(const char *name)
{
	StringInfoData escaped;

	initStringInfo(&escaped);
	for (const char *c = name; *c; c++)
	{
		if (*c == '\\')
			appendStringInfoString(&escaped, "%5C");
		else
			appendStringInfoChar(&escaped, *c);
	}
	return escaped.data;
}

void
upload_file(Invocation *call)
{
	const Binding *binding = call->binding;
	HttpFile   *file = palloc0(sizeof(HttpFile));
	const char *name = json_string_value(bind_json(binding, bind_named(binding, "filename"),
												   call->request->context, call->values, call->nulls));
	const char *type = json_string_value(bind_json(binding, bind_named(binding, "mime_type"),
												   call->request->context, call->values, call->nulls));
	bytea	   *content = DatumGetByteaPP(call->values[bind_named(binding, "content")]);

	file->name = escape_backslashes(name);
	file->content_type = content_type(call, type, name);

	/* The file is sent from where the argument is; nothing copies it. */
	file->bytes = VARDATA_ANY(content);
	file->length = VARSIZE_ANY_EXHDR(content);
	check_limit(call->client, call->request, file->length);
	call->request->file = file;
}
