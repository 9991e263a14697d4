/*
 * adf_server.c
 *	  What the files of src/adf need of the server and of json.c, imitated: one memory
 *	  context, StringInfo, dates, and errors that jump to on_error.
 */
#include "postgres.h"

#include <time.h>

#include "lib/stringinfo.h"
#include "miscadmin.h"
#include "pgtime.h"

#include "adf_test.h"
#include "json/json.h"

#undef snprintf
#undef vsnprintf

#define MAX_OWNED 100

typedef struct Owned
{
	void	   *resource;
	bool		document;
} Owned;

MemoryContext CurrentMemoryContext = NULL;

jmp_buf		on_error;
long		live = 0;
long		allowed = -1;

static Owned owned[MAX_OWNED];
static int	owned_count = 0;

void *
count_malloc(size_t size)
{
	if (allowed == 0)
		return NULL;
	if (allowed > 0)
		allowed--;
	live++;
	return malloc(size);
}

void
count_free(void *pointer)
{
	if (pointer != NULL)
		live--;
	free(pointer);
}

/* Also in place of the error for lack of memory. */
static void
own(void *resource, bool document)
{
	if (resource == NULL)
		longjmp(on_error, 1);
	owned[owned_count].resource = resource;
	owned[owned_count++].document = document;
}

void
reset_context(void)
{
	while (owned_count-- > 0)
	{
		if (owned[owned_count].document)
			json_decref(owned[owned_count].resource);
		else
			count_free(owned[owned_count].resource);
	}
	owned_count = 0;
}

void
pfree(void *pointer)
{
	int			i = owned_count - 1;

	while (owned[i].resource != pointer)
		i--;
	owned[i] = owned[--owned_count];
	count_free(pointer);
}

void
initStringInfo(StringInfo str)
{
	str->data = count_malloc(1);
	str->len = 0;
	own(str->data, false);
}

#if PG_VERSION_NUM < 160000
typedef char Byte;
#else
typedef void Byte;
#endif

/* Moves every time, so that whoever keeps an old pointer is found out. */
void
appendBinaryStringInfo(StringInfo str, const Byte *data, int datalen)
{
	char	   *grown = count_malloc(str->len + datalen + 1);

	own(grown, false);
	memcpy(grown, str->data, str->len);
	memcpy(grown + str->len, data, datalen);
	pfree(str->data);
	str->data = grown;
	str->len += datalen;
}

json_t *
jira_json_made(json_t *value)
{
	if (value == NULL)
		longjmp(on_error, 1);
	return value;
}

json_t *
jira_json_own(MemoryContext context, json_t *document)
{
	(void) context;
	own(document, true);
	return document;
}

int
pg_snprintf(char *str, size_t count, const char *fmt,...)
{
	va_list		args;
	int			length;

	va_start(args, fmt);
	length = vsnprintf(str, count, fmt, args);
	va_end(args);
	return length;
}

void
check_stack_depth(void)
{
}

bool
errstart(int elevel, const char *domain)
{
	return elevel >= ERROR && domain == TEXTDOMAIN;
}

bool
errstart_cold(int elevel, const char *domain)
{
	return errstart(elevel, domain);
}

int
errcode(int sqlerrcode)
{
	return sqlerrcode;
}

int
errmsg(const char *fmt,...)
{
	return fmt != NULL;
}

void
errfinish(const char *filename, int lineno, const char *funcname)
{
	longjmp(on_error, filename != NULL && funcname != NULL && lineno > 0 ? 1 : 2);
}

struct pg_tm *
pg_gmtime(const pg_time_t *seconds)
{
	static struct pg_tm result;
	time_t		time = *seconds;
	struct tm	tm;

	if (gmtime_r(&time, &tm) == NULL)
		return NULL;
	result.tm_year = tm.tm_year;
	result.tm_mon = tm.tm_mon;
	result.tm_mday = tm.tm_mday;
	return &result;
}
