/*
 * alias.c
 *	  The functions that make, change, grant and drop connections.
 *
 * They run with the caller's rights, check them, and then write the
 * extension's tables as their owner.
 */
#include "postgres.h"

#include <ctype.h>

#include "catalog/pg_type.h"
#include "fmgr.h"
#include "miscadmin.h"
#include "pgstat.h"
#include "utils/acl.h"
#include "utils/builtins.h"

#include "connection.h"

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
	OPTIONS
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

/*
 * The statement that stores a secret may hold it as a literal: from here on no
 * error takes it to the server's log.
 */
static void
hide_statement(void *arg)
{
	errhidestmt(true);
	errhidecontext(true);
}

/* EXECUTE alone is not trusted: default privileges may have given it away. */
static void
check_admin(void)
{
	if (!has_privs_of_role(GetUserId(), get_role_oid("jira_spoke_admin", false)))
		ereport(ERROR,
				(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
				 errmsg("only members of jira_spoke_admin may administer connections")));
}

static char *
text_argument(FunctionCallInfo fcinfo, int argument)
{
	return PG_ARGISNULL(argument) ? NULL : text_to_cstring(PG_GETARG_TEXT_PP(argument));
}

static char *
alias_argument(FunctionCallInfo fcinfo)
{
	char	   *alias = text_argument(fcinfo, ALIAS);

	if (alias == NULL || alias[0] == '\0')
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("argument \"alias\" must not be null or empty")));
	return alias;
}

/* The same words for what does not exist and for what is another role's. */
static void
lock_own_alias(const char *alias)
{
	static const char query[] =
	"SELECT FROM jira_spoke.alias"
	" WHERE name OPERATOR(pg_catalog.=) $1"
	" AND pg_catalog.pg_has_role($2, owner, 'USAGE') FOR UPDATE";
	Oid			types[] = {TEXTOID, OIDOID};
	Datum		values[] = {CStringGetTextDatum(alias), ObjectIdGetDatum(GetUserId())};

	if (spoke_execute(query, lengthof(types), types, values, NULL) == 0)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_OBJECT),
				 errmsg("connection \"%s\" does not exist or is not yours", alias)));
}

/* The alias of a function that changes one, when the caller may change it. */
static char *
own_alias_argument(FunctionCallInfo fcinfo)
{
	char	   *alias;

	check_admin();
	alias = alias_argument(fcinfo);
	lock_own_alias(alias);
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
check_printable(const char *argument, const char *text)
{
	if (text && text[0] == '\0')
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("argument \"%s\" must not be empty", argument)));
	for (const unsigned char *c = (const unsigned char *) text; text && *c; c++)
		if (*c < ' ' || *c == 0x7f)
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("argument \"%s\" must not contain control characters", argument)));
}

/* It becomes a part of a path. */
static void
check_cloud_id(const char *id)
{
	for (const char *c = id; c && *c; c++)
		if (!isalnum((unsigned char) *c) && *c != '-')
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("argument \"cloud_id\" must have letters, digits and hyphens only")));
}

static void
check_options(FunctionCallInfo fcinfo)
{
	char	   *url = text_argument(fcinfo, URL);
	char	   *auth = text_argument(fcinfo, AUTH);
	char	   *username = text_argument(fcinfo, USERNAME);
	char	   *parent = text_argument(fcinfo, PARENT);
	Url			parts;

	if (url)
		connection_check_url(url, &parts);
	if (auth && strcmp(auth, "oauth2") == 0)
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("sign-in with OAuth 2.0 is not supported yet"),
				 errhint("Use \"basic\" or \"bearer\".")));
	check_printable("username", username);
	check_printable("secret", text_argument(fcinfo, SECRET));
	if (username && strchr(username, ':') != NULL)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("argument \"username\" must not contain a colon")));
	check_cloud_id(text_argument(fcinfo, CLOUD_ID));
	check_word("auth", auth, "basic", "bearer");
	check_word("server_type", text_argument(fcinfo, SERVER_TYPE), "cloud", "server");
	if (!PG_ARGISNULL(API_VERSION))
		check_word("api_version", psprintf("%d", PG_GETARG_INT32(API_VERSION)), "2", "3");
	if (parent)
		(void) connection_open(parent); /* or an error: the caller may not use
										 * it */
}

