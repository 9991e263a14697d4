/*
 * secret.c
 *	  Sealing and opening secrets, and the functions of their SQL type.
 */
#include "postgres.h"

#include "fmgr.h"
#include "utils/builtins.h"

#include "secret/key_private.h"
#include "secret/secret.h"
#include "utils/compat.h"

PG_FUNCTION_INFO_V1(jira_secret_in);
PG_FUNCTION_INFO_V1(jira_secret_out);
PG_FUNCTION_INFO_V1(jira_secret_key_id);

char *
secret_place(const char *column, const char *row, const char *origin)
{
	return psprintf("%s\n%s\n%s", column, row, origin);
}

Datum
secret_seal(const char *text, const char *place)
{
	size_t		length = strlen(text);
	size_t		size = seal_size(length);
	bytea	   *sealed = palloc(VARHDRSZ + size);

	SET_VARSIZE(sealed, VARHDRSZ + size);
	if (!seal_text(key_to_seal(), place, text, length, (unsigned char *) VARDATA(sealed)))
		ereport(ERROR,
				(errcode(ERRCODE_INTERNAL_ERROR),
				 errmsg("OpenSSL could not seal a secret")));
	return PointerGetDatum(sealed);
}

char *
secret_open(Datum sealed, const char *place, const char *whose)
{
	bytea	   *value = DatumGetByteaPP(sealed);
	const unsigned char *bytes = (const unsigned char *) VARDATA_ANY(value);
	size_t		size = VARSIZE_ANY_EXHDR(value);
	const unsigned char *id = NULL;
	const SealKey *key = seal_key_id(bytes, size, &id) ? key_to_open(id) : NULL;
	char	   *text = palloc(size + 1);

	if (id && key == NULL)
		key_raise_missing(id, whose);
	if (key == NULL || !seal_open(key, place, bytes, size, text))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_AUTHORIZATION_SPECIFICATION),
				 errmsg("the secret of %s cannot be opened", whose),
				 errdetail("It was stored for another name or host, or it was changed."),
				 errhint("Store it again.")));
	return text;
}

int
secret_reseal(Datum *sealed, const char *place, const char *whose)
{
	bytea	   *value = DatumGetByteaPP(*sealed);
	const unsigned char *id;
	char	   *text;

	if (seal_key_id((const unsigned char *) VARDATA_ANY(value), VARSIZE_ANY_EXHDR(value), &id) &&
		memcmp(id, key_to_seal()->id, SEAL_KEY_ID_SIZE) == 0)
		return 0;
	text = secret_open(*sealed, place, whose);
	*sealed = secret_seal(text, place);
	explicit_bzero(text, strlen(text));
	return 1;
}

/* Only for restoring a dump: no other text has the form of a sealed secret. */
Datum
jira_secret_in(PG_FUNCTION_ARGS)
{
	bytea	   *value = DatumGetByteaPP(DirectFunctionCall1(byteain, PG_GETARG_DATUM(0)));
	const unsigned char *id;

	if (!seal_key_id((const unsigned char *) VARDATA_ANY(value), VARSIZE_ANY_EXHDR(value), &id))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_TEXT_REPRESENTATION),
				 errmsg("the text is not a valid sealed secret"),
				 errhint("Secrets are stored with the command jira_spoke_secret or through the view jira_spoke.secret_entry.")));
	PG_RETURN_BYTEA_P(value);
}

Datum
jira_secret_out(PG_FUNCTION_ARGS)
{
	return DirectFunctionCall1(byteaout, PG_GETARG_DATUM(0));
}

Datum
jira_secret_key_id(PG_FUNCTION_ARGS)
{
	bytea	   *value = PG_GETARG_BYTEA_PP(0);
	const unsigned char *id;
	char		text[2 * SEAL_KEY_ID_SIZE];

	if (!seal_key_id((const unsigned char *) VARDATA_ANY(value), VARSIZE_ANY_EXHDR(value), &id))
		PG_RETURN_NULL();
	hex_encode((const char *) id, SEAL_KEY_ID_SIZE, text);
	PG_RETURN_TEXT_P(cstring_to_text_with_len(text, sizeof(text)));
}
