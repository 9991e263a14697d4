/*
 * oauth_application.c
 *	  Rows of jira_spoke.oauth_application, and the functions that make, give and drop them.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "fmgr.h"
#include "lib/stringinfo.h"
#include "miscadmin.h"
#include "utils/acl.h"
#include "utils/builtins.h"

#include "connection/admin.h"
#include "connection/connection.h"
#include "connection/oauth_application.h"
#include "json/value.h"
#include "secret/secret.h"
#include "secret/secret_table.h"
#include "utils/argument.h"
#include "utils/own_tables.h"
#include "utils/quoted.h"
#include "utils/role.h"

PG_FUNCTION_INFO_V1(jira_create_oauth_application);
PG_FUNCTION_INFO_V1(jira_alter_oauth_application);
PG_FUNCTION_INFO_V1(jira_drop_oauth_application);

/* Columns of jira_spoke.oauth_application. */
enum
{
	NAME,
	CLIENT_SECRET,
	OWNER,
	CLIENT_ID,
	GRANT_TYPE,
	REDIRECT_URL,
	SCOPES,
	AUTHORIZE_URL,
	TOKEN_URL,
	REFRESH_URL,
	COLUMNS
};

static const SecretTable table = {"oauth_application", COLUMNS};

/* Arguments of jira_create_oauth_application. */
enum
{
	ARG_NAME,
	ARG_CLIENT_ID,
	ARG_CLIENT_SECRET,
	ARG_REDIRECT_URL,
	ARG_SCOPES,
	ARG_AUTHORIZE_URL,
	ARG_TOKEN_URL,
	ARG_GRANT_TYPE,
	ARG_REFRESH_URL
};

static char *
place_of(const char *name, const char *token_origin)
{
	return secret_place("oauth_application.client_secret", name, token_origin);
}

static char *
phrase(const char *name)
{
	return psprintf("OAuth 2.0 application \"%s\"", quoted(name));
}

static char *
join_scopes(Datum scopes)
{
	StringInfoData joined;
	Datum	   *elements;
	bool	   *nulls;
	int			count = value_array_elements(DatumGetArrayTypeP(scopes), &elements, &nulls);

	initStringInfo(&joined);
	for (int i = 0; i < count; i++)
		if (!nulls[i])
			appendStringInfo(&joined, "%s%s", joined.len ? " " : "", TextDatumGetCString(elements[i]));
	return joined.data;
}

static char *
column_text(const Datum *values, const bool *nulls, int column)
{
	return TextDatumGetCString(secret_table_value(&table, values, nulls, column));
}

static OAuthApplication *
from_columns(const Datum *values, const bool *nulls)
{
	OAuthApplication *application = palloc0(sizeof(OAuthApplication));

	application->name = column_text(values, nulls, NAME);
	if (!nulls[CLIENT_SECRET])
		application->client_secret = (struct varlena *) DatumGetPointer(values[CLIENT_SECRET]);
	application->owner = DatumGetObjectId(secret_table_value(&table, values, nulls, OWNER));
	application->client_id = column_text(values, nulls, CLIENT_ID);
	application->has_consent = strcmp(column_text(values, nulls, GRANT_TYPE), "authorization_code") == 0;
	if (!nulls[REDIRECT_URL])
		application->redirect_url = column_text(values, nulls, REDIRECT_URL);
	application->scopes = join_scopes(secret_table_value(&table, values, nulls, SCOPES));
	application->authorize_url = column_text(values, nulls, AUTHORIZE_URL);
	application->token_url = column_text(values, nulls, TOKEN_URL);
	connection_parse_url(application->token_url, &application->token_place);
	application->refresh_url = nulls[REFRESH_URL] ? application->token_url : column_text(values, nulls, REFRESH_URL);
	return application;
}

/* Nobody has those of a role that was dropped; a superuser needs none. */
static bool
has_rights_of(Oid role, Oid owner)
{
	return superuser_arg(role) || (role_exists(owner) && has_privs_of_role(role, owner));
}

