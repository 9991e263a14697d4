/*
 * alias_functions.c
 *	  The functions that create, alter and drop connections.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "fmgr.h"
#include "lib/stringinfo.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/jsonb.h"

#include "connection/admin.h"
#include "connection/connection.h"
#include "connection/credential.h"
#include "connection/foreign_server.h"
#include "connection/oauth_application.h"
#include "connection/sign_in.h"
#include "connection/site_url.h"
#include "secret/secret_file.h"
#include "utils/argument.h"
#include "utils/own_tables.h"
#include "utils/quoted.h"

/*
 * The arguments of jira_create_connection() and jira_alter_connection(), in
 * their order; NULL for those left out.
 */
typedef struct AliasArguments
{
	char	   *alias;
	char	   *url;
	char	   *username;
	char	   *secret;
	char	   *auth;
	char	   *server_type;
	NullableDatum api_version;	/* integer */
	NullableDatum scoped;		/* boolean */
	char	   *cloud_id;
	char	   *oauth_application;
	char	   *parent;
	NullableDatum is_default;	/* boolean */
	Jsonb	   *options;
	char	   *secret_file;
	NullableDatum owner;		/* role; only of jira_alter_connection() */
} AliasArguments;

/* The parameters of a statement, $1 first. */
typedef struct Parameters
{
	int			count;
	Oid			types[10];
	Datum		values[10];
	char		nulls[10];		/* as SPI has them */
} Parameters;

PG_FUNCTION_INFO_V1(jira_create_connection);
PG_FUNCTION_INFO_V1(jira_alter_connection);
PG_FUNCTION_INFO_V1(jira_drop_connection);

static void
add_parameter(Parameters *parameters, Oid type, NullableDatum given)
{
	int			i = parameters->count++;

	Assert(i < lengthof(parameters->types));
	parameters->types[i] = type;
	parameters->values[i] = given.value;
	parameters->nulls[i] = given.isnull ? 'n' : ' ';
}

static void
add_text(Parameters *parameters, const char *text)
{
	NullableDatum given = {text ? CStringGetTextDatum(text) : 0, text == NULL};

	add_parameter(parameters, TEXTOID, given);
}

static uint64
execute(const char *statement, Parameters *parameters)
{
	return own_tables_execute(statement, parameters->count, parameters->types,
							  parameters->values, parameters->nulls);
}

static AliasArguments
read_arguments(FunctionCallInfo fcinfo)
{
	AliasArguments given = {
		.alias = argument_required_text(fcinfo, 0, "alias"),
		.url = argument_text(fcinfo, 1),
		.username = argument_text(fcinfo, 2),
		.secret = argument_text(fcinfo, 3),
		.auth = argument_text(fcinfo, 4),
		.server_type = argument_text(fcinfo, 5),
		.api_version = fcinfo->args[6],
		.scoped = fcinfo->args[7],
		.cloud_id = argument_text(fcinfo, 8),
		.oauth_application = argument_text(fcinfo, 9),
		.parent = argument_text(fcinfo, 10),
		.is_default = fcinfo->args[11],
		.options = PG_ARGISNULL(12) ? NULL : PG_GETARG_JSONB_P(12),
		.secret_file = argument_text(fcinfo, 13),
		.owner = {.isnull = true},
	};

	if (fcinfo->nargs > 14)
		given.owner = fcinfo->args[14];

	return given;
}

static void
check_word(const char *argument, const char *word, const char *first, const char *second)
{
	if (word && strcmp(word, first) != 0 && strcmp(word, second) != 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("argument \"%s\" must not be \"%s\"", argument, quoted(word)),
				 errhint("Use \"%s\" or \"%s\".", first, second)));
}

static void
check_auth(const char *auth)
{
	if (auth && strcmp(auth, "basic") != 0 && strcmp(auth, "bearer") != 0 && strcmp(auth, "oauth2") != 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("argument \"auth\" must not be \"%s\"", quoted(auth)),
				 errhint("Use \"basic\", \"bearer\" or \"oauth2\".")));
}

