/*
 * alias_functions.c
 *	  The functions that make, change, grant and drop connections.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "fmgr.h"
#include "miscadmin.h"
#include "utils/builtins.h"

#include "connection/admin.h"
#include "connection/connection.h"
#include "connection/credential.h"
#include "connection/oauth_application.h"
#include "connection/sign_in.h"
#include "secret/secret_file.h"
#include "utils/argument.h"
#include "utils/own_tables.h"

/* The arguments that create and alter have in common, by position. */
enum
{
	ALIAS,
	URL,
	USERNAME,
	SECRET,
	AUTH,
	SERVER_TYPE,
	API_VERSION,
	SCOPED,
	CLOUD_ID,
	OAUTH_APPLICATION,
	PARENT,
	IS_DEFAULT,
	OPTIONS,					/* as jsonb, stored by themselves */
	SECRET_FILE					/* in no column */
};

static const Oid option_types[OPTIONS] = {
	TEXTOID, TEXTOID, TEXTOID, TEXTOID, TEXTOID, TEXTOID, INT4OID, BOOLOID,
	TEXTOID, TEXTOID, TEXTOID, BOOLOID
};

PG_FUNCTION_INFO_V1(jira_create_connection);
PG_FUNCTION_INFO_V1(jira_alter_connection);
PG_FUNCTION_INFO_V1(jira_drop_connection);
PG_FUNCTION_INFO_V1(jira_grant_connection);
PG_FUNCTION_INFO_V1(jira_revoke_connection);

/* The alias of a function that changes one, when the caller may change it. */
static char *
own_alias_argument(FunctionCallInfo fcinfo)
{
	char	   *alias = argument_required_text(fcinfo, ALIAS, "alias");

	admin_lock_alias(alias);
	return alias;
}

static void
check_word(const char *argument, const char *word, const char *first, const char *second)
{
	if (word && strcmp(word, first) != 0 && strcmp(word, second) != 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("argument \"%s\" must not be \"%s\"", argument, word),
				 errhint("Use \"%s\" or \"%s\".", first, second)));
}

static void
check_auth(const char *auth)
{
	if (auth && strcmp(auth, "basic") != 0 && strcmp(auth, "bearer") != 0 && strcmp(auth, "oauth2") != 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("argument \"auth\" must not be \"%s\"", auth),
				 errhint("Use \"basic\", \"bearer\" or \"oauth2\".")));
}

static void
check_options(FunctionCallInfo fcinfo)
{
	char	   *url = argument_text(fcinfo, URL);
	char	   *auth = argument_text(fcinfo, AUTH);
	char	   *username = argument_text(fcinfo, USERNAME);
	char	   *cloud_id = argument_text(fcinfo, CLOUD_ID);
	char	   *application = argument_text(fcinfo, OAUTH_APPLICATION);
	char	   *parent = argument_text(fcinfo, PARENT);
	Url			parts;

	if (url)
		connection_check_url(url, &parts);
	admin_check_printable("username", username);
	if (username && strchr(username, ':') != NULL)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("argument \"username\" must not contain a colon")));
	if (cloud_id && !connection_is_cloud_id(cloud_id))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("argument \"cloud_id\" must have letters, digits and hyphens only")));
	check_auth(auth);
	check_word("server_type", argument_text(fcinfo, SERVER_TYPE), "cloud", "server");
	if (!PG_ARGISNULL(API_VERSION))
		check_word("api_version", psprintf("%d", PG_GETARG_INT32(API_VERSION)), "2", "3");
	/* Or an error: the caller may not use it. */
	if (application)
		(void) oauth_application_open(application, GetUserId());
	if (parent)
		(void) connection_open(parent);
}

/* What the new connection cannot do without, unless a parent has it. */
static void
check_complete(FunctionCallInfo fcinfo)
{
	const char *missing = NULL;
	char	   *auth = argument_text(fcinfo, AUTH);

	if (!PG_ARGISNULL(PARENT))
		return;
	if (PG_ARGISNULL(URL))
		missing = "url";
	else if (PG_ARGISNULL(USERNAME) && (auth == NULL || strcmp(auth, "basic") == 0))
		missing = "username";
	else if (PG_ARGISNULL(OAUTH_APPLICATION) && auth && strcmp(auth, "oauth2") == 0)
		missing = "oauth_application";
	if (missing)
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("a connection without a parent needs the argument \"%s\"", missing)));
}

