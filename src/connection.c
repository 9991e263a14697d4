/*
 * connection.c
 *	  Aliases of connections: who may use them, where they lead, their secrets.
 *
 * Row level security decides, as the current user, whether an alias may be
 * used.  Parents are then followed with the rights of the alias that names
 * them: its owner must be allowed to use the parent.
 */
#include "postgres.h"

#include "access/xact.h"
#include "catalog/pg_class.h"
#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "miscadmin.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/guc.h"
#include "utils/snapmgr.h"
#include "utils/syscache.h"

#include "connection.h"
#include "credential.h"
#include "keyed_row.h"
#include "settings.h"

/* A chain of parents longer than this is taken for a loop. */
#define MAX_PARENTS 8

/* Where the gateway has the sites; a cloud id follows. */
#define GATEWAY_PATH "/ex/jira/"

/* What one alias says itself; NULL: as its parent. */
typedef struct AliasRow
{
	Oid			owner;
	bool		usable;			/* by the role that was asked for */
	char	   *parent;
	char	   *url;
	char	   *server_type;
	char	   *api_version;
	char	   *auth;
	char	   *username;
	char	   *scoped;
	char	   *cloud_id;
	char	   *oauth_application;
} AliasRow;

/* $1 the alias, $2 a role that wants to use it. */
static const char alias_query[] =
"SELECT a.owner, a.parent, c.url, c.server_type, c.api_version,"
" c.auth, c.username, c.scoped, c.cloud_id, c.oauth_application,"
" pg_catalog.pg_has_role($2, a.owner, 'USAGE')"
" OR EXISTS (SELECT FROM pg_catalog.unnest(a.granted) AS g (role)"
" WHERE pg_catalog.pg_has_role($2, g.role, 'USAGE'))"
" FROM jira_spoke.alias AS a"
" JOIN jira_spoke.connection AS c ON c.alias OPERATOR(pg_catalog.=) a.name"
" WHERE a.name OPERATOR(pg_catalog.=) $1";

/*
 * The default alias of role $1, else those that it was granted.  From one that
 * row level security hides nothing from ($2), only its own is taken: others'
 * are not meant for it.
 */
static const char default_query[] =
"SELECT name FROM jira_spoke.alias WHERE is_default"
" AND (owner OPERATOR(pg_catalog.=) $1 OR NOT $2)"
" ORDER BY owner OPERATOR(pg_catalog.=) $1 DESC"
" FETCH FIRST ROW WITH TIES";

const char *
deployment_name(Deployment deployment)
{
	return deployment == CLOUD ? "Jira Cloud" : "Jira Server and Data Center";
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
		strstr(connection->site_url, GATEWAY_PATH) != NULL;
}

const char *
connection_named(const char *argument)
{
	if (argument != NULL)
		return argument;
	return jira_connection && jira_connection[0] ? jira_connection : NULL;
}

/* Our statements mean what they say, whatever the user has set. */
static int
pin_settings(void)
{
	int			level = NewGUCNestLevel();

	(void) set_config_option("search_path", "pg_catalog, pg_temp", PGC_USERSET,
							 PGC_S_SESSION, GUC_ACTION_SAVE, true, 0, false);
	(void) set_config_option("row_security", "on", PGC_USERSET,
							 PGC_S_SESSION, GUC_ACTION_SAVE, true, 0, false);
	return level;
}

/*
 * A role must not use in an old transaction what was revoked from it since, so
 * the snapshot is a new one at any isolation level.
 */
static void
push_latest_snapshot(void)
{
	PushActiveSnapshot(GetCatalogSnapshot(spoke_relation("alias")));
}

/*
 * The tables' owner may read them in spite of forced row level security only
 * with SECURITY_NOFORCE_RLS; nothing of the user's runs meanwhile.
 */
