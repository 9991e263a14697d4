/*
 * connection.c
 *	  Opening a connection: rights, parents, URL, options, credential.
 *
 * The rights of the current user decide whether an alias may be used.  Parents
 * are then followed with the rights of the alias that names
 * them: its owner must be allowed to use the parent.  What the owner was only
 * granted cannot be passed on: the user must be allowed to use it, too.
 */
#include "postgres.h"

#include "miscadmin.h"

#include "connection/alias_row.h"
#include "connection/allowed_hosts.h"
#include "connection/connection.h"
#include "connection/credential.h"
#include "utils/quoted.h"
#include "utils/role.h"
#include "utils/settings.h"

/* A longer chain of parents is treated as a loop. */
#define MAX_PARENTS 8

/* What the error of connection_check_write() is told by. */
#define READERS_COLUMN "readers"

/* The path of a site at the gateway, without the cloud ID that follows. */
#define GATEWAY_PATH "/ex/jira/"

const char *
connection_deployment_name(Deployment deployment)
{
	return deployment == CLOUD ? "Jira Cloud" : "Jira Server and Data Center";
}

char *
connection_gateway_id(const char *url)
{
	const char *host = strstr(url, "://");
	const char *path = host ? host + 3 + strcspn(host + 3, "/") : "";
	size_t		length;

	if (strncmp(path, GATEWAY_PATH, strlen(GATEWAY_PATH)) != 0)
		return NULL;
	path += strlen(GATEWAY_PATH);
	length = strcspn(path, "/?#");
	return length > 0 ? pnstrdup(path, length) : NULL;
}

bool
connection_uses_oauth(const Connection *connection)
{
	return strcmp(connection->auth, "oauth2") == 0 ||
		(connection->deployment == CLOUD && strcmp(connection->auth, "bearer") == 0);
}

bool
connection_has_scopes(const Connection *connection)
{
	return connection->scoped || connection_uses_oauth(connection) ||
		connection_gateway_id(connection->site_url) != NULL;
}

bool
connection_user_is_email(const Connection *connection)
{
	return connection->deployment == SERVER || strcmp(connection->auth, "basic") != 0 ||
		(connection->username && strchr(connection->username, '@'));
}

const char *
connection_sign_in_hint(const Connection *connection)
{
	if (connection_uses_oauth(connection))
		return "The access token may have expired or been revoked.";
	if (strcmp(connection->auth, "bearer") == 0)
		return "The personal access token may have expired or been revoked; store a new one with jira_alter_connection.";
	if (!connection_user_is_email(connection))
		return psprintf("On Jira Cloud the user name is the e-mail address of the account, and \"%s\" is none: set username with jira_alter_connection.",
						quoted(connection->username ? connection->username : ""));
	return "Check the user name and the secret of this connection.";
}

const char *
connection_named(const char *argument)
{
	if (argument != NULL)
		return argument;
	return jira_connection && jira_connection[0] ? jira_connection : NULL;
}

/* The parent of an alias, read with the rights of the alias's owner. */
static void
read_parent(const Connection *connection, const AliasRow *child, AliasRow *parent)
{
	if (!role_exists(child->owner) ||
		!alias_row_read(child->parent, child->owner, parent) || parent->access == NO_ACCESS)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_OBJECT),
				 errmsg("connection \"%s\" has a parent that its owner may not use",
						quoted(connection->alias))));
}

/* What the current user may do with the parent through the child. */
static Access
access_through(const AliasRow *child, const AliasRow *parent)
{
	AliasRow	own;

	if (parent->owned)
		return WRITE_ACCESS;
	if (!alias_row_read(child->parent, GetUserId(), &own))
		return NO_ACCESS;
	return Min(own.access, parent->access);
}

