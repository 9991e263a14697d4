/*
 * secret_entry.c
 *	  Secrets that are inserted into the view jira_spoke.secret_entry.
 *
 * For COPY ... FROM STDIN: the lines that the client sends are not part of the
 * statement, so they are in no log, plan or statistic, and errors do not quote
 * them.
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "access/xact.h"
#include "commands/trigger.h"
#include "fmgr.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/rel.h"

#include "connection/admin.h"
#include "connection/connection.h"
#include "connection/credential.h"
#include "connection/oauth_application.h"
#include "connection/sign_in.h"
#include "utils/own_tables.h"
#include "utils/quoted.h"

PG_FUNCTION_INFO_V1(jira_enter_secret);
PG_FUNCTION_INFO_V1(jira_hide_entry);

/* Columns of jira_spoke.secret_entry. */
enum
{
	CONNECTION,
	APPLICATION,
	SECRET
};

/* The start of the inserting statement, which identifies it; an error may end it. */
static TimestampTz hidden_in = 0;

static emit_log_hook_type next_log_hook = NULL;

static char *
column_text(const TriggerData *trigger, int column)
{
	bool		isnull;
	Datum		value = heap_getattr(trigger->tg_trigtuple, column + 1,
									 RelationGetDescr(trigger->tg_relation), &isnull);

	return isnull ? NULL : TextDatumGetCString(value);
}

static void
enter_for_connection(const char *alias, const char *secret)
{
	Connection *connection;

	admin_lock_alias(alias);
	connection = connection_open(alias);
	if (strcmp(connection->auth, "oauth2") == 0)
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("connection \"%s\" signs in with OAuth 2.0 and has no secret of its own", quoted(alias)),
				 errhint("Store that of its application, in the column \"oauth_application\".")));
	sign_in_forget(alias);
	credential_store(alias, connection->url.origin, secret);
}

static void
enter(const char *alias, const char *application, const char *secret)
{
	if ((alias == NULL) == (application == NULL))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("exactly one of the columns \"connection\" and \"oauth_application\" must be given")));
	if (secret == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("column \"secret\" must not be null")));
	admin_check_printable("secret", secret);
	if (alias)
		enter_for_connection(alias, secret);
	else
		oauth_application_store_secret(application, secret);
}

static TriggerData *
called_for_entry(FunctionCallInfo fcinfo)
{
	TriggerData *trigger = (TriggerData *) fcinfo->context;

	if (!CALLED_AS_TRIGGER(fcinfo) ||
		RelationGetRelid(trigger->tg_relation) != own_tables_relation("secret_entry"))
		ereport(ERROR,
				(errcode(ERRCODE_E_R_I_E_TRIGGER_PROTOCOL_VIOLATED),
				 errmsg("function must be called as a trigger of jira_spoke.secret_entry")));
	return trigger;
}

Datum
jira_enter_secret(PG_FUNCTION_ARGS)
{
	TriggerData *trigger = called_for_entry(fcinfo);
	ErrorContextCallback *outer = error_context_stack;
	ErrorContextCallback callback;
	char	   *secret;

	/* The context that COPY adds would quote the line, to the client, too. */
	error_context_stack = NULL;
	admin_begin(&callback, "jira_spoke.secret_entry");
	secret = column_text(trigger, SECRET);
	enter(column_text(trigger, CONNECTION), column_text(trigger, APPLICATION), secret);
	explicit_bzero(secret, strlen(secret));
	admin_end(&callback);
	error_context_stack = outer;
	return PointerGetDatum(trigger->tg_trigtuple);
}

/* Removes the line that could not be read from the error. */
static void
hide_line(ErrorData *error)
{
	if (hidden_in == GetCurrentStatementStartTimestamp())
	{
		error->context = NULL;
		error->hide_stmt = true;
	}
	if (next_log_hook)
		next_log_hook(error);
}

/*
 * Called before and after a statement.  In between, COPY puts a line that it
 * cannot read as a row into the CONTEXT of its error.
 */
Datum
jira_hide_entry(PG_FUNCTION_ARGS)
{
	static bool installed = false;
	TriggerData *trigger = called_for_entry(fcinfo);

	if (!installed)
	{
		next_log_hook = emit_log_hook;
		emit_log_hook = hide_line;
		installed = true;
	}
	hidden_in = TRIGGER_FIRED_BEFORE(trigger->tg_event) ? GetCurrentStatementStartTimestamp() : 0;
	PG_RETURN_POINTER(NULL);
}
