/*
 * sign_in.c
 *	  Rows of jira_spoke.sign_in, and the locks for changing them.
 */
#include "postgres.h"

#include "common/hashfn.h"
#include "fmgr.h"
#include "miscadmin.h"
#include "storage/lmgr.h"
#include "utils/builtins.h"
#include "utils/timestamp.h"

#include "connection/credential.h"
#include "connection/sign_in.h"
#include "secret/secret.h"
#include "secret/secret_table.h"
#include "utils/own_tables.h"
#include "utils/wait.h"

/* Columns of jira_spoke.sign_in; the secrets are in the order of SignInSecret. */
enum
{
	ALIAS,
	FIRST_SECRET,
	ORIGIN = FIRST_SECRET + SIGN_IN_SECRETS,
	TOKEN_ORIGIN,
	GENERATION,
	OBTAINED,
	EXPIRES,
	ASKED,
	PROBLEM,
	BLOCKED_UNTIL,
	COLUMNS
};

/* The interval between two attempts of a process that must not wait for the lock. */
#define LOCK_AGAIN_MS 100

static const SecretTable table = {"sign_in", COLUMNS};

static const char *const secret_names[SIGN_IN_SECRETS] = {
	"sign_in.access_token", "sign_in.refresh_token", "sign_in.consent"
};

static TimestampTz
moment(const Datum *values, const bool *nulls, int column)
{
	return nulls[column] ? 0 : DatumGetTimestampTz(values[column]);
}

static char *
words(const Datum *values, const bool *nulls, int column)
{
	return nulls[column] ? NULL : TextDatumGetCString(values[column]);
}

static SignIn *
from_columns(const Datum *values, const bool *nulls)
{
	SignIn	   *row = palloc0(sizeof(SignIn));

	row->alias = words(values, nulls, ALIAS);
	row->stored = true;
	for (int i = 0; i < SIGN_IN_SECRETS; i++)
		if (!nulls[FIRST_SECRET + i])
			row->sealed[i] = (struct varlena *) DatumGetPointer(values[FIRST_SECRET + i]);
	row->origin = words(values, nulls, ORIGIN);
	row->token_origin = words(values, nulls, TOKEN_ORIGIN);
	row->generation = nulls[GENERATION] ? 0 : DatumGetInt64(values[GENERATION]);
	row->obtained = moment(values, nulls, OBTAINED);
	row->expires = moment(values, nulls, EXPIRES);
	row->asked = moment(values, nulls, ASKED);
	row->problem = words(values, nulls, PROBLEM);
	row->blocked_until = moment(values, nulls, BLOCKED_UNTIL);
	return row;
}

static void
to_columns(const SignIn *row, Datum *values, bool *nulls)
{
	char	   *const texts[] = {row->alias, row->origin, row->token_origin, row->problem};
	static const int text_columns[] = {ALIAS, ORIGIN, TOKEN_ORIGIN, PROBLEM};
	const TimestampTz moments[] = {row->obtained, row->expires, row->asked, row->blocked_until};
	static const int moment_columns[] = {OBTAINED, EXPIRES, ASKED, BLOCKED_UNTIL};

	for (int i = 0; i < SIGN_IN_SECRETS; i++)
	{
		values[FIRST_SECRET + i] = PointerGetDatum(row->sealed[i]);
		nulls[FIRST_SECRET + i] = row->sealed[i] == NULL;
	}
	for (int i = 0; i < lengthof(texts); i++)
	{
		values[text_columns[i]] = texts[i] ? CStringGetTextDatum(texts[i]) : 0;
		nulls[text_columns[i]] = texts[i] == NULL;
	}
	for (int i = 0; i < lengthof(moments); i++)
	{
		values[moment_columns[i]] = TimestampTzGetDatum(moments[i]);
		nulls[moment_columns[i]] = moments[i] == 0;
	}
	values[GENERATION] = Int64GetDatum(row->generation);
	nulls[GENERATION] = false;
}