static void
store_options(FunctionCallInfo fcinfo, const char *alias)
{
	options_store(alias, PG_ARGISNULL(OPTIONS) ? NULL : PG_GETARG_JSONB_P(OPTIONS));
}

/* The secret given, as such or in a file; NULL: there is none. */
static char *
given_secret(FunctionCallInfo fcinfo)
{
	char	   *secret = argument_text(fcinfo, SECRET);
	char	   *path = argument_text(fcinfo, SECRET_FILE);

	if (secret && path)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("arguments \"secret\" and \"secret_file\" must not be given together")));
	if (path)
		secret = secret_in_file(path);
	admin_check_printable("secret", secret);
	return secret;
}

/*
 * Ties the secret to the host that the connection now leads to.  Without a new
 * secret, one that was stored for another host would be of no use; better to
 * say so now than when it is needed.
 */
static void
store_secret(FunctionCallInfo fcinfo, const char *alias)
{
	char	   *secret = given_secret(fcinfo);
	Connection *connection = connection_open(alias);
	const char *origin = connection->url.origin;

	if (strcmp(connection->auth, "oauth2") == 0)
		credential_store(alias, origin, NULL);	/* it has tokens instead */
	else if (secret)
		credential_store(alias, origin, secret);
	else if (connection->stored)
		secret = credential_open(connection->stored, origin, alias);
	if (secret)
		explicit_bzero(secret, strlen(secret));
}

static void
forget_sign_in(FunctionCallInfo fcinfo, const char *alias)
{
	static const int decisive[] = {URL, USERNAME, SECRET, SECRET_FILE, AUTH, SERVER_TYPE, SCOPED, OAUTH_APPLICATION, PARENT};

	for (int i = 0; i < lengthof(decisive); i++)
		if (!PG_ARGISNULL(decisive[i]))
		{
			sign_in_forget(alias);
			return;
		}
}

/*
 * Default connections are changed one at a time.  Before any other lock, so
 * that two sessions cannot wait for each other.
 */
static void
lock_defaults(FunctionCallInfo fcinfo)
{
	if (!PG_ARGISNULL(IS_DEFAULT) && PG_GETARG_BOOL(IS_DEFAULT))
		own_tables_execute("LOCK TABLE jira_spoke.alias IN SHARE ROW EXCLUSIVE MODE",
						   0, NULL, NULL, NULL);
}

/* $1 to $12 are the arguments; in place of the secret, $4 is the caller. */
static uint64
execute_with_options(FunctionCallInfo fcinfo, const char *statement)
{
	Oid			types[OPTIONS];
	Datum		values[OPTIONS];
	char		nulls[OPTIONS];

	for (int i = 0; i < OPTIONS; i++)
	{
		types[i] = option_types[i];
		values[i] = PG_GETARG_DATUM(i);
		nulls[i] = PG_ARGISNULL(i) ? 'n' : ' ';
	}
	types[SECRET] = OIDOID;
	values[SECRET] = ObjectIdGetDatum(GetUserId());
	nulls[SECRET] = ' ';
	return own_tables_execute(statement, OPTIONS, types, values, nulls);
}

/*
 * A new default connection takes the place of its owner's old one.  The owner
 * need not be the caller, who may be a member of it.
 */
static void
retire_default(FunctionCallInfo fcinfo, const char *alias)
{
	static const char statement[] =
	"UPDATE jira_spoke.alias SET is_default = false"
	" WHERE is_default AND owner OPERATOR(pg_catalog.=) COALESCE("
	"(SELECT a.owner FROM jira_spoke.alias AS a WHERE a.name OPERATOR(pg_catalog.=) $1), $2)";
	Oid			types[] = {TEXTOID, OIDOID};
	Datum		values[] = {CStringGetTextDatum(alias), ObjectIdGetDatum(GetUserId())};

	if (!PG_ARGISNULL(IS_DEFAULT) && PG_GETARG_BOOL(IS_DEFAULT))
		own_tables_execute(statement, lengthof(types), types, values, NULL);
}

