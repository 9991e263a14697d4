/*
 * attachment.c
 *	  A file attached to an issue, fetched.
 *
 * Only the id of what a caller gives is used: the addresses are put together
 * here, so that the credential cannot be led anywhere.
 */
#include "postgres.h"

#include "utils/memutils.h"

#include "actions/attachment.h"
#include "client/reply.h"
#include "client/statistics.h"
#include "client/transport_error.h"
#include "json/value.h"
#include "utils/compat.h"
#include "utils/own.h"
#include "utils/quoted.h"
#include "utils/settings.h"
#include "utils/wait.h"

#define DIGITS "0123456789"

/* The host of the addresses that Cloud redirects to. */
#define CLOUD_FILES "api.media.atlassian.com"

struct Attachment
{
	Client	   *client;
	const Action *action;
	char	   *id;
	json_t	   *metadata;		/* NULL: not asked for yet */
	MemoryContext context;		/* owns the rest */
};

/* Where the path of a URL begins, NULL if it is none. */
static const char *
path_of(const char *url)
{
	const char *host = strstr(url, "://");

	return host ? host + 3 + strcspn(host + 3, "/?#") : NULL;
}

static bool
has_origin_of(const char *url, const char *other)
{
	const char *path = path_of(url);
	Url			parts;
	Url			others;

	return path && url_parse(pnstrdup(url, path - url), &parts) == NULL &&
		url_parse(other, &others) == NULL && strcmp(parts.origin, others.origin) == 0;
}

/* .../attachment/{id}, .../attachment/content/{id}, .../attachment/{id}/{name} */
static char *
id_in_path(const char *path)
{
	static const char mark[] = "/attachment/";
	static const char content[] = "content/";
	const char *found = path;

	while ((found = strstr(found, mark)) != NULL)
	{
		const char *id = found + strlen(mark);
		size_t		length;

		if (strncmp(id, content, strlen(content)) == 0)
			id += strlen(content);
		length = strspn(id, DIGITS);
		if (length > 0 && strcspn(id + length, "/?#") == 0)
			return pnstrdup(id, length);
		found++;
	}
	return NULL;
}

static char *
id_in_url(const Connection *connection, const char *text)
{
	const char *path = path_of(text);
	char	   *id;

	/* A token with scopes goes to a gateway, but Jira's URLs are the site's. */
	if (path && !has_origin_of(text, connection->base_url) &&
		!has_origin_of(text, connection->site_url))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("the URL of the attachment is not one of connection \"%s\"", quoted(connection->alias)),
				 errdetail("It does not begin with %s.", connection->url.origin),
				 errhint("Give the id of the attachment, or name the connection that leads to it.")));
	id = path ? id_in_path(path) : NULL;
	if (id == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("\"%s\" is neither the id nor the content URL of an attachment", quoted(text))));
	return id;
}

Attachment *
attachment_open(Client *client, const Action *action, const char *text)
{
	Attachment *attachment = palloc0(sizeof(Attachment));

	attachment->client = client;
	attachment->action = action;
	attachment->context = CurrentMemoryContext;
	if (text[0] != '\0' && strspn(text, DIGITS) == strlen(text))
		attachment->id = pstrdup(text);
	else
		attachment->id = id_in_url(client->connection, text);
	return attachment;
}

static Request *
make_request(const Attachment *attachment, char *path)
{
	const Connection *connection = attachment->client->connection;
	Request    *request = request_make(attachment->action->name, GET);

	request->subject = attachment->id;
	request->path = path;
	if (connection->deployment == CLOUD && connection_has_scopes(connection))
	{
		request->classic_scopes = attachment->action->classic_scopes;
		request->granular_scopes = attachment->action->granular_scopes;
	}
	return request;
}

static json_t *
metadata_of(Attachment *attachment)
{
	MemoryContext before;
	Request    *request;

	if (attachment->metadata)
		return attachment->metadata;
	before = MemoryContextSwitchTo(attachment->context);
	request = make_request(attachment, psprintf("/rest/api/%d/attachment/%s",
												attachment->client->connection->api_version,
												attachment->id));
	attachment->metadata = client_document(client_start(attachment->context,
														attachment->client, request));
	if (!json_is_string(json_object_get(attachment->metadata, "filename")))
		problem_raise(reply_malformed(request, pstrdup("It has no \"filename\".")));
	MemoryContextSwitchTo(before);
	return attachment->metadata;
}