/*
 * Atlassian tells the cloud ID nowhere but in addresses of its administration,
 * which are taken for it, and for the URL of the site at the gateway.
 */
static void
read_administration(AliasArguments *given)
{
	char	   *of_url = given->url ? site_url_cloud_id(given->url) : NULL;
	char	   *of_id = given->cloud_id ? site_url_cloud_id(given->cloud_id) : NULL;

	if (of_url)
		given->url = connection_gateway_url(of_url);
	if (of_id)
		given->cloud_id = of_id;
	else if (of_url && given->cloud_id == NULL)
		given->cloud_id = of_url;
}

static void
check_arguments(const AliasArguments *given)
{
	if (given->url)
		site_url_check(given->url);
	admin_check_printable("username", given->username);
	if (given->username && strchr(given->username, ':') != NULL)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("argument \"username\" must not contain a colon")));
	if (given->cloud_id && !connection_is_cloud_id(given->cloud_id))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("argument \"cloud_id\" must have letters, digits and hyphens only"),
				 errhint("It is the part between /s/ and the next slash in the address of Atlassian's administration, https://admin.atlassian.com/s/<cloud ID>/apps.")));
	check_auth(given->auth);
	check_word("server_type", given->server_type, "cloud", "server");
	if (!given->api_version.isnull)
		check_word("api_version", psprintf("%d", DatumGetInt32(given->api_version.value)), "2", "3");
	/* These raise an error if the caller may not use them. */
	if (given->oauth_application)
		(void) oauth_application_open(given->oauth_application, GetUserId());
	if (given->parent)
		(void) connection_open(given->parent);
}

/* A new connection needs these, unless a parent has them. */
static void
check_complete(const AliasArguments *given)
{
	const char *missing = NULL;

	if (given->parent)
		return;
	if (given->url == NULL)
		missing = "url";
	else if (given->username == NULL && (given->auth == NULL || strcmp(given->auth, "basic") == 0))
		missing = "username";
	else if (given->oauth_application == NULL && given->auth && strcmp(given->auth, "oauth2") == 0)
		missing = "oauth_application";
	if (missing)
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("a connection without a parent needs the argument \"%s\"", missing)));
}

/*
 * With a parent, an argument of jira_create_connection() that has its declared
 * default counts as left out.
 */
static void
leave_defaults_to_parent(AliasArguments *given)
{
	if (given->parent == NULL)
		return;
	if (given->auth && strcmp(given->auth, "basic") == 0)
		given->auth = NULL;
	if (given->server_type && strcmp(given->server_type, "cloud") == 0)
		given->server_type = NULL;
	if (!given->api_version.isnull && DatumGetInt32(given->api_version.value) == 2)
		given->api_version.isnull = true;
	if (!given->scoped.isnull && !DatumGetBool(given->scoped.value))
		given->scoped.isnull = true;
}

static bool
becomes_default(const AliasArguments *given)
{
	return !given->is_default.isnull && DatumGetBool(given->is_default.value);
}

/*
 * Default connections are changed one at a time.  Before any other lock, so
 * that two sessions cannot wait for each other.
 */
static void
lock_defaults(const AliasArguments *given)
{
	if (becomes_default(given))
		own_tables_execute("LOCK TABLE jira_spoke.alias IN SHARE ROW EXCLUSIVE MODE",
						   0, NULL, NULL, NULL);
}

/*
 * A new default connection takes the place of its owner's old one.  The owner
 * need not be the caller, who may be a member of it.
 */