static void
become_owner(Oid *user, int *context)
{
	HeapTuple	tuple = SearchSysCache1(RELOID, ObjectIdGetDatum(spoke_relation("alias")));
	Oid			owner = ((Form_pg_class) GETSTRUCT(tuple))->relowner;

	ReleaseSysCache(tuple);
	GetUserIdAndSecContext(user, context);
	SetUserIdAndSecContext(owner, *context | SECURITY_LOCAL_USERID_CHANGE |
						   SECURITY_NOFORCE_RLS);
}

uint64
spoke_execute(const char *statement, int nargs, Oid *types, Datum *values, const char *nulls)
{
	Oid			user;
	int			context;
	int			level = pin_settings();
	uint64		rows;

	become_owner(&user, &context);
	SPI_connect();
	SPI_execute_with_args(statement, nargs, types, values, nulls, false, 0);
	rows = SPI_processed;
	SPI_finish();
	SetUserIdAndSecContext(user, context);
	AtEOXact_GUC(true, level);
	CommandCounterIncrement();
	return rows;
}

/* A column of the only row, copied out of SPI; NULL for a null. */
static char *
column_text(MemoryContext context, int column)
{
	char	   *text = SPI_getvalue(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, column);

	return text ? MemoryContextStrdup(context, text) : NULL;
}

static void
fill_row(MemoryContext context, AliasRow *row)
{
	char	  **texts[] = {&row->parent, &row->url, &row->server_type, &row->api_version,
	&row->auth, &row->username, &row->scoped, &row->cloud_id, &row->oauth_application};
	bool		isnull;
	HeapTuple	tuple = SPI_tuptable->vals[0];
	TupleDesc	columns = SPI_tuptable->tupdesc;

	row->owner = DatumGetObjectId(SPI_getbinval(tuple, columns, 1, &isnull));
	for (int i = 0; i < lengthof(texts); i++)
		*texts[i] = column_text(context, i + 2);
	row->usable = DatumGetBool(SPI_getbinval(tuple, columns, columns->natts, &isnull)) && !isnull;
}

/* As the current user, so that row level security decides, or as the owner. */
static bool
read_alias(const char *name, Oid role, bool as_owner, AliasRow *row)
{
	MemoryContext caller = CurrentMemoryContext;
	Oid			types[] = {TEXTOID, OIDOID};
	Datum		values[] = {CStringGetTextDatum(name), ObjectIdGetDatum(role)};
	Oid			user;
	int			context;
	int			level = pin_settings();
	bool		found;

	GetUserIdAndSecContext(&user, &context);
	if (as_owner)
		become_owner(&user, &context);
	push_latest_snapshot();
	SPI_connect();
	SPI_execute_with_args(alias_query, lengthof(types), types, values, NULL, true, 1);
	found = SPI_processed == 1;
	if (found)
		fill_row(caller, row);
	SPI_finish();
	PopActiveSnapshot();
	SetUserIdAndSecContext(user, context);
	AtEOXact_GUC(true, level);
	return found;
}

static char *
default_alias(void)
{
	MemoryContext caller = CurrentMemoryContext;
	Oid			types[] = {OIDOID, BOOLOID};
	Datum		values[] = {ObjectIdGetDatum(GetUserId()),
	BoolGetDatum(has_bypassrls_privilege(GetUserId()))};
	int			level = pin_settings();
	char	   *name = NULL;
	uint64		found;

	push_latest_snapshot();
	SPI_connect();
	SPI_execute_with_args(default_query, lengthof(types), types, values, NULL, true, 2);
	found = SPI_processed;
	if (found > 0)
		name = column_text(caller, 1);
	SPI_finish();
	PopActiveSnapshot();
	AtEOXact_GUC(true, level);

	if (found != 1)
		ereport(ERROR,
				(errcode(found ? ERRCODE_AMBIGUOUS_ALIAS : ERRCODE_UNDEFINED_OBJECT),
				 found ? errmsg("several connections are a default one for you")
				 : errmsg("no connection is named and there is no default one"),
				 errhint("Name one in the argument \"connection\" or in the setting jira_spoke.connection.")));
	return name;
}

