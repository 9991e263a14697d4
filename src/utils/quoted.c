/*
 * quoted.c
 *	  Texts of any length in messages.
 */
#include "postgres.h"

#include "mb/pg_wchar.h"

#include "utils/foreign_text.h"
#include "utils/quoted.h"

const char *
quoted(const char *text)
{
	size_t		length = strlen(text);

	if (length <= MAX_QUOTED)
		return text;
	return psprintf("%.*s...", pg_mbcliplen(text, (int) length, MAX_QUOTED), text);
}