static void
retire_default(const AliasArguments *given)
{
	static const char statement[] =
	"UPDATE jira_spoke.alias SET is_default = false"
	" WHERE is_default AND owner OPERATOR(pg_catalog.=) COALESCE("
	"(SELECT a.owner::pg_catalog.oid FROM jira_spoke.alias AS a WHERE a.name OPERATOR(pg_catalog.=) $1), $2)";
	Oid			types[] = {TEXTOID, OIDOID};
	Datum		values[] = {CStringGetTextDatum(given->alias), ObjectIdGetDatum(GetUserId())};

	if (becomes_default(given))
		own_tables_execute(statement, lengthof(types), types, values, NULL);
}

/*
 * Gives the alias to another role.  It does not become that role's default one
 * by this: nobody's calls may be led elsewhere by others.
 */
static void
give_to_owner(const AliasArguments *given)
{
	static const char statement[] =
	"UPDATE jira_spoke.alias SET owner = $2, is_default = false"
	" WHERE name OPERATOR(pg_catalog.=) $1 AND owner OPERATOR(pg_catalog.<>) $2";
	Oid			types[] = {TEXTOID, OIDOID};
	Datum		values[] = {CStringGetTextDatum(given->alias), given->owner.value};
	Oid			owner = DatumGetObjectId(given->owner.value);

	if (given->owner.isnull)
		return;
	admin_check_new_owner(owner);
	own_tables_execute(statement, lengthof(types), types, values, NULL);
}

/*
 * Runs a statement on the row of jira_spoke.alias: $1 name, $2 is_default,
 * $3 the caller.
 */
static uint64
write_alias(const char *statement, const AliasArguments *given)
{
	NullableDatum caller = {ObjectIdGetDatum(GetUserId()), false};
	Parameters	parameters = {0};

	add_text(&parameters, given->alias);
	add_parameter(&parameters, BOOLOID, given->is_default);
	add_parameter(&parameters, OIDOID, caller);
	return execute(statement, &parameters);
}

/* Inserts the row of jira_spoke.connection, or changes what is given of it. */
static void
write_connection(const AliasArguments *given)
{
	static const char statement[] =
	"INSERT INTO jira_spoke.connection AS c (alias, url, username, auth,"
	" server_type, api_version, scoped, cloud_id, oauth_application, parent)"
	" VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)"
	" ON CONFLICT (alias) DO UPDATE SET url = COALESCE(excluded.url, c.url),"
	" username = COALESCE(excluded.username, c.username),"
	" auth = COALESCE(excluded.auth, c.auth),"
	" server_type = COALESCE(excluded.server_type, c.server_type),"
	" api_version = COALESCE(excluded.api_version, c.api_version),"
	" scoped = COALESCE(excluded.scoped, c.scoped),"
	" cloud_id = COALESCE(excluded.cloud_id, c.cloud_id),"
	" oauth_application = COALESCE(excluded.oauth_application, c.oauth_application),"
	" parent = COALESCE(excluded.parent, c.parent)";
	Parameters	parameters = {0};

	add_text(&parameters, given->alias);
	add_text(&parameters, given->url);
	add_text(&parameters, given->username);
	add_text(&parameters, given->auth);
	add_text(&parameters, given->server_type);
	add_parameter(&parameters, INT4OID, given->api_version);
	add_parameter(&parameters, BOOLOID, given->scoped);
	add_text(&parameters, given->cloud_id);
	add_text(&parameters, given->oauth_application);
	add_text(&parameters, given->parent);
	execute(statement, &parameters);
}

/* Another URL or parent must not get the identity that a client certificate proves. */
static void
check_certificate_origin(const Connection *connection)
{
	static const char query[] =
	"SELECT FROM jira_spoke.connection WHERE alias OPERATOR(pg_catalog.=) $1"
	" AND certificate_origin OPERATOR(pg_catalog.<>) $2";
	Parameters	parameters = {0};

	add_text(&parameters, connection->alias);
	add_text(&parameters, connection->url.origin);
	if (execute(query, &parameters) > 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_AUTHORIZATION_SPECIFICATION),
				 errmsg("the client certificate of connection \"%s\" was stored for another host",
						connection->alias),
				 errhint("Give the options client_certificate and client_key again, or null for both to remove them.")));
}