bool
oauth_application_is_usable(const char *name, Oid role)
{
	Datum		values[COLUMNS];
	bool		nulls[COLUMNS];

	return secret_table_read(&table, name, values, nulls) && !nulls[OWNER] &&
		has_rights_of(role, DatumGetObjectId(values[OWNER]));
}

static OAuthApplication *
find_application(const char *name, Oid role)
{
	Datum		values[COLUMNS];
	bool		nulls[COLUMNS];

	if (!secret_table_read(&table, name, values, nulls) ||
		nulls[OWNER] || !has_rights_of(role, DatumGetObjectId(values[OWNER])))
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_OBJECT),
				 errmsg("OAuth 2.0 application \"%s\" does not exist or is not yours", quoted(name))));
	return from_columns(values, nulls);
}

/* The refresh token and the client secret are sealed for the host of the token URL. */
static void
check_refresh_url(const char *refresh_url, const Url *token_place)
{
	Url			place;

	connection_check_url(refresh_url, &place);
	if (strcmp(place.origin, token_place->origin) != 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("argument \"refresh_url\" must have the host of \"token_url\""),
				 errdetail("The client secret and the refresh tokens are stored for %s.", token_place->origin)));
}

OAuthApplication *
oauth_application_open(const char *name, Oid role)
{
	OAuthApplication *application = find_application(name, role);
	Url			ignored;

	connection_check_url(application->token_url, &application->token_place);
	connection_check_url(application->authorize_url, &ignored);
	check_refresh_url(application->refresh_url, &application->token_place);
	return application;
}

char *
oauth_application_secret(const OAuthApplication *application)
{
	if (application->client_secret == NULL)
		return pstrdup("");
	return secret_open(PointerGetDatum(application->client_secret),
					   place_of(application->name, application->token_place.origin),
					   phrase(application->name));
}

void
oauth_application_store_secret(const char *name, const char *secret)
{
	Datum		values[COLUMNS];
	bool		nulls[COLUMNS];
	OAuthApplication *application = oauth_application_open(name, GetUserId());

	secret_table_read(&table, name, values, nulls);
	values[CLIENT_SECRET] = secret_seal(secret, place_of(name, application->token_place.origin));
	nulls[CLIENT_SECRET] = false;
	secret_table_write(&table, values, nulls);
}

static int
reseal_row(Datum *values, bool *nulls)
{
	OAuthApplication *application = from_columns(values, nulls);

	return nulls[CLIENT_SECRET] ? 0 :
		secret_reseal(&values[CLIENT_SECRET],
					  place_of(application->name, application->token_place.origin),
					  phrase(application->name));
}

void
oauth_application_reseal(ChangeCount *count)
{
	static const RowChange change = {reseal_row};

	secret_table_change(&table, &change, count);
}

static void
check_arguments(FunctionCallInfo fcinfo)
{
	const char *grant = argument_required_text(fcinfo, ARG_GRANT_TYPE, "grant_type");
	bool		has_consent = strcmp(grant, "authorization_code") == 0;
	char	   *refresh_url = argument_text(fcinfo, ARG_REFRESH_URL);
	Url			token_place;
	Url			ignored;

	if (!has_consent && strcmp(grant, "client_credentials") != 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("argument \"grant_type\" must not be \"%s\"", quoted(grant)),
				 errhint("Use \"authorization_code\" or \"client_credentials\".")));
	admin_check_printable("client_id", argument_required_text(fcinfo, ARG_CLIENT_ID, "client_id"));
	admin_check_printable("client_secret", argument_text(fcinfo, ARG_CLIENT_SECRET));
	if (has_consent)
		admin_check_printable("redirect_url", argument_required_text(fcinfo, ARG_REDIRECT_URL, "redirect_url"));
	argument_require(fcinfo, ARG_SCOPES, "scopes");
	connection_check_url(argument_required_text(fcinfo, ARG_AUTHORIZE_URL, "authorize_url"), &ignored);
	connection_check_url(argument_required_text(fcinfo, ARG_TOKEN_URL, "token_url"), &token_place);
	if (refresh_url)
		check_refresh_url(refresh_url, &token_place);
}