char *
attachment_filename(Attachment *attachment)
{
	return value_text(json_object_get(metadata_of(attachment), "filename"));
}

/*
 * Cloud hands out the file itself when told not to redirect to the host where
 * it keeps it.  Server has it at a page that wants the name too.
 */
static Request *
content_request(Attachment *attachment)
{
	const Connection *connection = attachment->client->connection;
	Request    *request;
	const char *filename;

	if (connection->deployment == CLOUD)
		request = make_request(attachment,
							   psprintf("/rest/api/%d/attachment/content/%s?redirect=false",
										connection->api_version, attachment->id));
	else
	{
		filename = json_string_value(json_object_get(metadata_of(attachment), "filename"));
		request = make_request(attachment,
							   psprintf("/secure/attachment/%s/%s", attachment->id,
										(char *) jira_own(CurrentMemoryContext, url_escape(filename), free)));
	}
	request->fetches_file = true;
	return request;
}

/* Returns the size that the metadata has, or -1 before the metadata is fetched. */
static int64
known_size(const Attachment *attachment)
{
	json_t	   *size = json_object_get(attachment->metadata, "size");

	return json_is_integer(size) ? json_integer_value(size) : -1;
}

static void
check_size(const Attachment *attachment)
{
	if (known_size(attachment) > (int64) MAX_FILE_SIZE)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("attachment \"%s\" is too large", quoted(attachment->id)),
				 errdetail("It has " INT64_FORMAT " bytes; a value of type bytea holds at most " INT64_FORMAT ".",
						   known_size(attachment), (int64) MAX_FILE_SIZE)));
}

static void
close_session(void *session)
{
	http_close(session);
}

static void
drop_exchange(void *exchange)
{
	http_drop(exchange);
}

/*
 * Is Cloud's reply the address where it keeps the file?  A page to log in is
 * not, and Server keeps its files itself.
 */
static bool
leads_to_file(const Attachment *attachment, HttpExchange *exchange)
{
	const char *location = http_header(exchange, "Location");
	int			status = http_reply(exchange)->status;

	return attachment->client->connection->deployment == CLOUD &&
		(status == 302 || status == 303 || status == 307) && location &&
		strcasestr(pnstrdup(location, strcspn(location, "?#")), "login") == NULL;
}

/* Allows the host of Jira on any port, the host of Cloud's files, and the option allowed_hosts. */
static bool
may_have_files(const Connection *connection, const char *host)
{
	Url			site;
	ListCell   *cell;

	if (strcmp(host, connection->url.host) == 0 ||
		(connection->deployment == CLOUD && strcmp(host, CLOUD_FILES) == 0) ||
		(url_parse(connection->site_url, &site) == NULL && strcmp(host, site.host) == 0))
		return true;
	foreach(cell, connection->options.allowed_hosts)
	{
		if (strcmp(host, lfirst(cell)) == 0)
			return true;
	}
	return false;
}

static void
check_host(const Attachment *attachment, const char *host)
{
	const Connection *connection = attachment->client->connection;

	if (!may_have_files(connection, host))
		ereport(ERROR,
				(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
				 errmsg("Jira keeps attachment \"%s\" at host \"%s\", which connection \"%s\" does not allow",
						quoted(attachment->id), quoted(host), quoted(connection->alias)),
				 errhint("If that host is right, add it to the option allowed_hosts of the connection.")));
}

/* The address in the header Location of a redirect; raises an error if it must not be requested. */
static char *
next_address(const Attachment *attachment, HttpExchange *exchange, Url *parts)
{
	const char *base = attachment->client->connection->base_url;
	char	   *url;
	const char *problem = url_follow(base, http_header(exchange, "Location"), &url, parts);

	if (problem == NULL)
	{
		jira_own(CurrentMemoryContext, url, free);
		if (!parts->https && !(jira_allow_http && parts->loopback))
			problem = "it must begin with https://";
	}
	if (problem)
		ereport(ERROR,
				(errcode(ERRCODE_PROTOCOL_VIOLATION),
				 errmsg("Jira keeps attachment \"%s\" at an address that is not usable: %s",
						quoted(attachment->id), problem)));
	check_host(attachment, parts->host);
	return url;
}