/*
 * Merges "given" into the stored options; a null removes one, and NULL is stored
 * when none is left.  A client certificate among them is tied to the origin that
 * the connection leads to now.
 */
static void
merge_options(const Connection *connection, Jsonb *given)
{
	static const char statement[] =
	"UPDATE jira_spoke.connection AS c SET options = merged.options, certificate_origin ="
	" CASE WHEN NOT $2 OPERATOR(pg_catalog.?) 'client_certificate' THEN c.certificate_origin"
	" WHEN merged.options OPERATOR(pg_catalog.?) 'client_certificate' THEN $3 END"
	" FROM (SELECT o.alias, NULLIF(pg_catalog.jsonb_strip_nulls("
	"COALESCE(o.options, '{}') OPERATOR(pg_catalog.||) $2), '{}') AS options"
	" FROM jira_spoke.connection AS o) AS merged"
	" WHERE c.alias OPERATOR(pg_catalog.=) $1 AND merged.alias OPERATOR(pg_catalog.=) $1";
	NullableDatum options = {JsonbPGetDatum(given), false};
	Parameters	parameters = {0};

	add_text(&parameters, connection->alias);
	add_parameter(&parameters, JSONBOID, options);
	add_text(&parameters, connection->url.origin);
	execute(statement, &parameters);
}

static void
store_options(const Connection *connection, Jsonb *given)
{
	if (given)
	{
		options_check(given);
		merge_options(connection, given);
	}
	check_certificate_origin(connection);
}

/* The secret given, as such or in a file; NULL: there is none. */
static char *
given_secret(const AliasArguments *given)
{
	char	   *secret = given->secret;

	if (secret && given->secret_file)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("arguments \"secret\" and \"secret_file\" must not be given together")));
	if (given->secret_file)
		secret = secret_in_file(given->secret_file);
	admin_check_printable("secret", secret);
	return secret;
}

/*
 * Ties the secret to the host that the connection now leads to.  If no secret
 * is given, the one in use must have been stored for that host: otherwise this
 * call fails, and not the first request.
 */
static void
store_secret(const Connection *connection, const AliasArguments *given)
{
	char	   *secret = given_secret(given);
	const char *origin = connection->url.origin;

	if (strcmp(connection->auth, "oauth2") == 0)
		credential_store(connection->alias, origin, NULL);	/* it has tokens instead */
	else if (secret)
		credential_store(connection->alias, origin, secret);
	else if (connection->stored)
		secret = credential_open(connection->stored, origin, connection->alias);
	if (secret)
		explicit_bzero(secret, strlen(secret));
}

/* A new owner of a connection may not be allowed to use its application. */
static void
check_application(const Connection *connection)
{
	if (connection->oauth_application && connection->credential &&
		!oauth_application_is_usable(connection->oauth_application, connection->credential_owner))
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("the new owner of connection \"%s\" may not use its OAuth 2.0 application \"%s\"",
						quoted(connection->alias), quoted(connection->oauth_application)),
				 errhint("Give the application first, with jira_alter_oauth_application.")));
}

/* What may be meant, but will probably fail at the first request. */
static void
warn_of_oddities(const Connection *connection, const AliasArguments *given)
{
	if (given->username && !connection_user_is_email(connection))
		ereport(WARNING,
				(errmsg("the user name \"%s\" is not an e-mail address", quoted(given->username)),
				 errdetail("On Jira Cloud the user name is the e-mail address of the account."),
				 errhint("For a Jira Server or Data Center, give server_type => 'server'.")));
	if (given->url && connection->deployment == CLOUD && strcmp(connection->auth, "basic") == 0 &&
		!connection->scoped && connection_gateway_id(connection->site_url))
		ereport(NOTICE,
				(errmsg("connection \"%s\" leads to Atlassian's gateway, but is not marked as scoped", quoted(connection->alias)),
				 errhint("If its API token has scopes, set scoped => true: then functions say at once what such a token is not good for.")));
}