Datum
jira_create_oauth_application(PG_FUNCTION_ARGS)
{
	static const int sources[COLUMNS] = {
		[NAME] = ARG_NAME,[CLIENT_ID] = ARG_CLIENT_ID,[GRANT_TYPE] = ARG_GRANT_TYPE,
		[REDIRECT_URL] = ARG_REDIRECT_URL,[SCOPES] = ARG_SCOPES,
		[AUTHORIZE_URL] = ARG_AUTHORIZE_URL,[TOKEN_URL] = ARG_TOKEN_URL,
		[REFRESH_URL] = ARG_REFRESH_URL
	};
	ErrorContextCallback callback;
	Datum		values[COLUMNS];
	bool		nulls[COLUMNS];
	char	   *name;
	char	   *secret;

	admin_begin(&callback, "jira_create_oauth_application");
	name = argument_required_text(fcinfo, ARG_NAME, "name");
	admin_check_printable("name", name);
	check_arguments(fcinfo);
	if (secret_table_read(&table, name, values, nulls))
		ereport(ERROR,
				(errcode(ERRCODE_DUPLICATE_OBJECT),
				 errmsg("OAuth 2.0 application \"%s\" already exists", quoted(name)),
				 errhint("Take another name; its owner can remove it with jira_drop_oauth_application.")));
	for (int i = 0; i < COLUMNS; i++)
	{
		values[i] = PG_GETARG_DATUM(sources[i]);
		nulls[i] = PG_ARGISNULL(sources[i]);
	}
	values[OWNER] = ObjectIdGetDatum(GetUserId());
	nulls[CLIENT_SECRET] = true;
	secret_table_write(&table, values, nulls);
	secret = argument_text(fcinfo, ARG_CLIENT_SECRET);
	if (secret)
	{
		oauth_application_store_secret(name, secret);
		explicit_bzero(secret, strlen(secret));
	}
	admin_end(&callback);
	PG_RETURN_VOID();
}

Datum
jira_alter_oauth_application(PG_FUNCTION_ARGS)
{
	static const char statement[] =
	"UPDATE jira_spoke.oauth_application SET owner = $2 WHERE name OPERATOR(pg_catalog.=) $1";
	Oid			types[] = {TEXTOID, OIDOID};
	Datum		values[2];
	ErrorContextCallback callback;
	char	   *name;

	admin_begin(&callback, "jira_alter_oauth_application");
	name = argument_required_text(fcinfo, 0, "name");
	argument_require(fcinfo, 1, "owner");
	(void) find_application(name, GetUserId());
	admin_check_new_owner(PG_GETARG_OID(1));
	values[0] = CStringGetTextDatum(name);
	values[1] = PG_GETARG_DATUM(1);
	own_tables_execute(statement, lengthof(types), types, values, NULL);
	admin_end(&callback);
	PG_RETURN_VOID();
}

Datum
jira_drop_oauth_application(PG_FUNCTION_ARGS)
{
	static const char statement[] =
	"DELETE FROM jira_spoke.oauth_application WHERE name OPERATOR(pg_catalog.=) $1";
	Oid			types[] = {TEXTOID};
	Datum		values[1];
	ErrorContextCallback callback;
	char	   *name;

	admin_begin(&callback, "jira_drop_oauth_application");
	name = argument_required_text(fcinfo, 0, "name");
	(void) find_application(name, GetUserId());
	values[0] = CStringGetTextDatum(name);
	own_tables_execute(statement, lengthof(types), types, values, NULL);
	admin_end(&callback);
	PG_RETURN_VOID();
}