/* Each setting that the row lacks is its parent's. */
static void
inherit(AliasRow *row, const AliasRow *parent)
{
	char	  **own[] = {&row->url, &row->server_type, &row->api_version, &row->auth,
	&row->username, &row->scoped, &row->cloud_id, &row->oauth_application};
	char	   *const theirs[] = {parent->url, parent->server_type, parent->api_version,
		parent->auth, parent->username, parent->scoped, parent->cloud_id,
	parent->oauth_application};

	for (int i = 0; i < lengthof(own); i++)
		if (*own[i] == NULL)
			*own[i] = theirs[i];
}

/*
 * Completes the row from its parents.  The first alias on the way that has a
 * secret or an application of its own is the one whose sign-in is used.
 */
static void
follow_parents(Connection *connection, AliasRow *row)
{
	char	   *name = connection->alias;
	AliasRow	parent = *row;

	for (int depth = 0;; depth++)
	{
		AliasRow	child = parent;

		if (connection->credential == NULL &&
			(child.oauth_application || credential_exists(name)))
		{
			connection->credential = name;
			connection->credential_owner = child.owner;
		}
		if (child.parent == NULL)
			return;
		name = child.parent;
		if (depth >= MAX_PARENTS ||
			!read_alias(name, child.owner, true, &parent) || !parent.usable)
			ereport(ERROR,
					(errcode(ERRCODE_UNDEFINED_OBJECT),
					 errmsg("connection \"%s\" has a parent that its owner may not use",
							connection->alias)));
		inherit(row, &parent);
	}
}

bool
is_cloud_id(const char *text)
{
	return text[0] && strspn(text, "0123456789abcdefghijklmnopqrstuvwxyz"
							 "ABCDEFGHIJKLMNOPQRSTUVWXYZ-") == strlen(text);
}

static void
set_base_url(Connection *connection, char *url)
{
	size_t		length = strlen(url);

	while (length > 0 && url[length - 1] == '/')
		url[--length] = '\0';
	connection->base_url = url;
}

void
connection_set_cloud_id(Connection *connection, const char *cloud_id)
{
	if (!is_cloud_id(cloud_id))
		ereport(ERROR,
				(errcode(ERRCODE_PROTOCOL_VIOLATION),
				 errmsg("the cloud id that the site of connection \"%s\" tells is none",
						connection->alias)));
	connection->cloud_id = pstrdup(cloud_id);
	set_base_url(connection, psprintf("%s" GATEWAY_PATH "%s", jira_gateway_url, cloud_id));
}

/*
 * Tokens with scopes, and those of OAuth on Cloud, are good at Atlassian's
 * gateway only.
 */
static void
set_place(Connection *connection, const AliasRow *row)
{
	bool		oauth = connection->deployment == CLOUD && strcmp(connection->auth, "oauth2") == 0;
	bool		gateway = (connection->scoped || oauth) && strstr(row->url, GATEWAY_PATH) == NULL;

	connection->site_url = row->url;
	connection_check_url(gateway ? jira_gateway_url : row->url, &connection->url);
	if (!gateway)
		set_base_url(connection, pstrdup(row->url));
	else if (row->cloud_id)
		connection_set_cloud_id(connection, row->cloud_id);
}

static void
complete(Connection *connection, const AliasRow *row)
{
	if (row->url == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("connection \"%s\" has no URL", connection->alias)));
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
				 errmsg("connection \"%s\" has no OAuth 2.0 application", connection->alias),
				 errhint("Set oauth_application with jira_alter_connection.")));
	set_place(connection, row);
}

Connection *
connection_open(const char *alias)
{
	Connection *connection = palloc0(sizeof(Connection));
	AliasRow	row;

	connection->alias = alias ? pstrdup(alias) : default_alias();

	/* To bypass row level security is not to be granted the alias. */
	if (!read_alias(connection->alias, GetUserId(), false, &row) || !row.usable)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_OBJECT),
				 errmsg("connection \"%s\" does not exist or you may not use it",
						connection->alias)));
	follow_parents(connection, &row);
	complete(connection, &row);
	return connection;
}

void
connection_check_url(const char *text, Url *url)
{
	const char *problem = url_parse(text, url);

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