/*
 * Follows one redirect, without the credential or the client certificate and
 * over connections of its own: what is there is somebody else's.
 */
static HttpExchange *
follow(const Attachment *attachment, const Request *request, HttpExchange *exchange, uint64 budget)
{
	static const char *const headers[] = {"Accept: */*", "User-Agent: jira_spoke/1.0", NULL};
	const char *alias = attachment->client->connection->alias;
	Traffic    *traffic = &attachment->client->traffic;
	const ConnectionOptions *options = &attachment->client->connection->options;
	Url			parts;
	HttpRequest http = {
		.method = GET,
		.url = next_address(attachment, exchange, &parts),
		.headers = headers,
		.as_stored = true,
		.limits = options_limits(options),
	};
	HttpSessionOptions way = {
		.max_connections = 1,
		.loopback_only = !parts.https,
		.proxy = options->proxy,
		.ca_file = options->ca_file,
	};
	HttpSession *session;
	HttpExchange *next;
	Problem    *problem;

	http.limits.body = MAX_FILE_SIZE;
	session = jira_own(CurrentMemoryContext, http_open(&way), close_session);
	next = jira_own(CurrentMemoryContext, http_start(session, &http), drop_exchange);
	traffic->requests++;
	statistics_started(alias, false);
	wait_for_exchange(next);
	traffic->bytes += http_reply(next)->received;
	problem = transfer_problem_for_others(request, attachment->client->connection, next, budget);
	statistics_ended(alias, next, problem ? problem->message : NULL);
	if (http_reply(next)->outcome != HTTP_ANSWERED)
		problem_raise(transport_error(request, http_reply(next)));
	return next;
}

static bool
is_html(const char *media_type)
{
	return media_type && strcasestr(media_type, "html") != NULL;
}

/* Jira may answer a refused sign-in with status 200 and a page, which must not pass for the file. */
static void
check_file(Attachment *attachment, const Request *request, HttpExchange *exchange)
{
	const HttpReply *reply = http_reply(exchange);
	bool		html = is_html(http_header(exchange, "Content-Type"));

	if (reply->status != 200)
		problem_raise(reply_malformed(request, psprintf("Its status is %d.", reply->status)));
	if (html && !is_html(json_string_value(json_object_get(metadata_of(attachment), "mimeType"))))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_AUTHORIZATION_SPECIFICATION),
				 errmsg("Jira answered %s of \"%s\" with a page instead of the file",
						request->action, quoted(attachment->id)),
				 errhint("It is probably a page to log in: check the user name and the secret of this connection.")));
	if (known_size(attachment) >= 0 && known_size(attachment) != (int64) reply->length)
		problem_raise(reply_malformed(request,
									  psprintf("It has %zu bytes, but the attachment has " INT64_FORMAT ".",
											   reply->length, known_size(attachment))));
}

static bytea *
fetch(Attachment *attachment, MemoryContext context)
{
	Request    *request = content_request(attachment);
	Transfer   *transfer;
	HttpExchange *exchange;
	Problem    *problem;
	HttpReply  *reply;
	bytea	   *content;

	check_size(attachment);
	transfer = client_start(CurrentMemoryContext, attachment->client, request);
	(void) transfer_wait(transfer);
	exchange = transfer_exchange(transfer);
	if (leads_to_file(attachment, exchange))
	{
		exchange = follow(attachment, request, exchange, transfer_budget(transfer));
		problem = reply_problem(request, attachment->client->connection, exchange, transfer_budget(transfer));
	}
	else
		problem = client_problem(transfer);
	if (problem)
		problem_raise(problem);
	check_file(attachment, request, exchange);

	reply = http_reply(exchange);
	content = MemoryContextAlloc(context, VARHDRSZ + reply->length);
	SET_VARSIZE(content, VARHDRSZ + reply->length);
	memcpy(VARDATA(content), reply->body, reply->length);
	return content;
}

bytea *
attachment_fetch(Attachment *attachment, MemoryContext context)
{
	MemoryContext own = AllocSetContextCreate(CurrentMemoryContext, "Jira file",
											  ALLOCSET_DEFAULT_SIZES);
	MemoryContext before = MemoryContextSwitchTo(own);
	bytea	   *content = fetch(attachment, context);

	MemoryContextSwitchTo(before);
	MemoryContextDelete(own);
	return content;
}