SignIn *
sign_in_read(const char *alias)
{
	Datum		values[COLUMNS];
	bool		nulls[COLUMNS];
	SignIn	   *row;

	if (secret_table_read(&table, alias, values, nulls))
		return from_columns(values, nulls);
	row = palloc0(sizeof(SignIn));
	row->alias = pstrdup(alias);
	return row;
}

bool
sign_in_replace(const SignIn *row)
{
	Datum		values[COLUMNS];
	bool		nulls[COLUMNS];

	to_columns(row, values, nulls);
	return secret_table_replace(&table, values, nulls);
}

void
sign_in_write(const SignIn *row)
{
	Datum		values[COLUMNS];
	bool		nulls[COLUMNS];

	to_columns(row, values, nulls);
	secret_table_write(&table, values, nulls);
}

void
sign_in_forget(const char *alias)
{
	sign_in_lock(alias, SIGN_IN_CHANGE, false);
	secret_table_delete(table.name, alias);
	secret_table_delete("outbox_pause", alias); /* new circumstances end it */
}

static char *
place_of(const SignIn *row, SignInSecret which)
{
	return secret_place(secret_names[which], row->alias,
						which == ACCESS_TOKEN ? row->origin : row->token_origin);
}

char *
sign_in_open(const SignIn *row, SignInSecret which)
{
	if (row->sealed[which] == NULL)
		return NULL;
	return secret_open(PointerGetDatum(row->sealed[which]), place_of(row, which),
					   connection_phrase(row->alias));
}

void
sign_in_seal(SignIn *row, SignInSecret which, const char *secret)
{
	row->sealed[which] = secret
		? (struct varlena *) DatumGetPointer(secret_seal(secret, place_of(row, which))) : NULL;
}

void
sign_in_take(SignIn *row, const char *origin, const Tokens *tokens)
{
	row->origin = pstrdup(origin);
	sign_in_seal(row, ACCESS_TOKEN, tokens->access_token);
	if (tokens->refresh_token)
		sign_in_seal(row, REFRESH_TOKEN, tokens->refresh_token);
	row->generation++;
	row->obtained = GetCurrentTimestamp();
	row->expires = row->obtained + (TimestampTz) (tokens->lifetime * USECS_PER_SEC);
	row->problem = NULL;
}

static int
reseal_row(Datum *values, bool *nulls)
{
	SignIn	   *row = from_columns(values, nulls);
	int			changed = 0;

	for (int i = 0; i < SIGN_IN_SECRETS; i++)
		if (!nulls[FIRST_SECRET + i])
			changed += secret_reseal(&values[FIRST_SECRET + i], place_of(row, i),
									 connection_phrase(row->alias));
	return changed;
}

/*
 * Advisory locks, because a background worker that exits releases them even
 * between transactions.
 */
static void
set_tag(LOCKTAG *tag, const char *alias, SignInLock what)
{
	uint32		hash = hash_bytes((const unsigned char *) alias, strlen(alias));

	SET_LOCKTAG_ADVISORY(*tag, MyDatabaseId, own_tables_relation(table.name), hash, what);
}

void
sign_in_lock(const char *alias, SignInLock what, bool session)
{
	LOCKTAG		tag;

	set_tag(&tag, alias, what);
	if (LockAcquire(&tag, ExclusiveLock, session, wait_is_forbidden()) == LOCKACQUIRE_NOT_AVAIL)
		wait_postpone(LOCK_AGAIN_MS);
}

void
sign_in_unlock(const char *alias, SignInLock what)
{
	LOCKTAG		tag;

	set_tag(&tag, alias, what);
	(void) LockRelease(&tag, ExclusiveLock, false);
}

/* A renewal under way would have to wait with tokens that it must not lose. */
static bool
claim_to_reseal(const char *alias)
{
	LOCKTAG		tag;

	set_tag(&tag, alias, SIGN_IN_CHANGE);
	return LockAcquire(&tag, ExclusiveLock, false, true) != LOCKACQUIRE_NOT_AVAIL;
}

void
sign_in_reseal(ChangeCount *count)
{
	static const RowChange change = {reseal_row, claim_to_reseal};

	secret_table_change(&table, &change, count);
}
