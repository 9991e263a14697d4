/*
 * error.c
 *	  What went wrong, as a value first and as an error of PostgreSQL then.
 */
#include "postgres.h"

#include "catalog/namespace.h"
#include "lib/stringinfo.h"
#include "mb/pg_wchar.h"

#include "utils/error.h"

typedef struct Refusal
{
	int			first;			/* range of HTTP statuses */
	int			last;
	int			sqlstate;
	const char *hint;
} Refusal;

/* What Jira's refusals mean in SQL; the first match wins. */
/* clang-format off */
static const Refusal refusals[] = {
	{300, 399, ERRCODE_PROTOCOL_VIOLATION, "Check the URL of this connection; redirects are not followed."},
	{400, 400, ERRCODE_INVALID_PARAMETER_VALUE, NULL},
	{401, 401, ERRCODE_INVALID_AUTHORIZATION_SPECIFICATION, "Check the user name and the secret of this connection."},
	{403, 403, ERRCODE_INSUFFICIENT_PRIVILEGE, "The Jira account of this connection needs the permission."},
	{404, 404, ERRCODE_NO_DATA_FOUND, "It does not exist, or the Jira account of this connection may not see it."},
	{405, 405, ERRCODE_FEATURE_NOT_SUPPORTED, NULL},
	{407, 407, ERRCODE_SQLCLIENT_UNABLE_TO_ESTABLISH_SQLCONNECTION, NULL},
	{408, 408, ERRCODE_CONNECTION_FAILURE, NULL},
	{409, 409, ERRCODE_T_R_SERIALIZATION_FAILURE, "Somebody else changed it at the same time; try again."},
	{410, 410, ERRCODE_FEATURE_NOT_SUPPORTED, "Check the server type of this connection."},
	{413, 413, ERRCODE_PROGRAM_LIMIT_EXCEEDED, NULL},
	{414, 414, ERRCODE_PROGRAM_LIMIT_EXCEEDED, NULL},
	{415, 415, ERRCODE_FEATURE_NOT_SUPPORTED, NULL},
	{429, 429, ERRCODE_CONFIGURATION_LIMIT_EXCEEDED, "Ask less often, or raise jira_spoke.max_retries and jira_spoke.max_wait."},
	{400, 499, ERRCODE_INVALID_PARAMETER_VALUE, NULL},
	{502, 504, ERRCODE_CONNECTION_FAILURE, "Jira or a proxy before it is not available now."},
	{500, 599, ERRCODE_SYSTEM_ERROR, NULL},
	{0, 0, ERRCODE_PROTOCOL_VIOLATION, NULL},
};
/* clang-format on */

void
reply_status_meaning(int status, int *sqlstate, const char **hint)
{
	const Refusal *refusal = refusals;

	while (refusal->first != 0 && (status < refusal->first || status > refusal->last))
		refusal++;
	*sqlstate = refusal->sqlstate;
	*hint = refusal->hint;
}

Problem *
problem_make(int sqlstate, char *message, char *detail, const char *hint)
{
	Problem    *problem = palloc0(sizeof(Problem));

	problem->sqlstate = sqlstate;
	problem->message = message;
	problem->detail = detail && detail[0] ? detail : NULL;
	problem->hint = hint ? pstrdup(hint) : NULL;
	return problem;
}

void
problem_raise(const Problem *problem)
{
	ereport(ERROR,
			(errcode(problem->sqlstate),
			 errmsg_internal("%s", problem->message),
			 problem->detail ? errdetail_internal("%s", problem->detail) : 0,
			 problem->hint ? errhint("%s", problem->hint) : 0));
	pg_unreachable();
}

/* Bytes that break the encoding are replaced. */
char *
foreign_text_utf8(const char *bytes, size_t length)
{
	StringInfoData text;
	size_t		i = 0;

	initStringInfo(&text);
	while (i < length)
	{
		int			step = pg_utf_mblen((const unsigned char *) bytes + i);

		if (step > length - i ||
			!pg_utf8_islegal((const unsigned char *) bytes + i, step))
		{
			appendStringInfoChar(&text, '?');
			i++;
			continue;
		}
		if (step == 1 && (bytes[i] == 0x7f || (unsigned char) bytes[i] < ' '))
			appendStringInfoChar(&text, ' ');
		else
			appendBinaryStringInfo(&text, bytes + i, step);
		i += step;
	}
	return text.data;
}

/* Converts up to the first character that "encoding" lacks; returns the bytes read. */
static int
append_converted(StringInfo out, char *text, Oid conversion, int encoding)
{
	int			size = strlen(text);
	int			room = size * MAX_CONVERSION_GROWTH + 1;
	char	   *converted = palloc0(room);
	int			done = pg_do_encoding_conversion_buf(conversion, PG_UTF8, encoding,
													 (unsigned char *) text, size,
													 (unsigned char *) converted, room, true);

	appendStringInfoString(out, converted);
	pfree(converted);
	return done;
}

char *
foreign_text(const char *bytes, size_t length, size_t limit)
{
	char	   *text = foreign_text_utf8(bytes, Min(length, limit));
	int			encoding = GetDatabaseEncoding();
	Oid			conversion;
	StringInfoData converted;

	if (encoding == PG_UTF8 || encoding == PG_SQL_ASCII)
		return text;

	conversion = FindDefaultConversionProc(PG_UTF8, encoding);
	initStringInfo(&converted);
	while (*text)
	{
		if (OidIsValid(conversion))
			text += append_converted(&converted, text, conversion, encoding);
		if (*text == '\0')
			break;
		appendStringInfoChar(&converted, '?');
		text += pg_utf_mblen((unsigned char *) text);
	}
	return converted.data;
}