/* The rest depends on where the connection leads to, by itself or by its parents. */
static void
store_rest(const AliasArguments *given)
{
	Connection *connection = connection_open(given->alias);

	warn_of_oddities(connection, given);
	if (!given->owner.isnull)
		check_application(connection);
	store_options(connection, given->options);
	store_secret(connection, given);
}

Datum
jira_create_connection(PG_FUNCTION_ARGS)
{
	ErrorContextCallback callback;
	AliasArguments given;

	admin_begin(&callback, "jira_create_connection");
	given = read_arguments(fcinfo);
	admin_check_printable("alias", given.alias);
	read_administration(&given);
	check_arguments(&given);
	check_complete(&given);
	leave_defaults_to_parent(&given);
	lock_defaults(&given);
	retire_default(&given);
	if (write_alias("INSERT INTO jira_spoke.alias (name, owner, is_default)"
					" VALUES ($1, $3, COALESCE($2, false))"
					" ON CONFLICT (name) DO NOTHING", &given) == 0)
		ereport(ERROR,
				(errcode(ERRCODE_DUPLICATE_OBJECT),
				 errmsg("connection \"%s\" already exists", quoted(given.alias)),
				 errhint("Change it with jira_alter_connection, or take another name; its owner can remove it with jira_drop_connection.")));
	write_connection(&given);
	store_rest(&given);
	admin_end(&callback);
	PG_RETURN_VOID();
}

Datum
jira_alter_connection(PG_FUNCTION_ARGS)
{
	ErrorContextCallback callback;
	AliasArguments given;

	admin_begin(&callback, "jira_alter_connection");
	given = read_arguments(fcinfo);
	lock_defaults(&given);
	admin_lock_alias(given.alias);
	read_administration(&given);
	check_arguments(&given);
	give_to_owner(&given);
	retire_default(&given);
	write_alias("UPDATE jira_spoke.alias SET is_default = COALESCE($2, is_default)"
				" WHERE name OPERATOR(pg_catalog.=) $1", &given);
	write_connection(&given);
	if (given.url || given.username || given.secret || given.secret_file || given.auth ||
		given.server_type || !given.scoped.isnull || given.oauth_application || given.parent)
		sign_in_forget(given.alias);
	store_rest(&given);
	admin_end(&callback);
	PG_RETURN_VOID();
}

/* The servers stay: a connection of the same name may be made again. */
static void
warn_of_servers(const char *alias)
{
	List	   *names = foreign_server_names(alias);
	StringInfoData list;
	ListCell   *cell;

	if (names == NIL)
		return;
	initStringInfo(&list);
	foreach(cell, names)
		appendStringInfo(&list, "%s%s", foreach_current_index(cell) > 0 ? ", " : "", quote_identifier(lfirst(cell)));
	ereport(WARNING,
			(errmsg("the connection \"%s\" was used by servers of foreign tables", quoted(alias)),
			 errdetail("Tables of these servers cannot be read any more: %s.", list.data),
			 errhint("Make the connection again, give the servers another one with ALTER SERVER ... OPTIONS (SET connection '...'), or drop them.")));
}

Datum
jira_drop_connection(PG_FUNCTION_ARGS)
{
	static const char statement[] =
	"DELETE FROM jira_spoke.alias WHERE name OPERATOR(pg_catalog.=) $1";
	Oid			types[] = {TEXTOID};
	Datum		values[1];
	ErrorContextCallback callback;
	char	   *alias;

	admin_begin(&callback, "jira_drop_connection");
	alias = argument_required_text(fcinfo, 0, "alias");
	admin_lock_alias(alias);
	values[0] = CStringGetTextDatum(alias);
	own_tables_execute(statement, lengthof(types), types, values, NULL);
	warn_of_servers(alias);
	admin_end(&callback);
	PG_RETURN_VOID();
}