static void
limit_access(Connection *connection, Access access)
{
	if (access == NO_ACCESS)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_OBJECT),
				 errmsg("connection \"%s\" has a parent that you may not use",
						quoted(connection->alias)),
				 errdetail("Its owner was granted the parent, but a grant cannot be passed on."),
				 errhint("The owner of the parent can grant it to you with jira_grant_connection.")));
	connection->read_only |= access == READ_ACCESS;
}

/*
 * Completes the row from its parents.  The first alias of the chain that has a
 * secret or an application provides the credential.  Returns the paces to keep.
 */
static List *
follow_parents(Connection *connection, AliasRow *row)
{
	char	   *name = connection->alias;
	AliasRow	parent = *row;
	List	   *paces = NIL;

	for (int depth = 0;; depth++)
	{
		AliasRow	child = parent;

		if (connection->credential == NULL)
		{
			connection->stored = credential_find(name);
			if (child.oauth_application || connection->stored)
			{
				connection->credential = name;
				connection->credential_owner = child.owner;
			}
		}
		paces = options_add_pace(paces, name, child.options);
		if (child.parent == NULL)
			return paces;
		name = child.parent;
		if (depth >= MAX_PARENTS)
			ereport(ERROR,
					(errcode(ERRCODE_UNDEFINED_OBJECT),
					 errmsg("connection \"%s\" has too many parents", quoted(connection->alias)),
					 errdetail("One of them may be its own parent.")));
		read_parent(connection, &child, &parent);
		limit_access(connection, access_through(&child, &parent));
		alias_row_inherit(row, &parent);
	}
}

/* Cloud ids are UUIDs; Atlassian does not promise that. */
#define LONGEST_CLOUD_ID 100

bool
connection_is_cloud_id(const char *text)
{
	return text[0] && strlen(text) <= LONGEST_CLOUD_ID && strspn(text, "0123456789abcdefghijklmnopqrstuvwxyz"
																 "ABCDEFGHIJKLMNOPQRSTUVWXYZ-") == strlen(text);
}

/* url_parse(), which allocates much; most sessions use one URL again and again. */
static const char *
parse_url(const char *text, Url *url)
{
	static char last_text[256];
	static Url	last_url;
	const char *problem;

	if (strcmp(text, last_text) == 0)
	{
		*url = last_url;
		return NULL;
	}
	problem = url_parse(text, url);
	if (problem == NULL && strlen(text) < sizeof(last_text))
	{
		strcpy(last_text, text);
		last_url = *url;
	}
	return problem;
}

void
connection_parse_url(const char *text, Url *url)
{
	const char *problem = parse_url(text, url);

	if (problem)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("the URL of the connection is not usable: %s", problem)));
	if (!url->https && !(jira_allow_http && url->loopback))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("the URL of the connection must begin with https://"),
				 errhint("Plain http is accepted to loopback addresses only, when a superuser sets jira_spoke.allow_http.")));
}

void
connection_check_url(const char *text, Url *url)
{
	connection_parse_url(text, url);
	allowed_hosts_check(url);
}

static void
set_base_url(Connection *connection, char *url)
{
	size_t		length = strlen(url);

	while (length > 0 && url[length - 1] == '/')
		url[--length] = '\0';
	connection->base_url = url;
}

char *
connection_gateway_url(const char *cloud_id)
{
	return psprintf("%s" GATEWAY_PATH "%s", jira_gateway_url, cloud_id);
}

void
connection_set_cloud_id(Connection *connection, const char *cloud_id)
{
	if (!connection_is_cloud_id(cloud_id))
		ereport(ERROR,
				(errcode(ERRCODE_PROTOCOL_VIOLATION),
				 errmsg("invalid cloud ID returned by the site of connection \"%s\"",
						quoted(connection->alias))));
	connection->cloud_id = pstrdup(cloud_id);
	set_base_url(connection, connection_gateway_url(cloud_id));
}

Connection *
connection_elsewhere(const Connection *connection, const char *url)
{
	Connection *there = palloc(sizeof(Connection));

	*there = *connection;
	connection_parse_url(url, &there->url);
	set_base_url(there, pstrdup(url));
	if (strcmp(there->url.origin, connection->url.origin) != 0)
		there->options.client_certificate = there->options.client_key = NULL;
	return there;
}

