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
#include "client/cloud_id.h"
#include "client/reply.h"
#include "client/retry.h"
#include "client/server_info.h"
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

/* Of the addresses that Cloud gives of attachments. */
#define CLOUD_GATEWAY "https://api.atlassian.com"

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

/* The parts of a URL, or false if requests could not be sent there. */
static bool
read_origin(const char *url, Url *parts)
{
	const char *path = path_of(url);

	return path && url_parse(pnstrdup(url, path - url), parts) == NULL;
}

static bool
has_origin_of(const Url *parts, const char *other)
{
	Url			others;

	return read_origin(other, &others) && strcmp(parts->origin, others.origin) == 0;
}

/* NULL: the site does not tell. */
static char *
cloud_id_of(const Client *client)
{
	const Connection *connection = client->connection;
	char	   *id = connection_gateway_id(connection->site_url);

	if (id == NULL)
		id = connection->cloud_id;
	if (id == NULL && cloud_id_find(connection, client->lookups, &id) != NULL)
		return NULL;
	return id;
}

/*
 * Is this the URL of something on the connection's site?  Jira gives it with the
 * site's address, the one that users know it by, or the gateway's.
 */
static bool
is_url_of_site(Client *client, const char *url)
{
	const Connection *connection = client->connection;
	char	   *gateway_id = connection->deployment == CLOUD ? connection_gateway_id(url) : NULL;
	Url			parts;

	if (!read_origin(url, &parts))
		return false;
	if (gateway_id)
	{
		bool		is_gateway = has_origin_of(&parts, CLOUD_GATEWAY) || has_origin_of(&parts, jira_gateway_url);
		char	   *ours = is_gateway ? cloud_id_of(client) : NULL;

		return ours && strcmp(ours, gateway_id) == 0;
	}
	return has_origin_of(&parts, connection->base_url) || has_origin_of(&parts, connection->site_url) ||
		server_info_has_origin(client, parts.origin);
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
id_in_url(Client *client, const char *text)
{
	const Connection *connection = client->connection;
	const char *path = path_of(text);
	char	   *id = path ? id_in_path(path) : NULL;

	if (id == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("\"%s\" is neither the id nor the content URL of an attachment", quoted(text))));
	if (!is_url_of_site(client, text))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("the URL of the attachment is not one of connection \"%s\"", quoted(connection->alias)),
				 errdetail("It does not begin with %s.", connection->url.origin),
				 errhint("Give the id of the attachment, or name the connection that leads to it.")));
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
		attachment->id = id_in_url(client, text);
	return attachment;
}

static Request *
make_request(const Attachment *attachment, const SideRequest *side, char *path)
{
	Request    *request = request_make(attachment->action->name, GET);

	request->subject = attachment->id;
	request->path = path;
	side_request_mark(request, attachment->client->connection, side);
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
	request = make_request(attachment, &side_request_attachment,
						   psprintf("/rest/api/%d/attachment/%s",
									attachment->client->connection->api_version, attachment->id));
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
		request = make_request(attachment, &side_request_content,
							   psprintf("/rest/api/%d/attachment/content/%s?redirect=false",
										connection->api_version, attachment->id));
	else
	{
		filename = json_string_value(json_object_get(metadata_of(attachment), "filename"));
		request = make_request(attachment, &side_request_content,
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

/* One attempt to fetch what is at an address, owned by "context". */
static HttpExchange *
ask_at(const Attachment *attachment, const Request *request, HttpSession *session, const HttpRequest *http,
	   MemoryContext context, uint64 budget, bool is_retry)
{
	const Connection *connection = attachment->client->connection;
	Traffic    *traffic = &attachment->client->traffic;
	HttpExchange *exchange = jira_own(context, http_start(session, http), drop_exchange);
	Problem    *problem;

	traffic->requests++;
	traffic->retries += is_retry;
	statistics_started(connection->alias, is_retry);
	wait_for_exchange(exchange);
	traffic->bytes += http_reply(exchange)->received;
	problem = transfer_problem_for_others(request, connection, exchange, budget);
	statistics_ended(connection->alias, exchange, problem ? problem->message : NULL);
	return exchange;
}

/*
 * Follows one redirect, without the credential or the client certificate and
 * over connections of its own: what is there is somebody else's.
 */
static HttpExchange *
follow(const Attachment *attachment, const Request *request, HttpExchange *exchange, uint64 budget)
{
	static const char *const headers[] = {"Accept: */*", USER_AGENT, NULL};
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
	MemoryContext attempt = AllocSetContextCreate(CurrentMemoryContext, "Jira attempt", ALLOCSET_SMALL_SIZES);
	HttpSession *session;
	HttpExchange *next;

	http.limits.body = MAX_FILE_SIZE;
	session = jira_own(CurrentMemoryContext, http_open(&way), close_session);
	for (int retries = 0;; retries++)
	{
		int64		delay;

		next = ask_at(attachment, request, session, &http, attempt, budget, retries > 0);
		delay = retry_delay(next, request, retries);
		if (delay < 0)
			break;
		MemoryContextReset(attempt);
		wait_for_time(delay);
	}
	if (http_reply(next)->outcome != HTTP_ANSWERED)
		problem_raise(transport_error(request, http_reply(next)));
	return next;
}

static bool
is_html(const char *media_type)
{
	return media_type && strcasestr(media_type, "html") != NULL;
}

/* The metadata has just been read with the token, so that Jira's REST API accepts it. */
static Problem *
token_problem(const Attachment *attachment)
{
	return problem_make(ERRCODE_INSUFFICIENT_PRIVILEGE,
						psprintf("Jira does not let a personal access token fetch the file of attachment \"%s\"",
								 quoted(attachment->id)),
						pstrdup("The token is good for the REST API, but the files of this Jira are at a page that wants somebody to log in."),
						"Fetch files through a connection with a user name and a password, or let the administrator of this Jira allow tokens below /secure/attachment.");
}

static bool
shows_token(const Attachment *attachment)
{
	const Connection *connection = attachment->client->connection;

	return connection->deployment == SERVER && strcmp(connection->auth, "bearer") == 0;
}

static bool
leads_to_login(HttpExchange *exchange)
{
	const char *location = http_header(exchange, "Location");
	int			status = http_reply(exchange)->status;

	return status == 401 || (status >= 300 && status < 400 && location && strcasestr(location, "login"));
}

/* Jira may answer a refused sign-in with status 200 and a page, which must not pass for the file. */
static void
check_file(Attachment *attachment, const Request *request, HttpExchange *exchange)
{
	const HttpReply *reply = http_reply(exchange);
	bool		html = is_html(http_header(exchange, "Content-Type"));

	if (reply->status != 200)
		problem_raise(reply_malformed(request, psprintf("Its status is %d.", reply->status)));
	html = html && !is_html(json_string_value(json_object_get(metadata_of(attachment), "mimeType")));
	if (html && shows_token(attachment))
		problem_raise(token_problem(attachment));
	if (html)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_AUTHORIZATION_SPECIFICATION),
				 errmsg("Jira answered %s of \"%s\" with a page instead of the file",
						request->action, quoted(attachment->id)),
				 errhint("It is probably a page to log in. %s", connection_sign_in_hint(attachment->client->connection))));
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
		problem = shows_token(attachment) && leads_to_login(exchange) ? token_problem(attachment)
			: client_problem(transfer);
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