Datum
jira_create_connection(PG_FUNCTION_ARGS)
{
	/*
	 * With a parent, an option that has its declared default counts as left
	 * out.
	 */
	static const char statement[] =
	"WITH made AS ("
	"INSERT INTO jira_spoke.alias (name, owner, parent, is_default)"
	" VALUES ($1, $4, $11, COALESCE($12, false))"
	" ON CONFLICT (name) DO NOTHING RETURNING name)"
	"INSERT INTO jira_spoke.connection (alias, url, username, auth,"
	" server_type, api_version, scoped, cloud_id, oauth_application)"
	" SELECT name, $2, $3,"
	" CASE WHEN $11 IS NULL OR $5 OPERATOR(pg_catalog.<>) 'basic' THEN $5 END,"
	" CASE WHEN $11 IS NULL OR $6 OPERATOR(pg_catalog.<>) 'cloud' THEN $6 END,"
	" CASE WHEN $11 IS NULL OR $7 OPERATOR(pg_catalog.<>) 2 THEN $7 END,"
	" CASE WHEN $11 IS NULL OR $8 THEN $8 END, $9, $10 FROM made";
	ErrorContextCallback callback;
	char	   *alias;

	admin_begin(&callback, "jira_create_connection");
	alias = argument_required_text(fcinfo, ALIAS, "alias");
	check_options(fcinfo);
	check_complete(fcinfo);
	lock_defaults(fcinfo);
	retire_default(fcinfo, alias);
	if (execute_with_options(fcinfo, statement) == 0)
		ereport(ERROR,
				(errcode(ERRCODE_DUPLICATE_OBJECT),
				 errmsg("connection \"%s\" already exists", alias)));
	store_options(fcinfo, alias);
	store_secret(fcinfo, alias);
	admin_end(&callback);
	PG_RETURN_VOID();
}

Datum
jira_alter_connection(PG_FUNCTION_ARGS)
{
	static const char statement[] =
	"WITH changed AS ("
	"UPDATE jira_spoke.alias SET parent = COALESCE($11, parent),"
	" is_default = COALESCE($12, is_default)"
	" WHERE name OPERATOR(pg_catalog.=) $1 AND $4 IS NOT NULL)"
	"UPDATE jira_spoke.connection SET url = COALESCE($2, url),"
	" username = COALESCE($3, username), auth = COALESCE($5, auth),"
	" server_type = COALESCE($6, server_type), api_version = COALESCE($7, api_version),"
	" scoped = COALESCE($8, scoped), cloud_id = COALESCE($9, cloud_id),"
	" oauth_application = COALESCE($10, oauth_application)"
	" WHERE alias OPERATOR(pg_catalog.=) $1";
	ErrorContextCallback callback;
	char	   *alias;

	admin_begin(&callback, "jira_alter_connection");
	lock_defaults(fcinfo);
	alias = own_alias_argument(fcinfo);
	check_options(fcinfo);
	retire_default(fcinfo, alias);
	execute_with_options(fcinfo, statement);
	forget_sign_in(fcinfo, alias);
	store_options(fcinfo, alias);
	store_secret(fcinfo, alias);
	admin_end(&callback);
	PG_RETURN_VOID();
}

Datum
jira_drop_connection(PG_FUNCTION_ARGS)
{
	static const char statement[] =
	"DELETE FROM jira_spoke.alias WHERE name OPERATOR(pg_catalog.=) $1";
	Oid			types[] = {TEXTOID};
	Datum		values[1];
	ErrorContextCallback callback;

	admin_begin(&callback, "jira_drop_connection");
	values[0] = CStringGetTextDatum(own_alias_argument(fcinfo));
	own_tables_execute(statement, lengthof(types), types, values, NULL);
	admin_end(&callback);
	PG_RETURN_VOID();
}

static void
change_grants(FunctionCallInfo fcinfo, const char *function, const char *statement)
{
	Oid			types[] = {TEXTOID, REGROLEOID};
	Datum		values[] = {0, PG_GETARG_DATUM(1)};
	ErrorContextCallback callback;

	admin_begin(&callback, function);
	values[0] = CStringGetTextDatum(own_alias_argument(fcinfo));
	argument_require(fcinfo, 1, "role");
	own_tables_execute(statement, lengthof(types), types, values, NULL);
	admin_end(&callback);
}

Datum
jira_grant_connection(PG_FUNCTION_ARGS)
{
	change_grants(fcinfo, "jira_grant_connection",
				  "UPDATE jira_spoke.alias SET granted = pg_catalog.array_append("
				  "pg_catalog.array_remove(granted, $2), $2)"
				  " WHERE name OPERATOR(pg_catalog.=) $1");
	PG_RETURN_VOID();
}

Datum
jira_revoke_connection(PG_FUNCTION_ARGS)
{
	change_grants(fcinfo, "jira_revoke_connection",
				  "UPDATE jira_spoke.alias SET granted = pg_catalog.array_remove(granted, $2)"
				  " WHERE name OPERATOR(pg_catalog.=) $1");
	PG_RETURN_VOID();
}