/*
 * Only Atlassian's gateway accepts tokens with scopes, and those of OAuth on
 * Cloud.
 */
static void
set_place(Connection *connection, const AliasRow *row)
{
	bool		oauth = connection->deployment == CLOUD && strcmp(connection->auth, "oauth2") == 0;
	bool		gateway = (connection->scoped || oauth) && connection_gateway_id(row->url) == NULL;

	connection->site_url = row->url;
	connection_check_url(row->url, &connection->url);
	if (gateway)
		connection_parse_url(jira_gateway_url, &connection->url);	/* a superuser's choice */
	if (!gateway)
		set_base_url(connection, pstrdup(row->url));
	else if (row->cloud_id)
		connection_set_cloud_id(connection, row->cloud_id);
}

/* A client certificate is used only for the origin that it was stored for. */
static void
complete_options(Connection *connection, const AliasRow *row, List *paces)
{
	ConnectionOptions *options = &connection->options;

	options_read(row->options, options);
	options->paces = paces;
	if (row->certificate_origin && strcmp(row->certificate_origin, connection->url.origin) != 0)
		options->client_certificate = options->client_key = NULL;
}

static void
complete(Connection *connection, const AliasRow *row, List *paces)
{
	if (row->url == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("connection \"%s\" has no URL", quoted(connection->alias))));
	connection->deployment = row->server_type && strcmp(row->server_type, "server") == 0
		? SERVER : CLOUD;
	connection->api_version = connection->deployment == CLOUD && row->api_version &&
		strcmp(row->api_version, "3") == 0 ? 3 : 2;
	connection->auth = row->auth ? row->auth : "basic";
	connection->scoped = row->scoped && row->scoped[0] == 't';
	connection->username = row->username;
	connection->oauth_application = row->oauth_application;
	if (strcmp(connection->auth, "oauth2") == 0 && row->oauth_application == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("connection \"%s\" has no OAuth 2.0 application", quoted(connection->alias)),
				 errhint("Set oauth_application with jira_alter_connection.")));
	set_place(connection, row);
	complete_options(connection, row, paces);
}

Connection *
connection_open(const char *alias)
{
	Connection *connection = palloc0(sizeof(Connection));
	AliasRow	row;
	List	   *paces;

	bool		found = alias_row_read(alias, GetUserId(), &row);

	if (!found && alias == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_OBJECT),
				 errmsg("no connection is named and no default connection is available"),
				 errhint("Name one in the argument \"connection\" or in the setting jira_spoke.connection, or choose one with jira_use_connection.")));
	if (!found || row.access == NO_ACCESS)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_OBJECT),
				 errmsg("connection \"%s\" does not exist or you may not use it",
						quoted(found ? row.name : alias))));
	connection->alias = row.name;
	limit_access(connection, row.access);
	paces = follow_parents(connection, &row);
	complete(connection, &row, paces);
	return connection;
}

void
connection_check_write(const Connection *connection)
{
	if (connection->read_only)
		ereport(ERROR,
				(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
				 errmsg("connection \"%s\" may only be read by you", quoted(connection->alias)),
				 errhint("Its owner can let you write with jira_grant_connection(..., access => 'write')."),
				 err_generic_string(PG_DIAG_SCHEMA_NAME, "jira_spoke"),
				 err_generic_string(PG_DIAG_TABLE_NAME, "alias"),
				 err_generic_string(PG_DIAG_COLUMN_NAME, READERS_COLUMN)));
}

bool
connection_refused_for_now(const Problem *problem)
{
	return problem->sqlstate == ERRCODE_INSUFFICIENT_PRIVILEGE && problem->column &&
		(strcmp(problem->column, READERS_COLUMN) == 0 || strcmp(problem->column, ALLOWED_HOSTS_COLUMN) == 0);
}