/* What the new connection cannot do without, unless a parent has it. */
static void
check_complete(FunctionCallInfo fcinfo)
{
	const char *missing = NULL;
	char	   *auth = text_argument(fcinfo, AUTH);

	if (!PG_ARGISNULL(PARENT))
		return;
	if (PG_ARGISNULL(URL))
		missing = "url";
	else if (PG_ARGISNULL(SECRET))
		missing = "secret";
	else if (PG_ARGISNULL(USERNAME) && (auth == NULL || strcmp(auth, "basic") == 0))
		missing = "username";
	if (missing)
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("a connection without a parent needs the argument \"%s\"", missing)));
}

/*
 * Ties the secret to the host that the connection now leads to.  Without a new
 * secret, one that was stored for another host would be of no use; better to
 * say so now than when it is needed.
 */
static void
store_secret(FunctionCallInfo fcinfo, const char *alias)
{
	char	   *secret = text_argument(fcinfo, SECRET);
	Connection *connection = connection_open(alias);

	if (secret)
	{
		credential_store(alias, connection->url.origin, secret);
		explicit_bzero(secret, strlen(secret));
	}
	else if (connection->credential)
		authorization_forget(connection_authorize(connection));
}

/*
 * Default connections are changed one at a time.  Before any other lock, so
 * that two sessions cannot wait for each other.
 */
static void
lock_defaults(FunctionCallInfo fcinfo)
{
	if (!PG_ARGISNULL(IS_DEFAULT) && PG_GETARG_BOOL(IS_DEFAULT))
		spoke_execute("LOCK TABLE jira_spoke.alias IN SHARE ROW EXCLUSIVE MODE",
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
	return spoke_execute(statement, OPTIONS, types, values, nulls);
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
		spoke_execute(statement, lengthof(types), types, values, NULL);
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
	ErrorContextCallback callback = {error_context_stack, hide_statement, NULL};
	char	   *alias;

	error_context_stack = &callback;
	pgstat_report_activity(STATE_RUNNING, "jira_create_connection");
	check_admin();
	alias = alias_argument(fcinfo);
	check_options(fcinfo);
	check_complete(fcinfo);
	lock_defaults(fcinfo);
	retire_default(fcinfo, alias);
	if (execute_with_options(fcinfo, statement) == 0)
		ereport(ERROR,
				(errcode(ERRCODE_DUPLICATE_OBJECT),
				 errmsg("connection \"%s\" already exists", alias)));
	store_secret(fcinfo, alias);
	error_context_stack = callback.previous;
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
	ErrorContextCallback callback = {error_context_stack, hide_statement, NULL};
	char	   *alias;

	error_context_stack = &callback;
	pgstat_report_activity(STATE_RUNNING, "jira_alter_connection");
	check_admin();
	lock_defaults(fcinfo);
	alias = own_alias_argument(fcinfo);
	check_options(fcinfo);
	retire_default(fcinfo, alias);
	execute_with_options(fcinfo, statement);
	store_secret(fcinfo, alias);
	error_context_stack = callback.previous;
	PG_RETURN_VOID();
}

Datum
jira_drop_connection(PG_FUNCTION_ARGS)
{
	static const char statement[] =
	"DELETE FROM jira_spoke.alias WHERE name OPERATOR(pg_catalog.=) $1";
	Oid			types[] = {TEXTOID};
	Datum		values[] = {CStringGetTextDatum(own_alias_argument(fcinfo))};

	spoke_execute(statement, lengthof(types), types, values, NULL);
	PG_RETURN_VOID();
}

static void
change_grants(FunctionCallInfo fcinfo, const char *statement)
{
	Oid			types[] = {TEXTOID, REGROLEOID};
	Datum		values[] = {CStringGetTextDatum(own_alias_argument(fcinfo)), PG_GETARG_DATUM(1)};

	if (PG_ARGISNULL(1))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("argument \"role\" must not be null")));
	spoke_execute(statement, lengthof(types), types, values, NULL);
}

Datum
jira_grant_connection(PG_FUNCTION_ARGS)
{
	change_grants(fcinfo,
				  "UPDATE jira_spoke.alias SET granted = pg_catalog.array_append("
				  "pg_catalog.array_remove(granted, $2), $2)"
				  " WHERE name OPERATOR(pg_catalog.=) $1");
	PG_RETURN_VOID();
}

Datum
jira_revoke_connection(PG_FUNCTION_ARGS)
{
	change_grants(fcinfo,
				  "UPDATE jira_spoke.alias SET granted = pg_catalog.array_remove(granted, $2)"
				  " WHERE name OPERATOR(pg_catalog.=) $1");
	PG_RETURN_VOID();
}
